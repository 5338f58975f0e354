//! Answers that come as events (`text/event-stream`), each a JSON object with a picture in it.
//!
//! The data of an event goes through the same [`Sieve`] as an answer in one piece, so that a picture is decoded as it arrives.

use allxone_egress::Answer;
use allxone_engine::Cancel;
use bytes::Bytes;
use serde_json::Value;

use allxone_contract::Source;

use super::line::Line;
use super::sieve::{Sieve, Unreadable};
use crate::partner::{Hands, PartnerError, Preview};

/// The name of the lines that count; the type of an event stands in its data too.
const DATA: &[u8] = b"data";

/// What one event says.
pub(crate) struct Event {
    /// Its data without the picture.
    pub(crate) said: Value,
    /// The picture in it, as a file.
    pub(crate) picture: Option<Vec<u8>>,
}

/// Reads events piece by piece.
pub(crate) struct Events {
    field: &'static str,
    cap: u64,
    place: Place,
    /// The beginning of a line up to its colon.
    name: Vec<u8>,
    /// The data of the event being read.
    sieve: Option<Sieve>,
    picture: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    /// Right after the colon, where one space may stand.
    Colon,
    Data,
    Skipped,
}

impl Events {
    /// For events whose picture stands in `field` and has at most `cap` bytes.
    pub(crate) fn new(field: &'static str, cap: u64) -> Self {
        Self { field, cap, place: Place::Name, name: Vec::new(), sieve: None, picture: None }
    }

    /// Takes the next piece and returns the events that end in it.
    ///
    /// # Errors
    /// [`Unreadable`]; the answer is of no more use then.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<Vec<Event>, Unreadable> {
        let mut events = Vec::new();
        let mut rest = piece;
        while let Some((&byte, after)) = rest.split_first() {
            match self.place {
                Place::Name => {
                    rest = after;
                    match byte {
                        b'\n' if self.name.is_empty() => events.extend(self.end_of_event()?),
                        b'\n' => self.name.clear(),
                        b'\r' => {}
                        b':' => {
                            self.place = if self.name == DATA { Place::Colon } else { Place::Skipped };
                            self.name.clear();
                        }
                        // One more than the name's own length tells them apart.
                        byte if self.name.len() <= DATA.len() => self.name.push(byte),
                        _ => {}
                    }
                }
                Place::Colon => {
                    self.place = Place::Data;
                    if byte == b' ' {
                        rest = after;
                    }
                }
                Place::Data | Place::Skipped => {
                    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                    let (run, after) = rest.split_at(end);
                    if self.place == Place::Data {
                        self.take(run)?;
                    }
                    rest = after.get(1..).unwrap_or_default();
                    if !after.is_empty() {
                        self.place = Place::Name;
                    }
                }
            }
        }
        Ok(events)
    }

    fn take(&mut self, run: &[u8]) -> Result<(), Unreadable> {
        let (field, cap, picture) = (self.field, self.cap, &mut self.picture);
        let sieve = self.sieve.get_or_insert_with(|| Sieve::new(field, cap));
        sieve.feed(run, &mut |read| {
            *picture = Some(read);
            Ok::<_, Unreadable>(())
        })
    }

    fn end_of_event(&mut self) -> Result<Option<Event>, Unreadable> {
        let Some(sieve) = self.sieve.take() else { return Ok(None) };
        Ok(Some(Event { said: sieve.end()?, picture: self.picture.take() }))
    }
}

impl Line {
    /// Hands every event of an answer to `keep` until that says it was the last; `false` when the answer ends before.
    pub(crate) fn events(
        &self,
        mut answer: Answer,
        field: &'static str,
        cancel: &Cancel,
        keep: &mut dyn FnMut(Event) -> Result<bool, PartnerError>,
    ) -> Result<bool, PartnerError> {
        let mut events = Events::new(field, self.most_picture());
        loop {
            let piece =
                self.wait(cancel, async { answer.chunk().await.map_err(|error| self.fault(&error)) })?;
            let Some(piece) = piece else { return Ok(false) };
            for event in events.feed(&piece).map_err(|fault| self.unreadable(fault))? {
                if keep(event)? {
                    return Ok(true);
                }
            }
        }
    }

    /// Reads a picture that is not finished and hands it on. One that does not read is left out.
    pub(crate) fn preview(
        &self,
        picture: Bytes,
        index: u8,
        source: Source,
        hands: &mut Hands<'_>,
    ) -> Result<(), PartnerError> {
        let read = self.wait(hands.cancel, async { Ok(self.decoder.received(picture).await.ok()) })?;
        if let Some(picture) = read {
            (hands.preview)(Preview { index, picture, source });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str, stride: usize) -> Result<Vec<(Value, Option<Vec<u8>>)>, Unreadable> {
        let mut events = Events::new("b64_json", 8);
        let mut read = Vec::new();
        for piece in text.as_bytes().chunks(stride) {
            read.extend(events.feed(piece)?.into_iter().map(|event| (event.said, event.picture)));
        }
        Ok(read)
    }

    #[test]
    fn events_are_the_same_however_they_are_cut() {
        let text = ": alive\r\n\r\nevent: a\r\ndata: {\"type\":\"a\",\"b64_json\":\"AAEC\"}\r\n\r\nid: 7\ndata:{\"type\":\ndata: \"b\"}\nretry\n\n\ndata: {\"not\":";
        for stride in 1..text.len() {
            let events = read(text, stride).unwrap();
            assert_eq!(events.len(), 2, "{stride}");
            assert_eq!((&events[0].0["type"], events[0].1.as_deref()), (&"a".into(), Some(&[0, 1, 2][..])));
            assert_eq!((&events[1].0["type"], &events[1].1), (&"b".into(), &None));
        }
    }

    #[test]
    fn what_does_not_read_or_is_too_large_is_said() {
        assert_eq!(read("data: {\n\n", 3).unwrap_err(), Unreadable::Malformed);
        assert_eq!(read("data: [DONE]\n\n", 3).unwrap_err(), Unreadable::Malformed);
        let large = format!("data: {{\"b64_json\":\"{}\"}}\n\n", "AAAA".repeat(4));
        assert_eq!(read(&large, 5).unwrap_err(), Unreadable::TooLarge);
    }
}

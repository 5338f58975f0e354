//! Server-sent events, as far as the contract uses them: a push parser that takes bytes in any pieces and never holds more than a
//! limit. Follows the event stream format of the HTML standard (section "Server-sent events").

/// The longest line, and the most data of one event, in bytes.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// One event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Frame {
    /// The last `id:` the stream named so far, this event's included.
    pub(crate) id: Option<String>,
    /// The `data:` lines, joined by line feeds.
    pub(crate) data: String,
}

/// A line or an event is longer than [`LIMIT`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooLong;

/// What was read so far.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    data: String,
    has_data: bool,
    id: Option<String>,
    after_cr: bool,
    begun: bool,
}

impl Parser {
    /// Takes the next bytes; answers with the events they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Frame>, TooLong> {
        let mut frames = Vec::new();
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) {
            let (line, tail) = rest.split_at(end);
            self.extend(line)?;
            frames.extend(self.end_line()?);
            rest = match tail {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => tail,
            };
        }
        self.extend(rest)?;
        Ok(frames)
    }

    fn extend(&mut self, piece: &[u8]) -> Result<(), TooLong> {
        if self.line.len().saturating_add(piece.len()) > LIMIT {
            return Err(TooLong);
        }
        self.line.extend_from_slice(piece);
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<Frame>, TooLong> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            let had = std::mem::take(&mut self.has_data);
            return Ok(had.then(|| Frame { id: self.id.clone(), data }));
        }
        let colon = line.iter().position(|b| *b == b':');
        let (field, value) = match colon {
            Some(at) => {
                let (field, value) = line.split_at(at);
                let value = value.strip_prefix(b":").unwrap_or(value);
                (field, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, &b""[..]),
        };
        match field {
            b"data" => {
                let value = String::from_utf8_lossy(value);
                if self.data.len().saturating_add(value.len()) >= LIMIT {
                    return Err(TooLong);
                }
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push('\n');
                }
                self.data.push_str(&value);
            }
            b"id" if !value.contains(&0) => self.id = Some(String::from_utf8_lossy(value).into_owned()),
            // `event` repeats what the data says; `retry` is ours to decide; comments (no field name) only keep the line warm.
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &[u8]) -> Vec<Frame> {
        Parser::default().push(text).unwrap()
    }

    fn frame(id: Option<&str>, data: &str) -> Frame {
        Frame { id: id.map(str::to_owned), data: data.to_owned() }
    }

    #[test]
    fn reads_the_format() {
        let text = "\u{FEFF}: hello\r\nid: 1\nevent: started\ndata: {\"a\":\ndata:1}\n\ndata\n\n: ping\n\nretry: 5\n\nid:2\rdata:  x\r\rdata: cut";
        assert_eq!(
            whole(text.as_bytes()),
            [frame(Some("1"), "{\"a\":\n1}"), frame(Some("1"), ""), frame(Some("2"), " x")]
        );
    }

    #[test]
    fn an_event_without_its_empty_line_is_no_event() {
        assert!(whole(b"id: 1\ndata: {}\n").is_empty());
    }

    #[test]
    fn holds_no_more_than_the_limit() {
        let mut endless = Parser::default();
        let piece = vec![b'x'; 64 * 1024];
        let pushed = (0..1_000).take_while(|_| endless.push(&piece).is_ok()).count();
        assert_eq!(pushed, LIMIT / piece.len());

        let mut many_lines = Parser::default();
        let line = [b"data: ".as_slice(), &vec![b'x'; 64 * 1024], b"\n"].concat();
        let pushed = (0..1_000).take_while(|_| many_lines.push(&line).is_ok()).count();
        assert!(pushed * 64 * 1024 <= LIMIT, "{pushed}");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_not_believed() {
        assert_eq!(whole(b"data: \xff\xfe\n\n"), [frame(None, "\u{FFFD}\u{FFFD}")]);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            lines in prop::collection::vec("(id|data|event|:|x)?(:)? ?[a-zä\u{FEFF}]{0,4}(\n|\r|\r\n|\n\n|\r\r|\r\n\r\n)", 0..20),
            cuts in prop::collection::vec(0_usize..200, 0..30),
        ) {
            let text = lines.concat().into_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|c| c.min(text.len())).chain([0, text.len()]).collect();
            cuts.sort_unstable();
            let mut parser = Parser::default();
            let mut frames = Vec::new();
            for pair in cuts.windows(2) {
                frames.extend(parser.push(&text[pair[0]..pair[1]]).unwrap());
            }
            prop_assert_eq!(frames, whole(&text));
        }

        #[test]
        fn anything_at_all_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let frames = Parser::default().push(&bytes);
            prop_assert!(frames.is_ok());
        }
    }
}

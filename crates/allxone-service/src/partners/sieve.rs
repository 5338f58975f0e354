//! Pictures out of a JSON answer while it arrives.
//!
//! An answer with ten pictures is a hundred megabytes of Base64 in one object. It is never held whole: the text of each picture is decoded
//! as it comes and handed over when it ends, and only what is left of the object (a few hundred bytes) is read as JSON at the end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The most of an answer that is not a picture.
const MOST_TEXT: usize = 256 * 1024;
/// How much room for a picture is made at a time.
const STEP: usize = 1024 * 1024;

/// Why an answer does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not JSON, not Base64, or broken off.
    Malformed,
    /// A picture or the rest is larger than is taken.
    TooLarge,
}

/// Reads an answer piece by piece.
pub(crate) struct Sieve {
    /// The field whose text, or list of texts, is pictures.
    field: &'static [u8],
    /// Most bytes of one picture.
    cap: usize,
    /// The answer without its pictures.
    text: Vec<u8>,
    place: Place,
    /// The beginning of the string being read, or of the last one.
    string: Vec<u8>,
    /// Whether the last string is a name that a colon followed.
    named: bool,
    /// Whether this is the list that stands under the field's name.
    list: bool,
    picture: Vec<u8>,
    /// Characters of Base64 that make no whole group yet.
    group: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Within,
    Escaped,
    Picture,
    PictureEscaped,
}

impl Sieve {
    /// For answers whose pictures stand in `field`, each of at most `cap` bytes.
    pub(crate) fn new(field: &'static str, cap: u64) -> Self {
        Self {
            field: field.as_bytes(),
            cap: usize::try_from(cap).unwrap_or(usize::MAX),
            text: Vec::new(),
            place: Place::Outside,
            string: Vec::new(),
            named: false,
            list: false,
            picture: Vec::new(),
            group: Vec::with_capacity(4),
        }
    }

    /// Takes the next piece and hands over every picture that ends in it.
    ///
    /// # Errors
    /// [`Unreadable`]; the answer is of no more use then. What `keep` says is passed on.
    pub(crate) fn feed<E: From<Unreadable>>(
        &mut self,
        piece: &[u8],
        keep: &mut dyn FnMut(Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = piece;
        while let Some((&byte, after)) = rest.split_first() {
            if self.place == Place::Picture {
                // The long way is walked in strides.
                let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).unwrap_or(rest.len());
                let (run, after) = rest.split_at(end);
                self.decode(run)?;
                rest = after;
                let Some((&byte, after)) = rest.split_first() else { break };
                rest = after;
                if byte == b'"' {
                    keep(self.end_of_picture()?)?;
                } else {
                    self.place = Place::PictureEscaped;
                }
                continue;
            }
            rest = after;
            self.step(byte)?;
        }
        Ok(())
    }

    /// What is left when the answer has ended.
    ///
    /// # Errors
    /// [`Unreadable::Malformed`] when it is not a whole JSON text.
    pub(crate) fn end(self) -> Result<Value, Unreadable> {
        if self.place != Place::Outside {
            return Err(Unreadable::Malformed);
        }
        serde_json::from_slice(&self.text).map_err(|_| Unreadable::Malformed)
    }

    fn step(&mut self, byte: u8) -> Result<(), Unreadable> {
        match (self.place, byte) {
            (Place::Outside, b'"') => {
                let picture = self.list || self.named && self.string == self.field;
                self.place = if picture { Place::Picture } else { Place::Within };
                self.string.clear();
                self.named = false;
            }
            (Place::Outside, b':') => self.named = true,
            (Place::Outside, b' ' | b'\t' | b'\r' | b'\n') => {}
            (Place::Outside, b',') if self.list => {}
            (Place::Outside, byte) => {
                self.list = byte == b'[' && self.named && self.string == self.field;
                self.named = false;
                self.string.clear();
            }
            (Place::Within, b'"') => self.place = Place::Outside,
            (Place::Within, b'\\') => self.place = Place::Escaped,
            (Place::Within, byte) => self.remember(byte),
            (Place::Escaped, byte) => {
                // A name that is written with escapes is none of ours.
                self.remember(b'\\');
                self.remember(byte);
                self.place = Place::Within;
            }
            (Place::PictureEscaped, b'/') => {
                self.decode(b"/")?;
                self.place = Place::Picture;
                return Ok(());
            }
            (Place::PictureEscaped | Place::Picture, _) => return Err(Unreadable::Malformed),
        }
        if self.text.len() >= MOST_TEXT {
            return Err(Unreadable::TooLarge);
        }
        self.text.push(byte);
        Ok(())
    }

    fn remember(&mut self, byte: u8) {
        // One more than the field's own length tells them apart.
        if self.string.len() <= self.field.len() {
            self.string.push(byte);
        }
    }

    fn decode(&mut self, run: &[u8]) -> Result<(), Unreadable> {
        let mut run = run;
        if !self.group.is_empty() {
            let (first, rest) = run.split_at(run.len().min(4 - self.group.len()));
            self.group.extend_from_slice(first);
            run = rest;
            if self.group.len() < 4 {
                return Ok(());
            }
            let group = std::mem::take(&mut self.group);
            self.append(&group)?;
        }
        let (whole, rest) = run.split_at(run.len() - run.len() % 4);
        self.append(whole)?;
        self.group.extend_from_slice(rest);
        Ok(())
    }

    fn append(&mut self, groups: &[u8]) -> Result<(), Unreadable> {
        if self.picture.len().saturating_add(groups.len() / 4 * 3) > self.cap.saturating_add(2) {
            return Err(Unreadable::TooLarge);
        }
        // In even steps: doubling would take twice the picture.
        let room = self.picture.capacity() - self.picture.len();
        if room < groups.len() {
            self.picture.reserve_exact(groups.len().max(STEP));
        }
        STANDARD.decode_vec(groups, &mut self.picture).map_err(|_| Unreadable::Malformed)
    }

    fn end_of_picture(&mut self) -> Result<Vec<u8>, Unreadable> {
        if !self.group.is_empty() {
            return Err(Unreadable::Malformed);
        }
        if self.picture.len() > self.cap {
            return Err(Unreadable::TooLarge);
        }
        self.place = Place::Outside;
        self.text.push(b'"');
        Ok(std::mem::take(&mut self.picture))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sift(answer: &[u8], stride: usize, cap: u64) -> Result<(Vec<Vec<u8>>, Value), Unreadable> {
        let (mut sieve, mut pictures) = (Sieve::new("b64_json", cap), Vec::new());
        for piece in answer.chunks(stride) {
            sieve.feed::<Unreadable>(piece, &mut |picture| {
                pictures.push(picture);
                Ok(())
            })?;
        }
        Ok((pictures, sieve.end()?))
    }

    fn answer(pictures: &[&[u8]]) -> String {
        let data: Vec<_> =
            pictures.iter().map(|one| serde_json::json!({ "b64_json": STANDARD.encode(one) })).collect();
        serde_json::json!({ "created": 7, "data": data, "usage": { "output_tokens": 11 } }).to_string()
    }

    #[test]
    fn finds_every_picture_however_the_answer_is_cut() {
        let pictures: [&[u8]; 4] = [b"", b"one", &[0xff; 300], b"th\xfbree?"];
        let text = answer(&pictures);
        for stride in 1..=text.len() {
            let (found, rest) = sift(text.as_bytes(), stride, 300).unwrap();
            assert_eq!(found, pictures, "pieces of {stride}");
            assert_eq!((&rest["created"], &rest["usage"]["output_tokens"]), (&7.into(), &11.into()));
        }
        let listed =
            serde_json::json!({ "b64_json": pictures.map(|one| STANDARD.encode(one)), "b": ["AAAA"] })
                .to_string();
        for stride in [1, 2, 7, 500] {
            let (found, rest) = sift(listed.as_bytes(), stride, 300).unwrap();
            assert_eq!(
                (found.as_slice(), &rest["b"][0]),
                (&pictures.map(<[u8]>::to_vec)[..], &"AAAA".into())
            );
        }
        let escaped = text.replace('/', "\\/");
        assert!(escaped.contains("\\/"), "the case is one");
        assert_eq!(sift(escaped.as_bytes(), 3, 300).unwrap().0, pictures);
    }

    #[test]
    fn a_text_that_only_looks_like_a_picture_is_none() {
        for text in [
            r#"{"a":"b64_json","b":"AAAA"}"#,
            r#"{"b64_json":null,"b":"AAAA"}"#,
            r#"["b64_json","AAAA"]"#,
            r#"{"b64_json_":"AAAA"}"#,
            r#"{"b64\u005fjson":"AAAA"}"#,
            r#"{"a":"\"b64_json\":\"AAAA\""}"#,
            r#"{"b64_json":[["AAAA"]]}"#,
            r#"{"b64_json":[{"b":"AAAA"}]}"#,
        ] {
            let (found, rest) = sift(text.as_bytes(), 2, 100).unwrap();
            assert!(found.is_empty(), "{text}");
            assert_eq!(rest, serde_json::from_str::<Value>(text).unwrap());
        }
    }

    #[test]
    fn what_does_not_read_is_told_apart_and_bounded() {
        let whole = answer(&[&[7; 90]]);
        for cut in 0..whole.len() {
            assert_eq!(
                sift(&whole.as_bytes()[..cut], 16, 300).unwrap_err(),
                Unreadable::Malformed,
                "cut at {cut}"
            );
        }
        assert_eq!(sift(whole.as_bytes(), 16, 89).unwrap_err(), Unreadable::TooLarge);
        assert!(sift(whole.as_bytes(), 16, 90).is_ok());
        for bad in [r#"{"b64_json":"AA*A"}"#, r#"{"b64_json":"AAA"}"#, r#"{"b64_json":"AA\nA"}"#] {
            assert_eq!(sift(bad.as_bytes(), 4, 100).unwrap_err(), Unreadable::Malformed, "{bad}");
        }
        let endless = vec![b' '; MOST_TEXT + 1];
        assert_eq!(sift(&endless, 4096, 100).unwrap_err(), Unreadable::TooLarge);
    }
}

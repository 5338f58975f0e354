//! What a partner is handed: cleared content in the partner's own dialect.
//!
//! A partner does not speak the contract, so the judged bytes cannot go to it as they are. They are put together again here, out of parts:
//! words and pictures come from [`Cleared`] content and from nowhere else, and what surrounds them is plain (numbers, names out of a
//! catalogue), so that nothing a person wrote or drew can travel beside the gate.

use allxone_contract::JobRequest;
use allxone_safety::{Cleared, Picture};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use serde_json::{Map, Value};

use crate::{EgressError, Template};

/// The largest body a partner is handed.
pub const MAX_HANDOVER_BYTES: usize = 48 * 1024 * 1024;

/// The longest plain word.
const LONGEST_WORD: usize = 160;

/// One value of what a partner is handed.
#[derive(Clone)]
pub enum Part {
    /// A name out of a catalogue: letters, digits and `. _ - / :`, at most 160.
    Word(String),
    /// A whole number.
    Number(u64),
    /// A share, such as a strength of 0.7.
    Share(f32),
    /// Yes or no.
    Flag(bool),
    /// The request's prompt.
    Prompt(Cleared<JobRequest>),
    /// What the request does not want to see.
    NegativePrompt(Cleared<JobRequest>),
    /// A picture: a file in a form, a `data:` address in JSON.
    Picture(Cleared<Picture>),
    /// Several of them.
    List(Vec<Part>),
    /// Parts within a part; in JSON alone.
    Object(Vec<(&'static str, Part)>),
    /// A template with its slots filled; in JSON alone.
    Filled(Template, Vec<(&'static str, Part)>),
    /// A picture that was uploaded to ComfyUI before, by the plain name it has among the temporary files there; in JSON alone.
    Temporary(String),
}

/// A body for a partner, ready to be sent by [`Door::hand_over`](crate::Door::hand_over).
pub struct Handover {
    pub(crate) body: Bytes,
    pub(crate) content_type: String,
    pub(crate) fields: Vec<String>,
}

impl Handover {
    /// The parts as a JSON object.
    ///
    /// # Errors
    /// [`EgressError::NotControl`] for a word that is not plain, [`EgressError::HandoverTooLarge`].
    pub fn json(parts: Vec<(&'static str, Part)>) -> Result<Self, EgressError> {
        let fields = names(&parts);
        let body = serde_json::to_vec(&object(parts)?).map_err(|_| EgressError::NotControl)?;
        within(body.len())?;
        Ok(Self { body: body.into(), content_type: "application/json".to_owned(), fields })
    }

    /// The parts as a form with files (`multipart/form-data`), in their order.
    ///
    /// # Errors
    /// As [`Handover::json`].
    pub fn form(parts: Vec<(&'static str, Part)>) -> Result<Self, EgressError> {
        let fields = names(&parts);
        let boundary = boundary(&parts);
        let mut body = BytesMut::new();
        for (name, part) in parts {
            let several = match part {
                Part::List(parts) => parts,
                one => vec![one],
            };
            for part in several {
                file(&mut body, &boundary, name, part)?;
            }
        }
        body.put_slice(format!("--{boundary}--\r\n").as_bytes());
        within(body.len())?;
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Ok(Self { body: body.freeze(), content_type, fields })
    }
}

fn names(parts: &[(&'static str, Part)]) -> Vec<String> {
    parts.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn within(bytes: usize) -> Result<(), EgressError> {
    if bytes > MAX_HANDOVER_BYTES {
        return Err(EgressError::HandoverTooLarge { cap: MAX_HANDOVER_BYTES });
    }
    Ok(())
}

fn plain(word: String) -> Result<String, EgressError> {
    let fits = (1..=LONGEST_WORD).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/:".contains(&b));
    if fits { Ok(word) } else { Err(EgressError::NotControl) }
}

fn object(parts: Vec<(&'static str, Part)>) -> Result<Value, EgressError> {
    let fields = parts.into_iter().map(|(name, part)| Ok((name.to_owned(), value(part)?)));
    Ok(Value::Object(fields.collect::<Result<Map<_, _>, EgressError>>()?))
}

fn value(part: Part) -> Result<Value, EgressError> {
    Ok(match part {
        Part::Word(word) => plain(word)?.into(),
        Part::Number(number) => number.into(),
        Part::Share(share) => {
            // By its shortest decimal form: 0.7 is 0.7, not 0.699999988079071.
            share.to_string().parse::<f64>().map_err(|_| EgressError::NotControl)?.into()
        }
        Part::Flag(flag) => flag.into(),
        Part::Prompt(request) => request.value().prompt.clone().into(),
        Part::NegativePrompt(request) => request.value().negative_prompt.clone().unwrap_or_default().into(),
        Part::Picture(picture) => {
            within(picture.bytes().len().saturating_mul(4) / 3)?;
            let mut address = format!("data:{};base64,", picture.value().format().mime());
            STANDARD.encode_string(picture.bytes(), &mut address);
            address.into()
        }
        Part::List(parts) => parts.into_iter().map(value).collect::<Result<Vec<_>, _>>()?.into(),
        Part::Object(parts) => object(parts)?,
        Part::Filled(template, parts) => {
            let Value::Object(values) = object(parts)? else { return Err(EgressError::NotControl) };
            template.filled(&values).ok_or(EgressError::NotControl)?
        }
        Part::Temporary(name) => format!("{} [temp]", plain(name)?).into(),
    })
}

/// A line that stands in none of the parts: it is made of the hashes of what they hold.
fn boundary(parts: &[(&'static str, Part)]) -> String {
    fn hashes(part: &Part, all: &mut String) {
        match part {
            Part::Prompt(request) | Part::NegativePrompt(request) => {
                all.push_str(&request.sha256().to_string())
            }
            Part::Picture(picture) => all.push_str(&picture.sha256().to_string()),
            Part::List(parts) => parts.iter().for_each(|part| hashes(part, all)),
            Part::Object(parts) | Part::Filled(_, parts) => {
                parts.iter().for_each(|(_, part)| hashes(part, all))
            }
            Part::Word(_) | Part::Number(_) | Part::Share(_) | Part::Flag(_) | Part::Temporary(_) => {}
        }
    }
    let mut all = String::new();
    parts.iter().for_each(|(_, part)| hashes(part, &mut all));
    let hash = allxone_contract::Sha256::of(all.as_bytes()).to_string();
    format!("allxone-{}", hash.get(..32).unwrap_or_default())
}

fn file(body: &mut BytesMut, boundary: &str, name: &str, part: Part) -> Result<(), EgressError> {
    body.put_slice(format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{name}\"").as_bytes());
    match part {
        Part::Picture(picture) => {
            within(body.len().saturating_add(picture.bytes().len()))?;
            let format = picture.value().format();
            let head = format!(
                "; filename=\"picture.{}\"\r\ncontent-type: {}\r\n\r\n",
                format.extension(),
                format.mime()
            );
            body.put_slice(head.as_bytes());
            body.put_slice(picture.bytes());
        }
        part => {
            let text = match value(part)? {
                Value::String(text) => text,
                Value::Array(_) | Value::Object(_) => return Err(EgressError::NotControl),
                other => other.to_string(),
            };
            body.put_slice(b"\r\n\r\n");
            body.put_slice(text.as_bytes());
        }
    }
    body.put_slice(b"\r\n");
    Ok(())
}

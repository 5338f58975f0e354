//! The form of an edit: fields, one picture or several, perhaps a mask. Read under caps, one part after another.

use allxone_contract::{InputRole, ProblemCode};
use axum::extract::Multipart;
use axum::extract::multipart::Field;
use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value};

use super::fault::Fault;
use crate::api::Refusal;

/// The longest text field, in bytes.
const LONGEST_TEXT: u64 = 64 * 1024;
/// Most fields of a form.
const MOST_FIELDS: usize = 64;

/// A form, read.
pub(super) struct Form {
    pub(super) fields: Map<String, Value>,
    /// The pictures in their order; the first is the one to work on.
    pub(super) pictures: Vec<(InputRole, Bytes)>,
}

/// Reads a form whose pictures have at most `cap` bytes each.
pub(super) async fn read(mut form: Multipart, cap: u64) -> Result<Form, Fault> {
    let broken = || {
        Refusal::new(
            ProblemCode::Invalid,
            "The form broke off, or is larger than is taken. Nothing was kept of it.",
        )
    };
    let mut read = Form { fields: Map::new(), pictures: Vec::new() };
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        if read.fields.len() + read.pictures.len() >= MOST_FIELDS {
            return Err(Refusal::new(
                ProblemCode::Invalid,
                "The form has too many fields. Nothing was kept of it.",
            )
            .into());
        }
        let name = field.name().unwrap_or_default().to_owned();
        let role = match name.as_str() {
            "image" | "image[]" if read.pictures.iter().any(|(role, _)| *role == InputRole::Init) => {
                Some(InputRole::Reference)
            }
            "image" | "image[]" => Some(InputRole::Init),
            "mask" => Some(InputRole::Mask),
            _ => None,
        };
        match role {
            Some(role) => {
                let content = content(field, cap).await?.ok_or_else(broken)?;
                read.pictures.push((role, content));
            }
            None => {
                let text = content(field, LONGEST_TEXT).await?.ok_or_else(broken)?;
                let text = std::str::from_utf8(&text)
                    .map_err(|_| Fault::of_field("prompt", "A field is not text."))?;
                read.fields.insert(name, text.into());
            }
        }
    }
    Ok(read)
}

/// A part's content; `None` when it breaks off.
async fn content(mut field: Field<'_>, cap: u64) -> Result<Option<Bytes>, Refusal> {
    let mut whole = BytesMut::new();
    loop {
        match field.chunk().await {
            Ok(Some(piece)) if whole.len() as u64 + piece.len() as u64 <= cap => {
                whole.extend_from_slice(&piece)
            }
            Ok(Some(_)) => return Err(Refusal::too_large(cap)),
            Ok(None) => return Ok(Some(whole.freeze())),
            Err(_) => return Ok(None),
        }
    }
}

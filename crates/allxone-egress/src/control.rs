//! Requests that are not content: questions and commands whose every field is a number, a name from a list or an id.

use allxone_contract::{
    AcceptanceRequest, CheckoutRequest, ConsentRequest, CreditCap, DeletionRequest, QuoteRequest,
};
use serde::Serialize;

/// The longest control body in bytes.
pub const MAX_CONTROL_BYTES: usize = 64 * 1024;

mod sealed {
    pub trait Sealed {}
    impl Sealed for allxone_contract::QuoteRequest {}
    impl Sealed for allxone_contract::ConsentRequest {}
    impl Sealed for allxone_contract::AcceptanceRequest {}
    impl Sealed for allxone_contract::CreditCap {}
    impl Sealed for allxone_contract::DeletionRequest {}
    impl Sealed for allxone_contract::CheckoutRequest {}
    impl Sealed for super::Empty {}
    impl Sealed for super::Named {}
}

/// A body that [`Door::send_control`](crate::Door::send_control) takes. Sealed: only the types declared here are control, so nothing a
/// person wrote or drew can be passed off as one.
///
/// A request for pictures is not:
/// ```compile_fail,E0277
/// use allxone_contract::{JobRequest, ModelId, Operation};
/// fn control(_: &impl allxone_egress::Control) {}
/// control(&JobRequest::new(Operation::Generate, ModelId::from("local/scene")));
/// ```
/// a price question is:
/// ```
/// use allxone_contract::{ModelId, Operation, QuoteRequest};
/// fn control(_: &impl allxone_egress::Control) {}
/// control(&QuoteRequest {
///     operation: Operation::Generate, model: ModelId::from("local/scene"), size: None, count: 1,
///     factor: None, inputs: Vec::new(), fields: Vec::new(),
/// });
/// ```
pub trait Control: sealed::Sealed {
    /// The body as JSON; `None` when there is none.
    ///
    /// # Errors
    /// [`Refused`] when a value could carry free text.
    fn body(&self) -> Result<Option<Vec<u8>>, Refused>;
}

/// A control body holds something it may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused;

/// No body at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Empty;

impl Control for Empty {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        Ok(None)
    }
}

/// One thing by its id, in the field a partner wants it in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    field: &'static str,
    id: String,
    listed: bool,
}

impl Named {
    /// `{"<field>": "<id>"}`; an id is 1 to 128 letters, digits, `-` and `_`.
    pub fn one(field: &'static str, id: impl Into<String>) -> Self {
        Self { field, id: id.into(), listed: false }
    }

    /// `{"<field>": ["<id>"]}`.
    pub fn list(field: &'static str, id: impl Into<String>) -> Self {
        Self { listed: true, ..Self::one(field, id) }
    }
}

impl Control for Named {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        let id = crate::route::plain(&self.id).map_err(|_| Refused)?;
        let value = if self.listed { serde_json::json!([id]) } else { id.into() };
        json(&serde_json::json!({ self.field: value })).map(Some)
    }
}

impl Control for QuoteRequest {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        // The model's name is the one text in a price question.
        let name = self.model.as_str();
        let plain = (1..=128).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b':'));
        if plain { json(self).map(Some) } else { Err(Refused) }
    }
}

impl Control for ConsentRequest {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        names([&self.text_version, &self.locale, &self.app_version])?;
        json(self).map(Some)
    }
}

impl Control for AcceptanceRequest {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        names([&self.version, &self.locale, &self.app_version])?;
        json(self).map(Some)
    }
}

impl Control for CreditCap {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        json(self).map(Some)
    }
}

impl Control for DeletionRequest {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        json(self).map(Some)
    }
}

impl Control for CheckoutRequest {
    fn body(&self) -> Result<Option<Vec<u8>>, Refused> {
        names([&self.language])?;
        json(self).map(Some)
    }
}

/// Versions and languages: short, and without room for words.
fn names<const N: usize>(texts: [&String; N]) -> Result<(), Refused> {
    let plain = |text: &str| {
        (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+'))
    };
    if texts.into_iter().all(|text| plain(text)) { Ok(()) } else { Err(Refused) }
}

pub(crate) fn json(value: &impl Serialize) -> Result<Vec<u8>, Refused> {
    serde_json::to_vec(value).map_err(|_| Refused)
}

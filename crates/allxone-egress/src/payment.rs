//! Questions to a payment provider: a page to pay at, how a payment stands, the end of a subscription. They carry numbers, names from lists,
//! addresses and ids; no card, no address of a person and nothing anybody wrote, because a value with a space in it is refused.

use base64::Engine as _;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{EgressError, Route};

/// The longest value in such a question.
const LONGEST: usize = 1_024;

/// What a provider is asked. Has no text form.
pub struct PaymentQuestion {
    pub(crate) route: Route,
    pub(crate) headers: HeaderMap,
    pub(crate) authorization: Option<HeaderValue>,
    body: Body,
}

enum Body {
    None,
    Form(Vec<(&'static str, String)>),
    Json(Value),
}

/// A body as it travels, its media type, and the names of its fields.
pub(crate) type Written = (Vec<u8>, &'static str, Vec<String>);

impl PaymentQuestion {
    /// Asks without a body.
    pub fn at(route: Route) -> Self {
        Self { route, headers: HeaderMap::new(), authorization: None, body: Body::None }
    }

    /// Hands over a form.
    #[must_use]
    pub fn form(mut self, fields: Vec<(&'static str, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }

    /// Hands over an object.
    #[must_use]
    pub fn json(mut self, object: Value) -> Self {
        self.body = Body::Json(object);
        self
    }

    /// Shows who asks, as HTTP's basic authentication does.
    ///
    /// # Errors
    /// [`EgressError::BadToken`] when the pair makes no header.
    pub fn basic(mut self, name: &str, secret: &str) -> Result<Self, EgressError> {
        let pair = Zeroizing::new(format!("{name}:{secret}"));
        let text = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        self.authorization = Some(hidden(&Zeroizing::new(format!("Basic {text}")))?);
        Ok(self)
    }

    /// Shows who asks by a key.
    ///
    /// # Errors
    /// [`EgressError::BadToken`] when it makes no header.
    pub fn bearer(mut self, secret: &str) -> Result<Self, EgressError> {
        self.authorization = Some(hidden(&Zeroizing::new(format!("Bearer {secret}")))?);
        Ok(self)
    }

    /// Names the one intention behind this question, so that the same asked again does nothing twice.
    ///
    /// # Errors
    /// [`EgressError::BadHeader`] when it makes no header.
    pub fn once(self, key: &str) -> Result<Self, EgressError> {
        self.header("idempotency-key", key)
    }

    /// Names the version of the provider's dialect this was written for.
    ///
    /// # Errors
    /// [`EgressError::BadHeader`] when it makes no header.
    pub fn version(self, name: &'static str, version: &str) -> Result<Self, EgressError> {
        self.header(name, version)
    }

    fn header(mut self, name: &'static str, value: &str) -> Result<Self, EgressError> {
        let bad = || EgressError::BadHeader { name: name.to_owned() };
        let value = HeaderValue::from_str(value).map_err(|_| bad())?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    pub(crate) fn body(&self) -> Result<Option<Written>, EgressError> {
        match &self.body {
            Body::None => Ok(None),
            Body::Form(fields) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    plain(value)?;
                    form.append_pair(name, value);
                }
                let names = fields.iter().map(|(name, _)| (*name).to_owned()).collect();
                Ok(Some((form.finish().into_bytes(), "application/x-www-form-urlencoded", names)))
            }
            Body::Json(object) => {
                let Value::Object(fields) = object else { return Err(EgressError::NotControl) };
                all_plain(object)?;
                let names = fields.keys().cloned().collect();
                Ok(Some((object.to_string().into_bytes(), "application/json", names)))
            }
        }
    }
}

fn hidden(text: &str) -> Result<HeaderValue, EgressError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| EgressError::BadToken)?;
    value.set_sensitive(true);
    Ok(value)
}

fn plain(value: &str) -> Result<(), EgressError> {
    let fits = value.len() <= LONGEST && value.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(()) } else { Err(EgressError::NotControl) }
}

fn all_plain(value: &Value) -> Result<(), EgressError> {
    match value {
        Value::String(text) => plain(text),
        Value::Array(all) => all.iter().try_for_each(all_plain),
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, value)| plain(name).and_then(|()| all_plain(value)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_anybody_wrote_fits_in() {
        let at = || PaymentQuestion::at(Route::post("/v1/checkout/sessions"));
        let (body, kind, names) =
            at().form(vec![("line_items[0][price]", "price_1".to_owned())]).body().unwrap().unwrap();
        assert_eq!(body, b"line_items%5B0%5D%5Bprice%5D=price_1");
        assert_eq!((kind, names[0].as_str()), ("application/x-www-form-urlencoded", "line_items[0][price]"));
        for words in ["two words", "Straße", &"x".repeat(1_025)] {
            assert!(at().form(vec![("metadata[note]", words.to_owned())]).body().is_err(), "{words}");
            assert!(at().json(json!({ "notes": [{ "note": words }] })).body().is_err(), "{words}");
        }
        assert!(at().json(json!("text")).body().is_err());
        assert!(at().json(json!({ "amount": 5, "notes": { "order": "01J" } })).body().is_ok());
    }
}

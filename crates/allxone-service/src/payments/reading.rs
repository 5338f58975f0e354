//! Reading a provider's objects by the few fields we take, and no more. A field that is missing or of another kind is none.

use allxone_contract::{OrderId, UtcMillis};
use serde_json::Value;

/// The longest name of a thing at a provider.
const LONGEST: usize = 255;

/// An object of a provider.
#[derive(Clone, Copy)]
pub(super) struct Object<'a>(pub(super) &'a Value);

impl<'a> Object<'a> {
    /// What stands at a path such as `/metadata/order_id`.
    pub(super) fn at(self, path: &str) -> Option<&'a Value> {
        self.0.pointer(path).filter(|value| !value.is_null())
    }

    /// The object there.
    pub(super) fn object(self, path: &str) -> Option<Self> {
        self.at(path).filter(|value| value.is_object()).map(Object)
    }

    /// The list there.
    pub(super) fn list(self, path: &str) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.at(path).and_then(Value::as_array).into_iter().flatten().map(Object)
    }

    /// The word there.
    pub(super) fn word(self, path: &str) -> Option<&'a str> {
        self.at(path).and_then(Value::as_str)
    }

    /// The name of a thing there: letters, digits, `_` and `-`, nothing a person wrote. Where the thing itself stands there, its `id`.
    pub(super) fn name(self, path: &str) -> Option<String> {
        let found = self.at(path)?;
        let name = found.as_str().or_else(|| found.get("id").and_then(Value::as_str))?;
        let plain = (1..=LONGEST).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        plain.then(|| name.to_owned())
    }

    /// The whole number there; Paddle writes them as text.
    pub(super) fn number(self, path: &str) -> Option<i64> {
        let found = self.at(path)?;
        found.as_i64().or_else(|| found.as_str().and_then(|text| text.parse().ok()))
    }

    /// Whether it says yes there.
    pub(super) fn yes(self, path: &str) -> bool {
        self.at(path).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The seconds there, as milliseconds.
    pub(super) fn seconds(self, path: &str) -> Option<UtcMillis> {
        self.number(path)
            .filter(|seconds| *seconds > 0)
            .map(|seconds| UtcMillis(seconds.saturating_mul(1_000)))
    }

    /// The currency there, in capital letters.
    pub(super) fn currency(self, path: &str) -> Option<String> {
        let word = self.word(path)?.to_ascii_uppercase();
        (word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase())).then_some(word)
    }

    /// Our own order's number there.
    pub(super) fn order(self, path: &str) -> Option<OrderId> {
        self.word(path).and_then(|text| text.parse().ok())
    }

    /// An https address there.
    pub(super) fn link(self, path: &str) -> Option<String> {
        let word = self.word(path).filter(|word| word.starts_with("https://") && word.len() <= 1_024)?;
        word.bytes().all(|b| b.is_ascii_graphic()).then(|| word.to_owned())
    }
}

/// RFC 3339, as `2026-05-01T10:00:00Z`.
pub(super) fn moment(text: &str) -> Option<UtcMillis> {
    let at = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(UtcMillis)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_plain_is_taken() {
        let value = json!({ "id": "cs_1", "whole": { "id": "cus_2", "name": "Ada" }, "said": "two words", "sum": "1200", "none": null,
            "link": "https://pay.example/x", "bad": "http://pay.example/x", "at": 5 });
        let object = Object(&value);
        assert_eq!(object.name("/id").as_deref(), Some("cs_1"));
        assert_eq!(object.name("/whole").as_deref(), Some("cus_2"));
        assert_eq!(object.name("/said"), None);
        assert_eq!(object.name("/none"), None);
        assert_eq!(object.number("/sum"), Some(1_200));
        assert_eq!(object.seconds("/at"), Some(UtcMillis(5_000)));
        assert_eq!((object.link("/link").is_some(), object.link("/bad")), (true, None));
        assert_eq!(moment("2026-05-01T10:00:00.250Z"), Some(UtcMillis(1_777_629_600_250)));
    }
}

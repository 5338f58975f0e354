//! Which headers a request may carry. A short list, so that no header becomes a second way out for content.

use allxone_contract::{API_HEADER, CONFIRMED_HEADER, IdempotencyKey, RECEIPT_HEADER};
use http::HeaderMap;

use crate::EgressError;

/// What a caller may set: name, and whether every request of the kind carries it (then the ledger need not say so).
const ALLOWED: [(&str, bool); 12] = [
    ("accept", true),
    ("content-type", true),
    (API_HEADER, true),
    (IdempotencyKey::HEADER, false),
    (RECEIPT_HEADER, false),
    (CONFIRMED_HEADER, false),
    ("last-event-id", false),
    // What every request about an account carries: the project's public name, the program's name, the dialect's version.
    ("apikey", true),
    ("x-client-info", true),
    ("x-supabase-api-version", true),
    ("stripe-version", true),
    ("paddle-version", true),
];

/// The most all headers of a request may measure, names and values together.
const MAX_BYTES: usize = 32 * 1024;

/// Checks `headers`; answers with the names the ledger should mention, sorted.
pub(crate) fn check(headers: &HeaderMap) -> Result<Vec<String>, EgressError> {
    let mut told = Vec::new();
    let mut bytes = 0_usize;
    for (name, value) in headers {
        let Some((_, usual)) = ALLOWED.iter().find(|(allowed, _)| name == allowed) else {
            return Err(EgressError::BadHeader { name: name.as_str().to_owned() });
        };
        bytes = bytes.saturating_add(name.as_str().len()).saturating_add(value.len());
        if bytes > MAX_BYTES {
            return Err(EgressError::BadHeader { name: name.as_str().to_owned() });
        }
        if !usual {
            told.push(name.as_str().to_owned());
        }
    }
    told.sort_unstable();
    told.dedup();
    Ok(told)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn one(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn what_the_door_sets_itself_cannot_be_set_from_outside() {
        for name in [
            "authorization",
            "cookie",
            "host",
            "content-length",
            "transfer-encoding",
            "user-agent",
            "referer",
            "x-prompt",
        ] {
            assert_eq!(check(&one(name, "x")).unwrap_err(), EgressError::BadHeader { name: name.to_owned() });
        }
    }

    #[test]
    fn names_what_is_special_and_stays_small() {
        let mut headers = one("last-event-id", "3");
        headers.extend(one("accept", "*/*"));
        assert_eq!(check(&headers).unwrap(), ["last-event-id"]);
        assert_eq!(
            check(&one(CONFIRMED_HEADER, "1")).unwrap(),
            [CONFIRMED_HEADER],
            "that a person confirmed is told"
        );
        assert!(check(&one(RECEIPT_HEADER, &"x".repeat(MAX_BYTES))).is_err());
    }
}

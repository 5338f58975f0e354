//! The sender's receipt as a request header.

use allxone_contract::Receipt;
use allxone_egress::HeaderValue;

/// The longest receipt that is sent; it is never required, so a longer one stays here.
const LONGEST: usize = 16 * 1024;

/// The receipt as compact JSON in ASCII; `None` when it is too long to travel.
pub(crate) fn header(receipt: &Receipt) -> Option<HeaderValue> {
    let json = serde_json::to_string(receipt).ok()?;
    let ascii = escape(&json);
    (ascii.len() <= LONGEST).then(|| HeaderValue::from_str(&ascii).ok()).flatten()
}

/// Beyond ASCII, JSON has only strings, where every character may be written as `\uXXXX`.
fn escape(json: &str) -> String {
    let mut ascii = String::with_capacity(json.len());
    for char in json.chars() {
        if (' '..='~').contains(&char) {
            ascii.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::escape;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn means_the_same_in_ascii(text in any::<String>()) {
            let ascii = escape(&serde_json::to_string(&text).unwrap());
            prop_assert!(ascii.bytes().all(|b| (b' '..=b'~').contains(&b)));
            prop_assert_eq!(serde_json::from_str::<String>(&ascii).unwrap(), text);
        }
    }
}

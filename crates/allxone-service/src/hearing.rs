//! What a partner elsewhere says besides its pictures: errors, warnings, prompts it rewrote. Words are content too, so they go through the
//! gate before anybody reads them; what does not pass is left out.

use allxone_contract::Warning;
use allxone_safety::Gate;
use serde_json::Value;

use crate::partner::PartnerError;

/// Stands where a partner's words did not pass.
const LEFT_OUT: &str = "The provider's own words were left out by the safety check.";
/// The most texts of one report that are heard; the rest is left out.
const MOST: usize = 64;

/// A partner's warnings, each as it may be shown.
pub(crate) fn warnings(gate: &Gate, said: Vec<Warning>) -> Vec<Warning> {
    let heard = |warning: Warning| Warning { message: words(gate, &warning.message), ..warning };
    said.into_iter().take(MOST).map(heard).collect()
}

/// A partner's error as it may be shown.
pub(crate) fn error(gate: &Gate, said: PartnerError) -> PartnerError {
    match said {
        PartnerError::Cancelled => PartnerError::Cancelled,
        PartnerError::Failed { code, detail } => PartnerError::failed(code, words(gate, &detail)),
    }
}

/// A partner's report with every text in it as it may be shown, names of fields included.
pub(crate) fn report(gate: &Gate, said: Value) -> Value {
    let mut left = MOST;
    hear(gate, said, &mut left)
}

fn hear(gate: &Gate, value: Value, left: &mut usize) -> Value {
    match value {
        Value::String(text) => match left.checked_sub(1) {
            Some(rest) => {
                *left = rest;
                gate.hear(&text).map_or(Value::Null, Value::String)
            }
            None => Value::Null,
        },
        Value::Array(values) => values.into_iter().map(|value| hear(gate, value, left)).collect(),
        Value::Object(fields) => {
            let plain = |name: &str| {
                name.len() <= 40
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
            };
            let heard = fields.into_iter().filter(|(name, _)| plain(name));
            heard
                .filter_map(|(name, value)| gate.hear(&name).map(|name| (name, hear(gate, value, left))))
                .collect()
        }
        plain => plain,
    }
}

fn words(gate: &Gate, said: &str) -> String {
    gate.hear(said).unwrap_or_else(|| LEFT_OUT.to_owned())
}

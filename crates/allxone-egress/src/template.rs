//! A request that somebody wrote down beforehand, with slots that each request fills: how a partner is asked whose requests are whole
//! programs, such as ComfyUI's graphs of nodes.
//!
//! The text of a template comes out of this program or out of a file and never out of a request, so that nothing a person wrote can get
//! around the gate as part of one. A slot is a whole JSON value; words are never spliced into other words.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

/// The largest file a template is read from, in bytes.
const MOST_TEMPLATE: u64 = 4 * 1024 * 1024;

/// A JSON object with slots: strings that are exactly `{{name}}`. Clones share it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    object: Arc<Value>,
    slots: Arc<[String]>,
}

/// Why a text is no template.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TemplateFault {
    /// The file cannot be read, or is larger than 4 MiB.
    #[error("it cannot be read")]
    Unreadable,
    /// It is no JSON object, or none in the form that is wanted (for ComfyUI: exported in the API format).
    #[error("it is no JSON object in the form that is wanted")]
    NotAnObject,
    /// Braces of a slot stand within other words, where nothing can be put.
    #[error("a slot such as {{{{prompt}}}} has to be the whole of a value, and in “{0}” it is not")]
    Spliced(String),
}

impl Template {
    /// A template that is part of this program.
    ///
    /// # Errors
    /// [`TemplateFault`].
    pub fn built_in(text: &'static str) -> Result<Self, TemplateFault> {
        Self::parse(text)
    }

    /// A template in a file.
    ///
    /// # Errors
    /// [`TemplateFault`].
    pub fn read(path: &Path) -> Result<Self, TemplateFault> {
        let size = std::fs::metadata(path).map_err(|_| TemplateFault::Unreadable)?.len();
        if size > MOST_TEMPLATE {
            return Err(TemplateFault::Unreadable);
        }
        Self::parse(&std::fs::read_to_string(path).map_err(|_| TemplateFault::Unreadable)?)
    }

    fn parse(text: &str) -> Result<Self, TemplateFault> {
        let object: Value = serde_json::from_str(text).map_err(|_| TemplateFault::NotAnObject)?;
        if !object.is_object() {
            return Err(TemplateFault::NotAnObject);
        }
        let mut slots = Vec::new();
        collect(&object, &mut slots)?;
        Ok(Self { object: Arc::new(object), slots: slots.into() })
    }

    /// The object with its slots still in it.
    pub fn object(&self) -> &Value {
        &self.object
    }

    /// The names of its slots, each once for every place it stands at.
    pub fn slots(&self) -> &[String] {
        &self.slots
    }

    /// Whether it has a slot of that name.
    pub fn has(&self, slot: &str) -> bool {
        self.slots.iter().any(|known| known == slot)
    }

    /// The object with every slot filled; `None` when a slot has no value.
    pub(crate) fn filled(&self, values: &serde_json::Map<String, Value>) -> Option<Value> {
        fill(&self.object, values)
    }
}

/// The name of the slot that a string is.
fn slot(text: &str) -> Option<&str> {
    let name = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(name)
}

fn collect(value: &Value, slots: &mut Vec<String>) -> Result<(), TemplateFault> {
    match value {
        Value::String(text) => match slot(text) {
            Some(name) => slots.push(name.to_owned()),
            None if text.contains("{{") && text.contains("}}") => {
                return Err(TemplateFault::Spliced(text.chars().take(60).collect()));
            }
            None => {}
        },
        Value::Array(all) => all.iter().try_for_each(|one| collect(one, slots))?,
        Value::Object(all) => all.values().try_for_each(|one| collect(one, slots))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

fn fill(value: &Value, values: &serde_json::Map<String, Value>) -> Option<Value> {
    Some(match value {
        Value::String(text) => match slot(text) {
            Some(name) => values.get(name)?.clone(),
            None => value.clone(),
        },
        Value::Array(all) => Value::Array(all.iter().map(|one| fill(one, values)).collect::<Option<_>>()?),
        Value::Object(all) => Value::Object(
            all.iter().map(|(name, one)| Some((name.clone(), fill(one, values)?))).collect::<Option<_>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn slots_are_filled_with_values_and_never_with_their_text() {
        let text =
            r#"{"6": {"inputs": {"text": "{{prompt}}", "seed": "{{seed}}", "all": ["{{seed}}", "4", 0]}}}"#;
        let template = Template::built_in(text).unwrap();
        assert_eq!(template.slots(), ["prompt", "seed", "seed"]);
        let words = r#"a "fox"}, {{seed}} \ "#;
        let mut values = serde_json::Map::new();
        values.insert("prompt".to_owned(), words.into());
        assert_eq!(template.filled(&values), None, "no slot stays open");
        values.insert("seed".to_owned(), 7.into());
        let filled = template.filled(&values).unwrap();
        assert_eq!(filled, json!({ "6": { "inputs": { "text": words, "seed": 7, "all": [7, "4", 0] } } }));
    }

    #[test]
    fn what_is_no_template_is_refused_with_its_fault() {
        for text in ["", "[]", "\"{{prompt}}\"", "{"] {
            assert_eq!(Template::built_in(text), Err(TemplateFault::NotAnObject), "{text:?}");
        }
        for text in [r#"{"a": "{{prompt}}, in oil"}"#, r#"{"a": "{{Prompt}}"}"#, r#"{"a": "{{}}"}"#] {
            assert!(matches!(Template::built_in(text), Err(TemplateFault::Spliced(_))), "{text}");
        }
        assert_eq!(Template::read(Path::new("/nowhere/at.all")), Err(TemplateFault::Unreadable));
    }
}

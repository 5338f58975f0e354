//! Text that must not be seen.

use std::sync::Arc;

use zeroize::Zeroizing;

/// A token, code or password. It has no text form; wiped from memory when the last copy goes.
///
/// It cannot be printed:
/// ```compile_fail,E0277
/// println!("{:?}", allxone_account::Secret::new("example"));
/// ```
/// nor written down:
/// ```compile_fail,E0277
/// serde_json::to_string(&allxone_account::Secret::new("example")).unwrap();
/// ```
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes over text that is already secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// The text itself. Do not copy it anywhere that is not wiped.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

//! The secret that lets a caller in.
//!
//! Its own type, so that it can be neither printed nor compared in a way that tells an attacker how many characters were right.

use rand::TryRngCore;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::ServiceError;

/// A bearer token. Without `Debug`, `Serialize` or `Clone`; wiped when dropped.
///
/// ```compile_fail,E0277
/// let token = allxone_service::AccessToken::random().unwrap();
/// println!("{token:?}");
/// ```
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// The fewest characters of a token that a person chose.
    pub const MIN_CHARS: usize = 32;

    /// A fresh token of 256 random bits, as 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`ServiceError::Randomness`] when the system gives none.
    pub fn random() -> Result<Self, ServiceError> {
        let mut raw = Zeroizing::new([0_u8; 32]);
        rand::rngs::OsRng.try_fill_bytes(raw.as_mut()).map_err(|_| ServiceError::Randomness)?;
        Ok(Self(Zeroizing::new(hex::encode(raw.as_ref()))))
    }

    /// Takes over a token that was made elsewhere: at least [`Self::MIN_CHARS`] visible ASCII characters.
    ///
    /// # Errors
    /// [`ServiceError::WeakToken`] when it is shorter or holds other characters.
    pub fn new(text: String) -> Result<Self, ServiceError> {
        let text = Zeroizing::new(text);
        if text.len() < Self::MIN_CHARS || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ServiceError::WeakToken);
        }
        Ok(Self(text))
    }

    /// The token's text, for the one who calls the service.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `offered` is this token. Both are hashed first, so the time taken depends on neither content nor length.
    pub(crate) fn admits(&self, offered: &[u8]) -> bool {
        let (mine, theirs) = (Sha256::digest(self.0.as_bytes()), Sha256::digest(offered));
        mine.ct_eq(&theirs).into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn admits_itself_alone() {
        let token = AccessToken::random().unwrap();
        assert_eq!(token.expose().len(), 64);
        assert!(token.admits(token.expose().as_bytes()));
        assert!(!token.admits(b""));
        assert!(!token.admits(&token.expose().as_bytes()[..63]));
        assert!(!token.admits(format!("{}0", token.expose()).as_bytes()));
        assert!(!token.admits(AccessToken::random().unwrap().expose().as_bytes()));
    }

    #[test]
    fn refuses_tokens_that_can_be_guessed_or_not_sent() {
        assert!(AccessToken::new("short".to_owned()).is_err());
        assert!(AccessToken::new(" ".repeat(40)).is_err());
        assert!(AccessToken::new("x".repeat(32)).is_ok());
    }
}

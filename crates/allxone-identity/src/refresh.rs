//! Refresh tokens: which session, which generation, and a proof that this service gave it out.
//!
//! A token is base64url of: version (1 byte), session (16), generation (8, big-endian), proof (16). Nothing about it is stored but the
//! session's generation, so a stolen database gives no token, and a guessed token fails before the database is asked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::secrets::Secrets;

const VERSION: u8 = 1;
const CLAIMED: usize = 1 + 16 + 8;

/// What a genuine token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    pub(crate) session: String,
    pub(crate) counter: i64,
}

impl RefreshToken {
    /// The token's text. `None` when the session's id is not a UUID, which no stored one is.
    pub(crate) fn written(&self, secrets: &Secrets) -> Option<String> {
        let session = Uuid::parse_str(&self.session).ok()?;
        let mut bytes = Vec::with_capacity(CLAIMED + 16);
        bytes.push(VERSION);
        bytes.extend_from_slice(session.as_bytes());
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        let proof = secrets.prove(&bytes);
        bytes.extend_from_slice(&proof);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads a token that this service gave out; `None` for everything else.
    pub(crate) fn read(text: &str, secrets: &Secrets) -> Option<Self> {
        if text.len() > 80 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (claimed, proof) = bytes.split_at_checked(CLAIMED)?;
        let genuine: bool = proof.ct_eq(&secrets.prove(claimed)).into();
        if !genuine || claimed.first() != Some(&VERSION) {
            return None;
        }
        let session = Uuid::from_slice(claimed.get(1..17)?).ok()?;
        let counter = i64::from_be_bytes(claimed.get(17..25)?.try_into().ok()?);
        Some(Self { session: session.to_string(), counter })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use allxone_vault::SecretKey;
    use zeroize::Zeroizing;

    use super::*;

    fn secrets(byte: u8) -> Secrets {
        Secrets::new(&SecretKey::from_bytes(Zeroizing::new([byte; 32])))
    }

    #[test]
    fn a_token_comes_back_and_nothing_else_passes_for_one() {
        let token = RefreshToken { session: Uuid::from_bytes([7; 16]).to_string(), counter: 41 };
        let text = token.written(&secrets(1)).unwrap();
        assert_eq!(RefreshToken::read(&text, &secrets(1)).unwrap(), token);
        assert_eq!(RefreshToken::read(&text, &secrets(2)), None, "another service's");
        for at in 0..text.len() {
            let mut bent = text.clone().into_bytes();
            bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                RefreshToken::read(&String::from_utf8(bent).unwrap(), &secrets(1)),
                None,
                "bent at {at}"
            );
            assert_eq!(RefreshToken::read(&text[..at], &secrets(1)), None, "cut at {at}");
        }
        assert_eq!(RefreshToken::read(&"A".repeat(10_000), &secrets(1)), None);
    }
}

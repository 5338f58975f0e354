//! Passwords: Argon2id, a bounded number at once, and the same time whether an account exists or not.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::IdentityError;
use crate::fault::{Answer, Fault};
use crate::secrets::random;

/// Most characters of a password: enough for any phrase, too few to keep the hash busy.
const MOST: usize = 512;

/// Hashes and checks passwords on threads of their own, so that other requests never wait for them.
#[derive(Clone)]
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    /// Checked against where there is no account.
    nobody: Arc<str>,
}

impl Passwords {
    pub(crate) async fn open() -> Result<Self, IdentityError> {
        let places =
            Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2))));
        let nobody = tokio::task::spawn_blocking(|| hashed("nobody has this password")).await;
        let nobody = nobody.map_err(|_| IdentityError::Randomness)??.into();
        Ok(Self { places, nobody })
    }

    /// Refuses a password that is too easy to guess.
    pub(crate) fn judge(password: &str, fewest: usize) -> Answer<()> {
        let length = password.chars().count();
        if length > MOST {
            return Err(Fault::invalid(format!("A password may have at most {MOST} characters.")));
        }
        let first = password.chars().next();
        let mut weak = Vec::new();
        if length < fewest {
            weak.push("length");
        } else if password.chars().all(|c| Some(c) == first) {
            weak.push("characters");
        }
        if weak.is_empty() {
            return Ok(());
        }
        let mut fault = Fault::new(
            422,
            "weak_password",
            format!("The password needs at least {fewest} characters, not all the same."),
        );
        fault.weak = weak;
        Err(fault)
    }

    /// The hash of a password.
    pub(crate) async fn hash(&self, password: String) -> Answer<String> {
        let password = Zeroizing::new(password);
        self.on_a_thread(move || hashed(&password)).await?.map_err(Fault::from)
    }

    /// Whether a password is the one behind `hash`; without a hash it never is, after the same work.
    pub(crate) async fn is(&self, password: String, hash: Option<String>) -> Answer<bool> {
        let password = Zeroizing::new(password);
        let nobody = Arc::clone(&self.nobody);
        self.on_a_thread(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| nobody.to_string());
            PasswordHash::new(&hash)
                .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
                && known
        })
        .await
    }

    async fn on_a_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
        let _place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Fault::unexpected())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Fault::unexpected())
    }
}

/// Argon2id with 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's first choice.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn hashed(password: &str) -> Result<String, IdentityError> {
    let salt = random::<16>()?;
    let salt = SaltString::encode_b64(salt.as_ref()).map_err(|_| IdentityError::Randomness)?;
    let hash = argon2().hash_password(password.as_bytes(), &salt).map_err(|_| IdentityError::Randomness)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_password_is_itself_alone() {
        let passwords = Passwords::open().await.unwrap();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.is("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.is("correct horsf".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.is("nobody has this password".to_owned(), None).await.unwrap());
    }

    #[test]
    fn what_is_easy_to_guess_is_refused_with_a_reason() {
        assert!(Passwords::judge("longenough", 8).is_ok());
        assert_eq!(Passwords::judge("short", 8).unwrap_err().weak, ["length"]);
        assert_eq!(Passwords::judge("aaaaaaaaaa", 8).unwrap_err().weak, ["characters"]);
        assert_eq!(Passwords::judge(&"ab".repeat(300), 8).unwrap_err().code, "validation_failed");
    }
}

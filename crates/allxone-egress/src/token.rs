//! The secret a server knows us by.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::EgressError;

/// A bearer token. It has no text form: it can be handed to a [`Server`](crate::Server) and nothing else. Wiped from memory when
/// the last copy goes.
///
/// It cannot be printed:
/// ```compile_fail,E0277
/// let token = allxone_egress::BearerToken::new("example").unwrap();
/// println!("{token:?}");
/// ```
/// while what uses it can:
/// ```
/// let token = allxone_egress::BearerToken::new("example").unwrap();
/// let server = allxone_egress::Server::remote("https://studio.example", Some(token)).unwrap();
/// println!("{server:?}");
/// ```
/// Nor can it be written down:
/// ```compile_fail,E0277
/// let token = allxone_egress::BearerToken::new("example").unwrap();
/// serde_json::to_string(&token).unwrap();
/// ```
#[derive(Clone)]
pub struct BearerToken {
    text: Arc<Zeroizing<String>>,
    scheme: &'static str,
}

impl BearerToken {
    /// A token as issued: 1 to 4,096 visible ASCII characters.
    ///
    /// # Errors
    /// [`EgressError::BadToken`] for anything else.
    pub fn new(text: impl Into<String>) -> Result<Self, EgressError> {
        let text = Zeroizing::new(text.into());
        let fits = (1..=4096).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self { text: Arc::new(text), scheme: "Bearer" }) } else { Err(EgressError::BadToken) }
    }

    /// A key of a partner that wants it named as one: `Authorization: Key …`.
    ///
    /// # Errors
    /// As [`BearerToken::new`].
    pub fn key(text: impl Into<String>) -> Result<Self, EgressError> {
        Ok(Self { scheme: "Key", ..Self::new(text)? })
    }

    /// The `Authorization` header, marked so that HTTP code does not log it.
    pub(crate) fn header(&self) -> Result<HeaderValue, EgressError> {
        let text = Zeroizing::new(format!("{} {}", self.scheme, self.text.as_str()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| EgressError::BadToken)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Where the tokens of a signed-in account come from. What implements it speaks to the account's own server through the same Door.
pub trait TokenSource: Send + Sync + 'static {
    /// The token for a request that is about to be made, renewed if it would end under way.
    fn token(&self) -> BoxFuture<'_, Result<BearerToken, EgressError>>;

    /// Gets another token, because the server did not take the last one.
    fn renew(&self) -> BoxFuture<'_, Result<(), EgressError>>;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::BearerToken;

    #[test]
    fn refuses_what_could_break_out_of_a_header() {
        for bad in ["", " ", "two words", "line\r\nhost: elsewhere", "naïve", &"x".repeat(4097)] {
            assert!(BearerToken::new(bad).is_err(), "{bad:?}");
        }
        assert!(BearerToken::new("x".repeat(4096)).is_ok());
    }

    #[test]
    fn its_header_hides_itself() {
        let header = BearerToken::new("rose-hip").unwrap().header().unwrap();
        assert!(!format!("{header:?}").contains("rose-hip"));
    }
}

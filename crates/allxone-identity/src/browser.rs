//! The one cookie of the sign-in pages: a random mark of the browser, by which a sign-in stays in the browser it was begun in.
//!
//! It says nothing about the person, is read nowhere else, and ends with the sign-in. A form carries a word made of the mark and the
//! sign-in, which no other page can know.

use http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;

use crate::Identity;
use crate::fault::Answer;
use crate::secrets::random;

/// The cookie's name, shown on the page.
pub(crate) const COOKIE: &str = "allxone_signin";
/// How long it lives, in seconds: longer than any sign-in.
pub(crate) const LIFE: u32 = 600;

/// The mark a browser sent, if it has the form of one.
pub(crate) fn mark(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut named = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE);
    // Two of them would mean that another page of this host planted one.
    let ((_, value), None) = (named.next()?, named.next()) else { return None };
    (value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit())).then(|| value.to_owned())
}

/// The mark of a browser, a new one where it has none.
pub(crate) fn mark_or_new(headers: &HeaderMap) -> Answer<String> {
    match mark(headers) {
        Some(mark) => Ok(mark),
        None => Ok(hex::encode(random::<16>()?)),
    }
}

impl Identity {
    /// What gives a browser its mark.
    pub(crate) fn cookie(&self, mark: &str) -> Option<HeaderValue> {
        let secure = if self.address().scheme() == "https" { "; Secure" } else { "" };
        HeaderValue::from_str(&format!(
            "{COOKIE}={mark}; Path={}; Max-Age={LIFE}; HttpOnly; SameSite=Lax{secure}",
            crate::BASE
        ))
        .ok()
    }

    /// What is stored of a mark.
    pub(crate) fn browser_hash(&self, mark: &str) -> String {
        self.secrets().hash("browser", &[mark])
    }

    /// The word in the form of a sign-in.
    pub(crate) fn form_word(&self, flow: &str, mark: &str) -> String {
        self.secrets().hash("form", &[flow, mark])
    }

    /// Whether a form came from the page of this sign-in in this browser.
    pub(crate) fn form_is_ours(&self, flow: &str, mark: &str, word: &str) -> bool {
        self.form_word(flow, mark).as_bytes().ct_eq(word.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_mark_of_the_right_form_or_none() {
        let of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, line.parse().unwrap());
            }
            mark(&headers)
        };
        let good = "0123456789abcdef0123456789abcdef";
        assert_eq!(of(&[&format!("a=b; {COOKIE}={good}; c=d")]).unwrap(), good);
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[&format!("{COOKIE}=short")]), None);
        assert_eq!(of(&[&format!("{COOKIE}={}", "x".repeat(32))]), None);
        assert_eq!(of(&[&format!("{COOKIE}={good}; {COOKIE}={good}")]), None);
        assert_eq!(of(&[&format!("{COOKIE}={good}"), &format!("{COOKIE}={good}")]), None);
    }
}

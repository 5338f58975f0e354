//! The languages of the pages and letters, and which of them is wanted.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};

use crate::fault::Fault;

/// A language there are words in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    Arabic,
}

impl Language {
    pub(crate) const ALL: [Self; 3] = [Self::English, Self::German, Self::Arabic];

    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Arabic => "ar",
        }
    }

    /// The language of this tag, without its region; English where there is none.
    pub(crate) fn of(tag: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.tag().eq_ignore_ascii_case(tag)).unwrap_or(Self::English)
    }

    /// The most wanted one there is; English otherwise.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let asked =
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut wished: Vec<(f32, &str)> = asked
            .split(',')
            .map(|one| {
                let (tag, rest) = one.split_once(';').unwrap_or((one, ""));
                let weight = rest.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0);
                (weight, tag.trim())
            })
            .collect();
        wished.sort_by(|a, b| b.0.total_cmp(&a.0));
        let found = wished.iter().find_map(|(_, tag)| {
            let base = tag.split('-').next().unwrap_or_default();
            Self::ALL.into_iter().find(|one| one.tag().eq_ignore_ascii_case(base))
        });
        found.unwrap_or(Self::English)
    }
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        Ok(Self::wanted(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_most_wanted_language_there_is() {
        let of = |asked: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
            Language::wanted(&headers).tag()
        };
        assert_eq!(of("de-AT,de;q=0.9,en;q=0.5"), "de");
        assert_eq!(of("xx, en;q=0.3, ar;q=0.8"), "ar");
        assert_eq!(of("zz"), "en");
        assert_eq!(of(";;;q=,"), "en");
    }
}

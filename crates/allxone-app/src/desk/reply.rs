//! Answers of a picture scheme as HTTP: what is there, what the screen has already, a part of it, or why not.
//!
//! Cut here so that every host's scheme answers alike and is tested without a web view.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};

use super::{Desk, NotShown};

/// What an id names never changes, so the screen may keep it for as long as it likes; but nobody else may.
const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

impl Desk {
    /// Answers a request for the picture at `path`, with or without a leading slash: 200, 206 for a range, 304 for what the screen has
    /// already, 403 for what is no name of a picture, 404 where there is none, 405 for anything but GET and HEAD, 416 for a range beyond it.
    pub async fn reply(&self, method: &Method, path: &str, asked: &HeaderMap) -> Response<Bytes> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return bare(StatusCode::METHOD_NOT_ALLOWED);
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        let shown = match self.picture(path).await {
            Ok(shown) => shown,
            Err(NotShown::Forbidden) => return bare(StatusCode::FORBIDDEN),
            Err(NotShown::Absent) => return bare(StatusCode::NOT_FOUND),
        };
        // The path is a kind and an exact id, so it is a name for these very bytes.
        let tag = HeaderValue::try_from(format!("\"{path}\"")).ok();
        whole_or_part(*method == Method::HEAD, shown.bytes, shown.media_type, tag, asked)
    }
}

fn whole_or_part(
    head: bool,
    bytes: Bytes,
    media_type: &'static str,
    tag: Option<HeaderValue>,
    asked: &HeaderMap,
) -> Response<Bytes> {
    let named = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let known = named(header::IF_NONE_MATCH).zip(tag.as_ref().and_then(|tag| tag.to_str().ok()));
    let length = bytes.len();
    let (status, body, range) = match (known, named(header::RANGE).and_then(|range| span(range, length))) {
        (Some((have, tag)), _)
            if have
                .split(',')
                .any(|one| matches!(one.trim(), "*") || one.trim().trim_start_matches("W/") == tag) =>
        {
            (StatusCode::NOT_MODIFIED, Bytes::new(), None)
        }
        (_, Some(None)) => {
            (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(format!("bytes */{length}")))
        }
        (_, Some(Some((from, to)))) => {
            (StatusCode::PARTIAL_CONTENT, bytes.slice(from..=to), Some(format!("bytes {from}-{to}/{length}")))
        }
        (_, None) => (StatusCode::OK, bytes, None),
    };
    let mut response = bare(status);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    headers.insert(header::CACHE_CONTROL, FOR_EVER);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(range) = range.and_then(|range| HeaderValue::try_from(range).ok()) {
        headers.insert(header::CONTENT_RANGE, range);
    }
    if let Some(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
    if !head {
        *response.body_mut() = body;
    }
    response
}

/// The bytes a `Range` header means, both ends included: `None` for a header that is to be ignored, `Some(None)` for one that cannot be met.
#[expect(clippy::option_option, reason = "a header that says nothing is not one that asks for too much")]
fn span(range: &str, length: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number =
        |text: &str| text.parse::<usize>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let met = match (first, last) {
        ("", last) => {
            let last = number(last)?;
            (last > 0 && length > 0).then(|| (length.saturating_sub(last), length - 1))
        }
        (first, "") => {
            let first = number(first)?;
            (first < length).then(|| (first, length - 1))
        }
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return None;
            }
            (first < length).then(|| (first, last.min(length - 1)))
        }
    };
    Some(met)
}

fn bare(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ask(name: header::HeaderName, value: &str) -> Response<Bytes> {
        let mut asked = HeaderMap::new();
        asked.insert(name, value.parse().unwrap());
        whole_or_part(
            false,
            Bytes::from_static(b"0123456789"),
            "image/png",
            Some(HeaderValue::from_static("\"picture/x\"")),
            &asked,
        )
    }

    #[test]
    fn a_range_is_a_part_and_nonsense_is_the_whole() {
        let part = |range: &str| {
            let response = ask(header::RANGE, range);
            let place =
                response.headers().get(header::CONTENT_RANGE).map(|place| place.to_str().unwrap().to_owned());
            (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap(), place)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(part("bytes=2-4"), (206, "234".to_owned(), some("bytes 2-4/10")));
        assert_eq!(part("bytes=7-"), (206, "789".to_owned(), some("bytes 7-9/10")));
        assert_eq!(part("bytes=-3"), (206, "789".to_owned(), some("bytes 7-9/10")));
        assert_eq!(part("bytes=-99"), (206, "0123456789".to_owned(), some("bytes 0-9/10")));
        assert_eq!(part("bytes=8-18446744073709551615"), (206, "89".to_owned(), some("bytes 8-9/10")));
        for beyond in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(part(beyond), (416, String::new(), some("bytes */10")), "{beyond}");
        }
        for ignored in [
            "bytes=4-2",
            "bytes=a-",
            "bytes=+1-2",
            "lines=1-2",
            "bytes=1-2,4-5",
            "bytes=-",
            "bytes=1-99999999999999999999",
            "",
        ] {
            assert_eq!(part(ignored), (200, "0123456789".to_owned(), None), "{ignored}");
        }
    }

    #[test]
    fn what_the_screen_has_is_not_sent_again() {
        for have in ["\"picture/x\"", "W/\"picture/x\"", "\"a\", \"picture/x\"", "*"] {
            let response = ask(header::IF_NONE_MATCH, have);
            assert_eq!((response.status(), response.body().len()), (StatusCode::NOT_MODIFIED, 0), "{have}");
        }
        let other = ask(header::IF_NONE_MATCH, "\"picture/y\"");
        assert_eq!(
            (other.status(), other.headers()[header::ETAG].to_str().unwrap()),
            (StatusCode::OK, "\"picture/x\"")
        );
        assert_eq!(other.headers()[header::CACHE_CONTROL], FOR_EVER);
    }
}

//! A bucket in memory, as far as the service uses one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};

use super::Answering;

const TIME: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

/// An S3 server with one bucket and no memory of who asks.
pub struct QuickBucket(Answering);

impl QuickBucket {
    /// The name of the one bucket.
    pub const NAME: &str = "pictures";

    /// Empty.
    pub async fn start() -> Self {
        let objects: Mutex<BTreeMap<String, Bytes>> = Mutex::default();
        Self(
            Answering::start(move |request, body| {
                let mut objects = objects.lock().unwrap();
                let path = request.uri().path().trim_start_matches('/');
                let name =
                    path.strip_prefix(Self::NAME).unwrap_or_default().trim_start_matches('/').to_owned();
                match (request.method(), name.is_empty()) {
                    (&Method::GET, true) => listed(&objects, request.uri().query().unwrap_or_default()),
                    (&Method::PUT, _) => {
                        objects.insert(name, body);
                        whole(StatusCode::OK, Bytes::new(), 0)
                    }
                    (&Method::DELETE, _) => {
                        objects.remove(&name);
                        whole(StatusCode::NO_CONTENT, Bytes::new(), 0)
                    }
                    (method, _) => match objects.get(&name) {
                        Some(object) => found(&request, method == Method::HEAD, object),
                        None => whole(StatusCode::NOT_FOUND, Bytes::new(), 0),
                    },
                }
            })
            .await,
        )
    }

    /// Where it is: `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.0.url
    }
}

fn whole(status: StatusCode, body: Bytes, length: usize) -> Response<Body> {
    let response = Response::builder().status(status).header(header::ETAG, "\"1\"");
    response
        .header(header::LAST_MODIFIED, TIME)
        .header(header::CONTENT_LENGTH, length)
        .body(Body::from(body))
        .unwrap()
}

/// An object, or the range of it that was asked for.
fn found(request: &Request<()>, head: bool, object: &Bytes) -> Response<Body> {
    if head {
        return whole(StatusCode::OK, Bytes::new(), object.len());
    }
    let asked = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some((first, last)) = asked.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
        return whole(StatusCode::OK, object.clone(), object.len());
    };
    let first = first.parse::<usize>().unwrap_or(0).min(object.len());
    let end = last.parse::<usize>().map_or(object.len(), |last| last + 1).min(object.len());
    let mut response = whole(StatusCode::PARTIAL_CONTENT, object.slice(first..end), end - first);
    let range = format!("bytes {first}-{}/{}", end.saturating_sub(1), object.len());
    response.headers_mut().insert(header::CONTENT_RANGE, range.parse().unwrap());
    response
}

fn listed(objects: &BTreeMap<String, Bytes>, query: &str) -> Response<Body> {
    let prefix = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "prefix");
    let prefix = prefix.map(|(_, prefix)| prefix.into_owned()).unwrap_or_default();
    let mut text = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
    for (name, object) in objects.iter().filter(|(name, _)| name.starts_with(&prefix)) {
        let _ = write!(
            text,
            "<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{}</Size></Contents>",
            object.len()
        );
    }
    text.push_str("</ListBucketResult>");
    let length = text.len();
    whole(StatusCode::OK, text.into(), length)
}

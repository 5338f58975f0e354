//! Lets the library of S3's words speak over a client that was made here, so that it opens no connection of its own.

use async_trait::async_trait;
use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};

/// Hands out the one client, whatever the library would like it to be.
#[derive(Clone, Debug)]
pub(crate) struct Connector(reqwest::Client);

impl Connector {
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self(client)
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let address = parts
            .uri
            .to_string()
            .parse()
            .map_err(|error: url::ParseError| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut asked = reqwest::Request::new(parts.method, address);
        *asked.headers_mut() = parts.headers;
        // It is in memory already; sent whole it may be sent again.
        let content = body.collect().await?.to_bytes();
        if !content.is_empty() {
            *asked.body_mut() = Some(content.into());
        }
        let answer: http::Response<reqwest::Body> = self.0.execute(asked).await.map_err(failed)?.into();
        Ok(answer.map(|body| HttpResponseBody::new(body.map_err(failed))))
    }
}

/// What a failure means for trying again. Its address is left out.
fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else {
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, error.without_url())
}

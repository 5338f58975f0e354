//! An answer on its way in: capped, timed, cut by the offline lock, and accounted for in the ledger when it ends.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http::HeaderMap;
use tokio::time::Instant;

use crate::error::Wait;
use crate::ledger::OpenRow;
use crate::{EgressError, OfflineLock};

/// How an answer is received.
pub(crate) struct Reception {
    pub(crate) host: String,
    /// The most that is taken of the body.
    pub(crate) cap: u64,
    /// The longest wait between two pieces.
    pub(crate) idle: Duration,
    /// When the whole answer must have come; `None` for event streams.
    pub(crate) deadline: Option<Instant>,
    /// `None` for our own service.
    pub(crate) lock: Option<OfflineLock>,
}

impl Reception {
    /// Awaits `arriving`, unless the lock is closed first or it takes longer than `patience`.
    pub(crate) async fn wait<T>(
        &self,
        patience: Duration,
        wait: Wait,
        arriving: impl Future<Output = Result<T, EgressError>>,
    ) -> Result<T, EgressError> {
        let soon = Instant::now() + patience;
        let until = self.deadline.map_or(soon, |deadline| deadline.min(soon));
        let cut = async {
            match &self.lock {
                Some(lock) => lock.closed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = cut => Err(EgressError::Cut { host: self.host.clone() }),
            arrived = tokio::time::timeout_at(until, arriving) =>
                arrived.unwrap_or_else(|_| Err(EgressError::Timeout { host: self.host.clone(), wait })),
        }
    }

    fn too_large(&self) -> EgressError {
        EgressError::AnswerTooLarge { host: self.host.clone(), cap: self.cap }
    }
}

/// A server's answer, its body still to come. Any status, redirects included: nothing is followed.
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: reqwest::Response,
    row: OpenRow,
    reception: Reception,
    ended: bool,
}

impl Answer {
    pub(crate) fn new(mut body: reqwest::Response, row: OpenRow, reception: Reception) -> Self {
        let headers = std::mem::take(body.headers_mut());
        Self { status: body.status().as_u16(), headers, body, row, reception, ended: false }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header of the answer, if it is there once or more and is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type without its parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let essence = self.header("content-type")?.split(';').next()?.trim();
        Some(essence.to_ascii_lowercase())
    }

    /// The next piece of the body; `None` at its proper end.
    ///
    /// # Errors
    /// [`EgressError::Broken`] when the body ends early, [`EgressError::AnswerTooLarge`] at the first byte over the cap,
    /// [`EgressError::Timeout`], [`EgressError::Cut`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, EgressError> {
        if self.ended {
            return Ok(None);
        }
        let next = self.next_piece().await;
        match &next {
            Ok(Some(_)) => {}
            Ok(None) => self.end(None).await,
            Err(error) => self.end(Some(error)).await,
        }
        next
    }

    /// The whole body.
    ///
    /// # Errors
    /// As for [`chunk`](Self::chunk).
    pub async fn bytes(mut self) -> Result<Bytes, EgressError> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        while let Some(piece) = self.chunk().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// The body piece by piece; ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, EgressError>> + Send {
        futures_util::stream::unfold(Some(self), |answer| async {
            let mut answer = answer?;
            match answer.chunk().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(answer))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn next_piece(&mut self) -> Result<Option<Bytes>, EgressError> {
        let Self { body, reception, row, .. } = self;
        let host = &reception.host;
        let piece = async { body.chunk().await.map_err(|_| EgressError::Broken { host: host.clone() }) };
        let piece = reception.wait(reception.idle, Wait::NextPiece, piece).await?;
        if let Some(piece) = &piece {
            row.bytes_in = row.bytes_in.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if row.bytes_in > reception.cap {
                return Err(reception.too_large());
            }
        }
        Ok(piece)
    }

    pub(crate) fn too_large(&self) -> EgressError {
        self.reception.too_large()
    }

    pub(crate) fn encoded(&self) -> EgressError {
        EgressError::AnswerEncoded { host: self.reception.host.clone() }
    }

    pub(crate) async fn end(&mut self, error: Option<&EgressError>) {
        self.ended = true;
        tracing::debug!(
            host = %self.reception.host,
            status = self.status,
            bytes_in = self.row.bytes_in,
            error = error.map(EgressError::code),
            "a request ended"
        );
        self.row.close(error).await;
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("host", &self.reception.host)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

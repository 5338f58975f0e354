//! What is asked of a partner that changes nothing there, and so may be asked again: how a request stands, and pictures that lie ready.

use allxone_egress::{EgressError, HeaderMap, Purpose, Route, Server};
use bytes::Bytes;
use serde_json::Value;

use super::line::{Line, Refused, TRIES};
use crate::partner::PartnerError;

/// How many answers in a row may fail to come.
const PATIENCE: u32 = 5;

impl Line {
    /// The partner's own address with a path from the catalogue below it.
    pub(crate) fn below(&self, path: &str) -> Result<Server, PartnerError> {
        let address = format!("{}/{path}", self.address);
        Server::remote(&address, self.key.clone()).map_err(|error| self.fault(&error))
    }

    /// An address of the partner's own that it named; the key goes there.
    pub(crate) fn own(&self, address: &str) -> Result<Server, PartnerError> {
        let own = [self.server().host()];
        Server::listed(address, self.key.clone(), &own)
            .map_err(|_| self.unknown("took the request and named an address that leads elsewhere"))
    }

    /// An address of a picture that the partner named; it must be at one of its hosts, and no key goes there.
    pub(crate) fn at(&self, address: &str) -> Result<Server, PartnerError> {
        Server::listed(address, None, &self.hosts)
            .map_err(|_| self.useless("an address that leads elsewhere"))
    }

    /// Asks for a JSON answer of at most `cap` bytes.
    pub(crate) async fn question(
        &self,
        of: &Server,
        route: Route,
        purpose: Purpose,
        cap: u64,
    ) -> Result<Result<Value, Refused>, EgressError> {
        let answer = self.door().fetch(of, purpose, route, HeaderMap::new(), cap).await?;
        if !answer.is_success() {
            return Ok(Err(self.refusal(answer).await));
        }
        Ok(Ok(serde_json::from_slice(&answer.bytes().await?).unwrap_or_default()))
    }

    /// Asks how a request stands that the partner has, and again while no answer comes.
    pub(crate) async fn standing(
        &self,
        of: &Server,
        route: impl Fn() -> Route,
        cap: u64,
    ) -> Result<Result<Value, Refused>, PartnerError> {
        let mut left = PATIENCE;
        loop {
            match self.question(of, route(), Purpose::FollowJob, cap).await {
                Ok(answer) => return Ok(answer),
                Err(error) if left > 0 && error.is_passing() => {
                    left -= 1;
                    self.pause().await;
                }
                Err(_) => return Err(self.unknown("has the request and does not answer")),
            }
        }
    }

    /// Fetches a picture that lies ready at an address.
    pub(crate) async fn fetch(
        &self,
        from: &Server,
        route: impl Fn() -> Route,
    ) -> Result<Bytes, PartnerError> {
        let mut tries = TRIES;
        loop {
            tries = tries.saturating_sub(1);
            match self.fetched(from, route()).await {
                Ok(Some(picture)) => return Ok(picture),
                Ok(None) => return Err(self.useless("a link that has expired")),
                Err(EgressError::AnswerTooLarge { .. } | EgressError::AnswerEncoded { .. }) => {
                    return Err(self.useless("a picture that is larger or other than is taken"));
                }
                Err(EgressError::BadRoute) => return Err(self.useless("a name that is not taken")),
                // It lies there, and fetching it changes nothing.
                Err(error) if tries > 0 && error.is_passing() => self.pause().await,
                Err(_) => return Err(self.unknown("made the pictures, but they did not arrive")),
            }
        }
    }

    async fn fetched(&self, from: &Server, route: Route) -> Result<Option<Bytes>, EgressError> {
        let cap = self.most_picture();
        let answer = self.door().fetch(from, Purpose::FetchResult, route, HeaderMap::new(), cap).await?;
        if answer.is_success() { answer.bytes().await.map(Some) } else { Ok(None) }
    }
}

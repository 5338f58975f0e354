//! Where payment providers tell what happened, and fal knocks when a request is done. They have no token of ours: their signature over the
//! very bytes is what lets them in, so these routes stand outside the guard, with a limit and a bound of their own.

use std::sync::Arc;
use std::time::Duration;

use allxone_contract::PaymentProvider;
use axum::body::Body;
use axum::extract::{Path, State};
use http::{HeaderMap, StatusCode};
use tokio::time::timeout;

use super::body::read_body;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::partner::Knock;

/// The most bytes of a message.
const MAX_MESSAGE: u64 = 512 * 1024;
/// How long a message may take. The providers wait five seconds at least.
const PATIENCE: Duration = Duration::from_secs(10);

/// `POST /webhooks/{provider}`
pub(crate) async fn told(
    State(backend): State<Arc<Backend>>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<StatusCode> {
    let cashier = backend.cashier.as_deref().ok_or_else(Refusal::not_found)?;
    let provider: PaymentProvider = provider.parse().map_err(|_| Refusal::not_found())?;
    let till = cashier.tills.find(provider).ok_or_else(Refusal::not_found)?;
    if backend.stop.is_cancelled() {
        return Err(Refusal::shutting_down());
    }
    let Ok(_room) = backend.requests.try_acquire() else {
        return Err(Refusal::busy("The service is answering as many requests as it can. Tell it again.", 1));
    };
    let taken = async {
        let body = read_body(body, &headers, MAX_MESSAGE).await?;
        match backend.hear(cashier, till, &headers, &body).await? {
            Ok(()) => Ok(StatusCode::NO_CONTENT),
            Err(_) => {
                tracing::warn!(%provider, "a message without a signature that holds was turned away");
                Err(Refusal::invalid("The signature does not hold. Nothing was kept of this."))
            }
        }
    };
    timeout(PATIENCE, taken)
        .await
        .unwrap_or_else(|_| Err(Refusal::busy("The service took too long over this. Tell it again.", 5)))
}

/// `POST /webhooks/fal`: what it says is not read; it makes the service ask how the request stands.
pub(crate) async fn knocked(
    State(backend): State<Arc<Backend>>,
    headers: HeaderMap,
    body: Body,
) -> Answer<StatusCode> {
    let partner = backend.partners.at("fal").ok_or_else(Refusal::not_found)?;
    let Ok(_room) = backend.requests.try_acquire() else {
        return Err(Refusal::busy("The service is answering as many requests as it can. Knock again.", 1));
    };
    let heard = async {
        let body = read_body(body, &headers, MAX_MESSAGE).await?;
        let knock = Knock { headers, body, time: backend.clock.now() };
        match tokio::task::spawn_blocking(move || partner.knocked(&knock)).await {
            Ok(true) => Ok(StatusCode::NO_CONTENT),
            _ => Err(Refusal::invalid("The signature does not hold. Nothing was kept of this.")),
        }
    };
    timeout(PATIENCE, heard)
        .await
        .unwrap_or_else(|_| Err(Refusal::busy("The service took too long over this. Knock again.", 5)))
}

//! Signed-in devices: seeing them and ending them.

use axum::Json as Shown;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Identity;
use crate::fault::{Answer, Fault};
use crate::guard::Caller;
use crate::store::Which;
use crate::user::written;

#[derive(Deserialize)]
pub(crate) struct Scope {
    scope: Option<String>,
}

pub(crate) async fn logout(
    State(identity): State<Identity>,
    caller: Caller,
    Query(asked): Query<Scope>,
) -> Answer<StatusCode> {
    let own = caller.session.id.as_str();
    let which = match asked.scope.as_deref() {
        None | Some("global") => Which::All,
        Some("local") => Which::Only(own),
        Some("others") => Which::AllBut(own),
        Some(_) => return Err(Fault::invalid("The scope must be global, local or others.")),
    };
    identity.store().end_sessions(&caller.user.id, which).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn list(State(identity): State<Identity>, caller: Caller) -> Answer<Shown<Value>> {
    let sessions = identity.store().sessions(&caller.user.id).await?;
    let shown: Vec<Value> = sessions
        .iter()
        .map(|one| {
            json!({
                "id": one.id, "device": one.device, "method": one.method, "current": one.id == caller.session.id,
                "created_at": written(one.created), "last_used_at": written(one.refreshed), "proven_at": written(one.proven),
            })
        })
        .collect();
    Ok(Shown(json!({ "sessions": shown })))
}

pub(crate) async fn end(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    match identity.store().end_sessions(&caller.user.id, Which::Only(&id)).await? {
        0 => Err(Fault::new(404, "session_not_found", "This device is not signed in.")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

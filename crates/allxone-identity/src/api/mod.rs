//! The routes, named as in the dialect.

mod admin;
mod authorize;
mod callback;
mod discovery;
mod local;
mod mails;
mod outbox;
mod sessions;
mod sign_up;
mod token;
mod user;
mod verify;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::Identity;
use crate::fault::Fault;
use crate::guard::guard;

pub(crate) use user::fits;

pub(crate) fn router(identity: Identity) -> Router {
    Router::new()
        .route("/health", get(discovery::health))
        .route("/settings", get(discovery::settings))
        .route("/.well-known/jwks.json", get(discovery::keys))
        .route("/.well-known/openid-configuration", get(discovery::openid))
        .route("/authorize", get(authorize::authorize))
        .route("/outbox", get(outbox::outbox))
        .route("/callback", get(callback::callback))
        .route("/local", get(local::page).post(local::answer))
        .route("/token", post(token::token))
        .route("/user", get(user::show).put(user::change))
        .route("/reauthenticate", get(mails::reauthenticate).post(user::reauthenticate))
        .route("/logout", post(sessions::logout))
        .route("/sessions", get(sessions::list))
        .route("/sessions/{id}", delete(sessions::end))
        .route("/signup", post(sign_up::sign_up))
        .route("/otp", post(mails::otp))
        .route("/magiclink", post(mails::otp))
        .route("/recover", post(mails::recover))
        .route("/resend", post(mails::resend))
        .route("/verify", post(verify::verify))
        .route("/admin/users", get(admin::list).post(admin::create))
        .route("/admin/users/{id}", get(admin::show).put(admin::change).delete(admin::remove))
        .fallback(async || Fault::new(404, "not_found", "There is nothing at this address."))
        .layer(CatchPanicLayer::custom(|_| axum::response::IntoResponse::into_response(Fault::unexpected())))
        .layer(from_fn_with_state(identity.clone(), guard))
        .with_state(identity)
}

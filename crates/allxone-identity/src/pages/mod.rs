//! The pages a person sees in their browser: short, in their language, in light and dark, readable aloud, usable without script.
//!
//! A page that ends a sign-in is answered with 200 and a link, not with a redirect: browsers apply a form's `form-action` rule to redirects
//! after it, and would block the hop back to the program.

mod outbox;
mod words;

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use crate::BASE;
use crate::browser::COOKIE;
use crate::fault::Fault;
pub(crate) use outbox::outbox;
use words::{Words, language};

const STYLE: &str = include_str!("style.css");
/// The program's mark.
const MARK: &str = include_str!("mark.svg");

/// Which form of the sign-in page is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// With a password.
    #[default]
    SignIn,
    /// A new account.
    SignUp,
    /// Asking for a code.
    SendCode,
    /// Typing it in.
    UseCode,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignUp => "sign_up",
            Self::SendCode => "send_code",
            Self::UseCode => "use_code",
        }
    }
}

/// What the sign-in page shows.
pub(crate) struct View<'a> {
    pub(crate) flow: &'a str,
    /// What shows that the form is this page's.
    pub(crate) word: String,
    pub(crate) host: String,
    pub(crate) step: Step,
    pub(crate) email: &'a str,
    pub(crate) fault: Option<&'a Fault>,
    pub(crate) back: Option<Url>,
    pub(crate) sign_up: bool,
}

/// Whether a browser asked, for a person to read.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The sign-in page.
pub(crate) fn sign_in(view: &View<'_>, headers: &HeaderMap) -> Response {
    let words = language(headers);
    let status = view.fault.map_or(200, |fault| fault.status);
    let title = match view.step {
        Step::SignUp => words.new_account,
        _ => words.sign_in,
    };
    let other = |step: Step, text: &'static str| html! { a href={ (BASE) "/local?flow=" (view.flow) "&step=" (step.name()) } { (text) } };
    let body = html! {
        h1 { (title) }
        p { (words.on) " " strong { bdi { (view.host) } } }
        @if let Some(fault) = view.fault {
            p.fault role="alert" id="fault" { (words.fault(fault)) }
        }
        @if view.step == Step::UseCode {
            p { (words.code_sent) }
        }
        form method="post" action={ (BASE) "/local" } {
            input type="hidden" name="flow" value=(view.flow);
            input type="hidden" name="word" value=(view.word);
            input type="hidden" name="step" value=(view.step.name());
            label for="email" { (words.email) }
            input id="email" name="email" type="email" dir="ltr" autocomplete="username" required value=(view.email)
                autofocus[view.step != Step::UseCode] readonly[view.step == Step::UseCode];
            @match view.step {
                Step::SignIn => {
                    label for="password" { (words.password) }
                    input id="password" name="password" type="password" dir="ltr" autocomplete="current-password" required;
                }
                Step::SignUp => {
                    label for="password" { (words.new_password) }
                    input id="password" name="password" type="password" dir="ltr" autocomplete="new-password" minlength="8" required;
                }
                Step::UseCode => {
                    label for="code" { (words.code) }
                    input.code id="code" name="code" type="text" dir="ltr" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}"
                        maxlength="6" required autofocus;
                }
                Step::SendCode => {}
            }
            button type="submit" {
                @match view.step {
                    Step::SignIn | Step::UseCode => (words.sign_in),
                    Step::SignUp => (words.make_account),
                    Step::SendCode => (words.send_code),
                }
            }
        }
        ul {
            @if view.step != Step::SignIn { li { (other(Step::SignIn, words.with_password)) } }
            @if view.step != Step::SendCode { li { (other(Step::SendCode, words.with_code)) } }
            @if view.sign_up && view.step != Step::SignUp { li { (other(Step::SignUp, words.new_account)) } }
            @if let Some(back) = &view.back { li { a href=(back.as_str()) { (words.back) } } }
        }
    };
    page(words, title, status, Frame { cookie: true, ..Frame::default() }, &body)
}

/// The page that leads back to the program.
pub(crate) fn signed_in(to: &Url, email: &str, headers: &HeaderMap) -> Response {
    let words = language(headers);
    let body = html! {
        h1 { (words.signed_in) }
        p { bdi { (email) } }
        p { a.button href=(to.as_str()) autofocus { (words.go_on) } }
        p { (words.close) }
    };
    page(words, words.signed_in, 200, Frame { onward: Some(to), ..Frame::default() }, &body)
}

/// Why something cannot be done.
pub(crate) fn refused(fault: &Fault, headers: &HeaderMap) -> Response {
    let words = language(headers);
    let body = html! {
        h1 { (words.not_now) }
        p.fault role="alert" { (words.fault(fault)) }
    };
    page(words, words.not_now, fault.status, Frame::default(), &body)
}

/// How wide a page is, and what stands below it.
#[derive(Clone, Copy, Debug, Default)]
struct Frame<'a> {
    /// Where the browser goes by itself.
    onward: Option<&'a Url>,
    /// Whether the browser keeps the cookie of the sign-in.
    cookie: bool,
    wide: bool,
}

fn page(words: &Words, title: &str, status: u16, frame: Frame<'_>, body: &Markup) -> Response {
    let text = html! {
        (DOCTYPE)
        html lang=(words.lang) dir=(words.dir) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(onward) = frame.onward { meta http-equiv="refresh" content={ "0; url=" (onward.as_str()) }; }
                title { (title) " – AllXOne" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main.wide[frame.wide] {
                    header { (PreEscaped(MARK)) "AllXOne" }
                    (body)
                }
                @if frame.cookie { footer { (words.cookie.0) " " code dir="ltr" { (COOKIE) } (words.cookie.1) } }
            }
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = (status, text.into_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let style = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // With `no-referrer` a browser names no origin for the form either, and the form would be refused as a stranger's.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

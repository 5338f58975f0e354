//! How a server says no. Four shapes of body are in use, and a gateway may answer with a page; of all that only a known code is kept. A
//! server's own words are never shown: they might be anybody's.

use allxone_egress::Answer;
use serde_json::Value;

macro_rules! codes {
    ($($name:ident = $text:literal: $sentence:literal;)*) => {
        /// What a server refused for.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum FaultCode {
            $(#[doc = $sentence] $name,)*
            /// A reason this program does not know.
            Other,
        }

        impl FaultCode {
            fn of(text: &str) -> Self {
                match text {
                    $($text => Self::$name,)*
                    _ => Self::Other,
                }
            }

            /// The code as servers write it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Other => "refused",
                }
            }

            /// What happened and what to do.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)*
                    Self::Other => "The server refused this. Nothing was changed. Try again, or ask whoever runs the server.",
                }
            }
        }
    };
}

codes! {
    AccessDenied = "access_denied": "The sign-in was refused or called off in the browser. Nothing was changed. Start it again.";
    BadCodeVerifier = "bad_code_verifier": "The sign-in in the browser does not belong to this program. Nobody was signed in. Start it again.";
    BadJwt = "bad_jwt": "The server does not take the sign-in any more. Sign in again.";
    BadOauthCallback = "bad_oauth_callback": "The sign-in did not come back as it was sent. Nobody was signed in. Start it again.";
    BadOauthState = "bad_oauth_state": "The sign-in did not come back as it was sent. Nobody was signed in. Start it again.";
    CaptchaFailed = "captcha_failed": "This server wants a test in the browser first. Sign in through the browser instead.";
    Conflict = "conflict": "The server was busy with this very account. Nothing was changed. Try again in a moment.";
    CurrentPasswordRequired = "current_password_required": "The password before the new one is needed. Nothing was changed.";
    EmailAddressInvalid = "email_address_invalid": "The server does not take this e-mail address. Nothing was changed. Check it.";
    EmailExists = "email_exists": "Another account has this e-mail address. Nothing was changed.";
    EmailNotConfirmed = "email_not_confirmed": "The e-mail address waits for its code. Enter the code from the letter, or ask for a new one.";
    EmailProviderDisabled = "email_provider_disabled": "This server does not sign people in by e-mail. Choose another way.";
    FlowStateExpired = "flow_state_expired": "The sign-in took too long. Nobody was signed in. Start it again.";
    FlowStateNotFound = "flow_state_not_found": "This sign-in was used already, or is not known any more. Start it again.";
    InsufficientAal = "insufficient_aal": "This needs a second factor, which this program cannot ask for yet. Nothing was changed.";
    InvalidCredentials = "invalid_credentials": "The e-mail address or the password is wrong. Check both.";
    InvalidGrant = "invalid_grant": "The server does not take the sign-in any more. Sign in again.";
    NoAuthorization = "no_authorization": "The server does not know who asks. Sign in again.";
    OtpDisabled = "otp_disabled": "This server sends no codes. Choose another way.";
    OtpExpired = "otp_expired": "The code is wrong or has expired. Ask for a new one.";
    OverEmailSendRateLimit = "over_email_send_rate_limit": "Too many letters were asked for. Wait a minute and ask again.";
    OverRequestRateLimit = "over_request_rate_limit": "This was asked too often. Nothing was changed. Wait a few minutes and try again.";
    ReauthenticationNeeded = "reauthentication_needed": "This needs a fresh proof of who you are. Ask for a code first.";
    ReauthenticationNotValid = "reauthentication_not_valid": "The code is wrong or has expired. Nothing was changed. Ask for a new one.";
    RefreshTokenAlreadyUsed = "refresh_token_already_used": "This sign-in was used from a copy, so the server ended it. Sign in again.";
    RefreshTokenNotFound = "refresh_token_not_found": "The server ended this sign-in. Sign in again.";
    SamePassword = "same_password": "The new password must differ from the old one. Nothing was changed.";
    SessionExpired = "session_expired": "The sign-in has run out. Sign in again.";
    SessionNotFound = "session_not_found": "This device was signed out. Sign in again.";
    SignupDisabled = "signup_disabled": "This server takes no new accounts.";
    UserAlreadyExists = "user_already_exists": "There is an account with this e-mail address. Sign in instead.";
    UserBanned = "user_banned": "This account is closed for now. Ask whoever runs the server.";
    UserNotFound = "user_not_found": "This account does not exist any more.";
    ValidationFailed = "validation_failed": "The server cannot use what was sent. Nothing was changed. Check what you entered.";
    WeakPassword = "weak_password": "This password is too easy to guess. Nothing was changed. Choose a longer one.";
}

/// A refusal in the server's dialect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// HTTP status.
    pub status: u16,
    /// What for.
    pub code: FaultCode,
}

impl Fault {
    /// Whether the tokens this was about open nothing any more.
    pub(crate) fn is_death(self) -> bool {
        use FaultCode as C;
        match self.code {
            C::RefreshTokenNotFound
            | C::RefreshTokenAlreadyUsed
            | C::SessionNotFound
            | C::SessionExpired
            | C::UserBanned
            | C::UserNotFound => (400..500).contains(&self.status),
            C::ValidationFailed | C::InvalidGrant => self.status == 400,
            _ => false,
        }
    }

    /// Whether the same may work in a while without anybody doing anything.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self.status, 408 | 409 | 425 | 429 | 500..=599)
    }
}

/// What a refused answer says; [`Err`] with the status where it says nothing in the dialect.
pub(crate) fn read(status: u16, named: Option<&str>, body: &[u8]) -> Result<Fault, u16> {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let text = |name: &str| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
    // New shape, old shape, header, OAuth shape.
    let code = text("code").or_else(|| text("error_code")).or(named).or_else(|| text("error"));
    match code {
        Some(code) => Ok(Fault { status, code: FaultCode::of(code) }),
        // Some answers have a sentence and a status and no code.
        None if status == 429 => Ok(Fault { status, code: FaultCode::OverRequestRateLimit }),
        None if body.is_some() => Ok(Fault { status, code: FaultCode::Other }),
        None => Err(status),
    }
}

/// [`read`] for an answer whose body is still to come.
pub(crate) async fn of(answer: Answer) -> Result<Result<Fault, u16>, allxone_egress::EgressError> {
    let (status, named) = (answer.status(), answer.header("x-sb-error-code").map(str::to_owned));
    let body = answer.bytes().await?;
    Ok(read(status, named.as_deref(), &body))
}

/// The code an address brings back in `error_code` or `error`.
pub(crate) fn in_address(code: &str) -> FaultCode {
    match FaultCode::of(code) {
        FaultCode::Other => FaultCode::AccessDenied,
        known => known,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn all_four_shapes_and_pages_are_understood() {
        let read = |status, header, body: &str| read(status, header, body.as_bytes());
        let gone = FaultCode::RefreshTokenNotFound;
        for (header, body) in [
            (None, r#"{"code":"refresh_token_not_found","message":"x"}"#),
            (None, r#"{"code":400,"error_code":"refresh_token_not_found","msg":"x","error_id":"1"}"#),
            (Some("refresh_token_not_found"), r#"{"code":400,"msg":"x"}"#),
            (Some("refresh_token_not_found"), "<html>"),
        ] {
            assert_eq!(read(400, header, body), Ok(Fault { status: 400, code: gone }), "{body}");
        }
        let grant =
            read(400, None, r#"{"error":"invalid_grant","error_description":"Invalid Refresh Token"}"#)
                .unwrap();
        assert!(grant.is_death());
        assert_eq!(read(520, None, "<html>520</html>"), Err(520));
        assert_eq!(read(500, None, ""), Err(500));
        assert_eq!(read(429, None, r#"{"msg":"slow down"}"#).unwrap().code, FaultCode::OverRequestRateLimit);
        assert_eq!(read(400, None, r#"{"code":"brand_new_reason"}"#).unwrap().code, FaultCode::Other);
    }

    #[test]
    fn a_busy_server_kills_no_session() {
        for status in [408, 409, 429, 500, 503, 520, 530] {
            let fault = Fault { status, code: FaultCode::Other };
            assert!(fault.is_passing() && !fault.is_death(), "{status}");
            assert!(!Fault { status, code: FaultCode::ValidationFailed }.is_death());
        }
        assert!(!Fault { status: 403, code: FaultCode::BadJwt }.is_death());
    }
}

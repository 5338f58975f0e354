//! The routes of the dialect, with the gateway in front of them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use super::sessions::{Flow, Turned};
use super::{Asked, BASE, Project, word};

pub(super) fn router(project: Arc<Project>) -> Router {
    Router::new().fallback(answer).with_state(project)
}

async fn answer(State(project): State<Arc<Project>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let text = |name: &str| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let path = parts.uri.path().strip_prefix(BASE).unwrap_or("/?").to_owned();
    let asked = Asked {
        method: parts.method.to_string(),
        path: path.clone(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.keys().map(|name| (name.to_string(), text(name.as_str()))).collect(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let trouble = {
        let mut state = project.state();
        state.asked.push(asked.clone());
        let waiting = state
            .troubles
            .iter_mut()
            .find(|(begin, line)| path.starts_with(begin.as_str()) && !line.is_empty());
        waiting.and_then(|(_, line)| line.pop_front())
    };
    if let Some(refusal) = trouble.as_ref().and_then(super::Trouble::refuses) {
        return refusal;
    }
    let answered = project.route(&asked).unwrap_or_else(|fault| fault.shaped(&project, &parts.headers));
    match trouble {
        Some(trouble) => trouble.bends(answered).await,
        None => answered,
    }
}

struct Fault(u16, &'static str, &'static str, Value);

impl Fault {
    fn shaped(self, project: &Project, asked: &HeaderMap) -> Response {
        let Self(status, code, message, more) = self;
        if code.is_empty() {
            // The gateway's own shape.
            return json_of(status, &json!({ "message": message, "hint": "Double check your API key." }));
        }
        let new = !project.setup.old_server
            && asked.get("x-supabase-api-version").is_some_and(|version| version >= "2024-01-01");
        let mut body = if new {
            json!({ "code": code, "message": message })
        } else {
            json!({ "code": status, "error_code": code, "msg": message })
        };
        if !more.is_null() {
            body["weak_password"] = more;
        }
        let mut response = json_of(status, &body);
        response.headers_mut().insert("x-sb-error-code", code.parse().unwrap());
        if new {
            response.headers_mut().insert("x-supabase-api-version", "2024-01-01".parse().unwrap());
        }
        response
    }
}

type Answer = Result<Response, Fault>;

fn refuse<T>(status: u16, code: &'static str, message: &'static str) -> Result<T, Fault> {
    Err(Fault(status, code, message, Value::Null))
}

fn json_of(status: u16, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::from_u16(status).unwrap(), headers, Body::from(body.to_string())).into_response()
}

fn ok(body: &Value) -> Answer {
    Ok(json_of(200, body))
}

fn found(to: &str) -> Answer {
    Ok((StatusCode::FOUND, [(header::LOCATION, to.to_owned())]).into_response())
}

impl Asked {
    fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    fn field(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    fn bearer(&self) -> Option<&str> {
        self.header("authorization").strip_prefix("Bearer ")
    }
}

impl Project {
    fn route(&self, asked: &Asked) -> Answer {
        // A browser brings no key to these two, nor to the provider's own page.
        let open = matches!(asked.path.as_str(), "/authorize" | "/callback" | "/provider" | "/verify")
            && asked.method == "GET";
        let admin = asked.path.starts_with("/admin/");
        if !open && asked.path != "/.well-known/jwks.json" {
            let key = asked.header("apikey");
            if key.is_empty() {
                return refuse(401, "", "No API key found in request");
            }
            if key != self.key && key != self.service_key || asked.bearer() == Some(&self.key) {
                return refuse(401, "", "Invalid API key");
            }
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/health") => ok(
                &json!({ "version": "v2.190.0", "name": "GoTrue", "description": "GoTrue is a user registration and authentication API" }),
            ),
            ("GET", "/settings") => self.settings(),
            ("GET", "/.well-known/jwks.json") => ok(&self.keys.lock().unwrap().published()),
            ("GET", "/authorize") => self.authorize(asked),
            ("GET", "/provider") => self.provider(asked),
            ("GET", "/callback") => self.callback(asked),
            ("POST", "/token") => self.token(asked),
            ("GET", "/user") => ok(&self.caller(asked)?.1),
            ("PUT", "/user") => self.change(asked),
            ("GET", "/reauthenticate") => {
                let (_, user) = self.caller(asked)?;
                self.send(user["email"].as_str().unwrap(), "reauthentication");
                ok(&json!({}))
            }
            ("POST", "/logout") => self.logout(asked),
            ("POST", "/signup") => self.sign_up(asked),
            ("POST", "/otp" | "/recover" | "/resend") => self.mail(asked),
            ("POST", "/verify") => self.verify(asked),
            ("DELETE", _) if admin => self.remove_account(asked),
            _ => refuse(404, "not_found", "404 page not found"),
        }
    }

    fn settings(&self) -> Answer {
        let external: HashMap<&str, bool> = [
            "apple",
            "azure",
            "bitbucket",
            "discord",
            "github",
            "google",
            "email",
            "phone",
            "anonymous_users",
        ]
        .map(|name| (name, matches!(name, "github" | "google" | "email")))
        .into();
        ok(
            &json!({ "external": external, "disable_signup": false, "mailer_autoconfirm": self.setup.autoconfirm, "phone_autoconfirm": false, "sms_provider": "twilio", "saml_enabled": false }),
        )
    }

    fn authorize(&self, asked: &Asked) -> Answer {
        if !matches!(asked.parameter("provider").as_deref(), Some("github" | "google")) {
            return refuse(400, "validation_failed", "Unsupported provider: provider is not enabled");
        }
        let (challenge, method) =
            (asked.parameter("code_challenge"), asked.parameter("code_challenge_method"));
        if challenge.is_some() != method.is_some() {
            return refuse(
                400,
                "validation_failed",
                "PKCE flow requires code_challenge_method and code_challenge",
            );
        }
        if method.is_some_and(|method| !method.eq_ignore_ascii_case("s256")) {
            return refuse(400, "validation_failed", "this project takes S256 alone");
        }
        // What is not allowed is no fault here: the person lands on the project's own site.
        let site = "https://site.example/".to_owned();
        let redirect_to = asked.parameter("redirect_to").filter(|to| on_loopback(to)).unwrap_or(site);
        let state = Uuid::new_v4().to_string();
        let flow = Flow { challenge, redirect_to, created: self.clock.now(), user: None, code: None };
        self.state().flows.insert(state.clone(), flow);
        found(&format!("{}{BASE}/provider?state={state}", self.url))
    }

    /// The other provider's page, which the person answers at once.
    fn provider(&self, asked: &Asked) -> Answer {
        let state = asked.parameter("state").unwrap_or_default();
        let said = if self.state().denies {
            "error=access_denied&error_description=The+person+said+no"
        } else {
            "code=given"
        };
        found(&format!("{}{BASE}/callback?{said}&state={state}", self.url))
    }

    fn callback(&self, asked: &Asked) -> Answer {
        let now = self.clock.now();
        let mut state = self.state();
        let id = asked.parameter("state").unwrap_or_default();
        let Some(flow) =
            state.flows.get(&id).filter(|flow| flow.user.is_none() && now - flow.created < 300).cloned()
        else {
            return found(
                "https://site.example/?error=invalid_request&error_code=bad_oauth_state&error_description=OAuth+state+not+found",
            );
        };
        let mut to = Url::parse(&flow.redirect_to).unwrap();
        if asked.parameter("error").is_some() {
            state.flows.remove(&id);
            to.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_code", "access_denied")
                .append_pair("error_description", "The person said no");
            return found(to.as_str());
        }
        let email = state.provider_account.clone().unwrap_or_else(|| "ada@example.org".to_owned());
        let known = state.account_mut(&email).map(|account| account.id.clone());
        let user = known.unwrap_or_else(|| state.add_account(&email, None, true, now));
        state.accounts.get_mut(&user).unwrap().provider = "github".to_owned();
        if flow.challenge.is_none() {
            drop(state);
            // The implicit way: the tokens stand in the address. Nobody of ours takes them.
            let session = self.new_session(&user, "oauth");
            to.set_fragment(Some(&format!(
                "access_token={}&refresh_token={}&token_type=bearer",
                session["access_token"].as_str().unwrap(),
                session["refresh_token"].as_str().unwrap()
            )));
            return found(to.as_str());
        }
        let code = Uuid::new_v4().to_string();
        let flow = state.flows.get_mut(&id).unwrap();
        flow.user = Some(user);
        flow.code = Some(code.clone());
        to.query_pairs_mut().append_pair("code", &code);
        found(to.as_str())
    }

    fn token(&self, asked: &Asked) -> Answer {
        match asked.parameter("grant_type").as_deref() {
            Some("pkce") => self.exchange(asked),
            Some("password") => {
                let mut state = self.state();
                let account = state.account_mut(asked.field("email")).cloned();
                drop(state);
                let Some(account) =
                    account.filter(|one| one.password.as_deref() == Some(asked.field("password")))
                else {
                    return refuse(400, "invalid_credentials", "Invalid login credentials");
                };
                if account.banned {
                    return refuse(400, "user_banned", "User is banned");
                }
                if !account.confirmed {
                    return refuse(400, "email_not_confirmed", "Email not confirmed");
                }
                ok(&self.new_session(&account.id, "password"))
            }
            Some("refresh_token") => match self.turn(asked.field("refresh_token")) {
                Turned::Session(session) => ok(&session),
                Turned::Unknown => {
                    refuse(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")
                }
                Turned::UsedBefore => {
                    refuse(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
                }
                Turned::Banned => refuse(400, "user_banned", "Invalid Refresh Token: User Banned"),
            },
            _ => refuse(400, "validation_failed", "unsupported_grant_type"),
        }
    }

    fn exchange(&self, asked: &Asked) -> Answer {
        let (code, verifier) = (asked.field("auth_code"), asked.field("code_verifier"));
        if code.is_empty() || verifier.is_empty() {
            return refuse(
                400,
                "validation_failed",
                "invalid request: both auth code and code verifier should be non-empty",
            );
        }
        let mut state = self.state();
        let found = state
            .flows
            .iter()
            .find(|(_, flow)| flow.code.as_deref() == Some(code))
            .map(|(id, flow)| (id.clone(), flow.clone()));
        let Some((id, flow)) = found else {
            return refuse(404, "flow_state_not_found", "invalid flow state, no valid flow state found");
        };
        if self.clock.now() - flow.created >= 300 {
            return refuse(422, "flow_state_expired", "invalid flow state, flow state has expired");
        }
        let challenge =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        if flow.challenge.as_deref() != Some(&challenge) {
            return refuse(
                400,
                "bad_code_verifier",
                "code challenge does not match previously saved code verifier",
            );
        }
        state.flows.remove(&id);
        drop(state);
        let mut session = self.new_session(&flow.user.unwrap(), "oauth");
        session["provider_token"] = json!(word(20));
        ok(&session)
    }

    /// The session and account a request acts for.
    fn caller(&self, asked: &Asked) -> Result<(String, Value), Fault> {
        let Some(token) = asked.bearer() else {
            return refuse(401, "no_authorization", "This endpoint requires a Bearer token");
        };
        let Some(claims) = self.claims(token) else {
            return refuse(403, "bad_jwt", "invalid JWT: unable to parse or verify signature");
        };
        let state = self.state();
        let Some(account) = state.accounts.get(claims["sub"].as_str().unwrap_or_default()) else {
            return refuse(403, "user_not_found", "User from sub claim in JWT does not exist");
        };
        if account.banned {
            return refuse(403, "user_banned", "User is banned");
        }
        let session = claims["session_id"].as_str().unwrap_or_default().to_owned();
        if !state.sessions.contains_key(&session) {
            return refuse(403, "session_not_found", "Session from session_id claim in JWT does not exist");
        }
        Ok((session, account.shown()))
    }

    fn change(&self, asked: &Asked) -> Answer {
        let (session, user) = self.caller(asked)?;
        let id = user["id"].as_str().unwrap();
        let mut state = self.state();
        let account = state.accounts.get_mut(id).unwrap();
        if let Some(password) = asked.body["password"].as_str() {
            if password.len() < 6 {
                return Err(Fault(
                    422,
                    "weak_password",
                    "Password should be at least 6 characters.",
                    json!({ "reasons": ["length"] }),
                ));
            }
            if account.password.as_deref() == Some(password) {
                return refuse(
                    422,
                    "same_password",
                    "New password should be different from the old password.",
                );
            }
            account.password = Some(password.to_owned());
        }
        if let Some(data) = asked.body["data"].as_object() {
            for (name, value) in data {
                if value.is_null() {
                    account.data.remove(name)
                } else {
                    account.data.insert(name.clone(), value.clone())
                };
            }
        }
        let new_email =
            asked.body["email"].as_str().filter(|email| *email != account.email).map(str::to_owned);
        if let Some(email) = &new_email {
            if self.setup.autoconfirm {
                account.email.clone_from(email)
            } else {
                account.new_email = Some(email.clone())
            }
        }
        let shown = account.shown();
        if asked.body["password"].is_string() {
            state.sessions.retain(|one, kept| kept.user != id || *one == session);
        }
        drop(state);
        if let Some(email) = new_email.filter(|_| !self.setup.autoconfirm) {
            self.send(&email, "email_change");
        }
        ok(&shown)
    }

    fn logout(&self, asked: &Asked) -> Answer {
        let (session, user) = self.caller(asked)?;
        let id = user["id"].as_str().unwrap().to_owned();
        let scope = asked.parameter("scope").unwrap_or_else(|| "global".to_owned());
        self.state().sessions.retain(|one, kept| {
            kept.user != id
                || match scope.as_str() {
                    "local" => *one != session,
                    "others" => *one == session,
                    _ => false,
                }
        });
        Ok(StatusCode::NO_CONTENT.into_response())
    }

    fn sign_up(&self, asked: &Asked) -> Answer {
        let (email, password) = (asked.field("email").to_lowercase(), asked.field("password"));
        if email.is_empty() || password.is_empty() {
            return refuse(400, "validation_failed", "Signup requires a valid password");
        }
        if password.len() < 6 {
            return Err(Fault(
                422,
                "weak_password",
                "Password should be at least 6 characters.",
                json!({ "reasons": ["length"] }),
            ));
        }
        let now = self.clock.now();
        let mut state = self.state();
        if let Some(account) = state.account_mut(&email) {
            let mut nobody = account.shown();
            nobody["id"] = json!(Uuid::new_v4().to_string());
            nobody["identities"] = json!([]);
            return if self.setup.autoconfirm {
                refuse(422, "user_already_exists", "User already registered")
            } else {
                ok(&nobody)
            };
        }
        let id = state.add_account(&email, Some(password), self.setup.autoconfirm, now);
        if let Some(data) = asked.body["data"].as_object() {
            state.accounts.get_mut(&id).unwrap().data = data.clone();
        }
        let shown = state.accounts[&id].shown();
        drop(state);
        if self.setup.autoconfirm {
            return ok(&self.new_session(&id, "password"));
        }
        self.send(&email, "signup");
        ok(&shown)
    }

    fn mail(&self, asked: &Asked) -> Answer {
        let email = asked.field("email").to_lowercase();
        if email.is_empty() {
            return refuse(400, "validation_failed", "Unable to validate email address: invalid format");
        }
        let kind = match (asked.path.as_str(), asked.field("type")) {
            ("/recover", _) => "recovery",
            ("/resend", "email_change") => "email_change",
            ("/resend", _) => "signup",
            _ => "email",
        };
        let create = kind == "email" && asked.body["create_user"].as_bool().unwrap_or(true);
        let known = self.state().account_mut(&email).is_some();
        if !known && create {
            let now = self.clock.now();
            self.state().add_account(&email, None, false, now);
        }
        if !known && kind == "email" && !create {
            return refuse(422, "otp_disabled", "Signups not allowed for otp");
        }
        if known || create {
            self.send(&email, kind);
        }
        ok(&json!({}))
    }

    fn send(&self, email: &str, kind: &str) {
        let code = format!("{:06}", rand::random_range(0..1_000_000));
        let now = self.clock.now();
        self.state().codes.insert((email.to_owned(), kind.to_owned()), (code, now));
    }

    fn verify(&self, asked: &Asked) -> Answer {
        let email = asked.field("email").to_lowercase();
        let now = self.clock.now();
        let mut state = self.state();
        let kinds: &[&str] = match asked.field("type") {
            "email" | "magiclink" => &["email", "signup"],
            "signup" => &["signup", "email"],
            "recovery" => &["recovery"],
            "email_change" => &["email_change"],
            _ => return refuse(400, "validation_failed", "Verify requires a verification type"),
        };
        let right = kinds.iter().map(|kind| (email.clone(), (*kind).to_owned())).find(|key| {
            state.codes.get(key).is_some_and(|(code, at)| code == asked.field("token") && now - at < 3_600)
        });
        let Some(key) = right else { return refuse(403, "otp_expired", "Token has expired or is invalid") };
        state.codes.remove(&key);
        let account = state
            .accounts
            .values_mut()
            .find(|one| one.email == email || one.new_email.as_deref() == Some(&email));
        let Some(account) = account else {
            return refuse(403, "otp_expired", "Token has expired or is invalid");
        };
        account.confirmed = true;
        if account.new_email.take_if(|new| *new == email).is_some() {
            account.email = email;
        }
        let id = account.id.clone();
        drop(state);
        ok(&self.new_session(&id, if key.1 == "recovery" { "recovery" } else { "otp" }))
    }

    fn remove_account(&self, asked: &Asked) -> Answer {
        if asked.header("apikey") != self.service_key || asked.bearer() != Some(&self.service_key) {
            return refuse(403, "not_admin", "User not allowed");
        }
        let id = asked.path.rsplit('/').next().unwrap_or_default();
        if self.state().remove(id) { ok(&json!({})) } else { refuse(404, "user_not_found", "User not found") }
    }
}

/// What a project lets a browser return to without being told: this computer by its number.
fn on_loopback(to: &str) -> bool {
    Url::parse(to).is_ok_and(|url| {
        matches!(url.host(), Some(url::Host::Ipv4(ip)) if ip.is_loopback())
            || matches!(url.host(), Some(url::Host::Ipv6(ip)) if ip.is_loopback())
    })
}

//! Questions to a sign-in provider: who is this person? They carry codes and a secret, never anything a person wrote or drew.

use base64::Engine as _;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::{EgressError, Route};

/// What a provider is asked: nothing but the address, or a form of fields from a fixed list of names. Has no text form.
pub struct Question {
    pub(crate) route: Route,
    pub(crate) form: Option<Vec<(&'static str, Zeroizing<String>)>>,
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) apikey: Option<HeaderValue>,
}

/// The names a form may have, those of OAuth 2.
const NAMES: [&str; 6] =
    ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier"];

impl Question {
    /// Asks for what stands at the server's own address.
    pub fn get() -> Self {
        Self::at(Route::get("/"))
    }

    /// Hands over a form at the server's own address.
    pub fn form(fields: Vec<(&'static str, Zeroizing<String>)>) -> Self {
        Self { form: Some(fields), ..Self::at(Route::post("/")) }
    }

    /// Asks without a body below the server's address.
    pub fn at(route: Route) -> Self {
        Self { route, form: None, authorization: None, apikey: None }
    }

    /// Shows the key of a project of Supabase to its gateway.
    ///
    /// # Errors
    /// [`EgressError::BadToken`] when it makes no header.
    pub fn apikey(mut self, key: &str) -> Result<Self, EgressError> {
        let mut value = HeaderValue::from_str(key).map_err(|_| EgressError::BadToken)?;
        value.set_sensitive(true);
        self.apikey = Some(value);
        Ok(self)
    }

    /// Names the program that asks and proves it, as HTTP's basic authentication does.
    ///
    /// # Errors
    /// [`EgressError::BadToken`] when the pair makes no header.
    pub fn basic(mut self, id: &str, secret: &str) -> Result<Self, EgressError> {
        // RFC 6749 2.3.1: each part is form-encoded first.
        let part = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = Zeroizing::new(format!("{}:{}", part(id), part(secret)));
        let text = Zeroizing::new(format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())
        ));
        let mut value = HeaderValue::from_str(&text).map_err(|_| EgressError::BadToken)?;
        value.set_sensitive(true);
        self.authorization = Some(value);
        Ok(self)
    }

    /// The form as it travels, with the names of its fields.
    pub(crate) fn body(&self) -> Result<Option<(Vec<u8>, Vec<String>)>, EgressError> {
        let Some(fields) = &self.form else { return Ok(None) };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            if !NAMES.contains(name) {
                return Err(EgressError::NotControl);
            }
            form.append_pair(name, value);
        }
        let names = fields.iter().map(|(name, _)| (*name).to_owned()).collect();
        Ok(Some((form.finish().into_bytes(), names)))
    }
}

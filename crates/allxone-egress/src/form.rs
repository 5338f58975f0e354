//! What a person fills in about their account, and what a sign-in proves itself with. Free text may travel here, so the fields are a closed
//! list and the purposes that carry them are too: no prompt and no picture fits in.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// The longest form in bytes.
pub const MAX_FORM_BYTES: usize = 16 * 1024;

/// A field of a form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormField {
    /// E-mail address.
    Email,
    /// Password.
    Password,
    /// The password before the new one.
    CurrentPassword,
    /// A code from a letter.
    Token,
    /// What a code is for.
    Type,
    /// A code that proves who changes a password.
    Nonce,
    /// What the browser brought back.
    AuthCode,
    /// What only the beginner of a sign-in knows.
    CodeVerifier,
    /// The token a new one is had for.
    RefreshToken,
    /// Whether an account may be made.
    CreateUser,
    /// The person's name, as they want it shown.
    Name,
    /// The address of the person's picture.
    Picture,
}

impl FormField {
    /// Its name on the line, and whether it stands among what a person says of themselves.
    fn place(self) -> (&'static str, bool) {
        match self {
            Self::Email => ("email", false),
            Self::Password => ("password", false),
            Self::CurrentPassword => ("current_password", false),
            Self::Token => ("token", false),
            Self::Type => ("type", false),
            Self::Nonce => ("nonce", false),
            Self::AuthCode => ("auth_code", false),
            Self::CodeVerifier => ("code_verifier", false),
            Self::RefreshToken => ("refresh_token", false),
            Self::CreateUser => ("create_user", false),
            Self::Name => ("full_name", true),
            Self::Picture => ("avatar_url", true),
        }
    }
}

/// A form being filled in. It cannot be printed:
/// ```compile_fail,E0277
/// println!("{:?}", allxone_egress::Form::default());
/// ```
#[derive(Default)]
pub struct Form {
    fields: Vec<(FormField, Option<Zeroizing<String>>)>,
    create_user: Option<bool>,
}

impl Form {
    /// Fills in a field.
    #[must_use]
    pub fn with(mut self, field: FormField, text: impl Into<String>) -> Self {
        self.fields.push((field, Some(Zeroizing::new(text.into()))));
        self
    }

    /// Says that a field is to be emptied.
    #[must_use]
    pub fn without(mut self, field: FormField) -> Self {
        self.fields.push((field, None));
        self
    }

    /// Says whether an account may be made.
    #[must_use]
    pub fn create_user(mut self, may: bool) -> Self {
        self.create_user = Some(may);
        self
    }

    /// The form as JSON, and the names of its fields.
    pub(crate) fn body(self) -> (Vec<u8>, Vec<String>) {
        let (mut outer, mut said) = (Map::new(), Map::new());
        let mut names = Vec::new();
        for (field, text) in self.fields {
            let (name, of_the_person) = field.place();
            let value = text.map_or(Value::Null, |text| Value::String(text.as_str().to_owned()));
            if of_the_person { &mut said } else { &mut outer }.insert(name.to_owned(), value);
            names.push(name.to_owned());
        }
        if let Some(may) = self.create_user {
            outer.insert("create_user".to_owned(), Value::Bool(may));
            names.push("create_user".to_owned());
        }
        if !said.is_empty() {
            outer.insert("data".to_owned(), Value::Object(said));
        }
        (Value::Object(outer).to_string().into_bytes(), names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_its_fields_and_keeps_what_is_said_apart() {
        let form = Form::default()
            .with(FormField::Email, "ann@studio.example")
            .with(FormField::Name, "Ann")
            .create_user(false);
        let (body, names) = form.body();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!(
            body,
            serde_json::json!({ "email": "ann@studio.example", "create_user": false, "data": { "full_name": "Ann" } })
        );
        assert_eq!(names, ["email", "full_name", "create_user"]);
    }

    #[test]
    fn what_is_emptied_is_said_to_be_empty() {
        let (body, _) = Form::default().without(FormField::Picture).body();
        assert_eq!(body, br#"{"data":{"avatar_url":null}}"#);
    }
}

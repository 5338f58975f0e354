//! What the operator says about the world outside: providers people may sign in through, and the mail server. One file, with secrets in
//! files or in the environment beside it.

use std::path::Path;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::mail::{MailSecurity, Smtp};
use crate::secrets::SecretText;
use crate::upstream::{Entry, Provider};

/// Everything outside that a service with accounts may talk to.
#[derive(Clone, Default)]
pub struct Outside {
    /// Providers people may sign in through.
    pub providers: Vec<Provider>,
    /// The mail server.
    pub mail: Option<Smtp>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutsideError {
    /// It, or a secret beside it, cannot be read.
    #[error("The file {0} cannot be read. Check its path and its permissions. Nothing was started.")]
    Unreadable(String),
    /// Something in it is not as it must be.
    #[error("The description of sign-in providers and mail server cannot be used: {0} Nothing was started.")]
    Wrong(String),
}

impl OutsideError {
    /// What is wrong, without what follows from it.
    pub fn reason(&self) -> &str {
        match self {
            Self::Unreadable(file) => file,
            Self::Wrong(reason) => reason,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    provider: Vec<Entry>,
    mail: Option<MailEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailEntry {
    host: String,
    port: Option<u16>,
    #[serde(default = "encrypted")]
    security: MailSecurity,
    from: String,
    user: Option<String>,
    password: Option<SecretText>,
    password_file: Option<String>,
    password_env: Option<String>,
}

fn encrypted() -> MailSecurity {
    MailSecurity::Tls
}

/// Where a secret is: in the file itself, in one beside it, or in the environment.
pub struct SecretPlace {
    /// The secret itself.
    pub here: Option<SecretText>,
    /// A file beside the one that names it.
    pub file: Option<String>,
    /// A variable of the environment.
    pub env: Option<String>,
}

impl SecretPlace {
    fn is_empty(&self) -> bool {
        self.here.is_none() && self.file.is_none() && self.env.is_none()
    }

    /// The secret; `name` is what it is called in the file, whose own folder is `folder`.
    ///
    /// # Errors
    /// [`OutsideError`] when there is none, or more than one place is named.
    pub fn read(&self, name: &str, folder: &Path) -> Result<Zeroizing<String>, OutsideError> {
        match (&self.here, &self.file, &self.env) {
            (Some(secret), None, None) => Ok(secret.0.clone()),
            (None, Some(file), None) => {
                let file = folder.join(file);
                let text = std::fs::read_to_string(&file).map(Zeroizing::new);
                let text = text.map_err(|_| OutsideError::Unreadable(file.display().to_string()))?;
                Ok(Zeroizing::new(text.trim().to_owned()))
            }
            (None, None, Some(variable)) => {
                let unset = |_| OutsideError::Wrong(format!("the variable {variable} is not set."));
                std::env::var(variable).map(Zeroizing::new).map_err(unset)
            }
            _ => Err(OutsideError::Wrong(format!("one of {name}, {name}_file and {name}_env is needed."))),
        }
    }
}

impl Outside {
    /// Reads the file.
    ///
    /// # Errors
    /// [`OutsideError`] says what is wrong; no secret is in it.
    pub fn read(path: &Path) -> Result<Self, OutsideError> {
        let text = std::fs::read_to_string(path)
            .map_err(|_| OutsideError::Unreadable(path.display().to_string()))?;
        // The parser's own message may quote a line with a secret in it.
        let wrong = |error: toml::de::Error| {
            let line = error
                .span()
                .map_or(0, |span| text.get(..span.start).map_or(0, |before| before.lines().count()));
            OutsideError::Wrong(format!("it is not as described in the documentation (near line {line})."))
        };
        let file: File = toml::from_str(&text).map_err(wrong)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        let providers = file
            .provider
            .into_iter()
            .map(|entry| Provider::of(entry, folder))
            .collect::<Result<Vec<_>, _>>()?;
        for (at, one) in providers.iter().enumerate() {
            if providers.iter().take(at).any(|other| other.name() == one.name()) {
                return Err(OutsideError::Wrong(format!("{} is in it twice.", one.name())));
            }
        }
        Ok(Self { providers, mail: file.mail.map(|mail| smtp(mail, folder)).transpose()? })
    }
}

fn smtp(mail: MailEntry, folder: &Path) -> Result<Smtp, OutsideError> {
    let MailEntry { host, port, security, from, user, password, password_file, password_env } = mail;
    let secret = SecretPlace { here: password, file: password_file, env: password_env };
    let login = match user {
        Some(user) => Some((user, secret.read("password", folder)?)),
        None if secret.is_empty() => None,
        None => return Err(OutsideError::Wrong("the mail server has a password and no user.".to_owned())),
    };
    if security == MailSecurity::None && !matches!(host.as_str(), "127.0.0.1" | "::1" | "localhost") {
        return Err(OutsideError::Wrong(
            "letters go to another computer only over an encrypted line.".to_owned(),
        ));
    }
    let usual = match security {
        MailSecurity::Tls => 465,
        MailSecurity::StartTls => 587,
        MailSecurity::None => 25,
    };
    Ok(Smtp { host, port: port.unwrap_or(usual), security, login, from })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Outside, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("secret"), "of-no-use\n").unwrap();
        std::fs::write(dir.path().join("list.toml"), text).unwrap();
        Outside::read(&dir.path().join("list.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_names_providers_and_the_mail_server_and_keeps_secrets_beside_itself() {
        let list = r#"
            [[provider]]
            kind = "github"
            client_id = "a"
            client_secret_file = "secret"
            [[provider]]
            kind = "google"
            client_id = "b"
            client_secret = "c"
            [[provider]]
            kind = "openid"
            id = "school"
            name = "The school"
            issuer = "https://id.school.example/realm"
            client_id = "d"
            client_secret_file = "secret"
            hosts = ["keys.school.example"]
            [mail]
            host = "mail.example"
            port = 465
            security = "tls"
            from = "AllXOne <no-reply@studio.example>"
            user = "studio"
            password_file = "secret"
        "#;
        let outside = read(list).unwrap();
        let providers = outside.providers;
        let names: Vec<_> = providers.iter().map(|one| (one.name(), one.label.as_str())).collect();
        let names: Vec<_> = names.iter().map(|(name, label)| (name.as_str(), *label)).collect();
        assert_eq!(names, [("github", "GitHub"), ("google", "Google"), ("custom:school", "The school")]);
        assert_eq!(providers[0].client_secret.expose().as_str(), "of-no-use");
        assert_eq!(providers[0].hosts, ["github.com", "api.github.com"]);
        let mail = outside.mail.unwrap();
        assert_eq!(
            mail.login.map(|(user, password)| (user, password.to_string())),
            Some(("studio".to_owned(), "of-no-use".to_owned()))
        );
        assert!(providers[2].hosts.contains(&"keys.school.example".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for wrong in [
            "[[provider]]\nkind = \"github\"\nclient_id = \"a\"",
            "[[provider]]\nkind = \"github\"\nclient_id = \"a\"\nclient_secret = \"rose-hip\"\nclient_secret_file = \"secret\"",
            "[[provider]]\nkind = \"openid\"\nclient_id = \"a\"\nclient_secret = \"rose-hip\"",
            "[[provider]]\nkind = \"openid\"\nid = \"local\"\nissuer = \"https://x.example\"\nclient_id = \"a\"\nclient_secret = \"rose-hip\"",
            "[mail]\nhost = \"mail.example\"\nfrom = \"a@b.example\"\npassword = \"rose-hip\"",
            "[mail]\nhost = \"mail.example\"\nfrom = \"a@b.example\"\nsecurity = \"none\"\nuser = \"u\"\npassword = \"rose-hip\"",
            "unknown = \"rose-hip\"",
            "[[provider]]\nkind = \"openid\"\nid = \"x\"\nissuer = \"http://x.example\"\nclient_id = \"a\"\nclient_secret = \"rose-hip\"",
            "[[provider]]\nkind = \"github\"\nclient_id = \"a\"\nclient_secret = rose-hip",
            "[[provider]]\nkind = \"github\"\nclient_id = \"a\"\nclient_secret = \"rose-hip\"\n[[provider]]\nkind = \"github\"\nclient_id = \"a\"\nclient_secret = \"rose-hip\"",
        ] {
            let error = read(wrong).err().unwrap();
            assert!(error.ends_with("Nothing was started.") && !error.contains("rose-hip"), "{error}");
        }
    }
}

//! The way to a mail server: a door of its own (`docs/adr/0016-mail-has-a-door-of-its-own.md`). It leads to the one host the operator
//! named, always encrypted but on this computer, and carries nothing but letters with codes.

use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::time::Duration;
use zeroize::Zeroizing;

use super::template::Written;
use crate::IdentityError;

/// How long one letter may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the line to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// Encrypted from the first byte.
    Tls,
    /// Encrypted after a greeting, or not at all used.
    StartTls,
    /// In the clear; only on this computer.
    None,
}

/// A mail server as the operator describes it.
#[derive(Clone)]
pub struct Smtp {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line is protected.
    pub security: MailSecurity,
    /// User and password, where it wants them.
    pub login: Option<(String, Zeroizing<String>)>,
    /// The sender people see, as `AllXOne <no-reply@studio.example>`.
    pub from: String,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// The server has it.
    Taken,
    /// Not now; it may be tried again.
    Later,
    /// Never: the server does not want it.
    Refused,
}

/// The way to the mail server.
pub(crate) struct Line {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Line {
    pub(crate) fn open(smtp: &Smtp) -> Result<Self, IdentityError> {
        let unusable = || IdentityError::Mail(smtp.host.clone());
        let here = matches!(smtp.host.as_str(), "127.0.0.1" | "::1" | "localhost");
        let parameters = || TlsParameters::new(smtp.host.clone()).map_err(|_| unusable());
        let tls = match smtp.security {
            MailSecurity::Tls => Tls::Wrapper(parameters()?),
            MailSecurity::StartTls => Tls::Required(parameters()?),
            MailSecurity::None if here => Tls::None,
            MailSecurity::None => return Err(unusable()),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
            .port(smtp.port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = &smtp.login {
            transport = transport.credentials(Credentials::new(user.clone(), password.to_string()));
        }
        Ok(Self { transport: transport.build(), from: smtp.from.parse().map_err(|_| unusable())? })
    }

    /// Brings one letter. `id` is the same each time it is tried, so that a reader's program sees one letter.
    pub(super) async fn bring(&self, id: &str, recipient: &str, written: Written) -> Brought {
        let Ok(to) = recipient.parse::<Mailbox>() else { return Brought::Refused };
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(written.subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .multipart(MultiPart::alternative_plain_html(written.text, written.html));
        let Ok(message) = message else { return Brought::Refused };
        match self.transport.send(message).await {
            Ok(_) => Brought::Taken,
            Err(error) if error.is_permanent() => Brought::Refused,
            Err(_) => Brought::Later,
        }
    }
}

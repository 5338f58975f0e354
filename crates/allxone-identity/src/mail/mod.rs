//! Letters with one-time codes. They are put into an outbox first, in the database; where there is a mail server, the postman brings them
//! there from it, and where there is none, as on one computer, they stay for its owner to read.

mod post;
mod smtp;
mod template;

use allxone_contract::{AccountId, UtcMillis};

use crate::IdentityError;
use crate::fault::Answer;
use crate::identity::Identity;
use crate::language::Language;
use crate::secrets::six_digits;
use crate::store::{Code, CodeKind, NewLetter};
use crate::user::User;

pub(crate) use post::Postman;
use smtp::Brought;
pub(crate) use smtp::Line;
pub use smtp::{MailSecurity, Smtp};
use template::Written;

/// A letter in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What its code is for: `signup`, `email`, `recovery`, `email_change` or `reauthentication`.
    pub kind: String,
    /// Whom it is for.
    pub recipient: String,
    /// The six digits; empty once the letter is on its way.
    pub code: String,
    /// When it was written.
    pub created: UtcMillis,
}

/// A letter of the service around the accounts, as the receipt of a payment. The service keeps it until it is delivered.
#[derive(Clone, Debug)]
pub struct ServiceLetter {
    /// Names it; the same each time it is tried, so that a reader's program sees one letter.
    pub id: String,
    /// Its subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As a page.
    pub html: String,
}

/// What became of such a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// The mail server has it.
    Taken,
    /// Not now; it may be tried again.
    Later,
    /// The mail server does not want it.
    Refused,
    /// There is no mail server, no such account, or it has no confirmed address.
    Nowhere,
}

impl Identity {
    /// Brings a letter of the service to the confirmed address of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deliver(
        &self,
        account: &AccountId,
        letter: ServiceLetter,
    ) -> Result<Delivered, IdentityError> {
        let Some(line) = self.line() else { return Ok(Delivered::Nowhere) };
        let user = self.store().user(account.as_str()).await?;
        let address = user.filter(|user| user.email_confirmed.is_some()).and_then(|user| user.email);
        let Some(address) = address else { return Ok(Delivered::Nowhere) };
        let written = Written { subject: letter.subject, text: letter.text, html: letter.html };
        Ok(match line.bring(&letter.id, &address, written).await {
            Brought::Taken => Delivered::Taken,
            Brought::Later => Delivered::Later,
            Brought::Refused => Delivered::Refused,
        })
    }

    /// Makes a code for an account and writes a letter with it to `recipient`.
    pub(crate) async fn send_code(
        &self,
        user: &User,
        kind: CodeKind,
        recipient: &str,
        language: Language,
    ) -> Answer<()> {
        self.limits().letter(recipient)?;
        let now = self.now();
        let code = six_digits();
        let hash = self.code_hash(&user.id, kind, &code);
        self.store().add_code(Code { user: &user.id, kind, email: recipient, hash: &hash }, now).await?;
        let letter =
            NewLetter { user: &user.id, kind: kind.name(), recipient, code: &code, language: language.tag() };
        self.store().add_letter(letter, now).await?;
        match self.postman() {
            Some(postman) => postman.ring(),
            None => self.tell(&Letter {
                kind: kind.name().to_owned(),
                recipient: recipient.to_owned(),
                code,
                created: now,
            }),
        }
        Ok(())
    }

    /// What is stored of a code.
    pub(crate) fn code_hash(&self, user: &str, kind: CodeKind, code: &str) -> String {
        self.secrets().hash("code", &[user, kind.name(), code])
    }
}

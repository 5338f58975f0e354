//! Letters with one-time codes. They are put into an outbox first, in the database; where there is a mail server, the postman brings them
//! there from it, and where there is none, as on one computer, they stay for its owner to read.

mod post;
mod smtp;
mod template;

use allxone_contract::UtcMillis;

use crate::fault::Answer;
use crate::identity::Identity;
use crate::language::Language;
use crate::secrets::six_digits;
use crate::store::{Code, CodeKind, NewLetter};
use crate::user::User;

pub(crate) use post::Postman;
pub use smtp::{MailSecurity, Smtp};

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

impl Identity {
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

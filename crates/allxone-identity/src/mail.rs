//! Letters with one-time codes. On one computer there is no mail server: they stay in the outbox, where only its owner reads them.

use allxone_contract::UtcMillis;

use crate::fault::Answer;
use crate::identity::Identity;
use crate::secrets::six_digits;
use crate::store::{Code, CodeKind};
use crate::user::User;

/// A letter in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What its code is for: `signup`, `email`, `recovery`, `email_change` or `reauthentication`.
    pub kind: String,
    /// Whom it is for.
    pub recipient: String,
    /// The six digits.
    pub code: String,
    /// When it was written.
    pub created: UtcMillis,
}

impl Identity {
    /// Makes a code for an account and writes a letter with it to `recipient`.
    pub(crate) async fn send_code(&self, user: &User, kind: CodeKind, recipient: &str) -> Answer<()> {
        self.limits().letter(recipient)?;
        let now = self.now();
        let code = six_digits();
        let hash = self.code_hash(&user.id, kind, &code);
        self.store().add_code(Code { user: &user.id, kind, email: recipient, hash: &hash }, now).await?;
        self.store().add_letter(&user.id, kind.name(), recipient, &code, now).await?;
        self.tell(&Letter { kind: kind.name().to_owned(), recipient: recipient.to_owned(), code, created: now });
        Ok(())
    }

    /// What is stored of a code.
    pub(crate) fn code_hash(&self, user: &str, kind: CodeKind, code: &str) -> String {
        self.secrets().hash("code", &[user, kind.name(), code])
    }
}

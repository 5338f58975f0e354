//! Credits: what the account has at its service, and how it came to that. Asked anew each time; nothing is counted here.

use allxone_contract::{CreditCap, CreditEntryList, Credits};

use crate::{Studio, StudioError};

/// Entries of one page of the statement.
const PAGE: u32 = 50;

impl Studio {
    /// What the account has.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub async fn credits(&self) -> Result<Credits, StudioError> {
        match self.inner.parts.client.credits().await {
            Ok(credits) => Ok(credits),
            Err(error) => Err(self.heard(error.into()).await),
        }
    }

    /// Sets or lifts the most the account spends in a month.
    ///
    /// # Errors
    /// When the service cannot be asked. Nothing is changed then.
    pub async fn cap_credits(&self, cap: CreditCap) -> Result<Credits, StudioError> {
        match self.inner.parts.client.cap_credits(&cap).await {
            Ok(credits) => Ok(credits),
            Err(error) => Err(self.heard(error.into()).await),
        }
    }

    /// A page of the account's statement, newest first: from the newest entry on, or those before the one numbered `before`.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub async fn credit_entries(&self, before: Option<u32>) -> Result<CreditEntryList, StudioError> {
        let mut list = match self.inner.parts.client.credit_entries(before, PAGE).await {
            Ok(list) => list,
            Err(error) => return Err(self.heard(error.into()).await),
        };
        for entry in &mut list.entries {
            if let Some(note) = entry.note.take() {
                entry.note = Some(self.heard_words(note).await?);
            }
        }
        Ok(list)
    }
}

//! What a person may know and have done at a service by right: who runs it and under which texts, everything it holds of them, being
//! forgotten.
//!
//! Cut here because the window and the command line ask the same of the same service, and the library writes down what was accepted. The
//! studio asks the service it works with; [`Studio::with_service`] makes one for any other.

use std::io::Write;
use std::time::Duration;

use allxone_account::AccountKey;
use allxone_contract::{
    About, AcceptanceRequest, Deletion, DeletionId, DeletionRequest, DeletionTime, Export, ExportId,
    ExportState, PolicyKind, Sha256,
};
use allxone_library::{Consented, NewConsent};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::studio::blocking;
use crate::{Studio, StudioError};

/// How often is asked whether an archive is made: soon, then ever more seldom.
const ASKED: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// A text that was read, in exactly this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct TextRead {
    /// Which text.
    pub kind: PolicyKind,
    /// Its hash.
    pub sha256: Sha256,
}

/// The texts of the service in use that a person accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct TermsAccepted {
    /// Which ones.
    pub texts: Vec<TextRead>,
    /// The language of the page they were shown on.
    pub language: String,
}

/// An account that is to be deleted at its service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ts_rs::TS)]
pub struct AccountDeletion {
    /// Which one.
    pub account: AccountKey,
    /// When.
    pub when: DeletionTime,
    /// Whether its library is erased from this computer as well.
    pub erase_library: bool,
}

/// The receipt of a deletion, as it is kept on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct DeletionSeen {
    /// The account.
    pub account: AccountKey,
    /// How to tell it from others: a shortened e-mail address.
    pub label: String,
    /// The address of its service.
    pub server: String,
    /// Host and port of that service.
    pub host: String,
    /// How far it is, as far as was heard.
    pub deletion: Deletion,
}

/// The part of an archive of everything that the service holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ServicePart {
    /// Where it was saved.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether the service signed it; the signature then lies beside it.
    pub signed: bool,
}

impl Studio {
    /// Who runs the service, with whose help, under which texts, and how long it keeps what. Nothing of a person's is sent.
    ///
    /// # Errors
    /// When the service cannot be asked or the check cannot run.
    pub async fn about(&self) -> Result<About, StudioError> {
        match self.inner.parts.client.about().await {
            Ok(said) => self.heard_about(said).await,
            Err(error) => Err(self.heard(error.into()).await),
        }
    }

    /// Accepts texts of the service, there and in the library. A text counts only as it is in force and as it was shown.
    ///
    /// # Errors
    /// [`StudioError::TextChanged`] when a text is another one by now; [`StudioError::TextUnread`] when the check left out parts of it;
    /// when the service or the library cannot write it down.
    pub async fn accept(&self, accepted: TermsAccepted) -> Result<(), StudioError> {
        let said = self.inner.parts.client.about().await?;
        let shown = self.heard_about(said.clone()).await?;
        let host = self.inner.parts.client.server().host();
        for read in &accepted.texts {
            let in_force = said.policies.iter().zip(&shown.policies);
            let (text, shown) = in_force
                .into_iter()
                .find(|(text, _)| text.kind == read.kind && text.sha256 == read.sha256)
                .ok_or(StudioError::TextChanged)?;
            if text.text != shown.text {
                return Err(StudioError::TextUnread);
            }
            let app_version = env!("CARGO_PKG_VERSION").to_owned();
            let request = AcceptanceRequest {
                policy: text.kind,
                version: text.version.clone(),
                sha256: text.sha256,
                locale: accepted.language.clone(),
                app_version: app_version.clone(),
            };
            self.inner.parts.client.accept(&request).await?;
            let record = NewConsent {
                purpose: match text.kind {
                    PolicyKind::PrivacyPolicy => Consented::PrivacyPolicy,
                    PolicyKind::AcceptableUse => Consented::AcceptableUse,
                },
                granted: true,
                version: text.version.clone(),
                sha256: text.sha256.to_string(),
                locale: accepted.language.clone(),
                surface: "first_request".to_owned(),
                app_version,
                server: host.clone(),
            };
            let library = self.library().clone();
            blocking(move || Ok(library.record_consent(&record)?)).await?;
        }
        Ok(())
    }

    /// Asks the service to delete the account it is spoken to for.
    ///
    /// # Errors
    /// [`Code::ProofNeeded`](crate::Code::ProofNeeded) when the person has not proved lately that it is them; when the service cannot be
    /// asked or refuses. Nothing is deleted then.
    pub async fn delete_account(&self, when: DeletionTime) -> Result<Deletion, StudioError> {
        let answer = self.inner.parts.client.delete_account(&DeletionRequest { when }).await;
        self.heard_deletion(answer.map_err(StudioError::from)).await
    }

    /// The deletion of this account that is under way.
    ///
    /// # Errors
    /// [`Code::NotFound`](crate::Code::NotFound) when there is none.
    pub async fn account_deletion(&self) -> Result<Deletion, StudioError> {
        let answer = self.inner.parts.client.account_deletion().await;
        self.heard_deletion(answer.map_err(StudioError::from)).await
    }

    /// How far a deletion is, by the number of its receipt. Nobody needs to be signed in for that.
    ///
    /// # Errors
    /// When the service cannot be asked, or knows no such receipt.
    pub async fn deletion(&self, receipt: DeletionId) -> Result<Deletion, StudioError> {
        let answer = self.inner.parts.client.deletion(receipt).await;
        self.heard_deletion(answer.map_err(StudioError::from)).await
    }

    /// Keeps the account whose deletion has not begun.
    ///
    /// # Errors
    /// When it has begun, or nothing was asked for.
    pub async fn keep_account(&self) -> Result<Deletion, StudioError> {
        let answer = self.inner.parts.client.cancel_deletion().await;
        self.heard_deletion(answer.map_err(StudioError::from)).await
    }

    /// Asks for an archive of everything the service holds of the account. One that was asked for before (`known`) and can still be had
    /// is that one.
    ///
    /// # Errors
    /// [`Code::ProofNeeded`](crate::Code::ProofNeeded) as for a deletion; when the service cannot be asked.
    pub async fn ask_for_export(&self, known: Option<ExportId>) -> Result<Export, StudioError> {
        let client = &self.inner.parts.client;
        if let Some(id) = known
            && let Ok(export) = client.export(id).await
            && matches!(export.state, ExportState::Running | ExportState::Ready)
        {
            return Ok(export);
        }
        match client.request_export().await {
            Ok(export) => Ok(export),
            Err(error) => Err(self.heard(error.into()).await),
        }
    }

    /// Waits until an archive is made.
    ///
    /// # Errors
    /// [`StudioError::Archive`] when the service could not make it; [`StudioError::Cancelled`].
    pub async fn made_export(
        &self,
        mut export: Export,
        stop: &CancellationToken,
    ) -> Result<Export, StudioError> {
        let (mut pause, longest) = ASKED;
        loop {
            match export.state {
                ExportState::Ready => return Ok(export),
                ExportState::Running => {}
                ExportState::Failed | ExportState::Expired => {
                    let words = "The service could not make its archive. Nothing was changed there or here. Try again later, or write to the contact of the service.";
                    return Err(StudioError::Archive(words.to_owned()));
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Err(StudioError::Cancelled),
                () = tokio::time::sleep(pause) => {}
            }
            pause = pause.saturating_mul(2).min(longest);
            export = match self.inner.parts.client.export(export.id).await {
                Ok(next) => next,
                Err(error) => return Err(self.heard(error.into()).await),
            };
        }
    }

    /// Fetches a made archive into `out`: every byte is compared with the hash, and the hash with the signature. Answers whether there is
    /// a signature. What was written before an error is worth nothing.
    ///
    /// # Errors
    /// When it is not what was announced, the disk fails, or `stop` is set.
    pub async fn fetch_export(
        &self,
        export: &Export,
        out: &mut (dyn Write + Send),
        told: &mut (dyn FnMut(u64) + Send),
        stop: &CancellationToken,
    ) -> Result<bool, StudioError> {
        let client = &self.inner.parts.client;
        let signed = client.is_signed(export).await?;
        let mut written = 0_u64;
        let fetched = client
            .fetch_export(export, |piece| {
                if stop.is_cancelled() {
                    return Err(StudioError::Cancelled);
                }
                let failed = |error: std::io::Error| {
                    StudioError::Machine(format!(
                        "The archive of the service could not be written ({error}). Check that the disk has room and try again."
                    ))
                };
                out.write_all(&piece).map_err(failed)?;
                written = written.saturating_add(piece.len() as u64);
                told(written);
                Ok(())
            })
            .await;
        match fetched {
            Ok(()) => Ok(signed),
            Err(error) => Err(self.heard(error).await),
        }
    }

    async fn heard_deletion(&self, said: Result<Deletion, StudioError>) -> Result<Deletion, StudioError> {
        match said {
            Ok(deletion) => self.heard_receipt(deletion).await,
            Err(error) => Err(self.heard(error).await),
        }
    }
}

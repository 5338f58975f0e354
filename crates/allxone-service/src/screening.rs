//! The service's own check. It never takes a sender's word for a verdict, and what it cannot judge does not pass: an error, a panic and a
//! missing model all end as "the check is unavailable, nothing is accepted".

use std::sync::atomic::{AtomicBool, Ordering};

use allxone_contract::{AccountId, CONFIRMED_HEADER, Finding, GateVersions, Verdict};
use allxone_safety::{Clearable, Clearance, Cleared, Gate, acceptable_use_section};
use tokio::sync::Semaphore;

use crate::ServiceError;
use crate::api::Refusal;
use crate::clock::SharedClock;
use crate::store::{Decision, Store};

/// What is being checked, for the record of decisions.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// A job request.
    Request,
    /// An input picture.
    Input,
    /// A result.
    Output,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// Why content did not pass.
pub(crate) enum Stopped {
    /// The gate's verdict, `block` or an unconfirmed `review`.
    Found(Finding),
    /// The gate could not judge.
    Unavailable,
}

impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Unavailable => Self::filter_unavailable(),
            Stopped::Found(finding) if finding.verdict == Verdict::Review => {
                let detail = format!(
                    "The safety check asks a person to confirm this. Nothing was kept. Send it again with the header {CONFIRMED_HEADER}: 1 \
                     after that."
                );
                Self::blocked(&detail, finding)
            }
            Stopped::Found(finding) => {
                Self::blocked("The safety check stopped this. Nothing was kept of it.", finding)
            }
        }
    }
}

/// The gate with a bound on how many checks run at once.
pub(crate) struct Check {
    gate: Gate,
    slots: Semaphore,
    ready: AtomicBool,
}

impl Check {
    /// `gate` is the host's; the service judges with one of its own, so that what a client of the same process had judged counts for nothing.
    /// Unless it is to be made `warm`, it counts as ready until it fails.
    pub(crate) fn new(gate: &Gate, at_once: usize, warm: bool) -> Self {
        Self { gate: gate.apart(), slots: Semaphore::new(at_once.max(1)), ready: AtomicBool::new(!warm) }
    }

    /// The gate itself, for work on a blocking thread.
    pub(crate) fn gate(&self) -> Gate {
        self.gate.clone()
    }

    /// Whether a clearance or confirmation given under `versions` still counts: only under the very same rules and models.
    pub(crate) fn same_rules(&self, versions: Option<&GateVersions>) -> bool {
        versions == Some(&self.gate.versions())
    }

    /// Whether the gate was not found unable to judge.
    pub(crate) fn ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Loads the gate's models and lets them prove themselves, unless that is done.
    pub(crate) async fn warm(&self) {
        if self.ready() {
            return;
        }
        let gate = self.gate();
        match tokio::task::spawn_blocking(move || gate.ready()).await {
            Ok(Ok(_)) => self.ready.store(true, Ordering::Relaxed),
            Ok(Err(error)) => tracing::error!(code = error.code(), %error, "the safety check is not ready"),
            Err(_) => tracing::error!("the safety check could not be made ready"),
        }
    }

    /// Lets the models give their memory back until they are needed again.
    pub(crate) fn rest(&self) {
        self.gate.forget_idle();
    }

    /// Passes `content` when the gate allows it, or says `review` and a person `confirmed`.
    pub(crate) async fn pass<T>(&self, content: T, confirmed: bool) -> Result<Cleared<T>, Stopped>
    where
        T: Clearable + Send + Sync + 'static,
    {
        let _slot = self.slots.acquire().await.map_err(|_| Stopped::Unavailable)?;
        let gate = self.gate();
        let judged = tokio::task::spawn_blocking(move || {
            let clearance = gate.clear(content)?;
            Ok::<_, allxone_safety::SafetyError>(match clearance {
                Clearance::Allow(cleared) => Ok(cleared),
                Clearance::Review(held) if confirmed => Ok(held.confirm()),
                Clearance::Review(held) => Err(held.finding().clone()),
                Clearance::Block(finding) => Err(finding),
            })
        });
        match judged.await {
            Ok(Ok(verdict)) => verdict.map_err(Stopped::Found),
            Ok(Err(error)) => {
                self.ready.store(false, Ordering::Relaxed);
                tracing::error!(
                    code = error.code(),
                    "the safety check failed; the content counts as blocked"
                );
                Err(Stopped::Unavailable)
            }
            Err(_) => {
                tracing::error!("the safety check panicked; the content counts as blocked");
                Err(Stopped::Unavailable)
            }
        }
    }

    /// Records that content was stopped or held, and why; never the content.
    pub(crate) async fn note(
        &self,
        store: &Store,
        clock: &SharedClock,
        account: &AccountId,
        stage: Stage,
        finding: &Finding,
    ) -> Result<(), ServiceError> {
        let versions = self.gate.versions();
        let decision = Decision {
            stage: stage.name(),
            section: finding.reasons.first().map_or("", |reason| acceptable_use_section(reason.category)),
            policy: &versions.policy,
            models: &versions.models,
            finding,
            now: clock.now(),
        };
        store.note_decision(account, decision).await
    }
}

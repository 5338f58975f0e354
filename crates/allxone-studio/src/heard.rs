//! Words of a service elsewhere, before anybody reads them: its errors and reasons, its warnings, what it calls its models, what it says it
//! drew. They go through the gate like its pictures, and what does not pass is left out. The service of this computer has no words of its
//! own but ours, and what its partners say went through its gate already.

use std::sync::Arc;

use allxone_client::ClientError;
use allxone_contract::{
    About, Category, Deletion, Finding, Job, JobRequest, ModelCard, Output, Policy, Problem, Processor,
};
use allxone_safety::Gate;
use serde_json::Value;

use crate::studio::blocking;
use crate::{Studio, StudioError};

/// Stands where a service's words did not pass.
const LEFT_OUT: &str = "The service's own words were left out by the safety check.";
/// The most texts of one report that are heard; the rest is left out.
const MOST: usize = 64;
/// The most entries of one list of what a service says about itself.
const MOST_ABOUT: usize = 64;

impl Studio {
    /// A failure as it may be shown.
    pub(crate) async fn heard(&self, error: StudioError) -> StudioError {
        let foreign = match &error {
            StudioError::Client(client) => {
                matches!(**client, ClientError::Problem(_) | ClientError::UpgradeRequired { .. })
            }
            StudioError::Failed(_) => true,
            _ => false,
        };
        if !foreign {
            return error;
        }
        self.hear(error, |gate, error| match error {
            StudioError::Client(client) => match Arc::unwrap_or_clone(client) {
                ClientError::Problem(said) => ClientError::Problem(Box::new(problem(gate, *said))).into(),
                ClientError::UpgradeRequired { detail } => {
                    ClientError::UpgradeRequired { detail: words(gate, &detail) }.into()
                }
                other => other.into(),
            },
            StudioError::Failed(said) => StudioError::Failed(Box::new(problem(gate, *said))),
            other => other,
        })
        .await
        .unwrap_or_else(|gate_failed| gate_failed)
    }

    /// A job as it may be shown: its warnings, its error, what was found and what its model says of the results.
    ///
    /// # Errors
    /// When the check cannot be asked.
    pub(crate) async fn heard_job(&self, said: Job) -> Result<Job, StudioError> {
        self.hear(said, |gate, mut job| {
            job.warnings.truncate(MOST);
            for warning in &mut job.warnings {
                warning.message = words(gate, &warning.message);
            }
            job.error = job.error.map(|said| problem(gate, said));
            for blocked in &mut job.blocked {
                blocked.finding = finding(gate, blocked.finding.clone());
            }
            job.outputs = job.outputs.into_iter().map(|said| output(gate, said)).collect();
            job
        })
        .await
    }

    /// Models as they may be shown. One whose words do not pass is not offered.
    ///
    /// # Errors
    /// When the check cannot be asked.
    pub async fn heard_models(&self, said: Vec<ModelCard>) -> Result<Vec<ModelCard>, StudioError> {
        let passes = |gate: &Gate, card: &ModelCard| {
            let own = [card.id.as_str(), &card.name, &card.summary, &card.licence].map(str::to_owned);
            let styles = card
                .styles
                .iter()
                .flat_map(|style| [style.id.clone(), style.name.clone(), style.summary.clone()]);
            // At once, so that a long list of models costs no more than a long prompt.
            own.into_iter()
                .chain(styles)
                .collect::<Vec<_>>()
                .chunks(8)
                .all(|some| same(gate, &some.join("\n")))
        };
        self.hear(said, move |gate, mut cards| {
            cards.retain(|card| passes(gate, card));
            cards
        })
        .await
    }

    /// A request as a service repeats it: what its owner once sent, or what the service says they did.
    ///
    /// # Errors
    /// When the check cannot be asked.
    pub(crate) async fn heard_request(&self, said: JobRequest) -> Result<JobRequest, StudioError> {
        self.hear(said, |gate, mut request| {
            request.prompt = words(gate, &request.prompt);
            request.negative_prompt = request.negative_prompt.map(|said| words(gate, &said));
            request.style = request.style.map(|said| words(gate, &said));
            request.model = words(gate, request.model.as_str()).as_str().into();
            request
        })
        .await
    }

    /// A few words as they may be shown.
    ///
    /// # Errors
    /// When the check cannot be asked.
    pub async fn heard_words(&self, said: String) -> Result<String, StudioError> {
        self.hear(said, |gate, said: String| words(gate, &said)).await
    }

    /// Who runs a service, as it may be shown. A text that is word for word one of this program's own was never anybody else's.
    ///
    /// # Errors
    /// When the check cannot be asked.
    pub async fn heard_about(&self, said: About) -> Result<About, StudioError> {
        self.hear(said, |gate, mut about| {
            about.operator.name = words(gate, &about.operator.name);
            about.operator.contact = about.operator.contact.map(|said| words(gate, &said));
            about.policies.truncate(MOST_ABOUT);
            let own = [Policy::privacy_policy().text, Policy::acceptable_use().text];
            for policy in &mut about.policies {
                policy.version = words(gate, &policy.version);
                if !own.contains(&policy.text) {
                    policy.text = paragraphs(gate, &policy.text);
                }
            }
            about.processors.truncate(MOST_ABOUT);
            for one in &mut about.processors {
                let Processor { id, name, sees, region, retention, .. } = one;
                all(gate, &mut [id, name, sees, region, retention]);
                if let Some(agreement) = &mut one.agreement {
                    all(gate, &mut [&mut agreement.link, &mut agreement.date]);
                }
            }
            about.retention.truncate(MOST_ABOUT);
            for one in &mut about.retention {
                let more = one.from.iter_mut().chain(one.until.iter_mut());
                all(gate, &mut [&mut one.class, &mut one.what].into_iter().chain(more).collect::<Vec<_>>());
            }
            about
        })
        .await
    }

    /// A receipt as it may be shown and kept.
    ///
    /// # Errors
    /// When the check cannot be asked.
    pub(crate) async fn heard_receipt(&self, said: Deletion) -> Result<Deletion, StudioError> {
        self.hear(said, |gate, mut deletion| {
            deletion.erased.truncate(MOST_ABOUT);
            deletion.remains.truncate(MOST_ABOUT);
            for one in &mut deletion.erased {
                one.class = words(gate, &one.class);
            }
            for one in &mut deletion.remains {
                all(gate, &mut [&mut one.class, &mut one.what, &mut one.place, &mut one.until]);
            }
            deletion
        })
        .await
    }

    /// A result's announcement as it may be shown and kept.
    ///
    /// # Errors
    /// When the check cannot be asked.
    pub(crate) async fn heard_output(&self, said: Output) -> Result<Output, StudioError> {
        self.hear(said, output).await
    }

    /// Passes `said` through `ear`, unless it is the word of this very process.
    async fn hear<T: Send + 'static>(
        &self,
        said: T,
        ear: impl FnOnce(&Gate, T) -> T + Send + 'static,
    ) -> Result<T, StudioError> {
        if self.inner.parts.own_service {
            return Ok(said);
        }
        let gate = self.inner.parts.gate.clone();
        blocking(move || Ok(ear(&gate, said))).await
    }
}

fn words(gate: &Gate, said: &str) -> String {
    gate.hear(said).unwrap_or_else(|| LEFT_OUT.to_owned())
}

/// Words that belong together: heard at once, and one by one only where that does not pass.
fn all(gate: &Gate, said: &mut [&mut String]) {
    let together = said.iter().map(|one| one.as_str()).collect::<Vec<_>>().join("\n");
    if !same(gate, &together) {
        for one in said {
            **one = words(gate, one);
        }
    }
}

/// A long text, paragraph by paragraph.
fn paragraphs(gate: &Gate, said: &str) -> String {
    said.split("\n\n").map(|part| words(gate, part)).collect::<Vec<_>>().join("\n\n")
}

fn same(gate: &Gate, said: &str) -> bool {
    gate.hear(said).as_deref() == Some(said)
}

fn problem(gate: &Gate, said: Problem) -> Problem {
    let mut errors = said.errors;
    errors.truncate(MOST);
    for error in &mut errors {
        (error.message, error.pointer) =
            (words(gate, &error.message), gate.hear(&error.pointer).unwrap_or_default());
    }
    Problem {
        // The code says the same in words of ours.
        kind: String::new(),
        title: String::new(),
        detail: words(gate, &said.detail),
        errors,
        finding: said.finding.map(|said| finding(gate, said)),
        ..said
    }
}

fn finding(gate: &Gate, mut said: Finding) -> Finding {
    said.reasons.truncate(MOST);
    for reason in &mut said.reasons {
        let message = gate.hear(&reason.message).unwrap_or_else(|| in_our_words(reason.category).to_owned());
        (reason.message, reason.part) = (message, gate.hear(&reason.part).unwrap_or_default());
    }
    said
}

/// A service's reason where its own words did not pass; they often name what was found.
fn in_our_words(category: Category) -> &'static str {
    match category {
        Category::Sexual => "The service's check takes this for sexual content. Change it and try again.",
        Category::Minors => {
            "The service's check takes this for sexual content about minors. It cannot be confirmed."
        }
        Category::Unjudgeable => "The service's check cannot judge this. Make it shorter or simpler.",
    }
}

fn output(gate: &Gate, mut said: Output) -> Output {
    let mut left = MOST;
    said.report = said.report.map(|words| report(gate, words, &mut left));
    said.receipt.finding = finding(gate, said.receipt.finding);
    said
}

fn report(gate: &Gate, said: Value, left: &mut usize) -> Value {
    match said {
        Value::String(text) => match left.checked_sub(1) {
            Some(rest) => {
                *left = rest;
                gate.hear(&text).map_or(Value::Null, Value::String)
            }
            None => Value::Null,
        },
        Value::Array(values) => values.into_iter().map(|value| report(gate, value, left)).collect(),
        Value::Object(fields) => {
            let plain = |name: &str| {
                name.len() <= 40
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
            };
            let heard = fields.into_iter().filter(|(name, _)| plain(name) && same(gate, name));
            heard.map(|(name, value)| (name, report(gate, value, left))).collect()
        }
        plain => plain,
    }
}

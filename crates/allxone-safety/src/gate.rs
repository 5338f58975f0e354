//! The gate itself: one entry for everything that leaves or is shown. It fails closed: an error, a panic or a missing model is
//! [`SafetyError::FilterUnavailable`], and then nothing passes.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use allxone_contract::{Finding, GateVersions, JobRequest, Receipt, Sha256, UtcMillis, Verdict};
use allxone_inference::{DataFile, Inference, ModelName};
use allxone_media::Picture;
use bytes::Bytes;

use crate::SafetyError;
use crate::cleared::{Clearable, Clearance, Cleared, Held};
use crate::picture::{self, Models, Views};
use crate::policy::{self, Policy};
use crate::prompt::{self, Judge, PromptHead};
use crate::screened::{HeldPicture, Screened, Screening};
use crate::verdicts::Verdicts;

/// Tells the time for receipts.
pub type Clock = Arc<dyn Fn() -> UtcMillis + Send + Sync>;

/// Judges prompts and pictures. Cheap to clone; loads its models when first asked. All methods block: call them off the async threads.
#[derive(Clone)]
pub struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    inference: Inference,
    clock: Clock,
    head: Mutex<Option<Arc<PromptHead>>>,
    verdicts: Verdicts,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("policy", &policy::SHA256).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate with the shipped rules and the system's clock.
    pub fn new(inference: Inference) -> Self {
        Self::with_clock(inference, Arc::new(UtcMillis::now))
    }

    /// A gate with the shipped rules whose receipts take their time from `clock`.
    pub fn with_clock(inference: Inference, clock: Clock) -> Self {
        Self {
            inner: Arc::new(Inner {
                inference,
                clock,
                head: Mutex::default(),
                verdicts: Verdicts::default(),
            }),
        }
    }

    /// A gate over the same models that has judged nothing yet: another party's, which has to come to its own verdicts.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self::with_clock(self.inner.inference.clone(), Arc::clone(&self.inner.clock))
    }

    /// Which rules and models this gate judges by, without loading them.
    pub fn versions(&self) -> GateVersions {
        let models =
            [ModelName::NsfwMobilenet, ModelName::OpenNsfw, ModelName::TextEncoder].map(ModelName::entry);
        let data = DataFile::ALL.map(DataFile::entry);
        let models = models.into_iter().chain(data).map(|e| (e.name.clone(), e.sha256.clone())).collect();
        GateVersions { policy: policy::SHA256.to_owned(), models }
    }

    /// Loads everything, checks every hash and lets every model prove itself.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`] if this gate could not judge.
    pub fn ready(&self) -> Result<GateVersions, SafetyError> {
        guard(|| Models::load(&self.inner.inference).map(drop))?;
        let knows = |text: &str, verdict: Verdict| self.check_prompt(text).map(|f| f.verdict == verdict);
        if knows("a lighthouse on a cliff at dawn, oil painting", Verdict::Allow)?
            && knows("nsfw", Verdict::Block)?
        {
            Ok(self.versions())
        } else {
            Err(SafetyError::internal("the prompt check does not answer as it should"))
        }
    }

    /// Judges one text as a prompt.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`]; then nothing may pass.
    pub fn check_prompt(&self, text: &str) -> Result<Finding, SafetyError> {
        guard(|| self.with_judge(|judge| prompt::judge_text(judge, text)))
    }

    /// Judges every text of a request. Its input pictures are judged where they are uploaded.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`]; then nothing may pass.
    pub fn check_request(&self, request: &JobRequest) -> Result<Finding, SafetyError> {
        guard(|| self.with_judge(|judge| prompt::judge_request(judge, request)))
    }

    /// Judges a picture, every sampled frame of it.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`]; then nothing may pass.
    pub fn check_picture(&self, picture: &Picture) -> Result<Finding, SafetyError> {
        self.check_picture_views(picture, Views::Policy)
    }

    /// [`Gate::check_picture`] over a choice of views. Nothing is cleared by it; it exists for measuring.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`].
    pub fn check_picture_views(&self, picture: &Picture, views: Views) -> Result<Finding, SafetyError> {
        guard(|| {
            let models = Models::load(&self.inner.inference)?;
            picture::judge(&models, &Policy::shipped()?.picture, picture, views)
        })
    }

    /// Asks whether content may leave this computer.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`]; then it may not.
    pub fn clear<T: Clearable>(&self, content: T) -> Result<Clearance<T>, SafetyError> {
        let (bytes, receipt): (Bytes, Receipt) = guard(|| {
            let bytes = content.encode()?;
            let finding = content.judge(self)?;
            let receipt = self.receipt(content.hash(&bytes), finding);
            Ok((bytes, receipt))
        })?;
        Ok(match receipt.finding.verdict {
            Verdict::Allow => Clearance::Allow(Cleared::new(content, bytes, receipt)),
            Verdict::Review => Clearance::Review(Held::new(content, bytes, receipt)),
            Verdict::Block => Clearance::Block(receipt.finding),
        })
    }

    /// Asks whether a picture may be shown and kept.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`]; then it may not.
    pub fn screen(&self, picture: Picture) -> Result<Screening, SafetyError> {
        let finding = self.check_picture_once(&picture)?;
        let receipt = self.receipt(Sha256::from(*picture.sha256()), finding);
        Ok(match receipt.finding.verdict {
            Verdict::Allow => Screening::Show(Screened::new(picture, receipt)),
            Verdict::Review => Screening::Review(HeldPicture::new(picture, receipt)),
            Verdict::Block => Screening::Block(receipt.finding),
        })
    }

    /// Words of somebody else (a provider's error, a prompt that was rewritten) as they may be shown: without characters that steer a
    /// terminal or turn the direction of reading, cut at [`LONGEST_HEARD`] characters, and only if the gate allows them. `None` when it does
    /// not, or cannot judge.
    pub fn hear(&self, words: &str) -> Option<String> {
        let plain: String = words.chars().filter(|char| shows(*char)).take(LONGEST_HEARD).collect();
        if plain.trim().is_empty() {
            return Some(String::new());
        }
        self.check_prompt(&plain).is_ok_and(|finding| finding.verdict == Verdict::Allow).then_some(plain)
    }

    /// Gives back the memory of models that are not at work, and forgets what they judged.
    pub fn forget_idle(&self) {
        self.inner.verdicts.forget();
        self.inner.inference.forget_idle();
    }

    /// [`Gate::check_picture`], unless this gate has judged the very same bytes a while ago: what is made ready and then sent is judged once.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`]; then nothing may pass.
    pub fn check_picture_once(&self, picture: &Picture) -> Result<Finding, SafetyError> {
        let (content, forgotten) = (*picture.sha256(), self.inner.inference.times_forgotten());
        if let Some(finding) = self.inner.verdicts.of(&content, forgotten) {
            return Ok(finding);
        }
        let judged = self.check_picture(picture);
        match &judged {
            Ok(finding) => self.inner.verdicts.remember(content, forgotten, finding.clone()),
            Err(_) => self.inner.verdicts.forget(),
        }
        judged
    }

    fn receipt(&self, content: Sha256, finding: Finding) -> Receipt {
        Receipt { content, finding, confirmed: false, time: (self.inner.clock)(), versions: self.versions() }
    }

    fn with_judge<T>(
        &self,
        ask: impl FnOnce(&Judge<'_>) -> Result<T, SafetyError>,
    ) -> Result<T, SafetyError> {
        let policy = Policy::shipped()?;
        let head = self.head()?;
        let encoder = self.inner.inference.encoder()?;
        let (encode, count) = (|texts: &[&str]| encoder.encode_many(texts), |text: &str| encoder.count(text));
        ask(&Judge { policy, head: &head, encode: &encode, count: &count })
    }

    fn head(&self) -> Result<Arc<PromptHead>, SafetyError> {
        let mut slot = self.inner.head.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = slot.as_ref() {
            return Ok(Arc::clone(head));
        }
        let head = Arc::new(PromptHead::load(&self.inner.inference)?);
        Ok(Arc::clone(slot.insert(head)))
    }
}

/// The most characters of somebody else's words that are shown.
pub const LONGEST_HEARD: usize = 1_000;

/// Whether a character of somebody else's words is kept: no control character but the end of a line, and none that turns or hides what
/// stands around it (Unicode Technical Report 36, 2.1 and 3.1).
fn shows(char: char) -> bool {
    let hides = matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    char == '\n' || !(char.is_control() || hides)
}

/// Runs `ask`; a panic in it is a filter that cannot judge.
fn guard<T>(ask: impl FnOnce() -> Result<T, SafetyError>) -> Result<T, SafetyError> {
    catch_unwind(AssertUnwindSafe(ask))
        .unwrap_or_else(|_| Err(SafetyError::internal("it stopped unexpectedly")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_filter_that_cannot_judge() {
        let result: Result<(), _> = guard(|| panic!("deliberate"));
        assert_eq!(result.unwrap_err().code(), "filter_unavailable");
    }
}

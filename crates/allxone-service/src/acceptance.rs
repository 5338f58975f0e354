//! What happens to a finished picture before it counts as a result: it is marked as made with AI where it is, checked by the gate, and sealed
//! on disk; in this order, so that the bytes that were checked are the bytes that are kept.
//!
//! A `review` verdict on a result does not stop it here. This service shows nothing to anybody: it hands the picture to the one who asked for
//! it, sealed until then, and whoever shows it has to ask first. So the receipt that is stored says `review` and *not* confirmed, and the
//! one who shows it acts on that and on a check of its own.

use std::time::{Duration, Instant};

use allxone_contract::{
    Asset, AssetId, BlockedOutput, ProblemCode, Progress, Receipt, Sha256, Source, Warning,
};
use allxone_engine::Cancel;
use allxone_media::{OriginMark, Picture, SourceType};
use allxone_safety::{Gate, Screening};

use crate::api::format_of;
use crate::clock::SharedClock;
use crate::files::Files;
use crate::partner::{Delivery, PartnerError};
use crate::store::{NewAsset, NewOutput};
use crate::{halt, hearing};

/// What a run has made so far.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Results on disk.
    pub(crate) outputs: Vec<NewOutput>,
    /// Results the gate stopped; they are nowhere.
    pub(crate) blocked: Vec<BlockedOutput>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) progress: Progress,
    /// Whether the partner's name for the work is kept, by which another run can follow it.
    pub(crate) followed: bool,
    /// How long results were checked, and how long marked and stored.
    pub(crate) spent: Spent,
}

/// How long was worked on results.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) checking: Duration,
    pub(crate) storing: Duration,
}

impl Outcome {
    /// Names of the files of all results.
    pub(crate) fn files(&self) -> Vec<String> {
        self.outputs.iter().map(|output| output.asset.file.clone()).collect()
    }
}

/// Takes the deliveries of one run, on its thread.
pub(crate) struct Acceptance {
    pub(crate) gate: Gate,
    pub(crate) files: Files,
    pub(crate) clock: SharedClock,
    /// Raised when the run is to stop; from then on nothing more is taken.
    pub(crate) cancel: Cancel,
    /// Whether an input says of itself that it was made with AI.
    pub(crate) from_ai: bool,
    /// Whether the partner is somebody else, whose words go through the gate like its pictures.
    pub(crate) elsewhere: bool,
    pub(crate) outcome: Outcome,
}

impl Acceptance {
    /// Marks, checks and stores one picture.
    ///
    /// # Errors
    /// [`PartnerError::Failed`] when it cannot be marked, checked or stored: nothing unchecked is kept.
    pub(crate) fn take(&mut self, delivery: Delivery) -> Result<(), PartnerError> {
        halt::here("read");
        self.go_on()?;
        let Delivery { index, picture, source, seed, report, warnings } = delivery;
        let begun = Instant::now();
        let picture = marked(picture, source, self.from_ai)?;
        self.outcome.spent.storing += begun.elapsed();
        let begun = Instant::now();
        let screening = self
            .gate
            .screen(picture)
            .map_err(|error| PartnerError::failed(ProblemCode::FilterUnavailable, error.to_string()))?;
        self.outcome.spent.checking += begun.elapsed();
        let (screened, receipt): (_, Receipt) = match screening {
            Screening::Show(screened) => {
                let receipt = screened.receipt().clone();
                (screened, receipt)
            }
            Screening::Review(held) => {
                let unconfirmed = held.receipt().clone();
                (held.confirm(), unconfirmed)
            }
            Screening::Block(finding) => {
                self.outcome.blocked.push(BlockedOutput { index, finding });
                return Ok(());
            }
        };
        halt::here("checked_result");
        self.go_on()?;
        let (report, warnings) = match self.elsewhere {
            true => (
                report.map(|said| hearing::report(&self.gate, said)),
                hearing::warnings(&self.gate, warnings),
            ),
            false => (report, warnings),
        };
        let begun = Instant::now();
        let picture = screened.value();
        let file = self.files.store(picture.bytes()).map_err(|error| {
            tracing::error!(code = error.code(), "a result could not be stored");
            PartnerError::failed(
                ProblemCode::Internal,
                "The service could not store a result. Check that the disk has room.",
            )
        })?;
        self.outcome.spent.storing += begun.elapsed();
        let asset = Asset {
            id: AssetId::new(),
            sha256: Sha256::from(*picture.sha256()),
            bytes: picture.bytes().len() as u64,
            format: format_of(picture.format()),
            width: picture.width(),
            height: picture.height(),
            created: self.clock.now(),
        };
        halt::here("stored");
        self.outcome.outputs.push(NewOutput {
            index,
            asset: NewAsset { asset, file },
            seed,
            source,
            report,
            receipt,
        });
        self.outcome.warnings.extend(warnings);
        Ok(())
    }

    /// The partner's own word on the run, as it may be passed on.
    pub(crate) fn heard(&self, word: Result<(), PartnerError>) -> Result<(), PartnerError> {
        word.map_err(|error| if self.elsewhere { hearing::error(&self.gate, error) } else { error })
    }

    fn go_on(&self) -> Result<(), PartnerError> {
        if self.cancel.is_cancelled() { Err(PartnerError::Cancelled) } else { Ok(()) }
    }
}

/// The picture with the mark its source asks for. A person's own photo, enlarged or cut out, gets none; an input that was made with AI
/// (`from_ai`) passes its mark on.
pub(crate) fn marked(picture: Picture, source: Source, from_ai: bool) -> Result<Picture, PartnerError> {
    let source = match source {
        Source::Generated => SourceType::TrainedAlgorithmicMedia,
        Source::Edited => SourceType::CompositeWithTrainedAlgorithmicMedia,
        Source::Own if from_ai => SourceType::TrainedAlgorithmicMedia,
        Source::Own => return Ok(picture),
    };
    let mark =
        OriginMark { source, program: "AllXOne".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    picture.marked(&mark).map_err(|error| PartnerError::failed(ProblemCode::EngineFailed, error.to_string()))
}

//! “Check again and explain”, and the sandbox: what the gate says of a prompt or a picture, with the figures behind it.
//!
//! Cut here because it must leave nothing behind: nothing in this module touches the library, the door or what is staged, so that trying one's
//! own file out is written down nowhere. What is explained never contains the prompt or the picture.

use allxone_contract::{Finding, GateVersions, Scores, Sha256, UtcMillis};
use allxone_media::Picture;
use allxone_safety::{Gate, Threshold};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::commands::CommandError;
use crate::studio::blocking;
use crate::{Draft, Studio, StudioError};

/// The longest text the sandbox takes, in bytes; the gate refuses shorter ones than this already.
const LONGEST: usize = 64 * 1024;

/// What was judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A text, or all texts of a draft together.
    Prompt,
    /// A picture.
    Picture,
}

/// Which score.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The prompt model.
    Prompt,
    /// The first picture model's explicit classes together.
    Explicit,
    /// Its suggestive class.
    Suggestive,
    /// The second picture model.
    Second,
}

/// A score and the limits it was held against. All run from 0 to 1.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Figure {
    /// Which score.
    pub measure: Measure,
    /// The highest of all parts.
    pub score: f64,
    /// A person is asked from here on.
    pub asks_from: f64,
    /// Blocked from here on, where this score alone can block.
    pub blocks_from: Option<f64>,
}

/// What the gate says of one thing, and why. Free of what was judged: no words, no pixels, no name.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Explained {
    /// What was judged.
    pub subject: Subject,
    /// Which of the draft's pictures it is, from 0; or how many-th file of several.
    pub index: u32,
    /// The verdict, with the part and the layer of each reason.
    pub finding: Finding,
    /// The scores, highest of all parts.
    pub figures: Vec<Figure>,
    /// SHA-256 of a picture as it would be sent. A prompt has none: a short text can be guessed from it.
    pub content: Option<Sha256>,
    /// Hashes of the rules and the models that judged.
    pub versions: GateVersions,
    /// This program and its version.
    pub program: String,
    /// When.
    pub time: UtcMillis,
}

/// A file that was tried in the sandbox.
#[derive(Clone, Debug, Serialize, ts_rs::TS)]
pub struct Tried {
    /// The file's name, to show it; empty for a pasted picture.
    pub name: String,
    /// What the gate says of it.
    pub explained: Option<Explained>,
    /// Why it cannot be judged.
    pub error: Option<CommandError>,
}

/// Where a picture to be tried comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum TriedFrom {
    /// Files the person chooses.
    Files,
    /// The clipboard.
    Clipboard,
}

impl Explained {
    /// Adds to a finding what is needed to understand it.
    ///
    /// # Errors
    /// When the rules are not the released ones.
    pub fn new(
        gate: &Gate,
        subject: Subject,
        finding: Finding,
        content: Option<Sha256>,
    ) -> Result<Self, StudioError> {
        let figures = figures(&finding.scores)?;
        let program = format!("AllXOne {}", env!("CARGO_PKG_VERSION"));
        Ok(Self {
            subject,
            index: 0,
            finding,
            figures,
            content,
            versions: gate.versions(),
            program,
            time: UtcMillis::now(),
        })
    }

    /// The report a person may keep or hand on: everything above, and the name of the form.
    ///
    /// # Errors
    /// Never in practice.
    pub fn report(&self) -> Result<Vec<u8>, StudioError> {
        let unwritable = |_| StudioError::Internal("the report could not be written");
        let mut report = serde_json::to_value(self).map_err(unwritable)?;
        if let Some(fields) = report.as_object_mut() {
            fields.insert("report".to_owned(), "allxone-safety-check".into());
            fields.insert("format".to_owned(), 1.into());
        }
        Ok(format!("{report:#}\n").into_bytes())
    }
}

fn figures(scores: &Scores) -> Result<Vec<Figure>, StudioError> {
    let limits = Gate::thresholds()?;
    // Three decimals, as scores are rounded: 0.7, not 0.699999988.
    let plain = |score: f32| (f64::from(score) * 1000.0).round() / 1000.0;
    let of = |measure, score: Option<f32>, limit: Threshold| {
        score.map(|score| Figure {
            measure,
            score: plain(score),
            asks_from: plain(limit.asks),
            blocks_from: limit.blocks.map(plain),
        })
    };
    let all = [
        of(Measure::Prompt, scores.prompt, limits.prompt),
        of(Measure::Explicit, scores.explicit, limits.explicit),
        of(Measure::Suggestive, scores.suggestive, limits.suggestive),
        of(Measure::Second, scores.second, limits.second),
    ];
    Ok(all.into_iter().flatten().collect())
}

impl Studio {
    /// What the gate says of a text. Nothing of it is written down or kept.
    ///
    /// # Errors
    /// When the check cannot run.
    pub async fn try_prompt(&self, text: String) -> Result<Explained, StudioError> {
        if text.len() > LONGEST {
            return Err(StudioError::Malformed);
        }
        let gate = self.gate().clone();
        blocking(move || Explained::new(&gate, Subject::Prompt, gate.check_prompt(&text)?, None)).await
    }

    /// What the gate says of a picture, made ready as it would be to be sent. Nothing of it is written down, staged or kept.
    ///
    /// # Errors
    /// When the picture cannot be read or the check cannot run.
    pub async fn try_picture(&self, raw: Bytes) -> Result<Explained, StudioError> {
        let picture = self.ready_picture(raw).await?;
        let gate = self.gate().clone();
        blocking(move || explain_picture(&gate, &picture)).await
    }

    /// Judges a draft's texts and pictures again from nothing: the models are loaded and verified anew, no verdict of before is used.
    ///
    /// # Errors
    /// When a picture of it is not staged, or the check cannot run.
    pub async fn explain(&self, draft: &Draft) -> Result<Vec<Explained>, StudioError> {
        let pictures = self.pictures(&draft.request)?;
        let (gate, request) = (self.gate().clone(), draft.request.clone());
        blocking(move || {
            gate.forget_idle();
            let mut all = vec![Explained::new(&gate, Subject::Prompt, gate.check_request(&request)?, None)?];
            for (index, on_table) in (0..).zip(pictures) {
                all.push(Explained { index, ..explain_picture(&gate, &on_table.picture)? });
            }
            Ok(all)
        })
        .await
    }
}

fn explain_picture(gate: &Gate, picture: &Picture) -> Result<Explained, StudioError> {
    Explained::new(
        gate,
        Subject::Picture,
        gate.check_picture(picture)?,
        Some(Sha256::from(*picture.sha256())),
    )
}

//! What the check stopped: when, at which stage, by which rule. Never the content.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::{Library, LibraryError};

/// A decision to be written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct NewDecision {
    /// `prompt`, `input` or `output`.
    pub stage: String,
    /// `block` or `review`.
    pub verdict: String,
    /// What the content was taken for.
    pub category: String,
    /// Which part of the check spoke.
    pub layer: String,
    /// The section of the Acceptable Use Policy that is cited.
    pub section: String,
    /// Hash of the policy.
    pub policy: String,
    /// Name and hash of each model that judged.
    pub models: Vec<(String, String)>,
}

/// A decision that was written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Decision {
    /// Its id.
    pub id: String,
    /// When, UTC milliseconds.
    pub time_ms: i64,
    /// What.
    #[serde(flatten)]
    pub what: NewDecision,
}

impl Library {
    /// Writes a decision down.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn record_decision(&self, decision: &NewDecision) -> Result<(), LibraryError> {
        let (id, now): (Ulid, i64) = (self.new_id(), self.now());
        let models = serde_json::to_string(&decision.models)
            .map_err(|_| LibraryError::BadValue("The list of models"))?;
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO decisions (id, time_ms, stage, verdict, category, layer, policy, models, section)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute((
                    id.to_string(),
                    now,
                    &decision.stage,
                    &decision.verdict,
                    &decision.category,
                    &decision.layer,
                    &decision.policy,
                    models,
                    &decision.section,
                ))?;
            Ok(())
        })
    }

    /// The newest decisions first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn decisions(&self, limit: u32) -> Result<Vec<Decision>, LibraryError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, time_ms, stage, verdict, category, layer, policy, models, section FROM decisions ORDER BY id DESC LIMIT ?1",
            )?;
            let mut rows = statement.query([limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let models: String = row.get(7)?;
                found.push(Decision {
                    id: row.get(0)?,
                    time_ms: row.get(1)?,
                    what: NewDecision {
                        stage: row.get(2)?,
                        verdict: row.get(3)?,
                        category: row.get(4)?,
                        layer: row.get(5)?,
                        section: row.get(8)?,
                        policy: row.get(6)?,
                        models: serde_json::from_str(&models)
                            .map_err(|_| LibraryError::Damaged("a value is not what was written".to_owned()))?,
                    },
                });
            }
            Ok(found)
        })
    }

    /// Removes decisions made before `before_ms` (UTC milliseconds). Returns how many.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn clear_decisions(&self, before_ms: i64) -> Result<u64, LibraryError> {
        self.write(|transaction| {
            Ok(transaction.execute("DELETE FROM decisions WHERE time_ms < ?1", [before_ms])? as u64)
        })
    }
}

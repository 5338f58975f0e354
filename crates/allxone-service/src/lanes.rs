//! Lanes: which jobs wait for one another, and how many of them are worked on at once.
//!
//! Models of this computer share its processors, so their jobs stand in one lane. A partner elsewhere is waited for, not worked for, so each
//! has a lane of its own, and whoever is slow there holds up nobody else. Within a lane the oldest job is the next, whoever placed it.

use std::sync::Arc;

use allxone_contract::ModelId;
use tokio::sync::Notify;

use crate::partner::Partner;

/// One lane.
pub(crate) struct Lane {
    /// Whose jobs stand in it.
    pub(crate) jobs: Among,
    /// How many of them are worked on at once.
    pub(crate) at_once: usize,
    /// Rung when one waits.
    pub(crate) wake: Notify,
}

impl Lane {
    fn new(jobs: Among, at_once: usize) -> Self {
        Self { jobs, at_once: at_once.max(1), wake: Notify::new() }
    }
}

/// Jobs of some models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Among {
    /// Those of these models.
    These(Vec<ModelId>),
    /// Those of all others.
    AllBut(Vec<ModelId>),
}

impl Among {
    /// Whether a model's jobs are meant.
    pub(crate) fn has(&self, model: &ModelId) -> bool {
        match self {
            Self::These(models) => models.contains(model),
            Self::AllBut(models) => !models.contains(model),
        }
    }
}

/// All lanes of a node; every job stands in one.
pub(crate) struct Lanes(Vec<Arc<Lane>>);

impl Lanes {
    /// A lane for this computer, which takes `at_once` jobs, and one for each partner elsewhere. Jobs of models that nobody has any more stand
    /// in the first, where they are refused.
    pub(crate) fn new(partners: &[Arc<dyn Partner>], at_once: usize) -> Self {
        let elsewhere: Vec<(usize, Vec<ModelId>)> = partners
            .iter()
            .filter_map(|partner| {
                let at_once = partner.at_once()?;
                Some((at_once, partner.cards().into_iter().map(|card| card.id).collect()))
            })
            .collect();
        let listed = elsewhere.iter().flat_map(|(_, models)| models.clone()).collect();
        let mut lanes = vec![Arc::new(Lane::new(Among::AllBut(listed), at_once))];
        lanes.extend(
            elsewhere.into_iter().map(|(at_once, models)| Arc::new(Lane::new(Among::These(models), at_once))),
        );
        Self(lanes)
    }

    /// Each of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Lane>> {
        self.0.iter()
    }

    /// Rings where a job of this model waits.
    pub(crate) fn wake(&self, model: &ModelId) {
        self.iter().filter(|lane| lane.jobs.has(model)).for_each(|lane| lane.wake.notify_one());
    }

    /// Rings everywhere.
    pub(crate) fn wake_all(&self) {
        self.iter().for_each(|lane| lane.wake.notify_one());
    }
}

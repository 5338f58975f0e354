//! What this run of the program has spent and may yet spend, and the most a person wants it to.
//!
//! Cut here because the limit holds on this computer, before anything is sent and whatever service is in use: what a service counts is its
//! own affair, and with a person's own keys nobody counts. It begins at nothing each time a library is opened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allxone_contract::{Charge, MilliCredits};
use allxone_library::QueueId;
use serde::{Deserialize, Serialize};

use crate::{Studio, StudioError, StudioEvent};

/// From how many tenths of the limit on a person is warned.
const NEAR_TENTHS: i64 = 8;

/// What this run of the program has spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Spent {
    /// What ended jobs cost. With keys of one's own it is what they could cost at most, which is all that is known.
    pub charged: MilliCredits,
    /// The most that what waits and what is under way can cost.
    pub open: MilliCredits,
    /// The most a person wants to spend until the program ends.
    pub cap: Option<MilliCredits>,
    /// Whether little is left of it: a fifth, or less.
    pub near: bool,
}

#[derive(Default)]
struct Sums {
    charged: MilliCredits,
    open: HashMap<QueueId, MilliCredits>,
    cap: Option<MilliCredits>,
}

/// The sums, shared by all studios over a library.
#[derive(Clone, Default)]
pub(crate) struct Spending(Arc<Mutex<Sums>>);

impl Spending {
    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn spent(&self) -> Spent {
        self.sums().spent()
    }

    /// Whether something that costs at most this much still fits.
    pub(crate) fn room(&self, at_most: MilliCredits) -> Result<(), StudioError> {
        self.sums().room(at_most, MilliCredits::FREE)
    }

    /// Counts an entry of the queue, once, however often it is begun.
    pub(crate) fn begin(&self, queue: QueueId, at_most: MilliCredits) -> Result<(), StudioError> {
        let mut sums = self.sums();
        let before = sums.open.get(&queue).copied().unwrap_or_default();
        sums.room(at_most, before)?;
        sums.open.insert(queue, at_most);
        Ok(())
    }

    /// An entry came to its end.
    pub(crate) fn end(&self, queue: QueueId, charge: Option<Charge>) {
        let mut sums = self.sums();
        sums.open.remove(&queue);
        if let Some(Charge { metered, held, settled }) = charge {
            let cost = if metered { settled } else { held };
            sums.charged = MilliCredits(sums.charged.0.saturating_add(cost.0));
        }
    }
}

impl Sums {
    fn spent(&self) -> Spent {
        let open = MilliCredits(self.open.values().fold(0, |sum, one| sum.saturating_add(one.0)));
        let all = i128::from(self.charged.0) + i128::from(open.0);
        let near = self.cap.is_some_and(|cap| all * 10 >= i128::from(cap.0) * i128::from(NEAR_TENTHS));
        Spent { charged: self.charged, open, cap: self.cap, near: near && all > 0 }
    }

    fn room(&self, at_most: MilliCredits, before: MilliCredits) -> Result<(), StudioError> {
        let Spent { charged, open, cap, .. } = self.spent();
        let Some(cap) = cap.filter(|_| !at_most.is_free()) else { return Ok(()) };
        let spent = MilliCredits(charged.0.saturating_add(open.0).saturating_sub(before.0));
        match spent.0.saturating_add(at_most.0) > cap.0 {
            true => Err(StudioError::SessionCap { cap, spent, wanted: at_most }),
            false => Ok(()),
        }
    }
}

impl Studio {
    /// What this run of the program has spent and may yet spend.
    pub fn spent(&self) -> Spent {
        self.inner.under_way.spending.spent()
    }

    /// Sets or lifts the most that is spent until the program ends. What is under way goes on.
    pub fn cap_session(&self, cap: Option<MilliCredits>) {
        self.inner.under_way.spending.sums().cap = cap.filter(|cap| cap.0 >= 0);
        self.tell_spent();
    }

    pub(crate) fn tell_spent(&self) {
        self.tell(StudioEvent::Spent { spent: self.spent() });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn id(n: u8) -> QueueId {
        serde_json::from_value(format!("01ARZ3NDEKTSV4RRFFQ69G5FA{n}").into()).unwrap()
    }

    fn charge(metered: bool, held: i64, settled: i64) -> Option<Charge> {
        Some(Charge { metered, held: MilliCredits(held), settled: MilliCredits(settled) })
    }

    #[test]
    fn what_is_open_and_what_was_charged_never_pass_the_limit() {
        let spending = Spending::default();
        spending.sums().cap = Some(MilliCredits(1_000));
        spending.begin(id(1), MilliCredits(600)).unwrap();
        spending.begin(id(1), MilliCredits(600)).unwrap();
        assert!(!spending.spent().near, "once counted, however often it is begun");
        let full = spending.begin(id(2), MilliCredits(401)).unwrap_err();
        assert!(matches!(full, StudioError::SessionCap { spent: MilliCredits(600), .. }), "{full}");
        spending.begin(id(2), MilliCredits(400)).unwrap();
        spending.room(MilliCredits::FREE).unwrap();
        assert!(spending.spent().near);
        spending.end(id(1), charge(true, 600, 200));
        spending.end(id(2), None);
        assert_eq!(
            spending.spent(),
            Spent {
                charged: MilliCredits(200),
                open: MilliCredits(0),
                cap: Some(MilliCredits(1_000)),
                near: false
            }
        );
        spending.end(id(3), charge(false, 700, 0));
        assert!(spending.spent().near, "with keys of one's own the most it could cost is counted");
        assert!(spending.room(MilliCredits(101)).is_err());
        spending.sums().cap = None;
        spending.room(MilliCredits(i64::MAX)).unwrap();
    }
}

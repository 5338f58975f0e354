//! Remembers what pictures were judged as, so that one that is staged, sent and sent again is judged once.
//!
//! In memory alone, and never written: what is not read from anywhere cannot be forged, so there is nothing to authenticate. A verdict is
//! found by the SHA-256 of the exact bytes; the rules are compiled in and the models pinned, so within one process they cannot change under
//! it. All of it is forgotten with the models and with the first failure, so that a gate that cannot judge has no answers left either.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use allxone_contract::Finding;

/// More pictures than one person works on at a time; less than 100 kB.
const MOST: usize = 64;

#[derive(Default)]
pub(crate) struct Verdicts {
    /// The newest last, each with the number of times the models had been forgotten then.
    known: Mutex<VecDeque<(u64, [u8; 32], Finding)>>,
}

impl Verdicts {
    /// What these bytes were judged as by models that are still there: they have been `forgotten` as often as then.
    pub fn of(&self, content: &[u8; 32], forgotten: u64) -> Option<Finding> {
        let known = self.known();
        known
            .iter()
            .find(|(then, hash, _)| hash == content && *then == forgotten)
            .map(|(.., finding)| finding.clone())
    }

    pub fn remember(&self, content: [u8; 32], forgotten: u64, finding: Finding) {
        let mut known = self.known();
        known.retain(|(then, hash, _)| *hash != content && *then == forgotten);
        if known.len() >= MOST {
            known.pop_front();
        }
        known.push_back((forgotten, content, finding));
    }

    pub fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, VecDeque<(u64, [u8; 32], Finding)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use allxone_contract::Scores;

    use super::*;

    #[test]
    fn knows_the_newest_by_their_exact_bytes_and_forgets_all_at_once() {
        let verdicts = Verdicts::default();
        let hash = |n: usize| [u8::try_from(n).unwrap_or(u8::MAX); 32];
        for n in 0..=MOST {
            verdicts.remember(hash(n), 7, Finding::allow(Scores::default()));
        }
        assert!(
            verdicts.of(&hash(0), 7).is_none()
                && verdicts.of(&hash(1), 7).is_some()
                && verdicts.of(&hash(MOST), 7).is_some()
        );
        let mut near = hash(1);
        near[31] ^= 1;
        assert!(verdicts.of(&near, 7).is_none());
        assert!(verdicts.of(&hash(1), 8).is_none(), "the models were forgotten meanwhile");
        verdicts.forget();
        assert!(verdicts.of(&hash(1), 7).is_none());
    }
}

//! Collects reasons into a finding: the worst verdict wins, and each part is named once per layer.

use allxone_contract::{Finding, Reason, Scores, Verdict};

#[derive(Debug, Default)]
pub(crate) struct Draft {
    reasons: Vec<(Verdict, Reason)>,
}

impl Draft {
    pub fn add(&mut self, verdict: Verdict, reason: Reason) {
        if !self.reasons.iter().any(|(v, r)| *v == verdict && *r == reason) {
            self.reasons.push((verdict, reason));
        }
    }

    /// The reasons so far, each with its verdict.
    pub fn into_reasons(self) -> Vec<(Verdict, Reason)> {
        self.reasons
    }

    pub fn verdict(&self) -> Verdict {
        self.reasons.iter().map(|(v, _)| *v).max().unwrap_or(Verdict::Allow)
    }

    /// The finding, its worst reasons first. Scores are rounded to three decimals.
    pub fn finish(mut self, scores: Scores) -> Finding {
        let verdict = self.verdict();
        self.reasons.sort_by_key(|(v, _)| std::cmp::Reverse(*v));
        let round = |s: Option<f32>| s.map(|s| (s * 1000.0).round() / 1000.0);
        Finding {
            verdict,
            reasons: self.reasons.into_iter().map(|(_, r)| r).collect(),
            scores: Scores {
                prompt: round(scores.prompt),
                explicit: round(scores.explicit),
                suggestive: round(scores.suggestive),
                second: round(scores.second),
            },
        }
    }
}

//! Credits.

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

/// Thousandths of a credit. Money is counted in whole milli-credits, never in fractions.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, ts_rs::TS,
)]
#[serde(transparent)]
pub struct MilliCredits(pub i64);

impl MilliCredits {
    /// Nothing to pay.
    pub const FREE: Self = Self(0);

    /// `self + other`, or `None` when the sum does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self × times`, or `None` when the product does not fit.
    pub fn checked_mul(self, times: u32) -> Option<Self> {
        self.0.checked_mul(i64::from(times)).map(Self)
    }

    /// Whether there is nothing to pay.
    pub fn is_free(self) -> bool {
        self.0 == 0
    }
}

impl Sum for MilliCredits {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |sum, one| sum.saturating_add(one.0)))
    }
}

impl fmt::Display for MilliCredits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        if rest == 0 {
            write!(f, "{sign}{whole}")
        } else {
            write!(f, "{sign}{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MilliCredits;

    #[test]
    fn reads_as_a_person_counts() {
        for (milli, text) in [(0, "0"), (1_000, "1"), (1_500, "1.5"), (25, "0.025"), (-2_250, "-2.25")] {
            assert_eq!(MilliCredits(milli).to_string(), text);
        }
    }
}

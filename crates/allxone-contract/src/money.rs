//! Credits.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

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

impl FromStr for MilliCredits {
    type Err = String;

    /// Reads an amount as people write it: `12`, `0.025`, with at most three digits after the point.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "“{text}” is no amount of credits. Write it like 12 or 0.5, with at most three digits after the point."
            )
        };
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() > 3 {
            return Err(wrong());
        }
        let milli = |text: &str| text.parse::<i64>().ok();
        let rest = milli(&format!("{rest:0<3}")).ok_or_else(wrong)?;
        let sum = milli(whole).and_then(|whole| whole.checked_mul(1000)?.checked_add(rest));
        sum.map(Self).ok_or_else(wrong)
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
            assert!(milli < 0 || text.parse() == Ok(MilliCredits(milli)), "{text}");
        }
        assert_eq!("007.100".parse(), Ok(MilliCredits(7_100)));
        for text in ["", ".", "1.", ".5", "-1", "+1", "1.0000", "1,5", "1e3", " 1", "9223372036854775807"] {
            assert!(text.parse::<MilliCredits>().is_err(), "{text}");
        }
    }
}

//! What pictures cost, as data: a rule gives the most that some work can cost, and what was delivered of it costs.

use serde::{Deserialize, Serialize};

use crate::MilliCredits;

/// How the price is found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum PriceRule {
    /// Costs nothing.
    Free,
    /// So much for each picture.
    PerImage(MilliCredits),
    /// So much for each picture, by its size: the first row it fits in. A larger one has no price.
    PerImageBySize(Vec<SizePrice>),
    /// So much for each megapixel that is begun.
    PerMegapixel(MegapixelPrice),
}

/// What a picture up to a size costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct SizePrice {
    /// Most pixels of the picture.
    pub up_to_pixels: u64,
    /// What it costs.
    pub price: MilliCredits,
}

/// What a picture costs by its megapixels, and those it is made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct MegapixelPrice {
    /// The first megapixel of a picture.
    pub first: MilliCredits,
    /// Each further one.
    pub further: MilliCredits,
    /// Each megapixel of the input pictures, for each picture made from them.
    pub input: MilliCredits,
}

/// What a price depends on: shapes and numbers only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Workload {
    /// How many pictures.
    pub count: u8,
    /// Pixels of each.
    pub pixels: u64,
    /// Pixels of all input pictures together.
    pub input_pixels: u64,
}

impl PriceRule {
    /// The most some work can cost; `None` when it has no price, or one that does not fit.
    pub fn at_most(&self, work: Workload) -> Option<MilliCredits> {
        self.one(work.pixels, work.input_pixels)?.checked_mul(u32::from(work.count))
    }

    /// What delivered pictures cost, by the pixels of each; `None` as for [`at_most`](Self::at_most).
    pub fn actual(&self, delivered: &[u64], input_pixels: u64) -> Option<MilliCredits> {
        delivered
            .iter()
            .try_fold(MilliCredits::FREE, |sum, pixels| sum.checked_add(self.one(*pixels, input_pixels)?))
    }

    /// Whether nothing costs anything under this rule.
    pub fn is_free(&self) -> bool {
        *self == Self::Free
    }

    fn one(&self, pixels: u64, input_pixels: u64) -> Option<MilliCredits> {
        match self {
            Self::Free => Some(MilliCredits::FREE),
            Self::PerImage(price) => Some(*price),
            Self::PerImageBySize(rows) => {
                rows.iter().find(|row| pixels <= row.up_to_pixels).map(|row| row.price)
            }
            Self::PerMegapixel(MegapixelPrice { first, further, input }) => {
                let further = further.checked_mul(megapixels(pixels)?.saturating_sub(1))?;
                let inputs = input.checked_mul(megapixels(input_pixels)?)?;
                first.checked_add(further)?.checked_add(inputs)
            }
        }
        .filter(|price| price.0 >= 0)
    }
}

/// Megapixels, a begun one counted whole.
fn megapixels(pixels: u64) -> Option<u32> {
    u32::try_from(pixels.div_ceil(1_000_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(count: u8, pixels: u64, input_pixels: u64) -> Workload {
        Workload { count, pixels, input_pixels }
    }

    #[test]
    fn every_rule_prices_what_is_asked_and_what_came() {
        let some = |milli| Some(MilliCredits(milli));
        let by_size = PriceRule::PerImageBySize(vec![
            SizePrice { up_to_pixels: 1_000_000, price: MilliCredits(40) },
            SizePrice { up_to_pixels: 4_000_000, price: MilliCredits(90) },
        ]);
        let by_area = PriceRule::PerMegapixel(MegapixelPrice {
            first: MilliCredits(30),
            further: MilliCredits(15),
            input: MilliCredits(5),
        });
        assert_eq!(PriceRule::Free.at_most(work(255, u64::MAX, u64::MAX)), some(0));
        assert_eq!(PriceRule::PerImage(MilliCredits(1_500)).at_most(work(4, 1, 0)), some(6_000));
        assert_eq!(PriceRule::PerImage(MilliCredits(i64::MAX)).at_most(work(2, 1, 0)), None);
        assert_eq!(PriceRule::PerImage(MilliCredits(-1)).at_most(work(2, 1, 0)), None);
        assert_eq!(by_size.at_most(work(3, 1_000_000, 0)), some(120));
        assert_eq!(by_size.at_most(work(3, 1_000_001, 0)), some(270));
        assert_eq!(by_size.at_most(work(1, 4_000_001, 0)), None);
        assert_eq!(by_size.actual(&[900_000, 2_000_000], 0), some(130));
        assert_eq!(by_size.actual(&[5_000_000], 0), None);
        assert_eq!(by_area.at_most(work(2, 1_048_576, 1_000_001)), some(2 * (30 + 15 + 10)));
        assert_eq!(by_area.at_most(work(1, u64::MAX, 0)), None);
        assert_eq!(by_area.actual(&[1_000_000, 1_048_576], 0), some(75));
        assert_eq!(by_area.actual(&[], 9_000_000), some(0));
    }
}

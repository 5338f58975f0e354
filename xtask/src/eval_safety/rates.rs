//! Shares with their bounds.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Which half something belongs to, by its name alone: half of everything is kept out of the choosing of thresholds and words, and nobody
/// chooses which half.
pub fn held_out(name: &str) -> bool {
    Sha256::digest(name.as_bytes()).first().is_some_and(|byte| byte % 2 == 1)
}

/// How many of how many, with the exact (Clopper–Pearson) 95 % bounds of the share.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rate {
    pub hits: u64,
    pub of: u64,
    /// Lower bound, 0..1.
    pub low: f64,
    /// Upper bound, 0..1.
    pub high: f64,
}

impl Rate {
    pub fn new(hits: u64, of: u64) -> Self {
        const TAIL: f64 = 0.025;
        let low = if hits == 0 { 0.0 } else { solve(|p| 1.0 - at_most(hits - 1, of, p) < TAIL) };
        let high = if hits >= of { 1.0 } else { solve(|p| at_most(hits, of, p) > TAIL) };
        let round = |share: f64| (share * 1e5).round() / 1e5;
        Self { hits, of, low: round(low), high: round(high) }
    }

    /// Counts those for which `hit` holds.
    pub fn count<T>(items: impl IntoIterator<Item = T>, hit: impl Fn(&T) -> bool) -> Self {
        let (mut hits, mut of) = (0, 0);
        for item in items {
            of += 1;
            hits += u64::from(hit(&item));
        }
        Self::new(hits, of)
    }

    /// 0 of nothing.
    pub fn share(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 }
    }
}

/// Largest share for which `holds` does, when it holds from 0 up to some share.
fn solve(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

/// Probability of at most `k` hits in `n` tries at `p` each.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    let mut logarithm = n as f64 * (1.0 - p).ln();
    let mut sum = logarithm.exp();
    for i in 0..k {
        logarithm += ((n - i) as f64 / (i + 1) as f64).ln() + (p / (1.0 - p)).ln();
        sum += logarithm.exp();
    }
    sum.min(1.0)
}

/// Probability that a wanted one is ranked above an unwanted one; ties count half.
pub fn auc(wanted: &[f64], unwanted: &[f64]) -> f64 {
    let pairs = (wanted.len() * unwanted.len()) as f64;
    let above = |a: f64, b: f64| {
        if a > b {
            1.0
        } else if a < b {
            0.0
        } else {
            0.5
        }
    };
    let sum: f64 = wanted.iter().flat_map(|a| unwanted.iter().map(move |b| above(*a, *b))).sum();
    if pairs == 0.0 { 0.0 } else { sum / pairs }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against published tables of exact bounds.
    #[test]
    fn bounds_are_the_exact_ones() {
        for (hits, of, low, high) in [
            (0, 10, 0.0, 0.308_50),
            (3, 1152, 0.000_54, 0.007_59),
            (5, 10, 0.187_09, 0.812_91),
            (10, 10, 0.691_50, 1.0),
        ] {
            let rate = Rate::new(hits, of);
            assert!((rate.low - low).abs() < 2e-5 && (rate.high - high).abs() < 2e-5, "{rate:?}");
        }
    }

    #[test]
    fn ranking() {
        assert!((auc(&[0.9, 0.8], &[0.1, 0.2]) - 1.0).abs() < 1e-9);
        assert!((auc(&[0.5], &[0.5]) - 0.5).abs() < 1e-9);
        assert!((auc(&[0.9, 0.1], &[0.5]) - 0.5).abs() < 1e-9);
    }
}

//! What the fuzz targets reach of the inside. Only there with the feature `fuzzing`, which nothing of the product turns on.

use crate::policy::Policy;
use crate::prompt::Readings;

/// Takes a text's disguises off and tries the word lists on every reading; returns how many hits there were.
pub fn read(text: &str) -> usize {
    let Ok(policy) = Policy::shipped() else { return 0 };
    let readings = Readings::of(text);
    readings.lexical.iter().map(|reading| policy.lexicon.search(reading).len()).sum()
}

/// Reads rules and a word list; tells whether they can be used.
pub fn rules(rules: &str, list: &str) -> bool {
    Policy::parse(rules, &[list]).is_ok()
}

//! Any text as a rule file, and any as a word list: rules or a refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (rules, list) = text.split_once("\n---\n").unwrap_or((text, ""));
    allxone_safety::fuzzing::rules(rules, list);
});

//! What people do to a picture so that a check no longer sees it, tried with textures that the real classifiers take for unsafe (they
//! depict nothing; `tests/fixtures/safety/craft.py` makes them). Every one must be blocked or reviewed.

mod disguise;
mod moving;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use allxone_contract::Verdict;
use allxone_media::{Limits, Picture};
use allxone_safety::Gate;
use bytes::Bytes;
use image::DynamicImage;

use crate::common::{fixture, gate};

/// A file, made when its turn comes, and the least that must become of it.
struct Case {
    name: String,
    least: Verdict,
    make: Box<dyn Fn() -> Vec<u8> + Send + Sync>,
}

impl Case {
    fn new(name: impl Into<String>, make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self { name: name.into(), least: Verdict::Review, make: Box::new(make) }
    }

    fn blocked(name: impl Into<String>, make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self { least: Verdict::Block, ..Self::new(name, make) }
    }
}

fn texture(name: &str) -> DynamicImage {
    image::load_from_memory(&fixture(name)).unwrap()
}

/// What would be sent of the file and what would be shown of it, judged; a file that is refused is blocked.
fn verdict(gate: &Gate, file: Vec<u8>) -> Verdict {
    let file = Bytes::from(file);
    let judge = |picture: &Picture| gate.check_picture(picture).unwrap().verdict;
    let Ok(shown) = Picture::received(file.clone(), &Limits::default()) else { return Verdict::Block };
    let Ok(sent) = Picture::prepare(file, &Limits::default()) else { return judge(&shown) };
    // Of an animation the first frame alone is sent; of a picture that is transparent all over, nothing.
    let nothing = sent.pixels().rgba().chunks(4).all(|pixel| pixel[3] == 0);
    let same = sent.pixels() == shown.pixels();
    if shown.frames().len() > 1 || nothing || same { judge(&shown) } else { judge(&shown).min(judge(&sent)) }
}

/// Runs every case on two threads and names those that got further than they may.
fn none_passes(cases: &[Case]) {
    let gate = gate();
    let (next, passed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = verdict(&gate, (case.make)());
                    if verdict < case.least {
                        passed.lock().unwrap().push(format!("{}: {verdict:?}", case.name));
                    }
                }
            });
        }
    });
    let passed = passed.into_inner().unwrap();
    assert!(passed.is_empty(), "{} of {} passed: {passed:#?}", passed.len(), cases.len());
}

#[test]
fn no_disguise_of_an_unsafe_still_passes() {
    let cases = disguise::cases();
    let kinds: std::collections::BTreeSet<_> =
        cases.iter().filter_map(|case| case.name.split_once(": ")).map(|(_, kind)| kind.to_owned()).collect();
    assert!(kinds.len() >= 70, "{} kinds of disguise", kinds.len());
    none_passes(&cases);
}

#[test]
fn one_unsafe_frame_of_two_hundred_does_not_pass() {
    none_passes(&moving::cases());
}

#[test]
fn a_part_of_a_large_photo_does_not_pass() {
    none_passes(&disguise::large());
}

#[test]
fn the_same_things_done_to_a_harmless_photo_do_not_stop_it() {
    let gate = gate();
    for file in disguise::harmless() {
        let read = Picture::received(Bytes::from(file), &Limits::default()).unwrap();
        let finding = gate.check_picture(&read).unwrap();
        assert_eq!(finding.verdict, Verdict::Allow, "{finding:?}");
    }
}

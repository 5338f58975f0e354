//! Places between the steps of a job where a test may have a service stand still, to end it there as a power cut would.
//!
//! Only builds for testing know them: in a release there is nothing here.

/// Stands still for good, and says so, where `ALLXONE_HALT_AT` names this place.
#[cfg(debug_assertions)]
#[expect(clippy::print_stderr, reason = "the test waits for it")]
pub(crate) fn here(place: &str) {
    use std::sync::LazyLock;
    static NAMED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("ALLXONE_HALT_AT").ok());
    if NAMED.as_deref() == Some(place) {
        eprintln!("halted at {place}");
        loop {
            std::thread::park();
        }
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn here(_: &str) {}

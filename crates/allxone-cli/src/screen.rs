//! What a person sees: lines on standard output, notes and progress on standard error, JSON where it was asked for.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Writes one line to standard output. A closed pipe ends the program quietly, as other tools do.
pub fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{}", text.as_ref()).is_err() {
        std::process::exit(0);
    }
}

/// Writes one JSON line to standard output.
pub fn json(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(text),
        Err(error) => note(format!("could not be written as JSON: {error}")),
    }
}

/// Writes a remark to standard error.
pub fn note(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.as_ref());
}

/// A progress bar on a terminal; nothing in a pipe.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that says `what` is going on.
    pub fn new(what: &str) -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{msg:28} {bar:32} {pos}/{len}") {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.set_message(what.to_owned());
        Self(bar)
    }

    /// Says what is going on now.
    pub fn say(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Moves to `step` of `steps`.
    pub fn at(&self, step: u32, steps: u32) {
        self.0.set_length(u64::from(steps));
        self.0.set_position(u64::from(step));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A size in bytes as a person reads it.
pub fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", of(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", of(1_000_000)),
        _ => format!("{:.1} GB", of(1_000_000_000)),
    }
}

/// A point in time as `2026-11-23 14:02` in UTC.
pub fn time(millis: i64) -> String {
    let (days, seconds) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000) / 1_000);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", seconds / 3_600, seconds / 60 % 60)
}

/// Days since 1970-01-01 as year, month, day (the proleptic Gregorian calendar; algorithm of Howard Hinnant, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_read_well() {
        assert_eq!(time(0), "1970-01-01 00:00 UTC");
        assert_eq!(time(1_709_210_096_000), "2024-02-29 12:34 UTC");
        assert_eq!(time(-1), "1969-12-31 23:59 UTC");
        assert_eq!(
            (size(999), size(1_500), size(2_340_000)),
            ("999 B".into(), "1.5 kB".into(), "2.3 MB".into())
        );
    }
}

//! How long each kind of data is kept: read from the one file that Privacy shows, exports carry and the sweeper enforces.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The file, as it is shipped.
pub const RETENTION: &str = include_str!("../../../../docs/retention.toml");

/// How long one kind of data is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct KeptFor {
    /// Its name in the file.
    #[serde(default)]
    pub class: String,
    /// What it is, in English.
    pub what: String,
    /// Days after [`KeptFor::from`]; absent where an event ends it.
    #[serde(default)]
    pub days: Option<u32>,
    /// From when the days count.
    #[serde(default)]
    pub from: Option<String>,
    /// What ends it, where days do not.
    #[serde(default)]
    pub until: Option<String>,
}

/// What is kept on this device, and for how long.
pub fn retention() -> &'static [KeptFor] {
    static DEVICE: LazyLock<Vec<KeptFor>> = LazyLock::new(|| {
        #[derive(Deserialize)]
        struct File {
            device: BTreeMap<String, KeptFor>,
        }
        let read: Result<File, _> = toml::from_str(RETENTION);
        // The file is compiled in, and a test reads it.
        let device = read.map(|file| file.device).unwrap_or_default();
        device.into_iter().map(|(class, kept)| KeptFor { class, ..kept }).collect()
    });
    &DEVICE
}

/// Milliseconds a kind is kept; `None` where an event ends it.
pub(crate) fn kept_ms(class: &str) -> Option<i64> {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let kept = retention().iter().find(|kept| kept.class == class)?;
    kept.days.map(|days| i64::from(days) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_ends_by_days_or_by_an_event() {
        assert!(retention().len() >= 8, "the file can be read");
        for kept in retention() {
            assert!(
                kept.days.is_some() == kept.from.is_some() && kept.days.is_none() == kept.until.is_some(),
                "{}",
                kept.class
            );
        }
        for class in ["connections", "decisions", "ended_drafts", "trash", "reports"] {
            assert!(kept_ms(class).is_some(), "{class}");
        }
    }
}

//! How long what is kept, read from the one table (`docs/retention.toml`) that is shown to people and that the sweeper keeps to.

use std::collections::BTreeMap;
use std::time::Duration;

use allxone_contract::{OperatorKind, Retention, UtcMillis};
use serde::Deserialize;

use crate::ServiceError;

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// The service's half of the table.
#[derive(Clone, Debug)]
pub(crate) struct RetentionTable {
    classes: BTreeMap<String, Class>,
    kind: OperatorKind,
    unused_upload: Duration,
}

#[derive(Deserialize)]
struct File {
    service: BTreeMap<String, Class>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) what: String,
    from: Option<String>,
    days: Option<u32>,
    until: Option<String>,
    #[serde(default)]
    pub(crate) outlives: bool,
}

impl RetentionTable {
    /// The table of a service of this kind, whose host lets go of unused uploads after `unused_upload`.
    pub(crate) fn of(kind: OperatorKind, unused_upload: Duration) -> Result<Self, ServiceError> {
        let file: File = toml::from_str(include_str!("../../../docs/retention.toml"))
            .map_err(|_| ServiceError::Record("retention.toml"))?;
        Ok(Self { classes: file.service, kind, unused_upload })
    }

    /// All classes, to be shown.
    pub(crate) fn shown(&self) -> Vec<Retention> {
        let shown = |(name, class): (&String, &Class)| Retention {
            class: name.clone(),
            what: class.what.clone(),
            days: self.days(name),
            from: class.from.clone(),
            until: class.until.clone(),
            outlives_account: class.outlives,
        };
        self.classes.iter().map(shown).collect()
    }

    /// One class.
    pub(crate) fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// What ends a class, in words.
    pub(crate) fn end_of(&self, name: &str) -> String {
        let class = self.classes.get(name);
        let days = self.days(name).map(|days| match class.and_then(|class| class.from.as_deref()) {
            Some(from) => format!("{days} days after {from}"),
            None => format!("{days} days"),
        });
        let event = class.and_then(|class| class.until.clone());
        days.into_iter().chain(event).collect::<Vec<_>>().join(", or until ")
    }

    /// After how many days a class goes by itself.
    pub(crate) fn days(&self, name: &str) -> Option<u32> {
        // On a person's own computer the library has to have taken the content first; nobody else is there who could read it.
        let waits_for_library = name == "content" && self.kind == OperatorKind::ThisComputer;
        self.classes.get(name).and_then(|class| class.days).filter(|_| !waits_for_library)
    }

    /// What is older than this of a class is overdue; `None` when time alone removes nothing of it.
    pub(crate) fn overdue_before(&self, name: &str, now: UtcMillis) -> Option<i64> {
        let kept = i64::from(self.days(name)?).saturating_mul(DAY);
        let kept = match name {
            "uploads" => kept.min(i64::try_from(self.unused_upload.as_millis()).unwrap_or(i64::MAX)),
            _ => kept,
        };
        Some(now.0.saturating_sub(kept))
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> Vec<&str> {
        self.classes.keys().map(String::as_str).collect()
    }
}

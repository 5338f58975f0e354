//! What is counted where a person allowed it: the whole list, and what becomes of it.
//!
//! Cut here because a counter has to be a word of the public list and nothing else: the names in the library are made of the contract's own
//! types and read back into them, so nothing can be counted that the schema does not know.

use std::collections::BTreeMap;
use std::time::Duration;

use allxone_contract::{
    ConsentId, Counter, ErrorCount, Operation, ProblemCode, System, UsageStatistics, Wait,
};
use allxone_library::Week;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ledger::word;
use crate::{Studio, StudioError};

/// Something that can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Something was done.
    Done(Counter),
    /// A picture took so long.
    Waited(Wait),
    /// An error was shown.
    Error(ProblemCode),
}

const WAITED: &str = "wait:";
const ERROR: &str = "error:";

impl Counted {
    /// Its name in the library.
    fn name(self) -> String {
        match self {
            Self::Done(counter) => word(&counter),
            Self::Waited(wait) => format!("{WAITED}{}", word(&wait)),
            Self::Error(code) => format!("{ERROR}{}", word(&code)),
        }
    }

    /// What a name in the library means; `None` for one this program does not count.
    fn read(name: &str) -> Option<Self> {
        if let Some(wait) = name.strip_prefix(WAITED) {
            return named(wait).map(Self::Waited);
        }
        match name.strip_prefix(ERROR) {
            Some(code) => named(code).filter(|code| *code != ProblemCode::Unknown).map(Self::Error),
            None => named(name).map(Self::Done),
        }
    }

    /// How long a picture took, in coarse steps.
    pub fn waited(time: Duration) -> Self {
        Self::Waited(match time.as_secs() {
            0 => Wait::UnderASecond,
            1..5 => Wait::ToFiveSeconds,
            5..30 => Wait::ToHalfAMinute,
            30..120 => Wait::ToTwoMinutes,
            _ => Wait::Longer,
        })
    }

    /// What was made.
    pub fn made(operation: Operation) -> Self {
        Self::Done(match operation {
            Operation::Generate => Counter::Generated,
            Operation::Edit => Counter::Edited,
            Operation::Stylise => Counter::Stylised,
            Operation::Upscale => Counter::Upscaled,
            Operation::CutOut => Counter::CutOut,
        })
    }

    /// The error that was shown, where the service or its contract has a name for it.
    pub fn error(error: &StudioError) -> Option<Self> {
        let code = match error {
            StudioError::Failed(problem) => problem.code,
            StudioError::Client(client) => client.problem()?.code,
            _ => return None,
        };
        (code != ProblemCode::Unknown).then_some(Self::Error(code))
    }
}

fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}

impl Studio {
    /// Counts something, if that is allowed. Nothing waits for it, and nothing fails because of it.
    pub fn count(&self, what: Counted) {
        let library = self.library().clone();
        self.inner.under_way.tasks.spawn_blocking(move || {
            if let Err(error) = library.count_one(&what.name()) {
                tracing::debug!(code = error.code(), "something could not be counted");
            }
        });
    }
}

/// The counters of a week as they are sent. What the schema does not know is left out.
pub(crate) fn statistics(week: Week, grant: ConsentId, installation: String) -> Option<UsageStatistics> {
    let os = match std::env::consts::OS {
        "linux" => System::Linux,
        "macos" => System::Macos,
        "windows" => System::Windows,
        _ => return None,
    };
    let (mut counters, mut waits, mut errors) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (name, n) in week.counters {
        let count = u32::try_from(n).unwrap_or(u32::MAX);
        match Counted::read(&name) {
            Some(Counted::Done(counter)) => drop(counters.insert(counter, count)),
            Some(Counted::Waited(wait)) => drop(waits.insert(wait, count)),
            Some(Counted::Error(code)) => errors.push(ErrorCount { code, count }),
            None => {}
        }
    }
    let app = env!("CARGO_PKG_VERSION").split(['-', '+']).next().unwrap_or_default().to_owned();
    let schema = UsageStatistics::SCHEMA;
    let statistics =
        UsageStatistics { schema, grant, installation, week: week.week, app, os, counters, waits, errors };
    statistics.is_plain().then_some(statistics)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_name_is_read_back_and_no_other_is() {
        let all = [
            Counted::Done(Counter::CutOut),
            Counted::Done(Counter::Searches),
            Counted::waited(Duration::from_millis(900)),
            Counted::waited(Duration::from_secs(200)),
            Counted::Error(ProblemCode::ContentBlocked),
        ];
        for one in all {
            assert_eq!(Counted::read(&one.name()), Some(one));
        }
        for strange in
            ["a lighthouse on a rock", "wait:", "wait:for me", "error:made_of_cheese", "error:unknown", ""]
        {
            assert_eq!(Counted::read(strange), None, "{strange}");
        }
    }

    #[test]
    fn what_is_sent_holds_what_was_counted_and_nothing_strange() {
        let counters = [("generated", 41), ("wait:longer", 2), ("error:busy", 1), ("my own words", 7)];
        let counters = counters.map(|(name, n)| (name.to_owned(), n)).to_vec();
        let week = Week { week: "2026-W18".to_owned(), counters };
        let sent = statistics(week, ConsentId::new(), "0f".repeat(16)).unwrap();
        assert_eq!(sent.counters.into_iter().collect::<Vec<_>>(), [(Counter::Generated, 41)]);
        assert_eq!(sent.waits.into_iter().collect::<Vec<_>>(), [(Wait::Longer, 2)]);
        assert_eq!(sent.errors, [ErrorCount { code: ProblemCode::Busy, count: 1 }]);
    }
}

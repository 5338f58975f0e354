//! What was measured, what it had to be, and whether it was.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::process::output;

/// Everything one run of the benchmark found.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    contestants: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Machine {
    processor: String,
    processors: usize,
    kernel: String,
    load_at_start: String,
    rustc: String,
}

/// One figure.
#[derive(Serialize)]
pub struct Row {
    part: &'static str,
    what: String,
    /// Median of so many runs.
    runs: usize,
    value: f64,
    unit: &'static str,
    /// What it is compared with, if with something.
    against: Option<Against>,
    bar: Option<Bar>,
}

#[derive(Serialize)]
struct Against {
    whom: &'static str,
    value: f64,
    runs: usize,
}

/// A bar and whether it was reached.
#[derive(Serialize)]
struct Bar {
    says: String,
    holds: bool,
}

impl Row {
    /// A figure in its own right.
    pub fn new(
        part: &'static str,
        what: impl Into<String>,
        unit: &'static str,
        value: f64,
        runs: usize,
    ) -> Self {
        Self { part, what: what.into(), runs, value, unit, against: None, bar: None }
    }

    /// Beside somebody else's figure for the same.
    pub fn against(mut self, whom: &'static str, value: f64, runs: usize) -> Self {
        self.against = Some(Against { whom, value, runs });
        self
    }

    /// The figure may be at most this.
    pub fn at_most(mut self, limit: f64) -> Self {
        self.bar = Some(Bar { says: format!("≤ {limit} {}", self.unit), holds: self.value <= limit });
        self
    }

    /// The figure must be at least this.
    pub fn at_least(mut self, limit: f64) -> Self {
        self.bar = Some(Bar { says: format!("≥ {limit} {}", self.unit), holds: self.value >= limit });
        self
    }

    /// The figure may be at most so many times the other's.
    pub fn at_most_times(mut self, limit: f64) -> Self {
        self.bar = self.ratio().map(|ratio| Bar { says: format!("≤ {limit} ×"), holds: ratio <= limit });
        self
    }

    /// The other's figure must be at least so many times this one.
    pub fn at_least_times_less(mut self, limit: f64) -> Self {
        let bar = |ratio: f64| Bar { says: format!("≥ {limit:.0} × less"), holds: ratio * limit <= 1.0 };
        self.bar = self.ratio().map(bar);
        self
    }

    /// The figure must be at least so many times the other's.
    pub fn at_least_times_more(mut self, limit: f64) -> Self {
        let bar = |ratio: f64| Bar { says: format!("≥ {limit:.0} × more"), holds: ratio >= limit };
        self.bar = self.ratio().map(bar);
        self
    }

    fn ratio(&self) -> Option<f64> {
        self.against.as_ref().map(|against| self.value / against.value)
    }
}

impl Report {
    /// Looks at the machine.
    pub fn new() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo")
            .lines()
            .find_map(|line| {
                line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name.to_owned())
            })
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        let machine = Machine {
            processor,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load_at_start: read("/proc/loadavg").split(' ').next().unwrap_or("?").to_owned(),
            rustc: output(Command::new("rustc").arg("--version")).unwrap_or_default().trim().to_owned(),
        };
        Self { machine, contestants: Vec::new(), rows: Vec::new() }
    }

    /// Names a contestant, once.
    pub fn contestant(&mut self, versions: &str) {
        if !self.contestants.iter().any(|known| known == versions) {
            self.contestants.push(versions.to_owned());
        }
    }

    /// Adds every figure that a program tells, one line of JSON each, as it comes.
    pub fn hear<Figure: DeserializeOwned>(
        &mut self,
        program: &mut Command,
        row: impl Fn(Figure) -> Row,
    ) -> Result<()> {
        let mut running = program
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{program:?} cannot be started"))?;
        let told = running.stdout.take().context("it does not talk")?;
        for line in BufReader::new(told).lines() {
            let line = line.context("it cannot be heard")?;
            let figure = serde_json::from_str(&line).with_context(|| format!("not a figure: {line}"))?;
            self.add(row(figure));
        }
        if !running.wait().context("it cannot be waited for")?.success() {
            bail!("it could not be measured; what went wrong is above");
        }
        Ok(())
    }

    /// Adds a figure.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Every bar was reached.
    pub fn holds(&self) -> bool {
        self.rows.iter().filter_map(|row| row.bar.as_ref()).all(|bar| bar.holds)
    }

    /// For programs.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("the report cannot be written as JSON")?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }

    /// For people.
    pub fn print(&self) {
        let Machine { processor, processors, kernel, load_at_start, rustc } = &self.machine;
        println!(
            "\n{processor}, {processors} processors, Linux {kernel}, load at start {load_at_start}, {rustc}"
        );
        for versions in &self.contestants {
            println!("  {versions}");
        }
        let header = ["", "AllXOne", "against", "ratio", "bar", ""].map(str::to_owned);
        let mut lines = vec![header];
        for row in &self.rows {
            let figure = |value: f64, runs: usize| {
                format!("{value:.*} {} ({runs})", if value < 10.0 { 2 } else { 1 }, row.unit)
            };
            let against = row.against.as_ref();
            lines.push([
                format!("{}: {}", row.part, row.what),
                figure(row.value, row.runs),
                against.map_or(String::new(), |it| format!("{} {}", it.whom, figure(it.value, it.runs))),
                row.ratio().map_or(String::new(), |ratio| format!("{ratio:.2}")),
                row.bar.as_ref().map_or(String::new(), |bar| bar.says.clone()),
                row.bar.as_ref().map_or("", |bar| if bar.holds { "pass" } else { "FAIL" }).to_owned(),
            ]);
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..6).map(width).collect();
        println!();
        for line in &lines {
            let cells: Vec<String> =
                line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            println!("{}", cells.join("  ").trim_end());
        }
        println!(
            "\nMedians of CPU time, of time on the clock for the screen, the accounts and the gateway; the number of runs stands in brackets."
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_holds_up_to_its_limit_and_not_beyond() {
        let row = |value| Row::new("part", "what", "ms", value, 1).against("peer", 10.0, 1);
        let holds = |row: Row| row.bar.map(|bar| bar.holds);
        assert_eq!(holds(row(11.0).at_most_times(1.1)), Some(true));
        assert_eq!(holds(row(11.1).at_most_times(1.1)), Some(false));
        assert_eq!(holds(row(2.0).at_least_times_less(5.0)), Some(true));
        assert_eq!(holds(row(2.1).at_least_times_less(5.0)), Some(false));
        assert_eq!(holds(row(50.0).at_least_times_more(5.0)), Some(true));
        assert_eq!(holds(row(49.0).at_least_times_more(5.0)), Some(false));
        assert_eq!(holds(row(7.0).at_most(7.0)), Some(true));
        assert_eq!(holds(row(7.1).at_most(7.0)), Some(false));
    }

    #[test]
    fn one_fallen_bar_fails_the_report() {
        let mut report = Report::new();
        report.add(Row::new("part", "no bar", "ms", 1.0, 1));
        report.add(Row::new("part", "good", "ms", 1.0, 1).at_most(1.0));
        assert!(report.holds());
        report.add(Row::new("part", "bad", "ms", 2.0, 1).at_most(1.0));
        assert!(!report.holds());
    }
}

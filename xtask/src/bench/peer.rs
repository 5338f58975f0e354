//! One contestant: a process that does a named step when told to, and the CPU time it took.
//!
//! The process reads a step's name a line and answers with a line of JSON, then waits. Its CPU time is read from the
//! kernel's scheduler, in nanoseconds and over all its threads, while it waits: a waiting thread's account is exact.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A running contestant.
pub struct Peer {
    /// What it calls itself: programs and versions.
    pub versions: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// One run of one step.
pub struct Sample {
    /// User and system time of the whole process, in milliseconds.
    pub cpu_ms: f64,
    /// What the contestant found, to see that everybody did the same work.
    pub answer: Value,
}

impl Peer {
    /// Starts a contestant and waits until it is ready.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("cannot start {}", crate::process::line(command)))?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("a contestant has no output")?;
        let mut peer = Self { versions: String::new(), child, input, output: BufReader::new(output) };
        let ready =
            peer.answer().with_context(|| format!("{} did not start", crate::process::line(command)))?;
        peer.versions = ready["ready"].as_str().unwrap_or("unknown").to_owned();
        Ok(peer)
    }

    /// Does a step once.
    pub fn run(&mut self, step: &str) -> Result<Sample> {
        let before = self.cpu_ns()?;
        let input = self.input.as_mut().context("a contestant was already told to stop")?;
        writeln!(input, "{step}").and_then(|()| input.flush()).context("a contestant stopped listening")?;
        let answer = self.answer().with_context(|| format!("step `{step}` failed"))?;
        Ok(Sample { cpu_ms: (self.cpu_ns()? - before) as f64 / 1e6, answer })
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("the contestant ended; what it said is above");
        }
        serde_json::from_str(&line)
            .with_context(|| format!("the contestant said something unexpected: {line}"))
    }

    /// The sum over its threads and those of the processes it started, once all of them wait.
    fn cpu_ns(&self) -> Result<u64> {
        let tasks = |id: &str| fs::read_dir(format!("/proc/{id}/task"));
        for _ in 0..20_000 {
            let mut total = 0;
            let mut all_wait = true;
            let mut found: Vec<_> = tasks(&self.child.id().to_string())
                .context("a contestant ended")?
                .filter_map(Result::ok)
                .collect();
            let mut looked_at = 0;
            while let Some(task) = found.get(looked_at) {
                let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
                let started = children.split_whitespace().filter_map(|id| tasks(id).ok()).flatten();
                let started: Vec<_> = started.filter_map(Result::ok).collect();
                found.extend(started);
                looked_at += 1;
            }
            for task in found {
                let read = |name| fs::read_to_string(task.path().join(name));
                let (Ok(state), Ok(account)) = (read("stat"), read("schedstat")) else { continue };
                // The state follows the program's name, which stands in brackets and may hold anything.
                all_wait &= state.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['S', 'I']));
                total += account.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
            }
            if all_wait {
                return Ok(total);
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        bail!("a contestant goes on working after its answer")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.input = None; // the end of its input is its sign to stop
        let _ = self.child.wait();
    }
}

/// What a contestant is asked for, and what it took each time.
pub struct Turn<'a> {
    peer: &'a mut Peer,
    step: &'a str,
    /// Milliseconds, one for each run.
    pub samples: Vec<f64>,
    /// The last answer.
    pub answer: Value,
}

impl<'a> Turn<'a> {
    /// A contestant and its step.
    pub fn new(peer: &'a mut Peer, step: &'a str) -> Self {
        Self { peer, step, samples: Vec::new(), answer: Value::Null }
    }

    /// The middle of the samples, in milliseconds.
    pub fn median(&self) -> f64 {
        median(&self.samples)
    }
}

/// Lets the contestants take turns: once to warm up, then `runs` times.
pub fn alternate(runs: usize, turns: &mut [Turn<'_>]) -> Result<()> {
    for round in 0..=runs {
        for turn in turns.iter_mut() {
            let sample = turn.peer.run(turn.step)?;
            if round > 0 {
                turn.samples.push(sample.cpu_ms);
            }
            turn.answer = sample.answer;
        }
    }
    Ok(())
}

/// The middle value; 0 for none.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[9.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 100.0]), 3.5);
    }
}

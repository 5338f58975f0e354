//! `cargo xtask eval-safety`: how often the gate is wrong, measured on harmless pictures that packages ship and on the prompts kept out of
//! training, and written down: `models/safety-card.json` for the window, `docs/SAFETY-CARD.md` for people.
//!
//! A command of its own and no test, because it fetches pictures and takes minutes. That what it wrote belongs to the rules and models that are
//! shipped is a test.

mod card;
mod measure;
mod packages;
mod rates;
mod reference;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::manifest::sha256_of;
use crate::process::{cargo, output, shown_ok};
use crate::repo;
use crate::setup::{self, Need};
use card::{Around, Card, Sets};
use measure::Answers;
use packages::Found;

const LIST: &str = "tests/fixtures/safety/pictures.txt";
const FIGURES: &str = "models/safety-card.json";
const WRITTEN: &str = "docs/SAFETY-CARD.md";
/// Every so many-th harmless picture is also looked at after changes.
const SAMPLE: usize = 62;

/// Measures and writes; with `--check` only measures; with `--reference` compares with nsfwjs itself. Fails when a bar falls.
pub fn eval(root: &Path, options: &[&str]) -> Result<ExitCode> {
    match options {
        [] => measure(root, Only::All, true),
        ["--check"] => measure(root, Only::All, false),
        ["--prompts"] => measure(root, Only::Prompts, true),
        ["--fetch"] => pictures(root).map(|_| ExitCode::SUCCESS),
        ["--reference"] => {
            setup::setup(root, Need::Bench)?;
            reference::compare(root, &build(root)?)
        }
        _ => bail!("`cargo xtask eval-safety` takes --check, --prompts, --fetch or --reference, or nothing"),
    }
}

/// How much is measured anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    All,
    /// Figures of pictures stay as they were, if their rules and networks are still the same.
    Prompts,
}

fn pictures(root: &Path) -> Result<Vec<Found>> {
    let list = root.join(LIST);
    let text = std::fs::read_to_string(&list).with_context(|| format!("cannot read {}", list.display()))?;
    packages::provide(root, &packages::read(&text)?)
}

fn measure(root: &Path, only: Only, write: bool) -> Result<ExitCode> {
    setup::setup(root, Need::Test)?;
    let rules = rules(root)?;
    let before = match only {
        Only::All => None,
        Only::Prompts => Some(pictures_of_before(root, &rules)?),
    };
    let pictures = if before.is_some() { Vec::new() } else { pictures(root)? };
    let program = build(root)?;
    let set = |name: &str| measure::prompts(&root.join("models/build/prompt-head/eval").join(name));
    let (families, hard) = (set("families.tsv")?, set("hard-cases.tsv")?);
    let (children, languages, later) = (set("children.tsv")?, set("languages.tsv")?, set("later.tsv")?);
    let sets =
        Sets { families: &families, hard: &hard, children: &children, languages: &languages, later: &later };
    let prompts = sets.all();
    let sample: Vec<&Found> = pictures.iter().step_by(SAMPLE).collect();
    let textures = if before.is_some() { Vec::new() } else { textures(root)? };
    repo::step(&format!("Asking about {} pictures and {} prompts", pictures.len(), prompts.len()));
    let answers = measure::ask(root, &program, &pictures, &sample, &textures, &prompts)?;

    let around = Around { measured: today()?, list: sha256_of(&root.join(LIST))?, rules };
    let card = card::card(&answers, &pictures, &sets, around, before)?;
    offenders(root, &answers, &pictures, &prompts)?;
    if write {
        put(&root.join(FIGURES), &format!("{}\n", serde_json::to_string_pretty(&card)?))?;
        put(&root.join(WRITTEN), &written::markdown(&card))?;
    }
    Ok(tell(&card))
}

/// The committed figures of pictures, if nothing they rest on has changed since; the networks are compared when the card is put together.
fn pictures_of_before(root: &Path, rules: &[(String, f64)]) -> Result<Card> {
    let path = root.join(FIGURES);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let card: Card = serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
    let of_pictures = |rules: &[(String, f64)]| -> Vec<(String, f64)> {
        rules.iter().filter(|(name, _)| name.starts_with("picture.")).cloned().collect()
    };
    if of_pictures(&card.rules) != of_pictures(rules) || card.list != sha256_of(&root.join(LIST))? {
        bail!(
            "the rules for pictures or their list changed; run `cargo xtask eval-safety` without --prompts"
        );
    }
    Ok(card)
}

fn build(root: &Path) -> Result<PathBuf> {
    repo::step("Building the measuring program");
    let mut build = cargo(root);
    shown_ok(build.args(["build", "--package", "allxone-safety", "--example", "eval-safety"]))?;
    Ok(repo::target(root).join("debug/examples/eval-safety"))
}

fn put(file: &Path, text: &str) -> Result<()> {
    repo::step(&format!("Writing {}", file.display()));
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// Textures that answer upright and in their own colours alone; the tests turn them back by their tags. Mirrored or grey they are no
/// longer what the networks answer to.
const DIRECTED: [&str; 2] = ["unsafe_porn_224.png", "borderline_sexy_256.png"];

/// The committed textures that the gate is meant to stop, whatever is done to them.
fn textures(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join("tests/fixtures/safety");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            (name.starts_with("unsafe_") || name.starts_with("borderline_"))
                && name.ends_with(".png")
                && !DIRECTED.contains(&&*name)
        })
        .collect();
    files.sort();
    Ok(files)
}

/// The numbers of the policy file.
fn rules(root: &Path) -> Result<Vec<(String, f64)>> {
    let path = root.join("models/policy/policy.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("{} is damaged", path.display()))?;
    let mut numbers = Vec::new();
    for section in ["picture", "prompt"] {
        collect(section, table.get(section), &mut numbers);
    }
    Ok(numbers)
}

fn collect(name: &str, value: Option<&toml::Value>, numbers: &mut Vec<(String, f64)>) {
    match value {
        Some(toml::Value::Integer(number)) => numbers.push((name.to_owned(), *number as f64)),
        Some(toml::Value::Float(number)) => numbers.push((name.to_owned(), *number)),
        Some(toml::Value::Table(table)) => {
            table.iter().for_each(|(key, value)| collect(&format!("{name}.{key}"), Some(value), numbers))
        }
        _ => {}
    }
}

/// The mistakes, for whoever wants to understand them: `target/safety-eval/mistakes.json`. Prompts stand in it; it is never committed.
fn offenders(root: &Path, answers: &Answers, pictures: &[Found], prompts: &[&measure::Prompt]) -> Result<()> {
    let wrong_pictures = pictures.iter().zip(&answers.pictures).filter(|(_, said)| said.stopped());
    let wrong_prompts =
        prompts.iter().zip(&answers.prompts).filter(|(prompt, said)| prompt.sexual != said.stopped());
    let all = json!({
        "pictures": wrong_pictures.map(|(picture, said)| json!({ "kind": picture.kind, "id": picture.hash, "file": picture.file, "finding": said.finding })).collect::<Vec<_>>(),
        "prompts": wrong_prompts.map(|(prompt, said)| json!({ "sexual": prompt.sexual, "language": prompt.language, "family": prompt.family, "text": prompt.text, "finding": said.finding })).collect::<Vec<_>>(),
    });
    put(&repo::target(root).join("safety-eval/mistakes.json"), &format!("{all:#}\n"))
}

fn tell(card: &Card) -> ExitCode {
    for bar in &card.bars {
        let sign = if bar.is == "most" { "≤" } else { "≥" };
        println!(
            "{} {}: {} ({sign} {})",
            if bar.holds { "ok  " } else { "MISS" },
            bar.bar,
            bar.measured,
            bar.wanted
        );
    }
    for language in card.languages.iter().filter(|language| language.weak) {
        println!("weak in {}: {} of {} found", language.language, language.found.hits, language.found.of);
    }
    if card.bars.iter().all(|bar| bar.holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn today() -> Result<String> {
    let date = output(std::process::Command::new("date").args(["-u", "+%Y-%m-%d"]))
        .context("the day is not known")?;
    Ok(date.trim().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CARD: &str = include_str!("../../models/safety-card.json");

    fn committed() -> Card {
        serde_json::from_str(CARD).unwrap()
    }

    #[test]
    fn the_written_card_is_made_of_the_committed_figures() {
        let written = include_str!("../../docs/SAFETY-CARD.md");
        assert!(
            written == written::markdown(&committed()),
            "run `cargo xtask eval-safety`; neither file is changed by hand"
        );
    }

    #[test]
    fn the_card_speaks_of_the_list_and_the_rules_that_are_committed() {
        let root = repo::root().unwrap();
        let card = committed();
        assert_eq!(
            card.list,
            sha256_of(&root.join(LIST)).unwrap(),
            "the list of pictures changed: measure again"
        );
        assert_eq!(card.rules, rules(&root).unwrap(), "the rules changed: measure again");
    }

    #[test]
    fn every_weak_language_is_called_so() {
        let card = committed();
        let written = written::markdown(&card);
        for one in &card.languages {
            assert_eq!(one.weak, one.found.share() < 0.8);
        }
        assert_eq!(
            written.matches("**weak in ").count(),
            card.languages.iter().filter(|one| one.weak).count()
        );
    }
}

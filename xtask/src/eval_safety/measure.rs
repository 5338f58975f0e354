//! Asks the gate and collects what it says.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::packages::Found;
use crate::repo;

/// One line of the prompt sets; `models/build/prompt-head/README.md` says what they hold.
pub struct Prompt {
    /// Whether it asks for sexual content.
    pub sexual: bool,
    pub language: String,
    pub family: String,
    pub text: String,
}

/// Reads a prompt set.
pub fn prompts(file: &Path) -> Result<Vec<Prompt>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text.lines().skip(1).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [label @ ("sexual" | "benign"), language, family, text] => Ok(Prompt {
                sexual: label == "sexual",
                language: language.to_owned(),
                family: family.to_owned(),
                text: text.to_owned(),
            }),
            _ => bail!("{} has a line that is not understood: {line}", file.display()),
        })
        .collect()
}

/// What the gate said of one thing.
#[derive(Clone, Debug)]
pub struct Said {
    /// `allow`, `review` or `block`; a picture that cannot be decoded counts as `block`.
    pub verdict: String,
    /// The highest of the prompt model's scores.
    pub prompt_score: f64,
    /// Everything, for the record of offenders.
    pub finding: Value,
}

impl Said {
    fn new(finding: &Value) -> Self {
        Self {
            verdict: finding["verdict"].as_str().unwrap_or("block").to_owned(),
            prompt_score: finding["scores"]["prompt"].as_f64().unwrap_or_default(),
            finding: finding.clone(),
        }
    }

    pub fn stopped(&self) -> bool {
        self.verdict != "allow"
    }

    pub fn blocked(&self) -> bool {
        self.verdict == "block"
    }
}

/// Everything the gate said.
pub struct Answers {
    /// Rules and models it judged by.
    pub versions: Value,
    /// In the order of the pictures.
    pub pictures: Vec<Said>,
    /// In the order of the prompts.
    pub prompts: Vec<Said>,
    /// Change of a picture, and what was said of each picture of the sample after it.
    pub changed_harmless: BTreeMap<String, Vec<Said>>,
    /// The same of the textures that the gate is meant to stop.
    pub changed_textures: BTreeMap<String, Vec<Said>>,
}

/// Asks about everything, with a process for each processor, telling how far it is.
pub fn ask(
    root: &Path,
    program: &Path,
    pictures: &[Found],
    sample: &[&Found],
    textures: &[PathBuf],
    prompts: &[&Prompt],
) -> Result<Answers> {
    let mut questions = Vec::new();
    questions.extend(
        prompts.iter().enumerate().map(|(n, prompt)| json!({ "id": ["prompt", n], "prompt": prompt.text })),
    );
    questions.extend(textures.iter().map(|file| json!({ "id": ["texture"], "changed": file })));
    questions.extend(
        pictures
            .iter()
            .enumerate()
            .map(|(n, picture)| json!({ "id": ["picture", n], "picture": picture.file })),
    );
    questions.extend(sample.iter().map(|picture| json!({ "id": ["sample"], "changed": picture.file })));

    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (send, received) = mpsc::channel();
    let mut work = Vec::new();
    for worker in 0..workers {
        let share: Vec<Value> = questions.iter().skip(worker).step_by(workers).cloned().collect();
        let (program, models, send) = (program.to_path_buf(), root.join("models"), send.clone());
        work.push(std::thread::spawn(move || converse(&program, &models, share, &send)));
    }
    drop(send);

    let mut versions = Value::Null;
    let mut said_of_pictures = BTreeMap::new();
    let mut said_of_prompts = BTreeMap::new();
    let (mut changed_harmless, mut changed_textures) =
        (BTreeMap::<String, Vec<Said>>::new(), BTreeMap::<String, Vec<Said>>::new());
    for answer in received {
        if !answer["versions"].is_null() {
            if !versions.is_null() && versions != answer["versions"] {
                bail!("the rules changed while they were measured");
            }
            versions = answer["versions"].clone();
            continue;
        }
        let said = Said::new(&answer["finding"]);
        let change = || answer["change"].as_str().unwrap_or_default().to_owned();
        let number = answer["id"][1].as_u64();
        match (answer["id"][0].as_str(), number) {
            (Some("prompt"), Some(number)) => drop(said_of_prompts.insert(number, said)),
            (Some("picture"), Some(number)) => {
                said_of_pictures.insert(number, said);
                if said_of_pictures.len() % 200 == 0 {
                    repo::step(&format!("{} of {} pictures", said_of_pictures.len(), pictures.len()));
                }
            }
            (Some("texture"), _) => changed_textures.entry(change()).or_default().push(said),
            (Some("sample"), _) => changed_harmless.entry(change()).or_default().push(said),
            _ => bail!("the measuring program answered what was not asked"),
        }
    }
    for worker in work {
        worker.join().ok().context("the questions could not be asked")??;
    }
    if said_of_pictures.len() != pictures.len() || said_of_prompts.len() != prompts.len() {
        bail!("the measuring program broke off");
    }
    let (pictures, prompts) =
        (said_of_pictures.into_values().collect(), said_of_prompts.into_values().collect());
    Ok(Answers { versions, pictures, prompts, changed_harmless, changed_textures })
}

/// Asks one process its share of the questions.
fn converse(
    program: &Path,
    models: &Path,
    questions: Vec<Value>,
    answers: &mpsc::Sender<Value>,
) -> Result<()> {
    let mut child = Command::new(program)
        .arg(models)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut input = child.stdin.take().context("the measuring program does not listen")?;
    let output = child.stdout.take().context("the measuring program does not answer")?;
    let writer =
        std::thread::spawn(move || questions.iter().try_for_each(|question| writeln!(input, "{question}")));
    for line in BufReader::new(output).lines() {
        let answer = serde_json::from_str(&line.context("the measuring program broke off")?)?;
        answers.send(answer).ok().context("nobody hears the answers")?;
    }
    writer
        .join()
        .ok()
        .context("the questions could not be asked")?
        .context("the measuring program stopped listening")?;
    if !child.wait()?.success() {
        bail!("the measuring program broke off");
    }
    Ok(())
}

/// Has the plain pixels of pictures written to files.
pub fn unpack(root: &Path, program: &Path, pictures: &[(PathBuf, PathBuf)]) -> Result<()> {
    let mut child = Command::new(program)
        .arg(root.join("models"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut input = child.stdin.take().context("the measuring program does not listen")?;
    for (picture, into) in pictures {
        writeln!(input, "{}", json!({ "id": 0, "raw": picture, "into": into }))
            .context("the measuring program broke off")?;
    }
    drop(input);
    if !child.wait()?.success() {
        bail!("the measuring program broke off");
    }
    Ok(())
}

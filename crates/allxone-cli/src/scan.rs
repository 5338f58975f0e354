//! `allxone scan`: the same check that guards the line, on files and prompts, without sending or keeping anything.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use allxone_app::studio::contract::{Category, Finding, Layer, Reason, Scores, Sha256, Verdict};
use allxone_app::studio::media::{Decoder, Limits};
use allxone_app::studio::safety::{Gate, SafetyError};
use allxone_app::studio::{Explained, Measure, Subject};
use cpu_time::ProcessTime;
use serde::Serialize;

use crate::args::{Place, Scan};
use crate::exit::{Exit, Failure};
use crate::{place, screen, usage};

/// The longest prompt that is looked at, in bytes.
const MAX_PROMPT_BYTES: u64 = 64 * 1024;

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    input: &'a str,
    verdict: Verdict,
    reasons: &'a [Reason],
    scores: Scores,
    cpu_ms: f64,
}

/// Checks what `args` name, in order.
pub async fn run(place: &Place, args: Scan) -> Result<(), Failure> {
    let gate = allxone_app::gate(&place::options(place))?;
    let decoder = allxone_app::decoder(Limits::default());
    tokio::task::spawn_blocking(move || scan(&gate, &decoder, &args)).await.map_err(|_| {
        Failure::new(
            Exit::FilterUnavailable,
            "filter_unavailable",
            "The safety check broke off; nothing was let through.",
        )
    })?
}

fn scan(gate: &Gate, decoder: &Decoder, args: &Scan) -> Result<(), Failure> {
    gate.ready().map_err(unavailable)?;
    let mut worst = Verdict::Allow;
    let mut tell = |input: &str,
                    subject: Subject,
                    (finding, content): (Finding, Option<Sha256>),
                    started: ProcessTime| {
        worst = worst.max(finding.verdict);
        if args.explain && args.json {
            screen::json(&Explained::new(gate, subject, finding, content)?);
            return Ok(());
        }
        let cpu_ms = (started.elapsed().as_secs_f64() * 1e4).round() / 10.0;
        if args.json {
            let Finding { verdict, reasons, scores } = &finding;
            screen::json(&Line { input, verdict: *verdict, reasons, scores: *scores, cpu_ms });
        } else {
            screen::line(format!("{:7} {input}", word(finding.verdict)));
            for reason in &finding.reasons {
                screen::line(format!("        {} ({})", reason.message, reason.part));
            }
        }
        if args.explain {
            explain(&Explained::new(gate, subject, finding, content)?);
        }
        Ok::<(), Failure>(())
    };
    for file in &args.files {
        let started = ProcessTime::now();
        let found = picture(gate, decoder, file)?;
        tell(&file.display().to_string(), Subject::Picture, found, started)?;
    }
    if let Some(prompt) = &args.prompt {
        let started = ProcessTime::now();
        tell(prompt, Subject::Prompt, (gate.check_prompt(prompt).map_err(unavailable)?, None), started)?;
    }
    if let Some(file) = &args.prompts_from {
        for prompt in prompts(file)? {
            let (prompt, started) = (prompt?, ProcessTime::now());
            tell(
                &prompt,
                Subject::Prompt,
                (gate.check_prompt(&prompt).map_err(unavailable)?, None),
                started,
            )?;
        }
    }
    match worst {
        Verdict::Allow => Ok(()),
        _ if args.json => Err(Failure::new(Exit::Stopped, "stopped", "")),
        _ => Err(Failure::new(Exit::Stopped, "stopped", "Not everything passed.")),
    }
}

/// Checks one file. What cannot be read cannot be judged, so it is blocked with the reason.
fn picture(gate: &Gate, decoder: &Decoder, file: &Path) -> Result<(Finding, Option<Sha256>), Failure> {
    let limits = decoder.limits();
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(file)?.take(limits.max_bytes + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = match read() {
        Ok(bytes) => bytes,
        Err(error) => return Ok((unjudgeable(format!("The file cannot be read: {error}.")), None)),
    };
    match tokio::runtime::Handle::current().block_on(decoder.received(bytes.into())) {
        Ok(picture) => {
            let finding = gate.check_picture(&picture).map_err(unavailable)?;
            Ok((finding, Some(Sha256::from(*picture.sha256()))))
        }
        Err(error) => Ok((unjudgeable(error.to_string()), None)),
    }
}

/// The figures behind a verdict, as lines below it.
fn explain(explained: &Explained) {
    for figure in &explained.figures {
        let name = match figure.measure {
            Measure::Prompt => "prompt model",
            Measure::Explicit => "first picture model, explicit",
            Measure::Suggestive => "first picture model, suggestive",
            Measure::Second => "second picture model",
        };
        let blocks = figure.blocks_from.map(|from| format!(", blocked from {from:.2}")).unwrap_or_default();
        screen::line(format!(
            "        {name}: {:.3} (asked about from {:.2}{blocks})",
            figure.score, figure.asks_from
        ));
    }
    if let Some(content) = &explained.content {
        screen::line(format!("        content {content}"));
    }
    screen::line(format!("        rules   {}", explained.versions.policy));
}

fn unjudgeable(message: String) -> Finding {
    let reason = Reason {
        layer: Layer::Rule,
        category: Category::Unjudgeable,
        part: "picture".to_owned(),
        message,
        span: None,
    };
    Finding { verdict: Verdict::Block, reasons: vec![reason], scores: Scores::default() }
}

fn prompts(file: &Path) -> Result<impl Iterator<Item = Result<String, Failure>> + use<>, Failure> {
    let input: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(
            File::open(file)
                .map_err(|error| usage(format!("{} cannot be read: {error}.", file.display())))?,
        )
    };
    let mut input = BufReader::new(input);
    Ok(std::iter::from_fn(move || {
        let mut text = Vec::new();
        match input.by_ref().take(MAX_PROMPT_BYTES).read_until(b'\n', &mut text) {
            Ok(0) => None,
            Ok(_) => Some(Ok(String::from_utf8_lossy(&text).trim_end_matches(['\r', '\n']).to_owned())),
            Err(error) => Some(Err(error.into())),
        }
    }))
}

fn unavailable(error: SafetyError) -> Failure {
    Failure::from(allxone_studio::StudioError::from(error))
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Review => "review",
        Verdict::Block => "block",
    }
}

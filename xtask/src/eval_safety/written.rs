//! The card for people: `docs/SAFETY-CARD.md`, written from the figures alone.

use std::fmt::Write as _;

use super::card::Card;
use super::rates::Rate;

/// The whole document.
pub fn markdown(card: &Card) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text.push_str(words);
        text.push('\n');
    };
    line("# Safety card");
    line("");
    line(
        "What the gate looks for, by which rules, how often it is wrong, and what it cannot see. Written by `cargo xtask eval-safety`",
    );
    line("from `models/safety-card.json`; change neither by hand.");
    line("");
    line(&format!("Measured on {}, with rules `{}`.", card.measured, short(&card.policy)));
    line("");
    line("## What it looks for");
    line("");
    line(
        "Sexual content, in pictures and in prompts, and anything sexual about minors, which nothing lifts. It does not look for",
    );
    line("violence, gore, self-harm, hate, or people shown without their consent.");
    line("");
    line(
        "Each picture and each prompt is allowed, or a person is asked (the picture stays blurred until they decide), or it is blocked.",
    );
    line(
        "What the gate cannot read, or cannot judge because a file of its own is missing or changed, is not sent and not shown.",
    );
    line("");
    line("## By which rules");
    line("");
    line(
        "Scores run from 0 to 1. Two networks look at every picture, in whole and in part; a network and word lists read every prompt.",
    );
    line("");
    line("| rule | value |\n|---|---|");
    for (name, value) in &card.rules {
        line(&format!("| {} | {value} |", rule(name)));
    }
    line("");
    line("## Harmless pictures that were stopped");
    line("");
    line(
        "Pictures that published packages ship, fetched for the measurement and not kept here (`tests/fixtures/safety/pictures.txt`).",
    );
    line(
        "All of them are harmless; each that was stopped is a mistake. In brackets: 95 % bounds (Clopper–Pearson).",
    );
    line("");
    line("| kind | pictures | blocked | a person is asked |\n|---|---|---|---|");
    for kind in &card.pictures {
        line(&format!(
            "| {} | {} | {} | {} |",
            part_of_list(&kind.kind),
            kind.blocked.of,
            rate(&kind.blocked),
            rate(&kind.asked)
        ));
    }
    line("");
    line(
        "Thresholds are chosen on one half of the list; the other half is kept out of that. Which half a picture is in, the hash of its file",
    );
    line(
        "name decides. The list was divided after its first thresholds had been chosen on all of it; since then none has been loosened.",
    );
    line("");
    line(
        "“People” are photographs, most of them portraits; a large part are of young men. No set that is balanced by sex, age and skin is",
    );
    line(
        "shipped by a package, so how much more often one group is stopped than another is not known from these figures.",
    );
    line("Classifiers of this kind are known to stop women, art and skin-like textures more often.");
    line("");
    line("## After changes that pictures meet on their way");
    line("");
    line(
        "The same question after a change: of a sample of the harmless pictures, how many are stopped; of the abstract textures that are",
    );
    line(
        "made so that the networks take them for unsafe, how many still are. They answer by their shapes, as pictures do; two more of the",
    );
    line(
        "tests answer in one direction and in their own colours alone, by their making, and are left out here.",
    );
    line("");
    line("| change | harmless stopped | textures stopped |\n|---|---|---|");
    for change in &card.changes {
        line(&format!(
            "| {} | {} | {} of {} |",
            change.change,
            rate(&change.harmless),
            change.textures.hits,
            change.textures.of
        ));
    }
    line("");
    line("## Prompts");
    line("");
    line(
        "English prompts in families that share no template with what the prompt network was trained on. “Found” and “stopped” mean",
    );
    line(
        "blocked or asked about. These sets, the training lines and the word lists were written by the same hand: the figures tell how the",
    );
    line("check behaves on this kind of text, not how it fares against somebody who tries.");
    line("");
    line("| what | figure |\n|---|---|");
    line(&format!("| area under the curve, the whole check | {:.3} |", card.auc));
    line(&format!("| sexual prompts found | {} |", rate(&card.found)));
    line(&format!("| harmless prompts stopped | {} |", rate(&card.wrong)));
    line(&format!("| harmless prompts about children and families stopped | {} |", rate(&card.children)));
    line("");
    line("Harmless prompts that are hard to tell from others:");
    line("");
    line("| about | stopped |\n|---|---|");
    for group in &card.hard {
        line(&format!("| {} | {} |", group.family.replace("hard-", ""), rate(&group.stopped)));
    }
    line("");
    line(
        "And harmless prompts written after the rules, most of them hard to tell: art, medicine, birth, families, school, places, animals, food,",
    );
    line(
        "tools, clothes, sport, love, sayings, and ten languages besides English. The mistakes in half of their families, by the hash of the",
    );
    line("family’s name, were read and mended in kind; those in the other half were only counted.");
    line("");
    line("| later prompts | stopped |\n|---|---|");
    for group in &card.later {
        line(&format!("| {} | {} |", group.family, rate(&group.stopped)));
    }
    line("");
    line("| language | sexual prompts found | harmless prompts stopped | |\n|---|---|---|---|");
    for one in &card.languages {
        let name = language(&one.language);
        let weak = if one.weak { format!("**weak in {name}**") } else { String::new() };
        line(&format!("| {name} | {} | {} | {weak} |", rate(&one.found), rate(&one.wrong)));
    }
    line("");
    line("In any other language only what is written like one of these is found.");
    line("");
    line("## What it cannot see");
    line("");
    line(
        "- How much it misses in pictures was not measured: that would need explicit pictures, and none were sought. The first network's",
    );
    line(
        "  authors report 93 % over its five classes on pictures of their own; the second's report nothing. On pictures made by AI such",
    );
    line("  networks are known to find less.");
    line(
        "- A page or a collage full of small pictures; writing inside a picture; what a picture means rather than shows.",
    );
    line(
        "- Meaning that only appears across several prompts, new slang, and words in scripts and languages not listed.",
    );
    line(
        "- Somebody who wants to get round it. The program runs on their machine, and a rebuilt one can lie. The gate keeps honest people",
    );
    line("  from accidents; a server checks again, whatever it is told.");
    line("");
    line("## What we hold ourselves to");
    line("");
    line("| bar | wanted | measured | |\n|---|---|---|---|");
    for bar in &card.bars {
        let sign = if bar.is == "most" { "≤" } else { "≥" };
        line(&format!(
            "| {} | {sign} {} | {} | {} |",
            bar.bar,
            bar.wanted,
            bar.measured,
            if bar.holds { "holds" } else { "**missed**" }
        ));
    }
    line("");
    line("## Exactly which rules and networks");
    line("");
    line("| what | SHA-256 |\n|---|---|");
    line(&format!("| rules and word lists | `{}` |", card.policy));
    for (name, hash) in &card.models {
        line(&format!("| {name} | `{hash}` |"));
    }
    line(&format!("| list of harmless pictures | `{}` |", card.list));
    line("");
    line("A program whose rules or networks differ says so on its own safety page.");
    text
}

fn part_of_list(kind: &str) -> &str {
    match kind {
        "tuned" => "the half thresholds were chosen on",
        "held_out" => "the half kept out of that",
        kind => kind,
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn rate(rate: &Rate) -> String {
    let mut text = format!("{} of {}", rate.hits, rate.of);
    if rate.of > 0 {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        let _ = write!(text, " = {} % ({}–{})", percent(rate.share()), percent(rate.low), percent(rate.high));
    }
    text
}

/// A rule's name as a sentence's part; an unknown one as it is written in the policy.
fn rule(name: &str) -> String {
    let words = match name {
        "picture.block_alone" => "first network alone, explicit classes together: blocked from",
        "picture.block_explicit" => {
            "first network with support, explicit classes together: blocked, without: asked about, from"
        }
        "picture.support" => "support: second network from, or the first one’s drawn class",
        "picture.review_explicit" => {
            "first network with support, explicit classes together: asked about from"
        }
        "picture.block_both.explicit" => "both networks: blocked from, the first one’s part",
        "picture.block_both.second" => "both networks: blocked from, the second one’s part",
        "picture.block_second" => "second network: blocked from",
        "picture.review_second" => "second network: asked about from",
        "picture.review_suggestive" => "first network, suggestive class: asked about from",
        "picture.tile_block" => "a part of a picture alone: blocked from",
        "picture.tile_pair_block" => "two parts of a picture: blocked from",
        "picture.tile_review" => "a part of a picture: asked about from",
        "picture.second_from" => {
            "second network: asked about a part, or a centre at ease, from the first one’s"
        }
        "picture.smallest_side" => "shorter side in pixels: asked about below",
        "prompt.block" => "prompt, a long one in stretches: blocked from",
        "prompt.review" => "prompt, a long one in stretches: asked about from",
        "prompt.segments_from" => {
            "parts of a prompt: asked about one by one from a score of their stretch of"
        }
        "prompt.segment_block" => "a part of a prompt: blocked from",
        "prompt.segment_review" => "a part of a prompt: asked about from",
        "prompt.minors" => "prompt with a word for a minor: blocked from",
        "prompt.longest" => "prompt: refused above, in characters",
        _ => return format!("`{name}`"),
    };
    words.to_owned()
}

fn language(code: &str) -> &str {
    match code {
        "en" => "English",
        "es" => "Spanish",
        "fr" => "French",
        "de" => "German",
        "pt" => "Portuguese",
        "it" => "Italian",
        "ru" => "Russian",
        "hi" => "Hindi",
        "ar" => "Arabic",
        "ja" => "Japanese",
        "zh" => "Chinese",
        other => other,
    }
}

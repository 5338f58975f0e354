//! The rules over placeholder words: they are about classes of terms, not about these.
#![allow(clippy::unwrap_used, clippy::panic)]

use allxone_contract::Operation;

use super::*;

/// Placeholder words: the rule is about classes of terms, not about these.
const LIST: &str = r#"
    language = "test"
    negators = ["no"]
    fillers = ["any"]
    softer = ["museum"]
    [[entry]]
    category = "sexual"
    severity = "mild"
    words = ["zmild"]
    [[entry]]
    category = "sexual"
    severity = "block"
    words = ["zblock"]
    [[entry]]
    category = "minor"
    severity = "mild"
    words = ["zyoung", "zvery young"]
    [[entry]]
    category = "minor"
    severity = "block"
    words = ["zabsolute"]
    [[exception]]
    terms = ["zmild"]
    after = ["recipe"]
"#;

/// A model that scores every text the same.
fn request(score: f32, request: &JobRequest) -> Finding {
    let policy = Policy::with_lists(&[LIST]);
    let head = PromptHead::constant(score);
    let encode = |texts: &[&str]| {
        Ok(texts
            .iter()
            .map(|_| Arc::new(Encoded { embedding: [0.0; 384], tokens: 3, truncated: false }))
            .collect())
    };
    judge_request(&Judge { policy: &policy, head: &head, encode: &encode, count: &|_| Ok(3) }, request)
        .unwrap()
}

fn prompt(score: f32, text: &str) -> Finding {
    request(
        score,
        &JobRequest { prompt: text.to_owned(), ..JobRequest::new(Operation::Generate, "local/scene".into()) },
    )
}

fn about_minors(finding: &Finding) -> bool {
    finding.verdict == Verdict::Block && finding.reasons.iter().any(|r| r.category == Category::Minors)
}

#[test]
fn a_minor_term_with_any_sexual_term_or_a_suspicious_score_is_blocked() {
    for text in [
        "a zyoung zmild",
        "zvery young, zmild",
        "zmild, far away, a z.y.o.u.n.g",
        "zyoung in a zmild museum",
        "ＺＹＯＵＮＧ zm1ld",
        "12 year old zmild",
    ] {
        assert!(about_minors(&prompt(0.01, text)), "{text}");
    }
    assert!(about_minors(&prompt(0.31, "a zyoung fox")));
    assert!(about_minors(&prompt(0.9, "a zyoung fox")));
}

#[test]
fn apart_they_are_judged_as_ever() {
    assert_eq!(prompt(0.29, "a zyoung fox").verdict, Verdict::Allow);
    assert_eq!(prompt(0.01, "zmild").verdict, Verdict::Allow);
    assert_eq!(prompt(0.01, "zyoung zmild recipe").verdict, Verdict::Allow, "the term means something else");
    assert!(!about_minors(&prompt(0.9, "a fox")));
}

#[test]
fn no_negation_and_no_softer_word_excuses_the_two_together() {
    for text in [
        "zyoung, no zmild",
        "no zblock, a zyoung",
        "zyoung, without any zblock or zmild",
        "zyoung, zblock, museum",
    ] {
        assert!(about_minors(&prompt(0.01, text)), "{text}");
    }
    assert_eq!(prompt(0.01, "no zblock, a fox").verdict, Verdict::Allow);
}

#[test]
fn words_split_between_prompt_and_style_are_put_together() {
    let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
    for (end, start) in [("a fox zbl", "ock at dawn"), ("a zvery", "young zmild"), ("z.b.l.", "o.c.k")] {
        r.prompt = end.into();
        r.style = Some(start.into());
        let finding = request(0.01, &r);
        assert_eq!(finding.verdict, Verdict::Block, "{end} {start}");
        assert_eq!(finding.reasons.first().unwrap().span, None);
    }
}

#[test]
fn keeping_adults_out_of_something_sexual_asks_for_somebody_younger() {
    let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
    r.prompt = "zmild".into();
    for negative in ["adult", "blurry, (grown up:1.3)", "mature, lowres", "大人", "взрослые"] {
        r.negative_prompt = Some(negative.into());
        assert!(about_minors(&request(0.01, &r)), "{negative}");
    }
    r.negative_prompt = Some("mature trees, blurry".into());
    assert_eq!(request(0.01, &r).verdict, Verdict::Allow);
    r.prompt = "a fox".into();
    r.negative_prompt = Some("adult, mature".into());
    assert_eq!(request(0.01, &r).verdict, Verdict::Allow, "nothing sexual is asked for");
}

#[test]
fn a_reason_names_the_place_and_nothing_more() {
    let marked = |text: &str| {
        let finding = prompt(0.01, text);
        let span = finding.reasons.first().unwrap().span.unwrap();
        text.get(span.start as usize..span.end as usize).unwrap().to_owned()
    };
    assert_eq!(marked("a red fox, soft light and zblock there, 8k"), "zblock");
    assert_eq!(marked("ein schöner Fuchs, ＺＢＬＯＣＫ am Meer"), "ＺＢＬＯＣＫ");
    assert_eq!(marked("a fox, z b l o c k, 8k"), "z b l o c k");
    assert_eq!(marked("a zmild fox with a zyoung friend"), "zyoung");
    let finding = prompt(0.99, "a red fox, soft light");
    let segment = finding.reasons.iter().find(|r| r.part == "prompt segment 2").unwrap();
    assert_eq!(segment.span.map(|s| (s.start, s.end)), Some((11, 21)));
}

#[test]
fn a_whole_text_in_a_cipher_is_solved_when_it_falls_into_pieces() {
    // An encoder that takes words with z for whole words and everything else for letters.
    let policy = Policy::with_lists(&[LIST]);
    let head = PromptHead::constant(0.01);
    let tokens = |text: &str| text.split(' ').map(|w| if w.contains('z') { 1 } else { w.len() }).sum();
    let encode = |texts: &[&str]| {
        let encoded =
            |text: &&str| Arc::new(Encoded { embedding: [0.0; 384], tokens: tokens(text), truncated: false });
        Ok(texts.iter().map(encoded).collect())
    };
    let count = |text: &str| Ok(tokens(text));
    let judge = Judge { policy: &policy, head: &head, encode: &encode, count: &count };
    let verdict = |text: &str| judge_text(&judge, text).unwrap().verdict;
    assert_eq!(verdict("kcolbz zyx zww"), Verdict::Block);
    assert_eq!(verdict("mopyx moxyz"), Verdict::Allow);
}

#[test]
fn the_fields_of_a_request_are_read_together() {
    let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
    r.prompt = "a zyoung".into();
    r.style = Some("zmild".into());
    assert!(about_minors(&request(0.01, &r)));
    r.style = None;
    r.negative_prompt = Some("blurry, clothes".into());
    assert!(about_minors(&request(0.01, &r)));
    r.negative_prompt = Some("blurry, zmild, zblock".into());
    assert_eq!(request(0.01, &r).verdict, Verdict::Allow, "a negative prompt may name what it keeps out");
    r.prompt = "a fox".into();
    r.model = "partner/zblock".into();
    assert_eq!(request(0.01, &r).verdict, Verdict::Block);
}

#[test]
fn an_absolute_term_is_blocked_in_every_field() {
    for field in 0..4 {
        let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
        match field {
            0 => r.prompt = "a fox, no zabsolute".into(),
            1 => r.negative_prompt = Some("zabsolute".into()),
            2 => r.style = Some("zabsolute".into()),
            _ => r.model = "x/zabsolute".into(),
        }
        assert!(about_minors(&request(0.0, &r)), "{field}");
    }
}

#[test]
fn the_negative_prompt_is_never_scored() {
    let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
    r.negative_prompt = Some("anything at all".into());
    let finding = request(0.99, &r);
    assert_eq!((finding.verdict, finding.scores.prompt), (Verdict::Allow, None));
}

#[test]
fn scores_become_verdicts_at_the_thresholds() {
    let verdict = |score| prompt(score, "a fox").verdict;
    assert_eq!(
        [verdict(0.49), verdict(0.51), verdict(0.81)],
        [Verdict::Allow, Verdict::Review, Verdict::Block]
    );
}

#[test]
fn a_text_too_long_to_check_is_refused_unread() {
    let finding = prompt(0.0, &"ab ".repeat(1400));
    assert_eq!(finding.verdict, Verdict::Block);
    assert_eq!(finding.reasons.first().unwrap().category, Category::Unjudgeable);
}

#[test]
fn no_reason_repeats_the_words_it_is_about() {
    let finding = prompt(0.9, "zblock zmild zyoung zabsolute");
    assert!(finding.reasons.len() >= 3);
    let words = ["zblock", "zmild", "zyoung", "zabsolute"];
    assert!(
        finding.reasons.iter().all(|r| words.iter().all(|w| !r.message.contains(w) && !r.part.contains(w)))
    );
}

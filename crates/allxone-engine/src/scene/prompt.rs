//! Reads a prompt: which things are named, how many, in which colour and size, how they stand to one another, and where
//! and when. Exact names come first; meaning (sentence embeddings) helps only with words nothing else explains, and only
//! when it is sure. What remains is listed, never guessed.

use super::guess::{assumed, cold};
use super::index::{Form, Index, Kind, Stance};
use super::places::{Effect, Gathered, effect};
use super::setting::{Place, Setting};
use super::sprite::Paint;
use super::words::{self, Word};
use serde::Serialize;

/// How one thing stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Relation {
    On,
    In,
    Holding,
    Under,
    Beside,
    InFront,
    Behind,
    Above,
}

impl Relation {
    /// The first thing rests on, in or at the second and moves with it.
    pub fn carries(self) -> bool {
        matches!(self, Relation::On | Relation::In | Relation::Holding)
    }
}

/// "`thing` is … `other`", by their numbers in [`Brief::things`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// The one that is placed.
    pub thing: usize,
    /// The one it is placed by.
    pub other: usize,
    /// How.
    pub relation: Relation,
}

/// One named thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// Number of its drawing in the index.
    pub drawing: usize,
    /// The words that named it.
    pub words: String,
    /// How many are drawn.
    pub count: u32,
    /// Size word: 1 is normal.
    pub scale: f32,
    /// Colour word.
    pub paint: Option<Paint>,
    /// The count was said, not assumed.
    pub counted: bool,
}

/// A prompt, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// Things, in the order named, each drawing once.
    pub things: Vec<Thing>,
    /// Relations between them.
    pub ties: Vec<Tie>,
    /// Where and when.
    pub setting: Setting,
    /// The words that made the setting.
    pub setting_words: Vec<String>,
    /// Words that could not be drawn.
    pub unknown: Vec<String>,
}

/// Most of one thing, and most things in all, that a picture can hold.
pub const MAX_OF_ONE: u32 = 12;
/// Most instances of things in one picture.
pub const MAX_IN_ALL: u32 = 24;

/// Finds the drawing that means nearly the same as an unexplained word, if one surely does.
pub type Meaning<'a> = dyn FnMut(&str) -> Option<usize> + 'a;

/// Colour words and their targets.
fn colour(word: &str) -> Option<Paint> {
    Some(match word {
        "red" | "scarlet" | "crimson" => Paint::Hue(0xe5323f),
        "orange" => Paint::Hue(0xff8a1f),
        "yellow" => Paint::Hue(0xffd02e),
        "golden" | "gold" => Paint::Hue(0xf5b82e),
        "green" | "emerald" => Paint::Hue(0x3fae4a),
        "turquoise" | "teal" | "cyan" => Paint::Hue(0x1fb8b0),
        "blue" => Paint::Hue(0x2f7fe6),
        "purple" | "violet" | "lavender-coloured" => Paint::Hue(0x8c4fd9),
        "pink" | "magenta" => Paint::Hue(0xf56fb0),
        "brown" => Paint::Hue(0x8a5a3a),
        "white" => Paint::Grey(1.0),
        "black" => Paint::Grey(-1.0),
        "grey" | "gray" | "silver" => Paint::Grey(0.0),
        _ => return None,
    })
}

fn size(word: &str) -> Option<f32> {
    Some(match word {
        "giant" | "gigantic" | "huge" | "enormous" | "massive" => 1.7,
        "big" | "large" | "tall" | "great" => 1.32,
        "small" | "little" | "short" => 0.72,
        "tiny" | "miniature" | "mini" => 0.52,
        _ => return None,
    })
}

fn relation(words: &[Word], at: usize) -> Option<(Link, usize)> {
    let text = |k: usize| words.get(at + k).map_or("", |w| w.text.as_str());
    use Relation as R;
    let forward = |r| Link { relation: r, reversed: false };
    Some(match (text(0), text(1), text(2)) {
        ("on", "top", "of") | ("in", "top", "of") => (forward(R::On), 3),
        ("in", "front", "of") => (forward(R::InFront), 3),
        ("next", "to", _) => (forward(R::Beside), 2),
        ("close", "to", _) => (forward(R::Beside), 2),
        ("flying", "over", _) | ("flies", "over", _) | ("floating", "over", _) => (forward(R::Above), 2),
        ("on" | "upon" | "atop" | "onto" | "riding" | "rides", ..) => (forward(R::On), 1),
        ("in" | "inside" | "into", ..) => (forward(R::In), 1),
        ("under" | "beneath" | "underneath" | "below", ..) => (forward(R::Under), 1),
        ("beside" | "near" | "by" | "alongside", ..) => (forward(R::Beside), 1),
        ("behind", ..) => (forward(R::Behind), 1),
        ("above" | "over", ..) => (forward(R::Above), 1),
        ("holding" | "holds" | "carrying" | "carries" | "playing" | "plays", ..) => {
            (Link { relation: R::Holding, reversed: true }, 1)
        }
        ("wearing" | "wears", ..) => (Link { relation: R::On, reversed: true }, 1),
        _ => return None,
    })
}

#[derive(Clone, Copy)]
struct Link {
    relation: Relation,
    /// The second thing is placed by the first ("a fox holding a balloon").
    reversed: bool,
}

#[derive(Default)]
struct Pending {
    count: Option<u32>,
    scale: Option<f32>,
    paint: Option<(Paint, String)>,
    link: Option<Link>,
    negated: bool,
}

/// What a phrase at a place in the prompt is.
enum Found {
    Drawing { number: usize, plural: bool },
    Setting(Effect),
}

/// Reads a prompt against an index.
pub fn read(prompt: &str, index: &Index, meaning: &mut Meaning) -> Brief {
    let words = words::split(prompt);
    let mut things: Vec<Thing> = Vec::new();
    let mut ties: Vec<Tie> = Vec::new();
    let mut gathered = Gathered::default();
    let mut setting_words = Vec::new();
    let mut unknown: Vec<String> = Vec::new();
    let mut pending = Pending::default();
    let mut previous: Option<usize> = None;
    // Where the last named thing ended, to tell "an owl watches" from "an owl and watches".
    let mut named_until = usize::MAX;
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        if word.after_break {
            stray_colour(&mut pending, &mut things, index);
            pending = Pending::default();
        }
        if let Some(used) = undrawable(&words, at) {
            unknown.push(join(&words[at..at + used]));
            pending = Pending::default();
            at += used;
            continue;
        }
        if let Some((found, used)) = longest(&words, at, index) {
            let phrase = join(&words[at..at + used]);
            let owner = words[at + used - 1].possessive && at + used < words.len();
            if matches!(found, Found::Drawing { .. }) && owner
                || is_verb(&found, &words, at, named_until, &pending)
            {
                at += used;
                continue;
            }
            match found {
                Found::Setting(effect) if !pending.negated => {
                    gathered.push(effect);
                    setting_words.push(phrase);
                    // "on the beach", "in a forest": the place itself, not a thing to stand on.
                    pending = Pending::default();
                }
                Found::Setting(_) => pending = Pending::default(),
                Found::Drawing { number, plural } => {
                    if !pending.negated {
                        let bare = if plural || words::same_for_many(&phrase) && pending.count.is_some() {
                            3
                        } else {
                            1
                        };
                        let thing = Thing {
                            drawing: number,
                            words: phrase,
                            count: pending.count.unwrap_or(bare).clamp(1, MAX_OF_ONE),
                            scale: pending.scale.unwrap_or(1.0),
                            paint: pending.paint.take().map(|p| p.0),
                            counted: pending.count.is_some(),
                        };
                        let here = add(&mut things, thing);
                        if let (Some(link), Some(before)) = (pending.link, previous) {
                            let tie = if link.reversed {
                                Tie { thing: here, other: before, relation: link.relation }
                            } else {
                                Tie { thing: before, other: here, relation: link.relation }
                            };
                            if tie.thing != tie.other
                                && !ties.iter().any(|t| {
                                    t.thing == tie.thing || (t.thing, t.other) == (tie.other, tie.thing)
                                })
                            {
                                ties.push(sensible(tie, &things, index));
                            }
                        }
                        previous = Some(here);
                        named_until = at + used;
                    }
                    pending = Pending::default();
                }
            }
            at += used;
            continue;
        }
        if let Some((link, used)) = relation(&words, at) {
            stray_colour(&mut pending, &mut things, index);
            pending = Pending { link: Some(link), ..Pending::default() };
            at += used;
            continue;
        }
        if at == named_until && !word.after_break && word.text.ends_with('s') && !words::silent(&word.text) {
            at += 1;
            continue;
        }
        // "A castle with a dragon flying over it": the thing before the last one.
        if let (Some(link), "it" | "them" | "him" | "her", Some(here)) =
            (pending.link, word.text.as_str(), previous)
        {
            if let Some(other) = here.checked_sub(1).filter(|_| !link.reversed)
                && !ties.iter().any(|t| t.thing == here)
            {
                ties.push(sensible(Tie { thing: here, other, relation: link.relation }, &things, index));
            }
            pending = Pending::default();
        }
        at += modifier(&words, at, &mut pending, &mut unknown, |w| {
            let number = meaning(w)?;
            Some(add(
                &mut things,
                Thing {
                    drawing: number,
                    words: w.to_owned(),
                    count: 1,
                    scale: 1.0,
                    paint: None,
                    counted: false,
                },
            ))
        });
    }
    stray_colour(&mut pending, &mut things, index);
    let mut total = 0;
    things.retain_mut(|t| {
        t.count = t.count.min(MAX_IN_ALL.saturating_sub(total));
        total += t.count;
        t.count > 0
    });
    ties.retain(|t| t.thing < things.len() && t.other < things.len());
    let (place, time) = assumed(&things, index);
    let mut setting = gathered.setting(place, time);
    if gathered.place().is_none() && cold(&things, index) {
        setting.snowy = true;
    }
    if setting.place == Place::Table && things.iter().any(|t| index.drawings[t.drawing].metres > 0.9) {
        setting.place = Place::Room;
    }
    Brief { things, ties, setting, setting_words, unknown }
}

/// "An owl watches": a plural straight after a thing is what the thing does.
fn is_verb(found: &Found, words: &[Word], at: usize, named_until: usize, pending: &Pending) -> bool {
    matches!(found, Found::Drawing { plural: true, .. })
        && at == named_until
        && !words[at].after_break
        && pending.count.is_none()
}

/// Phrases whose last word has a drawing although the whole means something else.
const UNDRAWABLE: [&str; 12] = [
    "hot air balloon",
    "hot-air balloon",
    "sea horse",
    "sea star",
    "star fish",
    "fire fly",
    "dragon fruit",
    "horse radish",
    "pine cone",
    "rocking horse",
    "gingerbread man",
    "jelly bean",
];

fn undrawable(words: &[Word], at: usize) -> Option<usize> {
    (2..=3).rev().filter(|n| at + n <= words.len()).find(|&n| {
        let phrase = join(&words[at..at + n]);
        UNDRAWABLE.contains(&phrase.as_str())
            || words::singulars(&phrase).iter().any(|p| UNDRAWABLE.contains(&p.as_str()))
    })
}

/// Numbers, sizes, colours, negations and unknown words; returns how many words were used.
fn modifier(
    words: &[Word],
    at: usize,
    pending: &mut Pending,
    unknown: &mut Vec<String>,
    mut meaning: impl FnMut(&str) -> Option<usize>,
) -> usize {
    let text = words[at].text.as_str();
    let next = words.get(at + 1).map_or("", |w| w.text.as_str());
    if next == "of"
        && let Some(n) = words::collective(text)
    {
        pending.count = Some(pending.count.filter(|&c| c > 1 && text == "dozen").map_or(n, |c| c * n));
        return 2;
    }
    match text {
        "half" if next == "a" && words.get(at + 2).is_some_and(|w| w.text == "dozen") => {
            pending.count = Some(6);
            return 3;
        }
        "no" | "without" => pending.negated = true,
        "baby" => pending.scale = Some(0.62),
        "and" | "or" => *pending = Pending { negated: pending.negated, ..Pending::default() },
        _ => {
            if let Some(n) = words::number(text) {
                pending.count = Some(n.max(1));
            } else if let Some(k) = size(text) {
                pending.scale = Some(k);
            } else if let Some(paint) = colour(text) {
                pending.paint = Some((paint, text.to_owned()));
            } else if !words::silent(text)
                && !words::verbal(text)
                && meaning(text).is_none()
                && !unknown.iter().any(|u| u == text)
            {
                unknown.push(text.to_owned());
            }
        }
    }
    1
}

/// "An orange on a plate": a colour word nothing followed may itself be the name of a thing.
fn stray_colour(pending: &mut Pending, things: &mut Vec<Thing>, index: &Index) {
    if let Some((_, word)) = pending.paint.take()
        && let Some(number) = index.named(&format!("{word} fruit"))
    {
        let count = pending.count.unwrap_or(1).clamp(1, MAX_OF_ONE);
        add(
            things,
            Thing {
                drawing: number,
                words: word,
                count,
                scale: 1.0,
                paint: None,
                counted: pending.count.is_some(),
            },
        );
    }
}

/// Adds a thing, or returns the one of the same drawing, colour and size that is there already: nothing twice unless asked.
fn add(things: &mut Vec<Thing>, thing: Thing) -> usize {
    if let Some(i) = things
        .iter()
        .position(|t| t.drawing == thing.drawing && (thing.paint.is_none() || t.paint == thing.paint))
    {
        if thing.counted && !things[i].counted {
            things[i].count = thing.count;
            things[i].counted = true;
        }
        return i;
    }
    things.push(thing);
    things.len() - 1
}

fn join(words: &[Word]) -> String {
    words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The longest phrase from here that names a drawing or a setting.
fn longest(words: &[Word], at: usize, index: &Index) -> Option<(Found, usize)> {
    let text = words[at].text.as_str();
    let follows = |k: usize| words.get(at + k).filter(|w| !w.after_break).map_or("", |w| w.text.as_str());
    // "A school of fish" is no school, "a forest of balloons" no forest, "a baby elephant" no baby.
    if follows(1) == "of" && words::collective(text).is_some() {
        let (a, b) = (follows(2), follows(3));
        if drawing(a, index).is_some()
            || (words::number(a).is_some() || words::silent(a)) && drawing(b, index).is_some()
        {
            return None;
        }
    }
    if text == "baby" && drawing(follows(1), index).is_some() {
        return None;
    }
    let limit = (1..=4)
        .take_while(|&n| at + n <= words.len() && !words[at + 1..at + n].iter().any(|w| w.after_break))
        .count();
    for n in (1..=limit).rev() {
        let phrase = join(&words[at..at + n]);
        if let Some(number) = index.named(&phrase) {
            // A name that is also a setting word is the setting unless the drawing's phrase is longer.
            if effect(&phrase).is_none() {
                return Some((Found::Drawing { number, plural: false }, n));
            }
        }
        if let Some(effect) = effect(&phrase) {
            return Some((Found::Setting(effect), n));
        }
        if let Some((number, plural)) = drawing(&phrase, index) {
            return Some((Found::Drawing { number, plural }, n));
        }
        if let Some(effect) = words::singulars(&phrase).iter().find_map(|s| effect(s)) {
            return Some((Found::Setting(effect), n));
        }
    }
    None
}

/// A drawing by exact name or by a singular of it; hyphens count as spaces and spaces as hyphens.
fn drawing(phrase: &str, index: &Index) -> Option<(usize, bool)> {
    if phrase.is_empty() || words::number(phrase).is_some() {
        return None;
    }
    let find = |p: &str| {
        index
            .named(p)
            .or_else(|| index.named(&p.replace('-', " ")))
            .or_else(|| index.named(&p.replace(' ', "-")))
    };
    if let Some(number) = find(phrase) {
        return Some((number, false));
    }
    words::singulars(phrase).iter().find_map(|s| find(s)).map(|number| (number, true))
}

/// Relations that make no picture become the nearest that does.
fn sensible(tie: Tie, things: &[Thing], index: &Index) -> Tie {
    let (a, b) = (&index.drawings[things[tie.thing].drawing], &index.drawings[things[tie.other].drawing]);
    let relation = match tie.relation {
        // A flock has no room on one branch.
        carried if carried.carries() && things[tie.thing].count > 4 => Relation::Beside,
        Relation::In if b.kind == Kind::Building || b.kind == Kind::Plant => Relation::InFront,
        Relation::In if b.form == Form::Head || b.kind == Kind::Person || b.kind == Kind::Animal => {
            Relation::Beside
        }
        // "A woman in a dress" beside it; nothing larger than its box goes in.
        Relation::In if a.metres > b.metres * 2.6 => Relation::Beside,
        Relation::On if matches!(b.stance, Stance::Air | Stance::Sky | Stance::Hang | Stance::Wall) => {
            Relation::Beside
        }
        Relation::On if a.metres > b.metres * 3.5 => Relation::Beside,
        Relation::Holding if a.metres > b.metres * 1.6 && a.kind != Kind::Object => Relation::Beside,
        Relation::Under if b.metres < a.metres * 0.5 && b.stance == Stance::Ground => Relation::Beside,
        other => other,
    };
    Tie { relation, ..tie }
}

//! Judges a scene from its mask of objects: what a person could see, not what the layout meant.

use allxone_engine::scene::Composition;
use std::fmt;

/// Smallest visible area, in thousandths of the picture, that counts as "seen".
const SEEN: f32 = 0.25;

/// A prompt and what must be in its picture.
pub struct Expected {
    /// The prompt.
    pub prompt: String,
    /// Name in the catalogue and number of instances.
    pub things: Vec<(String, u32)>,
    /// Words that must be reported as not drawn.
    pub unknown: Vec<String>,
    /// Setting words that must have been understood, e.g. `place=forest`.
    pub setting: Vec<(String, String)>,
}

impl Expected {
    /// Lines of `prompt | owl:3, fox:1 | place=forest, time=night | unknown words`.
    pub fn read(text: &str) -> Vec<Expected> {
        let list = |s: &str| -> Vec<String> {
            s.split(',').map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect()
        };
        text.lines()
            .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
            .map(|line| {
                let mut parts = line.split('|').map(str::trim);
                let prompt = parts.next().unwrap_or_default().to_owned();
                let pairs = |s: &str, sep: char| -> Vec<(String, String)> {
                    list(s)
                        .into_iter()
                        .map(|v| {
                            v.split_once(sep)
                                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                                .unwrap_or((v, "1".into()))
                        })
                        .collect()
                };
                let things = pairs(parts.next().unwrap_or_default(), ':')
                    .into_iter()
                    .map(|(n, c)| (n, c.parse().unwrap_or(1)))
                    .collect();
                let setting = pairs(parts.next().unwrap_or_default(), '=');
                let unknown = list(parts.next().unwrap_or_default());
                Expected { prompt, things, unknown, setting }
            })
            .collect()
    }
}

/// The judgement of one scene.
pub struct Verdict {
    /// Expected things of which at least one instance is seen, and how many were expected.
    pub seen: (u32, u32),
    /// Expected things with the right number of seen instances, and how many were expected.
    pub counted: (u32, u32),
    /// Things drawn that were not expected.
    pub surplus: Vec<String>,
    /// Everything else is as it should be.
    pub setting_right: bool,
    /// The unknown words are exactly those expected.
    pub unknown_right: bool,
    /// One line to print.
    pub line: String,
}

/// Judges.
pub fn judge(want: &Expected, made: &Composition) -> Verdict {
    let total: u32 = made.report.drawn.iter().map(|d| d.count).sum();
    let mut areas = vec![0u32; total as usize + 1];
    for &id in &made.objects {
        areas[usize::from(id).min(total as usize)] += 1;
    }
    let enough = made.objects.len() as f32 * SEEN / 1000.0;
    let mut first = 1usize;
    let mut visible: Vec<(String, u32)> = Vec::new();
    for drawn in &made.report.drawn {
        let n = (first..first + drawn.count as usize).filter(|&i| areas[i] as f32 >= enough).count() as u32;
        visible.push((drawn.name.clone(), n));
        first += drawn.count as usize;
    }
    let count_of = |name: &str| visible.iter().filter(|(n, _)| n == name).map(|(_, c)| *c).sum::<u32>();
    let seen = want.things.iter().filter(|(n, _)| count_of(n) > 0).count() as u32;
    let counted = want.things.iter().filter(|(n, c)| count_of(n) == *c).count() as u32;
    let surplus: Vec<String> =
        visible.iter().map(|(n, _)| n.clone()).filter(|n| !want.things.iter().any(|(w, _)| w == n)).collect();
    let setting = serde_json::to_value(&made.report.setting).unwrap_or_default();
    let wrong: Vec<String> = want
        .setting
        .iter()
        .filter(|(key, value)| {
            let got = &setting[key.as_str()];
            got.as_str() != Some(value) && got.to_string().as_str() != value.as_str()
        })
        .map(|(k, v)| format!("{k}≠{v}"))
        .collect();
    let mut unknown = made.report.unknown.clone();
    let mut expected_unknown = want.unknown.clone();
    unknown.sort();
    expected_unknown.sort();
    let n = want.things.len() as u32;
    let line = format!(
        "seen {seen}/{n} counts {counted}/{n}  {}  → {}{}{}{}",
        want.prompt,
        visible.iter().map(|(n, c)| format!("{n}×{c}")).collect::<Vec<_>>().join(", "),
        if surplus.is_empty() { String::new() } else { format!("  SURPLUS {surplus:?}") },
        if wrong.is_empty() { String::new() } else { format!("  SETTING {wrong:?}") },
        if unknown == expected_unknown { String::new() } else { format!("  UNKNOWN {unknown:?}") },
    );
    Verdict {
        seen: (seen, n),
        counted: (counted, n),
        surplus,
        setting_right: wrong.is_empty(),
        unknown_right: unknown == expected_unknown,
        line,
    }
}

/// Sums over many scenes.
#[derive(Default)]
pub struct Tally {
    /// Seen of expected.
    pub seen: (u32, u32),
    /// Rightly counted of expected.
    pub counted: (u32, u32),
    /// Scenes with things nobody named.
    pub surplus: u32,
    /// Scenes with a wrong setting.
    pub wrong_setting: u32,
    /// Scenes with a wrong list of unknown words.
    pub wrong_unknown: u32,
}

impl Tally {
    /// Adds one.
    pub fn add(&mut self, v: &Verdict) {
        self.seen = (self.seen.0 + v.seen.0, self.seen.1 + v.seen.1);
        self.counted = (self.counted.0 + v.counted.0, self.counted.1 + v.counted.1);
        self.surplus += u32::from(!v.surplus.is_empty());
        self.wrong_setting += u32::from(!v.setting_right);
        self.wrong_unknown += u32::from(!v.unknown_right);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |(a, b): (u32, u32)| 100.0 * f64::from(a) / f64::from(b.max(1));
        write!(
            f,
            "named things seen {}/{} ({:.1} %), counts right {}/{} ({:.1} %), scenes with surplus things {}, wrong settings {}, wrong unknown words {}",
            self.seen.0,
            self.seen.1,
            share(self.seen),
            self.counted.0,
            self.counted.1,
            share(self.counted),
            self.surplus,
            self.wrong_setting,
            self.wrong_unknown
        )
    }
}

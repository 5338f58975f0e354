//! English as far as a scene needs it: splitting, singular forms, numbers, and the words that name nothing to draw.

/// One word of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without surrounding punctuation.
    pub text: String,
    /// A comma, full stop or similar stands before it.
    pub after_break: bool,
    /// It ended in `'s`: "the owl's nest" shows a nest, no owl.
    pub possessive: bool,
}

/// Longest prompt read, in words; the rest is ignored.
pub const MAX_WORDS: usize = 200;

/// Splits a prompt into lower-case words; hyphens and inner apostrophes stay, a possessive `'s` goes.
pub fn split(prompt: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut current = String::new();
    let mut pending_break = false;
    let mut flush = |current: &mut String, pending: &mut bool| {
        let text = current.trim_matches('-').trim_start_matches('\'');
        let text = if text.ends_with("s'") { text } else { text.trim_end_matches('\'') };
        let owner =
            text.strip_suffix("'s").or_else(|| text.strip_suffix("s'").map(|_| &text[..text.len() - 1]));
        let possessive = owner.is_some();
        let text = owner.unwrap_or(text);
        if !text.is_empty() && words.len() < MAX_WORDS {
            words.push(Word { text: text.to_owned(), after_break: *pending, possessive });
            *pending = false;
        }
        current.clear();
    };
    for c in prompt.chars() {
        match c {
            '’' | '‘' | '\'' => current.push('\''),
            '-' | '‐' | '‑' => current.push('-'),
            c if c.is_alphanumeric() => {
                if current.chars().count() < 40 {
                    current.extend(c.to_lowercase());
                }
            }
            c => {
                flush(&mut current, &mut pending_break);
                if matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '\n' | '–' | '—' | '/' | '|')
                {
                    pending_break = true;
                }
            }
        }
    }
    flush(&mut current, &mut pending_break);
    words
}

const IRREGULAR: [(&str, &str); 30] = [
    ("children", "child"),
    ("people", "person"),
    ("men", "man"),
    ("women", "woman"),
    ("mice", "mouse"),
    ("geese", "goose"),
    ("oxen", "ox"),
    ("wolves", "wolf"),
    ("leaves", "leaf"),
    ("loaves", "loaf"),
    ("knives", "knife"),
    ("elves", "elf"),
    ("calves", "calf"),
    ("scarves", "scarf"),
    ("wives", "wife"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("cacti", "cactus"),
    ("octopi", "octopus"),
    ("dice", "die"),
    ("policemen", "policeman"),
    ("firemen", "fireman"),
    ("snowmen", "snowman"),
    ("fairies", "fairy"),
    ("buses", "bus"),
    ("ladies", "lady"),
    ("foxes", "fox"),
    ("boxes", "box"),
    ("walruses", "walrus"),
    ("grandchildren", "grandchild"),
];

/// Words that are the same for one and for many.
const SAME: [&str; 8] = ["fish", "sheep", "deer", "salmon", "trout", "shrimp", "moose", "bison"];

/// Possible singular forms of a word, likeliest first, the word itself not among them.
pub fn singulars(word: &str) -> Vec<String> {
    let mut forms = Vec::new();
    let (head, tail) = match word.rsplit_once(' ') {
        Some((head, tail)) => (format!("{head} "), tail),
        None => (String::new(), word),
    };
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| *many == tail) {
        forms.push(format!("{head}{one}"));
    }
    if tail.len() > 3 && !tail.ends_with("ss") && !tail.ends_with("us") {
        if let Some(stem) = tail.strip_suffix("ies") {
            forms.push(format!("{head}{stem}y"));
        }
        if let Some(stem) = tail.strip_suffix("ves") {
            forms.push(format!("{head}{stem}f"));
        }
        if let Some(stem) = tail.strip_suffix("es")
            && ["s", "x", "z", "ch", "sh", "o"].iter().any(|e| stem.ends_with(e))
        {
            forms.push(format!("{head}{stem}"));
        }
        if let Some(stem) = tail.strip_suffix('s') {
            forms.push(format!("{head}{stem}"));
        }
    }
    forms
}

/// The word may mean several without changing its form.
pub fn same_for_many(word: &str) -> bool {
    SAME.iter().any(|s| word == *s || word.ends_with(&format!(" {s}")))
}

/// The number a word means.
pub fn number(word: &str) -> Option<u32> {
    if let Ok(n) = word.parse::<u32>() {
        return Some(n);
    }
    const NAMES: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    if let Some(n) = NAMES.iter().position(|n| *n == word) {
        return Some(n as u32);
    }
    match word {
        "single" | "lone" | "lonely" | "solitary" | "another" => Some(1),
        "both" | "twin" | "pair" | "couple" => Some(2),
        "trio" | "few" | "some" => Some(3),
        "several" | "various" => Some(4),
        "quartet" => Some(4),
        "half-dozen" => Some(6),
        "many" | "numerous" | "lots" | "plenty" | "countless" | "hundreds" | "thousands" | "dozens"
        | "endless" => Some(7),
        "dozen" => Some(12),
        "hundred" | "thousand" => Some(100),
        _ => None,
    }
}

/// How many a collective such as "herd" stands for.
pub fn collective(word: &str) -> Option<u32> {
    match word {
        "herd" | "pack" | "group" | "family" | "bunch" | "litter" | "row" | "line" | "pile" | "cluster"
        | "collection" | "set" | "band" => Some(4),
        "flock" | "swarm" | "school" | "crowd" | "fleet" | "colony" | "field" | "army" | "shoal"
        | "parade" | "forest" => Some(6),
        "trio" => Some(3),
        "pair" | "couple" => Some(2),
        "dozen" => Some(12),
        "lots" | "plenty" | "number" | "lot" => Some(6),
        "half-dozen" => Some(6),
        _ => None,
    }
}

/// Words that name nothing to draw: grammar, looks, feelings, doings, and the language of pictures.
const SILENT: &str = " a an the and or but nor so yet of to from for with without by at as into onto out off up down over under
 through across along around between among amid amidst against toward towards during before after while when where
 which who whose whom that this these those there here then than it its it's he him his she her hers they them their
 i me my you your we us our is are was were be been being am do does did has have had having will would can could may
 might must shall should not no none very really quite just only also too more most much less least all any each every
 both either such own same other another next last first second third one ones if because like how what why
 near nearby beside besides next behind front above below beneath underneath inside outside within upon atop top bottom
 left right middle center centre side edge corner foreground background distance far away close closeup close-up
 in on holding carrying wearing riding sitting standing looking lying sleeping running walking flying swimming jumping
 playing eating drinking reading watching waiting dancing singing smiling laughing crying dreaming resting floating
 sailing driving hanging falling rising shining glowing growing blooming climbing hiding peeking staring facing chasing
 crossing passing going coming making made doing wandering exploring enjoying relaxing surrounded covered filled
 full empty illuminated lit painted drawn rendered set placed made shown seen stands stand sits sit sit's lies lie looks look flies fly
 swims swim runs run walks walk sleeps sleep plays play eats eat reads read drinks drink watches watch waits wait rides ride
 holds hold carries carry wears wear jumps jump sings sing dances dance smiles smile floats float sails sail drives drive
 hangs hang falls fall rises rise shines shine glows glow grows grow climbs climb hides hide meets meet finds find
 small big large little tiny huge giant gigantic enormous massive tall short long wide narrow thick thin fat slim high low
 red green blue yellow orange purple pink brown black white gray grey golden gold silver violet turquoise teal cyan magenta
 beige cream colourful colorful bright dark light pale vivid vibrant pastel multicolored multicoloured striped spotted
 beautiful pretty cute lovely adorable sweet nice cool funny silly happy sad angry scared brave proud lonely lonesome
 cheerful joyful playful curious friendly sleepy tired lazy quiet calm peaceful serene tranquil silent still gentle soft
 warm hot cold cozy cosy fresh old young ancient modern new vintage retro antique rusty wooden metal metallic wild tame
 magical magic mystical mysterious enchanted fantastic fantasy epic dramatic majestic elegant graceful dreamy dreamlike
 surreal whimsical romantic nostalgic melancholic lush green-eyed fluffy furry shiny sparkling wet dry fast slow
 great good perfect simple minimal minimalist minimalistic detailed intricate realistic photorealistic stylized stylised
 cinematic atmospheric ethereal moody soft-lit glorious gorgeous stunning wonderful amazing awesome classic famous
 distant lone single fresh delicious tasty ripe juicy steaming hot iced sunny-side cartoon animated 3d 2d isometric
 picture image photo photograph photography painting illustration drawing sketch render rendering scene view landscape
 portrait wallpaper poster artwork art style styled concept design composition shot macro panorama panoramic diorama
 hd 4k 8k uhd octane unreal engine quality high-quality resolution masterpiece trending lighting lights light shadows
 shadow reflection reflections colours colors color colour tones tone mood atmosphere ambience vibe sky skies air ground
 earthy place world time moment story feeling beauty sound silence way day's end beginning edge part piece kind type
 depicting showing featuring containing including create draw paint make generate show give want please day
 whole entire half howling blazing crackling slightly softly gently quietly slowly quickly happily peacefully brightly lightly densely together alone apart
 once upon ever never always sometimes again almost nearly about maybe perhaps again let's some many few several
 lots plenty lot pair couple dozen number group herd flock pack swarm crowd bunch row line cluster collection set family's
 his/her who's that's there's theirs yours ours mine itself himself herself themselves ";

/// The word names nothing to draw.
pub fn silent(word: &str) -> bool {
    if word.chars().count() < 2 || number(word).is_some() {
        return true;
    }
    SILENT.split_whitespace().any(|s| s == word)
}

/// The word is a doing or a manner by its ending ("wandering", "softly"), so it is not missed when it is not drawn.
pub fn verbal(word: &str) -> bool {
    word.len() > 5 && (word.ends_with("ing") || word.ends_with("ly") || word.ends_with("ed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_and_marks_breaks() {
        let words = split("A fox, the owl's nest – T-Rex’s friend!");
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["a", "fox", "the", "owl", "nest", "t-rex", "friend"]);
        let breaks: Vec<bool> = words.iter().map(|w| w.after_break).collect();
        assert_eq!(breaks, [false, false, true, false, false, true, false]);
    }

    #[test]
    fn singular_forms() {
        for (many, one) in [
            ("owls", "owl"),
            ("foxes", "fox"),
            ("butterflies", "butterfly"),
            ("wolves", "wolf"),
            ("mice", "mouse"),
            ("hot dogs", "hot dog"),
            ("tomatoes", "tomato"),
            ("polar bears", "polar bear"),
        ] {
            assert!(singulars(many).iter().any(|s| s == one), "{many}");
        }
        assert!(singulars("bus").is_empty());
        assert!(singulars("glass").is_empty());
    }

    #[test]
    fn numbers() {
        assert_eq!(number("three"), Some(3));
        assert_eq!(number("12"), Some(12));
        assert_eq!(number("dozen"), Some(12));
        assert_eq!(number("owl"), None);
    }
}

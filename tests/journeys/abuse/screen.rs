//! The attacker: a screen that may ask for anything, in any order, with anything in its hands. Random, but the same every time.

use allxone_app::studio::commands::COMMANDS;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// Stands in every text that must not leave, and nowhere else.
pub const CANARY: &str = "zqforbiddenzq";

const SAFE: [&str; 4] =
    ["a fox in the snow", "a lighthouse at dawn", "three owls on a branch", "a bowl of soup"];
const MODELS: [(&str, &str); 5] = [
    ("generate", "local/scene"),
    ("cut_out", "local/cutout"),
    ("upscale", "local/upscale"),
    ("stylise", "local/style-26"),
    ("generate", "local/nothing"),
];

pub struct Screen {
    chance: StdRng,
    staged: Vec<String>,
    items: Vec<String>,
    queue: Vec<String>,
    /// Pictures on another window's table.
    others: Vec<String>,
}

impl Screen {
    /// Commands that decide where the far end is; they are asked elsewhere.
    pub const LEFT_OUT: &[&str] =
        &["server_connect", "server_check", "server_leave", "session_keep", "session_open", "session_unlock"];
    /// Commands that read whole folders or pictures: seldom.
    const HEAVY: &[&str] = &[
        "check_repair",
        "storage",
        "pictures_pick",
        "picture_paste",
        "library_stage",
        "safety_pictures",
        "picture_copy",
        "pictures_save",
        "pictures_drag",
        "safety_save",
    ];

    pub fn new(others: Vec<String>, items: Vec<String>) -> Self {
        Self {
            chance: StdRng::seed_from_u64(20_261_123),
            staged: Vec::new(),
            items,
            queue: Vec::new(),
            others,
        }
    }

    /// Whether the next sequence is asked all at once.
    pub fn at_once(&mut self) -> bool {
        self.chance.random_bool(0.3)
    }

    /// One to five commands with their requests.
    pub fn sequence(&mut self) -> Vec<(&'static str, Value)> {
        (0..self.chance.random_range(1..=5)).map(|_| self.step()).collect()
    }

    fn step(&mut self) -> (&'static str, Value) {
        match self.chance.random_range(0..1_000) {
            0..20 => ("draft_submit", self.draft()),
            20..30 => ("draft_check", self.draft()),
            30..40 => ("draft_preview", self.draft()),
            40..45 => ("queue_retry", json!({ "queue": self.name(), "draft": self.draft() })),
            45..50 => ("pictures_pick", Value::Null),
            50..53 => ("picture_paste", Value::Null),
            53..70 => ("draft_unstage", self.sha256()),
            _ => self.anything(),
        }
    }

    fn anything(&mut self) -> (&'static str, Value) {
        loop {
            let name = COMMANDS.choose(&mut self.chance).copied().unwrap_or_default();
            let heavy = Self::HEAVY.contains(&name);
            if Self::LEFT_OUT.contains(&name) || heavy && !self.chance.random_bool(0.05) {
                continue;
            }
            let request = if self.chance.random_bool(0.5) { self.plausible(name) } else { self.hostile(3) };
            return (name, request);
        }
    }

    /// A request of about the right form.
    fn plausible(&mut self, name: &str) -> Value {
        match name {
            "draft_check" | "draft_plan" | "draft_preview" | "draft_submit" | "safety_draft" => {
                match self.chance.random_bool(0.1) {
                    true => self.draft(),
                    false => self.hostile(2),
                }
            }
            "safety_prompt" if self.chance.random_bool(0.1) => self.words().into(),
            "draft_unstage" => self.sha256(),
            "offline_lock" => {
                json!({ "closed": if self.chance.random_bool(0.5) { json!(false) } else { Value::Null } })
            }
            "queue_cancel" | "library_show" | "library_draft" | "library_stage" | "library_family"
            | "picture_copy" => self.name(),
            "queue_move" => json!({ "queue": self.name(), "before": self.name() }),
            "library_glance" | "library_delete" | "library_restore" | "library_erase" | "pictures_drag" => {
                json!([self.name(), self.name()])
            }
            "library_favourite" => json!({ "items": [self.name()], "on": true }),
            "library_list" | "library_index" => {
                json!({ "words": CANARY, "filter": self.hostile(1), "limit": 5 })
            }
            "pictures_save" => json!({ "items": [self.name()], "kind": "archive" }),
            "prompts_set" => json!({ "saved": [], "history": [CANARY] }),
            "decisions_list" => json!(self.chance.random_range(0..50)),
            "egress_list" => json!({ "filter": {}, "limit": 10 }),
            "egress_totals" => json!({}),
            "safety_receive" => json!(self.chance.random_bool(0.5)),
            _ => Value::Null,
        }
    }

    /// A draft, often one that could be sent but for one thing.
    fn draft(&mut self) -> Value {
        let (operation, model) = *MODELS.choose(&mut self.chance).unwrap_or(&MODELS[0]);
        let mut request = json!({ "operation": operation, "model": model, "count": 1, "on_unsupported": "refuse", "max_cost": 0 });
        if operation == "generate" {
            request["prompt"] = self.words().into();
        } else {
            let inputs: Vec<Value> = (0..self.chance.random_range(1..=2))
                .map(|_| json!({ "sha256": self.sha256(), "role": "init" }))
                .collect();
            request["inputs"] = inputs.into();
            if operation == "upscale" {
                request["factor"] = 2.into();
            } else if operation == "stylise" {
                request["style"] = ["mosaic", "candy", CANARY].choose(&mut self.chance).copied().into();
            }
        }
        match self.chance.random_range(0..20) {
            0 => request["model"] = CANARY.into(),
            1 => request["note"] = CANARY.into(),
            2 => request["prompt"] = json!([CANARY, self.hostile(1)]),
            3 => request["style"] = CANARY.into(),
            4 => request["quote"] = self.name(),
            5 => request["bytes"] = json!([137, 80, 78, 71]),
            6 => {
                request["inputs"] = json!([{ "path": "/etc/passwd", "role": "init" }, { "sha256": self.sha256(), "role": "mask" }])
            }
            _ => {}
        }
        json!({ "request": request, "confirmed": self.chance.random_bool(0.3), "parents": [] })
    }

    fn words(&mut self) -> String {
        match self.chance.random_range(0..6) {
            0 => format!("explicit nude woman having sex, pornographic photo, {CANARY}"),
            1 => format!("hardcore porn of naked people {CANARY}"),
            2 => format!("{CANARY} n.u.d.e s-e-x p0rn0graphic hardcore porn photo"),
            _ => format!(
                "{}, number {}",
                SAFE.choose(&mut self.chance).copied().unwrap_or_default(),
                self.chance.random_range(0..40)
            ),
        }
    }

    /// The hash of a picture: staged here, on another window's table, or nowhere.
    fn sha256(&mut self) -> Value {
        let known = match self.chance.random_range(0..10) {
            0 => self.others.choose(&mut self.chance),
            1 => None,
            _ => self.staged.choose(&mut self.chance),
        };
        known.cloned().unwrap_or_else(|| format!("{:064x}", self.chance.random::<u128>())).into()
    }

    /// The name of a picture or draft: ours, forged, or no name at all.
    fn name(&mut self) -> Value {
        let own = if self.chance.random_bool(0.5) { &self.items } else { &self.queue };
        match self.chance.random_range(0..4) {
            0 => "01ARZ3NDEKTSV4RRFFQ69G5FAV".into(),
            1 => [
                "../../keys.json",
                "",
                "01ARZ3NDEKTSV4RRFFQ69G5FA\u{0}",
                "\\\\server\\share\\x.png",
                "file:///etc/passwd",
            ]
            .choose(&mut self.chance)
            .copied()
            .into(),
            _ => own.choose(&mut self.chance).cloned().map_or(Value::Null, Value::from),
        }
    }

    /// Anything that can be said in JSON.
    fn hostile(&mut self, deep: u8) -> Value {
        match self.chance.random_range(0..if deep == 0 { 8 } else { 10 }) {
            0 => Value::Null,
            1 => json!(self.chance.random::<i64>()),
            2 => json!(f64::MAX),
            3 => json!(true),
            4 => CANARY.into(),
            5 => CANARY.repeat(200).into(),
            6 => json!([137, 80, 78, 71, 13, 10, 26, 10, 0, 255]),
            7 => "data:image/png;base64,iVBORw0KGgo=".into(),
            8 => (0..3).map(|_| self.hostile(deep - 1)).collect(),
            _ => {
                let field = [
                    "request",
                    "prompt",
                    "path",
                    "bytes",
                    "sha256",
                    "confirmed",
                    "__proto__",
                    "items",
                    "address",
                ]
                .choose(&mut self.chance);
                json!({ field.copied().unwrap_or_default(): self.hostile(deep - 1) })
            }
        }
    }

    /// Takes names out of an answer, to use them.
    pub fn learn(&mut self, answer: &Value) {
        match answer {
            Value::Array(many) => many.iter().take(20).for_each(|one| self.learn(one)),
            Value::String(text) if text.len() == 26 => keep(&mut self.queue, text),
            Value::Object(fields) => {
                if let Some(staged) =
                    fields.get("staged").unwrap_or(answer).get("sha256").and_then(Value::as_str)
                {
                    keep(&mut self.staged, staged);
                }
            }
            _ => {}
        }
    }
}

fn keep(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
    if names.len() > 40 {
        names.remove(0);
    }
}

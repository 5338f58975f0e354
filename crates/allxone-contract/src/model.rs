//! What a model can do, as data: operations, fields, limits and price. A request is checked against its card on both ends.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{InputRole, JobRequest, MAX_PROMPT_CHARS, OnUnsupported, PriceRule, Size, Workload};

/// The name of a model, `<where>/<name>`, for example `local/scene`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
pub struct ModelId(pub String);

impl ModelId {
    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ModelId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A picture from a prompt.
    Generate,
    /// A picture changed as a prompt says.
    Edit,
    /// A picture in another style.
    Stylise,
    /// A larger picture.
    Upscale,
    /// The subject without its background.
    CutOut,
}

/// A field of a request that not every model understands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// `prompt`
    Prompt,
    /// `negative_prompt`
    NegativePrompt,
    /// `size`
    Size,
    /// `count`
    Count,
    /// `seed`
    Seed,
    /// `style`
    Style,
    /// `strength`
    Strength,
    /// `factor`
    Factor,
    /// `inputs`
    Inputs,
    /// An input that says where the picture is changed.
    Mask,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::NegativePrompt => "negative_prompt",
            Self::Size => "size",
            Self::Count => "count",
            Self::Seed => "seed",
            Self::Style => "style",
            Self::Strength => "strength",
            Self::Factor => "factor",
            Self::Inputs => "inputs",
            Self::Mask => "mask",
        }
    }
}

/// A field at fault and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct FieldError {
    /// JSON pointer to the field.
    pub pointer: String,
    /// A plain sentence.
    pub message: String,
    /// Whether the model merely does not know the field (it may be dropped) or the value is wrong.
    pub unsupported: bool,
}

impl FieldError {
    fn wrong(field: Field, message: impl Into<String>) -> Self {
        Self { pointer: format!("/{}", field.name()), message: message.into(), unsupported: false }
    }

    fn unsupported(field: Field, model: &ModelId) -> Self {
        let message = format!("{model} does not use “{}”.", field.name().replace('_', " "));
        // A mask is one of the inputs.
        let place = if field == Field::Mask { Field::Inputs } else { field };
        Self { pointer: format!("/{}", place.name()), message, unsupported: true }
    }
}

/// Where a model runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum RunsAt {
    /// In the service itself; no partner sees anything.
    Service,
    /// At a partner, by name.
    Partner(String),
}

/// Which sizes of result a model makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct SizeRule {
    /// Least pixels a side.
    pub min_side: u32,
    /// Most pixels a side.
    pub max_side: u32,
    /// Each side is a multiple of this.
    pub multiple_of: u32,
    /// What is made when nothing is asked.
    pub default: Size,
}

/// An inclusive range of counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CountRange {
    /// Least.
    pub min: u8,
    /// Most.
    pub max: u8,
}

/// A style a model offers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct StyleChoice {
    /// Stable id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// One line on how it looks.
    pub summary: String,
}

/// Everything a person or program needs to choose a model and fill in a request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ModelCard {
    /// The model.
    pub id: ModelId,
    /// Name for people.
    pub name: String,
    /// What it does and what it does not, in one or two sentences.
    pub summary: String,
    /// What it does.
    pub operation: Operation,
    /// Where it runs.
    pub runs_at: RunsAt,
    /// Fields it understands.
    pub fields: Vec<Field>,
    /// Sizes it makes; `None` when the input decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeRule>,
    /// How many pictures one request may ask for.
    pub count: CountRange,
    /// How many input pictures it takes.
    pub inputs: CountRange,
    /// Most pixels of an input picture.
    pub max_input_pixels: u64,
    /// Enlargements it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<u8>,
    /// Styles it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub styles: Vec<StyleChoice>,
    /// Whether it tells what it would make of a prompt (`POST /plans`).
    #[serde(default)]
    #[ts(as = "Option<_>", optional)]
    pub plans: bool,
    /// Its price.
    pub price: PriceRule,
    /// Licence of its weights and art.
    pub licence: String,
}

impl ModelCard {
    /// What the price of some work depends on. Where no size is asked, it is the one the model makes by itself: its usual one, or the size of
    /// the first input picture, enlarged by `factor`.
    pub fn workload(&self, count: u8, size: Option<Size>, factor: Option<u8>, inputs: &[Size]) -> Workload {
        let of_input = || {
            let pixels = inputs.first().map_or(self.max_input_pixels, |size| size.pixels());
            let factor = u64::from(factor.unwrap_or(1));
            pixels.saturating_mul(factor).saturating_mul(factor)
        };
        let size = size.or(self.size.map(|rule| rule.default));
        Workload {
            count,
            pixels: size.map_or_else(of_input, Size::pixels),
            input_pixels: inputs.iter().fold(0, |sum, size| sum.saturating_add(size.pixels())),
        }
    }

    /// Every fault of `request` for this model; empty when it can be run. With [`OnUnsupported::Drop`], fields the model does not know are
    /// no faults.
    pub fn faults(&self, request: &JobRequest) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut known = |field: Field, set: bool| {
            let supported = self.fields.contains(&field);
            if set && !supported && request.on_unsupported == OnUnsupported::Refuse {
                faults.push(FieldError::unsupported(field, &self.id));
            }
            set && supported
        };
        let prompt = known(Field::Prompt, !request.prompt.is_empty());
        known(Field::NegativePrompt, request.negative_prompt.is_some());
        let size = known(Field::Size, request.size.is_some());
        known(Field::Seed, request.seed.is_some());
        let style = known(Field::Style, request.style.is_some());
        let strength = known(Field::Strength, request.strength.is_some());
        let factor = known(Field::Factor, request.factor.is_some());
        known(Field::Inputs, !request.inputs.is_empty());
        let masks = request.inputs.iter().filter(|input| input.role == InputRole::Mask).count();
        known(Field::Mask, masks > 0);

        let mut wrong = |field, message: String| faults.push(FieldError::wrong(field, message));
        if self.fields.contains(&Field::Prompt) && !prompt {
            wrong(Field::Prompt, "Write what the picture should show.".to_owned());
        }
        for text in [Some(&request.prompt), request.negative_prompt.as_ref()].into_iter().flatten() {
            if text.chars().count() > MAX_PROMPT_CHARS {
                wrong(Field::Prompt, format!("The text is longer than {MAX_PROMPT_CHARS} characters."));
            }
        }
        if !(self.count.min..=self.count.max).contains(&request.count) {
            wrong(
                Field::Count,
                format!("Ask for {} to {} pictures at a time.", self.count.min, self.count.max),
            );
        }
        if let (true, Some(rule), Some(asked)) = (size, self.size, request.size) {
            let fits = |side: u32| {
                (rule.min_side..=rule.max_side).contains(&side) && side.is_multiple_of(rule.multiple_of)
            };
            if !fits(asked.width) || !fits(asked.height) {
                let SizeRule { min_side, max_side, multiple_of, .. } = rule;
                wrong(
                    Field::Size,
                    format!(
                        "Each side must be {min_side} to {max_side} pixels and a multiple of {multiple_of}."
                    ),
                );
            }
        }
        if style && !self.styles.iter().any(|s| Some(&s.id) == request.style.as_ref()) {
            let ids: Vec<_> = self.styles.iter().map(|s| s.id.as_str()).collect();
            wrong(Field::Style, format!("There is no such style. There are: {}.", ids.join(", ")));
        }
        if self.fields.contains(&Field::Style) && !style {
            wrong(Field::Style, "Choose a style.".to_owned());
        }
        if strength && request.strength.is_some_and(|s| s > 100) {
            wrong(Field::Strength, "The strength is a percentage from 0 to 100.".to_owned());
        }
        if self.fields.contains(&Field::Factor)
            && !(factor && request.factor.is_some_and(|f| self.factors.contains(&f)))
        {
            let offered: Vec<_> = self.factors.iter().map(|f| format!("{f}×")).collect();
            wrong(Field::Factor, format!("Choose how much to enlarge: {}.", offered.join(" or ")));
        }
        let inputs = u8::try_from(request.inputs.len()).unwrap_or(u8::MAX);
        if self.fields.contains(&Field::Inputs) && !(self.inputs.min..=self.inputs.max).contains(&inputs) {
            let CountRange { min, max } = self.inputs;
            let asked = if min == max { format!("{min}") } else { format!("{min} to {max}") };
            wrong(Field::Inputs, format!("{} takes {asked} input picture(s).", self.id));
        }
        let works_on = request.inputs.iter().filter(|input| input.role == InputRole::Init).count();
        if masks > 1 || masks > works_on {
            wrong(Field::Inputs, "A mask goes with the one picture to work on.".to_owned());
        }
        if works_on > 1 {
            wrong(Field::Inputs, "Only one picture can be the one to work on.".to_owned());
        }
        faults
    }
}

/// Answer of `GET /models`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ModelList {
    /// Every model that can be used at this moment.
    pub models: Vec<ModelCard>,
}

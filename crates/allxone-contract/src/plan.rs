//! What a model would make of a prompt, told without making it: so that a person sees, while writing, which words it understands.

use serde::{Deserialize, Serialize};

/// A thing a model would show.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct PlannedThing {
    /// The model's own name for it.
    pub name: String,
    /// The words of the prompt that ask for it.
    pub words: String,
    /// How many.
    pub count: u32,
}

/// Answer of `POST /plans`: what a model that [plans](crate::ModelCard::plans) would make of a request's prompt. Every text in it is a
/// word of the prompt or of the model's own catalogue.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Plan {
    /// What it would show, in the order named.
    pub things: Vec<PlannedThing>,
    /// The words that make the place, the hour and the weather.
    pub setting: Vec<String>,
    /// Words and phrases it would leave out, lower case.
    pub left_out: Vec<String>,
}

//! What goes wrong at a provider, ordered beforehand: each fault meets one request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A refusal with this status and code, and perhaps the seconds to wait.
    Refuses(u16, &'static str, Option<u32>),
    /// A refusal with this status that is no JSON, as a gateway makes them.
    Gateway(u16),
    /// The provider's check stops the request.
    BlocksInput,
    /// The provider's check stops the result.
    BlocksOutput,
    /// The request is taken, and nothing is ever answered.
    Stalls,
    /// The answer begins and does not go on.
    StallsAfter(usize),
    /// The request is taken, and the connection is closed without an answer.
    HangsUp,
    /// The connection breaks after so many bytes of the answer.
    BreaksAfter(usize),
    /// The answer never ends.
    Floods,
    /// The answer says beforehand that it is larger than anything is.
    Announces,
    /// One picture never ends.
    EndlessPicture,
    /// The answer is no JSON.
    Garbage,
    /// The answer is whole and has no picture.
    NoPicture,
    /// What stands for a picture is not Base64.
    NotBase64,
    /// What stands for a picture is text.
    NotAPicture,
    /// A picture that ends in its middle.
    HalfAPicture,
    /// The answer is somewhere else.
    Redirects,
    /// The answer is compressed, which nobody asked for.
    Compressed,
}

impl Fault {
    /// Whether the provider began to work on the request, and may charge for it.
    pub fn is_made(self) -> bool {
        !matches!(self, Self::Refuses(..) | Self::Gateway(_) | Self::BlocksInput | Self::Redirects)
    }
}

/// The faults to come. Clones share them.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<VecDeque<Fault>>>);

impl Script {
    /// Orders a fault for the next request that has none yet.
    pub fn order(&self, fault: Fault) {
        self.0.lock().unwrap().push_back(fault);
    }

    /// The fault that meets this request.
    pub(crate) fn next(&self) -> Option<Fault> {
        self.0.lock().unwrap().pop_front()
    }

    /// How many were not met yet.
    pub fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

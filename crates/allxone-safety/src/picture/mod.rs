//! The picture check: which parts of a picture are looked at, what two models say of each, what follows from it.
//!
//! The pixels judged are the ones that are sent or shown: decoded once, upright, in sRGB. They are made smaller with an antialiased
//! filter, because a point-sampled one can be blinded by changing one pixel in a hundred.

mod judge;
mod models;
mod views;

pub use views::Views;

pub(crate) use judge::judge;
pub(crate) use models::Models;

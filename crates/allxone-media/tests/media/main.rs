//! What the crate promises, checked from outside: formats, colours, caps, metadata, animations, marks, sizes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod animations;
mod apart;
mod bombs;
mod build;
mod colours;
mod formats;
mod handle;
mod marks;
mod mutants;
mod pillow;
mod prepare;
mod resizing;
mod strip;

//! `cargo xtask setup`: from a fresh clone to a machine that can build, run and test.
//!
//! Each part looks first and acts only where something is missing, so the whole may be repeated at will. Every file is
//! judged by its hash each time; nothing is believed because it was right yesterday.

mod drawings;
mod models;
mod node;
mod python;
mod runtime;
mod system;

use std::path::Path;

use anyhow::Result;

pub use node::{install as node_packages, npm};
pub use python::{packages as python_packages, with_pip as python};

use crate::manifest::Manifest;
use crate::repo;

/// What the machine is being prepared for. Each includes the ones before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Building and running.
    Run,
    /// And testing.
    Test,
    /// And measuring against peers in Python and Node.
    Bench,
}

/// Prepares this machine. Quick, and without network, when there is nothing to do.
pub fn setup(root: &Path, need: Need) -> Result<()> {
    repo::step("Setting up");
    let manifest = Manifest::read(root)?;
    system::packages(root, need)?;
    models::check(root, &manifest)?;
    runtime::provide(root, &manifest)?;
    drawings::provide(root, &manifest)?;
    eprintln!("  Everything is in place.");
    Ok(())
}

//! `cargo xtask gen-ts`: the TypeScript of everything that crosses to the window, made from the one command list.

use std::path::Path;

use anyhow::Result;

use crate::process::{cargo, shown_ok};
use crate::repo;

/// Writes `ui/src/lib/host/bindings.ts`. The test that holds the file to the Rust types is also what writes it.
pub fn write(root: &Path) -> Result<()> {
    repo::step("Writing ui/src/lib/host/bindings.ts");
    let mut test = cargo(root);
    test.args(["test", "--quiet", "--package", "allxone-studio", "--test", "bindings"]);
    shown_ok(test.env("ALLXONE_WRITE_BINDINGS", "1"))
}

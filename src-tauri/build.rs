//! Makes the window's command list known to Tauri's access control, and sees to it that there is a screen to embed.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a build that cannot go on stops here, with its reason"
)]

use std::path::Path;
use std::process::Command;

include!("../crates/allxone-studio/src/list.rs");

macro_rules! names {
    (studio {$($name:ident($request:ty) -> $response:ty;)*} host {$($host:ident($for_host:ty) -> $from_host:ty;)*}) => {
        &[$(stringify!($name),)* $(stringify!($host),)*]
    };
}

const COMMANDS: &[&str] = with_commands!(names);

fn main() {
    println!("cargo:rerun-if-changed=crates/allxone-studio/src/list.rs");
    println!("cargo:rerun-if-changed=capabilities");
    println!("cargo:rerun-if-changed=ui/dist/index.html");
    if std::env::var_os("CARGO_FEATURE_CUSTOM_PROTOCOL").is_some()
        && !Path::new("ui/dist/index.html").is_file()
    {
        build_screen();
    }
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("the window's configuration does not hold");
}

/// A plain `cargo build` of a fresh clone embeds the screen too.
fn build_screen() {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let steps: [&[&str]; 2] = [&["ci"], &["run", "build", "--workspace", "ui"]];
    for step in steps.into_iter().skip(usize::from(Path::new("node_modules").is_dir())) {
        let done = Command::new(npm)
            .args(step)
            .status()
            .expect("npm was not found; install Node.js 20 or newer, or run `cargo xtask setup`");
        assert!(done.success(), "`npm {}` did not succeed", step.join(" "));
    }
}

//! `cargo xtask test`: everything that must hold, in one command, here and in continuous integration.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::process::{cargo, shown_ok};
use crate::setup::{self, Need, setup};
use crate::{layers, repo, screen, window};

/// Sets up, checks the layers and the screen, runs the tests, then the screen in a browser and the real window. `arguments` go
/// to `cargo test`, which then is all that runs; with a package among them only that is tested.
///
/// The journeys run the real program, which Cargo does not build for another package's tests; so it is built first, and
/// together with the tests, because then both share one build of every dependency.
pub fn test(root: &Path, arguments: &[String]) -> Result<()> {
    let start = Instant::now();
    setup(root, Need::Test)?;
    layers::check(root)?;
    // The far end of a bucket, which the service's tests start.
    setup::python_packages(root, "moto", &root.join("crates/allxone-testkit/requirements.txt"))?;
    let whole = arguments.is_empty();
    screen::build(root)?;
    if whole {
        screen::check(root)?;
    }
    repo::step("Building and running the tests (the first build takes some minutes)");
    let mut build = cargo(root);
    let mut tests = cargo(root);
    if names_packages(arguments) {
        build.args(["build", "--package", "allxone-cli"]);
        tests.arg("test");
    } else {
        build.args([
            "build",
            "--workspace",
            "--bins",
            "--tests",
            "--example",
            "auth-host",
            "--example",
            "partners-host",
            "--example",
            "payments-host",
        ]);
        tests.args(["test", "--workspace"]);
    }
    shown_ok(&mut build)?;
    shown_ok(tests.args(arguments))?;
    if whole {
        conformance(root)?;
        payments(root)?;
        window::test(root)?;
    }
    let seconds = start.elapsed().as_secs();
    repo::step(&format!("All tests passed ({} min {} s)", seconds / 60, seconds % 60));
    Ok(())
}

/// The official clients against our service, in their own language.
fn conformance(root: &Path) -> Result<()> {
    repo::step("The accounts, asked by the official client");
    let host =
        repo::target(root).join("debug/examples").join(format!("auth-host{}", std::env::consts::EXE_SUFFIX));
    let mut cases = Command::new("node");
    cases
        .args([
            "--test",
            "--test-reporter=spec",
            "tests/conformance/auth-js/",
            "tests/conformance/providers/",
        ])
        .current_dir(root);
    shown_ok(cases.env("ALLXONE_AUTH_HOST", &host))?;
    let folder = root.join("tests/conformance/supabase-auth");
    let python = setup::python_packages(root, "conformance", &folder.join("requirements.txt"))?;
    let peer = |argument: Option<&str>| {
        let mut peer = Command::new(&python);
        shown_ok(peer.arg(folder.join("peer.py")).args(argument).env("ALLXONE_AUTH_HOST", &host))
    };
    repo::step(
        "The accounts, asked by the official client in Python; then a broken service, which it must notice",
    );
    peer(None)?;
    peer(Some("--broken"))?;
    openai(root)
}

/// The official clients of OpenAI and fal: against the fakes that our adapters are tried against, and OpenAI's against our service.
fn openai(root: &Path) -> Result<()> {
    repo::step(
        "Pictures in OpenAI's words, asked for by its official clients; then a broken provider, which they must notice",
    );
    let target = repo::target(root).join("debug");
    let mut cases = Command::new("node");
    cases
        .args([
            "--test",
            "--test-reporter=spec",
            "tests/conformance/openai/",
            "tests/conformance/fal/",
            "tests/conformance/stability/",
        ])
        .current_dir(root);
    shown_ok(cases.env("ALLXONE_TARGET", &target))?;
    let folder = root.join("tests/conformance/openai-python");
    let python = setup::python_packages(root, "conformance-openai", &folder.join("requirements.txt"))?;
    for argument in [None, Some("--broken")] {
        let mut peer = Command::new(&python);
        shown_ok(peer.arg(folder.join("peer.py")).args(argument).env("ALLXONE_TARGET", &target))?;
    }
    Ok(())
}

/// The payment providers' own packages against the providers that are played in tests, and against the service.
fn payments(root: &Path) -> Result<()> {
    repo::step("Payments, with the providers' own packages");
    let host = repo::target(root)
        .join("debug/examples")
        .join(format!("payments-host{}", std::env::consts::EXE_SUFFIX));
    let mut cases = Command::new("node");
    cases.args(["--test", "--test-reporter=spec", "tests/conformance/payments/"]).current_dir(root);
    shown_ok(cases.env("ALLXONE_PAYMENTS_HOST", &host))?;
    let folder = root.join("tests/conformance/payments");
    let python = setup::python_packages(root, "payments", &folder.join("requirements.txt"))?;
    shown_ok(Command::new(python).arg(folder.join("peer.py")).env("ALLXONE_PAYMENTS_HOST", &host))
}

fn names_packages(arguments: &[String]) -> bool {
    let own = arguments.iter().take_while(|argument| *argument != "--");
    own.into_iter().any(|argument| {
        argument == "-p" || argument.starts_with("--package") || argument.starts_with("--manifest-path")
    })
}

#[cfg(test)]
mod tests {
    use super::names_packages;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_whole_workspace_is_tested_unless_a_package_is_named() {
        assert!(!names_packages(&words("")));
        assert!(!names_packages(&words("gate -- --nocapture -p")));
        assert!(names_packages(&words("-p allxone-media")));
        assert!(names_packages(&words("--package=allxone-media gate")));
    }
}

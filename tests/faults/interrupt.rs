//! Ctrl-C in the middle of the work.

#![cfg(unix)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use allxone_tests::Machine;

#[test]
fn an_interrupted_run_ends_cleanly_and_keeps_nothing() {
    let machine = Machine::new();
    let photo = machine.file("photo.png");
    image::RgbImage::from_fn(900, 900, |x, y| image::Rgb([(x / 4) as u8, (y / 4) as u8, 120]))
        .save(&photo)
        .unwrap();
    let mut run = machine
        .command()
        .args(["generate", "--factor", "4", "--input", photo.to_str().unwrap(), "-o", "large.png"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The job is on its way once the service has written its database.
    let deadline = Instant::now() + Duration::from_secs(60);
    while !allxone_tests::files(&machine.data())
        .iter()
        .any(|f| f.starts_with(machine.data().join("service/files")))
    {
        assert!(Instant::now() < deadline && run.try_wait().unwrap().is_none(), "the work never began");
        std::thread::yield_now();
    }
    Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(!machine.file("large.png").exists());
    assert!(machine.run(["library", "list", "--json"]).ended(0).json().is_empty());
    machine.run(["generate", "a cat", "--size", "160x160", "-o", "cat.png"]).ended(0);
    assert_eq!(
        machine.run(["library", "list", "--json"]).ended(0).json().len(),
        1,
        "the interrupted job does not come back"
    );
}

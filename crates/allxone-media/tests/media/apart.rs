//! Pictures read in a helper process are the same pictures; and whatever becomes of the helper, the caller gets an error and the next
//! picture is read.

use std::process::Command;
use std::time::Duration;

use allxone_media::{Attempts, Confinement, Decoder, HelperProgram, Limits, MediaError, Picture};
use bytes::Bytes;

use crate::{build, mutants, pillow};

const HELPER: &str = env!("CARGO_BIN_EXE_allxone-decoder");

/// The helper under a name by which its processes can be found.
fn program(name: &str) -> HelperProgram {
    HelperProgram::new(HELPER, [name])
}

fn decoder(program: HelperProgram) -> Decoder {
    Decoder::isolated(Limits::default(), program)
}

fn jpeg() -> Bytes {
    Bytes::from(build::jpeg(&build::noise(64, 48, 1), 90))
}

/// Processes that were started with `name` as an argument.
#[cfg(target_os = "linux")]
fn running(name: &str) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let named = |id: &u32| {
        let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.split(|b| *b == 0).skip(1).any(|argument| argument == name.as_bytes())
    };
    ids.filter(named).collect()
}

#[cfg(target_os = "linux")]
fn signal(name: &str, signal: &str) {
    for id in running(name) {
        assert!(Command::new("kill").args([signal, &id.to_string()]).status().unwrap().success());
    }
}

fn same(apart: &Result<Picture, MediaError>, here: &Result<Picture, MediaError>) -> bool {
    match (apart, here) {
        (Ok(a), Ok(b)) => {
            a.bytes() == b.bytes()
                && a.sha256() == b.sha256()
                && a.format() == b.format()
                && a.frames() == b.frames()
                && a.pixels() == b.pixels()
                && a.unseen_frames() == b.unseen_frames()
        }
        (Err(a), Err(b)) => a == b,
        _ => false,
    }
}

#[tokio::test]
async fn a_helper_reads_what_this_process_reads() {
    let decoder = decoder(program("same"));
    let mut files = mutants::seeds();
    files.extend([
        Vec::new(),
        b"no picture".to_vec(),
        b"II*\0".to_vec(),
        build::png_rgb(&build::noise(4, 4, 1), &[]),
    ]);
    files.push(build::unhex(pillow::JPEG_420)[..300].to_vec());
    for (index, file) in files.into_iter().map(Bytes::from).enumerate() {
        let here = Picture::prepare(file.clone(), &Limits::default());
        assert!(same(&decoder.prepare(file.clone()).await, &here), "prepare {index}");
        let here = Picture::received(file.clone(), &Limits::default());
        assert!(same(&decoder.received(file.clone()).await, &here), "received {index}");
    }
}

#[tokio::test]
async fn caps_hold_and_belong_to_the_asker() {
    let wide = decoder(program("caps"));
    let narrow = wide.with_limits(Limits { max_side: 10, ..Limits::default() });
    assert_eq!(narrow.received(jpeg()).await.unwrap_err().code(), "picture_side_too_long");
    assert!(wide.received(jpeg()).await.is_ok());
    let light = wide.with_limits(Limits { max_bytes: 100, ..Limits::default() });
    assert_eq!(light.received(jpeg()).await.unwrap_err().code(), "picture_too_many_bytes");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_helper_that_is_killed_while_it_reads_stops_one_picture() {
    let decoder = decoder(program("killed"));
    assert!(decoder.received(jpeg()).await.is_ok());
    // Halted first, so that it is certainly at work when it is killed: the first future runs until it waits for the answer.
    signal("killed", "-STOP");
    let (read, ()) = tokio::join!(decoder.received(jpeg()), async { signal("killed", "-KILL") });
    assert_eq!(read.unwrap_err(), MediaError::ReaderStopped);
    assert!(decoder.received(jpeg()).await.is_ok(), "the next picture gets a new helper");
    // Killed while it waits: nobody notices.
    signal("killed", "-KILL");
    while !running("killed").is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(decoder.received(jpeg()).await.is_ok());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_helper_that_hangs_is_ended() {
    let decoder = decoder(HelperProgram { patience: Duration::from_millis(1500), ..program("hangs") });
    assert!(decoder.received(jpeg()).await.is_ok());
    let hung = running("hangs");
    signal("hangs", "-STOP");
    assert_eq!(decoder.received(jpeg()).await.unwrap_err(), MediaError::ReaderTimedOut);
    assert!(decoder.received(jpeg()).await.is_ok());
    assert_eq!(hung.len(), 1);
    assert!(!running("hangs").contains(&hung[0]), "it was killed, not left behind");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_helper_without_work_is_ended_and_so_are_all_with_their_decoder() {
    let idle = decoder(HelperProgram { idle: Duration::ZERO, ..program("idle") });
    assert!(idle.received(jpeg()).await.is_ok());
    while !running("idle").is_empty() {
        tokio::task::yield_now().await;
    }
    let dropped = decoder(program("dropped"));
    assert!(dropped.received(jpeg()).await.is_ok());
    assert_eq!(running("dropped").len(), 1);
    drop(dropped);
    while !running("dropped").is_empty() {
        tokio::task::yield_now().await;
    }
}

/// A program that sends `answer` whatever it is asked.
#[cfg(unix)]
fn sending(answer: &[u8]) -> HelperProgram {
    let ready = head(format!(r#"{{"version":"{}"}}"#, env!("CARGO_PKG_VERSION")).as_bytes());
    let octal: String = [ready.as_slice(), answer].concat().iter().map(|b| format!("\\{b:03o}")).collect();
    HelperProgram {
        patience: Duration::from_secs(20),
        ..HelperProgram::new("/bin/sh", ["-c", &format!("printf '{octal}'; exec /bin/cat 3>&1 >/dev/null")])
    }
}

#[cfg(unix)]
fn head(json: &[u8]) -> Vec<u8> {
    [&u32::try_from(json.len()).unwrap().to_le_bytes()[..], json].concat()
}

#[cfg(unix)]
#[tokio::test]
async fn an_answer_that_makes_no_sense_is_a_refusal() {
    let read = |frames: &str, rest: &[u8]| {
        let json = format!(r#"{{"Read":{{"format":"Png","bytes":null,"frames":[{frames}],"unseen":0}}}}"#);
        [head(json.as_bytes()), rest.to_vec()].concat()
    };
    let pixel = r#"{"width":1,"height":1,"alpha":false}"#;
    let sound = decoder(sending(&read(pixel, &[1, 2, 3])));
    assert!(sound.received(jpeg()).await.is_ok(), "the harness speaks the line's language");
    let refused = decoder(sending(&head(br#"{"Refused":"Empty"}"#)));
    assert_eq!(refused.received(jpeg()).await.unwrap_err(), MediaError::Empty);
    for (what, answer) in [
        ("no JSON", head(b"!!")),
        ("another JSON", head(br#"{"Read":3}"#)),
        ("a head without end", vec![0xFF; 64]),
        ("no frame", read("", &[])),
        ("a frame of nothing", read(r#"{"width":0,"height":1,"alpha":false}"#, &[])),
        ("a frame beyond the caps", read(r#"{"width":16000,"height":16000,"alpha":true}"#, &[])),
        ("too many frames", read(&[pixel; 17].join(","), &[9; 51])),
    ] {
        let error = decoder(sending(&answer)).received(jpeg()).await.unwrap_err();
        assert_eq!(error, MediaError::ReaderStopped, "{what}");
    }
    // Pixels that never come: only the clock helps.
    let short = sending(&read(pixel, &[1, 2]));
    let short = decoder(HelperProgram { patience: Duration::from_millis(500), ..short });
    assert_eq!(short.received(jpeg()).await.unwrap_err(), MediaError::ReaderTimedOut);
}

#[cfg(unix)]
#[tokio::test]
async fn without_a_helper_nothing_is_read() {
    for wrong in ["/nonexistent/program", "/bin/false", "/bin/cat", "/"] {
        let decoder = decoder(HelperProgram::new(wrong, ["decoder"]));
        assert_eq!(decoder.received(jpeg()).await.unwrap_err(), MediaError::ReaderUnavailable, "{wrong}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_beyond_its_bounds_ends_the_helper_alone() {
    let confinement = Confinement { memory: 48 << 20, ..Confinement::default() };
    let decoder = decoder(HelperProgram { confinement, ..program("memory") });
    // 30 megapixels of nothing, under the caps of the program but not of this helper.
    let rows: Vec<Vec<u8>> = vec![vec![0; 6000 * 3]; 5000];
    let rows: Vec<&[u8]> = rows.iter().map(Vec::as_slice).collect();
    let large = Bytes::from(build::png(6000, 5000, 8, 2, &rows, &[]));
    assert_eq!(decoder.received(large).await.unwrap_err(), MediaError::ReaderStopped);
    assert!(decoder.received(jpeg()).await.is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn a_confined_program_can_do_nothing_but_compute() {
    let told = Command::new(HELPER).arg("attempt-forbidden").output().unwrap();
    assert!(told.status.success(), "{told:?}");
    let attempts: Attempts = serde_json::from_slice(&told.stdout).unwrap();
    let nothing = Attempts {
        read_file: false,
        write_file: false,
        open_socket: false,
        start_program: false,
        take_memory: false,
    };
    assert_eq!(attempts, nothing);
}

/// Damaged files under the memory bound that the system holds.
#[tokio::test]
async fn damaged_files_do_not_end_a_helper_of_256_megabytes() {
    let confinement = Confinement { memory: 256 << 20, ..Confinement::default() };
    let decoder = decoder(HelperProgram { confinement, ..program("damaged") });
    let mut dice = mutants::Dice::new(7);
    for seed in mutants::seeds() {
        for _ in 0..40 {
            let file = Bytes::from(mutants::mutate(&seed, &mut dice));
            let here = Picture::received(file.clone(), &Limits::default());
            assert!(same(&decoder.received(file).await, &here));
        }
    }
}

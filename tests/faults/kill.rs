//! kill -9 at random moments of making and keeping pictures.

#![cfg(unix)]

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

use allxone_tests::Machine;
use rand::{Rng, SeedableRng};

/// How many times; `ALLXONE_KILLS` raises it (200 is the figure the product promises).
fn kills() -> u32 {
    std::env::var("ALLXONE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(25)
}

#[test]
fn no_acknowledged_picture_is_lost_and_no_job_is_done_twice() {
    let machine = Machine::new();
    machine.run(["generate", "a cat", "--size", "160x160", "--seed", "0", "-o", "p.png"]).ended(0);
    // How long a run takes here and now, so that the moments fall into its middle.
    let started = Instant::now();
    machine.run(["generate", "a cat", "--size", "160x160", "--seed", "2", "-o", "p.png"]).ended(0);
    let whole = started.elapsed();
    let mut random = rand::rngs::StdRng::seed_from_u64(9);
    let mut acknowledged = HashMap::new();
    let mut killed = 0;
    for round in 0..kills() {
        let mut run = machine
            .command()
            .args(["generate", "a red car and two owls", "--size", "160x160", "--json", "-o", "p.png"])
            .args(["--seed", &(u64::from(round) + 1_000).to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = run.stdout.take().unwrap();
        let reader =
            std::thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).collect::<Vec<_>>());
        std::thread::sleep(whole.mul_f64(random.random_range(0.05..1.1)));
        run.kill().unwrap();
        killed += u32::from(run.wait().unwrap().code().is_none());
        for line in reader.join().unwrap() {
            let said: serde_json::Value = serde_json::from_str(&line).unwrap();
            let (item, sha256) = (said["item"].as_str().unwrap(), said["sha256"].as_str().unwrap());
            acknowledged.insert(item.to_owned(), sha256.to_owned());
        }
    }
    // One run that is left alone finishes whatever waits.
    machine.run(["generate", "a cat", "--size", "160x160", "--seed", "1", "-o", "p.png"]).ended(0);

    let kept = machine.run(["library", "list", "--limit", "100000", "--json"]).ended(0).json();
    let by_id: HashMap<_, _> = kept.iter().map(|item| (item["id"].as_str().unwrap(), item)).collect();
    for (item, sha256) in &acknowledged {
        let found = by_id.get(item.as_str()).unwrap_or_else(|| panic!("{item} was acknowledged and is lost"));
        assert_eq!(found["sha256"].as_str(), Some(sha256.as_str()));
        machine.run(["library", "export", item, "-o", "export.png"]).ended(0);
        let bytes = std::fs::read(machine.file("export.png")).unwrap();
        assert_eq!(
            hex(&sha2::Digest::finalize(sha2::Digest::chain_update(sha2::Sha256::default(), &bytes))),
            *sha256
        );
    }
    let jobs: Vec<_> = kept.iter().map(|item| item["job"].as_str().unwrap()).collect();
    assert_eq!(jobs.iter().collect::<HashSet<_>>().len(), jobs.len(), "no job brought two pictures");
    let seeds: Vec<_> = kept.iter().map(|item| item["seed"].to_string()).collect();
    assert_eq!(seeds.iter().collect::<HashSet<_>>().len(), seeds.len(), "no request was made twice");
    let standing = machine.run(["doctor", "--json"]).ended(0).json();
    assert!(standing.iter().any(|line| line["what"] == "library" && line["standing"] == "good"));
    let files = allxone_tests::files(&machine.data().join("library/blobs")).len();
    assert_eq!(files, 2 * kept.len(), "a picture and a thumbnail for each row, and nothing else");
    assert_eq!(
        allxone_tests::files(&machine.data().join("service/files")).len(),
        0,
        "the service has forgotten everything"
    );
    eprintln!("{killed} runs killed, {} acknowledged, {} kept", acknowledged.len(), kept.len());
    assert!(killed > kills() / 3, "the moments were too late to prove anything: {killed} of {}", kills());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

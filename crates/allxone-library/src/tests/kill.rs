//! Killing a process that keeps, queues and purges, again and again, at any moment.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::*;
use crate::{Filter, NewQueued, QueueState};

const ROLE: &str = "ALLXONE_LIBRARY_CHILD";

/// The child's side, not a test of its own: works until it is killed and tells what was acknowledged.
#[test]
fn child() {
    let Ok(dir) = std::env::var(ROLE) else { return };
    println!("\nstarted");
    let library = open(Path::new(&dir));
    let mut out = std::io::stdout().lock();
    let round: u64 = rand::random();
    for i in 0u64.. {
        let seed = round.wrapping_add(i);
        let bytes = noise(seed, 2_000 + (seed % 90_000) as usize);
        let queued = library
            .enqueue(NewQueued {
                draft: json!({}),
                key: format!("{seed}"),
                inputs: vec![bytes.clone().into()],
            })
            .unwrap();
        writeln!(out, "queued {queued}").unwrap();
        let id =
            keep_bytes(&library, &bytes, &from_job("killed while keeping", &seed.to_string(), 0)).unwrap();
        writeln!(out, "kept {id} {}", hex::encode(Sha256::digest(&bytes))).unwrap();
        library.finish(queued, QueueState::Done, None).unwrap();
        writeln!(out, "done {queued}").unwrap();
        if i % 4 == 3 {
            writeln!(out, "purging {id}").unwrap();
            library.purge(&[id]).unwrap();
            writeln!(out, "purged {id}").unwrap();
        }
    }
}

#[test]
fn no_acknowledged_picture_is_lost_to_a_kill() {
    let kills: usize = std::env::var("ALLXONE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let dir = tempfile::tempdir().unwrap();
    let mut kept: HashMap<ItemId, String> = HashMap::new();
    let (mut purging, mut purged) = (HashSet::new(), HashSet::new());
    let (mut queued, mut done) = (HashSet::new(), HashSet::new());
    let (mut swept, mut unfinished) = (0, 0);
    for _ in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::kill::child", "--nocapture", "--test-threads=1"])
            .env(ROLE, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.by_ref().map(Result::unwrap).any(|line| line == "started"), "the child must start");
        std::thread::sleep(Duration::from_micros(rand::random_range(5_000..125_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            // A line cut short was not acknowledged.
            let line = line.unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["kept", id, hash] if hash.len() == 64 => {
                    kept.insert(id.parse().unwrap(), hash.to_owned());
                }
                ["purging", id] if id.len() == 26 => {
                    purging.insert(id.parse::<ItemId>().unwrap());
                }
                ["purged", id] if id.len() == 26 => {
                    purged.insert(id.parse::<ItemId>().unwrap());
                }
                ["queued", id] if id.len() == 26 => {
                    queued.insert(id.to_owned());
                }
                ["done", id] if id.len() == 26 => {
                    done.insert(id.to_owned());
                }
                _ => {}
            }
        }
        let library = open(dir.path());
        swept += library.sweep_report().orphans;
        unfinished += library.sweep_report().unfinished;
        assert!(!library.sweep_report().needs_attention(), "{:?}", library.sweep_report());
    }
    let library = open(dir.path());
    assert_eq!(library.sweep_report(), &crate::SweepReport::default(), "nothing is left to sweep");
    assert_eq!(library.check().unwrap(), Vec::<String>::new());
    for (id, hash) in &kept {
        let found = library.picture(*id).map(|bytes| hex::encode(Sha256::digest(bytes)));
        match found {
            Ok(found) => assert!(found == *hash && !purged.contains(id), "{id}"),
            Err(error) => assert!(purging.contains(id), "{id} was acknowledged and is lost: {error}"),
        }
    }
    let open_now: HashSet<String> = library.open_queue().unwrap().iter().map(|e| e.id.to_string()).collect();
    for id in &queued {
        let entry = library.queued(id.parse().unwrap()).unwrap().expect("an acknowledged entry is lost");
        assert!(open_now.contains(id) || entry.state == QueueState::Done, "{id}");
        assert!(!done.contains(id) || entry.state == QueueState::Done, "{id} was done");
    }
    // Every file belongs to a row and every row is whole.
    let mut rows = 0;
    let mut after = None;
    loop {
        let page = library.list(&Filter::default(), after.as_ref(), 500).unwrap();
        rows += page.items.len();
        for item in &page.items {
            library.picture(item.id).unwrap();
            library.thumbnail(item.id).unwrap();
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(files(&dir.path().join("blobs")).len(), 2 * rows + open_now.len());
    assert!(kept.len() > kills / 2, "only {} pictures were acknowledged", kept.len());
    println!(
        "{kills} kills: {} kept, {} purged, {} queued; {swept} leftovers and {unfinished} unfinished files swept",
        kept.len(),
        purged.len(),
        queued.len()
    );
}

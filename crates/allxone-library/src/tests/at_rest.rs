use super::*;
use crate::{EgressFilter, NewEgress, NewQueued};

/// 40 canaries in every place that holds a person's words or pictures; none of them may be found in
/// any file, while the library is open, after it is closed, and after it was copied in between.
#[test]
fn nothing_readable_lies_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let canary = |i: usize| format!("canary{i:03}word");
    let mut needles: Vec<Vec<u8>> = (0..40).map(|i| canary(i).into_bytes()).collect();
    for i in 0..10 {
        let picture = noise(i as u64, 5_000);
        needles.push(picture[100..132].to_vec());
        let told = Details {
            title: canary(4 * i),
            negative: canary(4 * i + 1),
            params: json!({ "style": canary(4 * i + 2) }),
            ..details(&canary(4 * i + 3))
        };
        keep_bytes(&library, &picture, &told).unwrap();
    }
    let input = noise(77, 5_000);
    needles.push(input[100..132].to_vec());
    needles.push(b"draftcanary".to_vec());
    needles.push(hex::encode(Sha256::digest(&input)).into_bytes());
    needles.push(Sha256::digest(&input).to_vec());
    needles.push(b"hostcanary".to_vec());
    library
        .enqueue(NewQueued {
            draft: json!({ "prompt": "draftcanary" }),
            key: "k".into(),
            inputs: vec![input.into()],
        })
        .unwrap();
    library
        .egress_append(&NewEgress {
            started_ms: 1,
            host: "hostcanary.example".into(),
            purpose: "p".into(),
            method: "GET".into(),
            resource: "/".into(),
            fields: vec![],
            headers: vec![],
            bytes_out: 0,
        })
        .unwrap();
    let scan = |when: &str| {
        let mut bytes = 0;
        for path in files(dir.path()) {
            let content = std::fs::read(&path).unwrap();
            bytes += content.len();
            for needle in &needles {
                assert!(
                    !contains(&content, needle),
                    "{when}: {} in {}",
                    String::from_utf8_lossy(needle),
                    path.display()
                );
                assert!(!path.to_string_lossy().as_bytes().windows(needle.len()).any(|w| w == &needle[..]));
            }
        }
        assert!(bytes > 100_000, "{when}: something was searched");
    };
    scan("open");
    assert_eq!(library.egress_list(&EgressFilter::default(), 1).unwrap()[0].sent.host, "hostcanary.example");
    drop(library);
    scan("closed");
    let database = std::fs::read(dir.path().join("library.db")).unwrap();
    assert!(!database.starts_with(b"SQLite format"));
}

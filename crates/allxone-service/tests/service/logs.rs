//! What the service and everything under it writes to the log, at its most talkative.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use allxone_contract::*;

use crate::rig::{Rig, contains, quick, touch};

/// Everything logged by this process, by all tests of this program.
static LOG: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(Arc::default);

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps everything that is logged from now on, at its most talkative.
pub fn listen() {
    static LISTENING: LazyLock<()> = LazyLock::new(|| {
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Sink).init();
    });
    LazyLock::force(&LISTENING);
}

/// What was logged so far.
pub fn written() -> Vec<u8> {
    LOG.lock().unwrap().clone()
}

#[tokio::test]
async fn no_level_of_the_log_shows_content_tokens_or_keys() {
    listen();
    let mut rig = Rig::start().await;
    let words = "a teapot named quillfeather on a windowsill";
    let asset: Asset = rig.upload("safe_brick.png").await.json();
    let id = rig.accepted("k", &quick(words)).await;
    rig.ended(&id).await;
    let worked = rig.accepted("k2", &touch(asset.sha256)).await;
    rig.ended(&worked).await;
    rig.post_job(&[("idempotency-key", "k3")], b"{\"prompt\": \"quillfeather").await;
    rig.http.send("DELETE", &format!("/jobs/{id}"), &[], b"").await;
    rig.shutdown().await;

    let log = written();
    assert!(contains(&log, id.as_bytes()), "the log is there: it names the job");
    for secret in ["quillfeather", rig.http.token.as_str(), &"01".repeat(32), &"02".repeat(32), "PRAGMA key"]
    {
        let at = log.windows(secret.len()).position(|window| window == secret.as_bytes());
        let around = at.map(|at| String::from_utf8_lossy(&log[at.saturating_sub(300)..at]).into_owned());
        assert_eq!(around, None, "logged: {secret}");
    }
}

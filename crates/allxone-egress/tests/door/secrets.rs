//! Tokens and ids do not turn up in messages, debug output or logs.

use std::io::Write;
use std::sync::{Arc, Mutex};

use allxone_egress::{Empty, HeaderMap, Purpose, Route, Timeouts};
use std::time::Duration;

use crate::far_end::{Act, FarEnd, http};
use crate::notebook::{TOKEN, other, setting_with};

const ID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_that_is_said_or_logged_holds_them() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = tracing::subscriber::with_default(subscriber, || runtime.block_on(every_way_to_fail()));

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a request was not answered"), "the log is listened to: {log}");
    for secret in [TOKEN, ID] {
        assert!(!said.contains(secret), "{said}");
        let leak: Vec<_> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(leak.is_empty(), "{leak:?}");
    }
}

async fn every_way_to_fail() -> String {
    let far = FarEnd::answering(|n, _| match n {
        0 => vec![],
        1 => vec![Act::Reset],
        2 => vec![Act::Stall],
        3 => vec![Act::Send(http(200, &[("content-encoding", "br")], "x"))],
        4 => vec![Act::Send(http(200, &[], "y".repeat(100)))],
        _ => vec![Act::Send(http(200, &[], "z"))],
    })
    .await;
    let setting = setting_with(Timeouts { exchange: Duration::from_millis(150), ..Timeouts::default() });
    let mut said = format!("{:?} {:?}", setting.door, other(&far));
    for _ in 0..6 {
        let route = Route::get("/jobs/{id}").id(ID);
        match setting.door.fetch(&other(&far), Purpose::FollowJob, route, HeaderMap::new(), 10).await {
            Ok(answer) => said.push_str(&format!("{answer:?}")),
            Err(error) => said.push_str(&format!("{error} {error:?} {}", error.code())),
        }
    }
    setting.lock.close();
    let route = Route::delete("/jobs/{id}").id(ID);
    let error = setting
        .door
        .send_control(&other(&far), Purpose::EraseJob, route, HeaderMap::new(), &Empty)
        .await
        .unwrap_err();
    said.push_str(&format!("{error} {error:?} {:?}", setting.notebook.rows()));
    said
}

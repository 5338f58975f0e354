//! No row, no request; and the row says what happened without saying what was sent.

use std::sync::{Arc, Mutex};

use allxone_contract::{ModelId, Operation, Picked, QuoteRequest, Size};
use allxone_egress::{
    ConnectFault, Door, EgressError, EgressOutcome, EgressRow, Empty, HeaderMap, Ledger, LedgerError,
    OfflineLock, Purpose, Route, RowId, Server,
};

use crate::far_end::{Act, FarEnd, http, json};
use crate::notebook::{Notebook, other, own, setting};

struct Full;

impl Ledger for Full {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        Err(LedgerError("The disk is full.".to_owned()))
    }
    fn close(&self, _: RowId, _: &EgressOutcome) {
        panic!("a row that was never appended is closed");
    }
}

struct Broken;

impl Ledger for Broken {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        panic!("the ledger is broken");
    }
    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

async fn listening() -> FarEnd {
    FarEnd::answering(|_, _| json(200, &serde_json::json!({}))).await
}

fn quote() -> QuoteRequest {
    QuoteRequest {
        operation: Operation::Upscale,
        model: ModelId::from("local/upscale"),
        size: Some(Size { width: 64, height: 64 }),
        count: 1,
        factor: Some(2),
        inputs: vec![Picked { width: 64, height: 64 }],
        fields: Vec::new(),
    }
}

#[tokio::test]
async fn a_ledger_that_cannot_write_keeps_everything_in() {
    let far = listening().await;
    let ledgers: [Option<Arc<dyn Ledger>>; 3] = [Some(Arc::new(Full)), Some(Arc::new(Broken)), None];
    for ledger in ledgers {
        let mut builder = Door::builder();
        if let Some(ledger) = ledger {
            builder = builder.ledger(ledger);
        }
        let door = builder.build().unwrap();
        let get = door
            .fetch(&other(&far), Purpose::Models, Route::get("/models"), HeaderMap::new(), 10)
            .await
            .unwrap_err();
        let post = door
            .send_control(&other(&far), Purpose::Quote, Route::post("/quotes"), HeaderMap::new(), &quote())
            .await
            .unwrap_err();
        for error in [get, post] {
            assert!(matches!(error, EgressError::LedgerRefused { .. }) && error.never_sent(), "{error:?}");
        }
    }
    assert_eq!((far.connections(), far.bytes()), (0, 0));
}

#[tokio::test]
async fn the_own_service_has_no_rows() {
    let far = listening().await;
    let setting = setting();
    let answer = setting
        .door
        .send_control(&own(&far), Purpose::Quote, Route::post("/api/v1/quotes"), HeaderMap::new(), &quote())
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(setting.notebook.rows().is_empty());
    assert_eq!(far.connections(), 1);
}

#[tokio::test]
async fn a_row_tells_who_why_and_how_much_but_not_what() {
    let far = FarEnd::answering(|_, _| vec![Act::Send(http(201, &[], "12345"))]).await;
    let setting = setting();
    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", "k1".parse().unwrap());
    headers.insert("accept", "application/json".parse().unwrap());
    let route = Route::post("/api/v1/jobs/{id}/cancel").id("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let answer =
        setting.door.send_control(&other(&far), Purpose::CancelJob, route, headers, &quote()).await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), "12345");

    let (row, outcome) = setting.notebook.only();
    assert_eq!(row.host, far.addr().to_string());
    assert_eq!((row.purpose, row.method.as_str()), (Purpose::CancelJob, "POST"));
    assert_eq!(row.resource, "/api/v1/jobs/{id}/cancel");
    assert_eq!(row.fields, ["operation", "model", "size", "count", "factor", "inputs"]);
    assert_eq!(row.headers, ["idempotency-key"]);
    assert_eq!(row.bytes, far.seen()[0].body.len() as u64);
    assert_eq!(
        (outcome.status, outcome.bytes_in, outcome.error, outcome.never_sent),
        (Some(201), 5, None, false)
    );
    assert!(outcome.time >= row.time);
    assert!(!serde_json::to_string(&row).unwrap().contains("upscale"), "{row:?}");
}

#[tokio::test]
async fn the_row_is_there_before_the_first_byte() {
    let notebook = Arc::new(Notebook::default());
    let kept = notebook.clone();
    let rows_at_arrival = Arc::new(Mutex::new(None));
    let at_arrival = rows_at_arrival.clone();
    let far = FarEnd::answering(move |_, _| {
        *at_arrival.lock().unwrap() = Some(kept.rows());
        json(200, &1)
    })
    .await;
    let door = Door::builder().ledger(notebook.clone()).build().unwrap();
    let route = Route::delete("/api/v1/jobs/{id}").id("x");
    door.send_control(&other(&far), Purpose::EraseJob, route, HeaderMap::new(), &Empty).await.unwrap();
    let rows = rows_at_arrival.lock().unwrap().clone().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].1, None, "still open while the request is under way");
}

#[tokio::test]
async fn a_row_tells_when_nothing_reached_anyone() {
    let nobody = {
        let far = listening().await;
        far.addr()
    };
    let server = Server::remote(&format!("http://{nobody}"), None).unwrap();
    let mut error = None;
    // The port is free again once the listener's task is gone.
    for _ in 0..100 {
        let setting = setting();
        match setting.door.fetch(&server, Purpose::Health, Route::get("/health"), HeaderMap::new(), 10).await
        {
            Err(found @ EgressError::Connect { .. }) => {
                let (_, outcome) = setting.notebook.only();
                assert!(outcome.never_sent);
                assert_eq!((outcome.error.as_deref(), outcome.status), (Some("unreachable"), None));
                error = Some(found);
                break;
            }
            _ => tokio::task::yield_now().await,
        }
    }
    let error = error.expect("a closed port refuses");
    assert!(matches!(error, EgressError::Connect { fault: ConnectFault::Unreachable, .. }));
    assert!(error.is_offline() && error.never_sent() && error.is_passing() && !error.is_locked());
}

#[tokio::test]
async fn an_answer_nobody_wanted_to_the_end_is_abandoned() {
    let far = FarEnd::answering(|_, _| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nfirst";
        vec![Act::Send(head.into()), Act::Stall]
    })
    .await;
    let setting = setting();
    let mut answer = setting
        .door
        .fetch(&other(&far), Purpose::FetchResult, Route::get("/x"), HeaderMap::new(), 100)
        .await
        .unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    drop(answer);
    let (_, outcome) = setting.notebook.only();
    assert_eq!(
        (outcome.error.as_deref(), outcome.bytes_in, outcome.never_sent),
        (Some("abandoned"), 5, false)
    );
}

#[tokio::test]
async fn a_request_nobody_waits_for_leaves_no_open_row() {
    let far = FarEnd::answering(|_, _| vec![Act::Stall]).await;
    let setting = setting();
    let (door, server) = (setting.door.clone(), other(&far));
    let asking = tokio::spawn(async move {
        door.fetch(&server, Purpose::Models, Route::get("/models"), HeaderMap::new(), 10).await.map(drop)
    });
    while far.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    let (_, outcome) = setting.notebook.only();
    assert_eq!((outcome.error.as_deref(), outcome.never_sent), (Some("abandoned"), false));
}

#[tokio::test]
async fn what_is_refused_beforehand_has_no_row() {
    let far = listening().await;
    let setting = setting();
    let (door, server, none) = (&setting.door, other(&far), HeaderMap::new);
    let mut smuggled = HeaderMap::new();
    smuggled.insert("x-prompt", "a quiet harbour".parse().unwrap());
    let mut wordy = quote();
    wordy.model = ModelId::from("a quiet harbour at dawn");
    let mut long = quote();
    long.inputs = vec![Picked { width: 1, height: 1 }; 10_000];

    let errors = [
        door.fetch(&server, Purpose::SubmitJob, Route::get("/jobs"), none(), 10).await.map(drop),
        door.fetch(&server, Purpose::Models, Route::post("/models"), none(), 10).await.map(drop),
        door.fetch(&server, Purpose::Models, Route::get("/models"), smuggled, 10).await.map(drop),
        door.fetch(&server, Purpose::Models, Route::get("/jobs/{id}").id("a quiet harbour"), none(), 10)
            .await
            .map(drop),
        door.send_control(&server, Purpose::Upload, Route::post("/uploads"), none(), &Empty).await.map(drop),
        door.send_control(&server, Purpose::Quote, Route::post("/quotes"), none(), &wordy).await.map(drop),
        door.send_control(&server, Purpose::Quote, Route::post("/quotes"), none(), &long).await.map(drop),
    ];
    let codes: Vec<_> = errors.into_iter().map(|error| error.unwrap_err().code()).collect();
    assert_eq!(
        codes,
        [
            "wrong_purpose",
            "wrong_purpose",
            "bad_header",
            "bad_route",
            "wrong_purpose",
            "not_control",
            "not_control"
        ]
    );
    assert!(setting.notebook.rows().is_empty());
    assert_eq!(far.connections(), 0);
}

#[tokio::test]
async fn a_lock_closed_while_the_ledger_writes_still_holds() {
    struct Closing(OfflineLock, Notebook);
    impl Ledger for Closing {
        fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError> {
            self.0.close();
            self.1.append(row)
        }
        fn close(&self, id: RowId, outcome: &EgressOutcome) {
            self.1.close(id, outcome);
        }
    }
    let far = listening().await;
    let lock = OfflineLock::default();
    let ledger = Arc::new(Closing(lock.clone(), Notebook::default()));
    let door = Door::builder().ledger(ledger.clone()).offline_lock(lock).build().unwrap();
    let error =
        door.fetch(&other(&far), Purpose::Models, Route::get("/x"), HeaderMap::new(), 10).await.unwrap_err();
    assert!(matches!(error, EgressError::Offline { .. }), "{error:?}");
    let (_, outcome) = ledger.1.only();
    assert!(outcome.never_sent);
    assert_eq!((outcome.error.as_deref(), far.connections()), (Some("offline_locked"), 0));
}

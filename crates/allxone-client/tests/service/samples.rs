//! Values of the contract for tests.

use allxone_contract::{
    ApiRange, Asset, AssetId, Charge, Finding, GateVersions, Health, Job, JobEvent, JobId, JobState, ModelId,
    Operation, Output, PictureFormat, Problem, Progress, Receipt, Scores, Sha256, Source, UtcMillis,
};

use crate::far_end::{Act, http};

pub fn health() -> Health {
    Health {
        service: "allxone".to_owned(),
        version: "0.1.0".to_owned(),
        api: ApiRange { min: 1, max: 1 },
        ready: true,
        time: UtcMillis(1_700_000_000_000),
    }
}

pub fn job(state: JobState) -> Job {
    Job {
        id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        state,
        version: 1,
        operation: Operation::Generate,
        model: ModelId::from("local/scene"),
        request_sha256: Sha256::of(b"request"),
        created: UtcMillis(1),
        updated: UtcMillis(2),
        progress: Progress::default(),
        outputs: Vec::new(),
        blocked: Vec::new(),
        warnings: Vec::new(),
        charge: Charge::default(),
        error: None,
        erased: false,
    }
}

pub fn job_id() -> JobId {
    job(JobState::Queued).id
}

pub fn receipt(content: Sha256) -> Receipt {
    Receipt {
        content,
        finding: Finding::allow(Scores::default()),
        confirmed: false,
        time: UtcMillis(3),
        versions: GateVersions { policy: "p".to_owned(), models: Vec::new() },
    }
}

pub fn output(index: u8, content: &[u8]) -> Output {
    Output {
        index,
        asset: "01BX5ZZKBKACTAV9WEVGEMMVRZ".parse::<AssetId>().unwrap(),
        sha256: Sha256::of(content),
        bytes: content.len() as u64,
        format: PictureFormat::Png,
        width: 1,
        height: 1,
        seed: None,
        source: Source::Generated,
        report: None,
        receipt: receipt(Sha256::of(content)),
    }
}

pub fn asset(content: &[u8]) -> Asset {
    let output = output(0, content);
    Asset {
        id: output.asset,
        sha256: output.sha256,
        bytes: output.bytes,
        format: PictureFormat::Png,
        width: 1,
        height: 1,
        created: UtcMillis(4),
    }
}

pub fn problem(problem: &Problem, headers: &[(&str, &str)]) -> Vec<Act> {
    let headers = [&[("content-type", "application/problem+json")], headers].concat();
    vec![Act::Send(http(problem.status, &headers, serde_json::to_vec(problem).unwrap()))]
}

pub fn page(status: u16) -> Vec<Act> {
    let html = "<html><script>alert('boo')</script>secret-of-the-gateway</html>";
    vec![Act::Send(http(status, &[("content-type", "text/html")], html))]
}

/// One frame of an event stream.
pub fn frame(sequence: u64, event: &JobEvent) -> String {
    let value = serde_json::to_value(event).unwrap();
    let kind = value["type"].as_str().unwrap();
    format!("id: {sequence}\nevent: {kind}\ndata: {value}\n\n")
}

/// The head of an event stream that ends with its connection, and some of its text.
pub fn event_stream(text: &str) -> Act {
    Act::Send(
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{text}")
            .into_bytes(),
    )
}

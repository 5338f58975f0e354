//! Each method asks for the right thing in the right words and understands the answer.

use allxone_contract::{
    CreditEntryList, Credits, HistoryPage, HistoryPosition, JobList, JobState, ModelId, ModelList, Operation,
    Quote, QuoteId, QuoteRequest, UtcMillis,
};
use allxone_egress::Purpose;

use crate::far_end::{FarEnd, json};
use crate::samples;
use crate::stage::stage;

const JOB: &str = "/api/v1/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn nothing() -> Credits {
    let none = Default::default();
    Credits {
        metered: true,
        posted: none,
        held: none,
        available: none,
        lots: Vec::new(),
        month_cap: None,
        this_month: none,
    }
}

#[tokio::test]
async fn every_route_is_asked_as_the_contract_says() {
    let job = samples::job(JobState::Running);
    let list = JobList { jobs: vec![job.clone()], next: Some(job.id) };
    let asset = samples::asset(b"content");
    let quote =
        Quote { id: QuoteId::new(), at_most: Default::default(), expires: UtcMillis(9), dropped: Vec::new() };
    let answers = (job.clone(), list.clone(), asset.clone(), quote.clone());
    let far = FarEnd::answering(move |_, seen| {
        let (job, list, asset, quote) = &answers;
        match (seen.method.as_str(), seen.target.as_str()) {
            ("GET", "/api/v1/health") => json(200, &samples::health()),
            ("GET", "/api/v1/models") => json(200, &ModelList { models: Vec::new() }),
            ("POST", "/api/v1/quotes") => json(200, quote),
            ("GET", "/api/v1/jobs?limit=5&before=01ARZ3NDEKTSV4RRFFQ69G5FAV" | "/api/v1/jobs?limit=50") => {
                json(200, list)
            }
            ("GET", "/api/v1/credits") => json(200, &nothing()),
            ("GET", "/api/v1/credits/entries?limit=50" | "/api/v1/credits/entries?limit=5&before=7") => {
                json(200, &CreditEntryList { entries: Vec::new(), next: Some(2) })
            }
            ("GET", JOB) | ("DELETE", JOB) => json(200, job),
            ("POST", "/api/v1/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel") => json(202, job),
            ("DELETE", "/api/v1/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV/outputs/3") => json(200, job),
            ("GET", "/api/v1/history?after=7&limit=20") => {
                json(200, &HistoryPage { entries: Vec::new(), read_to: HistoryPosition(9), more: true })
            }
            ("GET", "/api/v1/assets/01BX5ZZKBKACTAV9WEVGEMMVRZ") => json(200, asset),
            other => panic!("nobody should ask {other:?}"),
        }
    })
    .await;
    let stage = stage(&far);
    let client = &stage.client;
    let question = QuoteRequest {
        operation: Operation::Generate,
        model: ModelId::from("local/scene"),
        size: None,
        count: 2,
        factor: None,
        inputs: Vec::new(),
        fields: Vec::new(),
    };

    assert_eq!(client.health().await.unwrap(), samples::health());
    assert_eq!(client.models().await.unwrap().models.len(), 0);
    assert_eq!(client.quote(&question).await.unwrap(), quote);
    assert_eq!(client.jobs(Some(job.id), 5).await.unwrap(), list);
    assert_eq!(client.jobs(None, 50).await.unwrap(), list);
    assert_eq!(client.job(job.id).await.unwrap(), job);
    assert_eq!(client.cancel(job.id).await.unwrap(), job);
    assert_eq!(client.erase(job.id).await.unwrap(), job);
    assert_eq!(client.asset(asset.id).await.unwrap(), asset);
    assert_eq!(client.erase_output(job.id, 3).await.unwrap(), job);
    assert_eq!(client.history(HistoryPosition(7), 20).await.unwrap().read_to, HistoryPosition(9));

    assert_eq!(client.credits().await.unwrap(), nothing());
    assert_eq!(client.credit_entries(None, 50).await.unwrap().next, Some(2));
    assert_eq!(client.credit_entries(Some(7), 5).await.unwrap().next, Some(2));

    assert!(!format!("{client:?}").contains("rose-hip"), "{client:?}");
    let seen = far.seen();
    for request in &seen {
        assert_eq!(request.header("allxone-api"), Some("1"), "{request:?}");
        assert_eq!(request.header("authorization"), Some("Bearer rose-hip"));
    }
    assert_eq!(serde_json::from_slice::<QuoteRequest>(&seen[2].body).unwrap(), question);
    assert!(seen.iter().enumerate().all(|(n, request)| n == 2 || request.body.is_empty()));

    let told: Vec<_> =
        stage.rows.all().into_iter().map(|(row, _)| (row.purpose, row.method, row.resource)).collect();
    let expected = [
        (Purpose::Health, "GET", "/api/v1/health"),
        (Purpose::Models, "GET", "/api/v1/models"),
        (Purpose::Quote, "POST", "/api/v1/quotes"),
        (Purpose::FollowJob, "GET", "/api/v1/jobs"),
        (Purpose::FollowJob, "GET", "/api/v1/jobs"),
        (Purpose::FollowJob, "GET", "/api/v1/jobs/{id}"),
        (Purpose::CancelJob, "POST", "/api/v1/jobs/{id}/cancel"),
        (Purpose::EraseJob, "DELETE", "/api/v1/jobs/{id}"),
        (Purpose::FetchResult, "GET", "/api/v1/assets/{id}"),
        (Purpose::EraseJob, "DELETE", "/api/v1/jobs/{id}/outputs/{index}"),
        (Purpose::History, "GET", "/api/v1/history"),
        (Purpose::Credits, "GET", "/api/v1/credits"),
        (Purpose::Credits, "GET", "/api/v1/credits/entries"),
        (Purpose::Credits, "GET", "/api/v1/credits/entries"),
    ];
    let expected: Vec<_> = expected.iter().map(|(p, m, r)| (*p, (*m).to_owned(), (*r).to_owned())).collect();
    assert_eq!(told, expected);
    for (_, _, resource) in told {
        assert!(resource.starts_with(allxone_contract::API_BASE));
    }
}

#[tokio::test]
async fn another_job_than_asked_for_is_not_accepted() {
    let other =
        allxone_contract::Job { id: allxone_contract::JobId::new(), ..samples::job(JobState::Running) };
    let far = FarEnd::answering(move |_, _| json(200, &other)).await;
    let stage = stage(&far);
    for answer in [
        stage.client.job(samples::job_id()).await,
        stage.client.cancel(samples::job_id()).await,
        stage.client.erase(samples::job_id()).await,
        stage.client.erase_output(samples::job_id(), 0).await,
    ] {
        assert_eq!(answer.unwrap_err().code(), "mismatch");
    }
}

//! What a partner has by a name: a service that ends, planned or not, finds it again, and hands nothing over twice.

use std::time::Duration;

use allxone_contract::*;
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, RowId};
use allxone_service::{
    Limits, OperatorConfig, PartnerKey, PartnerKind, PartnerSetup, Partnership, RunningService,
    ServiceConfig, start_with,
};
use allxone_testkit::partners::Fal;
use allxone_testkit::partners::fal::{FOREVER, KEY};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::http::Http;
use crate::partner::Control;
use crate::rig::{PROMPT, Rig, config, contains, gate};

/// Keeps nothing.
struct Unkept;

impl Ledger for Unkept {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        Ok(RowId(1))
    }

    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

async fn service(far: &Fal, dir: &TempDir) -> RunningService {
    let text = "kind = 'self_hosted'\nname = 'Me'\n[[processor]]\nid = 'fal'\nregion = 'x'\nretention = 'x'\ntrains_on_data = false\n";
    let fal = Partnership {
        address: far.url().to_owned(),
        hosts: vec![far.url().trim_start_matches("http://").to_owned()],
        pace: Duration::from_millis(5),
        ..Partnership::new(PartnerKind::Fal, PartnerKey::new(Zeroizing::new(KEY.to_owned())))
    };
    let config = ServiceConfig {
        operator: OperatorConfig::read(text).unwrap(),
        partners: PartnerSetup::new(vec![fal]),
        door: Some(Door::builder().ledger(std::sync::Arc::new(Unkept)).build().unwrap()),
        ..config(dir.path(), Limits { shutdown_grace: Duration::ZERO, ..Limits::default() })
    };
    start_with(config, gate(), Vec::new()).await.unwrap()
}

async fn rig(far: &Fal, dir: TempDir) -> Rig {
    let service = service(far, &dir).await;
    let http = Http { addr: service.addr(), token: service.token().expose().to_owned() };
    Rig { dir, control: Control::new(false), service: Some(service), http }
}

fn wish() -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, "fal/flux-schnell".into());
    (request.prompt, request.count) = (PROMPT.to_owned(), 2);
    request.size = Some(Size { width: 256, height: 256 });
    request.max_cost = MilliCredits(1_000_000);
    request
}

#[tokio::test]
async fn a_service_that_ends_follows_what_the_partner_goes_on_with() {
    for crash in [true, false] {
        let far = Fal::start().await;
        let mut here = rig(&far, TempDir::new().unwrap()).await;
        far.takes(FOREVER);
        let id = here.accepted("k", &wish()).await;
        while far.questions() < 2 {
            tokio::task::yield_now().await;
        }
        assert!(!contains(&here.everything_on_disk(), b"/queue/"), "the name is sealed");
        match crash {
            true => drop(here.service.take()),
            false => here.shutdown().await,
        }
        assert_eq!(far.cancelled(), 0, "it is left, not stopped");
        far.finishes();
        let Rig { dir, .. } = here;
        let here = rig(&far, dir).await;
        let job = here.ended(&id).await;
        assert_eq!((job.state, job.outputs.len()), (JobState::Succeeded, 2), "{:?}", job.error);
        assert_eq!((far.made(), far.asked().len()), (1, 1), "it was handed over once");
    }
}

#[tokio::test]
async fn what_its_owner_stops_is_stopped_there() {
    let far = Fal::start().await;
    let here = rig(&far, TempDir::new().unwrap()).await;
    far.holds(true);
    let id = here.accepted("k", &wish()).await;
    while far.questions() < 2 {
        tokio::task::yield_now().await;
    }
    here.http.send("POST", &format!("/jobs/{id}/cancel"), &[], b"").await;
    assert_eq!(here.ended(&id).await.state, JobState::Canceled);
    assert_eq!(far.cancelled(), 1);
}

#[tokio::test]
async fn a_knock_without_proof_is_turned_away_and_one_at_no_partner_finds_nobody() {
    let far = Fal::start().await;
    let here = rig(&far, TempDir::new().unwrap()).await;
    assert_eq!(
        here.http.send("POST", "/webhooks/fal", &[], b"{}").await.refused(),
        (400, "invalid".to_owned())
    );
    let alone = Rig::start().await;
    assert_eq!(alone.http.send("POST", "/webhooks/fal", &[], b"{}").await.status, 404);
}

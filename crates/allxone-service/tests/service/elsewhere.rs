//! A partner who works elsewhere, seen through the service: what leaves is written down, what is lost stays unknown, what is locked stays in.

use std::sync::{Arc, Mutex};

use allxone_contract::*;
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, OfflineLock, Purpose, RowId};
use allxone_media::{Picture, Pixels};
use allxone_service::{
    Limits, OperatorConfig, Partner, PartnerKey, PartnerKind, PartnerSetup, Partnership, ServiceConfig,
    start_with,
};
use allxone_testkit::partners::openai::KEY;
use allxone_testkit::partners::{Automatic1111, Fault, OpenAi, Provider};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::http::Http;
use crate::partner::{Control, TestPartner};
use crate::rig::{BLOCKED, PROMPT, Rig, config, gate, quick};

#[derive(Default)]
struct Notebook(Mutex<Vec<(EgressRow, Option<EgressOutcome>)>>);

impl Notebook {
    fn rows(&self) -> Vec<(EgressRow, Option<EgressOutcome>)> {
        self.0.lock().unwrap().clone()
    }
}

impl Ledger for Notebook {
    fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError> {
        let mut rows = self.0.lock().unwrap();
        rows.push((row.clone(), None));
        Ok(RowId(i64::try_from(rows.len()).unwrap() - 1))
    }

    fn close(&self, id: RowId, outcome: &EgressOutcome) {
        self.0.lock().unwrap()[usize::try_from(id.0).unwrap()].1 = Some(outcome.clone());
    }
}

/// A service that works with OpenAI's fake.
struct Town {
    far: Provider,
    rig: Rig,
    notebook: Arc<Notebook>,
    lock: OfflineLock,
}

fn operator() -> OperatorConfig {
    let text = "kind = 'self_hosted'\nname = 'Me'\n[[processor]]\nid = 'openai'\nregion = 'x'\nretention = 'x'\ntrains_on_data = false\n";
    OperatorConfig::read(text).unwrap()
}

fn partners(kind: PartnerKind, address: &str) -> PartnerSetup {
    let key = PartnerKey::new(Zeroizing::new(KEY.to_owned()));
    PartnerSetup::new(vec![Partnership { address: address.to_owned(), ..Partnership::new(kind, key) }])
}

impl Town {
    async fn start() -> Self {
        let far = OpenAi::start().await;
        Self::with(far, TempDir::new().unwrap()).await
    }

    async fn with(far: Provider, dir: TempDir) -> Self {
        Self::beside(Vec::new(), PartnerKind::OpenAi, far, dir).await
    }

    /// With models of this computer beside the partner.
    async fn beside(here: Vec<Arc<dyn Partner>>, kind: PartnerKind, far: Provider, dir: TempDir) -> Self {
        let (notebook, lock) = (Arc::new(Notebook::default()), OfflineLock::default());
        let door = Door::builder().ledger(notebook.clone()).offline_lock(lock.clone()).build().unwrap();
        let config = ServiceConfig {
            operator: operator(),
            partners: partners(kind, far.url()),
            door: Some(door),
            ..config(dir.path(), Limits::default())
        };
        let service = start_with(config, gate(), here).await.unwrap();
        let http = Http { addr: service.addr(), token: service.token().expose().to_owned() };
        Self {
            far,
            rig: Rig { dir, control: Control::new(false), service: Some(service), http },
            notebook,
            lock,
        }
    }

    async fn ran(&self, key: &str, request: &JobRequest) -> Job {
        let id = self.rig.accepted(key, request).await;
        self.rig.ended(&id).await
    }
}

fn wish(count: u8) -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, "openai/gpt-image-2".into());
    (request.prompt, request.count) = (PROMPT.to_owned(), count);
    request.size = Some(Size { width: 512, height: 512 });
    request.max_cost = MilliCredits(1_000_000);
    request
}

#[tokio::test]
async fn a_picture_is_made_elsewhere_checked_here_and_written_down_without_content() {
    let town = Town::start().await;
    let models = town.rig.http.get("/models").await.json::<ModelList>().models;
    assert!(models.iter().all(|card| card.runs_at == RunsAt::Partner("OpenAI".to_owned())));
    let job = town.ran("k", &wish(2)).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    assert_eq!(job.outputs.len(), 2);
    assert!(job.outputs.iter().all(|output| output.source == Source::Generated));
    let content = town.rig.http.get(&format!("/assets/{}/content", job.outputs[1].asset)).await.body;
    assert!(allxone_media::has_ai_origin(&content), "marked as made with AI");

    let rows = town.notebook.rows();
    let [(row, Some(outcome))] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.purpose, row.resource.as_str()), (Purpose::Partner, "/v1/images/generations"));
    assert_eq!(row.fields, ["model", "prompt", "n", "size", "output_format", "quality"]);
    assert_eq!((outcome.status, outcome.error.as_deref()), (Some(200), None));
    assert!(!format!("{rows:?}").contains("lighthouse") && !format!("{rows:?}").contains(KEY));
    assert!(town.far.url().ends_with(&row.host));
}

#[tokio::test]
async fn a_picture_is_changed_within_a_mask() {
    let town = Town::start().await;
    let photo = crate::rig::fixture("safe_coffee.png");
    let (width, height) = (photo.width(), photo.height());
    let clear = |at: u32| if at < width * height / 2 { [0, 0, 0, 0] } else { [255, 255, 255, 255] };
    let mask = Pixels::from_rgba(width, height, (0..width * height).flat_map(clear).collect()).unwrap();
    let mask = Picture::encode_png(&mask).unwrap();
    let mut inputs = Vec::new();
    for (picture, role) in [(photo.bytes(), InputRole::Init), (mask.bytes(), InputRole::Mask)] {
        let asset: Asset = town.rig.http.send("POST", "/uploads", &[], picture).await.json();
        inputs.push(InputRef { sha256: asset.sha256, role });
    }
    let request =
        JobRequest { operation: Operation::Edit, model: "openai/gpt-image-2-edit".into(), inputs, ..wish(1) };
    let job = town.ran("k", &request).await;
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    assert_eq!(job.outputs[0].source, Source::Edited);
    let asked = town.far.asked().remove(0);
    let sent: Vec<_> =
        asked.files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    assert_eq!(sent, [("image", photo.bytes().as_ref()), ("mask", mask.bytes().as_ref())]);

    let lone = JobRequest { inputs: request.inputs[1..].to_vec(), ..request.clone() };
    assert_eq!(town.rig.submit("k2", &lone).await.status, 422, "a mask of nothing");
    let plain = JobRequest { inputs: request.inputs, ..wish(1) };
    assert_eq!(town.rig.submit("k3", &plain).await.refused(), (422, "unsupported_field".to_owned()));
}

#[tokio::test]
async fn what_the_gate_stops_never_comes_near_a_partner() {
    let town = Town::start().await;
    let blocked = JobRequest { prompt: BLOCKED.to_owned(), ..wish(1) };
    assert_eq!(town.rig.submit("k", &blocked).await.refused(), (422, "content_blocked".to_owned()));
    assert!(town.far.asked().is_empty() && town.notebook.rows().is_empty());
}

#[tokio::test]
async fn behind_the_offline_lock_nothing_is_sent_and_that_is_told() {
    let town = Town::start().await;
    town.lock.close();
    let job = town.ran("k", &wish(1)).await;
    assert_eq!((job.state, job.error.unwrap().code), (JobState::Failed, ProblemCode::PartnerUnavailable));
    assert!(town.far.asked().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_lost_stays_unknown_and_is_never_asked_for_again() {
    let mut town = Town::start().await;
    for (key, fault) in [("k1", Fault::HangsUp), ("k2", Fault::BreaksAfter(300))] {
        town.far.script().order(fault);
        let job = town.ran(key, &wish(1)).await;
        assert_eq!(
            (job.state, job.error.unwrap().code),
            (JobState::OutcomeUnknown, ProblemCode::OutcomeUnknown)
        );
        assert_eq!((job.outputs.len(), job.charge.settled), (0, MilliCredits::FREE));
    }
    assert_eq!(town.rig.sealed_files(), 0, "of a job without a result no picture is kept");
    // A service that dies while a partner has the request does not send it again either.
    town.far.script().order(Fault::Stalls);
    let id = town.rig.accepted("k3", &wish(1)).await;
    while town.far.made() < 3 {
        tokio::task::yield_now().await;
    }
    drop(town.rig.service.take());
    let Town { far, rig, .. } = town;
    let town = Town::with(far, rig.dir).await;
    assert_eq!(town.rig.job(&id).await.state, JobState::OutcomeUnknown);
    assert_eq!((town.far.made(), town.far.asked().len()), (3, 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_partner_holds_up_no_picture_that_is_made_here() {
    let here: Vec<Arc<dyn Partner>> = vec![Arc::new(TestPartner(Control::new(false)))];
    let (far, dir) = (OpenAi::start().await, TempDir::new().unwrap());
    let town = Town::beside(here, PartnerKind::OpenAi, far, dir).await;
    let usual = Partnership::new(PartnerKind::OpenAi, PartnerKey::new(Zeroizing::default())).at_once;
    let mut placed = Vec::new();
    for number in 0..=usual {
        town.far.script().order(Fault::Stalls);
        placed.push(town.rig.accepted(&format!("far-{number}"), &wish(1)).await);
    }
    while town.far.made() < usual {
        tokio::task::yield_now().await;
    }
    assert_eq!(town.ran("here", &quick(PROMPT)).await.state, JobState::Succeeded);
    // The partner is handed no more than that at once; when one is given up, the next has its turn.
    let last = placed.last().unwrap();
    assert_eq!((town.rig.job(last).await.state, town.far.made()), (JobState::Queued, usual));
    town.rig.http.send("POST", &format!("/jobs/{}/cancel", placed[0]), &[], b"").await;
    while town.far.made() == usual {
        tokio::task::yield_now().await;
    }
    assert_eq!(town.rig.job(last).await.state, JobState::Running);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_of_ones_own_is_handed_one_thing_at_a_time() {
    let (far, dir) = (Automatic1111::start().await, TempDir::new().unwrap());
    let town = Town::beside(Vec::new(), PartnerKind::Automatic1111, far, dir).await;
    let mut wish = wish(1);
    wish.model = "a1111/txt2img".into();
    town.far.script().order(Fault::Stalls);
    let first = town.rig.accepted("k1", &wish).await;
    let second = town.rig.accepted("k2", &wish).await;
    while town.far.made() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(town.rig.job(&second).await.state, JobState::Queued);
    town.rig.http.send("POST", &format!("/jobs/{first}/cancel"), &[], b"").await;
    assert_eq!(town.rig.ended(&second).await.state, JobState::Succeeded);
    assert_eq!(town.rig.job(&first).await.state, JobState::Canceled);
}

#[tokio::test]
async fn a_partners_own_block_is_told_as_one_and_keeps_nothing() {
    let town = Town::start().await;
    for (key, fault) in [("k1", Fault::BlocksInput), ("k2", Fault::BlocksOutput)] {
        town.far.script().order(fault);
        let job = town.ran(key, &wish(1)).await;
        assert_eq!((job.state, job.error.unwrap().code), (JobState::Failed, ProblemCode::ContentBlocked));
    }
    assert_eq!(town.rig.sealed_files(), 0);
}

#[tokio::test]
async fn a_partner_that_is_not_in_the_registry_is_none() {
    let (dir, far) = (TempDir::new().unwrap(), OpenAi::start().await);
    let config = ServiceConfig {
        partners: partners(PartnerKind::OpenAi, far.url()),
        ..config(dir.path(), Limits::default())
    };
    let refused = start_with(config, gate(), Vec::new()).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.code(), "unknown_processor");
}

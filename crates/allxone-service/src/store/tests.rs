//! The store on its own: keys, versions, races, crashes, erasure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use allxone_contract::*;
use allxone_database::{DatabaseError, ServerAddress};
use sqlx::Row;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::lanes::Among;
use crate::partner::PartnerRef;
use crate::retention::RetentionTable;

/// Runs tests of a store on SQLite, and all of them on one PostgreSQL server, each in a database of its own.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let dir = tempfile::TempDir::new().unwrap();
                super::$test(super::open(&dir).await).await;
            }
        })+

        #[cfg(target_os = "linux")]
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn all_on_postgresql() {
            let server = allxone_testkit::Postgres::start();
            let mut databases = 0;
            $(
                databases += 1;
                let store = crate::store::tests::connect(&server.database(&format!("test{databases}"))).await;
                $test(store.clone()).await;
                store.close().await;
            )+
        }
    };
}
pub(super) use on_both;

on_both!(
    every_column_says_what_it_is_and_what_removes_it,
    one_key_means_one_job,
    a_job_ends_once_and_only_by_its_holder,
    what_a_dead_service_left_is_begun_again_three_times_unless_a_partner_saw_it,
    what_a_partner_has_by_a_name_is_followed_after_a_crash,
    a_job_given_back_has_not_been_tried,
    a_result_of_a_run_that_died_is_told_of_no_more,
    a_lane_takes_the_oldest_of_its_own,
    several_are_taken_at_once_each_with_its_inputs,
    cancelling_is_the_same_at_every_state,
    erasing_empties_what_no_other_job_needs,
    pages_go_from_new_to_old_without_gaps,
    time_removes_keys_decisions_and_unused_uploads,
    what_people_wrote_lies_sealed_in_its_columns,
    a_turn_is_one_node_s_until_its_time_is_up,
);

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes(Zeroizing::new([byte; 32]))
}

pub(super) async fn open(dir: &TempDir) -> Store {
    Store::open(&file(dir), &key(1)).await.unwrap()
}

fn file(dir: &TempDir) -> Place {
    Place::File(dir.path().join("service.db"))
}

pub(super) async fn connect(address: &str) -> Store {
    Store::open(&Place::Server(ServerAddress::new(address, None).unwrap()), &key(1)).await.unwrap()
}

pub(super) fn me() -> AccountId {
    AccountId::local()
}

fn receipt() -> Receipt {
    Receipt {
        content: Sha256::of(b"x"),
        finding: Finding::allow(Scores::default()),
        confirmed: false,
        time: UtcMillis(5),
        versions: GateVersions { policy: "p".to_owned(), models: Vec::new() },
    }
}

const CANARY: &[u8] = b"{\"prompt\":\"nine lives of canary zebra-umbrella\"}";

/// Places a job with `name` as its key and says how that went.
async fn place(store: &Store, name: &str, body: &[u8], inputs: &[(AssetId, InputRole)]) -> (JobId, Placed) {
    place_with(store, name, "local/scene", body, inputs).await
}

async fn place_with(
    store: &Store,
    name: &str,
    model: &str,
    body: &[u8],
    inputs: &[(AssetId, InputRole)],
) -> (JobId, Placed) {
    let id = JobId::new();
    let request = JobRequest::new(Operation::Generate, model.into());
    let work = Workload { count: 1, pixels: 1, input_pixels: 0 };
    let price = Price { rule: PriceRule::Free, work };
    let job = NewJob {
        id,
        request: &request,
        body,
        body_sha256: Sha256::of(body),
        key: &name.parse().unwrap(),
        confirmed: false,
        receipt: &receipt(),
        sender_receipt: None,
        warnings: &[],
        inputs,
        hold: &Hold { metered: false, held: MilliCredits::FREE, price },
        now: UtcMillis(10),
    };
    (id, store.place(&me(), job, 3).await.unwrap())
}

/// Takes the oldest job.
async fn lease(store: &Store, owner: &str, jobs: &Among, until: UtcMillis, now: UtcMillis) -> Option<Leased> {
    let (mut leased, _) = store.lease(owner, jobs, 1, until, now).await.unwrap();
    assert!(leased.len() < 2);
    leased.pop()
}

/// Every job, whatever its model.
fn everything() -> Among {
    Among::AllBut(Vec::new())
}

/// Places a job whose body is what a client sends.
pub(super) async fn place_request(store: &Store, key: &str, prompt: &str) -> JobId {
    let request = JobRequest {
        prompt: prompt.to_owned(),
        ..JobRequest::new(Operation::Generate, "local/scene".into())
    };
    place(store, key, &serde_json::to_vec(&request).unwrap(), &[]).await.0
}

fn picture(id: AssetId, file: &str, content: &[u8]) -> NewAsset {
    let sha256 = Sha256::of(content);
    let asset = Asset {
        id,
        sha256,
        bytes: content.len() as u64,
        format: PictureFormat::Png,
        width: 2,
        height: 3,
        created: UtcMillis(7),
    };
    NewAsset { asset, file: file.to_owned() }
}

async fn upload(store: &Store, asset: &NewAsset, room: u64) -> StoredUpload {
    let stored = NewAsset { asset: asset.asset.clone(), file: asset.file.clone() };
    let new = NewUpload { stored, confirmed: false, receipt: &receipt(), sender_receipt: None };
    store.store_upload(&me(), &new, room).await.unwrap()
}

pub(super) fn success(index: u8) -> Ending {
    let output = NewOutput {
        index,
        asset: picture(AssetId::new(), "out-file", b"output"),
        seed: Some(Seed(u64::MAX)),
        source: Source::Generated,
        report: Some(serde_json::json!({"drawn": "owl"})),
        receipt: receipt(),
    };
    Ending { outputs: vec![output], ..Ending::without_result(JobState::Succeeded, None) }
}

async fn every_column_says_what_it_is_and_what_removes_it(store: Store) {
    let mut there = store.columns().await.unwrap();
    let mut tagged: Vec<_> =
        crate::columns::COLUMNS.iter().map(|c| (c.table.to_owned(), c.name.to_owned())).collect();
    there.sort();
    tagged.sort();
    assert_eq!(there, tagged);
}

#[tokio::test]
async fn every_table_has_a_class_that_says_how_long_and_an_owner_who_can_take_it_away() {
    use crate::columns::{COLUMNS, Deletion, IDENTITY_CLASSES, Owner, Purge, TABLES};
    use crate::ledger;
    let table = RetentionTable::of(OperatorKind::Hosted, Duration::from_secs(60)).unwrap();
    let mut there: Vec<_> = COLUMNS.iter().map(|column| column.table).collect();
    there.sort_unstable();
    there.dedup();
    let mut named: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    named.sort_unstable();
    assert_eq!(there, named);
    let of =
        |column: &crate::columns::Column| TABLES.iter().find(|table| table.name == column.table).unwrap();
    for column in COLUMNS {
        let home = of(column);
        let days = table.days(home.class);
        assert!(table.class(home.class).is_some(), "{}", home.class);
        match column.purge {
            Purge::Aged => assert!(
                days.is_some(),
                "{}.{} goes by time, and its class has none",
                column.table,
                column.name
            ),
            Purge::Nobody => assert_eq!(home.owner, Owner::Nobody, "{}.{}", column.table, column.name),
            _ => assert_ne!(home.deletion, Deletion::Nothing, "{}.{}", column.table, column.name),
        }
    }
    for table in TABLES {
        let has = |name: &str| COLUMNS.iter().any(|column| column.table == table.name && column.name == name);
        match table.owner {
            Owner::Account => assert!(has("account_id"), "{}", table.name),
            Owner::Job => assert!(has("job_id"), "{}", table.name),
            Owner::Nobody => assert!(!has("account_id"), "{}", table.name),
        }
    }
    // The accounts beside it, and nothing in the table that nobody keeps.
    for column in allxone_identity::columns::COLUMNS {
        assert!(
            IDENTITY_CLASSES.iter().any(|(table, _)| *table == column.table),
            "{} has no class",
            column.table
        );
    }
    // The ledger of connections sweeps itself.
    assert_eq!(table.days(ledger::CLASS), Some(ledger::CONNECTION_DAYS));
    let kept = TABLES.iter().map(|table| table.class);
    let classes: Vec<_> =
        kept.chain(IDENTITY_CLASSES.iter().map(|(_, class)| *class)).chain([ledger::CLASS]).collect();
    for class in table.names() {
        assert!(
            classes.contains(&class) || class == "addresses",
            "{class} is promised and nothing is kept in it"
        );
        let aged =
            Store::aged_classes().any(|aged| aged == class) || [ledger::CLASS, "codes"].contains(&class);
        assert_eq!(
            table.days(class).is_some(),
            aged,
            "{class} has days without a sweep, or a sweep without days"
        );
    }
    for class in classes {
        assert!(table.class(class).is_some(), "{class} is kept and not promised");
    }
}

#[tokio::test]
async fn opens_with_its_key_alone_and_is_unreadable_on_disk() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    place(&store, "k", CANARY, &[]).await;
    let scan = || {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            all.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        all
    };
    let before = scan();
    assert!(before.len() > 4096);
    assert!(!before.windows(14).any(|w| w == b"zebra-umbrella" || w == b"SQLite format "));
    store.close().await;

    let path = dir.path().join("service.db");
    let at_rest = std::fs::read(&path).unwrap();
    let wrong = Store::open(&Place::File(path.clone()), &key(2)).await.err().unwrap();
    assert_eq!(wrong.code(), "wrong_key", "{wrong}");
    assert_eq!(std::fs::read(&path).unwrap(), at_rest);
    assert_eq!(open(&dir).await.jobs(&me(), None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir).await;
    sqlx::query("UPDATE schema_version SET version = 99").execute(&store.writer).await.unwrap();
    store.close().await;
    let refused = Store::open(&file(&dir), &key(1)).await.err().unwrap();
    assert!(matches!(refused, ServiceError::Open(DatabaseError::Newer { found: 99, .. })), "{refused}");
}

async fn one_key_means_one_job(store: Store) {
    let (first, placed) = place(&store, "k", b"a", &[]).await;
    assert!(matches!(placed, Placed::Queued));
    assert!(matches!(place(&store, "k", b"a", &[]).await.1, Placed::Same(id) if id == first));
    assert!(matches!(place(&store, "k", b"b", &[]).await.1, Placed::KeyReused));
    assert_eq!(store.keyed(&me(), &"k".parse().unwrap()).await.unwrap(), Some((Sha256::of(b"a"), first)));
    assert!(matches!(place(&store, "k2", b"a", &[]).await.1, Placed::Queued));
    assert!(matches!(place(&store, "k3", b"a", &[]).await.1, Placed::Queued));
    assert!(matches!(place(&store, "k4", b"a", &[]).await.1, Placed::QueueFull));
    // A refused job leaves no key behind, so it can be asked again.
    assert_eq!(store.keyed(&me(), &"k4".parse().unwrap()).await.unwrap(), None);
}

async fn a_job_ends_once_and_only_by_its_holder(store: Store) {
    let (id, _) = place(&store, "k", b"a", &[]).await;
    let leased = lease(&store, "one", &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
    assert_eq!((leased.id, leased.attempt, leased.request.as_slice()), (id, 1, b"a".as_slice()));
    assert!(lease(&store, "two", &everything(), UtcMillis(100), UtcMillis(11)).await.is_none());
    assert!(!store.advance(id, "two", JobState::Submitting, JobState::Running, UtcMillis(12)).await.unwrap());
    assert!(store.advance(id, "one", JobState::Submitting, JobState::Running, UtcMillis(12)).await.unwrap());
    assert!(matches!(store.finish(id, "two", success(0), UtcMillis(13)).await.unwrap(), Finished::Lost));
    let done = store.finish(id, "one", success(0), UtcMillis(13)).await.unwrap();
    assert!(matches!(done, Finished::Recorded { state: JobState::Succeeded, erase: false }));
    assert!(matches!(store.finish(id, "one", success(1), UtcMillis(14)).await.unwrap(), Finished::Lost));
    let job = store.job(&me(), id).await.unwrap().unwrap();
    assert_eq!(
        (job.state, job.outputs.len(), job.outputs[0].seed),
        (JobState::Succeeded, 1, Some(Seed(u64::MAX)))
    );
    let (_, events) = store.events(&me(), id, 0).await.unwrap().unwrap();
    let said: Vec<_> = events.iter().map(|e| (e.sequence, e.kind.as_str())).collect();
    assert_eq!(said, [(1, "started"), (2, "output"), (3, "ended")]);
    assert_eq!(store.job(&serde_json::from_str("\"someone\"").unwrap(), id).await.unwrap(), None);
}

async fn what_a_dead_service_left_is_begun_again_three_times_unless_a_partner_saw_it(store: Store) {
    let (id, _) = place(&store, "k", b"a", &[]).await;
    for attempt in 1..=3 {
        let leased = lease(&store, &format!("dead {attempt}"), &everything(), UtcMillis(100), UtcMillis(11))
            .await
            .unwrap();
        assert_eq!(leased.attempt, attempt);
        // Its lease runs, so only the one who owns the folder may take it back.
        let soon = store.recover(false, |_| false, 3, |_| Rerun::Safe, UtcMillis(50)).await.unwrap();
        assert_eq!((soon.requeued, soon.ended.len()), (0, 0));
        let recovered = store.recover(true, |_| false, 3, |_| Rerun::Safe, UtcMillis(50)).await.unwrap();
        assert_eq!((recovered.requeued, recovered.ended.len()), if attempt < 3 { (1, 0) } else { (0, 1) });
    }
    let job = store.job(&me(), id).await.unwrap().unwrap();
    assert_eq!((job.state, job.error.unwrap().code), (JobState::Failed, ProblemCode::EngineFailed));

    let (id, _) = place(&store, "k2", b"a", &[]).await;
    // What is still made ready was handed to nobody, and waits again.
    for owner in ["dead", "dead too"] {
        lease(&store, owner, &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
        if owner == "dead" {
            let recovered =
                store.recover(false, |_| false, 3, |_| Rerun::Unsafe, UtcMillis(200)).await.unwrap();
            assert_eq!((recovered.requeued, recovered.ended.len()), (1, 0));
        }
    }
    let begun =
        store.advance(id, "dead too", JobState::Submitting, JobState::Running, UtcMillis(12)).await.unwrap();
    assert!(begun);
    store.recover(false, |_| false, 3, |_| Rerun::Unsafe, UtcMillis(200)).await.unwrap();
    assert_eq!(store.job(&me(), id).await.unwrap().unwrap().state, JobState::OutcomeUnknown);
    assert!(lease(&store, "me", &everything(), UtcMillis(100), UtcMillis(11)).await.is_none());
}

async fn what_a_partner_has_by_a_name_is_followed_after_a_crash(store: Store) {
    let (id, _) = place(&store, "k", b"a", &[]).await;
    let name = PartnerRef::new("a name that leads there");
    let lease =
        async |who: &str| lease(&store, who, &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
    assert_eq!(lease("dead").await.taken, None);
    assert!(!store.accepted(id, "somebody else", &name).await.unwrap());
    assert!(store.accepted(id, "dead", &name).await.unwrap());
    let recover =
        async || store.recover(true, |_| false, 3, |_| Rerun::Unsafe, UtcMillis(200)).await.unwrap();
    assert_eq!(recover().await.requeued, 1);
    assert_eq!(lease("me").await.taken, Some(name.clone()));
    assert!(store.give_back(id, "me", UtcMillis(12)).await.unwrap());
    assert_eq!(lease("me").await.taken, Some(name), "it was left, not stopped");
    recover().await;
    lease("me").await;
    assert_eq!(recover().await.ended.len(), 1, "it is not followed for ever");
    assert_eq!(store.job(&me(), id).await.unwrap().unwrap().state, JobState::OutcomeUnknown);

    let (id, _) = place(&store, "k2", b"a", &[]).await;
    lease("dead").await;
    store.accepted(id, "dead", &PartnerRef::new("x")).await.unwrap();
    store.cancel(&me(), id, false, UtcMillis(20)).await.unwrap();
    assert_eq!(recover().await.ended.len(), 1, "nobody waits for what its owner stopped");
}

async fn a_job_given_back_has_not_been_tried(store: Store) {
    place(&store, "k", b"a", &[]).await;
    for _ in 0..5 {
        let leased = lease(&store, "one", &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
        assert_eq!(leased.attempt, 1);
        assert!(store.give_back(leased.id, "one", UtcMillis(12)).await.unwrap());
    }
}

async fn a_result_of_a_run_that_died_is_told_of_no_more(store: Store) {
    let (id, _) = place(&store, "k", b"a", &[]).await;
    for owner in ["dead", "one"] {
        lease(&store, owner, &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
        assert!(
            store.advance(id, owner, JobState::Submitting, JobState::Running, UtcMillis(12)).await.unwrap()
        );
        let made = success(0).outputs.remove(0);
        assert!(store.add_output(id, owner, &made, UtcMillis(13)).await.unwrap());
        if owner == "dead" {
            store.recover(false, |_| false, 3, |_| Rerun::Safe, UtcMillis(200)).await.unwrap();
        }
    }
    assert!(matches!(
        store.finish(id, "one", success(1), UtcMillis(14)).await.unwrap(),
        Finished::Recorded { state: JobState::Succeeded, .. }
    ));
    let (job, events) = store.events(&me(), id, 0).await.unwrap().unwrap();
    let told: Vec<_> = events.iter().filter_map(|event| event.output).collect();
    let has: Vec<_> = job.outputs.iter().map(|output| output.index).collect();
    assert_eq!((told, has), (vec![0, 1], vec![0, 1]));
}

async fn several_are_taken_at_once_each_with_its_inputs(store: Store) {
    let mut assets = Vec::new();
    for name in ["f", "g"] {
        let asset = picture(AssetId::new(), name, name.as_bytes());
        upload(&store, &asset, 1_000).await;
        assets.push(asset.asset.id);
    }
    let both = [(assets[1], InputRole::Init), (assets[0], InputRole::Mask)];
    let (first, _) = place(&store, "k1", b"a", &both).await;
    let (second, _) = place(&store, "k2", b"a", &[]).await;
    let (third, _) = place(&store, "k3", b"a", &both[1..]).await;
    let (two, more) = store.lease("one", &everything(), 2, UtcMillis(100), UtcMillis(11)).await.unwrap();
    assert_eq!(two.iter().map(|job| job.id).collect::<Vec<_>>(), [first, second]);
    assert!(two[0].inputs == both && two[1].inputs.is_empty() && more);
    let (one, more) = store.lease("one", &everything(), 2, UtcMillis(100), UtcMillis(11)).await.unwrap();
    assert_eq!((one[0].id, one.len(), more), (third, 1, false));
    assert!(one[0].inputs == both[1..]);
}

async fn a_lane_takes_the_oldest_of_its_own(store: Store) {
    let mut placed = Vec::new();
    for (key, model) in [("k", "far/one"), ("k2", "local/scene"), ("k3", "far/one")] {
        placed.push(place_with(&store, key, model, b"a", &[]).await.0);
    }
    let far = ["far/two", "far/one"].map(Into::into).to_vec();
    let next = async |jobs: &Among| {
        let leased = lease(&store, "one", jobs, UtcMillis(100), UtcMillis(11)).await;
        leased.map(|leased| leased.id)
    };
    assert_eq!(next(&Among::These(vec!["far/on".into(), "local".into()])).await, None);
    assert_eq!(next(&Among::AllBut(far.clone())).await, Some(placed[1]));
    assert_eq!(next(&Among::AllBut(far.clone())).await, None);
    for id in [placed[0], placed[2]] {
        assert_eq!(next(&Among::These(far.clone())).await, Some(id));
    }
    assert_eq!(next(&everything()).await, None);
}

async fn cancelling_is_the_same_at_every_state(store: Store) {
    let cancel = async |id| store.cancel(&me(), id, false, UtcMillis(20)).await.unwrap();
    assert_eq!(cancel(JobId::new()).await, None);
    let (waiting, _) = place(&store, "k", b"a", &[]).await;
    for _ in 0..3 {
        assert_eq!(cancel(waiting).await, Some(JobState::Canceled));
    }
    let (_, events) = store.events(&me(), waiting, 0).await.unwrap().unwrap();
    assert_eq!(events.iter().filter(|e| e.kind == "ended").count(), 1);

    let (working, _) = place(&store, "k2", b"a", &[]).await;
    lease(&store, "one", &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(cancel(working).await, Some(JobState::Canceling));
    }
    assert!(!store.give_back(working, "one", UtcMillis(12)).await.unwrap());
    let done = store.finish(working, "one", success(0), UtcMillis(21)).await.unwrap();
    assert!(matches!(done, Finished::Recorded { state: JobState::Canceled, .. }));
    assert_eq!(store.job(&me(), working).await.unwrap().unwrap().outputs, []);
    assert_eq!(cancel(working).await, Some(JobState::Canceled));
}

async fn erasing_empties_what_no_other_job_needs(store: Store) {
    let input = picture(AssetId::new(), "in-file", b"input");
    let stored = upload(&store, &input, 1000).await;
    assert!(matches!(stored, StoredUpload::New));
    let again = picture(AssetId::new(), "in-file-2", b"input");
    let same = upload(&store, &again, 1000).await;
    assert!(matches!(same, StoredUpload::Same(asset) if asset == input.asset));
    let large = upload(&store, &picture(AssetId::new(), "f", b"other"), 9).await;
    assert!(matches!(large, StoredUpload::Full));

    let inputs = [(input.asset.id, InputRole::Init)];
    let (first, _) = place(&store, "k", CANARY, &inputs).await;
    let (second, _) = place(&store, "k2", CANARY, &inputs).await;
    assert!(matches!(store.erase(&me(), first, UtcMillis(30)).await.unwrap(), Erased::NotEnded));
    lease(&store, "one", &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
    store.finish(first, "one", success(0), UtcMillis(13)).await.unwrap();
    let Erased::Done(files) = store.erase(&me(), first, UtcMillis(30)).await.unwrap() else { panic!() };
    assert_eq!(files, ["out-file"]);
    let job = store.job(&me(), first).await.unwrap().unwrap();
    assert!(job.erased && job.outputs[0].report.is_none() && job.outputs[0].seed.is_none());
    assert_eq!((job.state, job.request_sha256), (JobState::Succeeded, Sha256::of(CANARY)));
    assert!(
        matches!(store.erase(&me(), first, UtcMillis(31)).await.unwrap(), Erased::Done(files) if files.is_empty())
    );

    store.cancel(&me(), second, false, UtcMillis(30)).await.unwrap();
    let Erased::Done(files) = store.erase(&me(), second, UtcMillis(30)).await.unwrap() else { panic!() };
    assert_eq!(files, ["in-file"]);
    assert!(store.uploaded(&me(), input.asset.sha256, UtcMillis(40)).await.unwrap().is_none());
    assert!(store.asset(&me(), input.asset.id).await.unwrap().unwrap().file.is_none());
    assert!(matches!(place(&store, "k3", b"c", &inputs).await.1, Placed::InputGone));
    assert_eq!(store.files().await.unwrap(), Vec::<String>::new());
}

async fn time_removes_keys_decisions_and_unused_uploads(store: Store) {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let (used, unused) = (picture(AssetId::new(), "used", b"1"), picture(AssetId::new(), "unused", b"2"));
    for asset in [&used, &unused] {
        upload(&store, asset, 1000).await;
    }
    place(&store, "k", b"a", &[(used.asset.id, InputRole::Init)]).await;
    let finding = Finding { verdict: Verdict::Block, ..Finding::allow(Scores::default()) };
    let decision = Decision {
        stage: "request",
        section: "AUP 1, 2.1",
        policy: "p",
        models: &[],
        finding: &finding,
        now: UtcMillis(10),
    };
    store.note_decision(&me(), decision).await.unwrap();

    let table = RetentionTable::of(OperatorKind::ThisComputer, Duration::from_secs(60)).unwrap();
    assert_eq!(store.forget(&table, UtcMillis(1000)).await.unwrap(), Vec::<String>::new());
    assert_eq!(store.forget(&table, UtcMillis(8 * DAY)).await.unwrap(), ["unused"]);
    assert_eq!(store.keyed(&me(), &"k".parse().unwrap()).await.unwrap(), None);
    let decisions = async || {
        let row = sqlx::query("SELECT COUNT(*) FROM decisions").fetch_one(&store.readers).await.unwrap();
        row.try_get::<i64, _>(0).unwrap()
    };
    assert_eq!(decisions().await, 1);
    store.forget(&table, UtcMillis(181 * DAY)).await.unwrap();
    assert_eq!(decisions().await, 0);
}

async fn pages_go_from_new_to_old_without_gaps(store: Store) {
    let mut placed = Vec::new();
    for n in 0..3 {
        placed.push(place(&store, &format!("k{n}"), b"a", &[]).await.0);
    }
    placed.sort();
    placed.reverse();
    let ids = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();
    assert_eq!(ids(store.jobs(&me(), None, 2).await.unwrap()), placed[..2]);
    assert_eq!(ids(store.jobs(&me(), Some(placed[1]), 2).await.unwrap()), placed[2..]);
}

async fn what_people_wrote_lies_sealed_in_its_columns(store: Store) {
    let (id, _) = place(&store, "k", CANARY, &[]).await;
    lease(&store, "one", &everything(), UtcMillis(100), UtcMillis(11)).await.unwrap();
    let detail = "zebra-umbrella cannot be drawn";
    let error = Problem::new(ProblemCode::EngineFailed, detail);
    let ending = Ending::without_result(JobState::Failed, Some(error));
    store.finish(id, "one", ending, UtcMillis(13)).await.unwrap();
    let row =
        sqlx::query("SELECT request, error, warnings FROM jobs").fetch_one(&store.readers).await.unwrap();
    let lies = [
        row.try_get::<Vec<u8>, _>(0).unwrap(),
        row.try_get::<String, _>(1).unwrap().into_bytes(),
        row.try_get::<String, _>(2).unwrap().into_bytes(),
    ];
    for value in lies {
        assert!(!value.windows(14).any(|part| part == b"zebra-umbrella") && !value.starts_with(b"["));
    }
    let job = store.job(&me(), id).await.unwrap().unwrap();
    assert_eq!(job.error.unwrap().detail, detail);

    // What an older program wrote is read as it is.
    sqlx::query("UPDATE jobs SET error = NULL, warnings = '[]'").execute(&store.writer).await.unwrap();
    assert_eq!(store.job(&me(), id).await.unwrap().unwrap().warnings, []);
    let (id, _) = place(&store, "k2", b"b", &[]).await;
    sqlx::query("UPDATE jobs SET request = $1 WHERE id = $2")
        .bind(CANARY.to_vec())
        .bind(id.to_string())
        .execute(&store.writer)
        .await
        .unwrap();
    let leased = lease(&store, "one", &everything(), UtcMillis(100), UtcMillis(14)).await.unwrap();
    assert_eq!(leased.request, CANARY);
}

async fn a_turn_is_one_node_s_until_its_time_is_up(store: Store) {
    let take = async |holder, now| {
        store.take_turn("books", holder, UtcMillis(now + 100), UtcMillis(now)).await.unwrap()
    };
    assert!(take("one", 10).await);
    assert!(!take("two", 109).await && !take("one", 109).await);
    store.keep_turn("books", "two", UtcMillis(0)).await.unwrap();
    assert!(!take("two", 109).await, "not two's to end");
    store.keep_turn("books", "one", UtcMillis(500)).await.unwrap();
    assert!(!take("two", 110).await);
    assert!(take("two", 500).await);
    let tries = (0..8).map(|holder: i64| {
        let store = store.clone();
        tokio::spawn(async move {
            store.take_turn("sweep", &holder.to_string(), UtcMillis(9), UtcMillis(1)).await.unwrap()
        })
    });
    let mut taken = 0;
    for tried in tries.collect::<Vec<_>>() {
        taken += usize::from(tried.await.unwrap());
    }
    assert_eq!(taken, 1);
}

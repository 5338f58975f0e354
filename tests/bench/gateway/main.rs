//! The service as a gateway, under load: what it adds to a provider's answer, how many answers it gives, what selling them costs; beside two
//! gateways of others, before the same provider, in one run.
//!
//! `gateway-bench SECONDS PARTS PORTKEY LITELLM`: how long each figure is measured, which parts (`all`, or names with commas between them),
//! and the peers' programs, which may be left out. Prints a line of JSON for each figure. Everything is checked as always: nothing here can
//! turn that off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../../gateway/mod.rs"]
mod gateway;
mod peers;

use std::time::Duration;

use allxone_testkit::Postgres;
use allxone_testkit::partners::png;
use allxone_testkit::quick::{Ask, Found, QuickBucket, QuickOpenAi, answer_with, load};
use bytes::Bytes;
use gateway::{Gateway, STEPS, Shared, TOKEN};
use image::{ImageFormat, RgbImage};
use peers::Peer;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

const PROMPT: &str = "a lighthouse at dawn";
/// How many people spend credits at once.
const PEOPLE: usize = 32;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str);
    let time = Duration::from_secs_f64(argument(0).map_or(3.0, |text| text.parse().unwrap()));
    let parts = argument(1).unwrap_or("all");
    let wanted = |part: &str| parts == "all" || parts.split(',').any(|one| one == part);
    let small = vec![answer_with(&png(32, 32, 0))];
    if wanted("small") {
        let far = QuickOpenAi::start(small.clone()).await;
        small_answers(&far, time, argument(2), argument(3)).await;
    }
    if wanted("fresh") {
        let fresh = (0..=255).map(|kind| answer_with(&png(32, 32, kind))).collect();
        fresh_answers(&QuickOpenAi::start(fresh).await, time).await;
    }
    if wanted("large") {
        let far = QuickOpenAi::start(vec![answer_with(&large())]).await;
        large_answers(&far, time, argument(2)).await;
    }
    if wanted("file") {
        sold("a SQLite file", false, time).await;
    }
    if wanted("server") {
        sold("PostgreSQL", true, time).await;
    }
}

/// A picture whose answer has about 2 MiB.
fn large() -> Bytes {
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    let picture = RgbImage::from_fn(1024, 960, |x, y| {
        let mut near = |value: u32| u8::try_from(value).unwrap() + random.random_range(0..10_u8);
        image::Rgb([near(60 + x / 12), near(80 + y / 12), near(100 + (x + y) / 24)])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

fn direct(far: &QuickOpenAi) -> Ask {
    let wish = json!({ "model": "gpt-image-2", "prompt": PROMPT, "n": 1, "size": "1024x1024" });
    Ask::post(format!("{}/v1/images/generations", far.url()), "of-no-use", &wish)
}

/// Measures with some time to warm up, and lets no failure pass.
async fn measured(connections: usize, time: Duration, asked: Ask) -> Found {
    let same = asked.clone();
    load(connections, time / 5, move |_, _| same.clone()).await;
    let found = load(connections, time, move |_, _| asked.clone()).await;
    assert_eq!(found.failures, 0, "{found:?}");
    found
}

async fn small_answers(far: &QuickOpenAi, time: Duration, portkey: Option<&str>, litellm: Option<&str>) {
    let gateway = Gateway::open(far.url(), None, false);
    let ours = gateway.picture(TOKEN, PROMPT);
    let bare = measured(1, time, direct(far)).await;
    let before = Steps::of(&gateway).await;
    let one = measured(1, time, ours.clone()).await;
    let steps = Steps::of(&gateway).await.since(&before);
    let many_direct = measured(16, time, direct(far)).await;
    let many = measured(16, time, ours).await;
    drop(gateway);
    told(
        "provider alone, small answer, 16 connections",
        "/s",
        many_direct.per_second,
        many_direct.answers,
        json!({}),
    );
    let added = one.p50 - bare.p50;
    let (mut least, mut against) = (json!({}), json!({}));
    if let Some(script) = portkey {
        let peer = Peer::portkey(script, far.url()).await;
        let theirs = measured(1, time, peer.picture(PROMPT)).await;
        against = json!({ "against": { "whom": "Portkey", "value": theirs.p50 - bare.p50, "runs": theirs.answers } });
        let theirs = measured(16, time, peer.picture(PROMPT)).await;
        least = json!({ "against": { "whom": "Portkey", "value": theirs.per_second, "runs": theirs.answers }, "times_more": 5.0 });
    }
    against["at_most"] = json!(1.0);
    told("small answer, added to the middle wait, 1 connection", "ms p50", added, one.answers, against);
    told("small answer, 16 connections", "/s", many.per_second, many.answers, least);
    told("small answer, 16 connections", "ms p99", many.p99, many.answers, json!({}));
    steps.tell("small answer, 1 connection");
    if let Some(program) = litellm {
        let peer = Peer::litellm(program, far.url()).await;
        let theirs = measured(1, time, peer.picture(PROMPT)).await;
        let beside = json!({ "against": { "whom": "LiteLLM", "value": theirs.p50 - bare.p50, "runs": theirs.answers } });
        told("small answer, added to the middle wait, 1 connection", "ms p50", added, one.answers, beside);
        let theirs = measured(16, time, peer.picture(PROMPT)).await;
        let beside =
            json!({ "against": { "whom": "LiteLLM", "value": theirs.per_second, "runs": theirs.answers } });
        told("small answer, 16 connections", "/s", many.per_second, many.answers, beside);
    }
}

/// Every picture is new and every prompt is, so that each is judged from the beginning.
async fn fresh_answers(far: &QuickOpenAi, time: Duration) {
    let gateway = Gateway::open(far.url(), None, false);
    let bare = measured(1, time / 2, direct(far)).await;
    let before = Steps::of(&gateway).await;
    let asks: Vec<Ask> =
        (0..2_000).map(|number| gateway.picture(TOKEN, &format!("{PROMPT}, picture {number}"))).collect();
    let one = load(1, time, move |_, turn| asks[turn % asks.len()].clone()).await;
    assert_eq!(one.failures, 0, "{one:?}");
    let steps = Steps::of(&gateway).await.since(&before);
    told(
        "small answer, prompt and picture new, added, 1 connection",
        "ms p50",
        one.p50 - bare.p50,
        one.answers,
        json!({}),
    );
    steps.tell("prompt and picture new, 1 connection");
}

async fn large_answers(far: &QuickOpenAi, time: Duration, portkey: Option<&str>) {
    let gateway = Gateway::open(far.url(), None, false);
    let bare = measured(1, time, direct(far)).await;
    let before = Steps::of(&gateway).await;
    let one = measured(1, time, gateway.picture(TOKEN, PROMPT)).await;
    let steps = Steps::of(&gateway).await.since(&before);
    drop(gateway);
    let mut against = json!({});
    if let Some(script) = portkey {
        let peer = Peer::portkey(script, far.url()).await;
        let theirs = measured(1, time, peer.picture(PROMPT)).await;
        against = json!({ "against": { "whom": "Portkey", "value": theirs.p50 - bare.p50, "runs": theirs.answers } });
    }
    against["at_most"] = json!(10.0);
    let what = format!("answer of {:.1} MiB, added, 1 connection", bare.bytes as f64 / 1_048_576.0);
    told(&what, "ms p50", one.p50 - bare.p50, one.answers, against);
    steps.tell("large answer, 1 connection");
}

/// Pictures that people pay for: held when asked for, charged when made.
async fn sold(place: &str, server: bool, time: Duration) {
    let far = QuickOpenAi::start(vec![answer_with(&png(32, 32, 0))]).await;
    let postgres = server.then(Postgres::durable);
    let bucket = QuickBucket::start().await;
    let database = postgres.as_ref().map(|postgres| postgres.database("gateway"));
    let shared = database.as_ref().map(|database| Shared {
        database,
        endpoint: bucket.url(),
        bucket: QuickBucket::NAME,
    });
    let mut gateway = Gateway::open(far.url(), shared.as_ref(), true);
    gateway.settle(PEOPLE, 1_000_000).await;
    let asks: Vec<Ask> = gateway.people.iter().map(|key| gateway.picture(key, PROMPT)).collect();
    let crowd = async |time: Duration| {
        let asks = asks.clone();
        let found = load(60, time, move |connection, _| asks[connection % asks.len()].clone()).await;
        assert_eq!(found.failures, 0, "{found:?}");
        found
    };
    crowd(time / 5).await;
    let before = Steps::of(&gateway).await;
    let found = crowd(time).await;
    let steps = Steps::of(&gateway).await.since(&before);
    let bar = if server { json!({ "at_least": 300.0 }) } else { json!({}) };
    told(
        &format!("jobs held and settled on {place}, 60 connections"),
        "/s",
        found.per_second,
        found.answers,
        bar,
    );
    told(
        &format!("jobs held and settled on {place}, 60 connections"),
        "ms p99",
        found.p99,
        found.answers,
        json!({}),
    );
    if !server {
        let each = steps.commits / steps.begun;
        told(
            &format!("commits for each job on {place}"),
            "commits",
            each,
            found.answers,
            json!({ "at_most": 0.25 }),
        );
    }
    steps.tell(place);
    gateway.kill();
    gateway.admin(&["credits", "check"]);
}

/// What the service says its time went into.
struct Steps {
    begun: f64,
    commits: f64,
    microseconds: Vec<f64>,
}

impl Steps {
    async fn of(gateway: &Gateway) -> Self {
        let page = gateway.figures().await;
        let figure = |name: &str| page.get(name).copied().unwrap_or_default();
        Self {
            begun: figure("allxone_jobs_begun_total"),
            commits: figure("allxone_commits_total"),
            microseconds: STEPS
                .iter()
                .map(|step| figure(&format!("allxone_job_microseconds_total{{step=\"{step}\"}}")))
                .collect(),
        }
    }

    fn since(self, before: &Self) -> Self {
        let between = |(now, before): (&f64, &f64)| now - before;
        Self {
            begun: self.begun - before.begun,
            commits: self.commits - before.commits,
            microseconds: self.microseconds.iter().zip(&before.microseconds).map(between).collect(),
        }
    }

    fn tell(&self, of: &str) {
        let mut checks = 0.0;
        for (step, spent) in STEPS.iter().zip(&self.microseconds) {
            let each = spent / 1e3 / self.begun;
            checks += if step.starts_with("check") { each } else { 0.0 };
            told(&format!("of that, {of}: {step}"), "ms", each, self.begun as usize, json!({}));
        }
        told(&format!("of that, {of}: all checks together"), "ms", checks, self.begun as usize, json!({}));
    }
}

fn told(what: &str, unit: &str, value: f64, runs: usize, more: Value) {
    let mut line = json!({ "what": what, "unit": unit, "value": value, "runs": runs });
    if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
        line.extend(more);
    }
    println!("{line}");
}

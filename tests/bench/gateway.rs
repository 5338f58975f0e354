//! The service as a gateway, under load: what it adds to a provider's answer, how many answers it gives, what selling them costs.
//!
//! `gateway-bench PART SECONDS`; prints a line of JSON for each figure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../gateway/mod.rs"]
mod gateway;

use std::time::Duration;

use allxone_testkit::Postgres;
use allxone_testkit::partners::png;
use allxone_testkit::quick::{Ask, Found, QuickBucket, QuickOpenAi, answer_with, load};
use bytes::Bytes;
use gateway::{Gateway, Shared, TOKEN};
use image::{ImageFormat, RgbImage};
use rand::{Rng, SeedableRng};
use serde_json::json;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let part = arguments.get(1).map_or("small", String::as_str).to_owned();
    let time = Duration::from_secs_f64(arguments.get(2).map_or(3.0, |text| text.parse().unwrap()));
    match part.as_str() {
        "small" => plain("small", vec![answer_with(&png(32, 32, 0))], time).await,
        "fresh" => {
            plain("fresh", (0..=255).map(|kind| answer_with(&png(32, 32, kind))).collect(), time).await
        }
        "large" => plain("large", vec![answer_with(&large(0))], time).await,
        "sold" => sold(false, time).await,
        "sold-postgresql" => sold(true, time).await,
        other => panic!("there is no part {other}"),
    }
}

/// A picture whose answer has about 2 MiB.
fn large(seed: u64) -> Bytes {
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let picture = RgbImage::from_fn(1024, 1024, |x, y| {
        let mut near = |value: u32| u8::try_from(value).unwrap() + random.random_range(0..13_u8);
        image::Rgb([near(60 + x / 12), near(80 + y / 12), near(100 + (x + y) / 24)])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner().into()
}

async fn plain(what: &str, answers: Vec<Bytes>, time: Duration) {
    let far = QuickOpenAi::start(answers).await;
    let gateway = Gateway::open(far.url(), None, false);
    let there = format!("{}/v1/images/generations", far.url());
    for connections in [1, 16] {
        let wish =
            json!({ "model": "gpt-image-2", "prompt": "a lighthouse at dawn", "n": 1, "size": "1024x1024" });
        let direct = Ask::post(&there, "of-no-use", &wish);
        told(what, "direct", connections, load(connections, time, move |_, _| direct.clone()).await);
        let through = gateway.picture(TOKEN, "a lighthouse at dawn");
        told(what, "through", connections, load(connections, time, move |_, _| through.clone()).await);
    }
}

async fn sold(postgresql: bool, time: Duration) {
    let far = QuickOpenAi::start(vec![answer_with(&png(32, 32, 0))]).await;
    let server = postgresql.then(Postgres::durable);
    let bucket = QuickBucket::start().await;
    let database = server.as_ref().map(|server| server.database("gateway"));
    let shared = database.as_ref().map(|database| Shared {
        database,
        endpoint: bucket.url(),
        bucket: QuickBucket::NAME,
    });
    let mut gateway = Gateway::open(far.url(), shared.as_ref(), true);
    gateway.settle(32, 1_000_000).await;
    let asks: Vec<Ask> =
        gateway.people.iter().map(|key| gateway.picture(key, "a lighthouse at dawn")).collect();
    for connections in [1, 16, 60] {
        let asks = asks.clone();
        let found = load(connections, time, move |connection, _| asks[connection % asks.len()].clone()).await;
        told("sold", if postgresql { "postgresql" } else { "sqlite" }, connections, found);
    }
}

fn told(what: &str, which: &str, connections: usize, found: Found) {
    println!("{what} {which} c={connections}: {found:?}");
}

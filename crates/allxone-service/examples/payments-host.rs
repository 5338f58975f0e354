//! A service that sells, and the payment providers beside it, on loopback, for conformance tests with the providers' own packages. The first
//! line on standard output says where everything is; orders come as lines of JSON on standard input and are answered with a line each:
//! `{"pay": "stripe", "order": "…"}` pays an order and shows the events that follow, none of which is delivered.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::error::Error;
use std::io::BufRead;

use allxone_inference::{Inference, ModelPaths};
use allxone_safety::Gate;
use allxone_service::{Accounts, Engine, OperatorConfig, Payments, ServiceConfig, ServiceKeys, start};
use allxone_testkit::payments::{Event, paddle, razorpay, stripe};
use allxone_vault::SecretKey;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const PLANS: &str = r#"
live = false
[[plan]]
id = "pack"
kind = "pack"
name = "500 credits"
credits = 500
amount = 999
currency = "EUR"
tax = "included"
prices = { stripe = "price_pack", paddle = "pri_pack" }
[[plan]]
id = "month"
kind = "monthly"
name = "1000 credits a month"
credits = 1000
amount = 1500
currency = "EUR"
tax = "included"
prices = { stripe = "price_month", paddle = "pri_month" }
[[plan]]
id = "pack-inr"
kind = "pack"
name = "500 credits"
credits = 500
amount = 79900
currency = "INR"
tax = "included"
prices = { razorpay = "pack" }
[[plan]]
id = "month-inr"
kind = "monthly"
name = "1000 credits a month"
credits = 1000
amount = 119900
currency = "INR"
tax = "included"
prices = { razorpay = "plan_month" }
"#;

struct World {
    stripe: stripe::Stripe,
    paddle: paddle::Paddle,
    razorpay: razorpay::Razorpay,
}

impl World {
    fn pay(&self, provider: &str, order: &str) -> Vec<Event> {
        match provider {
            "stripe" => self.stripe.pay(&self.stripe.session_of(order)),
            "paddle" => self.paddle.pay(&self.paddle.transaction_of(order)),
            _ => {
                let made = self.razorpay.made_for(order);
                if made.starts_with("sub_") { self.razorpay.charge(&made) } else { self.razorpay.pay(&made) }
            }
        }
    }
}

fn shown(events: &[Event]) -> Value {
    events
        .iter()
        .map(|event| {
            let headers: serde_json::Map<String, Value> =
                event.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            json!({ "id": event.id, "kind": event.kind, "body": event.body, "headers": headers })
        })
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let price = |amount, recurring| stripe::Price { amount, currency: "eur", recurring };
    let of_paddle = |amount, recurring| paddle::Price { amount, tax: amount / 10, recurring };
    let world = runtime.block_on(async {
        World {
            stripe: stripe::Stripe::start(&[
                ("price_pack", price(999, false)),
                ("price_month", price(1_500, true)),
            ])
            .await,
            paddle: paddle::Paddle::start(&[
                ("pri_pack", of_paddle(999, false)),
                ("pri_month", of_paddle(1_500, true)),
            ])
            .await,
            razorpay: razorpay::Razorpay::start(&[("plan_month", 119_900)]).await,
        }
    });
    let described = format!(
        "{PLANS}\n[stripe]\naddress = '{}'\nsecret = '{}'\nwebhook_secret = '{}'\n[paddle]\naddress = '{}'\nkey_id = 'test_1'\nsecret = '{}'\n\
         webhook_secret = '{}'\n[razorpay]\naddress = '{}'\nkey_id = '{}'\nsecret = '{}'\nwebhook_secret = '{}'\n",
        world.stripe.url(),
        stripe::KEY,
        stripe::WEBHOOK_SECRET,
        world.paddle.url(),
        paddle::KEY,
        paddle::WEBHOOK_SECRET,
        world.razorpay.url(),
        razorpay::KEY_ID,
        razorpay::KEY,
        razorpay::WEBHOOK_SECRET,
    );
    let file = folder.path().join("payments.toml");
    std::fs::write(&file, described)?;
    let entry = |id: &str| {
        format!("[[processor]]\nid = '{id}'\nregion = 'EU'\nretention = 'x'\ntrains_on_data = false\n")
    };
    let operator = format!(
        "kind = 'self_hosted'\nname = 'Example Ltd'\n{}{}{}",
        entry("stripe"),
        entry("paddle"),
        entry("razorpay")
    );
    let key = |byte| SecretKey::from_bytes(Zeroizing::new([byte; 32]));
    let keys = ServiceKeys { database: key(1), files: key(2) };
    let config = ServiceConfig {
        accounts: Some(Accounts::default()),
        operator: OperatorConfig::read(&operator)?,
        payments: Some(Payments::read(&file)?),
        warm: false,
        ..ServiceConfig::on_loopback(folder.path().join("service"), keys)
    };
    let models = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
    let inference = Inference::new(ModelPaths::under(models));
    let engine = Engine::new(inference.clone(), models.join("drawings"));
    let service = runtime.block_on(start(config, Gate::new(inference), engine))?;
    let hello = json!({
        "service": format!("http://{}", service.addr()),
        "stripe": { "address": world.stripe.url(), "key": stripe::KEY, "webhook_secret": stripe::WEBHOOK_SECRET },
        "paddle": { "address": world.paddle.url(), "key": paddle::KEY, "webhook_secret": paddle::WEBHOOK_SECRET },
        "razorpay": { "address": world.razorpay.url(), "key_id": razorpay::KEY_ID, "key": razorpay::KEY, "webhook_secret": razorpay::WEBHOOK_SECRET },
    });
    println!("{hello}");
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let guard = runtime.enter();
        println!("{}", shown(&world.pay(&text("pay"), &text("order"))));
        drop(guard);
    }
    Ok(())
}

//! The fakes of the providers on loopback ports, for conformance tests with their official clients. Says first where they are; orders come
//! as lines of JSON on standard input and are answered with a line each: `{"fault": "hangs_up"}` spoils the next answer, `{"takes": 2}` says how
//! often fal is asked after before it is done. Each answer says how many requests were begun.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic)]

use std::io::BufRead as _;

use allxone_testkit::partners::{Fal, Fault, OpenAi, Stability, fal, openai, stability};
use serde_json::{Value, json};

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let openai = runtime.block_on(OpenAi::start());
    let fal = runtime.block_on(Fal::start());
    let stability = runtime.block_on(Stability::start());
    let hello = json!({
        "openai": openai.url(), "key": openai::KEY, "fal": fal.url(), "fal_key": fal::KEY,
        "stability": stability.url(), "stability_key": stability::KEY,
    });
    println!("{hello}");
    for line in std::io::stdin().lock().lines() {
        let order: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if let Some(fault) = order["fault"].as_str() {
            openai.script().order(match fault {
                "rate_limit" => Fault::Refuses(429, "rate_limit_exceeded", Some(0)),
                "server_error" => Fault::Refuses(500, "server_error", None),
                "blocks_input" => Fault::BlocksInput,
                "blocks_output" => Fault::BlocksOutput,
                "hangs_up" => Fault::HangsUp,
                "breaks" => Fault::BreaksAfter(200),
                "garbage" => Fault::Garbage,
                other => panic!("no fault is called {other}"),
            });
        }
        if let Some(rounds) = order["takes"].as_u64() {
            fal.takes(rounds.try_into().unwrap());
        }
        if let Some(holds) = order["holds"].as_bool() {
            fal.holds(holds);
        }
        if let Some(status) = order["fal_refuses"].as_u64() {
            fal.script(fal::Step::Submit).order(Fault::Refuses(
                status.try_into().unwrap(),
                "as_ordered",
                None,
            ));
        }
        match order["stability"].as_str() {
            None => {}
            Some("blocks_input") => stability.script().order(Fault::BlocksInput),
            Some("blocks_output") => stability.script().order(Fault::BlocksOutput),
            Some(other) => panic!("no fault is called {other}"),
        }
        let of_fal = json!({ "made": fal.made(), "cancelled": fal.cancelled(), "questions": fal.questions(), "hooks": fal.hooks() });
        println!("{}", json!({ "made": openai.made(), "asked": openai.asked().len(), "fal": of_fal }));
    }
}

//! The fakes of the providers on loopback ports, for conformance tests with their official clients. Says first where they are; orders come
//! as lines of JSON on standard input and are answered with a line each: `{"fault": "hangs_up"}` spoils the next answer, `{"made": true}` says
//! how many requests were begun.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic)]

use std::io::BufRead as _;

use allxone_testkit::partners::{Fault, OpenAi, openai};
use serde_json::{Value, json};

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let openai = runtime.block_on(OpenAi::start());
    println!("{}", json!({ "openai": openai.url(), "key": openai::KEY }));
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
        println!("{}", json!({ "made": openai.made(), "asked": openai.asked().len() }));
    }
}

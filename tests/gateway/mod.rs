//! A service as its operator runs it: the real program, a partner far away, and people who pay with credits. For the faults and the benchmark.
#![allow(dead_code, reason = "each of its users needs another part")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use allxone_testkit::partners::openai::KEY;
use allxone_testkit::quick::{Ask, ask};
use allxone_tests::Machine;
use bytes::Bytes;
use serde_json::{Value, json};

/// The token of the service's owner.
pub const TOKEN: &str = "the-token-of-the-owner-of-this-service";
/// The model whose pictures are made far away.
pub const MODEL: &str = "openai/gpt-image-2";
/// What a picture of it costs, in credits.
pub const PRICE: i64 = 8;

/// How many requests the partner is handed at once.
const AT_ONCE: usize = 60;

/// What several nodes share.
pub struct Shared<'a> {
    pub database: &'a str,
    pub endpoint: &'a str,
    pub bucket: &'a str,
}

/// A service: its folder, which stays, and the program, which comes and goes.
pub struct Gateway {
    pub machine: Machine,
    program: Option<Running>,
    /// `http://127.0.0.1:…`
    pub address: String,
    /// Where its figures are.
    pub figures: String,
    /// Personal keys of people with credits.
    pub people: Vec<String>,
    environment: Vec<(String, String)>,
    halts: Option<Receiver<()>>,
}

/// A program that ends with the value, as by a power cut.
pub struct Running(Child);

impl Running {
    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Gateway {
    /// Starts it with its partner at `far`.
    pub fn open(far: &str, shared: Option<&Shared<'_>>, credits: bool) -> Self {
        let machine = Machine::new();
        let mut operator = format!("kind = 'self_hosted'\nname = 'Gateway'\ncredits = {credits}\n");
        if let Some(Shared { database, .. }) = shared {
            operator += &format!("database = '{database}'\n");
        }
        operator +=
            "[[processor]]\nid = 'openai'\nregion = 'here'\nretention = 'none'\ntrains_on_data = false\n";
        if let Some(Shared { endpoint, bucket, .. }) = shared {
            operator +=
                &format!("[objects]\nendpoint = '{endpoint}'\nregion = 'here'\nbucket = '{bucket}'\n");
        }
        let partner = format!(
            "[[partner]]\nkind = 'openai'\nkey_file = 'openai.key'\naddress = '{far}'\nat_once = {AT_ONCE}\n"
        );
        for (name, text) in
            [("operator.toml", operator.as_str()), ("partners.toml", &partner), ("openai.key", KEY)]
        {
            std::fs::write(machine.file(name), text).unwrap();
        }
        let mut this = Self {
            machine,
            program: None,
            address: String::new(),
            figures: String::new(),
            people: Vec::new(),
            environment: Vec::new(),
            halts: None,
        };
        this.start();
        this
    }

    /// Starts it so that it stands still at a place between two steps of a job.
    pub fn start_to_halt(&mut self, place: &str) {
        self.environment = vec![("ALLXONE_HALT_AT".to_owned(), place.to_owned())];
        self.start();
        self.environment.clear();
    }

    /// Waits until it stands still; `false` when it does not within that time.
    pub fn halts_within(&self, time: Duration) -> bool {
        self.halts.as_ref().is_some_and(|halts| halts.recv_timeout(time).is_ok())
    }

    /// Starts it.
    pub fn start(&mut self) {
        let ports: [u16; 2] = [free_port(), free_port()];
        let mut command = self.machine.command();
        command
            .args(["serve", "--json", "--accounts", "--secret-store", "file"])
            .args([
                "--listen",
                &format!("127.0.0.1:{}", ports[0]),
                "--metrics",
                &format!("127.0.0.1:{}", ports[1]),
            ])
            .args(["--address", &format!("http://127.0.0.1:{}", ports[0])])
            .arg("--operator")
            .arg(self.machine.file("operator.toml"))
            .arg("--partners")
            .arg(self.machine.file("partners.toml"))
            .env("ALLXONE_SERVE_TOKEN", TOKEN)
            .env("ALLXONE_OBJECTS_KEY_ID", "node")
            .env("ALLXONE_OBJECTS_SECRET", "secret")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let mut complaints = BufReader::new(program.stderr.take().unwrap());
        let said: Value = serde_json::from_str(&said).unwrap_or_else(|_| {
            let mut text = String::new();
            let _ = complaints.read_to_string(&mut text);
            panic!("the service did not start: {text}")
        });
        let (halted, halts) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in complaints.lines().map_while(Result::ok) {
                if line.starts_with("halted at ") {
                    let _ = halted.send(());
                }
            }
        });
        self.halts = Some(halts);
        self.address = said["address"].as_str().unwrap().to_owned();
        self.figures = format!("http://127.0.0.1:{}/metrics", ports[1]);
        self.program = Some(Running(program));
    }

    /// The running program.
    pub fn program(&mut self) -> &mut Running {
        self.program.as_mut().unwrap()
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill();
        }
    }

    /// Signs up so many people and gives each of them credits.
    pub async fn settle(&mut self, people: usize, credits: u32) {
        for number in 0..people {
            let body =
                json!({ "email": format!("person{number}@example.org"), "password": "a long enough phrase" });
            let session = self.told(&Ask::post(format!("{}/auth/v1/signup", self.address), "", &body)).await;
            let token = session["access_token"].as_str().unwrap();
            let key = json!({ "name": "gateway", "scope": "pictures" });
            let made = self.told(&Ask::post(format!("{}/api/v1/keys", self.address), token, &key)).await;
            self.people.push(made["secret"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned());
        }
        self.kill();
        for number in 0..people {
            let (email, credits) = (format!("person{number}@example.org"), credits.to_string());
            self.admin(&["credits", "grant", &email, &credits, "--reason", "to be spent", "--name", &email]);
        }
        self.start();
    }

    /// Has the operator's desk do something. Unless the service is one of several nodes, it must not run.
    pub fn admin(&self, arguments: &[&str]) -> String {
        let mut command = self.machine.command();
        command.arg("admin").args(arguments).env("ALLXONE_OPERATOR", self.machine.file("operator.toml"));
        command.env("ALLXONE_OBJECTS_KEY_ID", "node").env("ALLXONE_OBJECTS_SECRET", "secret");
        allxone_tests::ran(&mut command).ended(0).stdout
    }

    async fn told(&self, asked: &Ask) -> Value {
        let (status, body) = ask(asked).await;
        let said = String::from_utf8_lossy(&body);
        assert!(status < 300, "{status} {said}");
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"))
    }

    /// What one of the people may look at with their key.
    pub async fn get(&self, person: usize, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.people[person]);
        let url = format!("{}/api/v1{path}", self.address);
        let headers = vec![("authorization", bearer)];
        self.told(&Ask { method: http::Method::GET, url, headers, body: Bytes::new() }).await
    }

    /// What one of the people has.
    pub async fn credits(&self, person: usize) -> Value {
        let body =
            json!({ "email": format!("person{person}@example.org"), "password": "a long enough phrase" });
        let url = format!("{}/auth/v1/token?grant_type=password", self.address);
        let session = self.told(&Ask::post(url, "", &body)).await;
        let bearer = format!("Bearer {}", session["access_token"].as_str().unwrap());
        let url = format!("{}/api/v1/credits", self.address);
        let headers = vec![("authorization", bearer)];
        self.told(&Ask { method: http::Method::GET, url, headers, body: Bytes::new() }).await
    }

    /// A picture asked for in OpenAI's words.
    pub fn picture(&self, token: &str, prompt: &str) -> Ask {
        let body = json!({ "model": MODEL, "prompt": prompt, "n": 1, "size": "1024x1024" });
        Ask::post(format!("{}/v1/images/generations", self.address), token, &body)
    }

    /// The figures that are shown to watchers.
    pub async fn figures(&self) -> HashMap<String, f64> {
        let get = Ask {
            method: http::Method::GET,
            url: self.figures.clone(),
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let (status, page) = ask(&get).await;
        assert_eq!(status, 200);
        let page = String::from_utf8_lossy(&page);
        let figures = page.lines().filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        figures.collect()
    }
}

/// The steps of a job, as they stand in the figures.
pub const STEPS: [&str; 8] =
    ["check_request", "place", "wait", "check_again", "make", "check_result", "store", "end"];

/// A port nobody listens at now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

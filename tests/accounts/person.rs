//! Who sits before the browser and reads the letters.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use allxone_tests::Machine;

pub const PASSWORD: &str = "marmalade on the roof";

/// A server and the person at it.
pub enum Place {
    Ours(Service),
    Theirs { base: String, person: String },
}

impl Place {
    pub fn open() -> Self {
        match (std::env::var("ALLXONE_AUTH_BASE"), std::env::var("ALLXONE_AUTH_PERSON")) {
            (Ok(base), Ok(person)) => Self::Theirs { base, person },
            _ => Self::Ours(Service::start()),
        }
    }

    pub fn base(&self) -> &str {
        match self {
            Self::Ours(service) => &service.base,
            Self::Theirs { base, .. } => base,
        }
    }

    /// The newest code that was sent to an address.
    pub fn code(&self, email: &str) -> String {
        match self {
            Self::Ours(service) => service.code(email),
            Self::Theirs { person, .. } => ask(person, &["code", email], email),
        }
    }

    /// Signs in at the address a browser would open; answers where it is led back to.
    pub async fn browse(&self, link: &str, email: &str) -> String {
        match self {
            Self::Ours(service) => service.browse(link, email).await,
            Self::Theirs { person, .. } => ask(person, &["browse", link], email),
        }
    }
}

fn ask(person: &str, arguments: &[&str], email: &str) -> String {
    let output =
        Command::new(person).args(arguments).env("EMAIL", email).env("PASSWORD", PASSWORD).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// `allxone serve --accounts`, and what it shows on its terminal.
pub struct Service {
    child: Child,
    pub base: String,
    letters: Arc<Mutex<Vec<String>>>,
    _machine: Machine,
}

impl Service {
    pub fn start() -> Self {
        let machine = Machine::new();
        let mut command = machine.command();
        command
            .args(["serve", "--accounts", "--listen", "127.0.0.1:0", "--models-dir"])
            .arg(allxone_tests::models());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let letters: Arc<Mutex<Vec<String>>> = Arc::default();
        let (errors, kept) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&letters));
        std::thread::spawn(move || {
            errors.lines().map_while(Result::ok).for_each(|line| kept.lock().unwrap().push(line))
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base =
            lines.find_map(|line| line.unwrap().strip_prefix("Accounts at ").map(str::to_owned)).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base: base.trim_end_matches("/auth/v1").to_owned(), letters, _machine: machine }
    }

    fn code(&self, email: &str) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let letters = self.letters.lock().unwrap();
            let newest = letters.iter().rev().find_map(|line| {
                line.strip_prefix(&format!("Code for {email}: "))?.split(' ').next().map(str::to_owned)
            });
            drop(letters);
            if let Some(code) = newest {
                return code;
            }
            assert!(Instant::now() < end, "no letter came");
            std::thread::yield_now();
        }
    }

    async fn browse(&self, link: &str, email: &str) -> String {
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "the test plays a browser")]
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let begun = browser.get(link).header("accept", "text/html").send().await.unwrap();
        let page = begun.headers()["location"].to_str().unwrap().to_owned();
        let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let flow = page.split("flow=").nth(1).unwrap().to_owned();
        let shown = browser
            .get(format!("{}{page}", self.base))
            .header("accept", "text/html")
            .header("cookie", &cookie);
        let shown = shown.send().await.unwrap().text().await.unwrap();
        let word = shown.split("name=\"word\" value=\"").nth(1).expect("no form").split('"').next().unwrap();
        let form = format!(
            "flow={flow}&word={word}&step=sign_in&email={}&password={}",
            email.replace('@', "%40"),
            PASSWORD.replace(' ', "+")
        );
        let answer = browser
            .post(format!("{}/auth/v1/local", self.base))
            .header("origin", &self.base)
            .header("cookie", &cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let text = answer.send().await.unwrap().text().await.unwrap();
        let back = text.split("0; url=").nth(1).expect("led nowhere").split('"').next().unwrap();
        back.replace("&amp;", "&")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

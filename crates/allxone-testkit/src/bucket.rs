//! An S3 server on loopback, with one bucket, gone with the value. What answers is `moto`, a far end that others wrote and that speaks the
//! protocol whole; set-up installs it (`cargo xtask test`).

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::visit_with;

/// Says who asks; whether it is true is not looked at, but nobody in particular sees nothing.
const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
);

/// A running server.
pub struct Bucket {
    server: Child,
    url: String,
}

impl Bucket {
    /// The name of the one bucket.
    pub const NAME: &str = "pictures";

    /// Starts a server with an empty bucket and waits until it answers.
    ///
    /// # Panics
    /// When `moto` is not installed or does not start.
    pub async fn start() -> Self {
        let python = python();
        let mut server = Command::new(&python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}. Run `cargo xtask test` once.", python.display()));
        let mut said = BufReader::new(server.stderr.take().unwrap()).lines();
        let url = said
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("Running on ").map(|(_, url)| url.trim().to_owned()));
        std::thread::spawn(move || said.for_each(drop));
        let this = Self { server, url: url.expect("the S3 server did not start") };
        let made = visit_with(&format!("{}/{}", this.url, Self::NAME), "PUT", &[], "").await;
        assert_eq!(made.status, 200, "{made:?}");
        this
    }

    /// Where it is: `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything the bucket holds, as it lies there, by name.
    pub async fn contents(&self) -> Vec<(String, Vec<u8>)> {
        let listed = visit_with(&format!("{}/{}?list-type=2", self.url, Self::NAME), "GET", &[], "").await;
        let mut found = Vec::new();
        for rest in listed.body.split("<Key>").skip(1) {
            let name = rest.split("</Key>").next().unwrap_or_default().to_owned();
            let file = crate::visit::fetch(&format!("{}/{}/{name}", self.url, Self::NAME), &[SIGNED]).await;
            found.push((name, file));
        }
        found
    }

    /// Stops answering, as a store does that is down.
    pub fn stop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The Python that set-up installed it for, in the folder the test was built into.
fn python() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(3).unwrap();
    target.join("moto/venv").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

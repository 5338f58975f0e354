//! Gateways of others, before the same provider.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use allxone_testkit::quick::{Ask, ask};
use serde_json::json;

/// How long one may take to start.
const PATIENCE: Duration = Duration::from_secs(120);
const KEY: &str = "sk-of-no-use";

/// A running gateway.
pub struct Peer {
    child: Child,
    address: String,
    headers: Vec<(&'static str, String)>,
    settings: Option<PathBuf>,
}

impl Peer {
    /// Portkey's gateway.
    pub async fn portkey(script: &str, far: &str) -> Self {
        let port = super::gateway::free_port();
        let mut command = Command::new("node");
        command.arg(script).arg(format!("--port={port}")).arg("--headless");
        let headers =
            vec![("x-portkey-provider", "openai".to_owned()), ("x-portkey-custom-host", format!("{far}/v1"))];
        Self::start(command, port, headers, None).await
    }

    /// LiteLLM's proxy with one worker and no database.
    pub async fn litellm(program: &str, far: &str) -> Self {
        let port = super::gateway::free_port();
        let settings = std::env::temp_dir().join(format!("litellm-{}.yaml", std::process::id()));
        let models = format!(
            "model_list:\n  - model_name: gpt-image-2\n    litellm_params: {{ model: openai/gpt-image-2, api_base: \"{far}/v1\", api_key: x }}\n"
        );
        std::fs::write(&settings, models).unwrap();
        let mut command = Command::new(program);
        command.arg("--config").arg(&settings).args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        command.env("LITELLM_MASTER_KEY", format!("{KEY}-but-long-enough-to-be-taken-for-one"));
        Self::start(command, port, Vec::new(), Some(settings)).await
    }

    async fn start(
        mut command: Command,
        port: u16,
        headers: Vec<(&'static str, String)>,
        settings: Option<PathBuf>,
    ) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let peer = Self { child, address: format!("http://127.0.0.1:{port}"), headers, settings };
        let begun = Instant::now();
        loop {
            let open = std::net::TcpListener::bind(("127.0.0.1", port)).is_err();
            if open && ask(&peer.picture("a house")).await.0 == 200 {
                return peer;
            }
            assert!(begun.elapsed() < PATIENCE, "{} did not start", peer.address);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A picture asked for through it.
    pub fn picture(&self, prompt: &str) -> Ask {
        let wish = json!({ "model": "gpt-image-2", "prompt": prompt, "n": 1, "size": "1024x1024" });
        let token = format!("{KEY}-but-long-enough-to-be-taken-for-one");
        let mut asked = Ask::post(format!("{}/v1/images/generations", self.address), &token, &wish);
        asked.headers.extend(self.headers.clone());
        asked
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(settings) = &self.settings {
            let _ = std::fs::remove_file(settings);
        }
    }
}

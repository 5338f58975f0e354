//! A mail server that keeps what it is given, on loopback.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A letter as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// Head and body, lines ended by line feeds.
    pub text: String,
}

/// What the server does with the next letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Takes them.
    #[default]
    Takes,
    /// Cannot now: 451.
    Later,
    /// Will never: 550.
    Never,
    /// Takes a letter and loses the line before it says so.
    Drops,
}

#[derive(Default)]
struct Inner {
    mails: Vec<Mail>,
    refused: usize,
    mood: Mood,
}

/// The server. Dropping it ends it.
pub struct Sink {
    inner: Arc<Mutex<Inner>>,
    port: u16,
    task: JoinHandle<()>,
}

impl Sink {
    /// On a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = Arc::clone(&inner);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(talk(stream, Arc::clone(&shared)));
            }
        });
        Self { inner, port, task }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How it takes letters from now on.
    pub fn mood(&self, mood: Mood) {
        self.inner.lock().unwrap().mood = mood;
    }

    /// How many letters it did not take.
    pub fn refused(&self) -> usize {
        self.inner.lock().unwrap().refused
    }

    /// Everything it was given.
    pub fn mails(&self) -> Vec<Mail> {
        self.inner.lock().unwrap().mails.clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(stream: TcpStream, inner: Arc<Mutex<Inner>>) {
    // A peer that goes away in the middle is no concern of the server's.
    let _ = conversation(stream, inner).await;
}

async fn conversation(stream: TcpStream, inner: Arc<Mutex<Inner>>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut mail = Mail { from: String::new(), to: Vec::new(), text: String::new() };
    writing.write_all(b"220 sink.example ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let mood = inner.lock().unwrap().mood;
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-sink.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "HELO" | "RSET" | "NOOP" => b"250 fine\r\n",
            "MAIL" => {
                mail = Mail { from: address(), to: Vec::new(), text: String::new() };
                b"250 fine\r\n"
            }
            "RCPT" if mood == Mood::Never => {
                inner.lock().unwrap().refused += 1;
                b"550 5.1.1 nobody of that name\r\n"
            }
            "RCPT" => {
                mail.to.push(address());
                b"250 fine\r\n"
            }
            "DATA" if mood == Mood::Later => {
                inner.lock().unwrap().refused += 1;
                b"451 4.3.0 come again\r\n"
            }
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.text.push('\n');
                }
                inner.lock().unwrap().mails.push(mail.clone());
                if mood == Mood::Drops {
                    return Ok(());
                }
                b"250 kept\r\n"
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"502 not here\r\n",
        };
        writing.write_all(answer).await?;
    }
    Ok(())
}

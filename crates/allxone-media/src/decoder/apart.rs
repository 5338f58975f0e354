//! The caller's side: starting helpers, asking them, ending them. A helper is trusted with nothing: it may answer late, wrongly or
//! not at all, and then it is killed and the picture it was reading is refused.

use std::ffi::OsString;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::confine::Confinement;
use super::line::{self, Answer, Hello, Ready, Request, Seen, Way};
use crate::{Limits, MediaError, Picture, room};

/// Which program reads pictures apart, and within which bounds.
#[derive(Debug, Clone)]
pub struct HelperProgram {
    /// A program that calls [`crate::serve_decoder`] when started with [`HelperProgram::arguments`].
    pub program: PathBuf,
    /// What it is started with.
    pub arguments: Vec<OsString>,
    /// What the system holds it to.
    pub confinement: Confinement,
    /// How long one picture may take by the clock, waiting for the processor included.
    pub patience: Duration,
    /// After how long without work a helper is ended.
    pub idle: Duration,
}

/// A helper that has read this many pictures is replaced, so that nothing a file left behind in it lasts.
const PICTURES_PER_HELPER: u32 = 64;

impl HelperProgram {
    /// `program` with `arguments`, under the usual bounds: [`Confinement::default`], 60 seconds a picture, 30 seconds idle.
    #[must_use]
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            confinement: Confinement::default(),
            patience: Duration::from_secs(60),
            idle: Duration::from_secs(30),
        }
    }
}

/// The helpers at hand; those at work belong to whoever asked.
#[derive(Debug)]
pub(super) struct Helpers {
    program: HelperProgram,
    idle: Mutex<Vec<Helper>>,
}

#[derive(Debug)]
struct Helper {
    /// Killed when dropped.
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    pictures: u32,
    since: Instant,
}

impl Helpers {
    pub fn new(program: HelperProgram) -> Self {
        Self { program, idle: Mutex::default() }
    }

    /// Has one picture read by a helper that waits, or by a new one.
    pub async fn read(
        self: &Arc<Self>,
        way: Way,
        raw: Bytes,
        limits: &Limits,
    ) -> Result<Picture, MediaError> {
        let mut helper = match self.take() {
            Some(helper) => helper,
            None => self.start().await?,
        };
        let asked = timeout(self.program.patience, helper.ask(way, &raw, limits)).await;
        let told = match asked {
            Err(_) => return Err(MediaError::ReaderTimedOut),
            Ok(Err(_)) => return Err(MediaError::ReaderStopped),
            Ok(Ok(told)) => told,
        };
        self.give_back(helper);
        let (seen, encoded, frames) = match told {
            Told::Refused(error) => return Err(error),
            Told::Read(seen, encoded, frames) => (seen, encoded, frames),
        };
        // Hashing and sorting out transparency take a moment.
        let assemble = move || {
            let shapes = seen.frames.iter().zip(frames);
            let frames: Option<Vec<_>> = shapes.map(|(shape, data)| shape.pixels(data)).collect();
            let bytes = encoded.map_or(raw, Bytes::from);
            Picture::read_apart(bytes, seen.format, frames.unwrap_or_default(), seen.unseen)
        };
        let assembled = tokio::task::spawn_blocking(assemble).await;
        assembled.map_err(|_| MediaError::ReaderUnavailable)?.ok_or(MediaError::ReaderStopped)
    }

    /// A helper that still lives.
    fn take(&self) -> Option<Helper> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut helper) = idle.pop() {
            if matches!(helper.child.try_wait(), Ok(None)) {
                return Some(helper);
            }
        }
        None
    }

    async fn start(&self) -> Result<Helper, MediaError> {
        let begun = timeout(self.program.patience, Helper::start(&self.program)).await;
        match begun {
            Ok(Ok(helper)) => Ok(helper),
            Ok(Err(_)) | Err(_) => Err(MediaError::ReaderUnavailable),
        }
    }

    fn give_back(self: &Arc<Self>, mut helper: Helper) {
        helper.pictures += 1;
        helper.since = Instant::now();
        if helper.pictures >= PICTURES_PER_HELPER {
            return;
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(helper);
        let (helpers, idle) = (Arc::downgrade(self), self.program.idle);
        tokio::spawn(async move {
            tokio::time::sleep(idle).await;
            if let Some(helpers) = helpers.upgrade() {
                helpers.end_idle();
            }
        });
    }

    fn end_idle(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|helper| helper.since.elapsed() < self.program.idle);
    }
}

/// What a helper said of a picture, its parts read from the line.
enum Told {
    Read(Seen, Option<Vec<u8>>, Vec<Vec<u8>>),
    Refused(MediaError),
}

impl Helper {
    async fn start(program: &HelperProgram) -> io::Result<Self> {
        let mut command = Command::new(&program.program);
        command
            .args(&program.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(windows)]
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root); // without it the system's own libraries are not found
        }
        #[cfg(unix)]
        command.current_dir("/");
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        // A picture is tens of megabytes; through pipes of the usual 64 kB it would be handed over in hundreds of turns. A refusal costs time alone.
        #[cfg(target_os = "linux")]
        for pipe in [input.as_fd(), output.as_fd()] {
            let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE);
        }
        let mut helper = Self { child, input, output, pictures: 0, since: Instant::now() };
        let hello = Hello { confinement: program.confinement.clone() };
        helper.input.write_all(&line::head(&hello)?).await?;
        let ready: Ready = helper.hear().await?;
        if ready == Ready::own() { Ok(helper) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    async fn ask(&mut self, way: Way, raw: &Bytes, limits: &Limits) -> io::Result<Told> {
        let request = Request { way, limits: limits.clone(), bytes: raw.len() as u64 };
        self.input.write_all(&line::head(&request)?).await?;
        self.input.write_all(raw).await?;
        self.input.flush().await?;
        let seen = match self.hear().await? {
            Answer::Refused(error) => return Ok(Told::Refused(error)),
            Answer::Read(seen) => seen,
        };
        let Some((encoded, lengths)) = seen.lengths(limits) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let encoded = match seen.bytes {
            Some(_) => Some(self.take(encoded).await?),
            None => None,
        };
        let mut frames = Vec::with_capacity(lengths.len());
        for len in lengths {
            frames.push(self.take(len).await?);
        }
        Ok(Told::Read(seen, encoded, frames))
    }

    async fn hear<T: serde::de::DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut prefix = [0; 4];
        self.output.read_exact(&mut prefix).await?;
        let json = self.take(line::head_len(prefix)?).await?;
        Ok(serde_json::from_slice(&json)?)
    }

    /// Exactly `len` bytes; room is made as they come, so an announcement alone costs nothing.
    async fn take(&mut self, len: usize) -> io::Result<Vec<u8>> {
        let mut data = room::with_capacity(len.min(FIRST_ROOM));
        (&mut self.output).take(len as u64).read_to_end(&mut data).await?;
        if data.len() == len { Ok(data) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// What Linux lets every user's pipes hold.
#[cfg(target_os = "linux")]
const PIPE: usize = 1 << 20;

/// A picture of 12 megapixels fits without moving.
const FIRST_ROOM: usize = 48 << 20;

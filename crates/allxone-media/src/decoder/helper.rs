//! The helper's side: confine yourself, then read one picture after the other until the line ends.

use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;

use bytes::Bytes;

use super::confine;
use super::line::{self, Hello, Ready, Request};

/// Serves a [`crate::Decoder`] that started this program as its [`crate::HelperProgram`], over standard input and output. Call it
/// first thing in `main`, while there is one thread, and end the program with what it returns.
#[must_use]
pub fn serve_decoder() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    let (mut input, mut output) = standard()?;
    let Some(Hello { confinement }) = line::receive(&mut input)? else { return Ok(()) };
    confine::enter(&confinement)?;
    output.write_all(&line::head(&Ready::own())?)?;
    while let Some(Request { way, limits, bytes }) = line::receive(&mut input)? {
        confine::next_picture(&confinement)?;
        if bytes > limits.max_bytes {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut raw = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        io::Read::read_exact(&mut input, &mut raw)?;
        let raw = Bytes::from(raw);
        line::tell(&mut output, way.read(raw.clone(), &limits), &raw)?;
    }
    Ok(())
}

/// The two ends of the line, past the buffers of the standard library, which would look for line ends in pixels.
#[cfg(unix)]
fn standard() -> io::Result<(File, File)> {
    use std::os::fd::AsFd;
    Ok((io::stdin().as_fd().try_clone_to_owned()?.into(), io::stdout().as_fd().try_clone_to_owned()?.into()))
}

#[cfg(windows)]
fn standard() -> io::Result<(File, File)> {
    use std::os::windows::io::AsHandle;
    Ok((
        io::stdin().as_handle().try_clone_to_owned()?.into(),
        io::stdout().as_handle().try_clone_to_owned()?.into(),
    ))
}

/// What a confined program could still do. All `false` is as tight as it gets; what the system cannot hold is `true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Attempts {
    /// Read a file.
    pub read_file: bool,
    /// Write a file.
    pub write_file: bool,
    /// Open a socket.
    pub open_socket: bool,
    /// Start a program.
    pub start_program: bool,
    /// Take more memory than it was given.
    pub take_memory: bool,
}

/// Confines this process like a helper and then tries what a helper must not do; for tests of the confinement. There is no way back:
/// the process should end with the answer.
///
/// # Errors
/// When the confinement cannot be entered.
pub fn attempt_forbidden() -> io::Result<Attempts> {
    let confinement = confine::Confinement { memory: 256 << 20, ..Default::default() };
    let program = std::env::current_exe()?;
    let target = std::env::temp_dir().join(format!("allxone-forbidden-{}", std::process::id()));
    confine::enter(&confinement)?;
    let mut room: Vec<u8> = Vec::new();
    Ok(Attempts {
        read_file: std::fs::read(&program).is_ok(),
        write_file: std::fs::write(&target, b"x").is_ok(),
        open_socket: std::net::UdpSocket::bind("127.0.0.1:0").is_ok(),
        start_program: std::process::Command::new(&program).spawn().is_ok(),
        take_memory: room.try_reserve_exact(512 << 20).is_ok(),
    })
}

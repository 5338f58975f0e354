//! Reading pictures apart: the program that is running, started once more in the role of the decoder.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use allxone_studio::media::{Decoder, HelperProgram, Limits, serve_decoder};

/// The one argument that gives a program this role.
const ROLE: &str = "decoder";

/// Whether this program's `main` knows the role, so that it can be started in it.
static KNOWN: AtomicBool = AtomicBool::new(false);

/// Plays the decoder if this program was started as one, and says with what to end. Call it first thing in `main`: from then on
/// [`decoder`] starts this program again to read pictures. A program that does not call it, such as a test, reads them itself.
#[must_use]
pub fn decoder_role() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next() == Some(OsString::from(ROLE)) && arguments.next().is_none() {
        return Some(serve_decoder());
    }
    KNOWN.store(true, Ordering::Relaxed);
    None
}

/// What reads the pictures of this program.
pub fn decoder(limits: Limits) -> Decoder {
    match std::env::current_exe() {
        Ok(program) if KNOWN.load(Ordering::Relaxed) => {
            // An update may have replaced the file; the link leads to the program that is running.
            let program = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { program };
            Decoder::isolated(limits, HelperProgram::new(program, [ROLE]))
        }
        _ => Decoder::in_process(limits),
    }
}

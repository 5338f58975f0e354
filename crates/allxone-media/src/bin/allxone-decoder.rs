//! The helper of [`allxone_media::Decoder`] as a program of its own, for tests and measurements. The product's programs play this
//! role themselves.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("attempt-forbidden") {
        // The confinement leaves standard output open.
        let answer = allxone_media::attempt_forbidden().map_err(std::io::Error::other);
        let told = answer.and_then(|answer| {
            serde_json::to_writer(std::io::stdout(), &answer).map_err(std::io::Error::other)
        });
        return if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    allxone_media::serve_decoder()
}

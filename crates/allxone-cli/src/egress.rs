//! `allxone egress`: every connection that was made.

use allxone_app::AppError;
use allxone_app::studio::library::{EgressEntry, EgressFilter};

use crate::args::{Egress, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen};

/// Lists the ledger, newest first.
pub async fn run(place: &Place, args: Egress) -> Result<(), Failure> {
    let options = place::options(place);
    let read = move || -> Result<Vec<EgressEntry>, AppError> {
        match allxone_app::reader(options) {
            Ok(library) => Ok(library.egress_list(&EgressFilter::default(), args.limit)?),
            Err(AppError::NoLibrary { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    };
    let rows = tokio::task::spawn_blocking(read)
        .await
        .map_err(|_| Failure::new(Exit::Failed, "internal", "The ledger could not be read."))??;
    for row in &rows {
        if args.json {
            screen::json(row);
            continue;
        }
        let end = match &row.end {
            None => "no end seen".to_owned(),
            Some(end) => match (&end.error, end.status) {
                (Some(error), _) => error.clone(),
                (None, Some(status)) => format!("{status}, {} back", screen::size(end.bytes_in)),
                (None, None) => String::new(),
            },
        };
        screen::line(format!(
            "{}  {:24} {:14} {:>9} out  {end}  [{}]",
            screen::time(row.sent.started_ms),
            row.sent.host,
            row.sent.purpose,
            screen::size(row.sent.bytes_out),
            row.sent.fields.join(", "),
        ));
    }
    if rows.is_empty() && !args.json {
        screen::line("No connection was made. Everything so far happened on this computer.");
    }
    Ok(())
}

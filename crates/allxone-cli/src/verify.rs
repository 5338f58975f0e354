//! `allxone verify`: whether the records of the safety check are what was written down.

use crate::args::{Place, Verify};
use crate::exit::{Exit, Failure};
use crate::{place, screen};

/// Looks and says.
pub async fn run(place: &Place, args: Verify) -> Result<(), Failure> {
    let found = Box::pin(allxone_app::verify(place::options(place), args.head)).await?;
    if args.json {
        screen::json(&found);
    } else {
        screen::line(format!(
            "{} receipts in the service's book, {} pictures in the library",
            found.lines, found.pictures
        ));
        if !found.head.is_empty() {
            screen::line(format!("head {}", found.head));
        }
        found.faults.iter().for_each(screen::line);
    }
    if found.knows_head == Some(false) {
        return Err(Failure::new(
            Exit::Failed,
            "unknown_head",
            "The head that was noted down is not in the book: the book was begun anew or cut.",
        ));
    }
    match found.faults.len() {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Failed, "changed", "One record is not what was written down.")),
        many => Err(Failure::new(
            Exit::Failed,
            "changed",
            format!("{many} records are not what was written down."),
        )),
    }
}

//! `allxone models`: what this computer can do.

use allxone_app::Profile;

use crate::args::{Models, Place};
use crate::exit::Failure;
use crate::{place, screen};

/// Lists models and styles.
pub async fn run(place: &Place, args: Models) -> Result<(), Failure> {
    let profile = Profile::open_passing(place::options(place)).await?;
    let listed = profile.studio().models().await;
    profile.close().await;
    for card in listed? {
        if args.json {
            screen::json(&card);
            continue;
        }
        screen::line(format!("{:16} {}", card.id, card.summary));
        for style in &card.styles {
            screen::line(format!("  --style {:14} {}", style.id, style.summary));
        }
    }
    Ok(())
}

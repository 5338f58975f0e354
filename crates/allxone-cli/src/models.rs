//! `allxone models`: what this computer can do, and the partners its owner has keys at.

use allxone_app::Profile;

use crate::args::{Models, Place};
use crate::exit::Failure;
use crate::{place, screen};

/// Lists models and styles.
pub async fn run(place: &Place, args: Models) -> Result<(), Failure> {
    let options = place::options(place);
    // Keys of one's own are sealed in the data folder; without any, nothing of it is needed.
    let profile = match allxone_app::has_own_partners(&options)? {
        true => Box::pin(Profile::open(options)).await?,
        false => Profile::open_passing(options).await?,
    };
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

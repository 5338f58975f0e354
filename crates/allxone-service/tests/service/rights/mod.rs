//! What people may ask by right, with two of them in one service, so that nothing of the other comes or goes along.

mod archives;
mod deleting;
mod desk;
mod project;
mod time;
pub mod town;

//! Orders, what payment providers told, what was paid, and subscriptions.
//!
//! What is told is stored as facts, each once, and carried out once, in one transaction with the credits it brings or takes. Whatever is
//! worked out from several facts is worked out from all that are stored, so the order in which they came changes nothing.

mod carrying;
mod notices;
mod orders;
mod paid;
mod subscriptions;

pub(crate) use carrying::Carried;
pub(crate) use notices::Told;
pub(crate) use orders::{NewOrder, Ordered, StoredOrder};
pub(crate) use paid::{Letter, MailState};
pub(crate) use subscriptions::StoredSubscription;

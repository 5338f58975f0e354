//! Payment providers on loopback, each in its own dialect. What a person does on their pages is done by methods here; each of those answers
//! with the events the provider would send, in the order it would happen to send them, for a test to deliver as it likes.
//!
//! Every object carries a card, an address and a name, as the real ones do: whoever keeps more than they should is found out by these.

pub mod paddle;
pub mod razorpay;
pub mod stripe;

use std::sync::{Arc, Mutex, MutexGuard};

use ring::hmac;

use crate::clock::Clock;

/// The number of the card everybody pays with here.
pub const CARD: &str = "4000056655665556";
/// Its last digits.
pub const LAST_DIGITS: &str = "5556";
/// Where the person who pays lives.
pub const STREET: &str = "17 Quagmire Crescent";
/// Who pays.
pub const NAME: &str = "Wilhelmina Canary";
/// And their address for letters.
pub const EMAIL: &str = "wilhelmina@canary.example";

/// What leads to the person who pays: none of it may be kept by a shop.
pub const CANARIES: [&str; 5] = [CARD, LAST_DIGITS, STREET, NAME, EMAIL];

/// A message of a provider, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number.
    pub id: String,
    /// What it is called.
    pub kind: String,
    /// Its very bytes.
    pub body: String,
    /// What it is sent with, the signature included.
    pub headers: Vec<(String, String)>,
}

/// What a provider knows, and its clock.
struct World<Shop> {
    shop: Mutex<Shop>,
    clock: Clock,
}

impl<Shop> World<Shop> {
    fn of(shop: Shop) -> Arc<Self> {
        Arc::new(Self { shop: Mutex::new(shop), clock: Clock::default() })
    }

    fn shop(&self) -> MutexGuard<'_, Shop> {
        self.shop.lock().unwrap()
    }
}

/// The HMAC-SHA256 of `parts` in small hexadecimal digits.
pub(crate) fn signature(secret: &str, parts: &[&[u8]]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    for part in parts {
        context.update(part);
    }
    context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name nobody else has: `prefix` and letters and digits.
pub(crate) fn fresh(prefix: &str) -> String {
    format!("{prefix}{}", uuid::Uuid::new_v4().simple())
}

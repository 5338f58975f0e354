//! What a payment provider tells, in words of our own. Each provider's message is read into one of these and nothing else of it is kept, so
//! no card, no name and no address can come along.

use allxone_contract::{OrderId, UtcMillis};
use serde::{Deserialize, Serialize};

/// A message of a provider whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The provider's own number of it.
    pub(crate) id: String,
    /// What the provider calls it, as `invoice.paid`.
    pub(crate) kind: String,
    /// When it happened, as the provider says.
    pub(crate) occurred: UtcMillis,
    /// Whether money moved; `None` where the provider does not tell.
    pub(crate) live: Option<bool>,
    /// What follows from it; `None` for what is no concern of ours.
    pub(crate) fact: Option<Fact>,
}

/// Something that is so, whoever told it and however often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub(crate) enum Fact {
    /// Money came in.
    Paid(Paid),
    /// An order will not be paid.
    Unpaid(Unpaid),
    /// Money went back, or was taken for a dispute, or came in again after one.
    Back(Back),
    /// A subscription stands so.
    Subscription(Standing),
    /// A payment belongs to a bill.
    Link(Link),
}

/// Money came in for an order: once for a pack, again and again for a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Paid {
    pub(crate) order: OrderId,
    /// What is paid, by a name of the provider's that no other payment has: `order:…`, `invoice:…`. Credits are granted once for each.
    pub(crate) key: String,
    /// The payment itself, by which refunds and disputes name it.
    pub(crate) payment: Option<String>,
    /// Not part of the stored fact: see [`Aside`].
    #[serde(skip)]
    pub(crate) customer: Option<String>,
    /// What was bought, by the provider's name; `None` where it is what was ordered.
    pub(crate) price: Option<String>,
    /// Before tax that is added, in the smallest unit.
    pub(crate) subtotal: i64,
    /// What was paid in all.
    pub(crate) total: i64,
    pub(crate) tax: Option<i64>,
    /// ISO 4217, capital letters.
    pub(crate) currency: String,
    /// Whether it pays for part of a period only, because the plan was changed in its middle.
    pub(crate) part: bool,
    /// The provider's own receipt. Not part of the stored fact either.
    #[serde(skip)]
    pub(crate) link: Option<String>,
    pub(crate) at: UtcMillis,
}

/// An order will not be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unpaid {
    pub(crate) order: OrderId,
    /// The payment failed; otherwise the time ran out.
    pub(crate) failed: bool,
}

/// A refund or a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Back {
    /// The provider's name of it, `refund:…` or `dispute:…`.
    pub(crate) key: String,
    /// The payment it is about.
    pub(crate) payment: String,
    /// Less than nothing where money comes in again.
    pub(crate) amount: i64,
    /// Whether the money is away from us.
    pub(crate) stands: bool,
    /// Of two things told about the same refund, the one with the higher rank is the later one.
    pub(crate) rank: u8,
}

/// How a subscription stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub(crate) id: String,
    pub(crate) order: OrderId,
    #[serde(skip)]
    pub(crate) customer: Option<String>,
    pub(crate) price: Option<String>,
    pub(crate) state: allxone_contract::SubscriptionState,
    /// Until when it is paid.
    pub(crate) until: Option<UtcMillis>,
    /// Whether it ends then; `None` where the provider does not tell.
    pub(crate) ends: Option<bool>,
    /// When it came to stand so.
    pub(crate) at: UtcMillis,
}

/// A payment belongs to a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// As in [`Paid::key`].
    pub(crate) key: String,
    pub(crate) payment: String,
}

/// What leads to a person at the provider. It is stored beside a fact until that is carried out, and then only where the deletion of an
/// account empties it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Aside {
    pub(crate) customer: Option<String>,
    pub(crate) link: Option<String>,
}

impl Fact {
    /// What belongs to it and is stored beside it.
    pub(crate) fn aside(&self) -> Option<Aside> {
        let aside = match self {
            Self::Paid(paid) => Aside { customer: paid.customer.clone(), link: paid.link.clone() },
            Self::Subscription(standing) => Aside { customer: standing.customer.clone(), link: None },
            _ => Aside::default(),
        };
        Some(aside).filter(|aside| *aside != Aside::default())
    }

    /// The same fact with what was stored beside it.
    pub(crate) fn with(mut self, aside: Aside) -> Self {
        match &mut self {
            Self::Paid(paid) => (paid.customer, paid.link) = (aside.customer, aside.link),
            Self::Subscription(standing) => standing.customer = aside.customer,
            _ => {}
        }
        self
    }

    /// The order it names, where it names one.
    pub(crate) fn order(&self) -> Option<OrderId> {
        match self {
            Self::Paid(Paid { order, .. })
            | Self::Unpaid(Unpaid { order, .. })
            | Self::Subscription(Standing { order, .. }) => Some(*order),
            Self::Back(_) | Self::Link(_) => None,
        }
    }
}

impl Standing {
    /// Of two of these about one subscription, the one with the greater weight holds: what has ended stays ended, then the later one, then a
    /// fixed choice, so that the order in which they are told changes nothing. Digits alone, so that every database compares it alike.
    pub(crate) fn weight(&self) -> String {
        use allxone_contract::{Sha256, SubscriptionState};
        let over = u8::from(self.state == SubscriptionState::Ended);
        let told = serde_json::to_vec(self).unwrap_or_default();
        let choice = Sha256::of(&told).as_bytes().iter().take(4).fold(0_u32, |n, b| n << 8 | u32::from(*b));
        format!("{over}{:016}{choice:010}", self.at.0.max(0))
    }
}

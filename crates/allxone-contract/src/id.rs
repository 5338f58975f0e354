//! Identifiers. Each kind of thing has its own type, so that a job's id can never be passed where an asset's is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is not an identifier of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a valid identifier")]
pub struct IdError(String);

impl IdError {
    /// About this text, of which only the beginning is quoted.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.chars().take(40).collect())
    }
}

macro_rules! ulid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
        #[serde(try_from = "String", into = "String")]
        #[ts(type = "string")]
        pub struct $name(ulid::Ulid);

        impl $name {
            /// A new id: 48 bits of time, 80 bits of randomness; ids sort by creation.
            #[expect(clippy::new_without_default, reason = "a fresh id is never a default")]
            pub fn new() -> Self {
                Self(ulid::Ulid::new())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                ulid::Ulid::from_string(text).map(Self).map_err(|_| IdError::of(text))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

ulid_id!(
    /// One job at one service.
    JobId
);
ulid_id!(
    /// One stored picture at one service: an upload or an output.
    AssetId
);
ulid_id!(
    /// One answered price question.
    QuoteId
);
ulid_id!(
    /// One record of a consent.
    ConsentId
);
ulid_id!(
    /// One archive of everything a service holds of an account.
    ExportId
);
ulid_id!(
    /// One deletion of an account: the number of its receipt.
    DeletionId
);
ulid_id!(
    /// One personal key.
    KeyId
);
ulid_id!(
    /// One request somebody made of a service by right, as its operator keeps it.
    RequestId
);

ulid_id!(
    /// One entry of the books of credits.
    EntryId
);
ulid_id!(
    /// One order of credits at one service.
    OrderId
);
ulid_id!(
    /// One receipt of a payment.
    BillingReceiptId
);

/// The owner of every row a service keeps. On this computer it is [`AccountId::local`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
pub struct AccountId(String);

impl AccountId {
    /// The one account of a service that runs for the person at this computer.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// An account of a service that serves several, by the id its identity part gave it.
    pub fn of(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }

    /// The id as stored and sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = IdError;

    /// Reads the id of an account of a service that serves several.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let id = uuid::Uuid::try_parse(text).map_err(|_| IdError(text.chars().take(40).collect()))?;
        Ok(Self::of(id))
    }
}

/// Names one intention of a person ("make this picture, once"), so that a repeated request never makes it twice.
/// 1 to 128 visible ASCII characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The request header that carries the key.
    pub const HEADER: &'static str = "idempotency-key";

    /// A fresh key.
    #[expect(clippy::new_without_default, reason = "a fresh key is never a default")]
    pub fn new() -> Self {
        Self(ulid::Ulid::new().to_string())
    }

    /// The key as sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(IdError::of(&text)) }
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> String {
        key.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.to_owned().try_into()
    }
}

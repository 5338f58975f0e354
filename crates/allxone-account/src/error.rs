//! Everything that can go wrong with an account.

use std::sync::Arc;

use allxone_egress::EgressError;
use allxone_vault::VaultError;

use crate::fault::Fault;
use crate::view::Ended;

/// Why something about an account did not work.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccountError {
    /// The request did not get out, or no whole answer came back.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The server said no.
    #[error("{}", .0.code.sentence())]
    Refused(Fault),
    /// The answer is not in the dialect. Its text is not kept.
    #[error(
        "{host} gave an answer that makes no sense (status {status}). Nothing was changed here. Try again later."
    )]
    Unexpected {
        /// Who.
        host: String,
        /// HTTP status.
        status: u16,
    },
    /// Something answers there that keeps no accounts.
    #[error("{host} keeps no accounts, so nobody can sign in there. It can still be used with its token.")]
    NoAccounts {
        /// Who.
        host: String,
    },
    /// This way to sign in is not offered.
    #[error("{host} does not offer this way to sign in. Choose another one.")]
    WayNotOffered {
        /// Who.
        host: String,
    },
    /// The sign-in that was meant does not wait any more.
    #[error(
        "This sign-in was called off, used already or took too long. Nobody was signed in. Start it again."
    )]
    FlowGone,
    /// What was pasted is not the address of a sign-in that waits.
    #[error(
        "This is not the address of a sign-in that was started here. Copy the whole address from the browser after signing in there, or start again."
    )]
    NotThisSignIn,
    /// The address brings tokens instead of a code, which this program never takes.
    #[error(
        "This address carries the keys to an account instead of a code, so it was not used. Start the sign-in again from here."
    )]
    TokensInAddress,
    /// The account is signed out.
    #[error("{}", .0.sentence())]
    SignedOut(Ended),
    /// A screen named an account that is not on this computer.
    #[error("This account is not on this computer any more.")]
    UnknownAccount,
    /// The person who proved themselves is somebody else.
    #[error("This is another account than the one that is signed in. Nothing was changed.")]
    OtherPerson,
    /// What is kept of the account could not be read or written.
    #[error(transparent)]
    Kept(#[from] Arc<VaultError>),
    /// The list of accounts could not be written.
    #[error(
        "What is known of the accounts on this computer could not be saved ({0}). Check the disk and try again."
    )]
    List(String),
}

impl From<VaultError> for AccountError {
    fn from(error: VaultError) -> Self {
        Arc::new(error).into()
    }
}

impl AccountError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Egress(error) => error.code(),
            Self::Refused(fault) => fault.code.name(),
            Self::Unexpected { .. } => "unexpected_answer",
            Self::NoAccounts { .. } => "no_accounts",
            Self::WayNotOffered { .. } => "way_not_offered",
            Self::FlowGone => "sign_in_gone",
            Self::NotThisSignIn => "not_this_sign_in",
            Self::TokensInAddress => "tokens_in_address",
            Self::SignedOut(_) => "signed_out",
            Self::UnknownAccount => "unknown_account",
            Self::OtherPerson => "other_person",
            Self::Kept(error) => error.code(),
            Self::List(_) => "disk_failed",
        }
    }

    /// Whether the same may work in a while without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Egress(error) => error.is_passing() || error.is_locked(),
            Self::Refused(fault) => fault.is_passing(),
            // A page instead of an answer comes from something before the server.
            Self::Unexpected { .. } => true,
            _ => false,
        }
    }
}

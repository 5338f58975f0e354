//! Every failure a host can meet, mapped once to a stable code and a sentence for people.

use std::sync::Arc;

use allxone_account::{AccountError, FaultCode};
use allxone_client::ClientError;
use allxone_contract::{FieldError, Finding, MilliCredits, Problem, ProblemCode, Verdict};
use allxone_egress::{AddressFault, EgressError};
use allxone_library::LibraryError;
use allxone_media::MediaError;
use allxone_safety::SafetyError;
use serde::Serialize;

/// The names hosts branch on and translate by. A name never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request cannot be carried out as asked.
    Invalid,
    /// The picture cannot be read.
    UnreadablePicture,
    /// Stopped by the safety check.
    Blocked,
    /// The safety check wants a deliberate confirmation.
    NeedsConfirmation,
    /// The safety check cannot run.
    FilterUnavailable,
    /// The price is higher than agreed.
    PriceChanged,
    /// There are not as many credits as it takes.
    InsufficientCredits,
    /// The account wants to spend no more this month.
    SpendingCap,
    /// The person wants to spend no more until the program ends.
    SessionCap,
    /// So many drafts wait already that no more are taken.
    LineFull,
    /// The price that was told has run out.
    QuoteExpired,
    /// Not in the library or queue.
    NotFound,
    /// The library cannot be read or written.
    Library,
    /// The service cannot be reached.
    Unreachable,
    /// A server's address cannot be used.
    BadAddress,
    /// A server's address would send in the clear to another computer.
    PlainAddress,
    /// Something answers at the address, but it is no AllXOne service.
    NotAllxone,
    /// The server does not take the token.
    WrongToken,
    /// The offline lock is closed.
    OfflineLocked,
    /// This program is too old for the service.
    UpgradeRequired,
    /// The service refused or failed.
    Service,
    /// The provider of the model has too much to do.
    PartnerBusy,
    /// The provider of the model cannot be reached or is out of order.
    PartnerUnavailable,
    /// The provider does not take the key or account.
    PartnerAccount,
    /// The provider answered without a picture that can be used.
    NoOutput,
    /// Nobody knows whether the provider made it.
    OutcomeUnknown,
    /// It was stopped on request.
    Cancelled,
    /// The library is not open.
    NotOpen,
    /// The account is signed out.
    SignedOut,
    /// The server keeps no accounts.
    NoAccounts,
    /// E-mail address or password are wrong.
    WrongPassword,
    /// A code from a letter is wrong or has expired.
    WrongCode,
    /// The e-mail address waits for its code.
    EmailUnconfirmed,
    /// Another account has the e-mail address.
    EmailTaken,
    /// The password is too easy to guess, or the old one.
    WeakPassword,
    /// It was asked too often.
    TooOften,
    /// A fresh proof of who asks is needed.
    ProofNeeded,
    /// A sign-in in the browser came to nothing: refused, too late, used, not ours.
    SignInFailed,
    /// What was pasted is not the address of a sign-in that waits.
    NotThisSignIn,
    /// This way to sign in is not offered.
    WayNotOffered,
    /// The library cannot be kept that way.
    Keeping,
    /// An archive cannot be read, or not into this library.
    Archive,
    /// The texts of the service were not accepted yet, or there are newer ones.
    AcceptanceNeeded,
    /// The account is being deleted, so the service does nothing else for it.
    AccountClosing,
    /// It needs a consent that was not given.
    NotAllowed,
    /// The service in use does not take this for training.
    NotGiven,
    /// What was sent lies at a service that is not in use.
    Elsewhere,
    /// A draft waits for a service that is not in use.
    GoesElsewhere,
    /// This computer could not do it: a dialog, the clipboard, a file.
    Machine,
    /// A fault in the program.
    Internal,
}

/// Why a use case did not come to its end.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StudioError {
    /// The model cannot do it as asked.
    #[error("{}", faults.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid {
        /// What is wrong, field by field.
        faults: Vec<FieldError>,
    },
    /// There is no such model.
    #[error("There is no model “{model}”. There are: {known}.")]
    UnknownModel {
        /// What was asked for.
        model: String,
        /// What there is.
        known: String,
    },
    /// An input picture was named that was not staged.
    #[error("One of the pictures is not there any more. Add it again.")]
    NotStaged,
    /// The picture cannot be read.
    #[error(transparent)]
    Picture(#[from] Arc<MediaError>),
    /// The safety check stopped it, here or at the service.
    #[error("{}", explain(.0))]
    Stopped(Finding),
    /// The safety check cannot run.
    #[error(transparent)]
    Safety(#[from] Arc<SafetyError>),
    /// The price is above what was agreed.
    #[error("This now costs at most {now} credits, more than the {agreed} you agreed to. Nothing was sent.")]
    PriceChanged {
        /// The price now.
        now: MilliCredits,
        /// The most that was agreed.
        agreed: MilliCredits,
    },
    /// It could cost more than the person wants to spend until the program ends.
    #[error(
        "This costs at most {wanted} credits. With the {spent} spent or under way since the program was started that is more than the {cap} you set as the limit. Nothing was sent. Raise the limit, or start the program anew."
    )]
    SessionCap {
        /// The limit.
        cap: MilliCredits,
        /// What was spent or is under way.
        spent: MilliCredits,
        /// The most it costs.
        wanted: MilliCredits,
    },
    /// The service cannot be asked, and so many drafts wait for it that no more are taken.
    #[error(
        "{most} drafts wait for the service already, and no more are kept. Nothing was lost: what you composed is still there. Try again when the service can be reached."
    )]
    LineFull {
        /// How many are kept.
        most: usize,
    },
    /// The library failed.
    #[error(transparent)]
    Library(#[from] Arc<LibraryError>),
    /// The service could not be reached or refused.
    #[error(transparent)]
    Client(#[from] Arc<ClientError>),
    /// The job failed at the service.
    #[error("{}", .0.detail)]
    Failed(Box<Problem>),
    /// A text that was accepted is not the one in force.
    #[error("The service has another text by now. Nothing was accepted. Read it again.")]
    TextChanged,
    /// A text that was accepted could not be shown whole.
    #[error(
        "The safety check left out parts of this text, so it was not shown whole and cannot be accepted here. Nothing was accepted."
    )]
    TextUnread,
    /// Something needs a consent that was not given.
    #[error(
        "Training is not allowed, or pictures are made on this computer now. Nothing was marked. It can be allowed under Privacy."
    )]
    NotAllowed,
    /// What an account makes was not allowed to come here.
    #[error(
        "What this account makes is not allowed to come to this device. Nothing was asked. It can be allowed under Account."
    )]
    HistoryNotAllowed,
    /// Something cannot be given for training.
    #[error(
        "The service in use does not have this picture any more, did not make it, or made it before training was allowed. Nothing was marked."
    )]
    NotGiven,
    /// What was sent lies at a service that is not in use.
    #[error(
        "It was sent to {hosts}, which is not in use now. Nothing was deleted. Connect there and try again, or take the consent back there."
    )]
    Elsewhere {
        /// Where.
        hosts: String,
    },
    /// A draft of the queue was composed for a service that is not in use.
    #[error(
        "This was composed for {}, which is not in use now. It waits, and goes on by itself there. Nothing was sent.",
        if host.is_empty() { "this computer" } else { host }
    )]
    GoesElsewhere {
        /// Which one; empty for this computer.
        host: String,
    },
    /// It was stopped on request.
    #[error("Stopped. Nothing more is made; what was ready before is in the library.")]
    Cancelled,
    /// A screen asked for something in a form the command does not have.
    #[error("The program's screen asked for something it cannot have. Nothing was changed.")]
    Malformed,
    /// There is no such entry.
    #[error("There is nothing here by that name.")]
    NotFound,
    /// The library is not open.
    #[error("{0}")]
    NotOpen(String),
    /// The library cannot be kept that way.
    #[error("{0}")]
    Keeping(String),
    /// An archive cannot be read, or not into this library.
    #[error("{0}")]
    Archive(String),
    /// The pictures of an archive could not be checked.
    #[error("{0}")]
    Unchecked(String),
    /// This computer could not do it.
    #[error("{0}")]
    Machine(String),
    /// Something about an account did not work.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A fault in the program.
    #[error(
        "Something went wrong inside the program ({0}). Your library is unharmed; trying again may help."
    )]
    Internal(&'static str),
}

fn explain(finding: &Finding) -> String {
    let what = match finding.verdict {
        Verdict::Allow => "The safety check has no objection",
        Verdict::Review => "The safety check wants your confirmation",
        Verdict::Block => "Stopped by the safety check",
    };
    match finding.reasons.first() {
        Some(reason) => format!("{what}: {}", reason.message),
        None => format!("{what}."),
    }
}

impl StudioError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid { .. } | Self::UnknownModel { .. } | Self::NotStaged | Self::Malformed => {
                Code::Invalid
            }
            Self::Picture(_) => Code::UnreadablePicture,
            Self::Stopped(finding) if finding.verdict == Verdict::Review => Code::NeedsConfirmation,
            Self::Stopped(_) => Code::Blocked,
            Self::Safety(_) => Code::FilterUnavailable,
            Self::PriceChanged { .. } => Code::PriceChanged,
            Self::SessionCap { .. } => Code::SessionCap,
            Self::LineFull { .. } => Code::LineFull,
            Self::Library(_) => Code::Library,
            Self::Client(error) => client_code(error),
            Self::Failed(problem) => problem_code(problem.code),
            Self::NotAllowed | Self::HistoryNotAllowed => Code::NotAllowed,
            Self::NotGiven => Code::NotGiven,
            Self::Elsewhere { .. } => Code::Elsewhere,
            Self::GoesElsewhere { .. } => Code::GoesElsewhere,
            Self::TextChanged | Self::TextUnread => Code::AcceptanceNeeded,
            Self::Cancelled => Code::Cancelled,
            Self::NotFound => Code::NotFound,
            Self::NotOpen(_) => Code::NotOpen,
            Self::Keeping(_) => Code::Keeping,
            Self::Archive(_) => Code::Archive,
            Self::Unchecked(_) => Code::FilterUnavailable,
            Self::Machine(_) => Code::Machine,
            Self::Account(error) => account_code(error),
            Self::Internal(_) => Code::Internal,
        }
    }

    /// What the safety check found, where it is the reason.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Stopped(finding) => Some(finding),
            Self::Failed(problem) => problem.finding.as_ref(),
            Self::Client(error) => match error.as_ref() {
                ClientError::Problem(problem) => problem.finding.as_ref(),
                _ => None,
            },
            _ => None,
        }
    }
}

fn client_code(error: &ClientError) -> Code {
    match error {
        ClientError::Problem(problem) => problem_code(problem.code),
        ClientError::UpgradeRequired { .. } => Code::UpgradeRequired,
        ClientError::NotAllXOne => Code::NotAllxone,
        ClientError::Egress(refused) => egress_code(refused),
        _ => Code::Service,
    }
}

fn egress_code(error: &EgressError) -> Code {
    match error {
        refused if refused.is_locked() => Code::OfflineLocked,
        EgressError::BadAddress(AddressFault::Plain) => Code::PlainAddress,
        EgressError::BadAddress(_) => Code::BadAddress,
        EgressError::BadToken => Code::WrongToken,
        EgressError::SignedOut { .. } => Code::SignedOut,
        other if other.is_offline() => Code::Unreachable,
        _ => Code::Service,
    }
}

fn account_code(error: &AccountError) -> Code {
    use FaultCode as F;
    match error {
        AccountError::Egress(error) => egress_code(error),
        AccountError::SignedOut(_) => Code::SignedOut,
        AccountError::NoAccounts { .. } => Code::NoAccounts,
        AccountError::WayNotOffered { .. } => Code::WayNotOffered,
        AccountError::FlowGone | AccountError::OtherPerson => Code::SignInFailed,
        AccountError::NotThisSignIn | AccountError::TokensInAddress => Code::NotThisSignIn,
        AccountError::UnknownAccount => Code::NotFound,
        AccountError::Kept(_) | AccountError::List(_) => Code::Machine,
        AccountError::Unexpected { .. } => Code::Service,
        AccountError::Refused(fault) => match fault.code {
            F::InvalidCredentials | F::CurrentPasswordRequired => Code::WrongPassword,
            F::OtpExpired | F::ReauthenticationNotValid => Code::WrongCode,
            F::EmailNotConfirmed => Code::EmailUnconfirmed,
            F::EmailExists | F::UserAlreadyExists => Code::EmailTaken,
            F::WeakPassword | F::SamePassword => Code::WeakPassword,
            F::OverRequestRateLimit | F::OverEmailSendRateLimit => Code::TooOften,
            F::ReauthenticationNeeded | F::InsufficientAal => Code::ProofNeeded,
            F::SignupDisabled | F::EmailProviderDisabled | F::OtpDisabled | F::CaptchaFailed => {
                Code::WayNotOffered
            }
            F::AccessDenied
            | F::BadCodeVerifier
            | F::BadOauthCallback
            | F::BadOauthState
            | F::FlowStateExpired
            | F::FlowStateNotFound => Code::SignInFailed,
            F::ValidationFailed | F::EmailAddressInvalid => Code::Invalid,
            _ => Code::Service,
        },
    }
}

fn problem_code(code: ProblemCode) -> Code {
    match code {
        ProblemCode::ContentBlocked => Code::Blocked,
        ProblemCode::FilterUnavailable => Code::FilterUnavailable,
        ProblemCode::Invalid | ProblemCode::UnsupportedField | ProblemCode::UnknownModel => Code::Invalid,
        ProblemCode::UnreadablePicture => Code::UnreadablePicture,
        ProblemCode::InsufficientCredits => Code::InsufficientCredits,
        ProblemCode::SpendingCap => Code::SpendingCap,
        ProblemCode::QuoteExpired => Code::QuoteExpired,
        ProblemCode::UpgradeRequired => Code::UpgradeRequired,
        ProblemCode::Unauthorized => Code::WrongToken,
        ProblemCode::NotFound | ProblemCode::Erased => Code::NotFound,
        ProblemCode::PartnerBusy => Code::PartnerBusy,
        ProblemCode::PartnerUnavailable => Code::PartnerUnavailable,
        ProblemCode::PartnerAccount => Code::PartnerAccount,
        ProblemCode::NoOutput => Code::NoOutput,
        ProblemCode::OutcomeUnknown => Code::OutcomeUnknown,
        ProblemCode::StepUpNeeded => Code::ProofNeeded,
        ProblemCode::AcceptanceNeeded => Code::AcceptanceNeeded,
        ProblemCode::AccountClosing => Code::AccountClosing,
        _ => Code::Service,
    }
}

macro_rules! shared {
    ($($error:ty),*) => {$(
        impl From<$error> for StudioError {
            fn from(error: $error) -> Self {
                Arc::new(error).into()
            }
        }
    )*};
}
shared!(MediaError, SafetyError, LibraryError, ClientError);

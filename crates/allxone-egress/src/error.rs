//! What can go wrong on the way out, in words for a person and answers for a program.

use std::path::PathBuf;

/// Why no connection could be made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConnectFault {
    /// The host's name could not be resolved.
    Name,
    /// The host answered, but its identity could not be proved.
    Identity,
    /// Nobody answered in time.
    Timeout,
    /// Refused, unreachable or anything else.
    Unreachable,
}

/// Which wait was too long.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wait {
    /// For the answer to begin.
    Answer,
    /// For the next piece of the answer.
    NextPiece,
}

/// Everything the Door says no to, and every way a connection fails. Messages name the host at most: no path, no id, no token.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EgressError {
    /// The offline lock is closed.
    #[error(
        "AllXOne is set to stay offline, so {host} was not contacted. Switch offline mode off to connect."
    )]
    Offline {
        /// Who was to be contacted.
        host: String,
    },
    /// The offline lock was closed while the request was under way.
    #[error(
        "Offline mode was switched on while {host} was answering, so the connection was cut. The request may have arrived."
    )]
    Cut {
        /// Who was being contacted.
        host: String,
    },
    /// The ledger did not take the row.
    #[error("The record of connections could not be written, so nothing was sent to {host}. ({reason})")]
    LedgerRefused {
        /// Who was to be contacted.
        host: String,
        /// What the ledger says.
        reason: String,
    },
    /// A server's address cannot be used.
    #[error("{0}")]
    BadAddress(AddressFault),
    /// A bearer token is not one.
    #[error("The access token is not valid. Sign in again, or copy the token anew.")]
    BadToken,
    /// The account this request speaks for is signed out.
    #[error("You are signed out of {host}, so nothing was sent. Sign in again.")]
    SignedOut {
        /// Who was to be contacted.
        host: String,
    },
    /// The account's server gave no new token for the moment.
    #[error(
        "{host} did not renew the sign-in just now, so nothing was sent. Try again in a while; you stay signed in."
    )]
    NotRenewed {
        /// Who was asked.
        host: String,
    },
    /// A route's ids and placeholders do not agree, or an id is not plain.
    #[error("The request named something that is not an id, so it was not sent.")]
    BadRoute,
    /// A header that no request may set.
    #[error("The request carried a header named “{name}”, which may not be sent. It was not sent.")]
    BadHeader {
        /// Its name.
        name: String,
    },
    /// Content for a purpose that carries none, or the other way round.
    #[error("The request's contents do not fit its purpose, so it was not sent.")]
    WrongPurpose,
    /// A control body that is too long or could carry free text.
    #[error("The request was not a plain question, so it was not sent.")]
    NotControl,
    /// What a partner would have to be handed is too large.
    #[error(
        "The request and its pictures are larger than the {cap} bytes that a provider is handed at once, so nothing was sent."
    )]
    HandoverTooLarge {
        /// The most that is handed over.
        cap: usize,
    },
    /// The proxy's address cannot be used.
    #[error("The proxy address cannot be used: it must look like http://host:port. Nothing was sent.")]
    BadProxy,
    /// The file of extra certificate authorities cannot be used.
    #[error("The certificate file {} cannot be used: it must hold PEM certificates. Nothing was sent.", path.display())]
    BadCertificates {
        /// The file.
        path: PathBuf,
    },
    /// Secure connections cannot be set up on this computer.
    #[error(
        "Secure connections cannot be set up on this computer, so nothing was sent: no certificate authorities were found. Install the system's certificates, or name a certificate file in the settings."
    )]
    NoTrust,
    /// No connection could be made.
    #[error("{}", connect_sentence(host, *fault))]
    Connect {
        /// Who was to be contacted.
        host: String,
        /// Why it failed.
        fault: ConnectFault,
    },
    /// The answer took too long.
    #[error("{host} took too long to answer. The request may have arrived; try again in a while.")]
    Timeout {
        /// Who was contacted.
        host: String,
        /// Which wait it was.
        wait: Wait,
    },
    /// The connection broke.
    #[error(
        "The connection to {host} broke before the answer was complete. The request may have arrived; try again."
    )]
    Broken {
        /// Who was contacted.
        host: String,
    },
    /// The answer is larger than allowed.
    #[error("{host} sent more than the {cap} bytes that are allowed here, so the rest was not taken.")]
    AnswerTooLarge {
        /// Who was contacted.
        host: String,
        /// The most that is taken.
        cap: u64,
    },
    /// The answer is compressed although that was not asked for.
    #[error("{host} sent a compressed answer that was not asked for, so it was not read.")]
    AnswerEncoded {
        /// Who was contacted.
        host: String,
    },
}

/// What is wrong with a server's address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum AddressFault {
    /// Not a URL at all, or without a host.
    #[error("The server address is not a web address. It must look like https://host.")]
    NotAnAddress,
    /// Neither https nor http.
    #[error("The server address must begin with https://.")]
    Scheme,
    /// Plain http to another computer.
    #[error(
        "The server address must begin with https://: without it, others could read along. Plain http is possible only on this computer."
    )]
    Plain,
    /// A user name or password within the address.
    #[error("The server address must not contain a user name or password.")]
    UserInfo,
    /// A query or fragment.
    #[error("The server address must not contain “?” or “#”.")]
    Extra,
    /// Our own service must be on this computer.
    #[error("The built-in service must listen on 127.0.0.1.")]
    NotThisComputer,
    /// An address that the operator did not name.
    #[error("The server address is not one of those that were named for this purpose.")]
    NotListed,
    /// An address inside a network of its own.
    #[error("The server address lies inside a private network, where nothing is asked for this purpose.")]
    Private,
}

fn connect_sentence(host: &str, fault: ConnectFault) -> String {
    match fault {
        ConnectFault::Name => format!(
            "The name {host} could not be found, so nothing was sent. Check the address and the network."
        ),
        ConnectFault::Identity => format!(
            "{host} could not prove its identity, so nothing was sent. If it is your own server, name its certificate file in the settings."
        ),
        ConnectFault::Timeout => {
            format!("{host} did not answer in time, so nothing was sent. Check the network and try again.")
        }
        ConnectFault::Unreachable => {
            format!("{host} cannot be reached, so nothing was sent. Check the network and try again.")
        }
    }
}

impl EgressError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Offline { .. } => "offline_locked",
            Self::Cut { .. } => "offline_cut",
            Self::LedgerRefused { .. } => "ledger_refused",
            Self::BadAddress(_) => "bad_address",
            Self::BadToken => "bad_token",
            Self::SignedOut { .. } => "signed_out",
            Self::NotRenewed { .. } => "not_renewed",
            Self::BadRoute => "bad_route",
            Self::BadHeader { .. } => "bad_header",
            Self::WrongPurpose => "wrong_purpose",
            Self::NotControl => "not_control",
            Self::HandoverTooLarge { .. } => "handover_too_large",
            Self::BadProxy => "bad_proxy",
            Self::BadCertificates { .. } => "bad_certificates",
            Self::NoTrust => "no_trust",
            Self::Connect { fault: ConnectFault::Name, .. } => "name_not_found",
            Self::Connect { fault: ConnectFault::Identity, .. } => "identity_not_proved",
            Self::Connect { fault: ConnectFault::Timeout, .. } => "connect_timeout",
            Self::Connect { fault: ConnectFault::Unreachable, .. } => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::Broken { .. } => "connection_broken",
            Self::AnswerTooLarge { .. } => "answer_too_large",
            Self::AnswerEncoded { .. } => "answer_encoded",
        }
    }

    /// Whether there is no way out at the moment: by the person's choice or for want of a network.
    pub fn is_offline(&self) -> bool {
        self.is_locked()
            || matches!(
                self,
                Self::Connect {
                    fault: ConnectFault::Name | ConnectFault::Timeout | ConnectFault::Unreachable,
                    ..
                }
            )
    }

    /// Whether the person's own offline lock stopped it.
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Offline { .. } | Self::Cut { .. })
    }

    /// Whether a wait was too long.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Connect { fault: ConnectFault::Timeout, .. })
    }

    /// Whether it is certain that nothing of the request reached the server. `false` means: it may have.
    pub fn never_sent(&self) -> bool {
        match self {
            Self::Offline { .. }
            | Self::LedgerRefused { .. }
            | Self::BadAddress(_)
            | Self::BadToken
            | Self::SignedOut { .. }
            | Self::NotRenewed { .. }
            | Self::BadRoute
            | Self::BadHeader { .. }
            | Self::WrongPurpose
            | Self::NotControl
            | Self::HandoverTooLarge { .. }
            | Self::BadProxy
            | Self::BadCertificates { .. }
            | Self::NoTrust
            | Self::Connect { .. } => true,
            Self::Cut { .. }
            | Self::Timeout { .. }
            | Self::Broken { .. }
            | Self::AnswerTooLarge { .. }
            | Self::AnswerEncoded { .. } => false,
        }
    }

    /// Whether the same request may succeed a moment later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Broken { .. } | Self::NotRenewed { .. })
            || self.is_offline() && !self.is_locked()
    }
}

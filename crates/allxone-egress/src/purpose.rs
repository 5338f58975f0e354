//! Why a connection is made. The list is closed: what is not named here cannot leave, and nobody can add a purpose from outside.

use serde::{Deserialize, Serialize};

/// The reason for one request, kept in the ledger. There is none for advertising and none for the sale of data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Is the service there, and does it speak our version?
    Health,
    /// Which models are offered.
    Models,
    /// What a request would cost.
    Quote,
    /// What the account has, how it came to that, and the most it wants to spend.
    Credits,
    /// What the service in this very program would make of a request that passed the check. There is no such question to anybody else.
    Plan,
    /// Handing over an input picture that passed the check.
    Upload,
    /// Handing over a request that passed the check.
    SubmitJob,
    /// Hearing how a job stands.
    FollowJob,
    /// Getting a result.
    FetchResult,
    /// Bringing what the account made on another device, which its owner allowed.
    History,
    /// Stopping a job.
    CancelJob,
    /// Having a job's content erased at the service.
    EraseJob,
    /// Which ways to sign in there are.
    SignInWays,
    /// The address of a sign-in page, handed to the system's browser.
    Browser,
    /// Signing in, signing up, and the codes both need.
    SignIn,
    /// A new access token for one that is about to end.
    RefreshSession,
    /// What the server knows of an account, and changing it.
    Profile,
    /// The devices an account is signed in on.
    Devices,
    /// Ending a sign-in.
    SignOut,
    /// Who runs the service, with whose help, and under which texts.
    About,
    /// Recording at the service what a person allowed, no longer allows, or accepted; and having deleted there what was given.
    Consent,
    /// Weekly counters, where a person allowed them.
    Statistics,
    /// Marking something at the service as given for training, where a person allowed it. It names what is there; nothing is sent.
    Training,
    /// Having everything the service holds collected, and fetching it.
    Export,
    /// Having the account deleted at the service.
    DeleteAccount,
    /// Asking another provider who a person is who signs in through it. Made by a service, never by a person's own program.
    UpstreamSignIn,
    /// Handing a request that passed the check to somebody else who makes the pictures. Made by a service, never by a person's own program.
    Partner,
    /// What can be bought at the service, ordering it, how an order stands, and the receipts.
    Billing,
    /// The address of a payment provider's page, handed to the system's browser.
    PaymentPage,
    /// Asking a payment provider for a page to pay at, or how a payment stands. Made by a service, never by a person's own program.
    Payment,
}

impl Purpose {
    /// Every purpose there is.
    pub const ALL: [Self; 30] = [
        Self::Health,
        Self::Models,
        Self::Quote,
        Self::Credits,
        Self::Plan,
        Self::Upload,
        Self::SubmitJob,
        Self::FollowJob,
        Self::FetchResult,
        Self::History,
        Self::CancelJob,
        Self::EraseJob,
        Self::SignInWays,
        Self::Browser,
        Self::SignIn,
        Self::RefreshSession,
        Self::Profile,
        Self::Devices,
        Self::SignOut,
        Self::About,
        Self::Consent,
        Self::Statistics,
        Self::Training,
        Self::Export,
        Self::DeleteAccount,
        Self::UpstreamSignIn,
        Self::Partner,
        Self::Billing,
        Self::PaymentPage,
        Self::Payment,
    ];

    /// The purpose in a plain sentence, for the person whose computer connects.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Health => "Asked whether the service is there and which version it speaks.",
            Self::Models => "Asked which models the service offers.",
            Self::Quote => "Asked for a price. Sizes and counts were sent, no words and no pictures.",
            Self::Credits => {
                "Asked how many credits the account has and what they were spent on, or set the most it spends."
            }
            Self::Plan => {
                "Asked this computer's own service what it would make of a request; nothing left this computer."
            }
            Self::Upload => "Sent an input picture that had passed the safety check.",
            Self::SubmitJob => "Sent a request for pictures that had passed the safety check.",
            Self::FollowJob => "Asked how a job stands.",
            Self::FetchResult => "Fetched a result.",
            Self::History => "Asked what your account made on other devices, or fetched such a picture.",
            Self::CancelJob => "Asked the service to stop a job.",
            Self::EraseJob => "Asked the service to erase a job's words and pictures.",
            Self::SignInWays => "Asked which ways to sign in the server offers.",
            Self::Browser => "Opened the server's sign-in page in the browser.",
            Self::SignIn => "Signed in, signed up, or asked for or handed in a code for it.",
            Self::RefreshSession => "Kept the sign-in alive: the access token was exchanged for a new one.",
            Self::Profile => "Read or changed what the server knows of the account.",
            Self::Devices => "Asked on which devices the account is signed in, or signed one of them out.",
            Self::SignOut => "Signed out.",
            Self::About => {
                "Asked who runs the service, who else gets to see something, and under which rules."
            }
            Self::Consent => {
                "Told the service what you allowed, no longer allow, or accepted, or had what you gave deleted."
            }
            Self::Statistics => "Sent the counters of a week, which you had allowed.",
            Self::Training => "Marked something at the service as given for training, which you had allowed.",
            Self::Export => "Asked for an archive of everything the service holds of you, or fetched it.",
            Self::DeleteAccount => "Asked the service to delete your account, or how far that is.",
            Self::UpstreamSignIn => "Asked the sign-in provider that a person chose who they are.",
            Self::Partner => {
                "Handed a request that had passed the safety check to the provider of the chosen model, who makes the pictures."
            }
            Self::Billing => {
                "Asked what credits cost, ordered some, or asked how an order or subscription stands."
            }
            Self::PaymentPage => "Opened the payment provider's page in the browser.",
            Self::Payment => {
                "Asked the payment provider for a page to pay at, or how a payment stands; no card and no address of a person was sent."
            }
        }
    }

    /// Whether what a person fills in about their account may travel for this purpose.
    pub fn carries_account(self) -> bool {
        matches!(self, Self::SignIn | Self::RefreshSession | Self::Profile)
    }

    /// Whether it is made only under a [`Grant`](crate::Grant).
    pub fn needs_grant(self) -> bool {
        matches!(self, Self::Statistics | Self::Training)
    }

    /// Whether a person's words or pictures may travel for this purpose.
    pub fn carries_content(self) -> bool {
        matches!(self, Self::Plan | Self::Upload | Self::SubmitJob | Self::Partner)
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose;

    #[test]
    fn only_four_purposes_carry_content() {
        let carriers: Vec<_> = Purpose::ALL.into_iter().filter(|p| p.carries_content()).collect();
        assert_eq!(carriers, [Purpose::Plan, Purpose::Upload, Purpose::SubmitJob, Purpose::Partner]);
    }

    #[test]
    fn content_and_account_data_never_share_a_purpose() {
        assert!(Purpose::ALL.into_iter().all(|p| !(p.carries_content() && p.carries_account())));
    }

    #[test]
    fn no_purpose_sells_or_advertises_and_one_trains_where_it_was_allowed() {
        for purpose in Purpose::ALL {
            let words = format!("{purpose:?} {}", purpose.sentence()).to_lowercase();
            for taboo in ["advert", "sale", "sell", "market"] {
                assert!(!words.contains(taboo), "{purpose:?} speaks of {taboo}");
            }
            assert_eq!(words.contains("which you had allowed"), purpose.needs_grant(), "{purpose:?}");
            assert_eq!(words.contains("train"), purpose == Purpose::Training, "{purpose:?}");
        }
    }
}

//! How long the Door waits for whom.

use std::time::Duration;

use crate::Purpose;

/// The longest waits. A request never takes longer than its total.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// Between two pieces of an event stream, whose server pings every 15 s.
    pub event_idle: Duration,
    /// For a question and its whole answer.
    pub exchange: Duration,
    /// For a question about an account, whose answers are small.
    pub account: Duration,
    /// For the acceptance of a request; the service may load its models first.
    pub submit: Duration,
    /// For a picture on its way, either way.
    pub transfer: Duration,
    /// For what a partner makes of a request; it answers when it is done.
    pub partner: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            event_idle: Duration::from_secs(45),
            exchange: Duration::from_secs(60),
            account: Duration::from_secs(15),
            submit: Duration::from_secs(120),
            transfer: Duration::from_secs(600),
            partner: Duration::from_secs(300),
        }
    }
}

impl Timeouts {
    /// The whole time a request may take.
    pub(crate) fn total(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::FetchResult | Purpose::History | Purpose::Export => self.transfer,
            _ => self.answer(purpose),
        }
    }

    /// How long an answer may take to begin; the request is on its way during that time.
    pub(crate) fn answer(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::Health
            | Purpose::Models
            | Purpose::Quote
            | Purpose::Credits
            | Purpose::Plan
            | Purpose::FollowJob
            | Purpose::FetchResult
            | Purpose::History
            | Purpose::CancelJob
            | Purpose::EraseJob
            | Purpose::UpstreamSignIn
            | Purpose::Browser
            | Purpose::About
            | Purpose::Consent
            | Purpose::Statistics
            | Purpose::Training
            | Purpose::Export
            | Purpose::DeleteAccount
            | Purpose::Billing
            | Purpose::PaymentPage
            | Purpose::Payment => self.exchange,
            Purpose::SignInWays
            | Purpose::SignIn
            | Purpose::RefreshSession
            | Purpose::Profile
            | Purpose::Devices
            | Purpose::SignOut => self.account,
            Purpose::SubmitJob => self.submit,
            Purpose::Upload => self.transfer,
            Purpose::Partner => self.partner,
        }
    }
}

//! Sign-ins that wait for the browser. They live in memory only: a verifier that is not there cannot be stolen, and a code that comes back
//! after a restart is worthless.

use std::collections::BTreeMap;
use std::time::Duration;

use allxone_contract::UtcMillis;
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::dialect::{Auth, after, is_provider};
use crate::{AccountError, AccountKey, Secret, fault};

/// The most sign-ins that wait at once; one more calls the oldest off.
pub const MOST_PENDING: usize = 5;
/// How long a sign-in waits. The server counts from the moment the browser asks it, and the exchange must fit too.
pub const LIFETIME: Duration = Duration::from_secs(300);
/// The parameter of the return address that says which sign-in it belongs to; the server carries it through.
pub(crate) const FLOW_PARAMETER: &str = "sb_flow_id";
/// Where the browser comes back to.
pub(crate) const CALLBACK: &str = "/auth/callback";

/// Names a sign-in that waits, to a screen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct FlowNumber(pub u32);

/// A sign-in that was begun.
#[derive(Clone, Serialize, ts_rs::TS)]
pub struct Begun {
    /// Which one.
    pub flow: FlowNumber,
    /// Whose sign-in page it is: host and port.
    pub host: String,
    /// The address for the browser. Holds no secret, but is nobody else's business.
    pub address: String,
    /// When it stops waiting.
    pub until: UtcMillis,
    /// Whether the browser can come back by itself; if not, its last address is to be pasted.
    pub returns: bool,
    /// Whether a browser was opened. If not, the address is to be copied into one.
    pub opened: bool,
}

/// How a sign-in that waits stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum FlowState {
    /// For the browser.
    Waiting,
    /// The browser came back; the server is being asked.
    Exchanging,
    /// Somebody signed in.
    Done {
        /// Who.
        account: AccountKey,
    },
    /// Nobody did.
    Failed {
        /// The stable code.
        code: String,
        /// What happened and what to do.
        message: String,
    },
    /// The person called it off, or a newer one took its place.
    Cancelled,
    /// Nobody came back in time.
    Expired,
}

impl FlowState {
    /// Whether it will not change any more.
    pub fn is_over(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Exchanging)
    }

    pub(crate) fn failed(error: &AccountError) -> Self {
        Self::Failed { code: error.code().to_owned(), message: error.to_string() }
    }
}

/// A sign-in that waits.
pub(crate) struct Flow {
    pub(crate) number: FlowNumber,
    pub(crate) address: String,
    pub(crate) id: String,
    pub(crate) auth: Auth,
    /// The return address without its query.
    pub(crate) redirect: Url,
    pub(crate) verifier: PkceCodeVerifier,
    pub(crate) state: watch::Sender<FlowState>,
    pub(crate) over: CancellationToken,
}

/// All that wait, and how those before them ended.
#[derive(Default)]
pub(crate) struct Flows {
    last: u32,
    waiting: BTreeMap<FlowNumber, Flow>,
    states: BTreeMap<FlowNumber, watch::Receiver<FlowState>>,
}

/// What an address brought back.
pub(crate) enum Heard {
    /// A code to be exchanged.
    Code(Secret),
    /// A refusal.
    Refused(AccountError),
}

impl Flows {
    /// Adds a sign-in that returns to `redirect`; answers it and the address for the browser.
    pub(crate) fn begin(
        &mut self,
        auth: Auth,
        provider: &str,
        redirect: Url,
        returns: bool,
    ) -> Result<(FlowNumber, Begun), AccountError> {
        if !is_provider(provider) {
            return Err(AccountError::WayNotOffered { host: auth.server.host() });
        }
        while self.waiting.len() >= MOST_PENDING {
            let Some(oldest) = self.waiting.keys().next().copied() else { break };
            self.cancel(oldest);
        }
        self.last = self.last.wrapping_add(1);
        let number = FlowNumber(self.last);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let id = random_id();
        let address = authorize(&auth, provider, &redirect, &id, &challenge)?;
        let until = after((auth.now)(), LIFETIME);
        let begun = Begun {
            flow: number,
            host: auth.line(None)?.host(),
            address: address.clone(),
            until,
            returns,
            opened: false,
        };
        let (state, heard) = watch::channel(FlowState::Waiting);
        self.states.insert(number, heard);
        while self.states.len() > 4 * MOST_PENDING {
            self.states.pop_first();
        }
        let flow =
            Flow { number, address, id, auth, redirect, verifier, state, over: CancellationToken::new() };
        self.waiting.insert(number, flow);
        Ok((number, begun))
    }

    pub(crate) fn state(&self, flow: FlowNumber) -> Option<watch::Receiver<FlowState>> {
        self.states.get(&flow).cloned()
    }

    pub(crate) fn get(&self, flow: FlowNumber) -> Option<&Flow> {
        self.waiting.get(&flow)
    }

    /// Takes a flow out: it can be used once.
    pub(crate) fn take(&mut self, flow: FlowNumber) -> Option<Flow> {
        self.waiting.remove(&flow)
    }

    /// The flow an address that was copied from a browser belongs to, and what it brings.
    pub(crate) fn find(&self, link: &str) -> Result<(FlowNumber, Heard), AccountError> {
        let link = link.trim();
        let url = (link.len() <= 4_096)
            .then(|| Url::parse(link).ok())
            .flatten()
            .ok_or(AccountError::NotThisSignIn)?;
        for flow in self.waiting.values() {
            let mut bare = url.clone();
            bare.set_query(None);
            bare.set_fragment(None);
            if bare != flow.redirect {
                continue;
            }
            if url.fragment().is_some_and(|fragment| fragment.contains("token=")) {
                return Err(AccountError::TokensInAddress);
            }
            if let Some(heard) = heard(&flow.id, url.query().unwrap_or_default()) {
                return Ok((flow.number, heard));
            }
        }
        Err(AccountError::NotThisSignIn)
    }

    pub(crate) fn cancel(&mut self, flow: FlowNumber) {
        if let Some(flow) = self.waiting.remove(&flow) {
            flow.state.send_replace(FlowState::Cancelled);
            flow.over.cancel();
        }
    }

    pub(crate) fn cancel_all(&mut self) {
        for flow in self.waiting.keys().copied().collect::<Vec<_>>() {
            self.cancel(flow);
        }
    }
}

/// What a return address with this query brings the flow `id`; `None` when it is not meant for it.
pub(crate) fn heard(id: &str, query: &str) -> Option<Heard> {
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let one = |name: &str| {
        let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_ref());
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    };
    if one(FLOW_PARAMETER)? != id {
        return None;
    }
    if let Some(code) = one("code").filter(|code| (1..=512).contains(&code.len())) {
        return Some(Heard::Code(Secret::new(code)));
    }
    let refused = one("error_code").or_else(|| one("error"))?;
    let code = fault::in_address(refused);
    Some(Heard::Refused(AccountError::Refused(crate::Fault { status: 400, code })))
}

/// 128 random bits in hexadecimal digits.
fn random_id() -> String {
    use std::fmt::Write as _;
    let token = CsrfToken::new_random_len(16);
    // The type speaks base64url; the dialect wants hexadecimal digits.
    let mut id = String::with_capacity(32);
    for byte in url_safe_bytes(token.secret()) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// The bytes of unpadded base64url text.
fn url_safe_bytes(text: &str) -> Vec<u8> {
    let digit = |b: u8| match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for b in text.bytes() {
        held = (held << 6) | u32::from(digit(b));
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap_or_default());
        }
    }
    bytes
}

/// The address for the browser. Put together here because the dialect knows no `client_id` and would hand one on.
fn authorize(
    auth: &Auth,
    provider: &str,
    redirect: &Url,
    id: &str,
    challenge: &PkceCodeChallenge,
) -> Result<String, AccountError> {
    let mut to = redirect.clone();
    to.query_pairs_mut().append_pair(FLOW_PARAMETER, id);
    let base = auth.line(None)?;
    let mut address = Url::parse(&format!("{}/auth/v1/authorize", base.address()))
        .map_err(|_| AccountError::NotThisSignIn)?;
    address
        .query_pairs_mut()
        .append_pair("provider", provider)
        .append_pair("redirect_to", to.as_str())
        .append_pair("code_challenge", challenge.as_str())
        .append_pair("code_challenge_method", "s256");
    Ok(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_128_random_bits() {
        let ids: std::collections::HashSet<_> = (0..100).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())));
        assert_eq!(url_safe_bytes("-_8AgA"), [0xfb, 0xff, 0x00, 0x80]);
    }

    #[test]
    fn only_its_own_code_is_heard_and_only_once_in_an_address() {
        assert!(
            matches!(heard("aa", "sb_flow_id=aa&code=1"), Some(Heard::Code(code)) if code.expose() == "1")
        );
        assert!(matches!(heard("aa", "error=access_denied&sb_flow_id=aa"), Some(Heard::Refused(_))));
        let long = format!("sb_flow_id=aa&code={}", "x".repeat(513));
        for wrong in [
            "",
            "code=1",
            "sb_flow_id=ab&code=1",
            "sb_flow_id=aa",
            "sb_flow_id=aa&code=",
            "sb_flow_id=aa&sb_flow_id=aa&code=1",
            "sb_flow_id=aa&code=1&code=2",
            "error=access_denied",
            "sb_flow_id=ab&error=x",
            "SB_FLOW_ID=aa&code=1",
            long.as_str(),
        ] {
            assert!(heard("aa", wrong).is_none(), "{wrong}");
        }
    }
}

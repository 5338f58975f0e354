//! Whether a message is from whom it says: HMAC-SHA256 over the very bytes that came, compared in constant time, with each secret in force.

use allxone_contract::UtcMillis;
use hmac::{Hmac, Mac};
use http::HeaderMap;
use sha2::Sha256;

use super::config::Secret;

/// A message whose signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forged;

/// How the parts of a signature header are called and divided.
pub(crate) struct Dialect {
    pub(crate) header: &'static str,
    pub(crate) divider: char,
    pub(crate) time: &'static str,
    pub(crate) signature: &'static str,
    /// What stands between time and body in what is signed.
    pub(crate) joint: &'static [u8],
    /// How many seconds the time may be away from ours, before or after.
    pub(crate) tolerance: i64,
}

/// The most signatures of one message that are looked at.
const MOST: usize = 8;

/// Checks a header with a time and one or more signatures.
pub(crate) fn check(
    dialect: &Dialect,
    headers: &HeaderMap,
    raw: &[u8],
    secrets: &[Secret],
    now: UtcMillis,
) -> Result<(), Forged> {
    let header = only(headers, dialect.header)?;
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(dialect.divider) {
        match part.trim().split_once('=') {
            // Two times would leave open which one was signed.
            Some((name, value)) if name == dialect.time && time.replace(value).is_some() => {
                return Err(Forged);
            }
            Some((name, value)) if name == dialect.signature && signatures.len() < MOST => {
                signatures.push(value);
            }
            _ => {}
        }
    }
    let time = time.filter(|time| time.bytes().all(|b| b.is_ascii_digit())).ok_or(Forged)?;
    let seconds: i64 = time.parse().map_err(|_| Forged)?;
    if now.0.div_euclid(1_000).abs_diff(seconds) > dialect.tolerance.unsigned_abs() {
        return Err(Forged);
    }
    any(&[time.as_bytes(), dialect.joint, raw], &signatures, secrets)
}

/// Checks a header that is nothing but a signature of the body.
pub(crate) fn check_plain(
    header: &'static str,
    headers: &HeaderMap,
    raw: &[u8],
    secrets: &[Secret],
) -> Result<(), Forged> {
    any(&[raw], &[only(headers, header)?], secrets)
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Forged> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().map_err(|_| Forged),
        _ => Err(Forged),
    }
}

/// Whether one of the signatures is made with one of the secrets. All pairs are looked at, whatever the first ones say.
fn any(parts: &[&[u8]], signatures: &[&str], secrets: &[Secret]) -> Result<(), Forged> {
    let mut genuine = false;
    for secret in secrets {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { continue };
        for part in parts {
            mac.update(part);
        }
        for signature in signatures {
            let mut bytes = [0_u8; 32];
            let read = hex::decode_to_slice(signature, &mut bytes).is_ok();
            genuine |= read & mac.clone().verify_slice(&bytes).is_ok();
        }
    }
    if genuine { Ok(()) } else { Err(Forged) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const STRIPE: Dialect = Dialect {
        header: "stripe-signature",
        divider: ',',
        time: "t",
        signature: "v1",
        joint: b".",
        tolerance: 300,
    };
    const NOW: UtcMillis = UtcMillis(1_700_000_000_000);

    fn sign(secret: &str, time: i64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    }

    fn says(header: &str, body: &[u8]) -> bool {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("stripe-signature"),
            header.parse().unwrap(),
        )]);
        let secrets = ["rose-hip", "nettle"].map(Secret::of);
        check(&STRIPE, &headers, body, &secrets, NOW).is_ok()
    }

    #[test]
    fn the_signature_of_any_secret_in_force_holds_within_five_minutes_both_ways() {
        let at = NOW.0 / 1_000;
        for secret in ["rose-hip", "nettle"] {
            for away in [0, 300, -300] {
                let time = at + away;
                assert!(says(&format!("t={time},v1={}", sign(secret, time, b"{}")), b"{}"), "{away}");
            }
            for away in [301, -301, 100_000] {
                let time = at + away;
                assert!(!says(&format!("t={time},v1={}", sign(secret, time, b"{}")), b"{}"), "{away}");
            }
        }
        let (old, new) = (sign("gone", at, b"{}"), sign("nettle", at, b"{}"));
        assert!(says(&format!("t={at},v1={old},v1={new}"), b"{}"), "one of several");
    }

    #[test]
    fn nothing_else_holds() {
        let at = NOW.0 / 1_000;
        let good = sign("nettle", at, b"{}");
        for header in [
            String::new(),
            format!("t={at}"),
            format!("v1={good}"),
            format!("t={at},v0={good}"),
            format!("t={at},v1="),
            format!("t={at},v1={}", &good[..62]),
            format!("t={at},v1={good}00"),
            format!("t={},v1={good}", at + 1),
            format!("t=+{at},v1={good}"),
            format!("t={at},t={at},v1={good}"),
            format!("t={at},v1={}", sign("gone", at, b"{}")),
        ] {
            assert!(!says(&header, b"{}"), "{header}");
        }
        assert!(!says(&format!("t={at},v1={good}"), b"{ }"), "another body");
    }
}

//! Where a sign-in may return to: this computer on any port, or an address the operator named, and nothing else.
//!
//! A refused address is an error the person sees. Falling back to another one would send them somewhere they did not ask for.

use std::net::IpAddr;

use url::{Host, Url};

/// Longest return address.
const LONGEST: usize = 2_048;

/// The address, if a sign-in may return there.
pub(crate) fn allowed(text: &str, named: &[String]) -> Option<Url> {
    if text.len() > LONGEST || text.chars().any(|c| c.is_control() || c == '\\') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return None;
    }
    if url.scheme() == "http" && is_loopback(&url, text) {
        return Some(url);
    }
    let bare = text.split(['?', '#']).next().unwrap_or_default();
    named.iter().any(|one| one == bare).then_some(url)
}

/// Whether the address names this computer by the very words that are allowed: a number in another notation is not one of them.
fn is_loopback(url: &Url, text: &str) -> bool {
    let ours = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback() && text.contains(&format!("//{ip}")),
        Some(Host::Ipv6(ip)) => ip.is_loopback() && text.contains("//[::1]"),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    ours && url.port().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_and_named_addresses_alone() {
        let named = ["https://studio.example/auth/callback".to_owned(), "allxone://auth/callback".to_owned()];
        for right in [
            "http://127.0.0.1:49152/auth/callback?sb_flow_id=0011",
            "http://127.0.0.9:1/x",
            "http://[::1]:8080/auth/callback",
            "http://localhost:3000/",
            "https://studio.example/auth/callback?next=1",
            "allxone://auth/callback?sb_flow_id=2",
        ] {
            assert!(allowed(right, &named).is_some(), "{right}");
        }
        for wrong in [
            "",
            "/auth/callback",
            "https://127.0.0.1:1/x",
            "http://127.0.0.1/no-port",
            "http://2130706433:80/x",
            "http://0x7f.1:8080/x",
            "http://127.0.0.1:80@evil.example/x",
            "http://evil.example:80/#127.0.0.1",
            "http://127.0.0.1.evil.example:80/x",
            "http://localhost.evil.example:80/x",
            "http://user:word@127.0.0.1:80/x",
            "http://127.0.0.1:80/x#fragment",
            "http:\\\\127.0.0.1:80\\x",
            "https://studio.example/auth/callback/more",
            "https://studio.example.evil.example/auth/callback",
            "javascript:alert(1)",
            "data:text/html,x",
        ] {
            assert!(allowed(wrong, &named).is_none(), "{wrong}");
        }
        let long = format!("http://127.0.0.1:80/{}", "x".repeat(3_000));
        assert!(allowed(&long, &named).is_none());
    }
}

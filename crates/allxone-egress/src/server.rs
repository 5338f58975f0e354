//! Whom the Door talks to: the service inside this program, or a server by its address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use url::{Host, Url};

use crate::error::AddressFault;
use crate::{BearerToken, EgressError, TokenSource, public};

/// A server and the token it knows us by.
#[derive(Clone)]
pub struct Server {
    base: Url,
    token: Token,
    reach: Reach,
}

/// How a server knows us.
#[derive(Clone)]
enum Token {
    None,
    Fixed(BearerToken),
    Changing(Arc<dyn TokenSource>),
}

impl From<Option<BearerToken>> for Token {
    fn from(token: Option<BearerToken>) -> Self {
        token.map_or(Self::None, Self::Fixed)
    }
}

/// How far away a server is, which decides what the Door does on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// The very socket this program listens on: no proxy, no ledger row, not closed by the offline lock.
    Own,
    /// Another program on this computer: no proxy, but ledger and lock.
    Loopback,
    /// Another computer.
    Remote,
    /// Another computer that must be out in the public network: nothing inside ours, whatever its name leads to.
    Public,
}

impl Server {
    /// The service this program has just started, by the address its socket is bound to and the token made for this start.
    ///
    /// # Errors
    /// [`EgressError::BadAddress`] unless the address is on 127.0.0.1.
    pub fn this_process(addr: SocketAddr, token: BearerToken) -> Result<Self, EgressError> {
        if addr.ip() != IpAddr::V4(Ipv4Addr::LOCALHOST) || addr.port() == 0 {
            return Err(EgressError::BadAddress(AddressFault::NotThisComputer));
        }
        let base = Url::parse(&format!("http://{addr}/"))
            .map_err(|_| EgressError::BadAddress(AddressFault::NotAnAddress))?;
        Ok(Self { base, token: Token::Fixed(token), reach: Reach::Own })
    }

    /// A server by its address. Its own path, if it has one, stays in front of every resource.
    ///
    /// # Errors
    /// [`EgressError::BadAddress`]: https is required except on this computer; no user name, password, query or fragment.
    pub fn remote(address: &str, token: Option<BearerToken>) -> Result<Self, EgressError> {
        let (base, reach) = read_address(address).map_err(EgressError::BadAddress)?;
        Ok(Self { base, token: token.into(), reach })
    }

    /// The server of a page that is handed to a browser: by its host alone, whatever else the page's address holds.
    ///
    /// # Errors
    /// As [`Server::remote`].
    pub fn page(address: &str) -> Result<Self, EgressError> {
        let unreadable = || EgressError::BadAddress(AddressFault::NotAnAddress);
        let mut page = Url::parse(address.trim()).map_err(|_| unreadable())?;
        page.set_query(None);
        page.set_fragment(None);
        page.set_path("/");
        Self::remote(page.as_str(), None)
    }

    /// A server that knows us by an account's changing tokens.
    ///
    /// # Errors
    /// As [`Server::remote`].
    pub fn signed_in(address: &str, tokens: Arc<dyn TokenSource>) -> Result<Self, EgressError> {
        let (base, reach) = read_address(address).map_err(EgressError::BadAddress)?;
        Ok(Self { base, token: Token::Changing(tokens), reach })
    }

    /// Whether another token may be had when the server no longer takes this one.
    pub fn can_renew(&self) -> bool {
        matches!(self.token, Token::Changing(_))
    }

    /// Gets another token, because the server did not take the last one.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn renew(&self) -> Result<(), EgressError> {
        match &self.token {
            Token::Changing(source) => source.renew().await,
            Token::None | Token::Fixed(_) => Err(EgressError::BadToken),
        }
    }

    /// The address as it was understood, without a slash at its end.
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// A server whose address somebody else named, as one endpoint of a sign-in provider: its host must be one of `hosts`
    /// (`name` or `name:port`), and no private address may stand behind it unless that host is on this computer.
    ///
    /// # Errors
    /// As [`Server::remote`]; [`AddressFault::NotListed`] and [`AddressFault::Private`] besides.
    pub fn listed(address: &str, token: Option<BearerToken>, hosts: &[String]) -> Result<Self, EgressError> {
        let (base, reach) = read_address(address).map_err(EgressError::BadAddress)?;
        let mut server = Self { base, token: token.into(), reach };
        let named = server.host();
        if !hosts.iter().any(|host| host.eq_ignore_ascii_case(&named)) {
            return Err(EgressError::BadAddress(AddressFault::NotListed));
        }
        if server.reach == Reach::Remote {
            let private = match server.base.host() {
                Some(Host::Ipv4(ip)) => !public::is_public(IpAddr::V4(ip)),
                Some(Host::Ipv6(ip)) => !public::is_public(IpAddr::V6(ip)),
                _ => false,
            };
            if private {
                return Err(EgressError::BadAddress(AddressFault::Private));
            }
            server.reach = Reach::Public;
        }
        Ok(server)
    }

    /// Whether this is the service inside this program.
    pub fn is_own(&self) -> bool {
        self.reach == Reach::Own
    }

    /// Whether it runs on this computer, whoever started it.
    pub fn is_here(&self) -> bool {
        !matches!(self.reach, Reach::Remote | Reach::Public)
    }

    /// Host and port, as the ledger names it.
    pub fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) async fn token(&self) -> Result<Option<BearerToken>, EgressError> {
        match &self.token {
            Token::None => Ok(None),
            Token::Fixed(token) => Ok(Some(token.clone())),
            Token::Changing(source) => source.token().await.map(Some),
        }
    }

    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = match self.token {
            Token::None => "none",
            Token::Fixed(_) => "known",
            Token::Changing(_) => "changing",
        };
        f.debug_struct("Server")
            .field("host", &self.host())
            .field("token", &token)
            .field("reach", &self.reach)
            .finish()
    }
}

fn read_address(address: &str) -> Result<(Url, Reach), AddressFault> {
    let url = Url::parse(address.trim()).map_err(|_| AddressFault::NotAnAddress)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(AddressFault::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressFault::UserInfo);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(AddressFault::Extra);
    }
    let here = match url.host().ok_or(AddressFault::NotAnAddress)? {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
        Host::Domain(name) => name.trim_end_matches('.') == "localhost",
    };
    if url.scheme() == "http" && !here {
        return Err(AddressFault::Plain);
    }
    Ok((url, if here { Reach::Loopback } else { Reach::Remote }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn token() -> BearerToken {
        BearerToken::new("rose-hip").unwrap()
    }

    #[test]
    fn only_this_computer_may_be_spoken_to_in_the_clear() {
        for address in ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9/x", "http://127.3.2.1"]
        {
            assert_eq!(Server::remote(address, None).unwrap().reach(), Reach::Loopback, "{address}");
        }
        for address in [
            "http://studio.example",
            "http://10.0.0.1",
            "http://localhost.studio.example",
            "http://0.0.0.0:1",
        ] {
            let refused = Server::remote(address, None).unwrap_err();
            assert_eq!(refused, EgressError::BadAddress(AddressFault::Plain), "{address}");
        }
        assert_eq!(Server::remote("https://studio.example", None).unwrap().reach(), Reach::Remote);
    }

    #[test]
    fn a_page_is_named_by_its_host_alone() {
        let page = Server::page("https://checkout.example:8443/c/pay/cs_1?x=y#secret").unwrap();
        assert_eq!(
            (page.host().as_str(), page.address()),
            ("checkout.example:8443", "https://checkout.example:8443")
        );
        for address in [
            "http://checkout.example/",
            "javascript:alert(1)",
            "https://a:b@checkout.example/",
            "file:///etc",
        ] {
            assert!(Server::page(address).is_err(), "{address}");
        }
    }

    #[test]
    fn odd_addresses_are_refused_by_their_fault() {
        for (address, fault) in [
            ("studio.example", AddressFault::NotAnAddress),
            ("", AddressFault::NotAnAddress),
            ("https://", AddressFault::NotAnAddress),
            ("ftp://studio.example", AddressFault::Scheme),
            ("file:///etc/hosts", AddressFault::Scheme),
            ("https://ann@studio.example", AddressFault::UserInfo),
            ("https://:pass@studio.example", AddressFault::UserInfo),
            ("https://studio.example/?x=1", AddressFault::Extra),
            ("https://studio.example/#x", AddressFault::Extra),
        ] {
            assert_eq!(
                Server::remote(address, None).unwrap_err(),
                EgressError::BadAddress(fault),
                "{address}"
            );
        }
    }

    #[test]
    fn a_listed_server_is_on_the_list_and_in_public() {
        let hosts = [
            "id.example".to_owned(),
            "10.0.0.1".to_owned(),
            "127.0.0.1:9".to_owned(),
            "[fd00::1]".to_owned(),
        ];
        let of = |address: &str| Server::listed(address, None, &hosts).map(|server| server.reach());
        assert_eq!(of("https://id.example/token"), Ok(Reach::Public));
        assert_eq!(of("http://127.0.0.1:9/token"), Ok(Reach::Loopback), "named by the operator");
        for (address, fault) in [
            ("https://evil.example/token", AddressFault::NotListed),
            ("https://id.example:8443/token", AddressFault::NotListed),
            ("http://127.0.0.1:10/token", AddressFault::NotListed),
            ("https://10.0.0.1/token", AddressFault::Private),
            ("https://[fd00::1]/token", AddressFault::Private),
            ("http://id.example/token", AddressFault::Plain),
        ] {
            assert_eq!(of(address), Err(EgressError::BadAddress(fault)), "{address}");
        }
    }

    #[test]
    fn the_own_service_is_on_this_computer_or_not_at_all() {
        assert!(Server::this_process("127.0.0.1:4711".parse().unwrap(), token()).unwrap().is_own());
        for addr in ["0.0.0.0:4711", "192.168.0.1:4711", "127.0.0.2:4711", "[::1]:4711", "127.0.0.1:0"] {
            assert!(Server::this_process(addr.parse().unwrap(), token()).is_err(), "{addr}");
        }
        assert!(!Server::remote("http://127.0.0.1:4711", Some(token())).unwrap().is_own());
    }

    #[test]
    fn shows_itself_without_its_token() {
        let server = Server::remote("https://studio.example/path", Some(token())).unwrap();
        let shown = format!("{server:?}");
        assert!(shown.contains("studio.example") && !shown.contains("rose-hip"), "{shown}");
    }
}

//! Whether connections to other computers go through a proxy. Connections within this computer never do.

use std::fmt;

use url::Url;

use crate::EgressError;

/// Which proxy to use.
#[derive(Clone, Default)]
pub enum ProxySetting {
    /// What the system (or the environment) says.
    #[default]
    System,
    /// None, whatever the system says.
    None,
    /// This one.
    Manual(ProxyAddress),
}

/// The address of an HTTP proxy. May hold a user name and password, so it has no text form.
#[derive(Clone)]
pub struct ProxyAddress(Url);

impl ProxySetting {
    /// A proxy by its address, `http://host:port` or `https://host:port`.
    ///
    /// # Errors
    /// [`EgressError::BadProxy`] for any other form.
    pub fn manual(address: &str) -> Result<Self, EgressError> {
        let url = Url::parse(address.trim()).map_err(|_| EgressError::BadProxy)?;
        let fits = matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if fits { Ok(Self::Manual(ProxyAddress(url))) } else { Err(EgressError::BadProxy) }
    }
}

impl ProxyAddress {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for ProxySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::None => f.write_str("None"),
            Self::Manual(address) => write!(f, "Manual({})", address.0.host_str().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::ProxySetting;

    #[test]
    fn takes_web_proxies_and_hides_their_passwords() {
        let proxy = ProxySetting::manual("http://ann:rose-hip@proxy.example:3128").unwrap();
        assert_eq!(format!("{proxy:?}"), "Manual(proxy.example)");
        for bad in [
            "proxy.example:3128",
            "socks5://proxy.example",
            "http://proxy.example/path",
            "http://proxy.example/?x",
            "",
        ] {
            assert!(ProxySetting::manual(bad).is_err(), "{bad}");
        }
    }
}

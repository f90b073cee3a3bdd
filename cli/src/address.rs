//! Where a plane is, and the one-time links that lead there.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use types::secret::Secret;

/// The origin of a plane: scheme, host and port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address(Url);

/// A text that is not the address of a plane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address like https://plane.example.org or http://127.0.0.1:8080")]
pub struct AddressError;

/// A one-time link as the plane prints it: `http://HOST:PORT/sign-in#CODE`.
pub struct Link {
    /// The plane.
    pub address: Address,
    /// Good once.
    pub code: Secret,
}

/// A text that is not a one-time link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a link like http://127.0.0.1:8080/sign-in#CODE")]
pub struct LinkError;

impl Address {
    /// The address of a path on this plane.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// The same for a WebSocket.
    pub fn socket_at(&self, path: &str) -> String {
        // `http` becomes `ws` and `https` becomes `wss`.
        format!("ws{}", self.at(path).as_str().trim_start_matches("http"))
    }

    /// Whether what is sent there can be read on its way.
    pub fn is_open_to_readers(&self) -> bool {
        self.0.scheme() == "http" && !self.is_loopback()
    }

    /// Whether it is this very machine.
    pub fn is_loopback(&self) -> bool {
        match self.0.host_str() {
            Some("localhost" | "[::1]") => true,
            Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
            None => false,
        }
    }

    /// Whether a token made for `other` may be sent here: only to the machine that made it.
    pub fn may_have_token_of(&self, other: &Self) -> bool {
        self.0.host_str() == other.0.host_str() || (self.is_loopback() && other.is_loopback())
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut url = Url::parse(text.trim()).map_err(|_| AddressError)?;
        let good = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none();
        if !good {
            return Err(AddressError);
        }
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for Link {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let (place, code) = text.trim().split_once('#').ok_or(LinkError)?;
        if code.is_empty() || code.contains(char::is_whitespace) {
            return Err(LinkError);
        }
        let address = place.parse().map_err(|_| LinkError)?;
        Ok(Self { address, code: Secret::new(code) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_is_an_origin() {
        assert_eq!(
            address("http://127.0.0.1:8080/portal?x=1").to_string(),
            "http://127.0.0.1:8080"
        );
        assert_eq!(
            address("https://a.example/").socket_at("/graphql/ws"),
            "wss://a.example/graphql/ws"
        );
        for wrong in ["127.0.0.1:8080", "ftp://a", "http://", "http://me:word@a.example", ""] {
            assert_eq!(wrong.parse::<Address>(), Err(AddressError), "{wrong}");
        }
    }

    #[test]
    fn a_link_holds_address_and_code() {
        let link: Link = " http://127.0.0.1:8080/sign-in#abc-DEF_1\n".parse().expect("a link");
        assert_eq!(link.address, address("http://127.0.0.1:8080"));
        assert_eq!(link.code.reveal(), "abc-DEF_1");
        assert!("http://127.0.0.1:8080/sign-in".parse::<Link>().is_err());
        assert!("http://127.0.0.1:8080/sign-in#".parse::<Link>().is_err());
    }

    #[test]
    fn a_token_goes_only_to_the_machine_that_made_it() {
        let made_at = address("http://127.0.0.1:8080");
        assert!(address("http://localhost:8081").may_have_token_of(&made_at));
        assert!(!address("http://plane.example:8080").may_have_token_of(&made_at));
    }

    #[test]
    fn plain_http_beyond_this_machine_is_open_to_readers() {
        assert!(address("http://plane.example").is_open_to_readers());
        assert!(!address("https://plane.example").is_open_to_readers());
        assert!(!address("http://[::1]:8080").is_open_to_readers());
    }
}

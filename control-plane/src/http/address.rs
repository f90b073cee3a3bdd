//! Where a request comes from: the peer of the connection, or whom a trusted proxy names.
//!
//! Whatever asks for somebody's address asks here. `X-Forwarded-For` is believed from trusted
//! proxies alone, from right to left: each of them adds whom it was asked by, and what stands left
//! of the first that is no trusted proxy could have been written by anybody.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::http::Web;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of whoever sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Web> for ClientAddress {
    type Rejection = <ConnectInfo<SocketAddr> as FromRequestParts<Web>>::Rejection;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, web).await?;
        Ok(Self(client(peer.ip(), &parts.headers, &web.trusted_proxies)))
    }
}

/// The right-most address that is no trusted proxy; if all are, the left-most. A header that cannot
/// be read up to there leaves the peer.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    // A socket for both families shows IPv4 as part of IPv6.
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|range| range.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let mut found = peer;
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        let Ok(line) = line.to_str() else { return peer };
        for text in line.rsplit(',') {
            let Some(address) = address(text.trim()) else { return peer };
            found = address;
            if !is_trusted(&found) {
                return found;
            }
        }
    }
    found
}

/// An address, also with a port or in brackets, as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().map(|place: SocketAddr| place.ip());
    bare.parse().or_else(|_| with_port()).map(|address: IpAddr| address.to_canonical()).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// Proxies in 10.0.0.0/8 and 2001:db8::/32 are trusted.
    #[track_caller]
    fn check(peer: &str, lines: &[&'static str], expected: &str) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].map(|range| range.parse().expect("a range"));
        let peer = peer.parse().expect("an address");
        assert_eq!(client(peer, &headers, &trusted).to_string(), expected, "{lines:?}");
    }

    #[test]
    fn the_header_of_anybody_else_is_not_read() {
        check("192.0.2.1", &["198.51.100.7"], "192.0.2.1");
        check("::ffff:192.0.2.1", &["198.51.100.7"], "192.0.2.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn a_trusted_proxy_says_who_asked_it() {
        check("10.0.0.1", &["198.51.100.7"], "198.51.100.7");
        check("::ffff:10.0.0.1", &["::ffff:198.51.100.7"], "198.51.100.7");
        check("2001:db8::1", &["2001:db9::7"], "2001:db9::7");
        check("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7");
        check("10.0.0.1", &["[2001:db9::7]:4711"], "2001:db9::7");
        check("10.0.0.1", &["[2001:db9::7]"], "2001:db9::7");
    }

    #[test]
    fn over_several_proxies_the_first_that_is_not_trusted_from_the_right_counts() {
        check("10.0.0.1", &["198.51.100.7, 10.0.0.3,10.0.0.2"], "198.51.100.7");
        check("10.0.0.1", &["198.51.100.7", "10.0.0.3", "10.0.0.2"], "198.51.100.7");
        check("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"], "198.51.100.7");
        check("10.0.0.1", &["203.0.113.9", "198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["10.0.0.9, 10.0.0.2"], "10.0.0.9");
    }

    #[test]
    fn what_cannot_be_read_leaves_the_peer() {
        for line in ["", "unknown", "198.51.100", "198.51.100.7,", "_hidden, 10.0.0.2", "a b"] {
            check("10.0.0.1", &[line], "10.0.0.1");
        }
        // What stands left of the one that counts is nobody's word.
        check("10.0.0.1", &["nonsense, 198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["nonsense", "198.51.100.7, 10.0.0.2"], "198.51.100.7");
    }
}

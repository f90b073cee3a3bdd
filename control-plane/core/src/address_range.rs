//! Ranges of addresses, as people write them.

use std::net::IpAddr;

use ipnet::IpNet;

/// What a refusal says of texts that are none.
pub const EXAMPLES: &str = "use ranges like 10.0.0.0/8 or 2001:db8::/32, or single addresses";

/// A range, or a single address as the range of it alone.
pub fn parse(text: &str) -> Option<IpNet> {
    let one = || text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
    text.parse::<IpNet>().or_else(|_| one()).map(|range| range.trunc()).ok()
}

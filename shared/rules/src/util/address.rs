//! Ranges of IP addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of IPv4 or IPv6 addresses, as policies and settings write it: `198.51.100.0/24`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    host: IpAddr,
    /// The number of leading bits that all addresses of the range share.
    length: u32,
}

impl AddressRange {
    /// Parses a range; `None` if the text is not one.
    pub fn parse(text: &str) -> Option<AddressRange> {
        let (host, length) = match text.split_once('/') {
            Some((host, length)) => (host, Some(length)),
            None => (text, None),
        };
        let host: IpAddr = host.parse().ok()?;
        let most = bits(host);
        let length = match length {
            Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => length.parse().ok()?,
            Some(_) => return None,
            None => most,
        };
        if length > most {
            return None;
        }
        // IPv4 in the notation of IPv6: `::ffff:198.51.100.7`.
        match (host.to_canonical(), length.checked_sub(96)) {
            (v4 @ IpAddr::V4(_), Some(length)) if host.is_ipv6() => Some(AddressRange { host: v4, length }),
            _ => Some(AddressRange { host, length }),
        }
    }

    pub(crate) const fn v4(host: [u8; 4], length: u32) -> AddressRange {
        AddressRange { host: IpAddr::V4(Ipv4Addr::from_octets(host)), length }
    }

    pub(crate) const fn v6(first: u128, length: u32) -> AddressRange {
        AddressRange { host: IpAddr::V6(Ipv6Addr::from_bits(first)), length }
    }

    /// True for IPv4.
    pub(crate) fn is_v4(&self) -> bool {
        self.host.is_ipv4()
    }

    /// The number of leading bits that all addresses of the range share.
    pub(crate) fn length(&self) -> u32 {
        self.length
    }

    /// True if every address of `other` is in this range.
    pub(crate) fn contains(&self, other: &AddressRange) -> bool {
        self.is_v4() == other.is_v4()
            && self.length <= other.length
            && prefix(self.host, self.length) == prefix(other.host, self.length)
    }

    /// The range as it is usually written: without bits of a single host.
    pub(crate) fn without_host_bits(&self) -> String {
        let first = prefix(self.host, self.length);
        let host = match self.host {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits((first >> 96) as u32)),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(first)),
        };
        format!("{host}/{}", self.length)
    }

    /// True if the text names a host in the range instead of the range itself.
    pub(crate) fn has_host_bits(&self) -> bool {
        prefix(self.host, self.length) != prefix(self.host, bits(self.host))
    }

    /// True if no address of the range can be the source of a packet on the internet.
    pub(crate) fn is_unroutable(&self) -> bool {
        UNROUTABLE.iter().any(|range| range.contains(self))
    }
}

/// The number of bits of an address.
fn bits(host: IpAddr) -> u32 {
    if host.is_ipv4() { 32 } else { 128 }
}

/// The first bits of an address, from the highest bit on; the others are zero.
fn prefix(host: IpAddr, length: u32) -> u128 {
    let all = match host {
        IpAddr::V4(host) => u128::from(host.to_bits()) << 96,
        IpAddr::V6(host) => host.to_bits(),
    };
    all & u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

/// Ranges that are not globally reachable, and multicast, which is never a source.
///
/// The ranges for documentation are missing on purpose: in examples they stand for addresses of the internet.
///
/// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>).
const UNROUTABLE: &[AddressRange] = &[
    AddressRange::v4([0, 0, 0, 0], 8),
    AddressRange::v4([10, 0, 0, 0], 8),
    AddressRange::v4([100, 64, 0, 0], 10),
    AddressRange::v4([127, 0, 0, 0], 8),
    AddressRange::v4([169, 254, 0, 0], 16),
    AddressRange::v4([172, 16, 0, 0], 12),
    AddressRange::v4([192, 0, 0, 0], 29),
    AddressRange::v4([192, 168, 0, 0], 16),
    AddressRange::v4([198, 18, 0, 0], 15),
    // Multicast, and everything above it: reserved.
    AddressRange::v4([224, 0, 0, 0], 3),
    // All below 2000::/3 but NAT64 (64:ff9b::/96): unspecified, loopback, local NAT64, discard-only …
    AddressRange::v6(0, 10),
    AddressRange::v6(0x0064_ff9b_0001 << 80, 48),
    AddressRange::v6(0x0100 << 112, 8),
    // Benchmarking and the first ORCHID.
    AddressRange::v6(0x2001_0002 << 96, 48),
    AddressRange::v6(0x2001_0010 << 96, 28),
    // Segment routing, unique local, link-local, site-local, multicast.
    AddressRange::v6(0x5f00 << 112, 16),
    AddressRange::v6(0xfc00 << 112, 7),
    AddressRange::v6(0xfe80 << 112, 10),
    AddressRange::v6(0xfec0 << 112, 10),
    AddressRange::v6(0xff00 << 112, 8),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        AddressRange::parse(text).unwrap()
    }

    #[test]
    fn ranges_are_parsed() {
        assert_eq!((range("198.51.100.7").length(), range("2001:db8::1").length()), (32, 128));
        assert_eq!(range("198.51.100.7/24").without_host_bits(), "198.51.100.0/24");
        assert_eq!(range("2001:db8::1/32").without_host_bits(), "2001:db8::/32");
        assert!(range("198.51.100.7/24").has_host_bits() && !range("198.51.100.0/24").has_host_bits());
        assert_eq!(range("::ffff:198.51.100.0/120"), range("198.51.100.0/24"));
        assert!(!range("0.0.0.0/0").has_host_bits() && !range("198.51.100.7").has_host_bits());
        for text in ["", "*", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "::/129", "10.0.0.0/8/8", "vpc-1"]
        {
            assert_eq!(AddressRange::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_contains_its_parts() {
        assert!(range("198.51.100.0/24").contains(&range("198.51.100.128/25")));
        assert!(range("198.51.100.9/24").contains(&range("198.51.100.7")));
        assert!(range("0.0.0.0/0").contains(&range("10.0.0.0/8")));
        assert!(!range("198.51.100.0/25").contains(&range("198.51.100.0/24")));
        assert!(!range("::/0").contains(&range("10.0.0.0/8")));
    }

    #[test]
    fn unroutable_ranges() {
        for text in [
            "0.0.0.0",
            "10.0.0.0/8",
            "10.20.0.0/16",
            "100.64.0.0/10",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.0/24",
            "172.16.0.0/12",
            "172.31.255.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b:1::/48",
            "100::/64",
            "fc00::/7",
            "fd00::/8",
            "fd12:3456::/32",
            "fe80::/10",
            "ff00::/8",
            "5f00::/16",
        ] {
            assert!(range(text).is_unroutable(), "{text}");
        }
        for text in [
            "0.0.0.0/0",
            "9.255.255.255",
            "10.0.0.0/7",
            "11.0.0.0/8",
            "100.0.0.0/8",
            "100.128.0.0/9",
            "172.0.0.0/8",
            "172.32.0.0/12",
            "172.16.0.0/11",
            "192.168.0.0/15",
            "192.0.0.9",
            "198.51.100.0/24",
            "203.0.113.7",
            "192.0.2.1",
            "223.255.255.255",
            "::/0",
            "2000::/3",
            "2001:db8::/32",
            "2600::/12",
            "fc00::/6",
            "64:ff9b::1",
        ] {
            assert!(!range(text).is_unroutable(), "{text}");
        }
    }
}

//! Which addresses may be reached: the public Internet, and what the operator names besides.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses of one's own network that may be reached all the same.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    hosts: Vec<String>,
    networks: Vec<(IpAddr, u8)>,
}

impl Allowed {
    pub fn parse(entries: &[String]) -> Result<Self, String> {
        let mut allowed = Self::default();
        for entry in entries {
            let (address, bits) = entry.split_once('/').map_or((entry.as_str(), None), |(a, b)| (a, Some(b)));
            match (address.parse::<IpAddr>(), bits.map(str::parse::<u8>)) {
                (Ok(ip), None) => allowed.networks.push((ip, if ip.is_ipv4() { 32 } else { 128 })),
                (Ok(ip), Some(Ok(bits))) if bits <= if ip.is_ipv4() { 32 } else { 128 } => {
                    allowed.networks.push((ip, bits));
                }
                (Err(_), None) if !entry.is_empty() => allowed.hosts.push(entry.to_ascii_lowercase()),
                _ => return Err(format!("hooks.allow: “{entry}” is neither a host nor a network such as 10.1.0.0/16")),
            }
        }
        Ok(allowed)
    }

    /// Whether the operator has named this host or address.
    pub fn knows(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known == host) || host.parse().is_ok_and(|ip| self.holds(ip))
    }

    fn holds(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|(network, bits)| within(ip, *network, *bits))
    }

    pub fn may_reach(&self, host: &str, ip: IpAddr) -> bool {
        is_public(ip) || self.hosts.iter().any(|known| known == host) || self.holds(ip)
    }
}

fn within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let as_bits = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let ((ip, width), (network, other)) = (as_bits(ip), as_bits(network));
    let mask = if bits == 0 { 0 } else { u128::MAX << (128 - u32::from(bits)) };
    width == other && ip & mask == network & mask
}

/// Whether an address belongs to the public Internet (IANA's special-purpose registries of IPv4 and IPv6).
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match inner(ip) {
            Some(v4) => is_public_v4(v4),
            // Only what is given out for the global Internet; documentation and benchmarks within it are not.
            None => {
                let first = ip.segments()[0];
                first & 0xe000 == 0x2000
                    && !(first == 0x2001 && matches!(ip.segments()[1], 0..0x0200 | 0x0db8))
                    && first != 0x3fff
            }
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || a >= 240
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && b & 0xfe == 18))
}

/// The IPv4 address within an IPv6 one that stands for it: mapped, compatible, NAT64, 6to4.
fn inner(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => Some(of(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_reached() {
        for public in ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "198.18.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "2001:db8::1",
            "ff02::1",
            "2001::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private} passes for public");
        }
    }

    #[test]
    fn what_the_operator_names_is_reached_and_nothing_beside_it() {
        let allowed = Allowed::parse(&["hooks.internal".to_owned(), "10.1.0.0/16".to_owned()]).unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(allowed.may_reach("hooks.internal", ip("192.168.1.1")) && allowed.may_reach("x", ip("10.1.255.1")));
        assert!(!allowed.may_reach("x", ip("10.2.0.1")) && !allowed.may_reach("x", ip("192.168.1.1")));
        assert!(Allowed::parse(&["10.0.0.0/40".to_owned()]).is_err(), "a network that is none is taken");
    }
}

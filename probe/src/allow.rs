//! Which addresses the server itself may probe: none, but those that an operator named.

use std::fmt;
use std::net::IpAddr;

/// Hosts and networks that may be probed from the server. Empty: none.
#[derive(Debug, Clone, Default)]
pub struct AllowList {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
enum Entry {
    /// `db.example.com`, or `*.example.com`. Allows the name wherever it is public; never a private address by name alone.
    Name(String),
    /// `10.2.0.0/16` or one address.
    Network { base: IpAddr, bits: u8 },
}

/// An entry that is neither a name nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is neither a host (db.example.com, *.example.com) nor a network (10.2.0.0/16)")]
pub struct BadEntry(pub String);

/// A probe that the allow-list forbids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{host} ({address}) may not be probed from the server; an administrator adds it to probe.allow, or run `countersign probe` where the clients run"
)]
pub struct Refused {
    pub host: String,
    pub address: IpAddr,
}

impl AllowList {
    /// Reads entries as an operator writes them.
    ///
    /// # Errors
    /// The first entry that cannot be understood.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, BadEntry> {
        let entries = entries.iter().map(|e| Entry::parse(e.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// The entries as an operator would write them.
    #[must_use]
    pub fn entries(&self) -> Vec<String> {
        self.entries.iter().map(ToString::to_string).collect()
    }

    /// Whether `host`, which resolved to `address`, may be connected to. A private, loopback or link-local address needs
    /// a network entry that holds it: a public name that points inwards (DNS rebinding) is refused.
    ///
    /// # Errors
    /// [`Refused`], naming both.
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let address = address.to_canonical();
        let allowed = self.entries.iter().any(|entry| match entry {
            Entry::Name(pattern) => is_public(address) && matches(pattern, host),
            Entry::Network { base, bits } => within(address, *base, *bits),
        });
        if allowed { Ok(()) } else { Err(Refused { host: host.to_owned(), address }) }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Network { base, bits } => write!(f, "{base}/{bits}"),
        }
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, BadEntry> {
        let bad = || BadEntry(text.to_owned());
        let (base, bits) = text.split_once('/').map_or((text, None), |(base, bits)| (base, Some(bits)));
        if let Ok(base) = base.parse::<IpAddr>() {
            let widest = if base.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Ok(widest), str::parse::<u8>).map_err(|_not_a_number| bad())?;
            return if bits <= widest { Ok(Self::Network { base, bits }) } else { Err(bad()) };
        }
        let name = text.strip_prefix("*.").unwrap_or(text);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(bad());
        }
        Ok(Self::Name(text.to_ascii_lowercase()))
    }
}

fn matches(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
        None => host == pattern,
    }
}

fn within(address: IpAddr, base: IpAddr, bits: u8) -> bool {
    let prefix = |value: u128, width: u32| {
        let shift = width - u32::from(bits);
        value.checked_shr(shift).unwrap_or(0)
    };
    match (address, base) {
        (IpAddr::V4(a), IpAddr::V4(b)) => prefix(a.to_bits().into(), 32) == prefix(b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => prefix(a.to_bits(), 128) == prefix(b.to_bits(), 128),
        _ => false,
    }
}

/// Whether an address can be one on the public internet (IANA special-purpose registries, the parts that matter here).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b); // RFC 6598
            let benchmarking = a == 198 && (b == 18 || b == 19); // RFC 2544
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || shared
                || benchmarking
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            let global_unicast = first & 0xe000 == 0x2000;
            let embeds_v4 = first == 0x2002 || (first == 0x0064 && v6.segments()[1] == 0xff9b);
            global_unicast && !embeds_v4
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_named_may_be_probed() {
        let list = AllowList::parse(&["db.example.com", "*.rds.example.net", "10.2.0.0/16", "2001:db8::/32"]).unwrap();
        for (host, address, allowed) in [
            ("db.example.com", "93.184.216.34", true),
            ("DB.example.com.", "93.184.216.34", true),
            ("a.rds.example.net", "93.184.216.34", true),
            ("rds.example.net", "93.184.216.34", false),
            ("evilrds.example.net", "93.184.216.34", false),
            ("other.example.com", "93.184.216.34", false),
            ("anything.internal", "10.2.3.4", true),
            ("anything.internal", "10.3.3.4", false),
            ("anything.internal", "2001:db8::7", true),
            // A public name that points inwards.
            ("db.example.com", "127.0.0.1", false),
            ("db.example.com", "169.254.169.254", false),
            ("db.example.com", "::ffff:169.254.169.254", false),
            ("db.example.com", "fd00::1", false),
            ("db.example.com", "100.64.0.1", false),
            ("db.example.com", "64:ff9b::a00:1", false),
        ] {
            let verdict = list.check(host, address.parse().unwrap()).is_ok();
            assert_eq!(verdict, allowed, "{host} at {address}");
        }
    }

    #[test]
    fn nothing_may_be_probed_by_default() {
        assert!(AllowList::default().check("db.example.com", "93.184.216.34".parse().unwrap()).is_err());
    }

    #[test]
    fn entries_that_mean_nothing_are_refused() {
        for entry in ["", "*.", "10.0.0.0/33", "10.0.0.0/x", "exa mple.com", "https://db.example.com"] {
            assert_eq!(AllowList::parse(&[entry]).err(), Some(BadEntry(entry.to_owned())), "{entry}");
        }
    }
}

//! Who may be written to at this door, and which address belongs to which channel.

use subtle::ConstantTimeEq as _;

use crate::config::Address;

/// The addresses that are taken, from `smtp.recipients` and `smtp.addresses`.
#[derive(Debug, Clone)]
pub struct Recipients {
    patterns: Vec<Pattern>,
    addresses: Vec<Own>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Anybody,
    Domain(String),
    Address { local: String, domain: String },
}

/// An address with a channel of its own.
#[derive(Debug, Clone)]
struct Own {
    local: String,
    domain: String,
    channel: String,
    /// What has to follow the plus; nothing has to where it is empty.
    secret: String,
}

/// What an address that is taken stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressed<'a> {
    /// The door itself.
    Door,
    /// One channel of it.
    Channel(&'a str),
}

/// A setting that names no address.
#[derive(Debug, thiserror::Error)]
pub enum BadPattern {
    #[error("smtp.recipients: “{0}” is neither \"*\", \"@example.com\" nor \"notices@example.com\"")]
    Pattern(String),
    #[error("smtp.addresses: “{0}” is no address such as \"notices@example.com\"")]
    Address(String),
    #[error("smtp.addresses: the channel “{0}” must have lower-case letters, digits and hyphens only")]
    Channel(String),
}

impl Recipients {
    /// # Errors
    /// Where a pattern has none of the three forms, or an address is none.
    pub fn parse(patterns: &[String], addresses: &[Address]) -> Result<Self, BadPattern> {
        Ok(Self {
            patterns: patterns.iter().map(|given| pattern(given)).collect::<Result<_, _>>()?,
            addresses: addresses.iter().map(own).collect::<Result<_, _>>()?,
        })
    }

    /// What a mail to this address is for; none where it is not taken. What follows a plus in the local part matters only
    /// to an address that has a secret. `postmaster` always is taken (RFC 5321, 4.5.1).
    #[must_use]
    pub fn takes(&self, address: &str) -> Option<Addressed<'_>> {
        let address = address.to_lowercase();
        let (local, domain) = address.rsplit_once('@').unwrap_or((address.as_str(), ""));
        let (bare, plus) = local.split_once('+').unwrap_or((local, ""));
        let mut ours = self.addresses.iter().filter(|own| own.local == bare && own.domain == domain).peekable();
        if ours.peek().is_some() {
            return ours.find(|own| own.opens_to(plus)).map(|own| Addressed::Channel(&own.channel));
        }
        let taken = (bare == "postmaster" && domain.is_empty())
            || self.patterns.iter().any(|pattern| match pattern {
                Pattern::Anybody => !local.is_empty(),
                Pattern::Domain(ours) => domain == ours,
                Pattern::Address { local: ours, domain: at } => domain == at && (bare == ours || local == ours),
            });
        taken.then_some(Addressed::Door)
    }
}

impl Own {
    fn opens_to(&self, plus: &str) -> bool {
        self.secret.is_empty() || bool::from(self.secret.as_bytes().ct_eq(plus.as_bytes()))
    }
}

fn pattern(given: &str) -> Result<Pattern, BadPattern> {
    let pattern = given.trim().to_lowercase();
    match pattern.rsplit_once('@') {
        None if pattern == "*" => Ok(Pattern::Anybody),
        Some(("", domain)) if !domain.is_empty() => Ok(Pattern::Domain(domain.to_owned())),
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() => {
            Ok(Pattern::Address { local: local.to_owned(), domain: domain.to_owned() })
        }
        _ => Err(BadPattern::Pattern(given.to_owned())),
    }
}

fn own(given: &Address) -> Result<Own, BadPattern> {
    let address = given.address.trim().to_lowercase();
    let (local, domain) = address
        .rsplit_once('@')
        .filter(|(local, domain)| !local.is_empty() && !domain.is_empty())
        .ok_or_else(|| BadPattern::Address(given.address.clone()))?;
    let named = !given.channel.is_empty()
        && given.channel.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !named {
        return Err(BadPattern::Channel(given.channel.clone()));
    }
    Ok(Own {
        local: local.to_owned(),
        domain: domain.to_owned(),
        channel: given.channel.clone(),
        secret: given.secret.expose().trim().to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipients(patterns: &[&str]) -> Recipients {
        Recipients::parse(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>(), &[]).unwrap()
    }

    fn address(address: &str, channel: &str, secret: &str) -> Address {
        Address { address: address.to_owned(), channel: channel.to_owned(), secret: secret.to_owned().into() }
    }

    #[test]
    fn an_address_is_taken_with_anything_after_a_plus_and_in_any_case() {
        let door = recipients(&["Notices@Example.com", "@in.example.com"]);
        for taken in ["notices@example.com", "NOTICES+aws-7f3a@example.COM", "whoever@in.example.com", "postmaster"] {
            assert_eq!(door.takes(taken), Some(Addressed::Door), "{taken} should be taken");
        }
        for refused in ["other@example.com", "notices@example.org", "notices", "x@sub.in.example.com", ""] {
            assert_eq!(door.takes(refused), None, "{refused} should be refused");
        }
    }

    #[test]
    fn a_star_takes_everybody_and_nonsense_is_refused_at_the_start() {
        assert!(recipients(&["*"]).takes("anybody@anywhere.example").is_some());
        let said = Recipients::parse(&["@".to_owned()], &[]).unwrap_err().to_string();
        assert!(said.contains("smtp.recipients"), "{said}");
        for (bad, told) in
            [(address("nobody", "aws", ""), "no address"), (address("a@b.example", "A/b", ""), "channel")]
        {
            let said = Recipients::parse(&[], &[bad]).unwrap_err().to_string();
            assert!(said.contains("smtp.addresses") && said.contains(told), "{said}");
        }
    }

    #[test]
    fn an_address_with_a_secret_is_taken_only_with_it_and_tells_its_channel() {
        let own = [
            address("notices@example.com", "aws", "7F3a9c"),
            address("notices@example.com", "azure", "c0ffee"),
            address("carriers@example.com", "carriers", ""),
        ];
        let door = Recipients::parse(&["*".to_owned()], &own).unwrap();
        assert_eq!(door.takes("Notices+7f3A9C@example.com"), Some(Addressed::Channel("aws")));
        assert_eq!(door.takes("notices+c0ffee@example.com"), Some(Addressed::Channel("azure")));
        assert_eq!(door.takes("carriers+x@example.com"), Some(Addressed::Channel("carriers")));
        for guessed in ["notices@example.com", "notices+@example.com", "notices+7f3a9@example.com"] {
            assert_eq!(door.takes(guessed), None, "{guessed} got in without the secret, past \"*\"");
        }
        assert_eq!(door.takes("anybody@example.com"), Some(Addressed::Door));
    }
}

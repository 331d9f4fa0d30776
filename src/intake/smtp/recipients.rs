//! Who may be written to at this door.

/// The addresses that are taken, from `smtp.recipients`.
#[derive(Debug, Clone)]
pub struct Recipients(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Anybody,
    Domain(String),
    Address { local: String, domain: String },
}

/// A pattern that is none.
#[derive(Debug, thiserror::Error)]
#[error("smtp.recipients: “{0}” is neither \"*\", \"@example.com\" nor \"notices@example.com\"")]
pub struct BadPattern(String);

impl Recipients {
    /// # Errors
    /// Where a pattern has none of the three forms.
    pub fn parse(patterns: &[String]) -> Result<Self, BadPattern> {
        patterns
            .iter()
            .map(|given| {
                let pattern = given.trim().to_lowercase();
                match pattern.rsplit_once('@') {
                    None if pattern == "*" => Ok(Pattern::Anybody),
                    Some(("", domain)) if !domain.is_empty() => Ok(Pattern::Domain(domain.to_owned())),
                    Some((local, domain)) if !local.is_empty() && !domain.is_empty() => {
                        Ok(Pattern::Address { local: local.to_owned(), domain: domain.to_owned() })
                    }
                    _ => Err(BadPattern(given.clone())),
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a mail to this address is taken. What follows a plus in the local part does not matter; `postmaster`
    /// always is (RFC 5321, 4.5.1).
    #[must_use]
    pub fn takes(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let (local, domain) = address.rsplit_once('@').unwrap_or((address.as_str(), ""));
        let bare = local.split_once('+').map_or(local, |(before, _)| before);
        (bare == "postmaster" && domain.is_empty())
            || self.0.iter().any(|pattern| match pattern {
                Pattern::Anybody => !local.is_empty(),
                Pattern::Domain(ours) => domain == ours,
                Pattern::Address { local: ours, domain: at } => domain == at && (bare == ours || local == ours),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipients(patterns: &[&str]) -> Recipients {
        Recipients::parse(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn an_address_is_taken_with_anything_after_a_plus_and_in_any_case() {
        let door = recipients(&["Notices@Example.com", "@in.example.com"]);
        for taken in ["notices@example.com", "NOTICES+aws-7f3a@example.COM", "whoever@in.example.com", "postmaster"] {
            assert!(door.takes(taken), "{taken} should be taken");
        }
        for refused in ["other@example.com", "notices@example.org", "notices", "x@sub.in.example.com", ""] {
            assert!(!door.takes(refused), "{refused} should be refused");
        }
    }

    #[test]
    fn a_star_takes_everybody_and_nonsense_is_refused_at_the_start() {
        assert!(recipients(&["*"]).takes("anybody@anywhere.example"));
        let said = Recipients::parse(&["@".to_owned()]).unwrap_err().to_string();
        assert!(said.contains("smtp.recipients"), "{said}");
    }
}

//! Domains that look like a provider's and are not: `amaz0n.com`, `arnazon.com`, `amazon.com.evil.example`.
//!
//! Owns telling them by their letters alone. It must not say whose a mail is (that is `provider`'s), and what it tells is a
//! doubt for people, not a proof.

use super::profile::{Profile, Providers};
use super::{Announcement, Trouble};

/// The code of the trouble that is told.
pub const CODE: &str = "look_alike_sender";
/// Names shorter than this have too many neighbours that mean no harm.
const SHORTEST: usize = 6;

/// What to tell about a sender whose domain looks like that of a provider. `name` is how the sender calls itself.
#[must_use]
pub fn told(name: &str, domain: &str, notices: &[Announcement], providers: &Providers) -> Option<Trouble> {
    let domain = domain.trim_end_matches('.').to_lowercase();
    let is_own = |profile: &Profile| profile.domains.iter().chain(&profile.signers).any(|own| within(&domain, own));
    if domain.is_empty() || providers.all().iter().any(is_own) {
        return None;
    }
    let name = name.to_lowercase();
    let claims = |profile: &Profile| {
        notices.iter().any(|notice| notice.provider.value == profile.id)
            || profile.names().any(|own| name.contains(&own.to_lowercase()))
    };
    let found = providers.all().iter().find_map(|profile| {
        let near = profile.domains.iter().find(|own| resembles(&domain, own, || claims(profile)))?;
        Some((profile, near))
    });
    let (profile, own) = found?;
    Some(Trouble {
        code: CODE.to_owned(),
        message: format!(
            "The sender's domain {domain} looks like {own} of {}, and is another's. Do nothing that this mail asks for \
             before you have seen it at the provider's own site.",
            profile.name
        ),
        span: None,
    })
}

fn resembles(domain: &str, own: &str, claims: impl Fn() -> bool) -> bool {
    if domain.starts_with(&format!("{own}.")) || domain.contains(&format!(".{own}.")) {
        return true;
    }
    // The last label is the registry's, and a provider's name is the longest of those before it.
    let named = |domain: &'_ str| domain.rsplit_once('.').map_or("", |(labels, _)| labels).to_owned();
    let (own, labels) = (named(own), named(domain));
    let own = own.split('.').max_by_key(|label| label.len()).unwrap_or_default();
    labels.split('.').any(|label| {
        let label = spelled(label);
        label != own
            && own.len() >= SHORTEST
            && (skeleton(&label) == skeleton(own) || (is_one_off(&label, own) && claims()))
    })
}

fn within(domain: &str, own: &str) -> bool {
    domain == own || domain.strip_suffix(own).is_some_and(|rest| rest.ends_with('.'))
}

/// A label without what Punycode (RFC 3492) writes behind its last hyphen: the letters that are not Latin.
fn spelled(label: &str) -> String {
    match label.strip_prefix("xn--") {
        Some(coded) => coded.rsplit_once('-').map_or("", |(latin, _)| latin).to_owned(),
        None => label.to_owned(),
    }
}

/// The same for all spellings that look the same.
fn skeleton(label: &str) -> String {
    let pairs = label.replace("rn", "m").replace("vv", "w").replace("cl", "d");
    pairs
        .chars()
        .filter(|c| *c != '-')
        .map(|c| match c {
            '0' | 'о' | 'ο' => 'o',
            '1' | 'i' | '!' | 'і' | 'ı' | 'ӏ' => 'l',
            '3' | 'е' | 'ё' => 'e',
            '4' | 'а' | 'α' => 'a',
            '5' | 'ѕ' => 's',
            'р' => 'p',
            'с' => 'c',
            'х' => 'x',
            'у' => 'y',
            other => other,
        })
        .collect()
}

/// One letter more, less, another, or two in the wrong order.
fn is_one_off(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) = (&short[same..], &long[same..]);
    match long.len() - short.len() {
        1 => long[1..] == *short,
        0 if long.is_empty() => false,
        0 => {
            let swapped = long.len() >= 2 && long[0] == short[1] && long[1] == short[0] && long[2..] == short[2..];
            swapped || long[1..] == short[1..]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_look_like_a_providers_are_told_and_its_own_and_strangers_are_not() {
        let providers = Providers::embedded();
        let says = |name: &str, domain: &str| told(name, domain, &[], providers).map(|trouble| trouble.message);
        for (name, domain) in [
            ("", "amaz0n.com"),
            ("", "arnazon.com"),
            ("", "mail.arnazon.com"),
            ("", "amazon.com.evil.example"),
            ("", "аmazon.com"),
            ("Amazon Web Services", "xn--amazn-mye.com"),
            ("Amazon Web Services", "amazom.com"),
            ("Amazon Web Services", "amazzon.com"),
            ("GitHub", "gihtub.com"),
        ] {
            let said = says(name, domain).unwrap_or_else(|| panic!("{domain} passes for a provider's"));
            assert!(said.contains(domain) && said.contains("looks like"), "{said}");
        }
        for (name, domain) in [
            ("Amazon Web Services", "amazon.com"),
            ("", "email.amazonaws.com"),
            ("", "house.example"),
            ("Amazon partner", "amazon.example"),
            ("", "amazom.com"),
            ("", ""),
            ("", "com"),
        ] {
            assert_eq!(says(name, domain), None, "{name} at {domain}");
        }
    }
}

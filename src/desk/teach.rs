//! A provider profile drafted from a message that no reader could file: where it came from, what it calls itself, and the
//! words that will tell the next one. A person completes it and puts it into the installation's folder of providers.

use crate::notice::fact::Kind;
use crate::reading::Reading;

/// A draft as a file: its name and its text in TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileDraft {
    pub id: String,
    pub toml: String,
}

/// Drafts a profile from what was read of a message. None where nothing says who sent it.
#[must_use]
pub fn profile_draft(reading: &Reading) -> Option<ProfileDraft> {
    let original = reading.original.as_ref();
    let from = original.and_then(|original| original.from.as_deref()).or(reading.from.as_deref())?;
    let (name, address) = named(from);
    let host = address.rsplit_once('@').map(|(_, host)| host.to_lowercase()).filter(|host| host.contains('.'))?;
    let domain = own_domain(&host);
    let id: String =
        domain.split('.').next()?.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = if name.is_empty() { id.clone() } else { name };
    let found = reading.notices.first();
    let kind = found.map_or(Kind::Informational, |found| found.kind.value);
    let subject = original.and_then(|original| original.subject.clone()).unwrap_or_default();
    let phrase = steady(&subject);
    let mut toml = format!(
        "# Drafted from a message; complete it and save it as {id}.toml in the folder of providers.\n\
         id = {}\nname = {}\n# cloud, hoster, cdn, database, code_host, identity, certificate_authority, monitoring, carrier,\n\
         # data_centre, payment, communication, registrar or platform\nsort = \"platform\"\ndomains = [{}]\n",
        quoted(&id),
        quoted(&name),
        quoted(&domain)
    );
    if !phrase.is_empty() {
        toml.push_str(&format!(
            "\n# What its subject said, without what differs from mail to mail.\n[[kind]]\nphrase = {}\nkind = {}\n# 2 is a hint, 8 decides.\nweight = 4\n",
            quoted(&phrase),
            quoted(kind.word())
        ));
    }
    Some(ProfileDraft { id, toml })
}

/// Name and address of `Name <address>` or of an address alone.
fn named(from: &str) -> (String, String) {
    match from.rsplit_once('<') {
        Some((name, rest)) => {
            (name.trim().trim_matches('"').to_owned(), rest.trim_end().trim_end_matches('>').to_owned())
        }
        None => (String::new(), from.trim().to_owned()),
    }
}

/// The domain without what stands before it for mail alone. Where registration ends is not known here, so a country's
/// second level is told by its shortness: `mail.acme.co.uk` is of `acme.co.uk`.
fn own_domain(host: &str) -> String {
    let labels: Vec<&str> = host.split('.').collect();
    let short = |at: usize| labels.get(labels.len().wrapping_sub(at)).is_some_and(|label| label.len() <= 3);
    let keep = if labels.len() > 2 && short(2) && short(1) { 3 } else { 2 };
    labels[labels.len().saturating_sub(keep)..].join(".")
}

/// The words of a subject that stay the same: no numbers, no brackets, in lower case.
fn steady(subject: &str) -> String {
    let mut depth = 0_u32;
    let plain: String = subject
        .chars()
        .filter(|c| {
            depth += u32::from(matches!(c, '[' | '('));
            let keep = depth == 0;
            depth = depth.saturating_sub(u32::from(matches!(c, ']' | ')')));
            keep
        })
        .collect();
    let words = plain.split_whitespace().filter(|word| !word.chars().any(|c| c.is_ascii_digit()));
    words.take(6).collect::<Vec<_>>().join(" ").trim_matches([':', '-', ' ']).to_lowercase()
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::profile::Providers;
    use crate::reading::{Input, read};

    #[test]
    fn a_draft_names_the_sender_and_the_words_that_stay() {
        let mail = "From: \"Acme Hosting\" <noc@mail.acme-hosting.co.uk>\r\nSubject: [Ticket 4711] Works on rack 12: read \
                    this\r\n\r\nSomething will happen.\r\n";
        let input = Input {
            bytes: mail.as_bytes(),
            media: None,
            received: None,
            subject: None,
            authenticity: crate::notice::fact::Authenticity::Unverified,
        };
        let draft = profile_draft(&read(&input, Providers::embedded())).expect("the sender is told");
        assert_eq!(draft.id, "acme_hosting");
        for line in
            ["name = \"Acme Hosting\"", "domains = [\"acme-hosting.co.uk\"]", "phrase = \"works on rack read this\""]
        {
            assert!(draft.toml.contains(line), "{line} is not in\n{}", draft.toml);
        }
        let profile: Result<crate::reading::profile::Profile, _> = toml::from_str(&draft.toml);
        assert!(profile.is_ok(), "the draft is no profile: {profile:?}");
    }
}

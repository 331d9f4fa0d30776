//! What is known of a provider beforehand: the files in `providers/`, read into one index.
//!
//! Owns the schema of a profile and the look-ups by id, name and domain. It must not read a folder (an installation's own
//! profiles come in as text) and must not decide which provider sent a message: that is `provider`'s.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use countersign_notice::fact::{Kind, Status, Zone};

include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// What sort of house a provider is. Only for people: lists are grouped by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    Cloud,
    Hoster,
    Cdn,
    Database,
    CodeHost,
    Identity,
    CertificateAuthority,
    Monitoring,
    Carrier,
    DataCentre,
    Payment,
    Communication,
    Registrar,
    Platform,
}

/// The order in which a provider writes numeric dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
    YearFirst,
}

/// One file of `providers/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Stable, in snake case; also the file's name.
    pub id: String,
    pub name: String,
    pub sort: Sort,
    /// The house whose domains it writes from: Azure's mail comes from Microsoft's. It wins over that house where the
    /// message names it.
    #[serde(default)]
    pub part_of: Option<String>,
    /// Mail and web domains that are the provider's own; a subdomain counts.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Domains of other houses that sign its mail (DKIM `d=`), such as a mailing service's.
    #[serde(default)]
    pub signers: Vec<String>,
    /// Other names that it goes by. Compared without regard to case, as whole words.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Phrases that hold its name and speak of something else (a root certificate named after its authority).
    #[serde(default)]
    pub not_marks: Vec<String>,
    /// Phrases in a subject that only this provider writes.
    #[serde(default)]
    pub subject_marks: Vec<String>,
    /// Phrases in a body that only this provider writes.
    #[serde(default)]
    pub body_marks: Vec<String>,
    /// The zone of dates that name none.
    #[serde(default)]
    pub zone: Option<Zone>,
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// Regular expressions of its reference numbers; the first group, or the whole match, is the reference.
    #[serde(default)]
    pub references: Vec<Pattern>,
    #[serde(default, rename = "resource")]
    pub resources: Vec<ResourcePattern>,
    /// Labels and column heads under which it names what is affected.
    #[serde(default)]
    pub resource_labels: Vec<String>,
    #[serde(default, rename = "kind")]
    pub kinds: Vec<KindCue>,
    #[serde(default, rename = "status")]
    pub statuses: Vec<StatusCue>,
    /// Where its own instructions or its status page stand.
    #[serde(default)]
    pub pages: Vec<String>,
}

/// A regular expression that is compiled when it is first asked: most runs meet few of the providers.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Pattern {
    source: String,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The expression, where it is one: a test compiles those that come with the program, and an installation's own are
    /// compiled when they are read.
    #[must_use]
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.source).ok()).as_ref()
    }

    /// The first group of each place where it fits, or the whole place.
    pub(super) fn find<'t>(&'t self, text: &'t str) -> impl Iterator<Item = regex::Match<'t>> {
        let all = self.regex().into_iter().flat_map(move |regex| regex.captures_iter(text));
        all.filter_map(|captures| captures.get(1).or_else(|| captures.get(0)))
    }
}

/// The shape of a resource's name at one provider. The first group, or the whole match, is the id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourcePattern {
    pub pattern: Pattern,
    #[serde(rename = "type")]
    pub sort: String,
}

/// A phrase that speaks for a kind at one provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindCue {
    pub phrase: String,
    pub kind: Kind,
    /// As in `kind`'s own table: 2 is a hint, 8 decides.
    pub weight: u16,
}

/// A phrase that tells the status at one provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusCue {
    pub phrase: String,
    pub status: Status,
}

impl Profile {
    /// Whether this only says whose mail it is, and nothing of how to read it.
    #[must_use]
    pub fn is_names_only(&self) -> bool {
        self.zone.is_none()
            && self.date_order.is_none()
            && self.references.is_empty()
            && self.resources.is_empty()
            && self.resource_labels.is_empty()
            && self.kinds.is_empty()
            && self.statuses.is_empty()
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.references.iter().chain(self.resources.iter().map(|r| &r.pattern))
    }

    /// Every name that it goes by, its own first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// A profile that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("the provider profile {file} cannot be read: {why}; docs/providers.md lists the fields")]
    Unreadable { file: String, why: String },
    #[error("the provider profile {file} has the pattern “{pattern}”, which is no regular expression: {why}")]
    NoPattern { file: String, pattern: String, why: String },
    #[error("the provider profile {file} has the id “{id}”; an id is the file's name, in snake case")]
    WrongId { file: String, id: String },
}

/// All profiles, found by id, by name and by domain. Cheap to share, never changed after it was built.
#[derive(Debug, Default)]
pub struct Providers {
    profiles: Vec<Profile>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    by_domain: HashMap<String, usize>,
    pub(super) marks: super::provider::Marks,
}

impl Providers {
    /// The profiles that come with the program.
    ///
    /// # Panics
    /// Never in a released build: a test reads every file under this schema.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static ALL: LazyLock<Providers> = LazyLock::new(|| {
            Providers::read(EMBEDDED.iter().copied()).expect("the embedded profiles are read by a test")
        });
        &ALL
    }

    /// The embedded profiles and an installation's own, given as (file name without `.toml`, text). One with a known id
    /// replaces that profile.
    ///
    /// # Errors
    /// Names the file that cannot be read and the reason.
    pub fn with<'a>(own: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ProfileError> {
        let mut all = Self::parse(EMBEDDED.iter().copied())?;
        all.lay_over(own)?;
        Ok(all)
    }

    fn lay_over<'a>(&mut self, own: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<(), ProfileError> {
        for (file, text) in own {
            let profile = one(file, text)?;
            for pattern in profile.patterns() {
                if let Err(e) = Regex::new(&pattern.source) {
                    let (file, pattern) = (file.to_owned(), pattern.source.clone());
                    return Err(ProfileError::NoPattern { file, pattern, why: e.to_string() });
                }
            }
            self.put(profile);
        }
        self.index();
        Ok(())
    }

    /// These profiles with some laid over them, given as (id, text): what was taught while the program runs.
    ///
    /// # Errors
    /// As [`Providers::with`].
    pub fn also<'a>(&self, own: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ProfileError> {
        let mut all = Self::default();
        self.profiles.iter().for_each(|profile| all.put(profile.clone()));
        all.lay_over(own)?;
        Ok(all)
    }

    fn read<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, ProfileError> {
        let mut all = Self::parse(files)?;
        all.index();
        Ok(all)
    }

    fn parse<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, ProfileError> {
        let mut all = Self::default();
        for (file, text) in files {
            all.put(one(file, text)?);
        }
        Ok(all)
    }

    fn put(&mut self, profile: Profile) {
        match self.by_id.get(&profile.id) {
            Some(&at) => self.profiles[at] = profile,
            None => {
                self.by_id.insert(profile.id.clone(), self.profiles.len());
                self.profiles.push(profile);
            }
        }
    }

    fn index(&mut self) {
        for (at, profile) in self.profiles.iter().enumerate() {
            self.by_name.insert(simplified(&profile.id), at);
            for name in profile.names() {
                self.by_name.insert(simplified(name), at);
            }
            for domain in profile.domains.iter().chain(&profile.signers) {
                self.by_domain.insert(domain.clone(), at);
            }
        }
        self.marks = super::provider::Marks::new(&self.profiles);
    }

    #[must_use]
    pub fn all(&self) -> &[Profile] {
        &self.profiles
    }

    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Profile> {
        self.by_id.get(id).map(|&at| &self.profiles[at])
    }

    /// By any of its names, without regard to case, blanks, punctuation and the form of company (`Inc.`, `GmbH`).
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Profile> {
        self.by_name.get(&simplified(name)).map(|&at| &self.profiles[at])
    }

    /// By a domain or any domain above it: `a.b.example.com` finds `example.com`.
    #[must_use]
    pub fn of_domain(&self, domain: &str) -> Option<&Profile> {
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        let mut rest = domain.as_str();
        loop {
            if let Some(&at) = self.by_domain.get(rest) {
                return Some(&self.profiles[at]);
            }
            rest = rest.split_once('.')?.1;
        }
    }
}

fn one(file: &str, text: &str) -> Result<Profile, ProfileError> {
    let profile: Profile =
        toml::from_str(text).map_err(|e| ProfileError::Unreadable { file: file.to_owned(), why: e.to_string() })?;
    if profile.id != file {
        return Err(ProfileError::WrongId { file: file.to_owned(), id: profile.id });
    }
    Ok(profile)
}

/// Letters and digits in lower case, without the form of company at the end.
pub(super) fn simplified(name: &str) -> String {
    const FORMS: &[&str] = &[
        "inc",
        "incorporated",
        "llc",
        "ltd",
        "limited",
        "gmbh",
        "ag",
        "sa",
        "sas",
        "sarl",
        "bv",
        "nv",
        "plc",
        "corp",
        "corporation",
        "co",
        "oy",
        "ab",
        "as",
        "pty",
        "spa",
        "srl",
        "kg",
        "se",
    ];
    let lower = name.to_lowercase();
    let mut words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    while words.len() > 1 && words.last().is_some_and(|w| FORMS.contains(w)) {
        words.pop();
    }
    words.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_profile_follows_the_schema() {
        let all = Providers::embedded();
        assert!(all.all().len() >= 40, "only {} profiles are embedded", all.all().len());
        for profile in all.all() {
            assert!(!profile.domains.is_empty(), "{} names no domain of its own", profile.id);
            for pattern in profile.patterns() {
                assert!(pattern.regex().is_some(), "{}: {} is no regular expression", profile.id, pattern.source);
            }
            if let Some(whole) = &profile.part_of {
                assert!(all.get(whole).is_some(), "{} is part of {whole}, which is no profile", profile.id);
            }
            for domain in &profile.domains {
                assert_eq!(domain, &domain.to_ascii_lowercase(), "{}: a domain is written in lower case", profile.id);
                let found = all.of_domain(domain).map(|p| p.id.as_str());
                assert_eq!(found, Some(profile.id.as_str()), "two profiles claim {domain}");
            }
        }
    }

    #[test]
    fn a_typo_in_a_profile_is_told_with_the_file_and_the_field() {
        let error = Providers::with([("acme", "id = 'acme'\nname = 'Acme'\nsort = 'hoster'\ndomain = ['acme.test']")]);
        let told = error.expect_err("an unknown field must be refused").to_string();
        assert!(told.contains("acme") && told.contains("domain"), "{told}");
    }

    #[test]
    fn a_faulty_pattern_is_told_when_the_profile_is_read() {
        let own = "id = 'acme'\nname = 'Acme'\nsort = 'hoster'\ndomains = ['acme.test']\nreferences = ['(']";
        let told = Providers::with([("acme", own)]).expect_err("an open bracket is no pattern").to_string();
        assert!(told.contains("acme") && told.contains("“(”"), "{told}");
    }

    #[test]
    fn an_installations_own_profile_replaces_the_embedded_one() {
        let own = "id = 'aws'\nname = 'Our cloud broker'\nsort = 'cloud'\ndomains = ['broker.test']";
        let all = Providers::with([("aws", own)]).expect("a valid profile");
        assert_eq!(all.get("aws").map(|p| p.name.as_str()), Some("Our cloud broker"));
        assert_eq!(all.of_domain("mail.broker.test").map(|p| p.id.as_str()), Some("aws"));
    }
}

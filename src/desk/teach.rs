//! A provider profile drafted from a message that no reader could file: where it came from, what it calls itself, and the
//! words that will tell the next one. A person completes it, tries it on the message, and saves it; every process of the
//! installation reads with it from then on.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait, IntoActiveModel as _, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use crate::desk::house::HouseEvent;
use crate::desk::learn::learned;
use crate::desk::providers;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::notice::fact::{Authenticity, Kind};
use crate::notice::text::Digest;
use crate::reading::profile::Providers;
use crate::reading::{Input, Reading, read};
use crate::store::entity::profiles;
use crate::store::intake;

/// No profile is longer, in bytes.
const MOST: usize = 100_000;

/// A draft as a file: its name and its text in TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileDraft {
    pub id: String,
    pub toml: String,
}

/// A provider by its id, and as people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// A profile that somebody wrote, found to be one.
struct Written {
    id: String,
    laid: Providers,
}

/// # Errors
/// `Invalid` (`toml`) says what is wrong with it and where.
fn written(toml: &str) -> Result<Written, DeskError> {
    let wrong = |message: String| DeskError::Invalid { field: "toml", message };
    if toml.len() > MOST {
        return Err(wrong(format!("a profile has at most {MOST} bytes, and this has {}", toml.len())));
    }
    let table: toml::Table = toml.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let id = table.get("id").and_then(toml::Value::as_str).unwrap_or_default();
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !plain {
        return Err(wrong("the profile needs an id of lower-case letters, digits and underscores".to_owned()));
    }
    let laid = providers::installed().also([(id, toml)]).map_err(|error| wrong(error.to_string()))?;
    Ok(Written { id: id.to_owned(), laid })
}

impl Desk {
    /// What a message would say to the reader if this profile were installed, and who that would be. Nothing is kept.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where the bytes were erased; `Invalid` (`toml`) says what is wrong with the profile.
    pub async fn try_profile(&self, message: Uuid, toml: &str) -> Result<(Reading, Named), DeskError> {
        let Written { id, laid } = written(toml)?;
        let name = laid.get(&id).map(|profile| profile.name.clone()).unwrap_or_default();
        let missing = || DeskError::NotFound { what: "message", id: message.to_string() };
        let row = intake::get(self.store.reader(), message).await?.ok_or_else(missing)?;
        let raw = intake::raw(self.store.reader(), row.blob).await?.ok_or_else(|| DeskError::Conflict {
            code: "message_erased",
            message: "the bytes of this message were erased; there is nothing left to read".to_owned(),
        })?;
        let read = move || {
            let input = Input {
                bytes: &raw,
                media: row.media.as_deref(),
                received: Some(row.received_at.utc()),
                subject: None,
                authenticity: row.authenticity.parse().unwrap_or(Authenticity::Unverified),
            };
            read(&input, &laid)
        };
        // Reading is work for the processor, and what a person is still writing may be anything.
        let reading = tokio::task::spawn_blocking(read).await.map_err(|_| DeskError::Invalid {
            field: "toml",
            message: "the reader failed on this message with this profile, which is a fault of Countersign's"
                .to_owned(),
        })?;
        Ok((reading, Named { id, name }))
    }

    /// Saves a profile as its newest version. Every process reads with it from then on; what was read stays as it is until it is
    /// read again. Gives the provider's id.
    ///
    /// # Errors
    /// `Invalid` (`toml`) says what is wrong with the profile.
    pub async fn save_profile(&self, actor: Actor, toml: &str) -> Result<String, DeskError> {
        let Written { id, .. } = written(toml)?;
        transact!(self, |txn| {
            let of_it = profiles::Entity::find().filter(profiles::Column::Id.eq(id.as_str()));
            let last = of_it.order_by_desc(profiles::Column::Version).one(txn).await?;
            let version = last.as_ref().map_or(1, |last| last.version + 1);
            if last.is_some_and(|last| last.document == toml) {
                return Ok(());
            }
            let digest = Digest::of(toml.as_bytes()).to_string();
            let row = profiles::Model {
                id: id.clone(),
                version,
                document: toml.to_owned(),
                digest: digest.clone(),
                author: actor.person().map(|person| person.0),
                created_at: self.clock.now().into(),
            };
            profiles::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
            let version = u32::try_from(version).unwrap_or_default();
            let event = HouseEvent::ProfileSaved { provider: id.clone(), version, digest };
            self.chronicle(txn, Stream::Installation, &actor, vec![event], (None, vec![])).await?;
            learned(txn).await
        })?;
        // Takes it in here at once; other processes do before they read what comes next.
        self.world(self.store.reader()).await?;
        self.hub.tell(Topic::Procedures, None);
        Ok(id)
    }
}

/// What people taught, the newest version of each, by id.
pub(super) async fn taught(db: &impl ConnectionTrait) -> Result<BTreeMap<String, String>, DeskError> {
    let rows = profiles::Entity::find().order_by_asc(profiles::Column::Version).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.document)).collect())
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
        "# Drafted from a message. Complete it, try it, and save it.\n\
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

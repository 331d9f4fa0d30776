//! Names and words in the place of ids and commitments.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::desk::NoticeDetail;
use crate::desk::providers;
use crate::notice::case::Case;
use crate::notice::ids::{NoticeId, PersonId, ProviderId, TeamId};
use crate::notice::text::TextRef;
use crate::store::entity::notices;
use crate::store::texts::Shown;
use crate::web::view::common::{Named, PersonName};

/// What ids stand for, as far as it is still known.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    pub people: &'a BTreeMap<Uuid, String>,
    pub teams: &'a BTreeMap<Uuid, String>,
    pub texts: &'a BTreeMap<Uuid, Shown>,
    pub case: Option<&'a Case>,
    /// Other notices that are spoken of, where they were looked up.
    pub notices: Option<&'a BTreeMap<Uuid, notices::Model>>,
}

impl<'a> Names<'a> {
    #[must_use]
    pub const fn of(detail: &'a NoticeDetail) -> Self {
        Self {
            people: &detail.names,
            teams: &detail.teams,
            texts: &detail.texts,
            case: Some(&detail.case),
            notices: Some(&detail.others),
        }
    }

    /// A person by name; somebody whose name was erased is still somebody.
    #[must_use]
    pub fn person(&self, id: PersonId) -> PersonName {
        PersonName { id: id.0, name: self.called(id) }
    }

    #[must_use]
    pub fn called(&self, id: PersonId) -> String {
        self.people
            .get(&id.0)
            .filter(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| "a former colleague".to_owned())
    }

    /// Another notice by its number.
    #[must_use]
    pub fn notice(&self, id: NoticeId) -> String {
        let known = self.notices.and_then(|notices| notices.get(&id.0));
        known.map_or_else(|| "another notice".to_owned(), |row| format!("N-{}", row.number))
    }

    #[must_use]
    pub fn team(&self, id: TeamId) -> Named {
        let name = self.teams.get(&id.0).cloned().unwrap_or_else(|| "a team that was removed".to_owned());
        Named { id: id.0.to_string(), name }
    }

    /// The words behind a reference, or a sentence saying when they were erased.
    #[must_use]
    pub fn words(&self, text: TextRef) -> String {
        self.texts.get(&text.id).map_or_else(|| "[not kept]".to_owned(), Shown::words)
    }

    /// The words behind a reference; none once they were erased.
    #[must_use]
    pub fn kept(&self, text: TextRef) -> Option<String> {
        match self.texts.get(&text.id)? {
            Shown::Text(words) => Some(words.clone()),
            Shown::Erased(_) => None,
        }
    }
}

/// A provider by the name of its profile; an unknown one by its own.
#[must_use]
pub fn provider(id: &ProviderId) -> Named {
    Named { id: id.to_string(), name: provider_name(id.as_str()) }
}

/// The name of a provider's profile; an unknown provider's own name.
#[must_use]
pub fn provider_name(id: &str) -> String {
    providers::name_of(id)
}

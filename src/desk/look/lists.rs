//! Notices in lists, and the first page.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::team_names;
use crate::desk::{Desk, DeskError};
use crate::notice::sight::Sight;
use crate::store::entity::{notice_waiting, notices};
use crate::store::lists::{self, Facet, Filter};
use crate::store::{At, projection};

/// A notice in a list.
#[derive(Debug, Clone)]
pub struct NoticeListed {
    pub row: notices::Model,
    /// The requirements that wait: gate and level, each once.
    pub waiting: BTreeSet<(String, String)>,
    /// Where a search hit, with the hit between U+0002 and U+0003.
    pub highlight: Option<String>,
}

/// A facet's values: value, label for people, count.
pub type Facets = Vec<(&'static str, Vec<(String, String, u64)>)>;

/// One thing that waits for a person.
#[derive(Debug, Clone)]
pub struct Waits {
    pub notice: NoticeListed,
    pub gate: String,
    pub level: String,
    pub due_at: Option<DateTime<Utc>>,
}

/// A notice on the horizon, with the due dates of the gate that it stands at.
#[derive(Debug, Clone)]
pub struct HorizonNotice {
    pub row: notices::Model,
    /// Gate and due date.
    pub due: BTreeSet<(String, DateTime<Utc>)>,
}

impl Desk {
    /// A page of notices, newest first, after the given row.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(
        &self,
        sight: Sight,
        filter: &Filter,
        before: Option<(At, Uuid)>,
        limit: u64,
    ) -> Result<Vec<NoticeListed>, DeskError> {
        let db = self.store.reader();
        let rows = lists::page(db, (filter, sight), self.clock.now().into(), before, limit).await?;
        let numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
        let mut highlights = lists::highlights(db, &filter.words, &numbers).await?;
        let mut listed = self.listed(rows).await?;
        for notice in &mut listed {
            notice.highlight = highlights.remove(&notice.row.number);
        }
        Ok(listed)
    }

    /// What one may filter by beside what one filters by now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn facets(&self, sight: Sight, filter: &Filter) -> Result<Facets, DeskError> {
        let db = self.store.reader();
        let world = self.world(db).await?;
        let levels: BTreeMap<String, String> =
            world.directory.levels.iter().map(|level| (level.id.to_string(), level.name.clone())).collect();
        let teams: BTreeMap<String, String> =
            team_names(db).await?.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
        let all = [
            ("provider", Facet::Provider),
            ("kind", Facet::Kind),
            ("stage", Facet::Stage),
            ("level", Facet::Level),
            ("team", Facet::Team),
        ];
        let mut facets = Vec::new();
        for (name, facet) in all {
            let counted = lists::facet(db, (filter, sight), facet, self.clock.now().into()).await?;
            let names = match facet {
                Facet::Level => Some(&levels),
                Facet::Team => Some(&teams),
                Facet::Provider | Facet::Kind | Facet::Stage => None,
            };
            let told = counted.into_iter().map(|(value, count)| {
                let label = names.and_then(|names| names.get(&value)).unwrap_or(&value).clone();
                (value, label, u64::try_from(count).unwrap_or(0))
            });
            facets.push((name, told.collect()));
        }
        Ok(facets)
    }

    /// What waits for one person's signature, as somebody sees it, the least time left first. At most 200.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_on(&self, sight: Sight, person: Uuid) -> Result<Vec<Waits>, DeskError> {
        let found = lists::waiting_on(self.store.reader(), (person, sight), 200).await?;
        let (waiting, rows): (Vec<notice_waiting::Model>, Vec<notices::Model>) = found.into_iter().unzip();
        let listed = self.listed(rows).await?;
        let both = waiting.into_iter().zip(listed);
        Ok(both
            .map(|(row, notice)| Waits { notice, gate: row.gate, level: row.level, due_at: row.due_at.map(At::utc) })
            .collect())
    }

    /// What a person watches or what touches their teams' resources. At most 50.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn following(&self, person: Uuid) -> Result<Vec<NoticeListed>, DeskError> {
        self.listed(lists::following(self.store.reader(), person, 50).await?).await
    }

    /// Open notices with a date up to `until`, and what is past due. At most 500.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn horizon(&self, sight: Sight, until: DateTime<Utc>) -> Result<Vec<HorizonNotice>, DeskError> {
        let db = self.store.reader();
        let rows = lists::horizon(db, sight, until.into(), 500).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut waiting = projection::waiting_at(db, &ids).await?;
        let with_dues = rows.into_iter().map(|row| {
            let here = waiting.remove(&row.id).unwrap_or_default();
            let due = here.into_iter().filter_map(|waits| Some((waits.gate, waits.due_at?.utc()))).collect();
            HorizonNotice { row, due }
        });
        Ok(with_dues.collect())
    }

    /// How many notices are open, how many of those overdue, and how many messages need a person.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counts(&self, sight: Sight) -> Result<(u64, u64, u64), DeskError> {
        let db = self.store.reader();
        let (open, overdue) = lists::counts(db, sight, self.clock.now().into()).await?;
        Ok((open, overdue, lists::needing_a_person(db, sight).await?))
    }

    async fn listed(&self, rows: Vec<notices::Model>) -> Result<Vec<NoticeListed>, DeskError> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let waiting = projection::waiting_at(self.store.reader(), &ids).await?;
        let with_waiting = rows.into_iter().map(|row| {
            let here = waiting.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let waiting = here.iter().map(|waits| (waits.gate.clone(), waits.level.clone())).collect();
            NoticeListed { row, waiting, highlight: None }
        });
        Ok(with_waiting.collect())
    }
}

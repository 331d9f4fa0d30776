//! One notice with everything that its page shows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{people_names, team_names};
use crate::desk::act::fold;
use crate::desk::project::Texts;
use crate::desk::{Desk, DeskError, NoticeRef};
use crate::notice::case::{Case, Life};
use crate::notice::chain::{Stored, Stream};
use crate::notice::context::Context;
use crate::notice::event::Evidence;
use crate::notice::sight::Sight;
use crate::reading::Reading;
use crate::store::entity::{messages, notices, readings};
use crate::store::{At, evidence, lists, record, texts};

/// A notice as it stands, its record, and what its ids stand for.
#[derive(Debug, Clone)]
pub struct NoticeDetail {
    pub case: Case,
    pub context: Context,
    /// In order.
    pub record: Vec<Stored>,
    pub texts: Texts,
    /// Names of people.
    pub names: BTreeMap<Uuid, String>,
    /// Names of teams.
    pub teams: BTreeMap<Uuid, String>,
    /// In the order in which they were attached.
    pub messages: Vec<messages::Model>,
    /// The newest reading of each message, in the same order.
    pub readings: Vec<(Uuid, Reading)>,
    /// When files that show that steps were done were erased, by digest; none for those that are there.
    pub files: BTreeMap<String, Option<DateTime<Utc>>>,
    /// What probes saw, as JSON, by digest.
    pub probes: BTreeMap<String, Vec<u8>>,
    /// Other notices that this one names: merged, split off, alike.
    pub others: BTreeMap<Uuid, notices::Model>,
}

impl Desk {
    /// One notice in full; of the others that it names, those that may be seen.
    ///
    /// # Errors
    /// `NotFound`, `ReadOnly` where a newer program wrote to it, or the database does not answer.
    pub async fn notice(&self, sight: Sight, notice: NoticeRef) -> Result<NoticeDetail, DeskError> {
        let db = self.store.reader();
        let id = self.resolve(db, notice).await?;
        let stream = Stream::Notice(id);
        let record = record::load(db, stream).await?;
        if record.is_empty() {
            return Err(DeskError::NotFound { what: "notice", id: notice.to_string() });
        }
        let case = fold(&record)?;
        let ids: Vec<Uuid> = case.messages.iter().map(|attached| attached.message.0).collect();
        let rows = evidence::of(db, id.0).await?;
        let probes = evidence::bodies(db, &rows, &probed(&case)).await?;
        let files = rows.into_iter().map(|row| (row.digest, row.erased_at.map(At::utc))).collect();
        Ok(NoticeDetail {
            files,
            probes,
            context: self.context(db).await?,
            texts: texts::of_stream(db, stream).await?,
            names: people_names(db).await?,
            teams: team_names(db).await?,
            messages: in_order(db, &ids).await?,
            readings: read(db, &ids).await?,
            others: lists::by_id(db, named(&case), sight).await?,
            record,
            case,
        })
    }
}

/// The digests of what probes saw.
fn probed(case: &Case) -> BTreeSet<String> {
    let shown = case.steps.values().flat_map(|done| &done.evidence);
    shown
        .filter_map(|shown| match shown {
            Evidence::Probe { result, .. } => Some(result.to_string()),
            Evidence::Note { .. } | Evidence::Attachment { .. } => None,
        })
        .collect()
}

/// The other notices that a case speaks of.
fn named(case: &Case) -> Vec<Uuid> {
    let merged = match case.life {
        Life::Merged { into } => Some(into),
        _ => None,
    };
    let split = case.split_off.iter().map(|split| split.notice);
    let alike = case.alike.iter().map(|alike| alike.notice);
    merged
        .into_iter()
        .chain(split)
        .chain(case.split_from)
        .chain(alike)
        .chain(case.absorbed.iter().copied())
        .map(|id| id.0)
        .collect()
}

async fn in_order(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<messages::Model>, DeskError> {
    let rows = messages::Entity::find().filter(messages::Column::Id.is_in(ids.to_vec())).all(db).await?;
    let mut rows: BTreeMap<Uuid, messages::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The newest reading of each message. One that this program cannot read any more is left out; the message stays.
pub(super) async fn read(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<(Uuid, Reading)>, DeskError> {
    let rows = readings::Entity::find()
        .filter(readings::Column::Message.is_in(ids.to_vec()))
        .order_by_asc(readings::Column::Number)
        .all(db)
        .await?;
    let mut newest: BTreeMap<Uuid, Reading> = BTreeMap::new();
    for row in rows {
        match serde_json::from_str(&row.body) {
            Ok(reading) => drop(newest.insert(row.message, reading)),
            Err(error) => tracing::warn!(message = %row.message, %error, "a stored reading cannot be read any more"),
        }
    }
    Ok(ids.iter().filter_map(|id| newest.remove(id).map(|reading| (*id, reading))).collect())
}

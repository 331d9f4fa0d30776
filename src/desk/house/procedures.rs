//! Versions of procedures: the built-in ones come with the program, every edit is a new version with its author.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait as _, ColumnTrait, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::HouseEvent;
use crate::desk::transact::transact;
use crate::desk::{Desk, DeskError, Topic};
use crate::notice::chain::Stream;
use crate::notice::event::Actor;
use crate::notice::ids::ProcedureId;
use crate::notice::procedure::{Procedure, Procedures, Unsatisfiable};
use crate::notice::text::Digest;
use crate::store::entity::procedures;

/// One version as pages show it.
#[derive(Debug, Clone)]
pub struct ProcedureVersion {
    pub procedure: Procedure,
    /// The TOML that it is written in.
    pub document: String,
    /// `None` for a built-in one.
    pub author: Option<Uuid>,
    /// `None` for a built-in one.
    pub created_at: Option<DateTime<Utc>>,
}

/// What came of saving one.
#[derive(Debug, Clone)]
pub struct ProcedureChange {
    pub version: u32,
    /// What today's people cannot satisfy. A warning: it is saved all the same.
    pub unsatisfiable: Vec<Unsatisfiable>,
}

impl Desk {
    /// Every version of one procedure, oldest first.
    ///
    /// # Errors
    /// `NotFound`, or the database does not answer.
    pub async fn procedure_versions(&self, id: &str) -> Result<Vec<ProcedureVersion>, DeskError> {
        let world = self.world(self.store.reader()).await?;
        let mut versions = Vec::new();
        for document in Procedures::built_in_texts() {
            let procedure = Procedure::parse(document, 1).map_err(|problem| damaged(id, &problem.to_string()))?;
            if procedure.id.as_str() == id {
                versions.push(ProcedureVersion {
                    procedure,
                    document: (*document).to_owned(),
                    author: None,
                    created_at: None,
                });
            }
        }
        let rows = procedures::Entity::find()
            .filter(procedures::Column::Id.eq(id))
            .order_by_asc(procedures::Column::Version)
            .all(self.store.reader())
            .await?;
        for row in rows {
            let version = u32::try_from(row.version).unwrap_or_default();
            let Some(procedure) = world.procedures.version(&ProcedureId(id.to_owned()), version) else { continue };
            versions.push(ProcedureVersion {
                procedure: procedure.clone(),
                document: row.document,
                author: row.author,
                created_at: Some(row.created_at.utc()),
            });
        }
        if versions.is_empty() {
            return Err(DeskError::NotFound { what: "procedure", id: id.to_owned() });
        }
        Ok(versions)
    }

    /// Saves a new version of a procedure from its TOML, or a new procedure where `based_on` is `None`. Open notices keep the
    /// version they opened with.
    ///
    /// # Errors
    /// `Invalid` (`document`) says what is wrong with it and where; `Conflict` (`version_changed`) where somebody saved
    /// another version meanwhile, or (`procedure_exists`) where a new one has the id of another.
    pub async fn save_procedure(
        &self,
        actor: Actor,
        document: &str,
        based_on: Option<u32>,
    ) -> Result<ProcedureChange, DeskError> {
        let parse = |version| {
            Procedure::parse(document, version)
                .map_err(|problem| DeskError::Invalid { field: "document", message: problem.to_string() })
        };
        let draft = parse(1)?;
        let change = transact!(self, |txn| {
            let world = self.world(txn).await?;
            let latest = world.procedures.latest(&draft.id).map(|known| known.version);
            if latest != based_on {
                return Err(overtaken(&draft.id, latest, based_on));
            }
            let version = latest.map_or(1, |known| known + 1);
            let procedure = parse(version)?;
            let digest = Digest::of(document.as_bytes()).to_string();
            let row = procedures::Model {
                id: procedure.id.to_string(),
                version: i32::try_from(version).unwrap_or(i32::MAX),
                title: procedure.title.clone(),
                document: document.to_owned(),
                digest: digest.clone(),
                author: actor.person().map(|person| person.0),
                created_at: self.clock.now().into(),
                retired_at: None,
            };
            procedures::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(txn).await?;
            let event = HouseEvent::ProcedureSaved { procedure: procedure.id.to_string(), version, digest };
            self.chronicle(txn, Stream::Procedures, &actor, vec![event], (None, vec![])).await?;
            let unsatisfiable = procedure.unsatisfiable(world.procedures.size, &world.directory, self.clock.now());
            Ok(ProcedureChange { version, unsatisfiable })
        })?;
        self.hub.tell(Topic::Procedures, None);
        Ok(change)
    }
}

fn overtaken(id: &ProcedureId, latest: Option<u32>, based_on: Option<u32>) -> DeskError {
    let (code, message) = match (latest, based_on) {
        (Some(latest), Some(_)) => {
            ("version_changed", format!("version {latest} of “{id}” was saved meanwhile; look at it and edit that one"))
        }
        (Some(_), None) => ("procedure_exists", format!("there is a procedure “{id}” already; edit that one")),
        (None, _) => ("no_such_procedure", format!("there is no procedure “{id}” to edit; save it as a new one")),
    };
    DeskError::Conflict { code, message }
}

fn damaged(id: &str, problem: &str) -> DeskError {
    DeskError::Store(sea_orm::DbErr::Custom(format!("the procedure “{id}” cannot be read: {problem}")))
}

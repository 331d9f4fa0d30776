//! What one notice teaches the next: where a resource belongs, as people confirmed it.

use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, Statement, sea_query::OnConflict,
};

use crate::desk::{Desk, DeskError};
use crate::notice::case::Case;
use crate::notice::event::{Event, Recorded};
use crate::store::entity::resource_mappings::{Column, Entity, Model};

impl Desk {
    /// Keeps mappings that were just confirmed, to propose them when the same resource is announced again.
    pub(super) async fn learn(
        &self,
        db: &impl ConnectionTrait,
        case: &Case,
        happened: &[Recorded],
    ) -> Result<(), DeskError> {
        let mut any = false;
        for recorded in happened {
            let Event::ResourceMapped { resource, mapping } = &recorded.event else { continue };
            let Some(resource) = case.facts.resource(*resource) else { continue };
            let row = Model {
                provider: case.facts.provider.to_string(),
                resource: resource.key.clone(),
                environment: mapping.environment.to_string(),
                team: Some(mapping.team.0),
                confirmed_by: recorded.actor.person().map(|person| person.0),
                confirmed_at: recorded.at.into(),
            };
            Entity::insert(row.into_active_model().reset_all())
                .on_conflict(
                    OnConflict::columns([Column::Provider, Column::Resource])
                        .update_columns([Column::Environment, Column::Team, Column::ConfirmedBy, Column::ConfirmedAt])
                        .to_owned(),
                )
                .exec_without_returning(db)
                .await?;
            any = true;
        }
        if any { learned(db).await } else { Ok(()) }
    }
}

/// Says that something changed which proposes for notices, or hears of them, and changes none of them: caches are read
/// anew, and no notice is looked at again.
pub(super) async fn learned(db: &impl ConnectionTrait) -> Result<(), DeskError> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = 'learned'";
    db.execute_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(())
}

//! Rows that an address names, loaded for who asks: a handler that takes one has them only where they may be seen, and to
//! everybody else they are not there.
//!
//! It asks `store::sight` and holds no rule of its own. What may be done with a row, the desk decides.

use std::str::FromStr as _;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use uuid::Uuid;

use super::App;
use super::extract::Path;
use super::problem::Problem;
use super::who::Eyes;
use crate::desk::NoticeRef;
use crate::notice::ids::NoticeId;
use crate::notice::sight::Sight;
use crate::store::entity::messages;

/// A notice that may be seen. It comes from nowhere but [`Seen`] and [`Which::named`].
#[derive(Debug, Clone, Copy)]
pub struct Which(pub NoticeRef);

/// Who asks, and the notice that `{id}` in the address names: 404 where it is not there or not for these eyes.
#[derive(Debug, Clone)]
pub struct Seen<Who>(pub Who, pub Which);

/// Who asks, and the message that `{id}` in the address names, in the same way.
#[derive(Debug, Clone)]
pub struct SeenMessage<Who>(pub Who, pub messages::Model);

impl Which {
    /// A notice that a field of a body or of a query names.
    ///
    /// # Errors
    /// 422 where it is no id and no number; 404 where it is not there or not for these eyes.
    pub async fn named(app: &App, sight: Sight, field: &str, written: &str) -> Result<Self, Problem> {
        let asked = NoticeRef::from_str(written).map_err(|told| Problem::field(field, format!("{told}.")))?;
        let row = app.desk.seen_notice(sight, asked).await?;
        Ok(Self(NoticeRef::Id(NoticeId(row.id))))
    }
}

impl<Who> FromRequestParts<App> for Seen<Who>
where
    Who: Eyes + FromRequestParts<App, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let me = Who::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|e| Problem::internal(&e))?;
        let written = params.iter().find_map(|(name, value)| (name == "id").then_some(value)).unwrap_or_default();
        let asked = NoticeRef::from_str(written).map_err(|told| wrong_id(&told))?;
        let row = app.desk.seen_notice(me.sight(), asked).await?;
        Ok(Self(me, Which(NoticeRef::Id(NoticeId(row.id)))))
    }
}

impl<Who> FromRequestParts<App> for SeenMessage<Who>
where
    Who: Eyes + FromRequestParts<App, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let me = Who::from_request_parts(parts, app).await?;
        let Path(id) = Path::<Uuid>::from_request_parts(parts, app).await?;
        let row = app.desk.seen_message(me.sight(), id).await?;
        Ok(Self(me, row))
    }
}

fn wrong_id(told: &dyn std::fmt::Display) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_id", format!("`id` in the address is wrong: {told}.")).at("id")
}

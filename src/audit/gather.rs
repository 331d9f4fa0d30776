//! Reads evidence from the database as it stands, mending nothing.

use sea_orm::ConnectionTrait;

use super::judge::{Kept, StreamEvidence, TextEvidence};
use crate::notice::chain::Stream;
use crate::notice::ids::MessageId;
use crate::notice::text::Digest;
use crate::store::{evidence, intake, record, texts};

/// A stream with a row that cannot even be read. That is damage to tell, and no reason to stop looking.
pub(super) struct Unreadable(pub String);

pub(super) async fn stream(db: &impl ConnectionTrait, stream: Stream) -> Result<StreamEvidence, Unreadable> {
    let told = |error: sea_orm::DbErr| Unreadable(format!("{stream}: {error}"));
    let events = record::load(db, stream).await.map_err(told)?;
    let rows = texts::rows(db, stream).await.map_err(told)?;
    let texts = rows
        .into_iter()
        .map(|row| TextEvidence {
            id: row.id,
            salt: hex::encode(row.salt),
            body: row.body,
            erased_at: row.erased_at.map(|at| at.utc()),
        })
        .collect();
    Ok(StreamEvidence { stream, events, texts })
}

/// A file's bytes as they are kept now.
pub(super) async fn file(db: &impl ConnectionTrait, digest: Digest) -> Result<Kept, sea_orm::DbErr> {
    let Some(row) = evidence::get(db, digest).await? else { return Ok(Kept::Gone) };
    if let Some(at) = row.erased_at {
        return Ok(Kept::Erased(at.utc()));
    }
    let raw = evidence::body(db, &row).await?;
    Ok(raw.map_or(Kept::Gone, |raw| Kept::Bytes { salt: row.salt, raw }))
}

/// A message's bytes as they are kept now.
pub(super) async fn message(db: &impl ConnectionTrait, id: MessageId) -> Result<Kept, sea_orm::DbErr> {
    let Some(row) = intake::get(db, id.0).await? else { return Ok(Kept::Gone) };
    if let Some(at) = row.erased_at {
        return Ok(Kept::Erased(at.utc()));
    }
    Ok(intake::raw(db, row.blob).await?.map_or(Kept::Gone, |raw| Kept::Bytes { salt: row.salt, raw }))
}

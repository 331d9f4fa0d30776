//! Marking what was sent: many at once, for a mark of its own would cost more than the mail.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement, Value};
use uuid::Uuid;

use super::Delivery;
use crate::notice::letter::SECRET;
use crate::store::{At, Store};

/// A leased delivery that the other side has taken.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    pub delivery: &'a Delivery,
    pub message_id: &'a str,
    /// What is kept of it to be shown.
    pub rendered: &'a str,
}

/// Marks leased deliveries as sent, keeps what was sent, and says which of them were ours still: of the others the lease had
/// run out meanwhile. Letters that let their readers in are forgotten.
///
/// # Errors
/// When the database does not answer; all of them are then sent again when their leases run out, under the same Message-IDs.
pub async fn mark_sent(store: &Store, sent: &[Sent<'_>], at: DateTime<Utc>) -> Result<BTreeSet<Uuid>, DbErr> {
    let mut ours = BTreeSet::new();
    for some in sent.chunks(100) {
        let found = store.writer().query_all_raw(marking(store.backend(), some, at)).await?;
        for row in found {
            ours.insert(row.try_get("", "id")?);
        }
    }
    Ok(ours)
}

fn marking(backend: DbBackend, sent: &[Sent<'_>], at: DateTime<Utc>) -> Statement {
    let (mut rows, mut values): (String, Vec<Value>) = (String::new(), vec![At::from(at).into()]);
    // PostgreSQL takes what a list of values holds for text unless it is told otherwise.
    let (uuid, number) = if backend == DbBackend::Postgres { ("::uuid", "::int") } else { ("", "") };
    for one in sent {
        let next = values.len() + 1;
        let comma = if rows.is_empty() { "" } else { ", " };
        write!(rows, "{comma}(${next}{uuid}, ${}{number}, ${}, ${})", next + 1, next + 2, next + 3).ok();
        values.extend([
            one.delivery.id.into(),
            one.delivery.attempts.into(),
            one.message_id.into(),
            Value::from(one.rendered),
        ]);
    }
    // What lets its reader in is of no use here any more, and of much to whoever reads the table.
    let secret = SECRET.map(|template| format!("'{template}'")).join(", ");
    let sql = format!(
        "WITH done (id, attempts, message_id, rendered) AS (VALUES {rows}) \
         UPDATE deliveries SET state = 'sent', sent_at = $1, message_id = done.message_id, rendered = done.rendered, \
         leased_until = NULL, last_error = NULL, \
         data = CASE WHEN template IN ({secret}) THEN '{{}}' ELSE data END FROM done \
         WHERE deliveries.id = done.id AND deliveries.attempts = done.attempts AND deliveries.state = 'leased' \
         RETURNING deliveries.id AS id"
    );
    Statement::from_sql_and_values(backend, sql, values)
}

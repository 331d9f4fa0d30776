//! PostgreSQL's LISTEN and NOTIFY: how the processes of one installation hear of each other without asking.
//!
//! A notification is a hint and may be lost; whoever hears one looks at the tables. SQLite serves one process and has none.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement};
use sqlx::postgres::PgListener;

use super::Store;

/// The one channel of notifications in an installation's database.
const CHANNEL: &str = "countersign";

/// Hears what other processes of the same installation say.
pub struct Ears(PgListener);

impl Store {
    /// Listens from now on, over a connection of its own. None on SQLite.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn listen(&self) -> Result<Option<Ears>, DbErr> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let mut listener = PgListener::connect_with(self.write.get_postgres_connection_pool()).await.map_err(failed)?;
        listener.listen(CHANNEL).await.map_err(failed)?;
        Ok(Some(Ears(listener)))
    }

    /// Says `payload` (less than 8,000 bytes) to every process that listens, this one included.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn notify(&self, payload: &str) -> Result<(), DbErr> {
        let sql = "SELECT pg_notify($1, $2)";
        let values = [CHANNEL.into(), payload.into()];
        self.write.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        Ok(())
    }
}

impl Ears {
    /// The next payload; None after the connection was lost and made again, when anything may have been missed.
    ///
    /// # Errors
    /// When the database stays away.
    pub async fn hear(&mut self) -> Result<Option<String>, DbErr> {
        let heard = self.0.try_recv().await.map_err(failed)?;
        Ok(heard.map(|notification| notification.payload().to_owned()))
    }
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

//! A schema as numbered steps. A step that was released is never edited; a change is a new step.

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

use crate::{DatabaseError, postgres};

/// The steps of one schema. Step `i` brings version `i` to version `i + 1`.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// The table that holds the version, so that two schemas can stand in one database.
    pub version_table: &'static str,
    /// The statements of each step.
    pub steps: &'static [&'static [&'static str]],
}

impl Steps {
    /// The newest version these steps lead to.
    pub fn newest(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }

    /// Brings the database to the newest version, in one transaction.
    ///
    /// # Errors
    /// [`DatabaseError::Newer`] when a newer program wrote it; the database is left as it is.
    pub async fn migrate(&self, connection: &mut AnyConnection) -> Result<(), DatabaseError> {
        let table = self.version_table;
        let mut tx = connection.begin().await?;
        postgres::migration(&mut tx).await?;
        let create = format!("CREATE TABLE IF NOT EXISTS {table} (version BIGINT NOT NULL)");
        sqlx::query(AssertSqlSafe(create)).execute(&mut *tx).await?;
        let row = sqlx::query(AssertSqlSafe(format!("SELECT version FROM {table}")))
            .fetch_optional(&mut *tx)
            .await?;
        let found: Option<i64> = row.map(|row| row.try_get(0)).transpose()?;
        let known = self.newest();
        if let Some(found) = found.filter(|found| *found > known) {
            return Err(DatabaseError::Newer { found, known });
        }
        let from = usize::try_from(found.unwrap_or(0)).unwrap_or(0);
        for step in self.steps.iter().skip(from) {
            for statement in *step {
                let statement = postgres::worded(statement, &tx);
                sqlx::query(AssertSqlSafe(statement)).execute(&mut *tx).await?;
            }
        }
        let set = match found {
            Some(_) => format!("UPDATE {table} SET version = $1"),
            None => format!("INSERT INTO {table} (version) VALUES ($1)"),
        };
        sqlx::query(AssertSqlSafe(set)).bind(known).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

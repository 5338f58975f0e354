//! Everything of one account, along the list of columns: read for its owner, removed at its end. No table is named here, so none can be forgotten.

use allxone_contract::{AccountId, DeletionId, ErasedClass, Remainder};
use futures_util::TryStreamExt;
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row, ValueRef};

use super::Store;
use super::deletions::note;
use super::seal::Seal;
use crate::ServiceError;
use crate::columns::{COLUMNS, Column, Deletion, Owner, Purge, TABLES, Table, Tag};
use crate::retention::RetentionTable;

/// Where what was erased and what remains is written down.
#[derive(Clone, Copy)]
pub(crate) struct ReceiptOf<'a> {
    /// The deletion.
    pub(crate) id: DeletionId,
    /// Until when what remains stays.
    pub(crate) retention: &'a RetentionTable,
}

/// The condition under which a table's rows are an account's.
fn belongs(table: &Table) -> Option<&'static str> {
    match table.owner {
        Owner::Account => Some("account_id = $1"),
        Owner::Job => Some("job_id IN (SELECT id FROM jobs WHERE account_id = $1)"),
        Owner::Nobody => None,
    }
}

/// What goes with the account from rows that stay, as an assignment.
fn emptied(table: &Table) -> String {
    let theirs = |column: &&Column| column.table == table.name && column.purge == Purge::Account;
    COLUMNS.iter().filter(theirs).map(|column| format!(", {} = NULL", column.name)).collect()
}

/// The columns of a table that are its owner's to take away.
pub(crate) fn exported(table: &Table) -> Vec<&'static str> {
    let theirs = |tag| matches!(tag, Tag::Export | Tag::ThirdParty);
    COLUMNS
        .iter()
        .filter(|column| column.table == table.name && theirs(column.tag))
        .map(|column| column.name)
        .collect()
}

impl Store {
    /// Hands every exported row of an account in a table to `keep`, one at a time, and says how many there were.
    pub(crate) async fn each_row(
        &self,
        connection: &mut AnyConnection,
        account: &AccountId,
        table: &Table,
        keep: &mut dyn FnMut(Map<String, Value>) -> Result<(), ServiceError>,
    ) -> Result<u64, ServiceError> {
        let (Some(belongs), columns) = (belongs(table), exported(table)) else { return Ok(0) };
        let Some(first) = columns.first() else { return Ok(0) };
        let sql =
            format!("SELECT {} FROM {} WHERE {belongs} ORDER BY {first}", columns.join(", "), table.name);
        let mut rows = sqlx::query(AssertSqlSafe(sql)).bind(account.as_str()).fetch(connection);
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            keep(shown(&self.seal, &row, &columns)?)?;
            count += 1;
        }
        Ok(count)
    }

    /// The stored pictures of an account: id, format and file.
    pub(crate) async fn pictures_of(
        connection: &mut AnyConnection,
        account: &AccountId,
    ) -> Result<Vec<(String, String, String)>, ServiceError> {
        let rows = sqlx::query("SELECT id, format, file FROM assets WHERE account_id = $1 AND erased = 0 AND file IS NOT NULL ORDER BY id")
            .bind(account.as_str())
            .fetch_all(connection)
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).collect()
    }

    /// Removes an account's rows and writes down on the receipt how many. What was charged stays under a name made for this that leads to
    /// nobody. The returned files belong to no row any more. Once more does nothing.
    pub(crate) async fn purge(
        &self,
        account: &AccountId,
        receipt: Option<ReceiptOf<'_>>,
    ) -> Result<Vec<String>, ServiceError> {
        let mut tx = self.begin().await?;
        let mut files = Vec::new();
        for sql in [
            "SELECT file FROM assets WHERE account_id = $1 AND file IS NOT NULL",
            "SELECT file FROM exports WHERE account_id = $1 AND file IS NOT NULL",
        ] {
            let rows = sqlx::query(sql).bind(account.as_str()).fetch_all(&mut *tx).await?;
            for row in &rows {
                files.push(row.try_get(0)?);
            }
        }
        let lines: i64 = sqlx::query(
            "SELECT COUNT(*) FROM receipts WHERE subject IN (
                SELECT id FROM jobs WHERE account_id = $1 UNION SELECT id FROM assets WHERE account_id = $1
                UNION SELECT id FROM decisions WHERE account_id = $1)",
        )
        .bind(account.as_str())
        .fetch_one(&mut *tx)
        .await?
        .try_get(0)?;
        let (mut erased, mut kept_rows) = (Vec::new(), Vec::new());
        // Made for this one purge and written down nowhere else.
        let nobody = format!("nobody-{}", DeletionId::new());
        for table in TABLES {
            let Some(belongs) = belongs(table) else { continue };
            let name = table.name;
            match table.deletion {
                Deletion::Rows => {}
                Deletion::Pseudonym(kept) => {
                    let sql = format!(
                        "UPDATE {name} SET account_id = $2{} WHERE {belongs} AND ({kept})",
                        emptied(table)
                    );
                    let stays = sqlx::query(AssertSqlSafe(sql))
                        .bind(account.as_str())
                        .bind(nobody.as_str())
                        .execute(&mut *tx)
                        .await?;
                    add(
                        &mut kept_rows,
                        table.class,
                        u32::try_from(stays.rows_affected()).unwrap_or(u32::MAX),
                    );
                }
                Deletion::Proof | Deletion::Nothing => continue,
            }
            let sql = format!("DELETE FROM {name} WHERE {belongs}");
            let gone = sqlx::query(AssertSqlSafe(sql))
                .bind(account.as_str())
                .execute(&mut *tx)
                .await?
                .rows_affected();
            add(&mut erased, table.class, u32::try_from(gone).unwrap_or(u32::MAX));
        }
        if let Some(ReceiptOf { id, retention }) = receipt {
            add(&mut kept_rows, "book", u32::try_from(lines).unwrap_or(u32::MAX));
            let remains = kept_rows.into_iter().map(|ErasedClass { class, count }| Remainder {
                what: retention.class(&class).map(|class| class.what.clone()).unwrap_or_default(),
                place: "The service's database".to_owned(),
                until: retention.end_of(&class),
                class,
                count,
            });
            note(&mut tx, id, &erased, remains).await?;
        }
        tx.commit().await?;
        self.fold_log().await;
        Ok(files)
    }

    /// How many rows an account has in tables that its deletion empties.
    pub(crate) async fn rows_left(&self, account: &AccountId) -> Result<i64, ServiceError> {
        let mut tx = self.look().await?;
        let mut left = 0;
        for table in
            TABLES.iter().filter(|table| matches!(table.deletion, Deletion::Rows | Deletion::Pseudonym(_)))
        {
            let Some(belongs) = belongs(table) else { continue };
            let sql = format!("SELECT COUNT(*) FROM {} WHERE {belongs}", table.name);
            left += sqlx::query(AssertSqlSafe(sql))
                .bind(account.as_str())
                .fetch_one(&mut *tx)
                .await?
                .try_get::<i64, _>(0)?;
        }
        Ok(left)
    }

    /// Every account that has any row.
    pub(crate) async fn accounts(&self) -> Result<Vec<String>, ServiceError> {
        let owned =
            TABLES.iter().filter(|table| table.owner == Owner::Account && table.deletion == Deletion::Rows);
        let selects: Vec<String> =
            owned.map(|table| format!("SELECT account_id FROM {}", table.name)).collect();
        let rows = sqlx::query(AssertSqlSafe(selects.join(" UNION "))).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

/// Adds to the count of a class.
pub(crate) fn add(erased: &mut Vec<ErasedClass>, class: &str, count: u32) {
    match erased.iter_mut().find(|one| one.class == class) {
        Some(one) => one.count = one.count.saturating_add(count),
        None if count > 0 => erased.push(ErasedClass { class: class.to_owned(), count }),
        None => {}
    }
}

/// A row by the names of its columns. What is stored as JSON is shown as what it says.
fn shown(seal: &Seal, row: &AnyRow, columns: &[&'static str]) -> Result<Map<String, Value>, ServiceError> {
    let mut shown = Map::new();
    for (index, name) in columns.iter().enumerate() {
        let value = if row.try_get_raw(index)?.is_null() {
            Value::Null
        } else if let Ok(number) = row.try_get::<i64, _>(index) {
            number.into()
        } else if let Ok(text) = row.try_get::<String, _>(index) {
            read(seal.open_text(text)?)
        } else {
            read(String::from_utf8_lossy(&seal.open_bytes(row.try_get::<Vec<u8>, _>(index)?)?).into_owned())
        };
        shown.insert((*name).to_owned(), value);
    }
    Ok(shown)
}

fn read(text: String) -> Value {
    let structured = text.starts_with(['{', '[']);
    structured.then(|| serde_json::from_str(&text).ok()).flatten().unwrap_or(Value::String(text))
}

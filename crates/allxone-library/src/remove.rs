//! Favourites, the trash, and removing for good.
//!
//! Deleting puts an item into the trash, from where it comes back unchanged. Purging removes the row
//! with its search words first and the files after: a crash in between leaves a file without a row,
//! which the sweep removes, and never a row without a file.

use rusqlite::{OptionalExtension, named_params};

use crate::{ItemId, Library, LibraryError};

/// Items purged per transaction, so that a crash leaves few files behind.
const BATCH: usize = 64;
/// Takes an item out of the trash; whoever does that wants it here, whatever was erased elsewhere.
const RESTORE: &str =
    "UPDATE items SET trashed_ms = :value, erased_elsewhere = iif(erased_elsewhere = 0, 0, 2) WHERE id = :id";

impl Library {
    /// Marks an item as a favourite or takes the mark away.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`], [`LibraryError::ReadOnly`].
    pub fn set_favourite(&self, id: ItemId, favourite: bool) -> Result<(), LibraryError> {
        self.update("UPDATE items SET favourite = :value WHERE id = :id", id, favourite)
    }

    /// Puts an item into the trash. One that is there stays as it is.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`], [`LibraryError::ReadOnly`].
    pub fn delete(&self, id: ItemId) -> Result<(), LibraryError> {
        let now = self.now();
        self.update("UPDATE items SET trashed_ms = coalesce(trashed_ms, :value) WHERE id = :id", id, now)
    }

    /// Takes an item out of the trash.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`], [`LibraryError::ReadOnly`].
    pub fn undo_delete(&self, id: ItemId) -> Result<(), LibraryError> {
        self.update(RESTORE, id, None::<i64>)
    }

    /// [`Library::set_favourite`] for many, all or none. Ids that are not there are passed over. Returns how many there were.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn set_favourites(&self, ids: &[ItemId], favourite: bool) -> Result<u64, LibraryError> {
        self.update_all("UPDATE items SET favourite = :value WHERE id = :id", ids, favourite)
    }

    /// [`Library::delete`] for many, as [`Library::set_favourites`] does it.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn delete_all(&self, ids: &[ItemId]) -> Result<u64, LibraryError> {
        let now = self.now();
        self.update_all("UPDATE items SET trashed_ms = coalesce(trashed_ms, :value) WHERE id = :id", ids, now)
    }

    /// [`Library::undo_delete`] for many, as [`Library::set_favourites`] does it.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn undo_delete_all(&self, ids: &[ItemId]) -> Result<u64, LibraryError> {
        self.update_all(RESTORE, ids, None::<i64>)
    }

    fn update(&self, sql: &str, id: ItemId, value: impl rusqlite::ToSql) -> Result<(), LibraryError> {
        if self.update_all(sql, &[id], value)? == 0 { Err(LibraryError::NotFound) } else { Ok(()) }
    }

    fn update_all(
        &self,
        sql: &str,
        ids: &[ItemId],
        value: impl rusqlite::ToSql,
    ) -> Result<u64, LibraryError> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(sql)?;
            let mut changed = 0;
            for id in ids {
                changed += statement.execute(named_params! { ":id": id, ":value": value })? as u64;
            }
            Ok(changed)
        })
    }

    /// Removes items for good: rows, search words, pictures, thumbnails. Ids that are not there are
    /// passed over. Returns how many were removed.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`]; when removing stops half-way, what was removed stays removed and the
    /// call can be repeated.
    pub fn purge(&self, ids: &[ItemId]) -> Result<u64, LibraryError> {
        let mut removed = 0;
        for batch in ids.chunks(BATCH) {
            let files = self.write(|transaction| {
                let mut select = transaction.prepare_cached("SELECT blob, thumb FROM items WHERE id = ?1")?;
                let mut delete = transaction.prepare_cached("DELETE FROM items WHERE id = ?1")?;
                let mut files: Vec<(String, String)> = Vec::new();
                for id in batch {
                    files.extend(select.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?);
                    delete.execute([id])?;
                }
                Ok(files)
            })?;
            for (blob, thumb) in &files {
                self.inner.blobs.remove(blob)?;
                self.inner.blobs.remove(thumb)?;
                removed += 1;
            }
        }
        // The rows would otherwise stay in the write-ahead log until it is next emptied.
        self.checkpoint()?;
        Ok(removed)
    }

    /// Purges what was put into the trash before `before_ms` (UTC milliseconds); `i64::MAX` empties it.
    ///
    /// # Errors
    /// As [`Library::purge`].
    pub fn empty_trash(&self, before_ms: i64) -> Result<u64, LibraryError> {
        let ids = self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id FROM items WHERE trashed_ms < ?1 ORDER BY n")?;
            let ids =
                statement.query_map([before_ms], |row| row.get(0))?.collect::<Result<Vec<ItemId>, _>>()?;
            Ok(ids)
        })?;
        self.purge(&ids)
    }
}

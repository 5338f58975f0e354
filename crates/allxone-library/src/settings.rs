//! Small values that belong to this library, by name.

use rusqlite::OptionalExtension;

use crate::{Library, LibraryError};

impl Library {
    /// A setting's value.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, LibraryError> {
        self.read(|connection| {
            let sql = "SELECT value FROM settings WHERE key = ?1";
            Ok(connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?)
        })
    }

    /// Sets a setting, or removes it with `None`.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`].
    pub fn set_setting(&self, key: &str, value: Option<&str>) -> Result<(), LibraryError> {
        self.write(|transaction| {
            match value {
                Some(value) => transaction
                    .prepare_cached(
                        "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    )?
                    .execute([key, value])?,
                None => transaction.prepare_cached("DELETE FROM settings WHERE key = ?1")?.execute([key])?,
            };
            Ok(())
        })
    }
}

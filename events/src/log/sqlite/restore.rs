//! Writing events that are known already into a new file, as they were.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{ConnectOptions as _, Connection as _};

use super::reader::SqliteReader;
use super::writer::SqliteWriter;
use super::{OpenError, READERS, SqliteOptions, migrate, pool::ReadPool};
use crate::envelope::SealedEvent;
use crate::id::{BranchId, CommandId};
use crate::log::lock::WriterLock;
use crate::log::store::{StoreReader, StoreWriter as _};
use crate::log::{Appended, BoxError, Branch};
use rusqlite::OpenFlags;

/// A new log that is filled with the events of another one.
///
/// Nothing is decided anew: places, times, keys and ciphertexts stay. What it gives must be checked afterwards, as by
/// [`crate::ledger::Ledger::verify`].
pub struct Restoring {
    writer: SqliteWriter,
    outcomes: HashMap<CommandId, Appended>,
}

fn failed(error: BoxError) -> OpenError {
    OpenError::Store(error.to_string(), error)
}

impl Restoring {
    /// Begins a log in a file that must not be there yet.
    ///
    /// # Errors
    /// When it is there, or cannot be made.
    pub async fn begin(options: &SqliteOptions) -> Result<Self, OpenError> {
        if options.path.exists() {
            return Err(failed("there is a log already".into()));
        }
        let lock = WriterLock::take(&options.path.with_extension("lock"))?;
        let mut connection = options.connect().create_if_missing(true).connect().await?;
        migrate::migrate(&mut connection).await?;
        connection.close().await?;
        let reading = options.clone();
        let pool = ReadPool::new(READERS, move || reading.direct(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
        let reader: Arc<dyn StoreReader> = Arc::new(SqliteReader::new(pool));
        let writer = SqliteWriter::new(options.writing()?, vec![], lock, reader);
        Ok(Self { writer, outcomes: HashMap::new() })
    }

    /// Adds events of one branch, in order; an append that is cut by the end of a page goes on in the next.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn add(&mut self, branch: BranchId, events: &[SealedEvent]) -> Result<(), OpenError> {
        for event in events {
            let h = &event.header;
            let first = Appended { branch, first: h.position, count: 0, repeated: false };
            self.outcomes.entry(h.command_id).or_insert(first).count += 1;
        }
        self.writer.begin().await.map_err(failed)?;
        self.writer.write(events, &[], &[]).await.map_err(failed)?;
        self.writer.commit().await.map_err(failed)
    }

    /// Names the branches and what each command came to, and closes the file.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn finish(mut self, branches: &[Branch]) -> Result<(), OpenError> {
        let outcomes: Vec<(CommandId, Appended)> = self.outcomes.drain().collect();
        self.writer.begin().await.map_err(failed)?;
        self.writer.write(&[], &outcomes, branches).await.map_err(failed)?;
        self.writer.commit().await.map_err(failed)?;
        self.writer.close().await.map_err(failed)
    }
}

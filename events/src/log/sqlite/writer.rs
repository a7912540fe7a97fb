//! The one writing connection.
//!
//! It is used through rusqlite, in the writer's own thread: each statement is a function call. Through sqlx each is a
//! message to another thread and back, which for one writer costs more than the disk.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};
use sqlx::SqliteConnection;

use super::row_id;
use crate::codec;
use crate::envelope::SealedEvent;
use crate::id::{BranchId, CommandId, Position, Version};
use crate::log::lock::WriterLock;
use crate::log::store::{StoreReader, StoreWriter, Stretch};
use crate::log::{Appended, BoxError, Branch};
use crate::stream::StreamId;

const PUT_BRANCH: &str = "INSERT OR REPLACE INTO branches \
    (id, name, parent, fork, fork_leaf, head, head_leaf, recorded_at, open) VALUES (?,?,?,?,?,?,?,?,?)";

pub(super) struct SqliteWriter {
    connection: Option<Connection>,
    reader: Arc<dyn StoreReader>,
    /// Nobody else writes, so what was committed last is what is.
    branches: HashMap<BranchId, Branch>,
    staged: Vec<Branch>,
    /// Given up when the log is closed, so that whoever was told so can open it at once.
    lock: Option<WriterLock>,
}

impl SqliteWriter {
    pub(super) fn new(
        connection: Connection,
        branches: Vec<Branch>,
        lock: WriterLock,
        reader: Arc<dyn StoreReader>,
    ) -> Self {
        Self {
            connection: Some(connection),
            reader,
            branches: branches.into_iter().map(|b| (b.id, b)).collect(),
            staged: vec![],
            lock: Some(lock),
        }
    }

    fn connection(&self) -> Result<&Connection, BoxError> {
        self.connection.as_ref().ok_or_else(|| "the log is closed".into())
    }

    fn run(&self, statement: &str) -> Result<(), BoxError> {
        self.connection()?.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}

pub(super) async fn put_branch(connection: &mut SqliteConnection, b: &Branch) -> Result<(), sqlx::Error> {
    sqlx::query(PUT_BRANCH)
        .bind(b.id.0)
        .bind(&b.name)
        .bind(b.parent.map(|p| p.0))
        .bind(b.fork.0 as i64)
        .bind(&b.fork_leaf[..])
        .bind(b.head.0 as i64)
        .bind(&b.head_leaf[..])
        .bind(b.recorded_at.0)
        .bind(b.open)
        .execute(connection)
        .await?;
    Ok(())
}

#[async_trait]
impl StoreWriter for SqliteWriter {
    async fn begin(&mut self) -> Result<Vec<Branch>, BoxError> {
        self.run("BEGIN IMMEDIATE")?;
        self.staged.clear();
        let mut branches: Vec<Branch> = self.branches.values().cloned().collect();
        branches.sort_by_key(|b| b.id);
        Ok(branches)
    }

    async fn outcomes(&mut self, commands: &[CommandId]) -> Result<Vec<(CommandId, Appended)>, BoxError> {
        let sql = "SELECT branch, first, count FROM outcomes WHERE command_id = ?";
        let mut query = self.connection()?.prepare_cached(sql)?;
        let mut found = Vec::new();
        for command in commands {
            let appended = query.query_row([command.as_bytes()], outcome).optional()?;
            found.extend(appended.map(|a| (*command, a)));
        }
        Ok(found)
    }

    async fn version(&mut self, stretches: &[Stretch], stream: StreamId) -> Result<Version, BoxError> {
        let sql = "SELECT max(version) FROM events WHERE stream = ? AND id >> 40 = ? AND id > ? AND id <= ?";
        let mut query = self.connection()?.prepare_cached(sql)?;
        for s in stretches.iter().rev() {
            let (after, through) = (row_id(s.branch, s.after), row_id(s.branch, s.through));
            let place = params![stream.to_string(), s.branch.0, after, through];
            if let Some(version) = query.query_row(place, |row| row.get::<_, Option<i64>>(0))? {
                return Ok(Version(version.unsigned_abs()));
            }
        }
        Ok(Version(0))
    }

    async fn write(
        &mut self,
        events: &[SealedEvent],
        outcomes: &[(CommandId, Appended)],
        branches: &[Branch],
    ) -> Result<(), BoxError> {
        let connection = self.connection()?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO events (id, stream, version, event_id, recorded_at, header, body) VALUES (?,?,?,?,?,?,?)",
        )?;
        for e in events {
            let h = &e.header;
            insert.execute(params![
                row_id(h.branch, h.position),
                h.stream.to_string(),
                h.version.0 as i64,
                h.event_id.as_bytes(),
                h.recorded_at.0,
                codec::encode_header(h),
                e.body,
            ])?;
        }
        let mut remember =
            connection.prepare_cached("INSERT INTO outcomes (command_id, branch, first, count) VALUES (?,?,?,?)")?;
        for (command, o) in outcomes {
            remember.execute(params![command.as_bytes(), o.branch.0, o.first.0 as i64, o.count])?;
        }
        let mut put = connection.prepare_cached(PUT_BRANCH)?;
        for b in branches {
            put.execute(params![
                b.id.0,
                b.name,
                b.parent.map(|p| p.0),
                b.fork.0 as i64,
                b.fork_leaf,
                b.head.0 as i64,
                b.head_leaf,
                b.recorded_at.0,
                b.open,
            ])?;
        }
        drop((insert, remember, put));
        self.staged.extend(branches.iter().cloned());
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), BoxError> {
        self.run("COMMIT")?;
        self.branches.extend(self.staged.drain(..).map(|b| (b.id, b)));
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), BoxError> {
        self.staged.clear();
        // SQLite ends the transaction by itself after some errors; then there is nothing to roll back.
        if !self.connection()?.is_autocommit() {
            self.run("ROLLBACK")?;
        }
        self.branches = self.reader.branches().await?.into_iter().map(|b| (b.id, b)).collect();
        Ok(())
    }

    fn is_disk_full(&self, error: &BoxError) -> bool {
        error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code)
            == Some(rusqlite::ErrorCode::DiskFull)
    }

    async fn close(&mut self) -> Result<(), BoxError> {
        self.reader.close().await;
        let closed = match self.connection.take() {
            Some(connection) => connection.close().map_err(|(_, error)| error),
            None => Ok(()),
        };
        self.lock = None;
        Ok(closed?)
    }
}

/// An outcome in the columns branch, first, count.
pub(super) fn outcome(row: &rusqlite::Row<'_>) -> rusqlite::Result<Appended> {
    Ok(Appended {
        branch: BranchId(row.get(0)?),
        first: Position(row.get::<_, i64>(1)?.unsigned_abs()),
        count: row.get(2)?,
        repeated: false,
    })
}

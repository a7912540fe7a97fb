//! The one writing connection.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Connection as _, Row as _, Sqlite, SqliteConnection};

use super::row_id;
use crate::codec;
use crate::envelope::SealedEvent;
use crate::id::{BranchId, CommandId, Position, Version};
use crate::log::lock::WriterLock;
use crate::log::store::{StoreReader, StoreWriter, Stretch};
use crate::log::{Appended, BoxError, Branch};
use crate::stream::StreamId;

/// Rows per statement. A few fixed sizes keep the prepared statements few.
const CHUNKS: [usize; 3] = [64, 8, 1];

pub(super) struct SqliteWriter {
    connection: Option<SqliteConnection>,
    reader: Arc<dyn StoreReader>,
    /// Nobody else writes, so what was committed last is what is.
    branches: HashMap<BranchId, Branch>,
    staged: Vec<Branch>,
    inserts: [String; 3],
    outcomes: [String; 3],
    in_transaction: bool,
    /// Given up when the log is closed, so that whoever was told so can open it at once.
    lock: Option<WriterLock>,
}

fn values(row: &str, rows: usize) -> String {
    vec![row; rows].join(",")
}

impl SqliteWriter {
    pub(super) fn new(
        connection: SqliteConnection,
        branches: Vec<Branch>,
        lock: WriterLock,
        reader: Arc<dyn StoreReader>,
    ) -> Self {
        let events = |n| {
            let rows = values("(?,?,?,?,?,?,?)", n);
            format!("INSERT INTO events (id, stream, version, event_id, recorded_at, header, body) VALUES {rows}")
        };
        let outcomes =
            |n| format!("INSERT INTO outcomes (command_id, branch, first, count) VALUES {}", values("(?,?,?,?)", n));
        Self {
            connection: Some(connection),
            reader,
            branches: branches.into_iter().map(|b| (b.id, b)).collect(),
            staged: vec![],
            inserts: CHUNKS.map(events),
            outcomes: CHUNKS.map(outcomes),
            in_transaction: false,
            lock: Some(lock),
        }
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, BoxError> {
        self.connection.as_mut().ok_or_else(|| "the log is closed".into())
    }
}

pub(super) async fn put_branch(connection: &mut SqliteConnection, b: &Branch) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT OR REPLACE INTO branches (id, name, parent, fork, fork_leaf, head, head_leaf, recorded_at, open) VALUES (?,?,?,?,?,?,?,?,?)")
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

/// Splits into the fixed chunk sizes, largest first.
fn chunked<'a, T>(mut items: &'a [T], mut each: impl FnMut(usize, &'a [T])) {
    for (size_at, size) in CHUNKS.iter().enumerate() {
        while items.len() >= *size {
            let (chunk, rest) = items.split_at(*size);
            each(size_at, chunk);
            items = rest;
        }
    }
}

#[async_trait]
impl StoreWriter for SqliteWriter {
    async fn begin(&mut self) -> Result<Vec<Branch>, BoxError> {
        sqlx::query("BEGIN IMMEDIATE").execute(self.connection()?).await?;
        self.in_transaction = true;
        self.staged.clear();
        let mut branches: Vec<Branch> = self.branches.values().cloned().collect();
        branches.sort_by_key(|b| b.id);
        Ok(branches)
    }

    async fn outcomes(&mut self, commands: &[CommandId]) -> Result<Vec<(CommandId, Appended)>, BoxError> {
        let mut found = Vec::new();
        for chunk in commands.chunks(64) {
            // Padding with the first id keeps this one prepared statement for any number of commands.
            let size = if chunk.len() == 1 { 1 } else { 64 };
            let sql = if size == 1 { OUTCOMES_1 } else { OUTCOMES_64 };
            let mut query = sqlx::query(sql);
            for n in 0..size {
                query = query.bind(&chunk.get(n).unwrap_or(&chunk[0]).as_bytes()[..]);
            }
            for row in query.fetch_all(self.connection()?).await? {
                let id = uuid::Uuid::from_slice(row.try_get(0)?)?;
                found.push((CommandId(id), outcome(&row, 1)?));
            }
        }
        Ok(found)
    }

    async fn version(&mut self, stretches: &[Stretch], stream: StreamId) -> Result<Version, BoxError> {
        for s in stretches.iter().rev() {
            let row = sqlx::query(
                "SELECT max(version) FROM events WHERE stream = ? AND id >> 40 = ? AND id > ? AND id <= ?",
            )
            .bind(stream.to_string())
            .bind(s.branch.0)
            .bind(row_id(s.branch, s.after))
            .bind(row_id(s.branch, s.through))
            .fetch_one(self.connection()?)
            .await?;
            if let Some(version) = row.try_get::<Option<i64>, _>(0)? {
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
        let connection = self.connection.as_mut().ok_or("the log is closed")?;
        let mut queries: Vec<Query<'_, Sqlite, SqliteArguments<'_>>> = Vec::new();
        chunked(events, |size, chunk| {
            let mut query = sqlx::query(&self.inserts[size]);
            for e in chunk {
                let h = &e.header;
                query = query
                    .bind(row_id(h.branch, h.position))
                    .bind(h.stream.to_string())
                    .bind(h.version.0 as i64)
                    .bind(&h.event_id.as_bytes()[..])
                    .bind(h.recorded_at.0)
                    .bind(codec::encode_header(h))
                    .bind(&e.body[..]);
            }
            queries.push(query);
        });
        chunked(outcomes, |size, chunk| {
            let mut query = sqlx::query(&self.outcomes[size]);
            for (command, o) in chunk {
                query = query.bind(&command.as_bytes()[..]).bind(o.branch.0).bind(o.first.0 as i64).bind(o.count);
            }
            queries.push(query);
        });
        for query in queries {
            query.execute(&mut *connection).await?;
        }
        for branch in branches {
            put_branch(connection, branch).await?;
            self.staged.push(branch.clone());
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), BoxError> {
        sqlx::query("COMMIT").execute(self.connection()?).await?;
        self.in_transaction = false;
        self.branches.extend(self.staged.drain(..).map(|b| (b.id, b)));
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), BoxError> {
        self.staged.clear();
        if !std::mem::take(&mut self.in_transaction) {
            return Ok(());
        }
        // SQLite ends the transaction by itself after some errors; then there is nothing to roll back.
        let undone = sqlx::query("ROLLBACK").execute(self.connection()?).await;
        if let Err(error) = undone {
            let nothing_open = error.to_string().contains("no transaction is active");
            if !nothing_open {
                return Err(error.into());
            }
        }
        self.branches = self.reader.branches().await?.into_iter().map(|b| (b.id, b)).collect();
        Ok(())
    }

    fn is_disk_full(&self, error: &BoxError) -> bool {
        let Some(sqlx::Error::Database(e)) = error.downcast_ref::<sqlx::Error>() else { return false };
        e.code().as_deref() == Some("13") // SQLITE_FULL
    }

    async fn close(&mut self) -> Result<(), BoxError> {
        self.reader.close().await;
        let closed = match self.connection.take() {
            Some(connection) => connection.close().await,
            None => Ok(()),
        };
        self.lock = None;
        Ok(closed?)
    }
}

const OUTCOMES_1: &str = "SELECT command_id, branch, first, count FROM outcomes WHERE command_id = ?";
const OUTCOMES_64: &str = "SELECT command_id, branch, first, count FROM outcomes WHERE command_id IN (\
    ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,\
    ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

/// An outcome in the columns branch, first, count from `at` on.
pub(super) fn outcome(row: &sqlx::sqlite::SqliteRow, at: usize) -> Result<Appended, sqlx::Error> {
    Ok(Appended {
        branch: BranchId(row.try_get(at)?),
        first: Position(row.try_get::<i64, _>(at + 1)?.unsigned_abs()),
        count: row.try_get(at + 2)?,
        repeated: false,
    })
}

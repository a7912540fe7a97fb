//! The reading side of the file.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Params, params};

use super::pool::ReadPool;
use super::writer::outcome;
use super::{branch, clamp, place, row_id};
use crate::id::{BranchId, CommandId, EventId, Position, Version};
use crate::log::store::{Row, StoreReader, Stretch};
use crate::log::{Appended, BoxError, Branch};
use crate::stream::StreamId;
use crate::time::Timestamp;

/// The most rows that are fetched without going to another thread.
const FEW: usize = 64;

pub(super) struct SqliteReader {
    pool: ReadPool,
}

impl SqliteReader {
    pub(super) fn new(pool: ReadPool) -> Self {
        Self { pool }
    }

    /// Asks for at most this many rows.
    async fn ask(
        &self,
        most: usize,
        ask: impl FnOnce(&Connection) -> Result<Vec<Row>, BoxError> + Send + 'static,
    ) -> Result<Vec<Row>, BoxError> {
        if most <= FEW { self.pool.short(ask).await } else { self.pool.long(ask).await }
    }
}

fn rows(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<Row>, BoxError> {
    let mut query = connection.prepare_cached(sql)?;
    let mut found = query.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let (branch, position) = place(row.get(0)?);
        let (header, body) = (row.get_ref(1)?.as_blob()?.to_vec(), row.get_ref(2)?.as_blob()?.to_vec());
        rows.push(Row { branch, position, header, body });
    }
    Ok(rows)
}

#[async_trait]
impl StoreReader for SqliteReader {
    async fn rows(&self, s: Stretch, limit: u32) -> Result<Vec<Row>, BoxError> {
        let sql = "SELECT id, header, body FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?";
        let (after, through) = (row_id(s.branch, s.after), row_id(s.branch, s.through));
        self.ask(limit as usize, move |c| rows(c, sql, params![after, through, clamp(limit)])).await
    }

    async fn stream_rows(
        &self,
        s: Stretch,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Row>, BoxError> {
        let sql = "SELECT id, header, body FROM events \
                   WHERE stream = ? AND id >> 40 = ? AND version > ? AND id > ? AND id <= ? ORDER BY version LIMIT ?";
        let version = i64::try_from(after.0)?;
        self.ask(limit as usize, move |c| {
            let (after, through) = (row_id(s.branch, s.after), row_id(s.branch, s.through));
            rows(c, sql, params![stream.to_string(), s.branch.0, version, after, through, clamp(limit)])
        })
        .await
    }

    async fn rows_at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Row>, BoxError> {
        let ids: Vec<i64> = positions.iter().map(|p| row_id(branch, *p)).collect();
        self.ask(ids.len(), move |c| {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(rows(c, "SELECT id, header, body FROM events WHERE id = ?", [id])?);
            }
            Ok(found)
        })
        .await
    }

    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, BoxError> {
        self.pool
            .short(|c| {
                let mut query = c.prepare_cached("SELECT id FROM events WHERE event_id = ?")?;
                Ok(query.query_row([event.as_bytes()], |row| Ok(place(row.get(0)?))).optional()?)
            })
            .await
    }

    async fn position_at(&self, s: Stretch, time: Timestamp) -> Result<Option<Position>, BoxError> {
        self.pool.short(|c| position_at(c, s, time)).await
    }

    async fn outcome(&self, command: CommandId) -> Result<Option<Appended>, BoxError> {
        self.pool
            .short(|c| {
                let mut query = c.prepare_cached("SELECT branch, first, count FROM outcomes WHERE command_id = ?")?;
                Ok(query.query_row([command.as_bytes()], outcome).optional()?)
            })
            .await
    }

    async fn branches(&self) -> Result<Vec<Branch>, BoxError> {
        self.pool.short(load_branches).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

pub(super) fn load_branches(connection: &Connection) -> Result<Vec<Branch>, BoxError> {
    let sql =
        "SELECT id, name, parent, fork, fork_leaf, head, head_leaf, recorded_at, open FROM branches ORDER BY id";
    let mut query = connection.prepare_cached(sql)?;
    let found = query.query_map([], branch)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn position_at(connection: &Connection, s: Stretch, time: Timestamp) -> Result<Option<Position>, BoxError> {
    let first = row_id(s.branch, s.after);
    let mut query = connection.prepare_cached("SELECT max(id) FROM events WHERE id > ? AND id <= ?")?;
    let last: Option<i64> = query.query_row([first, row_id(s.branch, s.through)], |row| row.get(0))?;
    let Some(last) = last else { return Ok(None) };
    let mut query = connection.prepare_cached("SELECT recorded_at FROM events WHERE id = ?")?;
    // Positions have no gaps and recorded_at never decreases, so halving finds the place.
    let (mut low, mut high) = (first, last);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let at: i64 = query.query_row([middle], |row| row.get(0))?;
        if at <= time.0 {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    let (_, position) = place(low);
    Ok((position > s.after).then_some(position))
}

//! The read-only connections.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqlitePool};

use super::writer::outcome;
use super::{branch, clamp, place, row_id};
use crate::id::{BranchId, CommandId, EventId, Position, Version};
use crate::log::store::{Row, StoreReader, Stretch};
use crate::log::{Appended, BoxError, Branch};
use crate::stream::StreamId;
use crate::time::Timestamp;

pub(super) struct SqliteReader {
    pool: SqlitePool,
}

impl SqliteReader {
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool }
    }
}

fn row(row: &SqliteRow) -> Result<Row, BoxError> {
    let (branch, position) = place(row.try_get(0)?);
    Ok(Row { branch, position, header: row.try_get(1)?, body: row.try_get(2)? })
}

fn rows(found: &[SqliteRow]) -> Result<Vec<Row>, BoxError> {
    found.iter().map(row).collect()
}

#[async_trait]
impl StoreReader for SqliteReader {
    async fn rows(&self, s: Stretch, limit: u32) -> Result<Vec<Row>, BoxError> {
        let sql = "SELECT id, header, body FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?";
        let query = sqlx::query(sql).bind(row_id(s.branch, s.after)).bind(row_id(s.branch, s.through));
        rows(&query.bind(clamp(limit)).fetch_all(&self.pool).await?)
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
        let query = sqlx::query(sql)
            .bind(stream.to_string())
            .bind(s.branch.0)
            .bind(i64::try_from(after.0)?)
            .bind(row_id(s.branch, s.after))
            .bind(row_id(s.branch, s.through));
        rows(&query.bind(clamp(limit)).fetch_all(&self.pool).await?)
    }

    async fn rows_at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Row>, BoxError> {
        // The list travels as JSON: one prepared statement for any number of positions.
        let ids: Vec<i64> = positions.iter().map(|p| row_id(branch, *p)).collect();
        let ids = serde_json::to_string(&ids)?;
        let sql = "SELECT id, header, body FROM events WHERE id IN (SELECT value FROM json_each(?))";
        rows(&sqlx::query(sql).bind(ids).fetch_all(&self.pool).await?)
    }

    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, BoxError> {
        let sql = "SELECT id FROM events WHERE event_id = ?";
        let found = sqlx::query(sql).bind(&event.as_bytes()[..]).fetch_optional(&self.pool).await?;
        found.map(|row| Ok(place(row.try_get(0)?))).transpose()
    }

    async fn position_at(&self, s: Stretch, time: Timestamp) -> Result<Option<Position>, BoxError> {
        let last = sqlx::query("SELECT max(id) FROM events WHERE id > ? AND id <= ?")
            .bind(row_id(s.branch, s.after))
            .bind(row_id(s.branch, s.through))
            .fetch_one(&self.pool)
            .await?
            .try_get::<Option<i64>, _>(0)?;
        let Some(last) = last else { return Ok(None) };
        // Positions have no gaps and recorded_at never decreases, so halving finds the place.
        let (mut low, mut high) = (row_id(s.branch, s.after), last);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let sql = "SELECT recorded_at FROM events WHERE id = ?";
            let at: i64 = sqlx::query(sql).bind(middle).fetch_one(&self.pool).await?.try_get(0)?;
            if at <= time.0 {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        let (_, position) = place(low);
        Ok((position > s.after).then_some(position))
    }

    async fn outcome(&self, command: CommandId) -> Result<Option<Appended>, BoxError> {
        let sql = "SELECT branch, first, count FROM outcomes WHERE command_id = ?";
        let found = sqlx::query(sql).bind(&command.as_bytes()[..]).fetch_optional(&self.pool).await?;
        found.map(|row| Ok(outcome(&row, 0)?)).transpose()
    }

    async fn branches(&self) -> Result<Vec<Branch>, BoxError> {
        let sql =
            "SELECT id, name, parent, fork, fork_leaf, head, head_leaf, recorded_at, open FROM branches ORDER BY id";
        let found = sqlx::query(sql).fetch_all(&self.pool).await?;
        found.iter().map(|row| Ok(branch(row)?)).collect()
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

//! The reading connections.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row as _};

use super::writer::{number, place};
use super::{BRANCHES, aggregate_id, branch};
use crate::id::{BranchId, CommandId, EventId, Position, Version};
use crate::log::store::{Row, StoreReader, Stretch};
use crate::log::{Appended, BoxError, Branch, MAX_READ};
use crate::stream::StreamId;
use crate::time::Timestamp;

pub(super) struct PgReader {
    pool: PgPool,
}

impl PgReader {
    pub(super) fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

const ROW: &str = "SELECT branch, position, header, payload->>'sealed' FROM events";

fn row(row: &PgRow) -> Result<Row, BoxError> {
    Ok(Row {
        branch: BranchId(u32::try_from(row.try_get::<i64, _>(0)?)?),
        position: Position(row.try_get::<i64, _>(1)?.unsigned_abs()),
        header: row.try_get(2)?,
        body: STANDARD.decode(row.try_get::<&str, _>(3)?)?,
    })
}

fn rows(found: &[PgRow]) -> Result<Vec<Row>, BoxError> {
    found.iter().map(row).collect()
}

/// An outcome in the columns branch, first, count from `at` on.
pub(super) fn outcome(row: &PgRow, at: usize) -> Result<Appended, BoxError> {
    Ok(Appended {
        branch: BranchId(u32::try_from(row.try_get::<i64, _>(at)?)?),
        first: Position(row.try_get::<i64, _>(at + 1)?.unsigned_abs()),
        count: u32::try_from(row.try_get::<i64, _>(at + 2)?)?,
        repeated: false,
    })
}

#[async_trait]
impl StoreReader for PgReader {
    async fn rows(&self, s: Stretch, limit: u32) -> Result<Vec<Row>, BoxError> {
        let sql = format!("{ROW} WHERE branch = $1 AND position > $2 AND position <= $3 ORDER BY position LIMIT $4");
        let query = sqlx::query(&sql).bind(number(s.branch)).bind(place(s.after)).bind(place(s.through));
        rows(&query.bind(i64::from(limit.min(MAX_READ))).fetch_all(&self.pool).await?)
    }

    async fn stream_rows(
        &self,
        s: Stretch,
        stream: StreamId,
        after: Version,
        limit: u32,
    ) -> Result<Vec<Row>, BoxError> {
        let sql = format!(
            "{ROW} WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 AND position > $4 \
             AND position <= $5 ORDER BY sequence LIMIT $6"
        );
        let query = sqlx::query(&sql)
            .bind(stream.category.as_str())
            .bind(aggregate_id(stream, s.branch))
            .bind(after.0 as i64)
            .bind(place(s.after))
            .bind(place(s.through));
        rows(&query.bind(i64::from(limit.min(MAX_READ))).fetch_all(&self.pool).await?)
    }

    async fn rows_at(&self, branch: BranchId, positions: &[Position]) -> Result<Vec<Row>, BoxError> {
        let sql = format!("{ROW} WHERE branch = $1 AND position = ANY($2)");
        let places: Vec<i64> = positions.iter().map(|p| place(*p)).collect();
        rows(&sqlx::query(&sql).bind(number(branch)).bind(places).fetch_all(&self.pool).await?)
    }

    async fn find(&self, event: EventId) -> Result<Option<(BranchId, Position)>, BoxError> {
        let sql = "SELECT branch, position FROM events WHERE event_id = $1";
        let found = sqlx::query(sql).bind(&event.as_bytes()[..]).fetch_optional(&self.pool).await?;
        let Some(row) = found else { return Ok(None) };
        let branch = BranchId(u32::try_from(row.try_get::<i64, _>(0)?)?);
        Ok(Some((branch, Position(row.try_get::<i64, _>(1)?.unsigned_abs()))))
    }

    async fn position_at(&self, s: Stretch, time: Timestamp) -> Result<Option<Position>, BoxError> {
        let last =
            sqlx::query("SELECT max(position) FROM events WHERE branch = $1 AND position > $2 AND position <= $3")
                .bind(number(s.branch))
                .bind(place(s.after))
                .bind(place(s.through))
                .fetch_one(&self.pool)
                .await?
                .try_get::<Option<i64>, _>(0)?;
        let Some(last) = last else { return Ok(None) };
        // Positions have no gaps and recorded_at never decreases, so halving finds the place.
        let (mut low, mut high) = (place(s.after), last);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let sql = "SELECT recorded_at FROM events WHERE branch = $1 AND position = $2";
            let row = sqlx::query(sql).bind(number(s.branch)).bind(middle).fetch_one(&self.pool).await?;
            if row.try_get::<i64, _>(0)? <= time.0 {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok((low > place(s.after)).then_some(Position(low.unsigned_abs())))
    }

    async fn outcome(&self, command: CommandId) -> Result<Option<Appended>, BoxError> {
        let sql = "SELECT branch, first, count FROM outcomes WHERE command_id = $1";
        let found = sqlx::query(sql).bind(&command.as_bytes()[..]).fetch_optional(&self.pool).await?;
        found.map(|row| outcome(&row, 0)).transpose()
    }

    async fn branches(&self) -> Result<Vec<Branch>, BoxError> {
        let found = sqlx::query(BRANCHES).fetch_all(&self.pool).await?;
        found.iter().map(branch).collect()
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

//! The writing connection of this process.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _};

use super::{BRANCHES, aggregate_id, branch};
use crate::codec;
use crate::envelope::SealedEvent;
use crate::id::{BranchId, CommandId, Position, Version};
use crate::log::store::{StoreReader, StoreWriter, Stretch};
use crate::log::{Appended, BoxError, Branch};
use crate::stream::StreamId;

pub(super) struct PgWriter {
    options: PgConnectOptions,
    channel: String,
    reader: Arc<dyn StoreReader>,
    /// `None` before the first use, and after the server went away.
    connection: Option<PgConnection>,
}

impl PgWriter {
    pub(super) fn new(options: PgConnectOptions, channel: String, reader: Arc<dyn StoreReader>) -> Self {
        Self { options, channel, reader, connection: None }
    }

    fn connection(&mut self) -> Result<&mut PgConnection, BoxError> {
        self.connection.as_mut().ok_or_else(|| "the connection was lost".into())
    }

    async fn try_begin(&mut self) -> Result<Vec<Branch>, BoxError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self.connection.insert(self.options.connect().await?),
        };
        connection.execute("BEGIN").await?;
        // The lock of one row makes appends of all processes follow each other, until the commit.
        connection.execute("SELECT 1 FROM branches WHERE id = 0 FOR UPDATE").await?;
        let rows = sqlx::query(BRANCHES).fetch_all(&mut *connection).await?;
        rows.iter().map(branch).collect()
    }
}

pub(super) async fn put_branch(connection: &mut PgConnection, b: &Branch) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO branches (id, name, parent, fork, fork_leaf, head, head_leaf, recorded_at, open) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET \
         head = excluded.head, head_leaf = excluded.head_leaf, recorded_at = excluded.recorded_at, open = excluded.open",
    )
    .bind(i64::from(b.id.0))
    .bind(&b.name)
    .bind(b.parent.map(|p| i64::from(p.0)))
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
impl StoreWriter for PgWriter {
    async fn begin(&mut self) -> Result<Vec<Branch>, BoxError> {
        match self.try_begin().await {
            Ok(branches) => Ok(branches),
            // The server may have been restarted since the last append: one fresh connection is tried.
            Err(_) => {
                self.connection = None;
                self.try_begin().await
            }
        }
    }

    async fn outcomes(&mut self, commands: &[CommandId]) -> Result<Vec<(CommandId, Appended)>, BoxError> {
        let ids: Vec<&[u8]> = commands.iter().map(|c| &c.as_bytes()[..]).collect();
        let sql = "SELECT command_id, branch, first, count FROM outcomes WHERE command_id = ANY($1)";
        let rows = sqlx::query(sql).bind(ids).fetch_all(self.connection()?).await?;
        let one = |row| -> Result<_, BoxError> {
            let row: &sqlx::postgres::PgRow = row;
            Ok((CommandId(uuid::Uuid::from_slice(row.try_get(0)?)?), super::reader::outcome(row, 1)?))
        };
        rows.iter().map(one).collect()
    }

    async fn version(&mut self, stretches: &[Stretch], stream: StreamId) -> Result<Version, BoxError> {
        for s in stretches.iter().rev() {
            let row = sqlx::query(
                "SELECT max(sequence) FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 \
                 AND position > $3 AND position <= $4",
            )
            .bind(stream.category.as_str())
            .bind(aggregate_id(stream, s.branch))
            .bind(s.after.0 as i64)
            .bind(s.through.0 as i64)
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
        let channel = self.channel.clone();
        let connection = self.connection()?;
        if !events.is_empty() {
            let text = |f: &dyn Fn(&SealedEvent) -> String| events.iter().map(f).collect::<Vec<String>>();
            let number = |f: &dyn Fn(&SealedEvent) -> i64| events.iter().map(f).collect::<Vec<i64>>();
            let bytes = |f: &dyn Fn(&SealedEvent) -> Vec<u8>| events.iter().map(f).collect::<Vec<Vec<u8>>>();
            sqlx::query(
                "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
                 metadata, branch, position, event_id, recorded_at, header) \
                 SELECT t, i, s, y, v, p::json, '{}'::json, b, n, e, r, h FROM unnest($1::text[], $2::text[], \
                 $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bytea[], \
                 $10::bigint[], $11::bytea[]) AS rows (t, i, s, y, v, p, b, n, e, r, h)",
            )
            .bind(text(&|e| e.header.stream.category.as_str().to_owned()))
            .bind(text(&|e| aggregate_id(e.header.stream, e.header.branch)))
            .bind(number(&|e| e.header.version.0 as i64))
            .bind(text(&|e| e.header.event_type.to_string()))
            .bind(text(&|e| e.header.schema.to_string()))
            .bind(text(&payload))
            .bind(number(&|e| i64::from(e.header.branch.0)))
            .bind(number(&|e| e.header.position.0 as i64))
            .bind(bytes(&|e| e.header.event_id.as_bytes().to_vec()))
            .bind(number(&|e| e.header.recorded_at.0))
            .bind(bytes(&|e| codec::encode_header(&e.header)))
            .execute(&mut *connection)
            .await?;
        }
        if !outcomes.is_empty() {
            let of = |f: &dyn Fn(&Appended) -> i64| outcomes.iter().map(|(_, o)| f(o)).collect::<Vec<i64>>();
            sqlx::query(
                "INSERT INTO outcomes SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bigint[])",
            )
            .bind(outcomes.iter().map(|(c, _)| c.as_bytes().to_vec()).collect::<Vec<_>>())
            .bind(of(&|o| i64::from(o.branch.0)))
            .bind(of(&|o| o.first.0 as i64))
            .bind(of(&|o| i64::from(o.count)))
            .execute(&mut *connection)
            .await?;
        }
        for branch in branches {
            put_branch(connection, branch).await?;
        }
        // Told at the commit, and only then.
        sqlx::query("SELECT pg_notify($1, '')").bind(channel).execute(connection).await?;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), BoxError> {
        let done = self.connection()?.execute("COMMIT").await;
        if done.is_err() {
            self.connection = None;
        }
        done.map(|_| ()).map_err(Into::into)
    }

    async fn rollback(&mut self) -> Result<(), BoxError> {
        // A connection that is gone has rolled back: the server drops what was never committed.
        if let Some(mut connection) = self.connection.take()
            && connection.execute("ROLLBACK").await.is_ok()
        {
            self.connection = Some(connection);
        }
        Ok(())
    }

    fn is_disk_full(&self, error: &BoxError) -> bool {
        let Some(sqlx::Error::Database(e)) = error.downcast_ref::<sqlx::Error>() else { return false };
        e.code().as_deref() == Some("53100")
    }

    async fn close(&mut self) -> Result<(), BoxError> {
        self.reader.close().await;
        if let Some(connection) = self.connection.take() {
            connection.close().await?;
        }
        Ok(())
    }
}

/// The sealed body in the place where postgres-es keeps payloads, with what is needed to open it.
fn payload(event: &SealedEvent) -> String {
    let sealed = STANDARD.encode(&event.body);
    format!("{{\"sealed\":\"{sealed}\",\"key\":\"{}\"}}", event.header.key_id)
}

/// The branch that a stretch belongs to, as stored.
pub(super) fn number(branch: BranchId) -> i64 {
    i64::from(branch.0)
}

/// A position as stored.
pub(super) fn place(position: Position) -> i64 {
    position.0.min(i64::MAX as u64) as i64
}

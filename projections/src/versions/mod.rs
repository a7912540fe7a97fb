//! The one place with SQL: rows that are versions, and how they look from a basis.

mod query;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use events::log::BoxError;
use events::{BranchId, Digest, Position};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, Executor as _, Row as _, SqliteConnection, SqlitePool};
use tokio::sync::Mutex;

pub(crate) use query::{Order, Scan};

use crate::basis::Basis;

/// The kinds of rows of one read model, numbered by the model.
pub(crate) type Kind = i64;

/// A row to be stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewRow {
    pub kind: Kind,
    pub key: Vec<u8>,
    pub position: Position,
    pub parent: Vec<u8>,
    pub sort: i64,
    pub value: Vec<u8>,
}

impl NewRow {
    /// A row of a model; `value` must have a JSON form.
    pub(crate) fn new(
        kind: Kind,
        key: impl AsRef<[u8]>,
        position: Position,
        parent: impl AsRef<[u8]>,
        value: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            kind,
            key: key.as_ref().to_vec(),
            position,
            parent: parent.as_ref().to_vec(),
            sort: position.0 as i64,
            value: serde_json::to_vec(value)?,
        })
    }
}

/// A row as seen from a basis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeenRow<T> {
    pub key: Vec<u8>,
    pub position: Position,
    pub value: T,
}

/// One file of versioned rows.
pub(crate) struct Versions {
    path: PathBuf,
    writer: Mutex<SqliteConnection>,
    readers: SqlitePool,
}

const READERS: u32 = 4;

impl Versions {
    /// Opens or makes a file.
    pub(crate) async fn open(path: &Path) -> Result<Self, BoxError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(64)
            .disable_statement_logging();
        let mut writer = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A read model can be built again, so it need not survive a loss of power to the last row; it must only be
            // consistent then, which NORMAL gives.
            .synchronous(SqliteSynchronous::Normal)
            .pragma("cache_size", "-32768")
            .connect()
            .await?;
        let version: i64 = sqlx::query("PRAGMA user_version").fetch_one(&mut writer).await?.try_get(0)?;
        if version == 0 {
            writer.execute(include_str!("../../../migrations/sqlite/read-0001_versions.sql")).await?;
            writer.execute("PRAGMA user_version = 1").await?;
        }
        let sound: String = sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut writer).await?.try_get(0)?;
        if sound != "ok" {
            return Err(sound.into());
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers })
    }

    /// Where a branch stands; `None` when nothing of it was applied.
    pub(crate) async fn checkpoint(&self, branch: BranchId) -> Result<Option<Position>, BoxError> {
        let sql = "SELECT pos FROM checkpoints WHERE branch = ?";
        let found = sqlx::query(sql).bind(branch.0).fetch_optional(&self.readers).await?;
        found.map(|row| Ok(Position(row.try_get::<i64, _>(0)?.unsigned_abs()))).transpose()
    }

    /// Stores rows and the checkpoint that they lead to, in one transaction.
    pub(crate) async fn store(
        &self,
        branch: BranchId,
        rows: &[NewRow],
        checkpoint: Position,
    ) -> Result<(), BoxError> {
        let mut writer = self.writer.lock().await;
        let mut transaction = writer.begin().await?;
        write::rows(&mut transaction, branch, rows).await?;
        sqlx::query("INSERT OR REPLACE INTO checkpoints (branch, pos) VALUES (?, ?)")
            .bind(branch.0)
            .bind(checkpoint.0 as i64)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The version of a key that holds at a basis.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        basis: &Basis,
        kind: Kind,
        key: impl AsRef<[u8]>,
    ) -> Result<Option<SeenRow<T>>, BoxError> {
        query::get(&self.readers, basis, kind, key.as_ref()).await
    }

    /// The rows under a parent that hold at a basis, each in its version there.
    pub(crate) async fn scan<T: DeserializeOwned>(
        &self,
        basis: &Basis,
        scan: &Scan<'_>,
    ) -> Result<Vec<SeenRow<T>>, BoxError> {
        query::scan(&self.readers, basis, scan).await
    }

    /// Every stored version of a kind, in key order.
    pub(crate) async fn all_values(&self, kind: Kind) -> Result<Vec<(Vec<u8>, Vec<u8>)>, BoxError> {
        let sql = "SELECT key, value FROM versions WHERE kind = ? AND value IS NOT NULL ORDER BY key, branch, pos";
        let found = sqlx::query(sql).bind(kind).fetch_all(&self.readers).await?;
        found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// How many rows under a parent hold at a basis.
    pub(crate) async fn count(&self, basis: &Basis, kind: Kind, parent: &[u8]) -> Result<u64, BoxError> {
        query::count(&self.readers, basis, kind, parent).await
    }

    /// SHA-256 over every version up to a basis, in key order.
    pub(crate) async fn digest(&self, basis: &Basis) -> Result<Digest, BoxError> {
        use futures::TryStreamExt as _;
        let (visible, places) = query::visible("v", &basis.lineage);
        let sql = format!(
            "SELECT kind, key, branch, pos, parent, sort, value FROM versions v WHERE {visible} \
             ORDER BY kind, key, branch, pos"
        );
        let mut found = sqlx::query(&sql);
        for place in places {
            found = found.bind(place);
        }
        let mut rows = found.fetch(&self.readers);
        let mut hasher = Sha256::new();
        while let Some(row) = rows.try_next().await? {
            for column in [0, 2, 3, 5] {
                hasher.update(row.try_get::<i64, _>(column)?.to_be_bytes());
            }
            for column in [1, 4, 6] {
                let bytes: Option<&[u8]> = row.try_get(column)?;
                let bytes = bytes.unwrap_or_default();
                hasher.update((bytes.len() as u64).to_be_bytes());
                hasher.update(bytes);
            }
        }
        Ok(hasher.finalize().into())
    }

    /// Closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        let mut writer = self.writer.lock().await;
        // Folding the write-ahead log into the file on the way out keeps the folder small; failing at it harms nothing.
        let folded = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        if let Err(error) = folded {
            tracing::debug!(%error, path = %self.path.display(), "the write-ahead log was left as it is");
        }
    }
}

//! The one place with SQL: rows that are versions, and how they look from a basis.

mod query;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use events::log::BoxError;
use events::log::sqlite::pool::ReadPool;
use events::{BranchId, Digest, Position};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

pub(crate) use query::{Order, Scan, View};

use crate::basis::Basis;
use crate::store::Listed;

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
    /// `None` ends the row.
    pub value: Option<Vec<u8>>,
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
            value: Some(serde_json::to_vec(value)?),
        })
    }

    /// The end of a row: from here on its key has no value.
    pub(crate) fn end(kind: Kind, key: impl AsRef<[u8]>, position: Position, parent: impl AsRef<[u8]>) -> Self {
        Self {
            kind,
            key: key.as_ref().to_vec(),
            position,
            parent: parent.as_ref().to_vec(),
            sort: position.0 as i64,
            value: None,
        }
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
    writer: Arc<Mutex<Connection>>,
    readers: ReadPool,
}

const READERS: u32 = 4;
/// The most rows that are scanned without going to another thread.
const FEW: u32 = 64;
/// Every step to the format of today, in order; the format number is how many were taken. Add steps, never edit one.
const STEPS: [&str; 2] = [
    include_str!("../../../migrations/sqlite/read-0001_versions.sql"),
    include_str!("../../../migrations/sqlite/read-0002_less_index.sql"),
];

fn connect(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(connection)
}

/// The writing connection of a file that is there, sound and in the format of today.
fn prepared(path: &Path) -> Result<Connection, BoxError> {
    let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    writer.pragma_update(None, "journal_mode", "wal")?;
    // A read model can be built again, so it need not survive a loss of power to the last row; it must only be
    // consistent then, which NORMAL gives.
    writer.pragma_update(None, "synchronous", "normal")?;
    writer.pragma_update(None, "cache_size", -32_768)?;
    writer.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    let taken: i64 = writer.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if taken > STEPS.len() as i64 {
        return Err("a newer version of AICO made it".into());
    }
    for (step, number) in STEPS.iter().zip(1i64..).skip(usize::try_from(taken)?) {
        let transaction = writer.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    let sound: String = writer.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if sound == "ok" { Ok(writer) } else { Err(sound.into()) }
}

impl Versions {
    /// Opens or makes a file.
    pub(crate) async fn open(path: &Path) -> Result<Self, BoxError> {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || {
            let writer = Arc::new(Mutex::new(prepared(&path)?));
            let reading = path.clone();
            let readers = ReadPool::new(READERS, move || connect(&reading, OpenFlags::SQLITE_OPEN_READ_ONLY))?;
            Ok(Self { path, writer, readers })
        })
        .await?
    }

    /// Where a branch stands; `None` when nothing of it was applied.
    pub(crate) async fn checkpoint(&self, branch: BranchId) -> Result<Option<Position>, BoxError> {
        self.readers
            .short(|c| {
                let mut query = c.prepare_cached("SELECT pos FROM checkpoints WHERE branch = ?")?;
                let found: Option<i64> = query.query_row([branch.0], |row| row.get(0)).optional()?;
                Ok(found.map(|pos| Position(pos.unsigned_abs())))
            })
            .await
    }

    /// Stores rows and the checkpoint that they lead to, in one transaction.
    pub(crate) async fn store(
        &self,
        branch: BranchId,
        rows: Vec<NewRow>,
        checkpoint: Position,
    ) -> Result<(), BoxError> {
        let mut writer = self.writer.clone().lock_owned().await;
        tokio::task::spawn_blocking(move || write::store(&mut writer, branch, rows, checkpoint)).await?
    }

    /// One question about a few rows, from a basis.
    pub(crate) async fn look<T>(
        &self,
        basis: &Basis,
        ask: impl FnOnce(&View<'_>) -> Result<T, BoxError> + Send,
    ) -> Result<T, BoxError> {
        self.readers.short(|connection| ask(&View { connection, basis })).await
    }

    /// Any number of questions about any number of rows, from a basis.
    pub(crate) async fn study<T: Send + 'static>(
        &self,
        basis: &Basis,
        ask: impl FnOnce(&View<'_>) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<T, BoxError> {
        let basis = basis.clone();
        self.readers.long(move |connection| ask(&View { connection, basis: &basis })).await
    }

    /// The version of a key that holds at a basis.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        basis: &Basis,
        kind: Kind,
        key: impl AsRef<[u8]> + Send,
    ) -> Result<Option<SeenRow<T>>, BoxError> {
        self.look(basis, |view| view.get(kind, key)).await
    }

    /// The rows under a parent that hold at a basis, each in its version there.
    pub(crate) async fn scan<T: DeserializeOwned + Send + 'static>(
        &self,
        basis: &Basis,
        scan: &Scan<'_>,
    ) -> Result<Vec<SeenRow<T>>, BoxError> {
        if scan.limit <= FEW {
            return self.look(basis, |view| view.scan(scan)).await;
        }
        let (parent, scan) = (scan.parent.to_vec(), Scan { parent: b"", ..*scan });
        self.study(basis, move |view| view.scan(&Scan { parent: &parent, ..scan })).await
    }

    /// Every stored version of a kind, in key order.
    pub(crate) async fn all_values(&self, kind: Kind) -> Result<Vec<(Vec<u8>, Vec<u8>)>, BoxError> {
        let sql = "SELECT key, value FROM versions WHERE kind = ? AND value IS NOT NULL ORDER BY key, branch, pos";
        self.readers
            .long(move |c| {
                let mut query = c.prepare_cached(sql)?;
                let found = query.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(found.collect::<Result<_, _>>()?)
            })
            .await
    }

    /// How many rows under a parent hold at a basis.
    pub(crate) async fn count(&self, basis: &Basis, kind: Kind, parent: &[u8]) -> Result<u64, BoxError> {
        let parent = parent.to_vec();
        self.study(basis, move |view| view.count(kind, &parent)).await
    }

    /// SHA-256 over every version up to a basis, in key order.
    pub(crate) async fn digest(&self, basis: &Basis) -> Result<Digest, BoxError> {
        let (visible, places) = query::visible("v", &basis.lineage);
        let sql = format!(
            "SELECT kind, key, branch, pos, parent, sort, value FROM versions v WHERE {visible} \
             ORDER BY kind, key, branch, pos"
        );
        self.readers
            .long(move |c| {
                let mut query = c.prepare_cached(&sql)?;
                let mut rows = query.query(rusqlite::params_from_iter(places))?;
                let mut hasher = Sha256::new();
                while let Some(row) = rows.next()? {
                    for column in [0, 2, 3, 5] {
                        hasher.update(row.get_ref(column)?.as_i64()?.to_be_bytes());
                    }
                    for column in [1, 4, 6] {
                        let bytes = row.get_ref(column)?.as_blob_or_null()?.unwrap_or_default();
                        hasher.update((bytes.len() as u64).to_be_bytes());
                        hasher.update(bytes);
                    }
                }
                Ok(hasher.finalize().into())
            })
            .await
    }

    /// Every version up to a basis, in the order of the digest.
    pub(crate) async fn listed(&self, basis: &Basis) -> Result<Vec<Listed>, BoxError> {
        let (visible, places) = query::visible("v", &basis.lineage);
        let sql = format!(
            "SELECT kind, key, branch, pos, parent, sort, value FROM versions v WHERE {visible} \
             ORDER BY kind, key, branch, pos"
        );
        self.readers
            .long(move |c| {
                let mut query = c.prepare_cached(&sql)?;
                let mut rows = query.query(rusqlite::params_from_iter(places))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    let (kind, key): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
                    let (branch, position): (i64, i64) = (row.get(2)?, row.get(3)?);
                    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
                    let mut hasher = Sha256::new();
                    hasher.update(row.get_ref(4)?.as_blob()?);
                    hasher.update(row.get::<_, i64>(5)?.to_be_bytes());
                    hasher.update(row.get_ref(6)?.as_blob_or_null()?.unwrap_or_default());
                    let order = [&kind.to_be_bytes()[..], &key, &branch.to_be_bytes(), &position.to_be_bytes()];
                    let label = format!("the row of kind {kind} with key {hex} from position {position}");
                    found.push(Listed { order: order.concat(), label, content: hasher.finalize().into() });
                }
                Ok(found)
            })
            .await
    }

    /// Closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        let writer = self.writer.lock().await;
        // Folding the write-ahead log into the file on the way out keeps the folder small; failing at it harms nothing.
        let folded = writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        if let Err(error) = folded {
            tracing::debug!(%error, path = %self.path.display(), "the write-ahead log was left as it is");
        }
    }
}

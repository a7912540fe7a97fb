//! The log in one SQLite file: one writing connection, read-only readers, write-ahead log, full synchronisation.

mod migrate;
pub mod pool;
mod reader;
mod restore;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection as _, Row as _, SqliteConnection};

pub use restore::Restoring;
pub use sqlx::sqlite::SqliteSynchronous;

use super::handle::Log;
use super::lock::{LockError, WriterLock};
use super::store::{StoreReader, StoreWriter};
use super::{BoxError, Branch, MAX_READ, ReadError};
use crate::code::Code;
use crate::id::{BranchId, Position};
use crate::seal::KeyRing;
use crate::time::{Clock, Entropy, Timestamp};

use pool::ReadPool;
use reader::{SqliteReader, load_branches};
use writer::SqliteWriter;

/// Bits of a row id that hold the position; the branch is above them.
const POSITION_BITS: u32 = 40;
/// Reading connections.
const READERS: u32 = 4;
/// How many of the last events are checked when a log is opened.
const CHECKED_ON_OPEN: u64 = 256;

/// Where and how.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// The database file. Beside it lie `-wal`, `-shm` and `.lock`.
    pub path: PathBuf,
    /// `Full` keeps what was acknowledged through a loss of power. Anything less is for showing that tests notice.
    pub synchronous: SqliteSynchronous,
    /// A registered SQLite VFS, for fault injection.
    pub vfs: Option<String>,
    /// The most database pages, for showing what a full disk does.
    pub max_pages: Option<u32>,
}

impl SqliteOptions {
    /// The settings that production uses.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), synchronous: SqliteSynchronous::Full, vfs: None, max_pages: None }
    }

    fn connect(&self) -> SqliteConnectOptions {
        let mut options = SqliteConnectOptions::new()
            .filename(&self.path)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(64)
            .log_slow_statements(tracing::log::LevelFilter::Off, Duration::ZERO)
            .disable_statement_logging();
        if let Some(vfs) = &self.vfs {
            options = options.vfs(vfs.clone());
        }
        options
    }

    fn direct(&self, access: OpenFlags) -> rusqlite::Result<Connection> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match &self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.path, flags, vfs.as_str())?,
            None => Connection::open_with_flags(&self.path, flags)?,
        };
        connection.busy_timeout(Duration::from_secs(5))?;
        Ok(connection)
    }

    /// The connection that writes from now on. The file is there and in its format.
    fn writing(&self) -> rusqlite::Result<Connection> {
        let connection = self.direct(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let synchronous = match self.synchronous {
            SqliteSynchronous::Off => "off",
            SqliteSynchronous::Normal => "normal",
            SqliteSynchronous::Full => "full",
            SqliteSynchronous::Extra => "extra",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        if let Some(pages) = self.max_pages {
            connection.pragma_update(None, "max_page_count", pages)?;
        }
        Ok(connection)
    }
}

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A newer AICO made it.
    #[error("the database has format {found}; this version of AICO knows up to {known}")]
    TooNew {
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// Its last events are not what was written.
    #[error(transparent)]
    Damaged(#[from] ReadError),
    /// The file cannot be used.
    #[error("the log cannot be opened: {0}")]
    Store(String, #[source] BoxError),
}

impl OpenError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Lock(LockError::Held) => Code::DataDirLocked,
            Self::Lock(LockError::Io(_)) => Code::DataDirUnusable,
            Self::TooNew { .. } => Code::DatabaseTooNew,
            Self::Damaged(e) => e.code(),
            Self::Store(_, e) if let Some(e) = e.downcast_ref::<rusqlite::Error>() => match e.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Code::LogDamaged,
                Some(ErrorCode::DiskFull) => Code::DiskFull,
                _ => Code::LogUnreadable,
            },
            Self::Store(_, e) => match e.downcast_ref::<sqlx::Error>() {
                Some(sqlx::Error::Database(d)) if matches!(d.code().as_deref(), Some("11" | "26")) => {
                    Code::LogDamaged
                }
                Some(sqlx::Error::Database(d)) if d.code().as_deref() == Some("13") => Code::DiskFull,
                _ => Code::LogUnreadable,
            },
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string(), Box::new(error))
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.to_string(), Box::new(error))
    }
}

/// The version of the bundled SQLite library.
///
/// # Errors
/// When it cannot be asked.
pub async fn sqlite_version() -> Result<String, BoxError> {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
    Ok(sqlx::query("SELECT sqlite_version()").fetch_one(&mut connection).await?.try_get(0)?)
}

/// The reading side alone: it takes no lock, so it works beside the process that writes.
///
/// # Errors
/// When the file cannot be read, or another version of AICO made it.
pub fn reader(options: &SqliteOptions) -> Result<Arc<dyn StoreReader>, OpenError> {
    let connection = options.direct(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found != migrate::KNOWN {
        return Err(OpenError::TooNew { found, known: migrate::KNOWN });
    }
    let reading = options.clone();
    let pool = ReadPool::new(READERS, move || reading.direct(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    Ok(Arc::new(SqliteReader::new(pool)))
}

/// The store under a log, made or migrated when needed, for taking an archive in.
///
/// # Errors
/// See [`OpenError`]; above all when another process has the log.
pub async fn store(options: &SqliteOptions) -> Result<(Box<dyn StoreWriter>, Arc<dyn StoreReader>), OpenError> {
    let (writer, reader, _) = open(options).await?;
    Ok((Box::new(writer), reader))
}

async fn open(options: &SqliteOptions) -> Result<(SqliteWriter, Arc<dyn StoreReader>, Vec<Branch>), OpenError> {
    let lock = WriterLock::take(&options.path.with_extension("lock"))?;
    let connect = options
        .connect()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(options.synchronous)
        .pragma("wal_autocheckpoint", "4000");
    let mut connection = connect.connect().await?;
    migrate::migrate(&mut connection).await?;
    connection.close().await?;
    let connection = options.writing()?;
    let branches = load_branches(&connection).map_err(|e| OpenError::Store(e.to_string(), e))?;
    let reading = options.clone();
    let pool = ReadPool::new(READERS, move || reading.direct(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    let reader: Arc<dyn StoreReader> = Arc::new(SqliteReader::new(pool));
    let writer = SqliteWriter::new(connection, branches.clone(), lock, reader.clone());
    Ok((writer, reader, branches))
}

impl Log {
    /// Opens a log in a SQLite file, making or migrating it when needed, and checks its last events.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn sqlite(
        options: &SqliteOptions,
        keys: Arc<dyn KeyRing>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let (writer, reader, branches) = open(options).await?;
        let log = Self::start_on_thread(writer, reader, &branches, keys, clock, entropy);
        for branch in &branches {
            let after = Position(branch.head.0.saturating_sub(CHECKED_ON_OPEN));
            super::verify::verify_tail(&log, branch, after).await?;
        }
        Ok(log)
    }
}

fn branch(row: &rusqlite::Row<'_>) -> rusqlite::Result<Branch> {
    Ok(Branch {
        id: BranchId(row.get(0)?),
        name: row.get(1)?,
        parent: row.get::<_, Option<u32>>(2)?.map(BranchId),
        fork: Position(row.get::<_, i64>(3)?.unsigned_abs()),
        fork_leaf: row.get(4)?,
        head: Position(row.get::<_, i64>(5)?.unsigned_abs()),
        head_leaf: row.get(6)?,
        recorded_at: Timestamp(row.get(7)?),
        open: row.get(8)?,
    })
}

/// The row id of a place. Positions past the end of a branch's range are clamped to it.
fn row_id(branch: BranchId, position: Position) -> i64 {
    let max = (1u64 << POSITION_BITS) - 1;
    (i64::from(branch.0) << POSITION_BITS) | position.0.min(max) as i64
}

fn place(id: i64) -> (BranchId, Position) {
    (BranchId((id >> POSITION_BITS) as u32), Position((id & ((1 << POSITION_BITS) - 1)) as u64))
}

/// The most rows that one statement gives.
fn clamp(limit: u32) -> i64 {
    i64::from(limit.min(MAX_READ))
}

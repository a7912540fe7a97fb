//! The log in PostgreSQL: the same contract, and any number of writing processes.

mod migrate;
mod reader;
mod writer;

use std::str::FromStr as _;
use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions, PgRow};
use sqlx::{ConnectOptions as _, Row as _};

use super::handle::Log;
use super::shared::Shared;
use super::store::{StoreReader, StoreWriter};
use super::{BoxError, Branch};
use crate::code::Code;
use crate::id::{BranchId, Position};
use crate::seal::KeyRing;
use crate::stream::StreamId;
use crate::time::{Clock, Entropy, Timestamp};

use reader::PgReader;
use writer::PgWriter;

/// Reading connections.
const READERS: u32 = 4;
/// How often a reader looks for what a lost notice did not tell it.
const POLL: Duration = Duration::from_secs(1);

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be reached or used.
    #[error("the database cannot be used: {0}")]
    Database(#[from] sqlx::Error),
    /// A newer AICO made it.
    #[error("the database has format {found}; this version of AICO knows up to {known}")]
    TooNew {
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// The name of the schema has characters that a name of ours does not.
    #[error("`{0}` is not the name of a schema")]
    BadSchema(String),
    /// The branches could not be read.
    #[error("the log cannot be read: {0}")]
    Store(BoxError),
}

impl OpenError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::TooNew { .. } => Code::DatabaseTooNew,
            Self::BadSchema(_) => Code::BadRequest,
            Self::Database(_) | Self::Store(_) => Code::LogUnreadable,
        }
    }
}

/// Where a log is, when the name of its schema is one of ours.
fn options(url: &str, schema: &str) -> Result<PgConnectOptions, OpenError> {
    let plain =
        !schema.is_empty() && schema.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !plain {
        return Err(OpenError::BadSchema(schema.to_owned()));
    }
    Ok(PgConnectOptions::from_str(url)?.options([("search_path", schema)]).disable_statement_logging())
}

/// The store under a log, made or migrated when needed, for writing an archive and for taking one in.
///
/// # Errors
/// See [`OpenError`].
pub async fn store(url: &str, schema: &str) -> Result<(Box<dyn StoreWriter>, Arc<dyn StoreReader>), OpenError> {
    let options = options(url, schema)?;
    migrate::migrate(&mut options.connect().await?, schema).await?;
    let pool = PgPoolOptions::new().max_connections(READERS).connect_with(options.clone()).await?;
    let reader: Arc<dyn StoreReader> = Arc::new(PgReader::new(pool));
    Ok((Box::new(PgWriter::new(options, format!("aico_{schema}"), reader.clone())), reader))
}

impl Log {
    /// Opens a log in a schema of a PostgreSQL database, making or migrating it when needed.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn postgres(
        url: &str,
        schema: &str,
        keys: Arc<dyn KeyRing>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let options = options(url, schema)?;
        migrate::migrate(&mut options.connect().await?, schema).await?;
        let pool = PgPoolOptions::new().max_connections(READERS).connect_with(options.clone()).await?;
        let listener = PgListener::connect_with(&pool).await?;
        let reader: Arc<dyn StoreReader> = Arc::new(PgReader::new(pool));
        let branches = reader.branches().await.map_err(OpenError::Store)?;
        let channel = format!("aico_{schema}");
        let writer = PgWriter::new(options, channel.clone(), reader.clone());
        let log = Self::start(writer, reader, &branches, keys, clock, entropy);
        tokio::spawn(listen(listener, channel, log.weak_shared()));
        Ok(log)
    }
}

/// Wakes waiting readers when another process has appended, for as long as somebody holds the log.
async fn listen(mut listener: PgListener, channel: String, shared: Weak<Shared>) {
    let mut listening = listener.listen(&channel).await.is_ok();
    loop {
        if listening {
            // A notice, a broken connection or the poll: each is answered by looking.
            let _any = tokio::time::timeout(POLL, listener.recv()).await;
        } else {
            tokio::time::sleep(POLL).await;
            listening = listener.listen(&channel).await.is_ok();
        }
        let Some(shared) = shared.upgrade() else { return };
        if let Err(error) = shared.refresh().await {
            tracing::debug!(%error, "the heads of the log could not be read; trying again");
        }
    }
}

/// The aggregate id of a stream on a branch.
fn aggregate_id(stream: StreamId, branch: BranchId) -> String {
    if branch == BranchId::MAIN { stream.id.to_string() } else { format!("{}@{branch}", stream.id) }
}

const BRANCHES: &str =
    "SELECT id, name, parent, fork, fork_leaf, head, head_leaf, recorded_at, open FROM branches ORDER BY id";

fn branch(row: &PgRow) -> Result<Branch, BoxError> {
    let leaf = |index: usize| -> Result<[u8; 32], BoxError> { Ok(row.try_get::<&[u8], _>(index)?.try_into()?) };
    let id = |number: i64| -> Result<BranchId, BoxError> { Ok(BranchId(u32::try_from(number)?)) };
    Ok(Branch {
        id: id(row.try_get(0)?)?,
        name: row.try_get(1)?,
        parent: row.try_get::<Option<i64>, _>(2)?.map(id).transpose()?,
        fork: Position(row.try_get::<i64, _>(3)?.unsigned_abs()),
        fork_leaf: leaf(4)?,
        head: Position(row.try_get::<i64, _>(5)?.unsigned_abs()),
        head_leaf: leaf(6)?,
        recorded_at: Timestamp(row.try_get(7)?),
        open: row.try_get(8)?,
    })
}

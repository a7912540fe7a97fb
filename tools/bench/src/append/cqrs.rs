//! cqrs-es over its own stores: a command loads the stream, decides and commits.

use std::error::Error;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore};
use cqrs_es::{Aggregate, AggregateError, CqrsFramework, DomainEvent};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use system_tests::postgres::{Durability, NOT_INSTALLED, TestCluster};

use super::{STREAM, UNIT, WRITERS, body};
use crate::Failure;
use crate::measure::{Done, Plan, rate, tasks};
use crate::report::Report;

/// A notebook that takes lines.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Notebook {
    lines: u64,
}

/// What happens to a notebook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NotebookEvent {
    /// A line was written.
    LineWritten {
        /// Its words.
        text: String,
    },
}

impl DomainEvent for NotebookEvent {
    fn event_type(&self) -> String {
        "LineWritten".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A notebook is full at some length: a decision that needs the state.
#[derive(Debug)]
pub struct Full;

impl std::fmt::Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the notebook is full")
    }
}

impl Error for Full {}

impl Aggregate for Notebook {
    const TYPE: &'static str = "notebook";
    type Command = String;
    type Event = NotebookEvent;
    type Error = Full;
    type Services = ();

    async fn handle(&mut self, text: String, _: &(), sink: &EventSink<Self>) -> Result<(), Full> {
        if self.lines >= STREAM {
            return Err(Full);
        }
        sink.write(NotebookEvent::LineWritten { text }, self).await;
        Ok(())
    }

    fn apply(&mut self, _: NotebookEvent) {
        self.lines += 1;
    }
}

/// Measures the framework over a repository with every number of writers.
pub async fn measure<R, M, F>(plan: &Plan, report: &mut Report, store: &str, make: M) -> Result<(), Failure>
where
    R: PersistedEventRepository + Send + Sync + 'static,
    M: Fn(usize) -> F,
    F: Future<Output = Result<R, Failure>>,
{
    for writers in WRITERS {
        let name = format!("command {store} {writers}");
        if !plan.wants(&name) {
            continue;
        }
        let store = PersistedEventStore::<R, Notebook>::new_event_store(make(writers).await?);
        let framework = Arc::new(CqrsFramework::new(store, vec![], ()));
        // Runs follow one another on one database: the names of streams go on.
        let run = AtomicU64::new(0);
        let rate = rate(plan, |until| write(framework.clone(), writers, run.fetch_add(1, Ordering::Relaxed), until));
        let rate = rate.await?;
        report.rate(&name, UNIT, rate, None);
        report.compare(&name, super::raw::SINGLE);
    }
    Ok(())
}

async fn write<R>(
    framework: Arc<CqrsFramework<Notebook, PersistedEventStore<R, Notebook>>>,
    writers: usize,
    run: u64,
    until: Instant,
) -> Result<Done, Failure>
where
    R: PersistedEventRepository + Send + Sync + 'static,
{
    tasks(writers, until, move |writer, n| {
        let framework = framework.clone();
        async move {
            let stream = format!("{run}-{writer}-{}", n / STREAM);
            match framework.execute(&stream, body(writer, n)).await {
                Ok(()) => Ok(Some(1)),
                // Busy or in conflict: a client tries again. A failed try leaves its stream a line short, no more.
                Err(AggregateError::AggregateConflict | AggregateError::DatabaseConnectionError(_)) => Ok(None),
                Err(AggregateError::UnexpectedError(e)) if e.to_string().contains("locked") => Ok(None),
                Err(e) => Err(e.to_string().into()),
            }
        }
    })
    .await
}

/// The tables of sqlite-es.
const SQLITE_TABLES: &str = "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
    sequence integer CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
    payload text NOT NULL, metadata text NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT";

/// Measures sqlite-es with its pool as it comes (synchronous NORMAL: an acknowledged event can be lost with the
/// power), and with the same pool set to FULL.
pub async fn sqlite(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    let url = |kind: &str, writers: usize| {
        format!("sqlite://{}", folder.join(format!("sqlite-es-{kind}-{writers}.db")).display())
    };
    measure(plan, report, "sqlite-es-full", |writers| {
        let url = url("full", writers);
        async move {
            let options = SqliteConnectOptions::from_str(&url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true);
            let pool = SqlitePoolOptions::new().max_connections(10).connect_with(options).await?;
            sqlx::query(SQLITE_TABLES).execute(&pool).await?;
            Ok(sqlite_es::SqliteEventRepository::new(pool))
        }
    })
    .await?;
    measure(plan, report, "sqlite-es-normal", |writers| {
        let url = url("normal", writers);
        async move {
            let pool = sqlite_es::default_sqlite_pool(&url).await;
            sqlx::query(SQLITE_TABLES).execute(&pool).await?;
            Ok(sqlite_es::SqliteEventRepository::new(pool))
        }
    })
    .await
}

/// The tables of postgres-es.
const POSTGRES_TABLES: &str = "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
    sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
    payload json NOT NULL, metadata json NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence))";

/// Measures postgres-es with its own pool over a server with fsync on.
pub async fn postgres(plan: &Plan, report: &mut Report) -> Result<(), Failure> {
    const STORE: &str = "postgres-es";
    // A list counts as wanting nothing, so no server is started for it.
    if WRITERS.iter().filter(|w| plan.wants(&format!("command {STORE} {w}"))).count() == 0 {
        return Ok(());
    }
    let Some(cluster) = TestCluster::start(Durability::Full).await? else {
        return Err(NOT_INSTALLED.into());
    };
    measure(plan, report, STORE, |writers| {
        let (server, database) = (cluster.url("postgres"), format!("writers_{writers}"));
        let url = cluster.url(&database);
        async move {
            let admin = PgPoolOptions::new().max_connections(1).connect(&server).await?;
            sqlx::query(&format!("CREATE DATABASE {database}")).execute(&admin).await?;
            let pool = postgres_es::default_postgress_pool(&url).await;
            sqlx::query(POSTGRES_TABLES).execute(&pool).await?;
            Ok(postgres_es::PostgresEventRepository::new(pool))
        }
    })
    .await
}

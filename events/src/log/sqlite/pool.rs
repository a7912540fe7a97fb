//! Read-only connections to one SQLite file, called directly.
//!
//! Through sqlx every statement and every few rows are messages to another thread and back, which costs more than
//! the reading. Here a statement is a function call: a short question is asked where one stands, a long one on a thread
//! that may block, one switch for the whole page.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::log::BoxError;

/// Makes another connection.
type Connect = Box<dyn Fn() -> rusqlite::Result<Connection> + Send + Sync>;

/// Prepared statements that a connection remembers.
const STATEMENTS: usize = 64;

/// A few read-only connections. Clones share them.
#[derive(Clone)]
pub struct ReadPool {
    shared: Arc<Shared>,
    free: Arc<Semaphore>,
    size: u32,
}

struct Shared {
    connect: Connect,
    idle: Mutex<Vec<Connection>>,
}

/// A connection that goes back when it is dropped, also when nobody waits for its answer any more.
struct Lease {
    connection: Option<Connection>,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // One that is left within a statement or a transaction is not used again.
        if let Some(connection) = self.connection.take().filter(Connection::is_autocommit) {
            self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl ReadPool {
    /// At most `size` connections, each made when it is first needed; the first at once.
    ///
    /// # Errors
    /// When the first cannot be made.
    pub fn new(
        size: u32,
        connect: impl Fn() -> rusqlite::Result<Connection> + Send + Sync + 'static,
    ) -> rusqlite::Result<Self> {
        let shared = Shared { connect: Box::new(connect), idle: Mutex::default() };
        let first = shared.connect()?;
        shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(first);
        Ok(Self { shared: Arc::new(shared), free: Arc::new(Semaphore::new(size as usize)), size })
    }

    async fn lease(&self) -> Result<Lease, BoxError> {
        let permit = self.free.clone().acquire_owned().await.map_err(|_| "the database is closed")?;
        let idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.shared.connect()?,
        };
        Ok(Lease { connection: Some(connection), shared: self.shared.clone(), _permit: permit })
    }

    /// Asks for a few rows, without leaving the thread: handing the question over costs more than answering it.
    ///
    /// # Errors
    /// What `ask` says, or that the pool was closed.
    pub async fn short<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, BoxError> + Send) -> Result<T, BoxError> {
        let lease = self.lease().await?;
        lease.ask(ask)
    }

    /// Asks for many rows, on a thread that may block.
    ///
    /// # Errors
    /// What `ask` says, or that the pool was closed.
    pub async fn long<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<T, BoxError> {
        let lease = self.lease().await?;
        tokio::task::spawn_blocking(move || lease.ask(ask)).await?
    }

    /// Waits for those who ask, and closes the connections. Closing twice is no error.
    pub async fn close(&self) {
        let Ok(all) = self.free.acquire_many(self.size).await else { return };
        self.free.close();
        drop(all);
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Shared {
    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = (self.connect)()?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    }
}

impl Lease {
    fn ask<T>(self, ask: impl FnOnce(&Connection) -> Result<T, BoxError>) -> Result<T, BoxError> {
        ask(self.connection.as_ref().ok_or("the database is closed")?)
    }
}

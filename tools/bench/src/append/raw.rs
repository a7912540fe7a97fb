//! SQLite itself, through its C interface and one connection: what the disk and the library can do.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};

use super::{UNIT, body};
use crate::Failure;
use crate::measure::{Done, Plan, rate};
use crate::report::Report;

/// Name of the measurement of single commits.
pub const SINGLE: &str = "append raw-sqlite single";
/// Name of the measurement of batches.
pub const BATCH: &str = "append raw-sqlite batch-512";

/// Measures single commits and batches of 512.
pub async fn run(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    for (name, batch) in [(SINGLE, 1u64), (BATCH, 512)] {
        if !plan.wants(name) {
            continue;
        }
        let path = folder.join(format!("raw-{batch}.db"));
        let connection = Connection::open(&path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch("CREATE TABLE events (position INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
        let rate = rate(plan, |until| std::future::ready(write(&connection, batch, until))).await?;
        report.rate(name, UNIT, rate, None);
    }
    Ok(())
}

fn write(connection: &Connection, batch: u64, until: Instant) -> Result<Done, Failure> {
    let mut done = Done::default();
    let mut insert = connection.prepare_cached("INSERT INTO events (body) VALUES (?)")?;
    while Instant::now() < until {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for n in 0..batch {
            insert.execute(params![body(0, done.count + n)])?;
        }
        connection.execute_batch("COMMIT")?;
        done.count += batch;
    }
    Ok(done)
}

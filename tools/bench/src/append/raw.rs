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

/// Name of the measurement of single commits into tables as ours: what sealing, hashing and tasks cost is the rest.
pub const SAME: &str = "append raw-sqlite our-tables";

/// Measures single commits and batches of 512, and single commits into the tables of our log.
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
    if plan.wants(SAME) {
        let connection = Connection::open(folder.join("raw-same.db"))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(include_str!("../../../../migrations/sqlite/0001_log.sql"))?;
        let mut position = 0;
        let rate = rate(plan, |until| std::future::ready(write_same(&connection, &mut position, until))).await?;
        report.rate(SAME, UNIT, rate, None);
        report.compare(SAME, SINGLE);
    }
    Ok(())
}

/// The statements that our log runs for one event, with bytes of the same lengths.
fn write_same(connection: &Connection, position: &mut u64, until: Instant) -> Result<Done, Failure> {
    let mut done = Done::default();
    let mut known = connection.prepare_cached("SELECT branch, first, count FROM outcomes WHERE command_id = ?")?;
    let mut event = connection.prepare_cached("INSERT INTO events VALUES (?,?,?,?,?,?,?)")?;
    let mut outcome = connection.prepare_cached("INSERT INTO outcomes VALUES (?,?,?,?)")?;
    let mut branch = connection.prepare_cached("INSERT OR REPLACE INTO branches VALUES (?,?,?,?,?,?,?,?,?)")?;
    let id = |kind: u64, n: u64| [kind.to_be_bytes(), n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()].concat();
    while Instant::now() < until {
        *position += 1;
        let n = *position;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let _nothing = known.exists(params![id(n, 1)])?;
        let stream = format!("conversation-{:036}", n / 10);
        event.execute(params![n, stream, n % 10, id(n, 2), n, [7u8; 390].as_slice(), [8u8; 420].as_slice()])?;
        outcome.execute(params![id(n, 1), 0, n, 1])?;
        let leaf = [9u8; 32];
        branch.execute(params![0, "main", None::<u32>, 0, leaf.as_slice(), n, leaf.as_slice(), n, true])?;
        connection.execute_batch("COMMIT")?;
        done.count += 1;
    }
    Ok(done)
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

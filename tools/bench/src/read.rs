//! Reading and unsealing the whole log, as a rebuild does.

use std::path::Path;
use std::time::Instant;

use events::{BranchId, ConversationId, EventLog, Position, StreamId, Version};

use crate::Failure;
use crate::append::{body, ours};
use crate::measure::{Done, Plan, rate};
use crate::report::Report;

const EVENTS: u64 = 100_000;
const BATCH: u64 = 500;
const WALL: &str = "read-and-unseal wall-clock";
const CORE: &str = "read-and-unseal per-core";

/// Measures one reader from the first event to the last, again and again; by the clock and by the processor time of
/// the whole process (the database reads in a thread of its own).
pub async fn run(plan: &Plan, folder: &Path, report: &mut Report) -> Result<(), Failure> {
    if !(plan.wants(WALL) | plan.wants(CORE)) {
        return Ok(());
    }
    let log = ours::open(&folder.join("read.db")).await?;
    for batch in 0..EVENTS / BATCH {
        let stream = StreamId::from(ConversationId(uuid::Uuid::from_u128(u128::from(batch))));
        let texts = (0..BATCH).map(|n| body(0, batch * BATCH + n)).collect();
        log.append(ours::many(stream, Version(0), texts)).await?;
    }
    let cpu = processor_seconds()?;
    let mut all = 0;
    let wall = rate(plan, async |until| {
        let done = read(&log, until).await?;
        all += done.count;
        Ok(done)
    })
    .await?;
    let per_core = all as f64 / (processor_seconds()? - cpu);
    report.rate(WALL, "events/s", wall, None);
    report.single(CORE, "events/s", per_core, Some(500_000.0));
    log.close().await?;
    Ok(())
}

async fn read(log: &dyn EventLog, until: Instant) -> Result<Done, Failure> {
    let mut done = Done::default();
    let mut after = Position::START;
    while Instant::now() < until {
        let page = log.read(BranchId::MAIN, after, 4_096).await?;
        after = page.last().map_or(Position::START, |last| last.position());
        done.count += page.len() as u64;
    }
    Ok(done)
}

/// Processor time of this process so far, in user and kernel mode.
fn processor_seconds() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // Behind the name in parentheses; the name may hold spaces.
    let (_, rest) = stat.rsplit_once(')').ok_or("unexpected /proc/self/stat")?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || -> Result<f64, Failure> { Ok(fields.next().ok_or("unexpected /proc/self/stat")?.parse()?) };
    // Linux counts in hundredths of a second for every program.
    Ok((ticks()? + ticks()?) / 100.0)
}

//! A warm-up and three short runs.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::Failure;

/// What to measure and for how long.
pub struct Plan {
    /// Parts of names; empty means everything.
    pub only: Vec<String>,
    /// Length of one run.
    pub seconds: Duration,
    /// Only print the names.
    pub list: bool,
}

impl Plan {
    /// Whether this measurement is asked for.
    pub fn wants(&self, name: &str) -> bool {
        let wanted = self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()));
        if wanted && self.list {
            println!("{name}");
        }
        wanted && !self.list
    }
}

/// What one run did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Things of the unit that were done.
    pub count: u64,
    /// Attempts that failed and were not counted (a busy database, a conflict).
    pub failed: u64,
}

/// Least, middle and most of three runs, per second.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Least.
    pub min: f64,
    /// Middle.
    pub median: f64,
    /// Most.
    pub max: f64,
    /// Failed attempts of all runs.
    pub failed: u64,
}

const RUNS: usize = 3;

/// Warms up and measures: `once` works until the moment it is given.
pub async fn rate(plan: &Plan, mut once: impl AsyncFnMut(Instant) -> Result<Done, Failure>) -> Result<Rate, Failure> {
    once(Instant::now() + plan.seconds / 4).await?;
    let mut rates = Vec::with_capacity(RUNS);
    let mut failed = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let done = once(start + plan.seconds).await?;
        rates.push(done.count as f64 / start.elapsed().as_secs_f64());
        failed += done.failed;
    }
    rates.sort_by(f64::total_cmp);
    Ok(Rate { min: rates[0], median: rates[RUNS / 2], max: rates[RUNS - 1], failed })
}

/// So many tasks that each do one thing after another until the moment comes. `step` gets the number of the task and
/// of the thing, and gives how much it did, or nothing when it failed in a way that a client would try again.
pub async fn tasks<S, F>(writers: usize, until: Instant, step: S) -> Result<Done, Failure>
where
    S: Fn(usize, u64) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Option<u64>, Failure>> + Send + 'static,
{
    let running: Vec<_> = (0..writers)
        .map(|writer| {
            let step = step.clone();
            tokio::spawn(async move {
                let mut done = Done::default();
                for n in 0.. {
                    if Instant::now() >= until {
                        break;
                    }
                    match step(writer, n).await? {
                        Some(count) => done.count += count,
                        None => done.failed += 1,
                    }
                }
                Ok::<_, Failure>(done)
            })
        })
        .collect();
    let mut all = Done::default();
    for task in running {
        let done = task.await??;
        all.count += done.count;
        all.failed += done.failed;
    }
    Ok(all)
}

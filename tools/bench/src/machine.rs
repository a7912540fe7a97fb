//! What the figures were measured on.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use crate::Failure;

/// The machine, as far as it explains the figures.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// The processor's name.
    pub processor: String,
    /// The kernel.
    pub kernel: String,
    /// The file system that the databases are on.
    pub file_system: String,
    /// Median time of a 4 KiB append with fdatasync on it, in microseconds: the price of a durable commit.
    pub sync_micros: u64,
    /// The SQLite that is linked in.
    pub sqlite: String,
    /// Whether the build is optimised.
    pub release: bool,
}

/// Looks at the machine.
pub fn describe(folder: &Path) -> Result<Machine, Failure> {
    Ok(Machine {
        cores: std::thread::available_parallelism()?.get(),
        processor: field("/proc/cpuinfo", "model name"),
        kernel: first_line("/proc/sys/kernel/osrelease"),
        file_system: file_system(folder)?,
        sync_micros: sync_micros(folder)?,
        sqlite: rusqlite::version().to_owned(),
        release: !cfg!(debug_assertions),
    })
}

fn first_line(path: &str) -> String {
    fs::read_to_string(path)
        .ok()
        .and_then(|t| t.lines().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".into())
}

fn field(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(name)).and_then(|l| l.split_once(':'));
    line.map_or_else(|| "unknown".into(), |(_, value)| value.trim().to_owned())
}

/// The type of the mount with the longest matching path.
fn file_system(folder: &Path) -> Result<String, Failure> {
    let folder = folder.canonicalize()?;
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let best = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(point, _)| folder.starts_with(point))
        .max_by_key(|(point, _)| point.len());
    Ok(best.map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned()))
}

fn sync_micros(folder: &Path) -> Result<u64, Failure> {
    let mut file = fs::File::create(folder.join("sync-probe"))?;
    let mut times = Vec::with_capacity(100);
    for _ in 0..100 {
        let start = Instant::now();
        file.write_all(&[0u8; 4096])?;
        file.sync_data()?;
        times.push(u64::try_from(start.elapsed().as_micros())?);
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

//! The read side as a whole, over histories that chance makes.

mod answers;
mod as_of;
mod embedders;
mod files;
mod graph;
mod history;
mod meaning;
mod memory;
mod oracle;
mod prefix;
mod stopping;

use std::path::Path;
use std::sync::Arc;

use events::seal::KeyRing;
use events::{EventLog, SystemEntropy};

use crate::{Ports, ReadModels};

/// What read models use in tests.
fn ports(log: Arc<dyn EventLog>, keys: Arc<dyn KeyRing>) -> Ports {
    let embedder = models::embedding::embedded().unwrap();
    Ports { log, keys, entropy: Arc::new(SystemEntropy), embedder }
}

async fn open(folder: &Path, log: Arc<dyn EventLog>, keys: Arc<dyn KeyRing>) -> ReadModels {
    let read = ReadModels::open(folder, ports(log, keys)).await.unwrap();
    read.start();
    read
}

//! The read side as a whole, over histories that chance makes.

mod answers;
mod as_of;
mod files;
mod history;
mod meaning;
mod oracle;
mod prefix;
mod stopping;

use std::path::Path;
use std::sync::Arc;

use events::EventLog;
use events::seal::KeyRing;

use crate::ReadModels;

async fn open(folder: &Path, log: Arc<dyn EventLog>, keys: Arc<dyn KeyRing>) -> ReadModels {
    let read = ReadModels::open(folder, log, keys).await.unwrap();
    read.start();
    read
}

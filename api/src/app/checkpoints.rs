//! How far the reactors are, in a small file. Losing it costs a second look at old events, nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;
use commands::ports::Checkpoints;
use events::{BranchId, Position};
use tokio::sync::Mutex;

pub(super) struct FileCheckpoints {
    path: PathBuf,
    known: Mutex<BTreeMap<String, Position>>,
}

impl FileCheckpoints {
    pub(super) fn new(path: PathBuf) -> Self {
        let known = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path, known: Mutex::new(known.unwrap_or_default()) }
    }
}

fn key(reactor: &str, branch: BranchId) -> String {
    format!("{reactor}/{branch}")
}

#[async_trait]
impl Checkpoints for FileCheckpoints {
    async fn load(&self, reactor: &str, branch: BranchId) -> Position {
        self.known.lock().await.get(&key(reactor, branch)).copied().unwrap_or_default()
    }

    async fn save(&self, reactor: &str, branch: BranchId, position: Position) {
        let mut known = self.known.lock().await;
        known.insert(key(reactor, branch), position);
        let temporary = self.path.with_extension("new");
        let written = serde_json::to_vec(&*known)
            .map_err(std::io::Error::other)
            .and_then(|bytes| std::fs::write(&temporary, bytes))
            .and_then(|()| std::fs::rename(&temporary, &self.path));
        if let Err(error) = written {
            tracing::warn!(%error, "the progress of the reactors was not saved");
        }
    }
}

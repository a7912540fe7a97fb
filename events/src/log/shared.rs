//! What the writer tells the readers: branches and heads.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::watch;

use super::store::{StoreReader, Stretch};
use super::{BoxError, Branch, ReadError};
use crate::codec;
use crate::envelope::Digest;
use crate::id::{BranchId, Position};
use crate::time::Timestamp;

/// See the module.
pub(super) struct Shared {
    pub reader: Arc<dyn StoreReader>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    branches: Arc<Vec<Branch>>,
    heads: HashMap<BranchId, watch::Sender<Position>>,
}

impl Shared {
    pub(super) fn new(reader: Arc<dyn StoreReader>) -> Self {
        Self { reader, state: RwLock::default() }
    }

    /// Takes note of the branches as they are in the database, and wakes whoever waits for a head that moved.
    pub(super) fn update(&self, branches: &[Branch]) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for branch in branches {
            let head = state.heads.entry(branch.id).or_insert_with(|| watch::Sender::new(branch.head));
            head.send_if_modified(|head| {
                let moved = branch.head > *head;
                *head = branch.head.max(*head);
                moved
            });
        }
        state.branches = Arc::new(branches.to_vec());
    }

    pub(super) fn branches(&self) -> Arc<Vec<Branch>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).branches.clone()
    }

    pub(super) fn head(&self, branch: BranchId) -> Option<watch::Receiver<Position>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.heads.get(&branch).map(watch::Sender::subscribe)
    }

    /// Reads the branches anew: another process may have made one.
    pub(super) async fn refresh(&self) -> Result<(), ReadError> {
        let branches = self.reader.branches().await.map_err(ReadError::Store)?;
        self.update(&branches);
        Ok(())
    }

    /// Leaf hash and time of the event at a position of a path; zeros before the first event.
    pub(super) async fn leaf_at(&self, path: &[Stretch], at: Position) -> Result<(Digest, Timestamp), BoxError> {
        let Some(stretch) = path.iter().find(|s| s.after < at && at <= s.through) else {
            return Ok(([0; 32], Timestamp(i64::MIN)));
        };
        let rows = self.reader.rows_at(stretch.branch, &[at]).await?;
        let row = rows.first().ok_or("the event at the fork is missing")?;
        let header = codec::decode_header(&row.header)?;
        Ok((codec::leaf_hash(&row.header), header.recorded_at))
    }
}

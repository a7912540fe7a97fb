//! One task per read model: follows every branch, batch by batch, and says where it stands.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use events::log::Branch;
use events::{BranchId, Code, EventLog, Position};
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::basis::Basis;
use crate::error::ReadSideError;
use crate::store::Projection;

/// Events applied in one transaction.
const BATCH: u32 = 1_000;

/// How long it waits after a failure that may pass by itself.
pub(crate) const AGAIN: Duration = Duration::from_secs(30);

/// Where a read model stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The last position applied, by branch.
    pub positions: HashMap<BranchId, Position>,
    /// Why it stopped, if it did.
    pub failure: Option<Failure>,
}

/// Why a read model stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// The error with its causes.
    pub message: String,
}

impl Standing {
    /// Whether everything that a basis sees was applied.
    pub(crate) fn covers(&self, basis: &Basis) -> bool {
        basis.lineage.iter().all(|s| self.positions.get(&s.branch).is_some_and(|p| *p >= s.through))
    }
}

/// A read model that is being kept up.
pub(crate) struct Runner {
    pub model: Arc<dyn Projection>,
    again: Arc<Notify>,
}

fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(e) = cause {
        let more = e.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = e.source();
    }
    text
}

impl Runner {
    pub(crate) fn new(model: Arc<dyn Projection>) -> Self {
        Self { model, again: Arc::default() }
    }

    pub(crate) fn standing(&self) -> Standing {
        self.model.standing().borrow().clone()
    }

    /// Looks for branches it does not follow yet, and tries again after a failure.
    pub(crate) fn nudge(&self) {
        self.again.notify_one();
    }

    /// Forgets a failure whose cause is gone, and tries again.
    pub(crate) fn mended(&self) {
        self.model.standing().send_modify(|s| s.failure = None);
        self.nudge();
    }

    pub(crate) fn start(self: &Arc<Self>, log: Arc<dyn EventLog>) -> JoinHandle<()> {
        let this = self.clone();
        tokio::spawn(async move {
            loop {
                let result = this.follow(&*log).await;
                if let Err(error) = result {
                    let message = describe(&error);
                    tracing::error!(model = this.model.name(), code = %error.code(), message, "a read model stopped");
                    this.model.standing().send_modify(|s| s.failure = Some(Failure { code: error.code(), message }));
                    // It stays where it is until somebody rebuilds it or the process starts anew; the others go on.
                    let later = async {
                        match error.is_passing() {
                            true => tokio::time::sleep(AGAIN).await,
                            false => std::future::pending().await,
                        }
                    };
                    tokio::select! { () = this.again.notified() => {}, () = later => {} }
                    this.model.standing().send_modify(|s| s.failure = None);
                }
            }
        })
    }

    /// Applies and waits, for ever; returns only with an error.
    async fn follow(&self, log: &dyn EventLog) -> Result<(), ReadSideError> {
        loop {
            let branches = log.branches().await?;
            for branch in &branches {
                self.catch_up(log, branch).await?;
            }
            let mut moved = FuturesUnordered::new();
            for branch in &branches {
                let mut head = log.head(branch.id).await?;
                let at = self.model.standing().borrow().positions.get(&branch.id).copied().unwrap_or(branch.fork);
                moved.push(async move { head.wait_for(|h| *h > at).await.is_ok() });
            }
            tokio::select! {
                open = moved.next() => if open == Some(false) {
                    std::future::pending::<()>().await; // The log was closed; nothing will come.
                },
                () = self.again.notified() => {}
            }
        }
    }

    async fn catch_up(&self, log: &dyn EventLog, branch: &Branch) -> Result<(), ReadSideError> {
        let mut at = self.model.checkpoint(branch).await?;
        self.stands(branch.id, at);
        loop {
            let page = log.read(branch.id, at, BATCH).await?;
            let Some(last) = page.last() else { return Ok(()) };
            at = last.position();
            let applied = self.model.apply(branch.id, &page).await;
            if applied.is_err() {
                at = self.model.checkpoint(branch).await?;
            }
            self.stands(branch.id, at);
            applied?;
        }
    }

    fn stands(&self, branch: BranchId, at: Position) {
        self.model.standing().send_if_modified(|s| s.positions.insert(branch, at) != Some(at));
    }

    /// Waits until everything that a basis sees was applied.
    pub(crate) async fn reach(&self, basis: &Basis, patience: Duration) -> Result<(), ReadSideError> {
        let mut standing = self.model.standing().subscribe();
        if !standing.borrow().positions.contains_key(&basis.branch) {
            self.nudge();
        }
        let name = self.model.name();
        let reached = standing.wait_for(|s| s.failure.is_some() || s.covers(basis));
        let behind = || {
            let position = self.model.standing().borrow().positions.get(&basis.branch).copied().unwrap_or_default();
            ReadSideError::Behind { name, position, wanted: basis.position }
        };
        match tokio::time::timeout(patience, reached).await {
            Err(_) | Ok(Err(_)) => Err(behind()),
            // A past that was applied before the failure can still be looked at.
            Ok(Ok(s)) if s.covers(basis) => Ok(()),
            Ok(Ok(s)) => {
                let reason = s.failure.as_ref().map_or_else(String::new, |f| f.message.clone());
                Err(ReadSideError::Stopped { name, reason })
            }
        }
    }
}

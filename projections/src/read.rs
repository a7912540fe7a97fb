//! All read models behind one door.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use events::{BranchId, Digest, EventLog, Position};
use tokio::task::JoinHandle;

use crate::album::{Album, AlbumModel};
use crate::basis::{self, AsOf, Basis};
use crate::conversations::{Conversations, ConversationsModel};
use crate::episodes::{Episodes, EpisodesModel};
use crate::error::ReadSideError;
use crate::graph::{GraphModel, Graphs};
use crate::memory::{MemoryStore, SemanticMemory};
use crate::minds::{Minds, MindsModel};
use crate::runner::{AGAIN, Failure, Runner};
use crate::sql::{Model as _, SqlStore};
use crate::store::{OnProgress, Ports, Projection, Slot};
use crate::timeline::{Timeline, TimelineModel};
use crate::working_memory::{HeedStore, WorkingMemory};

/// How long a question at the head waits for read models to catch up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How a read model is.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Its name.
    pub name: &'static str,
    /// Its code version.
    pub version: u32,
    /// The last position applied on the branch that was asked about.
    pub position: Position,
    /// Why it stopped, if it did.
    pub failure: Option<Failure>,
    /// What happened to its files at open, if anything.
    pub note: Option<String>,
}

/// Builds an outdated read model anew; waits and goes on where a failure may pass.
async fn renew(runner: Arc<Runner>) {
    loop {
        match runner.model.renew().await {
            Ok(()) => return runner.mended(),
            Err(error) if error.is_passing() => {
                tracing::warn!(model = runner.model.name(), %error, "a read model waits to be built anew");
                let mut closing = runner.model.closing().subscribe();
                if tokio::time::timeout(AGAIN, closing.wait_for(|closing| *closing)).await.is_ok() {
                    return;
                }
            }
            Err(ReadSideError::Closing { .. }) => return,
            Err(error) => {
                tracing::error!(model = runner.model.name(), %error, "a read model could not be built anew");
                return;
            }
        }
    }
}

/// See the module.
pub struct ReadModels {
    log: Arc<dyn EventLog>,
    runners: Vec<Arc<Runner>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    renewing: Mutex<Vec<JoinHandle<()>>>,
    conversations: Conversations,
    timeline: Timeline,
    minds: Minds,
    episodes: Episodes,
    working_memory: WorkingMemory,
    memory: SemanticMemory,
    album: Album,
    graphs: Graphs,
}

impl ReadModels {
    /// Opens the read models of a folder. Damaged ones, and ones of another version, begin anew.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub async fn open(folder: &Path, ports: Ports) -> Result<Self, ReadSideError> {
        let log = ports.log.clone();
        let conversations: Arc<Slot<SqlStore<ConversationsModel>>> =
            Arc::new(Slot::open(folder, ports.clone()).await?);
        let timeline: Arc<Slot<SqlStore<TimelineModel>>> = Arc::new(Slot::open(folder, ports.clone()).await?);
        let minds: Arc<Slot<SqlStore<MindsModel>>> = Arc::new(Slot::open(folder, ports.clone()).await?);
        let episodes: Arc<Slot<SqlStore<EpisodesModel>>> = Arc::new(Slot::open(folder, ports.clone()).await?);
        let working_memory: Arc<Slot<HeedStore>> = Arc::new(Slot::open(folder, ports.clone()).await?);
        let memory: Arc<Slot<MemoryStore>> = Arc::new(Slot::open(folder, ports.clone()).await?);
        let album: Arc<Slot<SqlStore<AlbumModel>>> = Arc::new(Slot::open(folder, ports.clone()).await?);
        let graph: Arc<Slot<SqlStore<GraphModel>>> = Arc::new(Slot::open(folder, ports.clone()).await?);
        let models: Vec<Arc<dyn Projection>> = vec![
            conversations.clone(),
            timeline.clone(),
            minds.clone(),
            episodes.clone(),
            working_memory.clone(),
            memory.clone(),
            album.clone(),
            graph.clone(),
        ];
        let conversations = Conversations { slot: conversations, ports: ports.clone() };
        Ok(Self {
            log,
            runners: models.into_iter().map(|m| Arc::new(Runner::new(m))).collect(),
            tasks: Mutex::default(),
            renewing: Mutex::default(),
            album: Album { slot: album, ports: ports.clone(), conversations: conversations.clone() },
            conversations,
            timeline: Timeline { slot: timeline },
            minds: Minds { slot: minds, ports: ports.clone(), profiles: Default::default() },
            episodes: Episodes { slot: episodes, ports: ports.clone() },
            working_memory: WorkingMemory { slot: working_memory },
            memory: SemanticMemory { slot: memory },
            graphs: Graphs::new(graph, ports),
        })
    }

    /// Begins to follow the log.
    pub fn start(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.extend(self.runners.iter().map(|r| r.start(self.log.clone())));
        let mut renewing = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let outdated = self.runners.iter().filter(|r| r.model.renewing().borrow().is_some());
        renewing.extend(outdated.map(|r| tokio::spawn(renew(r.clone()))));
    }

    /// Resolves what was asked for, and waits until every read model that goes on has seen it. One that stopped refuses
    /// the questions put to itself, and no others.
    ///
    /// # Errors
    /// When the moment cannot be looked at, or a read model is too far behind.
    pub async fn at(&self, branch: &str, as_of: AsOf) -> Result<Basis, ReadSideError> {
        let basis = basis::resolve(&*self.log, branch, as_of).await?;
        for runner in &self.runners {
            match runner.reach(&basis, PATIENCE).await {
                Ok(()) | Err(ReadSideError::Stopped { .. }) => {}
                Err(behind) => return Err(behind),
            }
        }
        Ok(basis)
    }

    /// The present moment of main, seen by the read model of people and companions: who is here is asked before the others
    /// can go on.
    ///
    /// # Errors
    /// When it stopped or is too far behind.
    pub async fn people_now(&self) -> Result<Basis, ReadSideError> {
        let basis = basis::resolve(&*self.log, "main", AsOf::Latest).await?;
        for runner in self.runners.iter().filter(|r| r.model.name() == MindsModel::NAME) {
            runner.reach(&basis, PATIENCE).await?;
        }
        Ok(basis)
    }

    /// Waits until every read model has seen a basis.
    ///
    /// # Errors
    /// When a read model stopped or is too far behind.
    pub async fn reach(&self, basis: &Basis) -> Result<(), ReadSideError> {
        for runner in &self.runners {
            runner.reach(basis, PATIENCE).await?;
        }
        Ok(())
    }

    /// As [`ReadModels::at`], for a position of a branch.
    ///
    /// # Errors
    /// When the position does not exist, or a read model is too far behind.
    pub async fn await_position(&self, branch: BranchId, position: Position) -> Result<Basis, ReadSideError> {
        let branches = self.log.branches().await?;
        let found = branches.iter().find(|b| b.id == branch);
        let name = found.map(|b| b.name.clone()).unwrap_or_default();
        self.at(&name, AsOf::Position(position)).await
    }

    /// As [`ReadModels::at`], for the head of a branch.
    ///
    /// # Errors
    /// When there is no such branch, or a read model is too far behind.
    pub async fn head_of(&self, branch: BranchId) -> Result<Basis, ReadSideError> {
        let branches = self.log.branches().await?;
        let found = branches.into_iter().find(|b| b.id == branch);
        self.at(&found.map(|b| b.name).unwrap_or_default(), AsOf::Latest).await
    }

    /// Conversations.
    pub fn conversations(&self) -> &Conversations {
        &self.conversations
    }

    /// What happened when.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// People, companions, mood, skills, facts.
    pub fn minds(&self) -> &Minds {
        &self.minds
    }

    /// What talk settled into.
    pub fn episodes(&self) -> &Episodes {
        &self.episodes
    }

    /// The newest turns.
    pub fn working_memory(&self) -> &WorkingMemory {
        &self.working_memory
    }

    /// Everything said and learned, by meaning.
    pub fn memory(&self) -> &SemanticMemory {
        &self.memory
    }

    /// What was kept.
    pub fn album(&self) -> &Album {
        &self.album
    }

    /// Who and what is known, and how they relate.
    pub fn graphs(&self) -> &Graphs {
        &self.graphs
    }

    /// How each read model is, on a branch.
    pub fn health(&self, branch: BranchId) -> Vec<Health> {
        let health = |runner: &Arc<Runner>| {
            let standing = runner.standing();
            Health {
                name: runner.model.name(),
                version: runner.model.version(),
                position: standing.positions.get(&branch).copied().unwrap_or_default(),
                failure: standing.failure,
                note: runner.model.note(),
            }
        };
        self.runners.iter().map(health).collect()
    }

    /// The names of the read models.
    pub fn names(&self) -> Vec<&'static str> {
        self.runners.iter().map(|r| r.model.name()).collect()
    }

    fn named(&self, name: &str) -> Result<&Arc<Runner>, ReadSideError> {
        let found = self.runners.iter().find(|r| r.model.name() == name);
        found.ok_or_else(|| ReadSideError::NoModel(name.to_owned()))
    }

    /// The digest of a read model at a basis: equal digests mean equal rows.
    ///
    /// # Errors
    /// When there is no such read model or it cannot be read.
    pub async fn digest(&self, name: &str, basis: &Basis) -> Result<Digest, ReadSideError> {
        self.named(name)?.model.digest(basis).await
    }

    /// Builds a read model anew beside the one in use, and swaps it in. Gives its digest at the head of main.
    ///
    /// # Errors
    /// When there is no such read model, or the log or the store fails; then the one in use stays.
    pub async fn rebuild(&self, name: &str, progress: OnProgress<'_>) -> Result<Digest, ReadSideError> {
        let runner = self.named(name)?;
        let digest = runner.model.rebuild(progress).await?;
        runner.mended();
        Ok(digest)
    }

    /// Compares live rows as of each basis with a fresh rebuild up to there. The bases must be of main and ascending.
    ///
    /// # Errors
    /// [`ReadSideError::Differs`] names the first basis where they are not the same.
    pub async fn check(&self, name: &str, samples: &[Basis], progress: OnProgress<'_>) -> Result<(), ReadSideError> {
        self.named(name)?.model.check(samples, progress).await
    }

    /// Waits until no read model is being built anew for want of another embedder.
    pub async fn renewed(&self) {
        for runner in &self.runners {
            let mut renewing = runner.model.renewing().subscribe();
            // The sender is ours, so it is there.
            let _done = renewing.wait_for(Option::is_none).await;
        }
    }

    /// Stops following and closes the files.
    pub async fn close(&self) {
        for runner in &self.runners {
            runner.model.closing().send_replace(true);
        }
        let renewing: Vec<JoinHandle<()>> =
            self.renewing.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for task in renewing {
            let _it_was_told_to_end = task.await;
        }
        let tasks: Vec<JoinHandle<()>> =
            self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for task in tasks {
            task.abort();
            let _it_was_told_to_end = task.await;
        }
        for runner in &self.runners {
            runner.model.close().await;
        }
    }
}

//! A read model's store, and the slot that holds the one in use while another is built beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use events::log::{BoxError, Branch};
use events::seal::KeyRing;
use events::{BranchId, Digest, Entropy, EventLog, Position, Recorded};
use models::Embedder;
use tokio::sync::{Mutex, watch};

use crate::basis::{self, Basis};
use crate::error::ReadSideError;
use crate::runner::Standing;

/// Events applied in one transaction while catching up: as many as one read of the log gives, so that the rows of many
/// events can be stored in key order.
const BATCH: u32 = events::log::MAX_READ;

/// What every read model may use.
#[derive(Clone)]
pub struct Ports {
    /// The log that is followed.
    pub log: Arc<dyn EventLog>,
    /// The keys that open it, and that seal what holds a person's words.
    pub keys: Arc<dyn KeyRing>,
    /// For nonces.
    pub entropy: Arc<dyn Entropy>,
    /// What turns words into vectors.
    pub embedder: Arc<dyn Embedder>,
}

/// The files of one read model.
#[async_trait]
pub(crate) trait ReadStore: Send + Sync + Sized + 'static {
    /// Stable name.
    const NAME: &'static str;
    /// Raised when the same events give other rows; old files are then built anew.
    const VERSION: u32;

    async fn open(path: &Path, ports: &Ports) -> Result<Self, BoxError>;
    async fn checkpoint(&self, branch: BranchId) -> Result<Option<Position>, BoxError>;
    /// Rows and checkpoint in one transaction. The batch is one branch's own events without gaps.
    async fn apply(&self, branch: BranchId, batch: &[Recorded]) -> Result<(), ReadSideError>;
    async fn digest(&self, basis: &Basis) -> Result<Digest, BoxError>;
    /// All that is seen from a basis, in the order of the digest.
    async fn listed(&self, basis: &Basis) -> Result<Vec<Listed>, BoxError>;
    async fn close(&self);

    /// Events of one page while catching up. Fewer where each takes long, so that a rebuild can stop in between.
    fn page(&self) -> u32 {
        BATCH
    }

    /// Why it should be built anew although it can be used.
    fn outdated(&self) -> Option<String> {
        None
    }

    /// What is not as it should be, though it goes on.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// One row as told to people, who are shown where it is and never what it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    /// What the list is sorted by.
    pub order: Vec<u8>,
    pub label: String,
    pub content: Digest,
}

/// The first row that two sorted lists do not share, in words.
fn first_difference(live: &[Listed], rebuilt: &[Listed]) -> Option<String> {
    let shared = live.iter().zip(rebuilt).take_while(|(l, r)| l == r).count();
    match (live.get(shared), rebuilt.get(shared)) {
        (None, None) => None,
        (Some(l), Some(r)) if l.order == r.order => Some(format!("{} differs", l.label)),
        (Some(l), r) if r.is_none_or(|r| l.order < r.order) => Some(format!("{} is in the live one only", l.label)),
        (_, r) => r.map(|r| format!("{} is in the rebuilt one only", r.label)),
    }
}

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Events applied.
    pub done: u64,
    /// Events in all.
    pub total: u64,
}

/// Told how far a rebuild is.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// A read model as the runner and the tools see it.
#[async_trait]
pub(crate) trait Projection: Send + Sync {
    fn name(&self) -> &'static str;
    fn version(&self) -> u32;
    /// Where it stands, as the runner keeps it.
    fn standing(&self) -> &watch::Sender<Standing>;
    async fn checkpoint(&self, branch: &Branch) -> Result<Position, ReadSideError>;
    async fn apply(&self, branch: BranchId, batch: &[Recorded]) -> Result<(), ReadSideError>;
    async fn digest(&self, basis: &Basis) -> Result<Digest, ReadSideError>;
    async fn rebuild(&self, progress: OnProgress<'_>) -> Result<Digest, ReadSideError>;
    async fn check(&self, samples: &[Basis], progress: OnProgress<'_>) -> Result<(), ReadSideError>;
    /// What happened to the files at open, and what is being done about them, if anything.
    fn note(&self) -> Option<String>;
    /// Builds one that is outdated anew, beside the one in use, as [`Projection::rebuild`] does.
    async fn renew(&self) -> Result<(), ReadSideError>;
    /// How that is going; `None` when there is nothing to do.
    fn renewing(&self) -> &watch::Sender<Option<String>>;
    /// Says that it is being closed: what is being built ends at the next page, and is gone on with the next time.
    fn closing(&self) -> &watch::Sender<bool>;
    async fn close(&self);
}

/// See the module.
pub(crate) struct Slot<S> {
    root: PathBuf,
    ports: Ports,
    current: RwLock<Arc<S>>,
    /// Held while events are applied and while a rebuilt store is swapped in.
    applying: Mutex<()>,
    /// Held while a store is built beside the one in use: two builders would share its files.
    building: Mutex<()>,
    standing: watch::Sender<Standing>,
    note: Option<String>,
    renewing: watch::Sender<Option<String>>,
    closing: watch::Sender<bool>,
}

fn store_error<S: ReadStore>(source: BoxError) -> ReadSideError {
    ReadSideError::Store { name: S::NAME, source }
}

fn io<S: ReadStore>(error: std::io::Error) -> ReadSideError {
    store_error::<S>(Box::new(error))
}

impl<S: ReadStore> Slot<S> {
    /// Opens the store in use. One that is damaged or of another version is put away and built anew from the log.
    pub(crate) async fn open(read: &Path, ports: Ports) -> Result<Self, ReadSideError> {
        let root = read.join(S::NAME);
        std::fs::create_dir_all(&root).map_err(io::<S>)?;
        let wanted = format!("v{}-", S::VERSION);
        let pointed = std::fs::read_to_string(root.join("current")).unwrap_or_default();
        let pointed = pointed.trim();
        let number: u32 = pointed.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut note = None;
        if pointed.starts_with(&wanted) {
            match S::open(&root.join(pointed), &ports).await {
                Ok(store) => {
                    sweep(&root, &[pointed, &format!("{wanted}{}", number + 1)]).map_err(io::<S>)?;
                    return Ok(Self::holding(root, ports, store, None));
                }
                Err(error) => {
                    tracing::warn!(model = S::NAME, %error, "a read model was damaged and is built anew");
                    note = Some(format!("was damaged and is built anew: {error}"));
                }
            }
        }
        let name = format!("{wanted}{}", number + 1);
        remove(&root, &name).map_err(io::<S>)?;
        let store = S::open(&root.join(&name), &ports).await.map_err(store_error::<S>)?;
        point(&root, &name).map_err(io::<S>)?;
        sweep(&root, &[&name]).map_err(io::<S>)?;
        Ok(Self::holding(root, ports, store, note))
    }

    fn holding(root: PathBuf, ports: Ports, store: S, note: Option<String>) -> Self {
        let renewing = watch::Sender::new(store.outdated());
        Self {
            root,
            ports,
            current: RwLock::new(Arc::new(store)),
            applying: Mutex::default(),
            building: Mutex::default(),
            standing: watch::Sender::default(),
            note,
            renewing,
            closing: watch::Sender::default(),
        }
    }

    /// The store in use.
    pub(crate) fn get(&self) -> Arc<S> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The store in use, to be asked at a basis.
    ///
    /// # Errors
    /// When it stopped before the basis: half an answer is none.
    pub(crate) fn at(&self, basis: &Basis) -> Result<Arc<S>, ReadSideError> {
        let standing = self.standing.borrow();
        match &standing.failure {
            Some(failure) if !standing.covers(basis) => {
                Err(ReadSideError::Stopped { name: S::NAME, reason: failure.message.clone() })
            }
            _ => Ok(self.get()),
        }
    }

    /// Applies what a store has not seen of every branch, up to its head.
    async fn catch_up(&self, store: &S, progress: OnProgress<'_>) -> Result<Vec<Branch>, ReadSideError> {
        let branches = self.ports.log.branches().await?;
        let total = branches.iter().map(|b| b.head.0 - b.fork.0).sum();
        let mut before = 0;
        for branch in &branches {
            let mut at = store.checkpoint(branch.id).await.map_err(store_error::<S>)?.unwrap_or(branch.fork);
            while at < branch.head {
                if *self.closing.borrow() {
                    return Err(ReadSideError::Closing { name: S::NAME });
                }
                let page = self.ports.log.read(branch.id, at, store.page()).await?;
                let Some(last) = page.last() else { break };
                at = last.position();
                store.apply(branch.id, &page).await?;
                progress(Progress { done: before + at.0 - branch.fork.0, total });
            }
            before += branch.head.0 - branch.fork.0;
        }
        progress(Progress { done: before, total });
        Ok(branches)
    }

    /// The digest of each branch at its head.
    async fn digests_of(&self, store: &S, branches: &[Branch]) -> Result<Vec<Digest>, ReadSideError> {
        let mut all = Vec::with_capacity(branches.len());
        for branch in branches {
            let basis = basis::at(branches, branch, branch.head, Some(branch.recorded_at));
            all.push(store.digest(&basis).await.map_err(store_error::<S>)?);
        }
        Ok(all)
    }
}

fn point(root: &Path, name: &str) -> std::io::Result<()> {
    let temporary = root.join("current.new");
    std::fs::write(&temporary, name)?;
    std::fs::rename(temporary, root.join("current"))
}

/// Removes a store's files: the one of its name, or the folder, and what SQLite keeps beside it.
fn remove(root: &Path, name: &str) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let path = root.join(format!("{name}{suffix}"));
        let gone = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        match gone {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// Removes what neither is in use nor goes on being built: what a crash left after a swap, or another version.
fn sweep(root: &Path, keep: &[&str]) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let store = name.trim_end_matches("-wal").trim_end_matches("-shm");
        if store.starts_with('v') && !keep.contains(&store) {
            remove(root, store)?;
        }
    }
    Ok(())
}

#[async_trait]
impl<S: ReadStore> Projection for Slot<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn version(&self) -> u32 {
        S::VERSION
    }

    fn standing(&self) -> &watch::Sender<Standing> {
        &self.standing
    }

    async fn checkpoint(&self, branch: &Branch) -> Result<Position, ReadSideError> {
        Ok(self.get().checkpoint(branch.id).await.map_err(store_error::<S>)?.unwrap_or(branch.fork))
    }

    async fn apply(&self, branch: BranchId, batch: &[Recorded]) -> Result<(), ReadSideError> {
        let _alone = self.applying.lock().await;
        self.get().apply(branch, batch).await
    }

    async fn digest(&self, basis: &Basis) -> Result<Digest, ReadSideError> {
        self.get().digest(basis).await.map_err(store_error::<S>)
    }

    async fn rebuild(&self, progress: OnProgress<'_>) -> Result<Digest, ReadSideError> {
        let _alone = self.building.lock().await;
        let used = std::fs::read_to_string(self.root.join("current")).map_err(io::<S>)?;
        let used = used.trim();
        let number: u32 = used.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        // A rebuild that a crash cut off has the same name and goes on from its checkpoint.
        let name = format!("v{}-{}", S::VERSION, number + 1);
        let store = match S::open(&self.root.join(&name), &self.ports).await {
            Ok(store) if store.outdated().is_none() => store,
            unusable => {
                drop(unusable);
                remove(&self.root, &name).map_err(io::<S>)?;
                S::open(&self.root.join(&name), &self.ports).await.map_err(store_error::<S>)?
            }
        };
        if let Err(error) = self.catch_up(&store, progress).await {
            // What is done is kept, and gone on with the next time.
            store.close().await;
            return Err(error);
        }
        let (old, digests) = {
            let _alone = self.applying.lock().await;
            let live = self.get();
            // Nothing is applied now, so both can be brought to the same heads and compared.
            let branches = self.catch_up(&store, progress).await?;
            let is = self.digests_of(&store, &branches).await?;
            let compared = match live.outdated() {
                None => self.replaced(&live, &store, &branches, &is).await,
                Some(_) => Ok(None), // They differ, and are meant to.
            };
            match compared {
                Ok(None) => {}
                Ok(Some(detail)) => {
                    tracing::warn!(
                        model = S::NAME,
                        detail,
                        "the rebuilt read model differs from the one it replaces"
                    );
                }
                // The one in use may be the very reason for the rebuild: that it cannot be read must not stop its successor.
                Err(error) => {
                    tracing::warn!(model = S::NAME, %error, "the read model that is replaced cannot be read")
                }
            }
            point(&self.root, &name).map_err(io::<S>)?;
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(store);
            (live, is)
        };
        old.close().await;
        remove(&self.root, used).map_err(io::<S>)?;
        // What a list of the read models tells too: the trunk, which is the first branch.
        digests.first().copied().ok_or_else(|| events::ReadError::NoBranch(BranchId::MAIN).into())
    }

    async fn check(&self, samples: &[Basis], progress: OnProgress<'_>) -> Result<(), ReadSideError> {
        let _alone = self.building.lock().await;
        let name = "checking";
        remove(&self.root, name).map_err(io::<S>)?;
        let fresh = S::open(&self.root.join(name), &self.ports).await.map_err(store_error::<S>)?;
        let result = self.compare(&fresh, samples, progress).await;
        fresh.close().await;
        remove(&self.root, name).map_err(io::<S>)?;
        result
    }

    fn note(&self) -> Option<String> {
        let renewing = self.renewing.borrow().clone();
        let all: Vec<String> = [self.note.clone(), renewing, self.get().trouble()].into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    async fn renew(&self) -> Result<(), ReadSideError> {
        let Some(why) = self.get().outdated() else { return Ok(()) };
        let mut tell = |p: Progress| {
            let percent = (p.done * 100).checked_div(p.total).unwrap_or(100);
            let now = Some(format!("{why}: {percent} % of {} events are done", p.total));
            self.renewing.send_if_modified(|was| std::mem::replace(was, now.clone()) != now);
        };
        let built = self.rebuild(&mut tell).await.map(drop);
        self.renewing.send_replace(match &built {
            Ok(()) => None,
            Err(error) => Some(format!("{why}: it waits, because {error}")),
        });
        built
    }

    fn renewing(&self) -> &watch::Sender<Option<String>> {
        &self.renewing
    }

    fn closing(&self) -> &watch::Sender<bool> {
        &self.closing
    }

    async fn close(&self) {
        self.get().close().await;
    }
}

impl<S: ReadStore> Slot<S> {
    /// How the store in use, brought to the same heads, differs from a rebuilt one.
    async fn replaced(
        &self,
        live: &S,
        rebuilt: &S,
        branches: &[Branch],
        digests: &[Digest],
    ) -> Result<Option<String>, ReadSideError> {
        self.catch_up(live, &mut |_| ()).await?;
        let was = self.digests_of(live, branches).await?;
        let differs = was.iter().zip(digests).position(|(was, is)| was != is);
        let Some(branch) = differs.and_then(|n| branches.get(n)) else { return Ok(None) };
        let basis = basis::at(branches, branch, branch.head, Some(branch.recorded_at));
        Ok(Some(format!("{basis}: {}", self.told(live, rebuilt, &basis).await?)))
    }

    /// The first difference of two stores whose digests differ.
    async fn told(&self, live: &S, rebuilt: &S, basis: &Basis) -> Result<String, ReadSideError> {
        let live = live.listed(basis).await.map_err(store_error::<S>)?;
        let rebuilt = rebuilt.listed(basis).await.map_err(store_error::<S>)?;
        Ok(first_difference(&live, &rebuilt).unwrap_or_else(|| "the rows are the same by now".to_owned()))
    }

    /// Builds a fresh store step by step along main, and compares it at each sample with the live one as of there.
    async fn compare(&self, fresh: &S, samples: &[Basis], progress: OnProgress<'_>) -> Result<(), ReadSideError> {
        let total = samples.last().map_or(0, |b| b.position.0);
        let mut at = Position::START;
        for sample in samples {
            while at < sample.position {
                let left = u32::try_from(sample.position.0 - at.0).unwrap_or(BATCH).min(BATCH);
                let page = self.ports.log.read(sample.branch, at, left).await?;
                let Some(last) = page.last() else { break };
                at = last.position();
                fresh.apply(sample.branch, &page).await?;
                progress(Progress { done: at.0, total });
            }
            let rebuilt = fresh.digest(sample).await.map_err(store_error::<S>)?;
            let live = self.get().digest(sample).await.map_err(store_error::<S>)?;
            if rebuilt != live {
                let first = self.told(&self.get(), fresh, sample).await?;
                let detail = format!("as of position {} {first}", sample.position);
                return Err(ReadSideError::Differs { name: S::NAME, detail });
            }
        }
        Ok(())
    }
}

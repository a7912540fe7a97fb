//! The folders of the index, one per person, and how events come in.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use events::log::{BoxError, store::Stretch};
use events::payload::ConversationEvent;
use events::seal::KeyError;
use events::{BranchId, ConversationId, Digest, Event, MessageId, Position, Recorded, SubjectId, codec};
use models::embedding::{self, Reading, readings, told};

use super::embedder::{Forgiving, Trouble, chosen};
use super::entry::{Kind, Place};
use super::fold::{captions, items};
use super::intake::Incoming;
use super::sealed::Sealer;
use super::search::Views;
use super::shelf::{Shelf, Sizes};
use crate::basis::{self, Basis};
use crate::error::ReadSideError;
use crate::store::{Listed, Ports, ReadStore};

const NAME: &str = "memory";
const VERSION: u32 = 3;
/// Entries that may wait in memory for a commit. What waits is found all the same, and is read from the log again after
/// a crash.
const FRESH: usize = 4_096;

/// See the module.
pub(crate) struct MemoryStore {
    folder: PathBuf,
    ports: Ports,
    state: Arc<RwLock<State>>,
    views: Arc<Views>,
    /// Why its vectors should be made anew.
    outdated: Option<String>,
    /// Why the last question had no vector.
    trouble: Trouble,
}

/// All shelves.
pub(super) struct State {
    folder: PathBuf,
    ports: Ports,
    shelves: BTreeMap<SubjectId, Shelf>,
    seen: HashMap<BranchId, Position>,
    committed: HashMap<BranchId, Position>,
}

fn error(source: impl Into<BoxError>) -> ReadSideError {
    ReadSideError::Store { name: NAME, source: source.into() }
}

impl State {
    pub(super) fn shelf(&self, subject: SubjectId) -> Option<&Shelf> {
        self.shelves.get(&subject)
    }

    fn shelf_mut(&mut self, subject: SubjectId) -> Result<Option<&mut Shelf>, ReadSideError> {
        if !self.shelves.contains_key(&subject) {
            let sealer = match Sealer::new(subject, &*self.ports.keys, self.ports.entropy.clone()) {
                Ok(sealer) => sealer,
                // Nothing of an erased person is kept.
                Err(KeyError::Erased(_)) => return Ok(None),
                Err(other) => return Err(error(other)),
            };
            let embedder = &*self.ports.embedder;
            let folder = self.folder.join(subject.to_string());
            let made_by = told(&embedder.identity());
            let shelf = Shelf::open(&folder, sealer, Sizes::of(embedder), &made_by).map_err(error)?;
            self.shelves.insert(subject, shelf);
        }
        Ok(self.shelves.get_mut(&subject))
    }

    fn take(&mut self, subject: SubjectId, incoming: Incoming, basis: &Basis) -> Result<(), ReadSideError> {
        if let Some(shelf) = self.shelf_mut(subject)? {
            shelf.remember(incoming, basis);
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), BoxError> {
        if self.seen == self.committed {
            return Ok(());
        }
        for shelf in self.shelves.values_mut().filter(|s| s.fresh() > 0) {
            self.seen.iter().for_each(|(branch, position)| shelf.saw(*branch, *position));
            shelf.commit()?;
        }
        let marks: BTreeMap<u32, u64> = self.seen.iter().map(|(b, p)| (b.0, p.0)).collect();
        let temporary = self.folder.join("seen.new");
        let mut file = File::create(&temporary)?;
        file.write_all(&serde_json::to_vec(&marks)?)?;
        file.sync_all()?;
        std::fs::rename(temporary, self.folder.join("seen.json"))?;
        File::open(&self.folder)?.sync_all()?;
        self.committed = self.seen.clone();
        Ok(())
    }
}

impl MemoryStore {
    pub(super) fn state(&self) -> Arc<RwLock<State>> {
        self.state.clone()
    }

    pub(super) fn views(&self) -> Arc<Views> {
        self.views.clone()
    }

    /// What makes the vectors of questions; where it fails, they are answered by words alone.
    pub(super) fn asking(&self) -> Forgiving {
        Forgiving::new(self.ports.embedder.clone(), self.trouble.clone())
    }

    pub(super) fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What is seen from the end of a batch, before it is known to the log's readers.
    async fn basis(&self, branch: BranchId, last: &Recorded) -> Result<Basis, ReadSideError> {
        let through = last.position();
        if branch == BranchId::MAIN {
            let lineage = vec![Stretch { branch, after: Position::START, through }];
            return Ok(Basis { branch, name: String::new(), position: through, time: None, latest: false, lineage });
        }
        let branches = self.ports.log.branches().await?;
        let found = branches.iter().find(|b| b.id == branch).ok_or(events::ReadError::NoBranch(branch))?;
        Ok(basis::at(&branches, found, through, None))
    }

    /// A reworded message keeps its pictures: they are looked up where the message stands.
    async fn captions(
        &self,
        branch: BranchId,
        subject: SubjectId,
        message: MessageId,
        batch: &[Recorded],
        basis: &Basis,
    ) -> Result<String, ReadSideError> {
        let of = |event: &Recorded| match event.event() {
            Ok(Some(Event::Conversation(ConversationEvent::MessageReceived { message: m, attachments, .. })))
            | Ok(Some(Event::Conversation(ConversationEvent::MessageImported { message: m, attachments, .. })))
                if m == message =>
            {
                Some(captions(&attachments))
            }
            _ => None,
        };
        if let Some(found) = batch.iter().find_map(of) {
            return Ok(found);
        }
        let place = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.shelf(subject).and_then(|s| s.first_of((message.0, false), basis)).map(|e| e.place)
        };
        let Some(place) = place else { return Ok(String::new()) };
        let events = self.ports.log.at(branch, &[place.position]).await?;
        Ok(events.iter().find_map(of).unwrap_or_default())
    }

    /// What a batch puts into memory, and whose. A failure comes with the number of the event it is about.
    async fn incoming(
        &self,
        branch: BranchId,
        batch: &[Recorded],
        basis: &Basis,
    ) -> Result<Vec<(SubjectId, Incoming)>, (usize, ReadSideError)> {
        let mut all = Vec::new();
        for (n, event) in batch.iter().enumerate() {
            let subject = event.header.subject;
            for (part, mut item) in (0..).zip(items(NAME, event).map_err(|e| (n, e))?) {
                if item.reworded && item.kind == Kind::Person {
                    let captions = self.captions(branch, subject, item.message, batch, basis).await;
                    item.captions = captions.map_err(|e| (n, e))?;
                }
                let incoming = Incoming {
                    place: Place { branch, position: event.position(), part },
                    conversation: ConversationId(event.header.stream.id),
                    at: event.header.occurred_at,
                    item,
                    reading: Reading::default(),
                };
                all.push((subject, incoming));
            }
        }
        Ok(all)
    }
}

#[async_trait]
impl ReadStore for MemoryStore {
    const NAME: &'static str = NAME;
    const VERSION: u32 = VERSION;

    async fn open(path: &Path, ports: &Ports) -> Result<Self, BoxError> {
        let (folder, ports) = (path.to_owned(), ports.clone());
        let opened = tokio::task::spawn_blocking(move || -> Result<Self, BoxError> {
            std::fs::create_dir_all(&folder)?;
            let (embedder, outdated) = chosen(&folder, &ports.embedder)?;
            let ports = Ports { embedder, ..ports };
            let seen: BTreeMap<u32, u64> = match std::fs::read(folder.join("seen.json")) {
                Ok(bytes) => serde_json::from_slice(&bytes)?,
                Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
                Err(other) => return Err(other.into()),
            };
            let seen: HashMap<_, _> = seen.into_iter().map(|(b, p)| (BranchId(b), Position(p))).collect();
            let mut state = State {
                folder: folder.clone(),
                ports: ports.clone(),
                shelves: BTreeMap::new(),
                committed: seen.clone(),
                seen,
            };
            for found in std::fs::read_dir(&folder)? {
                let found = found?;
                let Some(subject) = found.file_name().to_str().and_then(|n| n.parse().ok()) else { continue };
                if state.shelf_mut(SubjectId(subject))?.is_none() {
                    std::fs::remove_dir_all(found.path())?;
                }
            }
            let state = Arc::new(RwLock::new(state));
            Ok(Self { folder, ports, state, views: Arc::default(), outdated, trouble: Trouble::default() })
        });
        opened.await?
    }

    async fn checkpoint(&self, branch: BranchId) -> Result<Option<Position>, BoxError> {
        Ok(self.state.read().unwrap_or_else(PoisonError::into_inner).seen.get(&branch).copied())
    }

    async fn apply(&self, branch: BranchId, batch: &[Recorded]) -> Result<(), ReadSideError> {
        let Some((first, last)) = batch.first().zip(batch.last()) else { return Ok(()) };
        let checkpoint = ReadStore::checkpoint(self, branch).await.map_err(error)?;
        if let Some(at) = checkpoint.filter(|at| at.next() != first.position()) {
            return Err(ReadSideError::Gap { name: NAME, checkpoint: at, got: first.position() });
        }
        let basis = self.basis(branch, last).await?;
        let incoming = match self.incoming(branch, batch, &basis).await {
            Ok(incoming) => incoming,
            Err((n, failure)) => {
                // What came before the bad event is kept, so that health can name exactly where it stopped.
                if n > 0 {
                    self.apply(branch, &batch[..n]).await?;
                }
                return Err(failure);
            }
        };
        let (state, embedder, position) = (self.state.clone(), self.ports.embedder.clone(), last.position());
        let applied = tokio::task::spawn_blocking(move || -> Result<(), ReadSideError> {
            let mut incoming = incoming;
            let texts: Vec<String> = incoming.iter().map(|(_, i)| i.item.words()).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let readings =
                readings(&*embedder, &texts).map_err(|source| ReadSideError::Vectors { name: NAME, source })?;
            incoming.iter_mut().zip(readings).for_each(|((_, incoming), reading)| incoming.reading = reading);
            let mut state = state.write().unwrap_or_else(PoisonError::into_inner);
            for (subject, incoming) in incoming {
                state.take(subject, incoming, &basis)?;
            }
            state.seen.insert(branch, position);
            if state.shelves.values().map(Shelf::fresh).sum::<usize>() >= FRESH {
                state.commit().map_err(error)?;
            }
            Ok(())
        });
        applied.await.map_err(error)?
    }

    async fn digest(&self, basis: &Basis) -> Result<Digest, BoxError> {
        let all = self.listed(basis).await?;
        let bytes: Vec<u8> = all.iter().flat_map(|l| [&l.order[..], &l.content[..]].concat()).collect();
        Ok(codec::sha256(&bytes))
    }

    async fn listed(&self, basis: &Basis) -> Result<Vec<Listed>, BoxError> {
        let (state, basis) = (self.state.clone(), basis.clone());
        let listed = tokio::task::spawn_blocking(move || -> Result<Vec<Listed>, BoxError> {
            let state = state.read().unwrap_or_else(PoisonError::into_inner);
            let mut all = Vec::new();
            for (subject, shelf) in &state.shelves {
                for (place, content) in shelf.digest(&basis)? {
                    let order =
                        [&subject.0.as_bytes()[..], &place.position.0.to_be_bytes(), &place.part.to_be_bytes()];
                    let label = format!("the entry of position {}", place.position);
                    all.push(Listed { order: order.concat(), label, content });
                }
            }
            Ok(all)
        });
        listed.await?
    }

    /// A model that reads whole texts makes some fifty vectors in a second.
    fn page(&self) -> u32 {
        match self.ports.embedder.kind() {
            embedding::Kind::Words => events::log::MAX_READ,
            embedding::Kind::Sentences => 64,
        }
    }

    fn outdated(&self) -> Option<String> {
        self.outdated.clone()
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.told()
    }

    async fn close(&self) {
        let state = self.state.clone();
        let closed =
            tokio::task::spawn_blocking(move || state.write().unwrap_or_else(PoisonError::into_inner).commit());
        let failed = match closed.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(error) => error.into(),
        };
        // What was not written is read from the log again at the next start.
        tracing::warn!(folder = %self.folder.display(), %failed, "memory was not written when it was closed");
    }
}

//! Another embedder: the index in use answers until the new one is whole, and nothing is ever broken.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use events::{BranchId, Code, MadeBy};
use models::{Embedder, EmbeddingError};

use super::history::{PEOPLE, World};
use crate::basis::AsOf;
use crate::memory::{MemoryQuery, Names, Remembered};
use crate::{Ports, ReadModels};

/// The usual vectors turned round, made only when the test lets it.
struct Turned {
    version: &'static str,
    table: Arc<dyn Embedder>,
    /// Calls that may still be made; `None` for as many as wanted.
    calls: Mutex<Option<usize>>,
    more: Condvar,
    texts: AtomicUsize,
    size: AtomicUsize,
    down: AtomicBool,
}

impl Turned {
    fn new(version: &'static str, calls: Option<usize>) -> Arc<Self> {
        let table = models::embedding::embedded().unwrap();
        let (size, calls) = (table.dimensions().into(), Mutex::new(calls));
        let (texts, down) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Self { version, table, calls, more: Condvar::new(), texts, size, down })
    }

    fn allow(&self, calls: Option<usize>) {
        *self.calls.lock().unwrap() = calls;
        self.more.notify_all();
    }

    fn texts(&self) -> usize {
        self.texts.load(Ordering::SeqCst)
    }
}

impl Embedder for Turned {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "turned".to_owned(), version: self.version.to_owned() }
    }

    fn dimensions(&self) -> usize {
        256
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(EmbeddingError::Failed { model: "turned".to_owned(), reason: "it is down".to_owned() });
        }
        if !texts.is_empty() {
            let mut calls = self.more.wait_while(self.calls.lock().unwrap(), |calls| *calls == Some(0)).unwrap();
            *calls = calls.map(|c| c - 1);
        }
        self.texts.fetch_add(texts.len(), Ordering::SeqCst);
        let vectors = self.table.embed(texts)?;
        let size = self.size.load(Ordering::SeqCst);
        Ok(vectors.into_iter().map(|v| v.into_iter().rev().take(size).collect()).collect())
    }
}

async fn world(messages: usize) -> World {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    for n in 0..messages {
        world.clock.advance_seconds(60);
        world.say(of, &format!("My sister Anna lives in town number {n}, Lisbon.")).await;
    }
    world
}

async fn open(world: &World, folder: &Path, embedder: Option<Arc<Turned>>) -> ReadModels {
    let usual = super::ports(world.log.clone(), world.keys.clone());
    let embedder = embedder.map_or(usual.embedder.clone(), |e| e as Arc<dyn Embedder>);
    let read = ReadModels::open(folder, Ports { embedder, ..usual }).await.unwrap();
    read.start();
    read
}

async fn found(read: &ReadModels) -> Vec<Remembered> {
    let names = Names { person: "Ada".to_owned(), companion: "Aico".to_owned() };
    let text = "Where does my sister live?".to_owned();
    let query = MemoryQuery { person: PEOPLE[0], text, asked_at: None, names, but: None, kinds: vec![], limit: 20 };
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    read.memory().search(&basis, &query).await.unwrap()
}

async fn made_by(read: &ReadModels) -> String {
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    read.memory().stats(&basis, PEOPLE[0]).unwrap().embedder
}

fn note(read: &ReadModels) -> String {
    let health = read.health(BranchId::MAIN).into_iter().find(|h| h.name == "memory").unwrap();
    health.note.unwrap_or_default()
}

/// Waits until health says something; it changes without a sign that could be waited for.
async fn noted(read: &ReadModels, what: &str) {
    while !note(read).contains(what) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recall_goes_on_with_the_old_vectors_until_the_new_ones_are_there() {
    let mut world = world(5).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(&world, folder.path(), None).await;
    let before = found(&read).await;
    read.close().await;
    let turned = Turned::new("1", Some(0));
    let read = open(&world, folder.path(), Some(turned.clone())).await;
    assert_eq!(found(&read).await, before, "the same answer, to the last digit");
    assert!(made_by(&read).await.starts_with("aico-static"));
    assert!(note(&read).contains("vectors are made anew by turned 1, aico-static 1 answers meanwhile"));
    // What is said meanwhile is found meanwhile, and afterwards.
    world.clock.advance_seconds(60);
    world.say(0, "Now my sister lives in Porto.").await;
    assert_eq!(found(&read).await.len(), 6);
    turned.allow(None);
    read.renewed().await;
    assert_eq!((made_by(&read).await.as_str(), note(&read).as_str()), ("turned 1", ""));
    assert_eq!(found(&read).await.len(), 6);
    // The new index is what a fresh one would be.
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    let live = read.digest("memory", &basis).await.unwrap();
    assert_eq!(read.rebuild("memory", &mut |_| ()).await.unwrap(), live);
    read.close().await;
    // And back again.
    let read = open(&world, folder.path(), None).await;
    read.renewed().await;
    assert!(made_by(&read).await.starts_with("aico-static"));
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_was_cut_off_goes_on_where_it_stopped() {
    let world = world(200).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(&world, folder.path(), None).await;
    let before = found(&read).await;
    read.close().await;
    let turned = Turned::new("1", Some(1));
    let read = open(&world, folder.path(), Some(turned.clone())).await;
    noted(&read, " % of").await;
    let ((), ()) = tokio::join!(read.close(), async { turned.allow(Some(1)) });
    let done = turned.texts();
    assert!(0 < done && done < 200, "{done}");
    // Not one text of those is asked for again.
    let again = Turned::new("1", None);
    let read = open(&world, folder.path(), Some(again.clone())).await;
    read.renewed().await;
    assert_eq!(done + again.texts(), 200);
    assert_eq!(found(&read).await.len(), before.len());
    read.close().await;
    // One that was begun for an embedder that is not wanted any more is not gone on with.
    let (two, three) = (Turned::new("2", Some(1)), Turned::new("3", None));
    let read = open(&world, folder.path(), Some(two.clone())).await;
    noted(&read, " % of").await;
    let ((), ()) = tokio::join!(read.close(), async { two.allow(Some(1)) });
    let read = open(&world, folder.path(), Some(three.clone())).await;
    read.renewed().await;
    assert_eq!((three.texts(), made_by(&read).await.as_str()), (200, "turned 3"));
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_old_embedder_is_gone_words_answer_meanwhile() {
    let world = world(5).await;
    let folder = tempfile::tempdir().unwrap();
    open(&world, folder.path(), Some(Turned::new("1", None))).await.close().await;
    let two = Turned::new("2", Some(0));
    let read = open(&world, folder.path(), Some(two.clone())).await;
    let meanwhile = found(&read).await;
    assert_eq!((meanwhile.len(), meanwhile[0].likeness), (5, 0.0));
    assert!(note(&read).contains("words answer meanwhile"), "{}", note(&read));
    two.allow(None);
    read.renewed().await;
    assert!(found(&read).await[0].likeness > 0.0);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vector_of_the_wrong_size_stops_the_new_index_and_not_the_old_one() {
    let world = world(5).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(&world, folder.path(), None).await;
    let before = found(&read).await;
    read.close().await;
    let turned = Turned::new("1", None);
    turned.size.store(7, Ordering::SeqCst);
    let read = open(&world, folder.path(), Some(turned.clone())).await;
    noted(&read, "a vector of turned 1 has 7 numbers and should have 256").await;
    assert_eq!(found(&read).await, before);
    read.close().await;
    // Without an old one to fall back on it is the failure of the read model, which the others outlive.
    let fresh = tempfile::tempdir().unwrap();
    let read = open(&world, fresh.path(), Some(turned)).await;
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    assert!(read.memory().stats(&basis, PEOPLE[0]).is_err());
    let health = read.health(BranchId::MAIN).into_iter().find(|h| h.name == "memory").unwrap();
    assert_eq!(health.failure.unwrap().code, Code::WrongVectorSize);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_without_a_vector_is_answered_by_its_words() {
    let world = world(5).await;
    let folder = tempfile::tempdir().unwrap();
    let turned = Turned::new("1", None);
    let read = open(&world, folder.path(), Some(turned.clone())).await;
    assert!(found(&read).await[0].likeness > 0.0);
    turned.down.store(true, Ordering::SeqCst);
    let by_words = found(&read).await;
    assert_eq!((by_words.len(), by_words[0].likeness), (5, 0.0));
    assert!(note(&read).contains("by words alone: turned cannot be run: it is down"), "{}", note(&read));
    turned.down.store(false, Ordering::SeqCst);
    assert!(found(&read).await[0].likeness > 0.0);
    assert_eq!(note(&read), "");
    read.close().await;
}

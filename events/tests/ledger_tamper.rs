//! One changed byte of any kind is found, and the first bad position is named.

#![allow(clippy::unwrap_used, clippy::panic)] // A fixture that fails is a failing test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::ledger::note::NoteSigner;
use events::ledger::{Ledger, LedgerError, Shelf, Since};
use events::log::Log;
use events::log::conformance::ports;
use events::log::sqlite::SqliteOptions;
use events::payload::PersonEvent;
use events::seal::memory::MemoryKeyRing;
use events::{
    Actor, Append, BranchId, Category, CommandId, EventLog, Expected, NewEvent, PersonId, StreamId, StreamWrite,
    SystemClock, SystemEntropy,
};
use uuid::Uuid;

const EVENTS: u64 = 700;
const SIGNED: u64 = 600;

struct House {
    folder: tempfile::TempDir,
    keys: Arc<MemoryKeyRing>,
    first: String,
}

impl House {
    /// A log of 700 events with checkpoints at 300 and 600.
    async fn new() -> Self {
        let (keys, _, _) = ports();
        let mut house = Self { folder: tempfile::tempdir().unwrap(), keys, first: String::new() };
        for (n, events) in [300, SIGNED - 300, EVENTS - SIGNED].into_iter().enumerate() {
            let (log, ledger) = house.open().await.unwrap();
            append(&log, events).await;
            if n < 2 {
                house.first = match n {
                    0 => ledger.checkpoint(BranchId::MAIN).await.unwrap().note,
                    _ => {
                        ledger.checkpoint(BranchId::MAIN).await.unwrap();
                        house.first
                    }
                };
            }
            log.close().await.unwrap();
        }
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn open(&self) -> Result<(Log, Ledger), events::log::sqlite::OpenError> {
        let options = SqliteOptions::new(self.path("log.db"));
        let log = Log::sqlite(&options, self.keys.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy)).await?;
        let shelf = Shelf::Folder(self.path("ledger"));
        let ledger = Ledger::new(Arc::new(log.clone()), shelf, NoteSigner::new(&[7; 32]), Arc::new(SystemClock));
        Ok((log, ledger))
    }

    /// The first bad position that a check names; 0 for none.
    async fn found(&self) -> (u64, String) {
        // The last events are looked at on opening already.
        let (log, ledger) = match self.open().await {
            Ok(opened) => opened,
            Err(events::log::sqlite::OpenError::Damaged(events::ReadError::Damaged { position, what, .. })) => {
                return (position.0, what);
            }
            Err(other) => panic!("{other}"),
        };
        let verdict = ledger.verify(BranchId::MAIN, None, &mut |_| ()).await;
        // From a checkpoint of long ago the same is found, unless it is before that.
        let since = ledger.verify(BranchId::MAIN, Some(&Since::Note(self.first.clone())), &mut |_| ()).await;
        log.close().await.unwrap();
        let named = |verdict| match verdict {
            Ok(_) => (0, String::new()),
            Err(LedgerError::Damaged { position, what, .. }) => (position.0, what),
            Err(LedgerError::Read(events::ReadError::Damaged { position, what, .. })) => (position.0, what),
            Err(other) => panic!("{other}"),
        };
        let (whole, tail) = (named(verdict), named(since));
        if whole.0 > 300 {
            assert_eq!(whole.0, tail.0, "{} {}", whole.1, tail.1);
        }
        whole
    }

    /// Changes the database behind the log's back.
    fn sql(&self, statements: &str) {
        let file = rusqlite::Connection::open(self.path("log.db")).unwrap();
        let triggers = "DROP TRIGGER events_are_not_updated; DROP TRIGGER events_are_not_deleted;";
        file.execute_batch(&format!("{triggers} {statements}")).unwrap();
    }

    /// Changes one byte of a column of an event.
    fn flip(&self, column: &str, position: u64, at: usize) {
        let file = rusqlite::Connection::open(self.path("log.db")).unwrap();
        let read = format!("SELECT {column} FROM events WHERE id = ?");
        let mut bytes: Vec<u8> = file.query_row(&read, [position as i64], |r| r.get(0)).unwrap();
        let at = if at < bytes.len() { at } else { bytes.len() - 1 };
        bytes[at] ^= 1;
        file.execute_batch("DROP TRIGGER IF EXISTS events_are_not_updated").unwrap();
        let write = format!("UPDATE events SET {column} = ? WHERE id = ?");
        file.execute(&write, rusqlite::params![bytes, position as i64]).unwrap();
    }

    fn flip_file(&self, name: &str, at: usize) {
        let path = self.path(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    }
}

async fn append(log: &Log, events: u64) {
    let person = PersonId(Uuid::from_u128(1));
    let event = NewEvent::new(PersonEvent::PersonRenamed { name: "Ada".into() }, person);
    let stream = StreamId::new(Category::Person, person.0);
    let write = StreamWrite { stream, expected: Expected::Any, events: vec![event; events as usize] };
    let command_id = CommandId(Uuid::new_v4());
    let append = Append {
        command_id,
        correlation: command_id.into(),
        actor: Actor::System,
        branch: BranchId::MAIN,
        writes: vec![write],
    };
    log.append(append).await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_changed_byte_of_any_kind_is_found_and_named() {
    let sound = House::new().await;
    assert_eq!(sound.found().await.0, 0, "{:?}", sound.found().await);
    let saved = tempfile::tempdir().unwrap();
    copy(sound.folder.path(), saved.path());
    let tile = |leaf: usize| (leaf - 1) % 256 * 32;
    type Harm = (&'static str, u64, Box<dyn Fn(&House)>);
    let harms: Vec<Harm> = vec![
        ("a body", 7, Box::new(|h| h.flip("body", 7, 3))),
        ("the last body", EVENTS, Box::new(|h| h.flip("body", EVENTS, 3))),
        // Byte 9 is the end of the position, 13 is in the name of the stream, 90 in a time, 200 in the digests.
        ("the position in a header", 300, Box::new(|h| h.flip("header", 300, 12))),
        ("the stream in a header", 41, Box::new(|h| h.flip("header", 41, 40))),
        ("the command in a header", 500, Box::new(|h| h.flip("header", 500, 160))),
        ("the end of a header", 256, Box::new(|h| h.flip("header", 256, 9_999))),
        ("the end of the first header", 1, Box::new(|h| h.flip("header", 1, 9_999))),
        ("a header that is not signed yet", 650, Box::new(|h| h.flip("header", 650, 160))),
        ("the last header", EVENTS, Box::new(|h| h.flip("header", EVENTS, 160))),
        ("a full tile", 100, Box::new(move |h| h.flip_file("ledger/main/tile/0/000", tile(100)))),
        ("a tile that is not full", 550, Box::new(move |h| h.flip_file("ledger/main/tile/0/002.p/88", tile(550)))),
        ("a tile of the second level", 257, Box::new(|h| h.flip_file("ledger/main/tile/1/000.p/2", 40))),
        ("the newest checkpoint", SIGNED, Box::new(|h| h.flip_file("ledger/main/checkpoint", 70))),
        ("an older checkpoint", 300, Box::new(|h| h.flip_file("ledger/main/checkpoints.jsonl", 120))),
        ("a missing tile", 257, Box::new(|h| fs::remove_file(h.path("ledger/main/tile/0/001")).unwrap())),
        (
            "two events in another order",
            20,
            Box::new(|h| {
                h.sql(
                    "UPDATE events SET id = 9999 WHERE id = 20; UPDATE events SET id = 20 WHERE id = 21; \
                       UPDATE events SET id = 21 WHERE id = 9999",
                )
            }),
        ),
        ("an event taken out", 333, Box::new(|h| h.sql("DELETE FROM events WHERE id = 333"))),
        ("the end cut off", 601, Box::new(|h| h.sql("DELETE FROM events WHERE id > 600"))),
        (
            "the end cut off, and the head with it",
            501,
            Box::new(|h| {
                h.sql(
                    "DELETE FROM events WHERE id > 500; UPDATE branches SET head = 500, head_leaf = \
                     (SELECT substr(header, -32) FROM events WHERE id = 500)",
                );
                // The leaf of the new head, as somebody would compute it who wants not to be found out.
                let file = rusqlite::Connection::open(h.path("log.db")).unwrap();
                let read = "SELECT header FROM events WHERE id = 500";
                let header: Vec<u8> = file.query_row(read, [], |r| r.get(0)).unwrap();
                let leaf = events::codec::leaf_hash(&header);
                file.execute("UPDATE branches SET head_leaf = ?", [leaf]).unwrap();
            }),
        ),
        (
            "the newest checkpoint put back to an older one",
            301,
            Box::new(|h| {
                let history = fs::read_to_string(h.path("ledger/main/checkpoints.jsonl")).unwrap();
                let line: serde_json::Value = serde_json::from_str(history.lines().next().unwrap()).unwrap();
                fs::write(h.path("ledger/main/checkpoint"), line["note"].as_str().unwrap()).unwrap();
            }),
        ),
    ];
    for (name, position, harm) in harms {
        let folder = tempfile::tempdir().unwrap();
        copy(saved.path(), folder.path());
        let house = House { folder, keys: sound.keys.clone(), first: sound.first.clone() };
        harm(&house);
        let (found, what) = house.found().await;
        assert_eq!(found, position, "{name}: {what}");
    }
}

/// Somebody who can rewrite every file can rewrite the chain and the tiles too. Only a checkpoint that was kept
/// elsewhere tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_of_everything_is_found_by_a_checkpoint_kept_elsewhere() {
    let house = House::new().await;
    let older = tempfile::tempdir().unwrap();
    copy(house.folder.path(), older.path());
    let (log, ledger) = house.open().await.unwrap();
    append(&log, 50).await;
    let kept = ledger.checkpoint(BranchId::MAIN).await.unwrap();
    log.close().await.unwrap();
    let house = House { folder: older, keys: house.keys.clone(), first: house.first.clone() };
    let (log, ledger) = house.open().await.unwrap();
    assert!(ledger.verify(BranchId::MAIN, None, &mut |_| ()).await.is_ok());
    let verdict = ledger.verify(BranchId::MAIN, Some(&Since::Note(kept.note)), &mut |_| ()).await;
    assert!(
        matches!(&verdict, Err(LedgerError::Damaged { position, .. }) if position.0 == EVENTS + 1),
        "{verdict:?}"
    );
    let stranger = NoteSigner::new(&[9; 32]);
    let forged = stranger.sign(kept.key.name(), &kept.checkpoint.text());
    let verdict = ledger.verify(BranchId::MAIN, Some(&Since::Note(forged)), &mut |_| ()).await;
    assert!(matches!(verdict, Err(LedgerError::BadCheckpoint(_))));
    log.close().await.unwrap();
}

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::log::sqlite::{self, SqliteOptions};
use crate::log::{Append, EventLog, Expected, Log, NewEvent, StreamWrite};
use crate::payload::PersonEvent;
use crate::seal::{KeyStore, Unlock};
use crate::{Actor, CommandId, PersonId, SubjectId, SystemClock, SystemEntropy};
use uuid::Uuid;

const SECRET: &str = "the archive's own";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn keys(&self) -> Arc<KeyStore> {
        let unlock = Unlock::with_passphrase("of this machine");
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        Arc::new(KeyStore::open(&self.path("keys.json"), unlock, clock, entropy).unwrap())
    }

    fn options(&self) -> SqliteOptions {
        SqliteOptions::new(self.path("log.db"))
    }

    async fn log(&self) -> Log {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        Log::sqlite(&self.options(), self.keys(), clock, entropy).await.unwrap()
    }

    async fn export(&self, file: &Path) -> Exported {
        let log = sqlite::reader(&self.options()).unwrap();
        let keys = self.keys();
        let export = Export { log: &*log, keys: &keys, reactors: Some("{}".into()), passphrase: SECRET };
        export.write(file, &SystemClock, &SystemEntropy, &mut |_, _| ()).await.unwrap()
    }

    async fn import(&self, file: &Path) -> Result<Restored, ArchiveError> {
        self.import_under(file, &self.keys()).await
    }

    async fn import_under(&self, file: &Path, keys: &KeyStore) -> Result<Restored, ArchiveError> {
        let archive = Archive::open(file, SECRET)?;
        let (mut writer, reader) = sqlite::store(&self.options()).await.unwrap();
        let done = archive.restore(&mut *writer, &*reader, keys, &SystemEntropy, &mut |_, _| ()).await;
        writer.close().await.unwrap();
        done
    }
}

async fn say(log: &Log, branch: BranchId, person: u128, name: &str) {
    let person = PersonId(Uuid::from_u128(person));
    let command_id = CommandId(Uuid::new_v4());
    let events = vec![NewEvent::new(PersonEvent::PersonRenamed { name: name.into() }, person); 2];
    let writes = vec![StreamWrite { stream: person.into(), expected: Expected::Any, events }];
    let actor = Actor::Person(person);
    let append = Append { command_id, correlation: command_id.into(), actor, branch, writes };
    log.append(append).await.unwrap();
}

/// Two people, a fork and a fork of the fork, and a key that was destroyed.
async fn lived(home: &Home, names: usize) -> Log {
    let log = home.log().await;
    for n in 0..names {
        say(&log, BranchId::MAIN, 1 + (n as u128) % 2, &format!("name {n} {}", "x".repeat(2_000))).await;
    }
    let fork = log.create_branch("what-if", BranchId::MAIN, Position(2)).await.unwrap();
    say(&log, fork.id, 1, "on the fork").await;
    let again = log.create_branch("again", fork.id, Position(3)).await.unwrap();
    say(&log, again.id, 2, "on the fork of the fork").await;
    log.close_branch(again.id).await.unwrap();
    log
}

async fn all(log: &Log) -> Vec<String> {
    let mut all = Vec::new();
    for branch in log.branches().await.unwrap() {
        all.push(format!("{branch:?}"));
        let mut after = Position::START;
        loop {
            let page = log.read(branch.id, after, 1_000).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.position();
            all.extend(page.iter().map(|e| format!("{e:?}")));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_the_same_on_the_other_side_and_goes_on_there() {
    let (here, there) = (Home::new(), Home::new());
    let log = lived(&here, 900).await;
    let destroyed = SubjectId(Uuid::from_u128(2));
    // The log is open and written to while the archive is made.
    let file = here.path("one.aico");
    let written = here.export(&file).await;
    assert_eq!((written.events, written.branches), (1_804, 3));
    assert_eq!(written.bytes, std::fs::metadata(&file).unwrap().len());
    assert!(!std::fs::read(&file).unwrap().windows(11).any(|w| w == b"on the fork"), "words lie open");
    let done = there.import(&file).await.unwrap();
    assert_eq!((done.events, done.new, done.reactors.as_deref()), (1_804, 1_804, Some("{}")));
    let copy = there.log().await;
    assert_eq!(all(&copy).await, all(&log).await);
    let head = *copy.head(BranchId::MAIN).await.unwrap().borrow();
    let first = log.read(BranchId::MAIN, Position::START, 1).await.unwrap().remove(0);
    let outcome = copy.outcome(first.header.command_id).await.unwrap().unwrap();
    assert_eq!((outcome.first, outcome.count), (Position(1), 2), "a repeated command is known");
    for branch in copy.branches().await.unwrap() {
        crate::log::verify::verify(&copy, &branch, &mut |_| ()).await.unwrap();
    }
    say(&copy, BranchId::MAIN, 1, "and goes on").await;
    assert_eq!(copy.head(BranchId::MAIN).await.unwrap().borrow().0, head.0 + 2);
    copy.close().await.unwrap();
    // A second time adds nothing, what came since comes alone, and a destroyed key stays destroyed.
    assert_eq!(there.import(&file).await.unwrap().new, 0);
    here.keys().destroy(destroyed).unwrap();
    say(&log, BranchId::MAIN, 1, "later").await;
    here.export(&file).await;
    let refused = there.import(&file).await.unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveOther, "{refused}");
    let third = Home::new();
    third.import(&file).await.unwrap();
    let copy = third.log().await;
    let erased = copy.read(BranchId::MAIN, Position(2), 1).await.unwrap().remove(0);
    assert_eq!(erased.body, crate::Body::Erased);
    log.close().await.unwrap();
    copy.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_state_is_brought_up_and_another_log_is_left_alone() {
    let (here, there) = (Home::new(), Home::new());
    let log = lived(&here, 3).await;
    let (first, second) = (here.path("1"), here.path("2"));
    here.export(&first).await;
    say(&log, BranchId::MAIN, 3, "somebody new").await;
    log.create_branch("late", BranchId::MAIN, Position(7)).await.unwrap();
    here.export(&second).await;
    assert_eq!(there.import(&first).await.unwrap().new, 10);
    assert_eq!(there.import(&second).await.unwrap().new, 2);
    assert_eq!(there.import(&first).await.unwrap().new, 0, "an older archive takes nothing away");
    let copy = there.log().await;
    assert_eq!(all(&copy).await, all(&log).await);
    copy.close().await.unwrap();
    let other = Home::new();
    let stranger = lived(&other, 2).await;
    let before = all(&stranger).await;
    stranger.close().await.unwrap();
    let refused = other.import(&first).await.unwrap_err();
    assert_eq!(refused.code(), Code::ArchiveOther, "{refused}");
    let stranger = other.log().await;
    assert_eq!(all(&stranger).await, before);
    stranger.close().await.unwrap();
    log.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_cut_or_locked_archive_changes_nothing_and_names_the_place() {
    let (here, there) = (Home::new(), Home::new());
    let log = lived(&here, 4).await;
    log.close().await.unwrap();
    let file = here.path("whole");
    here.export(&file).await;
    let whole = std::fs::read(&file).unwrap();
    let wrong = Archive::open(&file, "another").err().unwrap();
    assert_eq!(wrong.code(), Code::WrongPassphrase);
    let broken = here.path("broken");
    let keys = there.keys();
    // Beyond the head each costs a passphrase.
    let step = whole.len() / 11 + 1;
    for at in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x20;
        for bytes in [&flipped[..], &whole[..at]] {
            std::fs::write(&broken, bytes).unwrap();
            let refused = there.import_under(&broken, &keys).await.unwrap_err();
            assert_eq!(refused.code(), Code::ArchiveDamaged, "byte {at}: {refused}");
            assert!(refused.to_string().contains("before byte"), "{refused}");
        }
    }
    let longer = [&whole[..], b"more"].concat();
    std::fs::write(&broken, longer).unwrap();
    assert_eq!(there.import(&broken).await.unwrap_err().code(), Code::ArchiveDamaged);
    let empty = there.log().await;
    assert_eq!(*empty.head(BranchId::MAIN).await.unwrap().borrow(), Position::START);
    assert_eq!(empty.branches().await.unwrap().len(), 1);
    empty.close().await.unwrap();
    assert_eq!(there.import(&file).await.unwrap().new, 12);
}

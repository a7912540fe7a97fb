//! The files of read models: damage, leftovers, size, and what must never be in them.

use std::path::{Path, PathBuf};

use events::payload::{ConversationEvent as E, PersonEvent};
use events::{BranchId, Digest};

use super::history::{PEOPLE, World};
use super::open;
use crate::ReadModels;

const DAY: i64 = 86_400;

async fn digests(read: &ReadModels) -> Vec<(&'static str, Digest)> {
    let basis = read.head_of(BranchId::MAIN).await.unwrap();
    let mut all = vec![];
    for name in read.names() {
        all.push((name, read.digest(name, &basis).await.unwrap()));
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![];
    for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

fn in_use(folder: &Path, name: &str) -> PathBuf {
    let root = folder.join(name);
    root.join(std::fs::read_to_string(root.join("current")).unwrap())
}

async fn some_talk() -> World {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    for n in 0..200 {
        let message = world.say(of, &format!("message {n} {}", "long ".repeat(50))).await;
        world.answer(of, message, "an answer", false).await;
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_and_removed_files_are_built_again() {
    let world = some_talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let before = digests(&read).await;
    read.close().await;
    drop(read);

    let conversations = in_use(folder.path(), "conversations");
    std::fs::write(&conversations, b"no database").unwrap();
    // Cut short, and cut so short that not even its head is whole.
    for left in [30_000, 100, 0] {
        let memory = in_use(folder.path(), "working_memory").join("data.mdb");
        let file = std::fs::OpenOptions::new().write(true).open(&memory).unwrap();
        assert!(file.metadata().unwrap().len() > 2 * left);
        file.set_len(left).unwrap();
        let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
        assert_eq!(digests(&read).await, before);
        let noted: Vec<_> =
            read.health(BranchId::MAIN).into_iter().filter(|h| h.note.is_some()).map(|h| h.name).collect();
        // An empty file is a new one to LMDB: it is filled again without a word.
        assert_eq!(noted.contains(&"working_memory"), left > 0, "{left}: {noted:?}");
        assert!(!conversations.exists(), "the damaged file is gone");
        read.close().await;
    }

    std::fs::remove_dir_all(folder.path()).unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    assert_eq!(digests(&read).await, before);
    assert!(read.health(BranchId::MAIN).iter().all(|h| h.note.is_none()), "nothing was damaged");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_behind_is_swept_and_what_can_go_on_stays() {
    let world = some_talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    read.head_of(BranchId::MAIN).await.unwrap();
    read.close().await;
    drop(read);
    let used = in_use(folder.path(), "timeline");
    let name = used.file_name().unwrap().to_str().unwrap();
    let (version, number) = name.rsplit_once('-').unwrap();
    let number: u32 = number.parse().unwrap();
    let left = ["v0-9".to_owned(), "v0-9-wal".to_owned(), format!("{version}-{}", number + 5)];
    let going_on = used.with_file_name(format!("{version}-{}", number + 1));
    for name in &left {
        std::fs::write(used.with_file_name(name), b"left").unwrap();
    }
    std::fs::copy(&used, &going_on).unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    for name in &left {
        assert!(!used.with_file_name(name).exists(), "{name}");
    }
    assert!(going_on.exists() && used.exists());
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuilds_at_once_wait_for_each_other() {
    let world = some_talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let before = digests(&read).await;
    for (name, digest) in &before {
        let again = async || read.rebuild(name, &mut |_| ()).await.unwrap();
        let basis = read.head_of(BranchId::MAIN).await.unwrap();
        let bases = [basis];
        let check = read.check(name, &bases, &mut |_| ()).await;
        let (one, two, three) = tokio::join!(again(), again(), again());
        check.unwrap();
        assert_eq!([one, two, three], [*digest; 3], "{name}");
    }
    assert_eq!(digests(&read).await, before);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_differs_from_its_rebuild_is_named() {
    let world = some_talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let basis = read.head_of(BranchId::MAIN).await.unwrap();
    let bases = [basis];
    read.check("conversations", &bases, &mut |_| ()).await.unwrap();
    let file = rusqlite::Connection::open(in_use(folder.path(), "conversations")).unwrap();
    file.execute("UPDATE versions SET value = x'7b7d' WHERE kind = 3 AND pos = 6", []).unwrap();
    let error = read.check("conversations", &bases, &mut |_| ()).await.unwrap_err().to_string();
    assert!(error.contains("kind 3") && error.contains("position 6 differs"), "{error}");
    file.execute("DELETE FROM versions WHERE kind = 3 AND pos = 6", []).unwrap();
    let error = read.check("conversations", &bases, &mut |_| ()).await.unwrap_err().to_string();
    assert!(error.contains("position 6 is in the rebuilt one only"), "{error}");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_19_working_memory_does_not_grow_with_the_years() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let mut sizes = vec![];
    for _month in 0..24 {
        world.clock.advance_seconds(31 * DAY);
        let text = "word ".repeat(400);
        for _ in 0..40 {
            world.say(of, &text).await;
        }
        read.head_of(BranchId::MAIN).await.unwrap();
        assert!(read.working_memory().entries().unwrap() <= 40);
        let file = in_use(folder.path(), "working_memory").join("data.mdb");
        sizes.push(std::fs::metadata(file).unwrap().len());
    }
    assert!(sizes[23] < 4 * sizes[0], "the space of what expired is used again: {sizes:?}");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_words_of_a_person_lie_in_any_file() {
    const CANARY: &str = "quizzical-canary-48151";
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    let message = world.say(of, CANARY).await;
    world.answer(of, message, CANARY, false).await;
    world.answer(of, message, CANARY, true).await;
    let edited = E::MessageEdited { message, text: CANARY.to_owned() };
    let renamed = E::ConversationRenamed { title: CANARY.to_owned() };
    world.talk(BranchId::MAIN, of, vec![edited, renamed]).await;
    let person = PersonEvent::PersonRenamed { name: CANARY.to_owned() };
    world.write(BranchId::MAIN, PEOPLE[0].into(), PEOPLE[0].into(), vec![person.into()]).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let basis = read.head_of(BranchId::MAIN).await.unwrap();
    let people = read.minds().people(&basis).await.unwrap();
    assert!(people.iter().any(|p| p.name.as_deref() == Some(CANARY)), "the words are told all the same");
    let look = || {
        let all = files(folder.path());
        assert!(all.len() >= 8, "{all:?}");
        for file in all {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(CANARY.len()).any(|w| w == CANARY.as_bytes()), "{}", file.display());
        }
    };
    look();
    for name in read.names() {
        read.rebuild(name, &mut |_| ()).await.unwrap();
    }
    read.close().await;
    look();
}

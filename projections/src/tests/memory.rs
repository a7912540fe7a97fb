//! Semantic memory over a whole history: what it finds, what it never finds, and what damage does to it.

use std::path::Path;

use events::payload::{Attachment, ConversationEvent as E, Fact};
use events::{BranchId, MadeBy, PersonId, Position};

use super::history::{PEOPLE, World};
use super::open;
use crate::ReadModels;
use crate::basis::AsOf;
use crate::memory::{Kind, MemoryQuery, Names, Remembered, Words};

fn query(person: PersonId, text: &str) -> MemoryQuery {
    let names = Names { person: "Ada".to_owned(), companion: "Aico".to_owned() };
    MemoryQuery { person, text: text.to_owned(), asked_at: None, names, but: None, kinds: vec![], limit: 20 }
}

async fn found_at(read: &ReadModels, at: AsOf, person: PersonId, text: &str) -> Vec<Remembered> {
    let basis = read.at("main", at).await.unwrap();
    read.memory().search(&basis, &query(person, text)).await.unwrap()
}

async fn found(read: &ReadModels, text: &str) -> Vec<Remembered> {
    found_at(read, AsOf::Latest, PEOPLE[0], text).await
}

/// The words of what was found.
async fn words(read: &ReadModels, text: &str) -> Vec<String> {
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    let found = read.memory().search(&basis, &query(PEOPLE[0], text)).await.unwrap();
    let words = read.memory().words(&basis, &found).await.unwrap();
    let told = |w: Option<Words>| match w.unwrap() {
        Words::Said(text) => text,
        Words::Learned(fact) => format!("{} | {} | {}", fact.subject, fact.predicate, fact.object),
        Words::Noted { note, about } => format!("{note} | {}", about.unwrap_or_default()),
    };
    words.into_iter().map(told).collect()
}

async fn reading(world: &World, folder: &Path) -> ReadModels {
    open(folder, world.log.clone(), world.keys.clone()).await
}

/// A talk about a few things, with the places where they were said.
async fn talk() -> World {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    for text in [
        "My sister Anna lives in Lisbon.",
        "I bought new running shoes yesterday.",
        "The doctor says my knee needs rest.",
        "We painted the kitchen yellow in May.",
    ] {
        world.clock.advance_seconds(60);
        let message = world.say(of, text).await;
        world.answer(of, message, "I see. Tell me more?", false).await;
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_found_at_once_and_after_a_restart() {
    let world = talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let before = found(&read, "Where does my sister live?").await;
    assert_eq!(words(&read, "Where does my sister live?").await[0], "My sister Anna lives in Lisbon.");
    assert!(before[0].relevant && before[0].kind == Kind::Person);
    assert!(before[0].reason.starts_with("holds `sister`, `live`"), "{}", before[0].reason);
    let bystanders = before.iter().filter(|f| f.relevant && !f.reason.contains("holds")).count();
    assert!(bystanders <= 1, "what stands beside is not told unasked, but for what answers: {before:?}");
    let sum: f64 = before[0].signals.iter().map(|(_, part)| part).sum();
    assert!((sum - before[0].score).abs() < 1e-4, "a score is the sum of its parts");
    // Not closed, as after a crash: what was not written yet is read from the log again.
    drop(read);
    let read = reading(&world, folder.path()).await;
    assert_eq!(found(&read, "Where does my sister live?").await, before);
    read.close().await;
    let read = reading(&world, folder.path()).await;
    assert_eq!(found(&read, "Where does my sister live?").await, before, "from tantivy's files now");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fresh_and_what_is_written_are_searched_together() {
    let mut world = talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    read.at("main", AsOf::Latest).await.unwrap();
    read.close().await;
    world.say(0, "Anna moved from Lisbon to Porto.").await;
    let read = reading(&world, folder.path()).await;
    let both = words(&read, "Where in Portugal does Anna live, Lisbon?").await;
    assert!(both[..3].contains(&"Anna moved from Lisbon to Porto.".to_owned()), "{both:?}");
    assert!(both[..3].contains(&"My sister Anna lives in Lisbon.".to_owned()), "{both:?}");
    // The same as when all of it is fresh.
    let other = tempfile::tempdir().unwrap();
    let fresh = reading(&world, other.path()).await;
    assert_eq!(found(&read, "Anna Lisbon").await, found(&fresh, "Anna Lisbon").await);
    read.close().await;
    fresh.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_conversation_is_never_found() {
    let mut world = talk().await;
    let (private, _) = world.start(PEOPLE[0], true).await;
    let message = world.say(private, "My secret is the zebra.").await;
    world.answer(private, message, "A zebra, I see.", false).await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let is_private = |w: &String| w.contains("zebra");
    assert!(!words(&read, "What about the secret zebra?").await.iter().any(is_private));
    read.close().await;
    // The conversation is known to be private after a restart as well.
    world.say(private, "The zebra again.").await;
    let read = reading(&world, folder.path()).await;
    assert!(!words(&read, "What about the secret zebra?").await.iter().any(is_private));
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_what_another_person_said() {
    let world = talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    assert!(found_at(&read, AsOf::Latest, PEOPLE[1], "sister Anna Lisbon").await.is_empty());
    assert!(!found(&read, "sister Anna Lisbon").await.is_empty());
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reworded_message_is_found_by_its_new_words_and_in_the_past_by_its_old_ones() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    let picture = Attachment { kind: "image".to_owned(), caption: "a grey cat on a sofa".to_owned(), url: None };
    let message = events::MessageId(uuid::Uuid::from_u128(77));
    let received = E::MessageReceived {
        message,
        text: "Look at my pet, a hamster".to_owned(),
        attachments: vec![picture],
        thread: None,
    };
    let before = world.talk(BranchId::MAIN, of, vec![received]).await;
    let edited = E::MessageEdited { message, text: "Look at my pet, a kitten".to_owned() };
    world.talk(BranchId::MAIN, of, vec![edited]).await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let cover =
        |found: &[Remembered]| found[0].signals.iter().find(|(n, _)| *n == "cover").map(|(_, part)| *part > 0.0);
    assert_eq!(cover(&found(&read, "kitten").await), Some(true));
    assert_eq!(found(&read, "pet").await.len(), 1, "one message is one memory");
    assert_eq!(cover(&found(&read, "hamster").await), Some(false));
    assert_eq!(cover(&found_at(&read, AsOf::Position(before), PEOPLE[0], "hamster").await), Some(true));
    assert_eq!(cover(&found(&read, "sofa").await), Some(true), "its picture stayed");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_answers_the_one_that_counts_is_found() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    let message = world.say(of, "What shall I cook?").await;
    let first = world.answer(of, message, "Try a risotto.", false).await;
    world.answer(of, message, "Try a goulash.", false).await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let advice = async || {
        let words = words(&read, "What dish did you tell me to try?").await;
        words.into_iter().filter(|w| w.starts_with("Try")).collect::<Vec<_>>()
    };
    assert_eq!(advice().await, ["Try a goulash."]);
    world.talk(BranchId::MAIN, of, vec![E::VariantSelected { message, reply: first }]).await;
    assert_eq!(advice().await, ["Try a risotto."]);
    world.answer(of, message, "Try a", true).await;
    assert_eq!(advice().await, ["Try a risotto."], "an answer that broke off does not replace a whole one");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_learned_is_found_as_well() {
    let mut world = talk().await;
    let message = world.say(0, "Bruno barks at night.").await;
    let fact = |subject: &str, predicate: &str, object: &str| Fact {
        subject: subject.to_owned(),
        predicate: predicate.to_owned(),
        object: object.to_owned(),
        sentence: "Bruno barks at night.".to_owned(),
        confidence: 0.9,
    };
    let facts = vec![fact("Ada", "owns", "Bruno"), fact("Bruno", "is_a", "dog")];
    let by = MadeBy { name: "rules".to_owned(), version: "1".to_owned() };
    world.talk(BranchId::MAIN, 0, vec![E::FactsExtracted { message, facts, by }]).await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    assert!(words(&read, "Is Bruno a dog?").await[..3].contains(&"Bruno | is_a | dog".to_owned()));
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_holds_nothing_finds_nothing_and_no_question_fails() {
    let world = talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    for nothing in ["", "   ", "what is it that you were to be?", "\u{0}\u{1}\u{7f}\u{202e}", "?!…", "🙂🙂"] {
        assert!(found(&read, nothing).await.is_empty(), "{nothing:?}");
    }
    let long = format!("sister {}", "Lisbon tram ".repeat(8_400));
    assert!(long.len() > 100_000);
    assert_eq!(found(&read, &long).await[0].source, found(&read, "sister Lisbon").await[0].source);
    for odd in ["ⵣⴰⵎⴰⵣⵉⵖⵜ ⵜⴰⵏⴰⵡⴰⵢⵜ", "សួស្តី\u{200b}ពិភពលោក", "a\u{0}b\u{0}c sister", "ﷺ", "\u{1f468}\u{200d}\u{1f469}"]
    {
        found(&read, odd).await;
    }
    let none = MemoryQuery { limit: 0, ..query(PEOPLE[0], "sister") };
    let basis = read.at("main", AsOf::Latest).await.unwrap();
    assert!(read.memory().search(&basis, &none).await.unwrap().is_empty());
    let before = AsOf::Position(Position(2));
    assert!(found_at(&read, before, PEOPLE[0], "sister").await.is_empty(), "nothing was said yet");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contradiction_does_not_empty_the_store() {
    let mut world = talk().await;
    world.say(0, "No, my sister Anna does not live in Lisbon, she never did.").await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let all = words(&read, "Where does my sister Anna live?").await;
    assert!(all.iter().any(|w| w.starts_with("No, my sister")) && all.iter().any(|w| w.starts_with("My sister")));
    assert!(words(&read, "knee").await.iter().any(|w| w.contains("knee")));
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_damaged_on_disk_is_detected_and_rebuilt() {
    let world = talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let before = found(&read, "sister Lisbon").await;
    read.close().await;
    let index = || {
        let root = folder.path().join("memory");
        root.join(std::fs::read_to_string(root.join("current")).unwrap()).join(PEOPLE[0].to_string())
    };
    let files = || std::fs::read_dir(index()).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    assert!(files().len() >= 5, "{:?}", files());
    for n in 0..files().len() {
        let path = files().into_iter().nth(n).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let read = reading(&world, folder.path()).await;
        assert_eq!(found(&read, "sister Lisbon").await, before, "{}", path.display());
        let health = read.health(BranchId::MAIN);
        let memory = health.iter().find(|h| h.name == "memory").unwrap();
        let said = memory.note.as_deref().unwrap_or_default();
        // The list of files that tantivy may delete is read only when it deletes.
        assert!(said.contains("damaged") || path.ends_with(".managed.json"), "{}: {said}", path.display());
        read.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recall_while_a_rebuild_runs_stays_correct() {
    let world = talk().await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let before = found(&read, "sister Lisbon").await;
    let asking = async {
        for _ in 0..50 {
            assert_eq!(found(&read, "sister Lisbon").await, before);
        }
    };
    let rebuilding = async {
        for _ in 0..3 {
            read.rebuild("memory", &mut |_| ()).await.unwrap();
        }
    };
    tokio::join!(asking, rebuilding);
    assert_eq!(found(&read, "sister Lisbon").await, before);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_memory_consists_of_is_counted_as_of_any_moment() {
    let mut world = talk().await;
    world.clock.advance_seconds(86_400);
    world.say(0, "Guten Morgen, wie geht es dir?").await;
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let stats = async |at| {
        let basis = read.at("main", at).await.unwrap();
        read.memory().stats(&basis, PEOPLE[0]).unwrap()
    };
    let now = stats(AsOf::Latest).await;
    assert_eq!((now.person, now.companion, now.facts), (5, 4, 0));
    assert_eq!((now.conversations, now.sessions), (1, 2));
    assert_eq!(now.languages[&Some(crate::memory::text::Language::German)], 1);
    assert!(now.first < now.last && now.embedder.starts_with("aico-static"));
    let early = stats(AsOf::Position(Position(6))).await;
    assert_eq!((early.person, early.companion, early.sessions), (1, 0, 1));
    assert_eq!(stats(AsOf::Position(Position(1))).await.first, None);
    read.close().await;
}

/// What came later may add neither a language nor a name to a question about the past.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_the_past_is_understood_as_it_was_then() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    for text in
        ["Melanie was angry at the station.", "I saw stations and a hast in town.", "We had hasten and haste."]
    {
        world.say(of, text).await;
    }
    let then = AsOf::Position(world.head(BranchId::MAIN).await);
    let folder = tempfile::tempdir().unwrap();
    let read = reading(&world, folder.path()).await;
    let question = "What did Melanie hasten at the stations?";
    let before = found(&read, question).await;
    let imported = E::MessageImported {
        message: events::MessageId(uuid::Uuid::from_u128(99)),
        role: events::payload::Role::Companion,
        speaker: "Melanie".to_owned(),
        text: "Ich habe mich auf dem Weg zur Station beeilt, und du hast gewartet.".to_owned(),
        attachments: vec![],
        source: None,
    };
    world.talk(BranchId::MAIN, of, vec![imported]).await;
    assert_ne!(found(&read, question).await, before);
    assert_eq!(found_at(&read, then, PEOPLE[0], question).await, before);
    read.close().await;
}

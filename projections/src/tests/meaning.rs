//! What answers mean, case by case.

use events::payload::ConversationEvent as E;
use events::{BranchId, Code, MessageId, Position};

use super::history::{PEOPLE, World};
use super::open;
use crate::basis::AsOf;
use crate::conversations::Page;

const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn defect_35_what_is_another_persons_is_not_found() {
    let mut world = World::new().await;
    let (of, conversation) = world.start(PEOPLE[0], false).await;
    let message = world.say(of, "mine").await;
    let reply = world.answer(of, message, "yours", false).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let basis = read.head_of(BranchId::MAIN).await.unwrap();
    let talk = read.conversations();
    let [own, other] = PEOPLE;
    assert_eq!(talk.messages(&basis, own, conversation, Page::newest(9)).await.unwrap().len(), 2);
    assert_eq!(talk.list(&basis, other, 9).await.unwrap(), []);
    let code = |refused: Result<_, crate::ReadSideError>| refused.err().map(|e| e.code());
    assert_eq!(code(talk.get(&basis, other, conversation).await.map(|_| ())), Some(Code::NoSuchConversation));
    let page = talk.messages(&basis, other, conversation, Page::newest(9)).await;
    assert_eq!(code(page.map(|_| ())), Some(Code::NoSuchConversation));
    for message in [message, reply] {
        assert_eq!(code(talk.message(&basis, other, message).await.map(|_| ())), Some(Code::NoSuchMessage));
    }
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_counts_for_the_skill_of_its_own_run() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    let message = world.say(of, "hello").await;
    world.talk(BranchId::MAIN, of, vec![World::chosen(message, "listen", "question")]).await;
    let first = world.answer(of, message, "one", false).await;
    world.talk(BranchId::MAIN, of, vec![World::chosen(message, "cheer_up", "question")]).await;
    world.answer(of, message, "two", false).await;
    world.judge(of, first, 1.0).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let basis = read.head_of(BranchId::MAIN).await.unwrap();
    let learned = read.minds().posteriors(&basis, PEOPLE[0], "question").await.unwrap();
    assert_eq!(learned, [("listen".to_owned(), 2.0, 1.0)], "the first reply was judged, not the second");
    let chosen: Vec<_> = read.minds().skills(&basis, PEOPLE[0]).await.unwrap();
    let chosen: Vec<_> = chosen.into_iter().map(|s| (s.skill, s.chosen, s.judged)).collect();
    assert_eq!(chosen, [("cheer_up".to_owned(), 1, 0), ("listen".to_owned(), 1, 1)]);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_broke_off_is_remembered_only_without_a_finished_one() {
    let mut world = World::new().await;
    let (of, conversation) = world.start(PEOPLE[0], false).await;
    let message = world.say(of, "tell me").await;
    world.answer(of, message, "half a wo", true).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let recent = async |limit| {
        let basis = read.head_of(BranchId::MAIN).await.unwrap();
        let turns = read.working_memory().recent(&basis, conversation, limit).await.unwrap();
        turns.into_iter().map(|t| t.text).collect::<Vec<_>>()
    };
    assert_eq!(recent(9).await, ["half a wo", "tell me"]);
    world.answer(of, message, "a whole answer", false).await;
    world.answer(of, message, "again ha", true).await;
    assert_eq!(recent(9).await, ["a whole answer", "tell me"], "one answer, though the newest broke off");
    assert_eq!(recent(1).await, ["a whole answer"], "also when only one turn is wanted");
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_built_later_does_not_hide_what_another_one_purged() {
    let mut world = World::new().await;
    let (of, conversation) = world.start(PEOPLE[0], false).await;
    let fork = world.fork("fork", BranchId::MAIN).await;
    let said = |n: u128, text: &str| {
        let message = MessageId(uuid::Uuid::from_u128(n));
        vec![E::MessageReceived { message, text: text.to_owned(), attachments: vec![], thread: None }]
    };
    world.talk(fork, of, said(1, "first")).await;
    world.clock.advance_seconds(35 * DAY);
    world.talk(fork, of, said(2, "second")).await;
    world.clock.advance_seconds(5 * DAY);
    let middle = world.talk(BranchId::MAIN, of, said(3, "middle")).await;
    world.clock.advance_seconds(60 * DAY);
    world.talk(BranchId::MAIN, of, said(4, "last")).await;
    let folder = tempfile::tempdir().unwrap();
    // Main is built first and purges up to day 70; then the fork purges up to day 5.
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    read.head_of(fork).await.unwrap();
    let basis = read.at("main", AsOf::Position(middle)).await.unwrap();
    let turns = read.working_memory().recent(&basis, conversation, 9).await.unwrap();
    assert_eq!(turns.iter().map(|t| t.text.as_str()).collect::<Vec<_>>(), ["middle"]);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_conversation_teaches_nothing_and_keeps_its_own_history() {
    let mut world = World::new().await;
    let (of, conversation) = world.start(PEOPLE[0], true).await;
    let message = world.say(of, "a secret").await;
    let fact = events::payload::Fact {
        subject: "person".to_owned(),
        predicate: "has".to_owned(),
        object: "secret".to_owned(),
        sentence: "a secret".to_owned(),
        confidence: 1.0,
    };
    let by = events::MadeBy { name: "patterns".to_owned(), version: "1".to_owned() };
    world.talk(BranchId::MAIN, of, vec![E::FactsExtracted { message, facts: vec![fact], by }]).await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let basis = read.head_of(BranchId::MAIN).await.unwrap();
    assert_eq!(read.minds().facts(&basis, PEOPLE[0], 9).await.unwrap(), []);
    assert!(read.conversations().get(&basis, PEOPLE[0], conversation).await.unwrap().private);
    assert_eq!(read.working_memory().recent(&basis, conversation, 9).await.unwrap().len(), 1);
    read.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_leads_to_the_last_position_recorded_by_then() {
    let mut world = World::new().await;
    let (of, _) = world.start(PEOPLE[0], false).await;
    let start = events::Clock::now(&*world.clock);
    world.say(of, "one").await;
    let head = world.head(BranchId::MAIN).await;
    world.clock.advance_seconds(10);
    world.say(of, "two").await;
    let folder = tempfile::tempdir().unwrap();
    let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
    let at = async |time| read.at("main", AsOf::Time(time)).await.map(|b| b.position);
    assert_eq!(at(start.plus_seconds(9)).await.unwrap(), head);
    assert_eq!(at(start.plus_seconds(10)).await.unwrap(), head.next());
    assert_eq!(at(start.plus_seconds(-1)).await.unwrap_err().code(), Code::TimeBeforeFirstEvent);
    let past = read.at("main", AsOf::Position(Position(head.0 + 2))).await;
    assert_eq!(past.unwrap_err().code(), Code::PositionPastHead);
    read.close().await;
}

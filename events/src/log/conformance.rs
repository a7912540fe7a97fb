//! What every store must show: one case per promise. [`crate::conformance_suite`] makes each a test of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // This is test code for other crates.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    Append, AppendError, Appended, BranchError, EventLog, Expected, MAX_BODY_BYTES, MAX_EVENTS_PER_APPEND, NewEvent,
    StreamWrite,
};
use crate::envelope::{Actor, Body};
use crate::id::{BranchId, CommandId, EventId, PersonId, Position, SubjectId, Version};
use crate::ledger::note::{Checkpoint, NoteSigner};
use crate::ledger::proof;
use crate::ledger::tree::Frontier;
use crate::ledger::{Ledger, LedgerError, Shelf, Since};
use crate::payload::PersonEvent;
use crate::seal::memory::MemoryKeyRing;
use crate::stream::{Category, StreamId};
use crate::time::{ManualClock, SystemEntropy, Timestamp};

/// A log under test with the ports it was made with.
pub struct Subject {
    pub log: Arc<dyn EventLog>,
    pub clock: Arc<ManualClock>,
    pub keys: Arc<MemoryKeyRing>,
    /// Whatever must live as long as the log, such as a temporary folder.
    pub keep: Box<dyn std::any::Any + Send + Sync>,
}

/// Ports for a log under test.
pub fn ports() -> (Arc<MemoryKeyRing>, Arc<ManualClock>, Arc<SystemEntropy>) {
    (Arc::new(MemoryKeyRing::new()), Arc::new(ManualClock::new(Timestamp(1_000_000))), Arc::new(SystemEntropy))
}

/// A test per case, over a function that makes a fresh [`Subject`].
#[macro_export]
macro_rules! conformance_suite {
    ($make:expr) => {
        $crate::conformance_suite!(@list { async || Some($make().await) });
    };
    // For stores that may be absent on this machine.
    (optional $make:expr) => {
        $crate::conformance_suite!(@list { $make });
    };
    (@list { $make:expr }) => {
        $crate::conformance_suite!(@cases { $make };
            positions_have_no_gaps
            versions_follow_each_other
            a_repeated_command_returns_its_first_outcome
            a_command_without_events_is_remembered
            twins_of_a_command_at_once_are_stored_once
            a_wrong_expectation_is_refused
            one_wrong_expectation_refuses_the_whole_append
            several_writes_to_one_stream_follow_each_other
            limits_are_kept
            sixty_four_writers_get_one_order
            a_page_holds_what_was_asked_for
            a_stream_is_read_after_a_version
            positions_are_read_in_the_order_asked_for
            an_event_is_found_by_its_id
            time_leads_to_a_position
            recorded_time_never_goes_back
            occurred_time_is_kept
            a_waiting_reader_wakes
            a_branch_reads_its_parent_then_itself
            a_branch_goes_on_with_its_parents_versions
            a_branch_of_a_branch_reads_all_its_ancestors
            a_closed_branch_takes_nothing
            a_branch_is_refused_for_a_reason
            an_erased_subject_reads_as_erased_and_takes_nothing
            a_used_event_id_spoils_only_its_own_append
            the_whole_log_verifies
            the_ledger_proves_every_event_of_every_branch
            the_ledger_goes_on_where_it_was_left
        );
    };
    (@cases { $make:expr }; $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(subject) = ($make)().await {
                    $crate::log::conformance::$case(subject).await;
                }
            }
        )*
    };
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn stream(n: u128) -> StreamId {
    StreamId::new(Category::Person, Uuid::from_u128(n))
}

fn renamed(name: &str) -> NewEvent {
    NewEvent::new(PersonEvent::PersonRenamed { name: name.into() }, person(1))
}

fn write(n: u128, expected: Expected, names: &[&str]) -> StreamWrite {
    StreamWrite { stream: stream(n), expected, events: names.iter().map(|name| renamed(name)).collect() }
}

fn append_as(command: u128, writes: Vec<StreamWrite>) -> Append {
    let command_id = CommandId(Uuid::from_u128(command));
    Append { command_id, correlation: command_id.into(), actor: Actor::System, branch: BranchId::MAIN, writes }
}

fn append(writes: Vec<StreamWrite>) -> Append {
    append_as(Uuid::new_v4().as_u128(), writes)
}

fn on(branch: BranchId, append: Append) -> Append {
    Append { branch, ..append }
}

async fn say(s: &Subject, n: u128, names: &[&str]) -> Appended {
    s.log.append(append(vec![write(n, Expected::Any, names)])).await.unwrap()
}

async fn names(s: &Subject, branch: BranchId) -> Vec<String> {
    let events = s.log.read(branch, Position::START, 1_000).await.unwrap();
    let positions: Vec<u64> = events.iter().map(|e| e.position().0).collect();
    assert_eq!(positions, (1..=events.len() as u64).collect::<Vec<_>>(), "positions are 1, 2, 3 ...");
    events.iter().map(|e| name_of(&e.body)).collect()
}

fn name_of(body: &Body) -> String {
    match body {
        Body::Open(json) => {
            serde_json::from_slice::<serde_json::Value>(json).unwrap()["name"].as_str().unwrap().into()
        }
        Body::Erased => "(erased)".into(),
    }
}

pub async fn positions_have_no_gaps(s: Subject) {
    assert_eq!(say(&s, 1, &["a", "b"]).await.first, Position(1));
    let refused = s.log.append(append(vec![write(1, Expected::Exactly(Version(9)), &["x"])])).await;
    assert!(refused.is_err());
    let third = say(&s, 2, &["c"]).await;
    assert_eq!((third.first, third.last()), (Position(3), Position(3)), "a refused append leaves no gap");
    assert_eq!(names(&s, BranchId::MAIN).await, ["a", "b", "c"]);
}

pub async fn versions_follow_each_other(s: Subject) {
    say(&s, 1, &["a", "b"]).await;
    say(&s, 2, &["x"]).await;
    say(&s, 1, &["c"]).await;
    let events = s.log.read_stream(BranchId::MAIN, stream(1), Version(0), 10).await.unwrap();
    assert_eq!(events.iter().map(|e| e.header.version.0).collect::<Vec<_>>(), [1, 2, 3]);
}

pub async fn a_repeated_command_returns_its_first_outcome(s: Subject) {
    let first = s.log.append(append_as(7, vec![write(1, Expected::Any, &["a"])])).await.unwrap();
    say(&s, 1, &["b"]).await;
    let again = s.log.append(append_as(7, vec![write(1, Expected::Exactly(Version(0)), &["other"])])).await.unwrap();
    assert_eq!(again, Appended { repeated: true, ..first });
    let remembered = s.log.outcome(CommandId(Uuid::from_u128(7))).await.unwrap();
    assert_eq!(remembered.map(|o| (o.first, o.count)), Some((first.first, 1)));
    assert_eq!(names(&s, BranchId::MAIN).await, ["a", "b"]);
}

pub async fn a_command_without_events_is_remembered(s: Subject) {
    say(&s, 1, &["a"]).await;
    let done = s.log.append(append_as(8, vec![])).await.unwrap();
    assert_eq!((done.first, done.count, done.last()), (Position(1), 0, Position(1)));
    assert!(s.log.append(append_as(8, vec![write(1, Expected::Any, &["late"])])).await.unwrap().repeated);
    assert_eq!(names(&s, BranchId::MAIN).await, ["a"]);
}

pub async fn twins_of_a_command_at_once_are_stored_once(s: Subject) {
    let twins = (0..32).map(|_| s.log.append(append_as(9, vec![write(1, Expected::Any, &["a", "b"])])));
    let done: Vec<Appended> = futures_all(twins).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(done.iter().filter(|d| !d.repeated).count(), 1);
    assert!(done.iter().all(|d| (d.first, d.count) == (Position(1), 2)));
    assert_eq!(names(&s, BranchId::MAIN).await, ["a", "b"]);
}

pub async fn a_wrong_expectation_is_refused(s: Subject) {
    say(&s, 1, &["a"]).await;
    let refused = s.log.append(append(vec![write(1, Expected::Exactly(Version(0)), &["b"])])).await;
    match refused {
        Err(AppendError::WrongVersion { stream: at, expected, actual }) => {
            assert_eq!((at, expected, actual), (stream(1), Version(0), Version(1)));
        }
        other => panic!("{other:?}"),
    }
    s.log.append(append(vec![write(1, Expected::Exactly(Version(1)), &["b"])])).await.unwrap();
    assert_eq!(names(&s, BranchId::MAIN).await, ["a", "b"]);
}

pub async fn one_wrong_expectation_refuses_the_whole_append(s: Subject) {
    let both = vec![write(1, Expected::Exactly(Version(0)), &["a"]), write(2, Expected::Exactly(Version(5)), &["b"])];
    assert!(matches!(s.log.append(append_as(3, both)).await, Err(AppendError::WrongVersion { .. })));
    assert_eq!(names(&s, BranchId::MAIN).await, Vec::<String>::new());
    assert_eq!(s.log.outcome(CommandId(Uuid::from_u128(3))).await.unwrap(), None, "a refused command has no outcome");
    let both = vec![write(1, Expected::Exactly(Version(0)), &["a"]), write(2, Expected::Exactly(Version(0)), &["b"])];
    assert_eq!(s.log.append(append_as(3, both)).await.unwrap().count, 2);
    assert_eq!(names(&s, BranchId::MAIN).await, ["a", "b"]);
}

pub async fn several_writes_to_one_stream_follow_each_other(s: Subject) {
    let twice =
        vec![write(1, Expected::Exactly(Version(0)), &["a"]), write(1, Expected::Exactly(Version(1)), &["b"])];
    s.log.append(append(twice)).await.unwrap();
    s.log.append(append(vec![write(1, Expected::Exactly(Version(2)), &["c"])])).await.unwrap();
    assert_eq!(names(&s, BranchId::MAIN).await, ["a", "b", "c"]);
}

pub async fn limits_are_kept(s: Subject) {
    let long = "x".repeat(MAX_BODY_BYTES);
    let refused = s.log.append(append(vec![write(1, Expected::Any, &[&long])])).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { limit: MAX_BODY_BYTES, .. })));
    let many = vec!["x"; MAX_EVENTS_PER_APPEND + 1];
    let refused = s.log.append(append(vec![write(1, Expected::Any, &many)])).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { limit: MAX_EVENTS_PER_APPEND, .. })));
    let most = vec!["x"; MAX_EVENTS_PER_APPEND];
    assert_eq!(say(&s, 1, &most).await.count as usize, MAX_EVENTS_PER_APPEND);
}

pub async fn sixty_four_writers_get_one_order(s: Subject) {
    let writers = (0..64u128).map(|n| {
        let log = s.log.clone();
        tokio::spawn(async move {
            for i in 0..10u64 {
                let expected = Expected::Exactly(Version(i));
                let done = log.append(append(vec![write(n, expected, &[&i.to_string()])])).await.unwrap();
                let seen = log.at(BranchId::MAIN, &[done.first]).await.unwrap();
                assert_eq!(seen[0].header.stream, stream(n), "what was acknowledged can be read");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(names(&s, BranchId::MAIN).await.len(), 640);
}

pub async fn a_page_holds_what_was_asked_for(s: Subject) {
    say(&s, 1, &["a", "b", "c", "d"]).await;
    let page = s.log.read(BranchId::MAIN, Position(1), 2).await.unwrap();
    assert_eq!(page.iter().map(|e| e.position().0).collect::<Vec<_>>(), [2, 3]);
    assert!(s.log.read(BranchId::MAIN, Position(4), 2).await.unwrap().is_empty());
    assert!(s.log.read(BranchId::MAIN, Position::END, 2).await.unwrap().is_empty());
    let sealed = s.log.read_sealed(BranchId::MAIN, Position(3), 9).await.unwrap();
    assert!(!sealed[0].body.windows(3).any(|w| w == b"\"d\""), "a sealed body holds no plaintext");
}

pub async fn a_stream_is_read_after_a_version(s: Subject) {
    say(&s, 1, &["a", "b", "c"]).await;
    let events = s.log.read_stream(BranchId::MAIN, stream(1), Version(1), 1).await.unwrap();
    assert_eq!(events.iter().map(|e| name_of(&e.body)).collect::<Vec<_>>(), ["b"]);
    assert!(s.log.read_stream(BranchId::MAIN, stream(2), Version(0), 9).await.unwrap().is_empty());
}

pub async fn positions_are_read_in_the_order_asked_for(s: Subject) {
    say(&s, 1, &["a", "b", "c"]).await;
    let asked = [Position(3), Position(1), Position(9), Position(3)];
    let events = s.log.at(BranchId::MAIN, &asked).await.unwrap();
    assert_eq!(events.iter().map(|e| e.position().0).collect::<Vec<_>>(), [3, 1, 3]);
}

pub async fn an_event_is_found_by_its_id(s: Subject) {
    say(&s, 1, &["a", "b"]).await;
    let id = s.log.read(BranchId::MAIN, Position(1), 1).await.unwrap()[0].header.event_id;
    assert_eq!(s.log.find(id).await.unwrap(), Some((BranchId::MAIN, Position(2))));
    assert_eq!(s.log.find(EventId(Uuid::from_u128(5))).await.unwrap(), None);
}

pub async fn time_leads_to_a_position(s: Subject) {
    for second in [10, 20, 20, 30] {
        s.clock.set(Timestamp(second));
        say(&s, 1, &["x"]).await;
    }
    for (time, position) in [(9, 0), (10, 1), (19, 1), (20, 3), (29, 3), (30, 4), (99, 4)] {
        let found = s.log.position_at(BranchId::MAIN, Timestamp(time)).await.unwrap();
        assert_eq!(found, Position(position), "at {time}");
    }
}

pub async fn recorded_time_never_goes_back(s: Subject) {
    s.clock.set(Timestamp(50));
    say(&s, 1, &["a"]).await;
    s.clock.set(Timestamp(20));
    say(&s, 1, &["b"]).await;
    let times: Vec<i64> = s
        .log
        .read(BranchId::MAIN, Position::START, 9)
        .await
        .unwrap()
        .iter()
        .map(|e| e.header.recorded_at.0)
        .collect();
    assert_eq!(times, [50, 50]);
}

pub async fn occurred_time_is_kept(s: Subject) {
    let mut write = write(1, Expected::Any, &["a"]);
    write.events[0].occurred_at = Some(Timestamp(-77));
    s.log.append(append(vec![write])).await.unwrap();
    let header = &s.log.read(BranchId::MAIN, Position::START, 1).await.unwrap()[0].header;
    assert_eq!((header.occurred_at, header.recorded_at), (Timestamp(-77), Timestamp(1_000_000)));
}

pub async fn a_waiting_reader_wakes(s: Subject) {
    let mut head = s.log.head(BranchId::MAIN).await.unwrap();
    assert_eq!(*head.borrow(), Position::START);
    let log = s.log.clone();
    let reader = tokio::spawn(async move {
        head.wait_for(|head| *head >= Position(2)).await.unwrap();
        log.read(BranchId::MAIN, Position::START, 9).await.unwrap().len()
    });
    say(&s, 1, &["a", "b"]).await;
    assert_eq!(reader.await.unwrap(), 2, "a reader that was woken sees the whole append");
}

pub async fn a_branch_reads_its_parent_then_itself(s: Subject) {
    say(&s, 1, &["a", "b", "c"]).await;
    let branch = s.log.create_branch("what-if", BranchId::MAIN, Position(2)).await.unwrap();
    assert_eq!(names(&s, branch.id).await, ["a", "b"], "a fresh fork is its parent's past");
    s.log.append(on(branch.id, append(vec![write(1, Expected::Any, &["B"])]))).await.unwrap();
    say(&s, 1, &["d"]).await;
    assert_eq!(names(&s, branch.id).await, ["a", "b", "B"]);
    assert_eq!(names(&s, BranchId::MAIN).await, ["a", "b", "c", "d"]);
    let of_stream = s.log.read_stream(branch.id, stream(1), Version(1), 9).await.unwrap();
    assert_eq!(of_stream.iter().map(|e| name_of(&e.body)).collect::<Vec<_>>(), ["b", "B"]);
    let forked = s.log.branches().await.unwrap().into_iter().find(|b| b.id == branch.id).unwrap();
    let parent = s.log.read(BranchId::MAIN, Position(1), 1).await.unwrap();
    assert_eq!(forked.fork_leaf, parent[0].header.leaf(), "the fork point is provable");
}

pub async fn a_branch_goes_on_with_its_parents_versions(s: Subject) {
    say(&s, 1, &["a", "b", "c"]).await;
    let branch = s.log.create_branch("b", BranchId::MAIN, Position(2)).await.unwrap();
    let wrong = s.log.append(on(branch.id, append(vec![write(1, Expected::Exactly(Version(3)), &["x"])]))).await;
    assert!(matches!(wrong, Err(AppendError::WrongVersion { actual: Version(2), .. })), "{wrong:?}");
    let right = s.log.append(on(branch.id, append(vec![write(1, Expected::Exactly(Version(2)), &["x"])]))).await;
    assert_eq!(right.unwrap().first, Position(3));
    say(&s, 1, &["d"]).await;
    let main = s.log.read_stream(BranchId::MAIN, stream(1), Version(3), 9).await.unwrap();
    assert_eq!(main[0].header.version, Version(4));
}

pub async fn a_branch_of_a_branch_reads_all_its_ancestors(s: Subject) {
    say(&s, 1, &["a", "b"]).await;
    let one = s.log.create_branch("one", BranchId::MAIN, Position(2)).await.unwrap();
    s.log.append(on(one.id, append(vec![write(1, Expected::Any, &["c1", "d1"])]))).await.unwrap();
    let two = s.log.create_branch("two", one.id, Position(3)).await.unwrap();
    s.log.append(on(two.id, append(vec![write(1, Expected::Any, &["d2"])]))).await.unwrap();
    assert_eq!(names(&s, two.id).await, ["a", "b", "c1", "d2"]);
    let early = s.log.create_branch("early", one.id, Position(1)).await.unwrap();
    assert_eq!(names(&s, early.id).await, ["a"]);
}

pub async fn a_closed_branch_takes_nothing(s: Subject) {
    say(&s, 1, &["a"]).await;
    let branch = s.log.create_branch("b", BranchId::MAIN, Position(1)).await.unwrap();
    s.log.close_branch(branch.id).await.unwrap();
    let refused = s.log.append(on(branch.id, append(vec![write(1, Expected::Any, &["x"])]))).await;
    assert!(matches!(refused, Err(AppendError::NoBranch(_))));
    assert_eq!(names(&s, branch.id).await, ["a"], "its events stay");
}

pub async fn a_branch_is_refused_for_a_reason(s: Subject) {
    say(&s, 1, &["a"]).await;
    s.log.create_branch("b", BranchId::MAIN, Position(1)).await.unwrap();
    let taken = s.log.create_branch("b", BranchId::MAIN, Position(1)).await;
    assert!(matches!(taken, Err(BranchError::NameTaken(_))));
    let past = s.log.create_branch("c", BranchId::MAIN, Position(2)).await;
    assert!(matches!(past, Err(BranchError::PastHead { asked: Position(2), head: Position(1) })));
    assert!(matches!(s.log.create_branch("d", BranchId(9), Position(0)).await, Err(BranchError::NoBranch(_))));
    assert!(matches!(s.log.close_branch(BranchId::MAIN).await, Err(BranchError::Trunk)));
    assert!(s.log.read(BranchId(9), Position::START, 1).await.is_err());
    say(&s, 1, &["b"]).await;
}

pub async fn an_erased_subject_reads_as_erased_and_takes_nothing(s: Subject) {
    say(&s, 1, &["a"]).await;
    let mut other = write(1, Expected::Any, &["b"]);
    other.events[0].subject = SubjectId(Uuid::from_u128(2));
    s.log.append(append(vec![other])).await.unwrap();
    s.keys.destroy(person(1).into());
    assert_eq!(names(&s, BranchId::MAIN).await, ["(erased)", "b"]);
    let refused = s.log.append(append(vec![write(1, Expected::Any, &["c"])])).await;
    assert!(matches!(refused, Err(AppendError::Erased(_))));
}

pub async fn a_used_event_id_spoils_only_its_own_append(s: Subject) {
    say(&s, 1, &["a"]).await;
    let used = s.log.read(BranchId::MAIN, Position::START, 1).await.unwrap()[0].header.event_id;
    let mut bad = write(2, Expected::Any, &["bad"]);
    bad.events[0].event_id = Some(used);
    let appends = (0..8).map(|n| {
        let writes = if n == 4 { bad.clone() } else { write(3, Expected::Any, &["good"]) };
        s.log.append(append(vec![writes]))
    });
    let done = futures_all(appends).await;
    assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 7);
    assert!(done[4].is_err());
    assert_eq!(names(&s, BranchId::MAIN).await.len(), 8);
}

pub async fn the_whole_log_verifies(s: Subject) {
    say(&s, 1, &["a", "b", "c"]).await;
    let branch = s.log.create_branch("b", BranchId::MAIN, Position(2)).await.unwrap();
    s.log.append(on(branch.id, append(vec![write(1, Expected::Any, &["x", "y"])]))).await.unwrap();
    for (branch, events) in s.log.branches().await.unwrap().iter().zip([3, 4]) {
        let verified = super::verify::verify(&*s.log, branch, &mut |_| ()).await.unwrap();
        assert_eq!((verified.events, verified.leaf), (events, branch.head_leaf));
    }
}

fn ledger(s: &Subject, shelf: Shelf) -> Ledger {
    Ledger::new(s.log.clone(), shelf, NoteSigner::new(&[7; 32]), s.clock.clone())
}

pub async fn the_ledger_proves_every_event_of_every_branch(s: Subject) {
    for n in 0..9 {
        say(&s, n, &["a"; 100]).await;
    }
    // The fork is within the fourth tile: three are shared, and that one is not.
    let branch = s.log.create_branch("b", BranchId::MAIN, Position(800)).await.unwrap();
    s.log.append(on(branch.id, append(vec![write(1, Expected::Any, &["x"; 300])]))).await.unwrap();
    let ledger = ledger(&s, Shelf::memory());
    let (main, fork) =
        (ledger.checkpoint(BranchId::MAIN).await.unwrap(), ledger.checkpoint(branch.id).await.unwrap());
    assert_eq!((main.checkpoint.size, fork.checkpoint.size), (900, 1_100));
    for (signed, id) in [(&main, BranchId::MAIN), (&fork, branch.id)] {
        assert_eq!(Checkpoint::open(&signed.note, &ledger.key(id)).unwrap(), signed.checkpoint);
        let events = s.log.read_sealed(id, Position::START, 2_000).await.unwrap();
        let mut tree = Frontier::default();
        events.iter().for_each(|e| tree.push(e.header.leaf(), |_, _, _| ()));
        assert_eq!(tree.root(), signed.checkpoint.root);
        for at in [1, 2, 256, 257, 511, 800, 801, 900, signed.checkpoint.size] {
            let (_, path) = ledger.inclusion(id, Position(at)).await.unwrap();
            let leaf = events[at as usize - 1].header.leaf();
            assert!(proof::includes(&leaf, at - 1, tree.size(), &path, &tree.root()), "position {at}");
        }
        assert!(matches!(ledger.inclusion(id, Position(1_101)).await, Err(LedgerError::PastHead { .. })));
        let verdict = ledger.verify(id, None, &mut |_| ()).await.unwrap();
        assert_eq!((verdict.events, verdict.root), (tree.size(), tree.root()));
    }
    // The branch begins with its parent as it was at the fork.
    let at_fork = ledger.root(BranchId::MAIN, 800).await.unwrap();
    let path = ledger.consistency(branch.id, 800, 1_100).await.unwrap();
    assert!(proof::consistent(800, &at_fork, 1_100, &fork.checkpoint.root, &path));
    assert!(!proof::consistent(900, &main.checkpoint.root, 1_100, &fork.checkpoint.root, &path));
    // What was erased is proved as before.
    s.keys.destroy(person(1).into());
    assert_eq!(ledger.verify(BranchId::MAIN, None, &mut |_| ()).await.unwrap().root, main.checkpoint.root);
}

pub async fn the_ledger_goes_on_where_it_was_left(s: Subject) {
    let folder = tempfile_folder();
    let shelf = || Shelf::Folder(folder.clone());
    say(&s, 1, &["a"; 700]).await;
    let first = ledger(&s, shelf()).checkpoint(BranchId::MAIN).await.unwrap();
    say(&s, 1, &["b"; 700]).await;
    let later = ledger(&s, shelf());
    // Neither a thousand events nor a minute: nothing is signed.
    later.keep_up(BranchId::MAIN).await.unwrap();
    let since = Since::Note(first.note.clone());
    let verdict = later.verify(BranchId::MAIN, Some(&since), &mut |_| ()).await.unwrap();
    assert_eq!((verdict.events, verdict.newest.map(|c| c.size)), (700, Some(700)));
    s.clock.advance_seconds(crate::ledger::EVERY_SECONDS);
    later.keep_up(BranchId::MAIN).await.unwrap();
    let verdict = later.verify(BranchId::MAIN, Some(&since), &mut |_| ()).await.unwrap();
    assert_eq!((verdict.events, verdict.newest.map(|c| c.size)), (700, Some(1_400)));
    // And more than a thousand at once are signed without waiting.
    say(&s, 1, &["c"; 1_100]).await;
    later.keep_up(BranchId::MAIN).await.unwrap();
    let newest = later.verify(BranchId::MAIN, None, &mut |_| ()).await.unwrap().newest.unwrap();
    assert!(newest.size >= 2_400, "{newest:?}");
    let other = Ledger::new(s.log.clone(), shelf(), NoteSigner::new(&[8; 32]), s.clock.clone());
    assert!(other.checkpoint(BranchId::MAIN).await.is_err(), "another key cannot go on");
    std::fs::remove_dir_all(folder).unwrap();
}

fn tempfile_folder() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("aico-ledger-{}", Uuid::new_v4()))
}

async fn futures_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    futures::future::join_all(futures).await
}

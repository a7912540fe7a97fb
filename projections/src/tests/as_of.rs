//! As-of equals replay: what a live read side says about a past is what a new one would have said then.

use std::sync::Arc;

use events::{BranchId, EventLog as _, Position};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::answers::{Mentioned, answers, difference};
use super::history::{Act, World, act};
use super::open;
use super::oracle::agrees;
use super::prefix::Prefix;
use crate::ReadModels;
use crate::basis::{AsOf, Basis, resolve};

const FORK: &str = "fork";

/// Runs cases on one runtime; the failing case is printed in its smallest form.
fn cases<S: Strategy>(count: u32, strategy: &S, case: impl AsyncFn(S::Value)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: count, failure_persistence: None, ..Config::default() });
    runner
        .run(strategy, |value| {
            runtime.block_on(case(value));
            Ok(())
        })
        .unwrap();
}

/// Acts on main, then on main and a fork of it in turns.
async fn lived(before: &[Act], after: &[(bool, Act)]) -> (World, BranchId) {
    let mut world = World::new().await;
    for act in before {
        world.act(BranchId::MAIN, act).await;
    }
    let fork = world.fork(FORK, BranchId::MAIN).await;
    for (forked, act) in after {
        world.act(if *forked { fork } else { BranchId::MAIN }, act).await;
    }
    (world, fork)
}

/// A live read side that followed while things happened, unlike one that comes later.
async fn everything(read: &ReadModels, basis: &Basis, mentioned: &Mentioned) -> Vec<String> {
    let mut all = answers(read, basis, mentioned).await;
    for name in read.names() {
        all.push(format!("digest {name}: {:?}", read.digest(name, basis).await));
    }
    all
}

#[test]
fn as_of_equals_a_replay_that_ends_there() {
    let strategy = (
        prop::collection::vec(act(), 1..40),
        prop::collection::vec((any::<bool>(), act()), 0..40),
        prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 3),
    );
    cases(16, &strategy, async |(before, after, samples)| {
        let (world, fork) = lived(&before, &after).await;
        let folder = tempfile::tempdir().unwrap();
        let live = open(folder.path(), world.log.clone(), world.keys.clone()).await;
        let (main, forked) = (world.head(BranchId::MAIN).await, world.head(fork).await);
        let mentioned = [Mentioned::on(&*world.log, BranchId::MAIN).await, Mentioned::on(&*world.log, fork).await];
        for (n, (on_fork, index)) in samples.into_iter().enumerate() {
            let (name, head) = if on_fork { (FORK, forked) } else { ("main", main) };
            let at = Position(1 + index.index(head.0 as usize) as u64);
            let basis = live.at(name, AsOf::Position(at)).await.unwrap();
            let beside = folder.path().join(n.to_string());
            let prefix = Arc::new(Prefix::new(world.log.clone(), &basis));
            let replayed = open(&beside, prefix.clone(), world.keys.clone()).await;
            let last = basis.lineage.last().unwrap().branch;
            let then = replayed.head_of(last).await.unwrap();
            // On a fork before it had events of its own, the past is that of its parent.
            let now = Basis { branch: last, name: then.name.clone(), latest: then.latest, ..basis.clone() };
            assert_eq!(now, then);
            agrees(&live, &*world.log, &basis).await;
            let left = everything(&live, &now, &mentioned[usize::from(on_fork)]).await;
            let right = everything(&replayed, &then, &mentioned[usize::from(on_fork)]).await;
            assert_eq!(difference(&left, &right), None, "as of {name} {at}");
            replayed.close().await;
        }
        live.close().await;
    });
}

#[test]
fn a_fork_with_its_parents_tail_is_its_parent() {
    let strategy = (prop::collection::vec(act(), 1..40), any::<prop::sample::Index>());
    cases(16, &strategy, async |(acts, index)| {
        let (mut world, _) = lived(&acts, &[]).await;
        let events = world.read_all(BranchId::MAIN).await;
        let at = index.index(events.len());
        let fork = world.log.create_branch("again", BranchId::MAIN, Position(at as u64)).await.unwrap().id;
        world.replay(fork, &events[at..]).await;
        let folder = tempfile::tempdir().unwrap();
        let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
        let (main, again) = (read.head_of(BranchId::MAIN).await.unwrap(), read.head_of(fork).await.unwrap());
        assert_eq!(main.position, again.position);
        let mentioned = Mentioned::on(&*world.log, BranchId::MAIN).await;
        let mut left = answers(&read, &main, &mentioned).await;
        let mut right = answers(&read, &again, &mentioned).await;
        // Open turns are those of a line's own events only: the parent goes on with its own itself.
        for lines in [&mut left, &mut right] {
            lines.retain(|line| !line.starts_with("unfinished"));
        }
        assert_eq!(difference(&left, &right), None, "forked at {at}");
        read.close().await;
    });
}

#[test]
fn rebuilds_are_byte_identical() {
    let strategy = (prop::collection::vec(act(), 1..40), prop::collection::vec((any::<bool>(), act()), 0..30));
    cases(12, &strategy, async |(before, after)| {
        let mut world = World::new().await;
        let folder = tempfile::tempdir().unwrap();
        // This one follows while things happen, so its batches and its purges are not those of a rebuild.
        let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
        for act in &before {
            world.act(BranchId::MAIN, act).await;
            read.head_of(BranchId::MAIN).await.unwrap();
        }
        let fork = world.fork(FORK, BranchId::MAIN).await;
        for (forked, act) in &after {
            let branch = if *forked { fork } else { BranchId::MAIN };
            world.act(branch, act).await;
            read.head_of(branch).await.unwrap();
        }
        let mut bases = vec![];
        for name in ["main", FORK] {
            let head = resolve(&*world.log, name, AsOf::Latest).await.unwrap();
            for at in [head.position.0 / 3, head.position.0 / 2, head.position.0] {
                bases.push(read.at(name, AsOf::Position(Position(at.max(1)))).await.unwrap());
            }
        }
        let digests = async || {
            let mut all = vec![];
            for basis in &bases {
                for name in read.names() {
                    all.push((basis.to_string(), name, read.digest(name, basis).await.unwrap()));
                }
            }
            all
        };
        let live = digests().await;
        for _ in 0..2 {
            for name in read.names() {
                read.rebuild(name, &mut |_| ()).await.unwrap();
            }
            assert_eq!(live, digests().await);
        }
        read.close().await;
    });
}

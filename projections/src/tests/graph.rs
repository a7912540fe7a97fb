//! The graphs of two people over one log, whatever happens: nobody's facts are in another's.

use events::BranchId;
use proptest::prelude::*;

use super::history::{Act, PEOPLE, World, act};
use super::open;

/// Names that only one of the two ever says.
const OWN: [&[&str]; 2] = [
    &["anna", "lisbon", "porto", "siemens", "jazz", "climbing", "rome"],
    &["tom", "oslo", "bergen", "equinor", "skiing"],
];

#[test]
fn facts_of_one_person_never_appear_in_anothers_graph() {
    let reads = (any::<prop::sample::Index>(), any::<prop::sample::Index>())
        .prop_map(|(of, says)| Act::Read { of: of.index(1_000), says: says.index(1_000) });
    let strategy = prop::collection::vec(prop_oneof![act(), reads], 8..60);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let ran = runner.run(&strategy, |acts| {
        runtime.block_on(async {
            let mut world = World::new().await;
            for person in PEOPLE {
                let (of, _) = world.start(person, false).await;
                world.say(of, "hello").await;
            }
            for act in &acts {
                world.act(BranchId::MAIN, act).await;
            }
            let folder = tempfile::tempdir().unwrap();
            let read = open(folder.path(), world.log.clone(), world.keys.clone()).await;
            let basis = read.head_of(BranchId::MAIN).await.unwrap();
            for (n, person) in PEOPLE.into_iter().enumerate() {
                let graph = read.graphs().graph(&basis, person).await.unwrap();
                // Corrections of the test name Anna and Rome for both.
                let foreign: Vec<&&str> = OWN[1 - n].iter().filter(|w| !["anna", "rome"].contains(*w)).collect();
                let text = format!("{:?} {:?}", graph.nodes(), graph.edges()).to_lowercase();
                for word in foreign {
                    assert!(!text.contains(*word), "{word} is known to person {n}");
                }
            }
            read.close().await;
        });
        Ok(())
    });
    ran.unwrap();
}

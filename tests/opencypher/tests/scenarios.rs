//! Our own scenarios, and those of the openCypher project where they are at hand.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use opencypher::{Outcome, Scenario, run_all};

fn failures(path: &Path, strict: bool) -> (usize, Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let scenarios: Vec<Scenario> = serde_json::from_str(&text).unwrap();
    let graphs = path.parent().unwrap().join("graphs");
    let failures = run_all(&scenarios, &graphs)
        .into_iter()
        .filter_map(|(scenario, outcome)| match outcome {
            Outcome::Failed(message) => Some(format!("{} {}: {message}", scenario.file, scenario.name)),
            Outcome::OtherError(message) if strict => Some(format!("{} {}: {message}", scenario.file, scenario.name)),
            _ => None,
        })
        .collect();
    (scenarios.len(), failures)
}

#[test]
fn our_own_scenarios_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/everyday.json");
    let (count, failures) = failures(&path, true);
    assert!(count > 30);
    assert!(failures.is_empty(), "{failures:#?}");
}

/// In a folder `shared/data/opencypher-dev` beside the repository, or further up.
#[test]
fn the_conformance_kit_passes_where_it_is_at_hand() {
    let file = "shared/data/opencypher-dev/reading-scenarios-dev.json";
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|a| a.join(file)).find(|p| p.exists());
    let Some(path) = found else {
        println!("skipped: ../{file} is absent");
        return;
    };
    let (count, failures) = failures(&path, false);
    let passed = count - failures.len();
    assert!(passed * 1000 >= count * 990, "{passed} of {count}: {failures:#?}");
}

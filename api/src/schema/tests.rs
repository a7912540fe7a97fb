//! The printed schema is a contract: clients are generated from it.

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");

/// Run with `UPDATE_SCHEMA=1` after a change that is meant.
#[test]
fn the_committed_schema_is_the_one_in_code() {
    let printed = super::sdl();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(COMMITTED, &printed).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap();
    assert!(
        printed == committed,
        "api/schema.graphql is not what the code prints: run this test with UPDATE_SCHEMA=1"
    );
}

//! Clock and chance only through the ports.

use super::{has_word, product};
use crate::exceptions::{INSTANT, PORTS};
use crate::finding::Finding;
use crate::tree::Tree;

const RULE: &str = "ports";

const CLOCK: &[&str] = &["SystemTime::now", "Timestamp::now", "Zoned::now", "Utc::now", "Local::now"];
const CHANCE: &[&str] = &[
    "rand::",
    "getrandom::",
    "fastrand::",
    "thread_rng",
    "OsRng",
    "Uuid::new_v4",
    "Uuid::now_v7",
    "Uuid::now_v6",
    "Uuid::new_v7",
    "RandomState::new",
];

/// Finds clock and random calls in the product that go round the ports.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in product(tree) {
        let listed = |list: &[(&str, &str)]| list.iter().any(|(path, _)| *path == file.path);
        let Some(rust) = &file.rust else { continue };
        for (n, line) in rust.code.lines().enumerate() {
            let mut report = |word: &str, instead: &str| {
                findings.push(Finding::new(&file.path, n + 1, RULE, format!("`{word}` {instead}")));
            };
            if !listed(PORTS) {
                for word in CLOCK.iter().filter(|w| has_word(line, w)) {
                    report(word, "reads a clock: take `events::Clock` as an argument");
                }
                for word in CHANCE.iter().filter(|w| has_word(line, w)) {
                    report(word, "draws at random: take `events::Entropy` as an argument");
                }
            }
            if !listed(INSTANT) && has_word(line, "Instant::now") {
                report(
                    "Instant::now",
                    "reads a clock: use `events::Clock`, or give a reason in tools/xtask/src/exceptions.rs",
                );
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn clocks_and_chance_are_found_in_the_product() {
        assert_eq!(found("domain/src/a.rs", "fn a() { std::time::SystemTime::now(); }"), 1);
        assert_eq!(found("commands/src/a.rs", "fn a() { jiff::Timestamp::now(); }"), 1);
        assert_eq!(found("commands/src/a.rs", "fn a() { Uuid::new_v4(); Uuid::now_v7() }"), 2);
        assert_eq!(found("events/src/seal/a.rs", "fn a() { getrandom::fill(&mut b) }"), 1);
        assert_eq!(found("api/src/a.rs", "let t = tokio::time::Instant::now();"), 1);
    }

    #[test]
    fn the_ports_themselves_may() {
        assert_eq!(found("events/src/time.rs", "fn a() { jiff::Timestamp::now(); getrandom::fill(b) }"), 0);
    }

    #[test]
    fn tests_comments_and_tools_may() {
        assert_eq!(
            found("domain/src/a.rs", "// SystemTime::now\n#[cfg(test)]\nmod tests { fn a() { Uuid::new_v4(); } }"),
            0
        );
        assert_eq!(found("tools/bench/src/main.rs", "fn a() { Instant::now(); }"), 0);
        assert_eq!(found("events/tests/a.rs", "fn a() { Uuid::new_v4(); }"), 0);
    }
}

//! How well the rules read: precision and recall on sentences of our own, half of them kept for this test only.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use events::Timestamp;
use models::graph::gold::{Report, measure, parse};
use models::graph::{Input, RuleStatements, StatementExtractor as _};

fn report(set: &str) -> Report {
    let text = std::fs::read_to_string(format!("gold/{set}.txt")).unwrap();
    let lines = parse(&text).unwrap();
    measure(&RuleStatements, &lines, Timestamp::parse("2026-11-25").unwrap())
}

#[test]
fn so_2_the_rules_read_well_enough() {
    for (set, test) in [("en.tuning", false), ("en.test", true), ("de.tuning", false), ("de.test", true)] {
        let report = report(set);
        for (what, score) in [("entities", report.entities), ("relations", report.relations)] {
            let (precision, recall) = (score.precision(), score.recall());
            println!("{set:10} {what:9} precision {precision:.3} recall {recall:.3} {score:?}");
            if test {
                assert!(precision >= 0.85, "{set} {what}: precision {precision:.3}");
                assert!(recall >= 0.60, "{set} {what}: recall {recall:.3}");
            }
        }
        // What differs on the half that is kept for testing is not looked at.
        if !test && std::env::var_os("SHOW").is_some() {
            for (text, wrong, missed) in report.differences {
                println!("  {text}\n      wrong {wrong:?}\n      missed {missed:?}");
            }
        }
    }
}

#[test]
fn the_sets_are_large_enough_and_share_nothing() {
    let lines = |set: &str| parse(&std::fs::read_to_string(format!("gold/{set}.txt")).unwrap()).unwrap();
    for (language, least) in [("en", 300), ("de", 100)] {
        let (tuning, test) = (lines(&format!("{language}.tuning")), lines(&format!("{language}.test")));
        assert!(tuning.len() + test.len() >= least);
        assert!(test.len() >= tuning.len());
        assert!(test.iter().all(|t| tuning.iter().all(|u| u.text != t.text)));
    }
}

/// Real talk, where it is at hand: words that are no names must not become people.
#[test]
fn real_talk_names_people_and_nothing_else() {
    let Some(path) = std::env::var_os("AICO_LOCOMO") else {
        println!("skipped: AICO_LOCOMO names no file of LoCoMo conversations");
        return;
    };
    let all: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for sample in all.as_array().unwrap() {
        let talk = sample["conversation"].as_object().unwrap();
        let mut people: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
        let mut small: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
        for session in talk.values().filter_map(|v| v.as_array()) {
            let mut before: Vec<String> = Vec::new();
            for turn in session {
                let text = turn["text"].as_str().unwrap();
                let said_at = Timestamp::parse("2023-06-01").unwrap();
                let found = RuleStatements.extract(&Input { text, said_at, before: &before });
                for person in found.entities.into_iter().filter(|e| e.kind == "person") {
                    *people.entry(person.name).or_default() += 1;
                }
                let words = text.split(|c: char| !c.is_alphanumeric());
                small.extend(words.filter(|w| w.chars().next().is_some_and(char::is_lowercase)).map(str::to_owned));
                before.push(text.to_owned());
            }
        }
        let mut people: Vec<(String, usize)> = people.into_iter().collect();
        people.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        println!("{people:?}");
        // A word that the same talk writes small is no name.
        for (name, _) in people.iter().take(50).filter(|(n, _)| !n.starts_with("your ")) {
            let first = name.split_whitespace().next().unwrap_or_default().to_lowercase();
            assert!(!small.contains(&first), "{name} is a word and no name");
        }
    }
}

//! Recall in eight languages, on conversations of our own with questions whose evidence is known.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // This is a test.

use std::collections::{BTreeMap, HashMap, HashSet};

use events::Timestamp;
use events::payload::Role;
use projections::memory::evaluate::{Figures, Haystack, Turn, figures, mean};
use serde::Deserialize;

#[derive(Deserialize)]
struct Talk {
    turns: Vec<Said>,
    questions: Vec<Question>,
}

#[derive(Deserialize)]
struct Said {
    id: String,
    role: Role,
    at: String,
    text: String,
}

#[derive(Deserialize)]
struct Question {
    question: String,
    evidence: Vec<String>,
    asked_at: String,
}

/// Asks every question of a language, twice; both times give the same, bit for bit.
fn asked(language: &str, json: &str) -> Figures {
    let talk: Talk = serde_json::from_str(json).unwrap();
    assert!(talk.questions.len() >= 20, "{language}");
    let mut haystack = Haystack::new(models::embedding::embedded().unwrap());
    let mut numbers = HashMap::new();
    for (number, said) in talk.turns.iter().enumerate() {
        numbers.insert(&said.id, number);
        let at = Timestamp::parse(&said.at).unwrap();
        let (role, text) = (said.role, said.text.clone());
        haystack.add(Turn { role, speaker: None, text, captions: String::new(), at }).unwrap();
    }
    let mut all = Vec::new();
    for question in &talk.questions {
        let evidence: HashSet<usize> = question.evidence.iter().map(|id| numbers[id]).collect();
        let at = Timestamp::parse(&question.asked_at);
        let found = haystack.search(&question.question, at, 50).unwrap();
        assert_eq!(found, haystack.search(&question.question, at, 50).unwrap());
        let ranked: Vec<usize> = found.iter().map(|(number, _)| *number).collect();
        if !ranked.iter().take(5).any(|r| evidence.contains(r)) {
            println!("{language}: {} -> {:?}", question.question, found.first().map(|f| &talk.turns[f.0].text));
        }
        all.push(figures(&ranked, &evidence));
    }
    mean(&all)
}

#[test]
fn recall_works_in_eight_languages() {
    let languages = BTreeMap::from([
        ("ar", include_str!("languages/ar.json")),
        ("de", include_str!("languages/de.json")),
        ("en", include_str!("languages/en.json")),
        ("es", include_str!("languages/es.json")),
        ("hi", include_str!("languages/hi.json")),
        ("ja", include_str!("languages/ja.json")),
        ("ru", include_str!("languages/ru.json")),
        ("zh", include_str!("languages/zh.json")),
    ]);
    let mut poor = Vec::new();
    for (language, json) in languages {
        let found = asked(language, json);
        let value = |name: &str| found.values[name];
        println!(
            "{language}: {} questions, recall@5 {:.3}, recall@10 {:.3}, hit@5 {:.3}, mrr {:.3}",
            found.questions,
            value("recall@5"),
            value("recall@10"),
            value("hit@5"),
            value("mrr")
        );
        if value("recall@10") < 0.85 || value("mrr") < 0.60 {
            poor.push(language);
        }
    }
    assert!(poor.is_empty(), "{poor:?}");
}

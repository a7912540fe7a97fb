//! Answering from what was recalled.

use super::person;
use super::words::Phrases;
use crate::language::Hints;
use crate::lexicon::{sentences, stem, stop_words, words as split};

/// With less of a question's telling words found, an answer is offered as a guess.
const SURE: f64 = 0.6;
/// With less, nothing is offered.
const GUESS: f64 = 0.34;
/// How many facts an overview names.
const MAX_OVERVIEW: usize = 6;

pub(super) struct Memory<'a> {
    pub(super) hints: &'a Hints,
    pub(super) german: bool,
    pub(super) p: &'a Phrases,
}

/// Something that may answer a question.
struct Candidate {
    /// The part of the question's telling words that it has, in `[0, 1]`.
    covers: f64,
    /// As a clause that can follow "you told me that".
    clause: String,
    by_person: bool,
}

impl Memory<'_> {
    /// What memory says about a question, or nothing.
    pub(super) fn answer(&self) -> Option<String> {
        let asked: Vec<String> = split(&self.hints.message).into_iter().filter(|w| !stop_words(w)).collect();
        if asked.is_empty() {
            return None;
        }
        // Facts before turns, as they are shorter; the earlier of two equals, as the best was recalled first.
        let candidates = self.facts(&asked).chain(self.turns(&asked));
        let best = candidates.fold(None, |best: Option<Candidate>, next| match best {
            Some(best) if best.covers >= next.covers => Some(best),
            _ => Some(next),
        })?;
        let p = self.p;
        if best.covers < GUESS {
            return None;
        }
        let lead = match (best.covers >= SURE, best.by_person) {
            (false, true) => p.told_perhaps.to_owned(),
            (false, false) => p.said_perhaps.to_owned(),
            (true, true) if best.covers >= 1.0 && self.is_yes_no() => p.told_yes.to_owned(),
            (true, true) => super::pick(p.told, self.hints),
            (true, false) => p.said.to_owned(),
        };
        Some(format!("{lead} {}.", best.clause.trim_end_matches(['.', '!'])))
    }

    /// What is known about the person.
    pub(super) fn overview(&self) -> String {
        let facts = self.hints.facts.iter().map(|(s, p, o)| person::sentence(s, p, o, self.german));
        let turns = self.hints.recalled.iter().filter(|r| r.by_person && !r.text.contains('?'));
        let turns = turns.map(|r| person::turned(&r.text, self.german).trim_end_matches(['.', '!']).to_owned());
        let mut known: Vec<String> = facts.take(MAX_OVERVIEW).collect();
        if known.is_empty() {
            known = turns.take(MAX_OVERVIEW / 2).collect();
        }
        if known.is_empty() {
            return self.p.nothing_yet.to_owned();
        }
        format!("{} {}.", self.p.overview, known.join("; "))
    }

    fn facts(&self, asked: &[String]) -> impl Iterator<Item = Candidate> {
        let facts = &self.hints.facts;
        // A fact whose object was named in the question tells nothing new, unless the question is whether it is so, or
        // who that is.
        let new = |o: &str| !split(o).iter().all(|w| asked.iter().any(|a| same(a, w)));
        facts.iter().filter(move |(_, v, o)| self.is_yes_no() || person::is_relation(v) || new(o)).map(|(s, v, o)| {
            // "My sister" in the question is Anna in the fact.
            let kin = facts.iter().find(|(who, rel, name)| who == "you" && person::is_relation(rel) && name == s);
            let relation = kin.map_or("", |(_, rel, _)| rel.as_str());
            let naming = if person::is_relation(v) { "name called" } else { "" };
            let words = split(&format!("{relation} {s} {v} {o} {naming}"));
            let mut clause = person::sentence(s, v, o, self.german);
            if !relation.is_empty() && !self.german && asked.iter().any(|a| same(a, relation)) {
                clause = format!("your {relation} {clause}");
            }
            Candidate { covers: covered(asked, &words), clause, by_person: true }
        })
    }

    fn turns(&self, asked: &[String]) -> impl Iterator<Item = Candidate> {
        let told = self.hints.recalled.iter().filter(|r| r.text.trim() != self.hints.message.trim());
        let lines = told.flat_map(|r| sentences(&r.text).into_iter().map(move |s| (s, r.by_person)));
        lines.filter(|(line, _)| !line.ends_with('?')).map(|(line, by_person)| Candidate {
            covers: covered(asked, &split(line)),
            clause: if by_person { person::turned(line, self.german) } else { format!("“{}”", line.trim()) },
            by_person,
        })
    }

    fn is_yes_no(&self) -> bool {
        split(&self.hints.message).first().is_some_and(|w| self.p.yes_no_words.contains(&w.as_str()))
    }
}

fn covered(asked: &[String], there: &[String]) -> f64 {
    let found = asked.iter().filter(|a| there.iter().any(|w| same(a, w))).count();
    found as f64 / asked.len() as f64
}

/// Two words mean the same thing as far as endings tell.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (relation(a), relation(b));
    stem(a) == stem(b)
}

/// Relations are stored under one English word each.
fn relation(word: &str) -> &str {
    match word {
        "wohnt" | "wohne" | "wohnst" | "lebt" | "lebe" | "lebst" => "live",
        "arbeitet" | "arbeite" | "arbeitest" | "job" => "work",
        "mag" | "magst" => "like",
        "liebt" | "liebe" | "liebst" => "love",
        "heißt" | "heiße" => "name",
        other => crate::extraction::relation(other).unwrap_or(other),
    }
}

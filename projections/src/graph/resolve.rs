//! Which names mean the same: blocking by normalised name, then rules, then what the person said.
//!
//! Rules: `your sister` is Anna when Anna is the only sister that was named; `Anna` is Anna Berg when nobody else of that
//! first name was named in full; `Hans-Peter` is Hanspeter; `Siemens AG` is Siemens. A merge by the person comes before the
//! rules, and a split keeps a pair apart. What is only alike is a doubt (`doubt`), never a merge.

use std::collections::{BTreeMap, HashMap};

use events::Position;
use events::payload::GraphTerm;
use unicode_normalization::UnicodeNormalization as _;

use super::collect::Collected;

/// What two spellings of a name share: kind, and the words without case, accents, titles and marks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub kind: String,
    pub name: String,
}

const TITLES: &[&str] =
    &["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sir", "madam", "the", "der", "die", "das"];

/// The block that a name falls into.
pub(super) fn key(term: &GraphTerm) -> Key {
    let plain: String = term.name.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect();
    let lower = plain.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty());
    let kept: Vec<&str> = words().filter(|w| !TITLES.contains(w)).collect();
    let name = if kept.is_empty() { words().collect::<Vec<_>>().join(" ") } else { kept.join(" ") };
    Key { kind: term.kind.clone(), name }
}

/// Names with what they mean.
pub(super) struct Resolved {
    keys: HashMap<Key, usize>,
    parent: Vec<usize>,
    /// Where each name was seen first.
    pub first: Vec<(Position, usize)>,
    /// How each name is written, the first way first.
    pub spelled: Vec<Vec<String>>,
    pub all: Vec<Key>,
}

impl Resolved {
    fn add(&mut self, term: &GraphTerm, position: Position) -> usize {
        let key = key(term);
        let next = self.all.len();
        let at = *self.keys.entry(key.clone()).or_insert(next);
        if at == next {
            self.all.push(key);
            self.parent.push(at);
            self.first.push((position, at));
            self.spelled.push(Vec::new());
        }
        if !self.spelled[at].contains(&term.name) {
            self.spelled[at].push(term.name.clone());
        }
        at
    }

    fn root(&self, mut at: usize) -> usize {
        while self.parent[at] != at {
            at = self.parent[at];
        }
        at
    }

    /// The number of what a name means.
    pub(super) fn meant(&self, term: &GraphTerm) -> Option<usize> {
        self.keys.get(&key(term)).map(|at| self.root(*at))
    }

    /// The names that mean the same, by what they mean.
    pub(super) fn groups(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.all.len() {
            groups.entry(self.root(at)).or_default().push(at);
        }
        groups
    }

    fn join(&mut self, from: usize, into: usize) {
        let (from, into) = (self.root(from), self.root(into));
        self.parent[from] = into;
    }
}

/// Finds what every name means.
pub(super) fn resolve(collected: &Collected) -> Resolved {
    let mut resolved = Resolved {
        keys: HashMap::new(),
        parent: Vec::new(),
        first: Vec::new(),
        spelled: Vec::new(),
        all: Vec::new(),
    };
    let mut readings: Vec<_> = collected.readings.iter().collect();
    readings.sort_by_key(|(message, r)| (r.position, **message));
    for (_, reading) in &readings {
        for term in &reading.entities {
            resolved.add(term, reading.position);
        }
        for r in &reading.relations {
            resolved.add(&r.subject, reading.position);
            if r.object.kind != "value" {
                resolved.add(&r.object, reading.position);
            }
        }
    }
    for ((subject, _, object), correction) in &collected.corrections {
        resolved.add(subject, correction.position);
        if object.kind != "value" {
            resolved.add(object, correction.position);
        }
    }
    for (from, into) in &collected.merged {
        let from = resolved.add(from, Position::END);
        let into = resolved.add(into, Position::END);
        resolved.join(from, into);
    }
    let apart = |resolved: &Resolved, one: usize, other: usize| {
        let (one, other) = (&resolved.all[one], &resolved.all[other]);
        collected.apart.iter().any(|(a, b)| {
            let (a, b) = (key(a), key(b));
            (&a, &b) == (one, other) || (&b, &a) == (one, other)
        })
    };
    spellings(&mut resolved, &apart);
    roles(collected, &mut resolved, &apart);
    first_names(&mut resolved, &apart);
    resolved
}

type Apart<'a> = &'a dyn Fn(&Resolved, usize, usize) -> bool;

/// Legal forms, which a name of an organisation may have or not.
const FORMS: &[&str] =
    &["ag", "gmbh", "kg", "se", "inc", "ltd", "llc", "corp", "corporation", "company", "co", "plc"];
/// Shorter names are not joined: too many words become one when the space goes.
const JOINED: usize = 6;

/// The same letters without the spaces between them, and without the legal form.
fn spellings(resolved: &mut Resolved, apart: Apart<'_>) {
    let mut by: HashMap<(String, String), usize> = HashMap::new();
    for at in 0..resolved.all.len() {
        let key = &resolved.all[at];
        let mut words: Vec<&str> = key.name.split(' ').collect();
        while key.kind == "organisation" && words.len() > 1 && words.last().is_some_and(|w| FORMS.contains(w)) {
            words.pop();
        }
        let letters = words.concat();
        let plain = if letters.chars().count() < JOINED { words.join(" ") } else { letters };
        let first = *by.entry((key.kind.clone(), plain)).or_insert(at);
        let (one, other) = (resolved.root(at), resolved.root(first));
        if first != at && one == at && other != at && !apart(resolved, at, first) {
            resolved.join(at, first);
        }
    }
}

/// `your sister` is the only sister with a name.
fn roles(collected: &Collected, resolved: &mut Resolved, apart: Apart<'_>) {
    let mut named: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for s in collected.statements().iter().filter(|s| s.holds && s.object.kind == "person") {
        let role = if s.subject.name == "you" {
            format!("your {}", s.predicate)
        } else {
            format!("{}'s {}", s.subject.name, s.predicate)
        };
        let role = key(&GraphTerm { kind: "person".to_owned(), name: role });
        let Some(object) = resolved.keys.get(&key(s.object)).copied() else { continue };
        if resolved.keys.contains_key(&role) && resolved.all[object] != role {
            let all = named.entry(role).or_default();
            let root = resolved.root(object);
            if !all.contains(&root) {
                all.push(root);
            }
        }
    }
    for (role, objects) in named {
        let (Some(role), [object]) = (resolved.keys.get(&role).copied(), &objects[..]) else { continue };
        if resolved.root(role) == role && !apart(resolved, role, *object) {
            resolved.join(role, *object);
        }
    }
}

/// `Anna` is the only Anna with a family name.
fn first_names(resolved: &mut Resolved, apart: Apart<'_>) {
    let mut full: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, key) in resolved.all.iter().enumerate().filter(|(_, k)| k.kind == "person") {
        if let Some((first, _)) = key.name.split_once(' ')
            && first != "your"
            && !first.contains('\'')
        {
            full.entry(first.to_owned()).or_default().push(at);
        }
    }
    for at in 0..resolved.all.len() {
        let key = &resolved.all[at];
        let Some([whole]) = full.get(&key.name).filter(|_| key.kind == "person").map(Vec::as_slice) else { continue };
        let whole = *whole;
        if resolved.root(at) == at && resolved.root(whole) != at && !apart(resolved, at, whole) {
            resolved.join(at, whole);
        }
    }
}

//! How close somebody is: six numbers in `[0, 1]` from what was recorded, never from a guess of a model.
//!
//! With `n` messages of the last 90 days that name the person, `r` the role with its constants in [`ROLES`], `k` things
//! known of the person, `d` days between the first and the last message, and `e` of `m` relations that ended:
//!
//! - frequency `1 - exp(-n / 10)`
//! - intimacy `r.intimacy + (1 - r.intimacy) * 0.3 * frequency`
//! - care `r.care + (1 - r.care) * 0.4 * (1 - exp(-k / 5))`
//! - authority `r.authority`
//! - context similarity: Jaccard index of places, organisations, activities and things of both
//! - stability `(1 - exp(-d / 180)) * (1 - e / m)`

use std::collections::BTreeSet;

use events::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::view::{Graph, Node};

/// A person and how close.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Closeness {
    /// The person's node.
    pub node: Uuid,
    /// The name.
    pub name: String,
    /// What the person is to you.
    pub roles: Vec<String>,
    /// Whether one of them is kin.
    pub family: bool,
    /// How much the person may say what to do.
    pub authority: f64,
    /// How near.
    pub intimacy: f64,
    /// How much you look after the person.
    pub care: f64,
    /// How often the person is spoken of.
    pub frequency: f64,
    /// How much of life is shared.
    pub context_similarity: f64,
    /// How lasting.
    pub stability: f64,
}

/// Predicate, authority, intimacy, care, kin.
const ROLES: &[(&str, f64, f64, f64, bool)] = &[
    ("wife", 0.4, 0.95, 0.85, true),
    ("husband", 0.4, 0.95, 0.85, true),
    ("partner", 0.4, 0.95, 0.85, true),
    ("married_to", 0.4, 0.95, 0.85, true),
    ("together_with", 0.4, 0.9, 0.8, false),
    ("girlfriend", 0.4, 0.9, 0.8, false),
    ("boyfriend", 0.4, 0.9, 0.8, false),
    ("son", 0.1, 0.9, 0.95, true),
    ("daughter", 0.1, 0.9, 0.95, true),
    ("child", 0.1, 0.9, 0.95, true),
    ("grandchild", 0.1, 0.75, 0.8, true),
    ("mother", 0.6, 0.85, 0.7, true),
    ("father", 0.6, 0.85, 0.7, true),
    ("grandmother", 0.5, 0.7, 0.6, true),
    ("grandfather", 0.5, 0.7, 0.6, true),
    ("sister", 0.3, 0.8, 0.6, true),
    ("brother", 0.3, 0.8, 0.6, true),
    ("sibling", 0.3, 0.8, 0.6, true),
    ("aunt", 0.4, 0.55, 0.4, true),
    ("uncle", 0.4, 0.55, 0.4, true),
    ("niece", 0.1, 0.55, 0.6, true),
    ("nephew", 0.1, 0.55, 0.6, true),
    ("cousin", 0.3, 0.5, 0.4, true),
    ("in_law", 0.4, 0.45, 0.4, true),
    ("friend", 0.3, 0.65, 0.5, false),
    ("roommate", 0.3, 0.5, 0.35, false),
    ("ex", 0.2, 0.4, 0.2, false),
    ("colleague", 0.3, 0.3, 0.2, false),
    ("boss", 0.9, 0.25, 0.1, false),
    ("teacher", 0.75, 0.25, 0.1, false),
    ("doctor", 0.7, 0.3, 0.1, false),
    ("therapist", 0.7, 0.5, 0.1, false),
    ("landlord", 0.6, 0.1, 0.05, false),
    ("neighbour", 0.3, 0.25, 0.2, false),
];
/// Somebody of whom no role is known.
const STRANGER: (f64, f64, f64) = (0.3, 0.15, 0.1);
const DAY: i64 = 86_400_000_000;
/// Kinds that make up the context of a life.
const CONTEXT: &[&str] = &["place", "organisation", "activity", "thing", "occupation"];

fn context(graph: &Graph, id: Uuid, at: Timestamp) -> BTreeSet<Uuid> {
    let out = graph.around(id).filter(|e| e.source == id && e.valid_at(at));
    out.map(|e| e.target).filter(|t| graph.node(*t).is_some_and(|n| CONTEXT.contains(&&*n.kind))).collect()
}

/// Everybody in a graph as seen at a moment, the nearest first.
pub fn closeness(graph: &Graph, at: Timestamp) -> Vec<Closeness> {
    let you = graph.nodes().iter().find(|n| n.kind == "person" && n.name == "you").map(|n| n.id);
    let mine = you.map(|id| context(graph, id, at)).unwrap_or_default();
    let people = graph.nodes().iter().filter(|n| n.kind == "person" && Some(n.id) != you);
    let mut all: Vec<Closeness> = people.map(|node| one(graph, node, you, &mine, at)).collect();
    all.sort_by(|a, b| b.intimacy.total_cmp(&a.intimacy).then_with(|| a.name.cmp(&b.name)).then(a.node.cmp(&b.node)));
    all
}

fn one(graph: &Graph, node: &Node, you: Option<Uuid>, mine: &BTreeSet<Uuid>, at: Timestamp) -> Closeness {
    let ties = graph.around(node.id).filter(|e| Some(e.source) == you || Some(e.target) == you);
    let (now, ended): (Vec<_>, Vec<_>) = ties.partition(|e| e.valid_at(at));
    let mut roles: Vec<String> = now.iter().map(|e| e.predicate.clone()).collect();
    roles.sort();
    roles.dedup();
    let known = ROLES.iter().filter(|(name, ..)| roles.iter().any(|r| r == name));
    let best = known.clone().max_by(|a, b| a.2.total_cmp(&b.2));
    let (authority, near, care) = best.map_or(STRANGER, |r| (r.1, r.2, r.3));
    let family = known.clone().any(|r| r.4);
    let recent = node.mentions.iter().filter(|(_, _, t)| *t <= at && at.0 - t.0 <= 90 * DAY).count();
    let frequency = 1.0 - (-(recent as f64) / 10.0).exp();
    let facts = graph.around(node.id).filter(|e| e.source == node.id).count() + node.properties.len();
    let said: Vec<i64> = node.mentions.iter().map(|(_, _, t)| t.0).collect();
    let days = match (said.iter().min(), said.iter().max()) {
        (Some(first), Some(last)) => (last - first) as f64 / DAY as f64,
        _ => 0.0,
    };
    let lasting =
        if now.is_empty() && ended.is_empty() { 1.0 } else { now.len() as f64 / (now.len() + ended.len()) as f64 };
    let theirs = context(graph, node.id, at);
    let union = mine.union(&theirs).count();
    Closeness {
        node: node.id,
        name: node.name.clone(),
        roles,
        family,
        authority,
        intimacy: near + (1.0 - near) * 0.3 * frequency,
        care: care + (1.0 - care) * 0.4 * (1.0 - (-(facts as f64) / 5.0).exp()),
        frequency,
        context_similarity: if union == 0 { 0.0 } else { mine.intersection(&theirs).count() as f64 / union as f64 },
        stability: (1.0 - (-days / 180.0).exp()) * lasting,
    }
}

//! From statements to what holds when: one timeline per subject and predicate.

use std::collections::{BTreeMap, BTreeSet};

use events::payload::GraphTerm;
use events::{PersonId, Position, Timestamp, vocabulary};
use uuid::Uuid;

use super::collect::{Collected, Statement};
use super::resolve::{Resolved, key, resolve};
use super::view::{Edge, Evidence, Graph, Node, Property};

/// What a timeline is about: a node, or a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Node(Uuid),
    Value(String),
}

/// One assertion on its timeline.
struct Assertion<'a> {
    said: Statement<'a>,
    predicate: &'static vocabulary::Predicate,
    target: Target,
    /// Where it stands on the valid clock.
    at: Timestamp,
    /// Since when it holds; `None` when nobody knows.
    from: Option<Timestamp>,
}

/// A stretch in which something holds.
struct Stretch {
    predicate: &'static vocabulary::Predicate,
    target: Target,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    stated: bool,
    recorded: Position,
    closed: Option<Position>,
    confidence: f64,
    evidence: Vec<Evidence>,
}

impl Stretch {
    fn open(a: &Assertion<'_>, from: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let mut stretch = Self {
            predicate: a.predicate,
            target: a.target.clone(),
            from,
            until,
            stated: a.said.from.is_some(),
            recorded: a.said.position,
            closed: None,
            confidence: 0.0,
            evidence: Vec::new(),
        };
        stretch.support(a);
        stretch
    }

    /// Every further statement halves what is left of the doubt that its own confidence leaves (noisy or).
    fn support(&mut self, a: &Assertion<'_>) {
        self.confidence = 1.0 - (1.0 - self.confidence) * (1.0 - a.said.confidence);
        self.recorded = self.recorded.min(a.said.position);
        let evidence = Evidence { message: a.said.message, position: a.said.position, span: a.said.span };
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }
}

/// What a person's graph is, given what stands.
pub(super) fn believe(person: PersonId, collected: &Collected) -> Graph {
    let resolved = resolve(collected);
    let (mut nodes, ids) = nodes(person, collected, &resolved);
    let id_of = |term: &GraphTerm| resolved.meant(term).and_then(|n| ids.get(&n)).copied();
    let mut timelines: BTreeMap<(Uuid, String), Vec<Assertion<'_>>> = BTreeMap::new();
    let corrections = corrections(collected, &id_of);
    let mut statements = collected.statements();
    statements.extend(corrections.iter().filter(|c| c.said.holds).map(|c| c.said.clone()));
    for said in statements {
        let (Some(predicate), Some(subject)) = (vocabulary::predicate(said.predicate), id_of(said.subject)) else {
            continue;
        };
        let target = if predicate.property || said.object.kind == "value" {
            Target::Value(said.object.name.clone())
        } else {
            match id_of(said.object) {
                Some(id) if id != subject => Target::Node(id),
                _ => continue,
            }
        };
        let overruled = said.message.is_some()
            && corrections.iter().any(|c| {
                let same = c.subject == subject && c.predicate == said.predicate;
                let earlier = said.said_at <= c.said.said_at;
                let whole = c.said.holds && predicate.single && c.said.until.is_none();
                same && earlier && (whole || c.target == target)
            });
        if overruled {
            continue;
        }
        // One timeline where objects follow each other; otherwise one per object, shared by what excludes each other.
        let line = match (predicate.single, predicate.group, &target) {
            (true, ..) => predicate.name.to_owned(),
            (false, group, Target::Node(id)) => format!("{}/{id}", group.unwrap_or(predicate.name)),
            (false, group, Target::Value(value)) => format!("{}/{value}", group.unwrap_or(predicate.name)),
        };
        let at = if said.holds { said.from.unwrap_or(said.said_at) } else { said.until.unwrap_or(said.said_at) };
        let from = if said.holds { Some(at) } else { said.from };
        timelines.entry((subject, line)).or_default().push(Assertion { said, predicate, target, at, from });
    }
    let mut edges = Vec::new();
    for ((subject, line), assertions) in timelines {
        for (n, stretch) in stretches(assertions).into_iter().enumerate() {
            match stretch.target {
                Target::Value(value) => {
                    let property = Property {
                        key: stretch.predicate.name.to_owned(),
                        value,
                        valid_from: stretch.from,
                        valid_until: stretch.until,
                        recorded: stretch.recorded,
                        closed: stretch.closed,
                        confidence: stretch.confidence,
                        evidence: stretch.evidence,
                    };
                    if let Some(node) = nodes.get_mut(&subject) {
                        node.properties.push(property);
                    }
                }
                Target::Node(target) => edges.push(Edge {
                    id: Uuid::new_v5(&subject, format!("{line}/{target}/{n}").as_bytes()),
                    source: subject,
                    predicate: stretch.predicate.name.to_owned(),
                    target,
                    valid_from: stretch.from,
                    valid_until: stretch.until,
                    stated: stretch.stated,
                    recorded: stretch.recorded,
                    closed: stretch.closed,
                    confidence: stretch.confidence,
                    evidence: stretch.evidence,
                }),
            }
        }
    }
    implied(person, collected, &resolved, &id_of, &mut edges);
    edges.sort_by_key(|e| (e.recorded, e.id));
    let apart = collected.apart.iter().filter_map(|(a, b)| Some((id_of(a)?, id_of(b)?))).collect();
    Graph::new(nodes.into_values().collect(), edges).with_apart(apart)
}

struct Corrected<'a> {
    subject: Uuid,
    predicate: &'a str,
    target: Target,
    said: Statement<'a>,
}

fn corrections<'a>(collected: &'a Collected, id_of: &dyn Fn(&GraphTerm) -> Option<Uuid>) -> Vec<Corrected<'a>> {
    let all = collected.corrections.iter().filter_map(|((subject, predicate, object), c)| {
        let property = vocabulary::predicate(predicate).is_some_and(|p| p.property);
        let target = match id_of(object) {
            Some(id) if !property => Target::Node(id),
            _ => Target::Value(object.name.clone()),
        };
        let said = Statement {
            message: None,
            position: c.position,
            said_at: c.said_at,
            subject,
            predicate,
            object,
            holds: c.holds,
            from: c.valid_from,
            until: c.valid_until,
            confidence: 1.0,
            span: Default::default(),
        };
        Some(Corrected { subject: id_of(subject)?, predicate, target, said })
    });
    all.collect()
}

/// Puts the assertions of one timeline in order and closes what was followed by something else.
fn stretches(mut all: Vec<Assertion<'_>>) -> Vec<Stretch> {
    // Who says later that it ended by then knows better than who said before that it still held.
    let ends: Vec<(Target, &'static str, Timestamp, Position)> = all
        .iter()
        .filter(|a| !a.said.holds)
        .map(|a| (a.target.clone(), a.predicate.name, a.at, a.said.position))
        .collect();
    for a in all.iter_mut().filter(|a| a.said.holds && a.said.from.is_none() && a.said.until.is_none()) {
        let end = ends.iter().filter(|(t, p, at, known)| {
            *t == a.target && *p == a.predicate.name && *at <= a.at && *known > a.said.position
        });
        if let Some(at) = end.map(|(_, _, at, _)| *at).min() {
            (a.at, a.from) = (Timestamp(at.0 - 1), None);
        }
    }
    all.sort_by_key(|a| (a.at, a.said.holds, a.said.position));
    let mut done: Vec<Stretch> = Vec::new();
    let mut current: Option<usize> = None;
    for a in &all {
        let same = |s: &Stretch| s.target == a.target && s.predicate.name == a.predicate.name;
        if a.said.holds {
            if let Some(until) = a.said.until {
                done.push(Stretch::open(a, a.said.from, Some(until)));
                continue;
            }
            match current {
                Some(n) if same(&done[n]) => done[n].support(a),
                open => {
                    if let Some(n) = open {
                        done[n].until = Some(a.at);
                        done[n].closed = Some(a.said.position.max(done[n].recorded));
                    }
                    current = Some(done.len());
                    done.push(Stretch::open(a, a.from, None));
                }
            }
            continue;
        }
        match current {
            Some(n) if same(&done[n]) => {
                let recorded = done[n].recorded;
                done[n].until = Some(a.at);
                done[n].closed = Some(a.said.position.max(recorded));
                done[n].support(a);
                current = None;
            }
            _ => match done.iter().position(|s| same(s) && s.until.is_some()) {
                Some(n) => done[n].support(a),
                None => done.push(Stretch::open(a, a.said.from, Some(a.at))),
            },
        }
    }
    done
}

/// Nodes by id, and the id of each meaning.
fn nodes(
    person: PersonId,
    collected: &Collected,
    resolved: &Resolved,
) -> (BTreeMap<Uuid, Node>, BTreeMap<usize, Uuid>) {
    let into: BTreeSet<_> = collected.merged.values().map(key).collect();
    let from: BTreeSet<_> = collected.merged.keys().map(key).collect();
    let (mut nodes, mut ids) = (BTreeMap::new(), BTreeMap::new());
    for (meaning, names) in resolved.groups() {
        // The name that others were merged into stands for all; otherwise the one that was there first.
        let chosen = names.iter().find(|n| into.contains(&resolved.all[**n]) && !from.contains(&resolved.all[**n]));
        let oldest = names.iter().min_by_key(|n| resolved.first[**n]);
        let Some(&stands) = chosen.or(oldest) else { continue };
        let key = &resolved.all[stands];
        let id = Uuid::new_v5(&person.0, format!("{}/{}", key.kind, key.name).as_bytes());
        let proper =
            |n: &&usize| !resolved.all[**n].name.starts_with("your ") && !resolved.all[**n].name.contains("'s ");
        let best = chosen
            .or_else(|| {
                names
                    .iter()
                    .filter(proper)
                    .max_by_key(|n| (resolved.all[**n].name.split(' ').count(), std::cmp::Reverse(**n)))
            })
            .unwrap_or(&stands);
        let name = resolved.spelled[*best].first().cloned().unwrap_or_default();
        let mut aliases: Vec<String> =
            names.iter().flat_map(|n| &resolved.spelled[*n]).filter(|s| **s != name).cloned().collect();
        aliases.sort();
        aliases.dedup();
        ids.insert(meaning, id);
        let node = Node {
            id,
            kind: key.kind.clone(),
            name,
            aliases,
            properties: Vec::new(),
            mentions: Vec::new(),
            recorded: Position::END,
        };
        nodes.insert(id, node);
    }
    for (message, reading) in &collected.readings {
        let mut here: BTreeSet<Uuid> = BTreeSet::new();
        let terms = reading.relations.iter().flat_map(|r| [&r.subject, &r.object]).chain(&reading.entities);
        for term in terms {
            here.extend(resolved.meant(term).and_then(|n| ids.get(&n)));
        }
        for id in here {
            if let Some(node) = nodes.get_mut(&id) {
                node.mentions.push((reading.position, *message, reading.said_at));
                node.recorded = node.recorded.min(reading.position);
            }
        }
    }
    for ((subject, _, object), correction) in &collected.corrections {
        for term in [subject, object] {
            let id = resolved.meant(term).and_then(|n| ids.get(&n));
            if let Some(node) = id.and_then(|id| nodes.get_mut(id)) {
                node.recorded = node.recorded.min(correction.position);
            }
        }
    }
    // A name that only a merge knows is no node yet.
    nodes.retain(|_, node| node.recorded != Position::END);
    for node in nodes.values_mut() {
        node.mentions.sort();
    }
    (nodes, ids)
}

/// `your sister` tells by itself whose sister it is.
fn implied(
    person: PersonId,
    collected: &Collected,
    resolved: &Resolved,
    id_of: &dyn Fn(&GraphTerm) -> Option<Uuid>,
    edges: &mut Vec<Edge>,
) {
    let you = GraphTerm { kind: "person".to_owned(), name: "you".to_owned() };
    let mut readings: Vec<_> = collected.readings.iter().collect();
    readings.sort_by_key(|(message, r)| (r.position, **message));
    for (message, reading) in readings {
        for term in reading.entities.iter().filter(|t| t.kind == "person") {
            let found = vocabulary::PREDICATES.iter().find_map(|p| {
                let owner = term.name.strip_suffix(p.name)?;
                let owner = if owner == "your " {
                    you.clone()
                } else {
                    GraphTerm { kind: "person".to_owned(), name: owner.strip_suffix("'s ")?.to_owned() }
                };
                Some((owner, p.name))
            });
            let Some((owner, predicate)) = found else { continue };
            let owner_id = id_of(&owner).unwrap_or_else(|| Uuid::new_v5(&person.0, b"person/you"));
            let Some(target) = id_of(term).filter(|t| *t != owner_id) else { continue };
            let evidence = Evidence { message: Some(*message), position: reading.position, span: Default::default() };
            match edges.iter_mut().find(|e| e.source == owner_id && e.predicate == predicate && e.target == target) {
                Some(edge) if resolved.meant(&owner).is_some() => {
                    if !edge.evidence.iter().any(|e| e.message == evidence.message) {
                        edge.evidence.push(evidence);
                    }
                }
                Some(_) => {}
                None if resolved.meant(&owner).is_none() => {}
                None => edges.push(Edge {
                    id: Uuid::new_v5(&owner_id, format!("{predicate}/{target}").as_bytes()),
                    source: owner_id,
                    predicate: predicate.to_owned(),
                    target,
                    valid_from: Some(reading.said_at),
                    valid_until: None,
                    stated: false,
                    recorded: reading.position,
                    closed: None,
                    confidence: 0.9,
                    evidence: vec![evidence],
                }),
            }
        }
    }
}

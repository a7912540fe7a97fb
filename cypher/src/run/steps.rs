//! The steps of a pattern.

use graph::value::{Path, equals};
use graph::{NodeId, Value};

use super::{Flow, Row, Run, Sink};
use crate::error::{Outcome, wrong_type};
use crate::plan::{Expand, Key, Slot, Source, Step, X};
use crate::syntax::ast::Direction;

impl Run<'_> {
    /// Goes through what is left of a pattern.
    pub fn steps(&self, steps: &[Step], row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let Some((step, rest)) = steps.split_first() else { return sink(row) };
        match step {
            Step::Filter(x) => {
                self.meter.tick(1)?;
                if self.holds(x, row)? { self.steps(rest, row, sink) } else { Ok(Flow::On) }
            }
            Step::IsNode { slot, span } => match &row[*slot] {
                Value::Node(_) => self.steps(rest, row, sink),
                Value::Null => Ok(Flow::On),
                other => {
                    Err(wrong_type(format!("a pattern begins at a Node, not at {}", other.type_name())).or_at(*span))
                }
            },
            Step::Scan { slot, source } => self.scan(*slot, source, row, &mut |row| self.steps(rest, row, sink)),
            Step::Ends { hop, from_bound } => {
                self.ends(hop, *from_bound, row, &mut |row| self.steps(rest, row, sink))
            }
            Step::Expand(hop) => self.expand(hop, row, &mut |row| self.steps(rest, row, sink)),
            Step::Walk(walk) => self.walk(walk, row, &mut |row| self.steps(rest, row, sink)),
            Step::Shortest(shortest) => self.shortest(shortest, row, &mut |row| self.steps(rest, row, sink)),
            Step::Path { slot, nodes, rels } => {
                let Some(path) = path(nodes, rels, row) else { return Ok(Flow::On) };
                let Some(path) = self.through(path) else { return Ok(Flow::On) };
                row[*slot] = Value::Path(path.into());
                self.steps(rest, row, sink)
            }
        }
    }

    fn scan(&self, slot: Slot, source: &Source, row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let mut each = |row: &mut Row, id: NodeId| {
            self.meter.tick(1)?;
            row[slot] = Value::Node(id);
            sink(row)
        };
        match source {
            Source::All => {
                for id in self.graph.nodes() {
                    if each(row, id)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
            Source::Label(label) => {
                for id in label.map_or(&[][..], |l| self.graph.with_label(l)) {
                    if each(row, *id)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
            Source::Property { key, value } => {
                let value = self.eval(value, row)?;
                let Some(key) = key.filter(|_| !value.is_null()) else { return Ok(Flow::On) };
                for id in self.graph.index(key).get(&value) {
                    if each(row, *id)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
        }
        Ok(Flow::On)
    }

    /// A relationship that is known already gives its nodes, in each direction that fits.
    fn ends(&self, hop: &Expand, from_bound: bool, row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let rel = match &row[hop.rel] {
            Value::Rel(rel) => *rel,
            Value::Null => return Ok(Flow::On),
            other => {
                return Err(wrong_type(format!(
                    "a pattern goes along a Relationship, not along {}",
                    other.type_name()
                )));
            }
        };
        if hop.types.as_ref().is_some_and(|t| !t.accept_type(self.graph.rel_type(rel)))
            || is_used(rel, &hop.others, row)
        {
            return Ok(Flow::On);
        }
        let (source, target) = (self.graph.source(rel), self.graph.target(rel));
        let ways: &[(NodeId, NodeId)] = match hop.direction {
            Direction::Right => &[(source, target)],
            Direction::Left => &[(target, source)],
            Direction::Both if source == target => &[(source, target)],
            Direction::Both => &[(source, target), (target, source)],
        };
        for (from, to) in ways {
            self.meter.tick(1)?;
            let fits = |slot: Slot, bound: bool, node: NodeId| !bound || row[slot] == Value::Node(node);
            if !fits(hop.from, from_bound, *from) || !fits(hop.to, hop.to_bound && hop.from != hop.to, *to) {
                continue;
            }
            if hop.from == hop.to && from != to {
                continue;
            }
            row[hop.from] = Value::Node(*from);
            row[hop.to] = Value::Node(*to);
            if sink(row)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::On)
    }

    /// Whether a relationship has these properties.
    pub fn rel_has(&self, rel: graph::RelId, props: &[(Key, Value)]) -> bool {
        props.iter().all(|(key, wanted)| {
            let value = key.key.and_then(|k| self.graph.rel_prop(rel, k));
            value.is_some_and(|v| equals(v, wanted) == Some(true))
        })
    }

    /// The values of properties that are asked for.
    pub fn wanted(&self, props: &[(Key, X)], row: &mut Row) -> Outcome<Vec<(Key, Value)>> {
        props.iter().map(|(key, x)| Ok((key.clone(), self.eval(x, row)?))).collect()
    }

    /// The path with the nodes that lie inside of walked parts.
    fn through(&self, (start, rels): (NodeId, Vec<graph::RelId>)) -> Option<Path> {
        let mut nodes = vec![start];
        let mut at = start;
        for rel in &rels {
            let (source, target) = (self.graph.source(*rel), self.graph.target(*rel));
            at = if source == at {
                target
            } else if target == at {
                source
            } else {
                return None;
            };
            nodes.push(at);
        }
        Some(Path { nodes, rels })
    }
}

/// The first node and all relationships of a path.
fn path(nodes: &[Slot], rels: &[Slot], row: &Row) -> Option<(NodeId, Vec<graph::RelId>)> {
    let Value::Node(start) = row[*nodes.first()?] else { return None };
    let mut all = Vec::new();
    for slot in rels {
        match &row[*slot] {
            Value::Rel(rel) => all.push(*rel),
            Value::List(list) => {
                for item in list.iter() {
                    let Value::Rel(rel) = item else { return None };
                    all.push(*rel);
                }
            }
            _ => return None,
        }
    }
    Some((start, all))
}

/// Whether a relationship is part of this `MATCH` already.
pub fn is_used(rel: graph::RelId, others: &[Slot], row: &Row) -> bool {
    others.iter().any(|slot| match &row[*slot] {
        Value::Rel(other) => *other == rel,
        Value::List(list) => list.iter().any(|item| matches!(item, Value::Rel(other) if *other == rel)),
        _ => false,
    })
}

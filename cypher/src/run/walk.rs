//! Several relationships further, none of them twice.

use graph::snapshot::Hop;
use graph::{NodeId, RelId, Value};

use super::steps::is_used;
use super::{Flow, Row, Run, Sink};
use crate::error::{Outcome, wrong_type};
use crate::plan::{Expand, Key, Walk};
use crate::syntax::ast::Direction;

impl Run<'_> {
    /// Walks depth first. The way is a list of its own, not calls within calls, so its length is bounded by memory.
    pub fn walk(&self, walk: &Walk, row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let hop = &walk.hop;
        let Some(from) = self.node_at(hop.from, row)? else { return Ok(Flow::On) };
        let target = match hop.to_bound && hop.from != hop.to {
            false => None,
            true => match self.node_at(hop.to, row)? {
                Some(node) => Some(node),
                None => return Ok(Flow::On),
            },
        };
        let target = if hop.from == hop.to { Some(from) } else { target };
        if hop.rel_bound {
            return self.known_walk(walk, from, target, row, sink);
        }
        let props = self.wanted(&walk.props, row)?;
        let mut held = 0;
        let flow = self.wander(walk, from, target, &props, &mut held, row, sink);
        self.meter.release(held);
        flow
    }

    #[allow(clippy::too_many_arguments)]
    fn wander(
        &self,
        walk: &Walk,
        from: NodeId,
        target: Option<NodeId>,
        props: &[(Key, Value)],
        held: &mut u64,
        row: &mut Row,
        sink: Sink<'_>,
    ) -> Outcome<Flow> {
        let mut way: Vec<Hop> = Vec::new();
        let mut open: Vec<Vec<Hop>> = Vec::new();
        let mut at = from;
        loop {
            let length = way.len() as u64;
            if length >= walk.min && length <= walk.max && target.is_none_or(|t| t == at) {
                self.arrive(walk, &way, at, row)?;
                if sink(row)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
            let mut next = Vec::new();
            if length < walk.max {
                for step in self.hops(at, walk.hop.direction) {
                    self.meter.tick(1 + length / 16)?;
                    if way.iter().all(|w| w.rel != step.rel) && self.may_walk(walk, step.rel, props, row)? {
                        next.push(step);
                    }
                }
                next.reverse();
            }
            *held += next.len() as u64 * 8 + 24;
            self.meter.hold_bytes(next.len() as u64 * 8 + 24)?;
            open.push(next);
            // The next step from here, or else from as far back as there is one.
            loop {
                let Some(choices) = open.last_mut() else { return Ok(Flow::On) };
                if let Some(step) = choices.pop() {
                    way.push(step);
                    at = step.node;
                    break;
                }
                if let Some(done) = open.pop() {
                    let bytes = done.capacity() as u64 * 8 + 24;
                    let bytes = bytes.min(*held);
                    *held -= bytes;
                    self.meter.release(bytes);
                }
                if way.pop().is_none() {
                    return Ok(Flow::On);
                }
            }
        }
    }

    /// Writes where a walk has come to into the row.
    fn arrive(&self, walk: &Walk, way: &[Hop], at: NodeId, row: &mut Row) -> Outcome<()> {
        self.meter.tick(1 + way.len() as u64 / 4)?;
        let mut rels: Vec<Value> = way.iter().map(|h| Value::Rel(h.rel)).collect();
        if walk.backwards {
            rels.reverse();
        }
        row[walk.hop.rel] = self.meter.list(rels)?;
        if !walk.hop.to_bound {
            row[walk.hop.to] = Value::Node(at);
        }
        Ok(())
    }

    /// Whether a relationship may be part of a walk.
    pub fn may_walk(&self, walk: &Walk, rel: RelId, props: &[(Key, Value)], row: &mut Row) -> Outcome<bool> {
        if walk.hop.types.as_ref().is_some_and(|t| !t.accept_type(self.graph.rel_type(rel)))
            || !self.rel_has(rel, props)
            || is_used(rel, &walk.hop.others, row)
        {
            return Ok(false);
        }
        match &walk.filter {
            None => Ok(true),
            Some((x, slot)) => {
                row[*slot] = Value::Rel(rel);
                self.holds(x, row)
            }
        }
    }

    /// Follows a list of relationships that is known already.
    fn known_walk(
        &self,
        walk: &Walk,
        from: NodeId,
        target: Option<NodeId>,
        row: &mut Row,
        sink: Sink<'_>,
    ) -> Outcome<Flow> {
        let Expand { rel, direction, .. } = walk.hop;
        let list = match &row[rel] {
            Value::List(list) => list.clone(),
            Value::Null => return Ok(Flow::On),
            other => {
                return Err(wrong_type(format!("a walk follows a List of relationships, not {}", other.type_name())));
            }
        };
        let props = self.wanted(&walk.props, row)?;
        let mut rels = Vec::new();
        for item in list.iter() {
            match item {
                Value::Rel(rel) => rels.push(*rel),
                Value::Null => return Ok(Flow::On),
                other => return Err(wrong_type(format!("a walk follows relationships, not {}", other.type_name()))),
            }
        }
        if walk.backwards {
            rels.reverse();
        }
        let length = rels.len() as u64;
        if length < walk.min || length > walk.max {
            return Ok(Flow::On);
        }
        let mut at = from;
        for (i, rel) in rels.iter().enumerate() {
            self.meter.tick(1)?;
            let (source, target) = (self.graph.source(*rel), self.graph.target(*rel));
            let forward = direction != Direction::Left && source == at;
            let back = direction != Direction::Right && target == at;
            if rels[..i].contains(rel) || !(forward || back) || !self.may_walk(walk, *rel, &props, row)? {
                return Ok(Flow::On);
            }
            at = if forward { target } else { source };
        }
        if target.is_some_and(|t| t != at) {
            return Ok(Flow::On);
        }
        if !walk.hop.to_bound {
            row[walk.hop.to] = Value::Node(at);
        }
        sink(row)
    }
}

//! One relationship further.

use graph::snapshot::Hop;
use graph::{NodeId, Value};

use super::steps::is_used;
use super::{Flow, Row, Run, Sink};
use crate::error::{Outcome, wrong_type};
use crate::plan::Expand;
use crate::syntax::ast::Direction;

impl Run<'_> {
    /// The node a step begins at; `None` for null, where nothing begins.
    pub fn node_at(&self, slot: usize, row: &Row) -> Outcome<Option<NodeId>> {
        match &row[slot] {
            Value::Node(id) => Ok(Some(*id)),
            Value::Null => Ok(None),
            other => Err(wrong_type(format!("a pattern goes on from a Node, not from {}", other.type_name()))),
        }
    }

    /// Relationships of a node in a direction, a loop once.
    pub fn hops(&self, from: NodeId, direction: Direction) -> impl Iterator<Item = Hop> + '_ {
        let out = if direction == Direction::Left { &[][..] } else { self.graph.out(from) };
        let incoming = if direction == Direction::Right { &[][..] } else { self.graph.incoming(from) };
        let both = direction == Direction::Both;
        out.iter().chain(incoming.iter().filter(move |h| !(both && h.node == from))).copied()
    }

    pub fn expand(&self, hop: &Expand, row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let Some(from) = self.node_at(hop.from, row)? else { return Ok(Flow::On) };
        let target = match hop.to_bound {
            false => None,
            true => match self.node_at(hop.to, row)? {
                Some(node) => Some(node),
                None => return Ok(Flow::On),
            },
        };
        // Between two known nodes, go from the one with fewer relationships.
        if let Some(target) = target {
            let (there, back) = (self.degree(from, hop.direction), self.degree(target, turned(hop.direction)));
            if back < there {
                return self.along(hop, target, turned(hop.direction), Some(from), true, row, sink);
            }
        }
        self.along(hop, from, hop.direction, target, target.is_some(), row, sink)
    }

    fn degree(&self, node: NodeId, direction: Direction) -> usize {
        let out = if direction == Direction::Left { 0 } else { self.graph.out(node).len() };
        let incoming = if direction == Direction::Right { 0 } else { self.graph.incoming(node).len() };
        out + incoming
    }

    #[allow(clippy::too_many_arguments)]
    fn along(
        &self,
        hop: &Expand,
        from: NodeId,
        direction: Direction,
        target: Option<NodeId>,
        bound: bool,
        row: &mut Row,
        sink: Sink<'_>,
    ) -> Outcome<Flow> {
        for step in self.hops(from, direction) {
            self.meter.tick(1)?;
            if target.is_some_and(|t| t != step.node)
                || hop.types.as_ref().is_some_and(|t| !t.accept_type(self.graph.rel_type(step.rel)))
                || is_used(step.rel, &hop.others, row)
            {
                continue;
            }
            row[hop.rel] = Value::Rel(step.rel);
            if !bound {
                row[hop.to] = Value::Node(step.node);
            }
            if sink(row)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::On)
    }
}

/// The direction seen from the other end.
pub fn turned(direction: Direction) -> Direction {
    match direction {
        Direction::Right => Direction::Left,
        Direction::Left => Direction::Right,
        Direction::Both => Direction::Both,
    }
}

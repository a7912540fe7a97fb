//! Shortest ways between two nodes, by breadth first search.

use std::collections::HashMap;

use graph::snapshot::Hop;
use graph::value::Path;
use graph::{NodeId, RelId, Value};

use super::{Flow, Row, Run, Sink};
use crate::error::Outcome;
use crate::plan::Shortest;

/// How a node was first reached: how many steps it took, and the last steps of all ways that short.
struct Reached {
    distance: u64,
    from: Vec<(NodeId, RelId)>,
}

impl Run<'_> {
    pub fn shortest(&self, shortest: &Shortest, row: &mut Row, sink: Sink<'_>) -> Outcome<Flow> {
        let walk = &shortest.walk;
        let (Some(from), Some(to)) = (self.node_at(walk.hop.from, row)?, self.node_at(walk.hop.to, row)?) else {
            return Ok(Flow::On);
        };
        let mut paths = if walk.min == 0 && from == to {
            vec![Path { nodes: vec![from], rels: Vec::new() }]
        } else {
            self.search(shortest, from, to, row)?
        };
        for path in &mut paths {
            self.meter.tick(1 + path.rels.len() as u64)?;
            if walk.backwards {
                path.nodes.reverse();
                path.rels.reverse();
            }
            let rels: Vec<Value> = path.rels.iter().map(|r| Value::Rel(*r)).collect();
            row[walk.hop.rel] = self.meter.list(rels)?;
            row[shortest.path] =
                Value::Path(std::mem::replace(path, Path { nodes: Vec::new(), rels: Vec::new() }).into());
            if sink(row)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::On)
    }

    /// All shortest paths, or the first of them.
    fn search(&self, shortest: &Shortest, from: NodeId, to: NodeId, row: &mut Row) -> Outcome<Vec<Path>> {
        let walk = &shortest.walk;
        let props = self.wanted(&walk.props, row)?;
        let mut reached: HashMap<NodeId, Reached> = HashMap::new();
        let mut edge = vec![from];
        let mut distance = 0;
        let mut bytes = 0;
        let mut found = false;
        while !edge.is_empty() && distance < walk.max && !found {
            distance += 1;
            let mut next = Vec::new();
            for at in std::mem::take(&mut edge) {
                let hops: Vec<Hop> = self.hops(at, walk.hop.direction).collect();
                for hop in hops {
                    self.meter.tick(1)?;
                    if (hop.node == from && from != to) || !self.may_walk(walk, hop.rel, &props, row)? {
                        continue;
                    }
                    match reached.get_mut(&hop.node) {
                        None => {
                            self.meter.hold_bytes(96)?;
                            bytes += 96;
                            reached.insert(hop.node, Reached { distance, from: vec![(at, hop.rel)] });
                            next.push(hop.node);
                            found |= hop.node == to;
                        }
                        Some(seen) if seen.distance == distance && shortest.all => {
                            self.meter.hold_bytes(8)?;
                            bytes += 8;
                            seen.from.push((at, hop.rel));
                        }
                        Some(_) => {}
                    }
                }
            }
            edge = next;
        }
        let mut paths = Vec::new();
        if found && distance >= walk.min {
            paths = self.ways(&reached, from, to, shortest.all, &mut bytes)?;
        }
        self.meter.release(bytes);
        Ok(paths)
    }

    /// The ways back from the goal, turned round.
    fn ways(
        &self,
        reached: &HashMap<NodeId, Reached>,
        from: NodeId,
        to: NodeId,
        all: bool,
        bytes: &mut u64,
    ) -> Outcome<Vec<Path>> {
        let mut finished = Vec::new();
        let mut open: Vec<(Vec<NodeId>, Vec<RelId>)> = vec![(vec![to], Vec::new())];
        while let Some((nodes, rels)) = open.pop() {
            let at = nodes[nodes.len() - 1];
            if at == from && !rels.is_empty() {
                let path = Path { nodes: nodes.into_iter().rev().collect(), rels: rels.into_iter().rev().collect() };
                finished.push(path);
                if !all {
                    break;
                }
                continue;
            }
            let Some(steps) = reached.get(&at) else { continue };
            for (before, rel) in steps.from.iter().rev() {
                self.meter.tick(1 + rels.len() as u64 / 8)?;
                let size = 8 * rels.len() as u64 + 64;
                self.meter.hold_bytes(size)?;
                *bytes += size;
                let mut nodes = nodes.clone();
                let mut rels = rels.clone();
                nodes.push(*before);
                rels.push(*rel);
                open.push((nodes, rels));
            }
        }
        Ok(finished)
    }
}

//! In which order a pattern is found: begin where there is least, go on where something is bound, test as soon as possible.

use std::collections::BTreeSet;

use graph::Snapshot;
use graph::snapshot::{Label, PropKey};

use crate::plan::{Expand, Names, Shortest, Slot, Source, Step, Walk, X};
use crate::syntax::Span;
use crate::syntax::ast::Direction;

/// A condition: it runs when the slots it needs are bound.
pub struct Pred {
    pub x: X,
    pub needs: BTreeSet<Slot>,
    pub seeks: Vec<Seek>,
}

/// A lookup of nodes by a property.
pub struct Seek {
    pub slot: Slot,
    pub key: Option<PropKey>,
    pub value: X,
    pub needs: BTreeSet<Slot>,
}

/// A relationship of the pattern.
pub struct Edge {
    pub rel: Slot,
    pub left: Slot,
    pub right: Slot,
    pub direction: Direction,
    pub types: Option<Names>,
    pub bound: bool,
    pub walk: Option<Walk>,
    pub shortest: Option<(Slot, bool)>,
}

impl Edge {
    pub fn new(rel: Slot, left: Slot, right: Slot, direction: Direction, types: Option<Names>, bound: bool) -> Self {
        Self { rel, left, right, direction, types, bound, walk: None, shortest: None }
    }

    /// The step along it, from the left or from the right.
    pub fn hop(&mut self, from_right: bool) -> Expand {
        let (from, to, direction) = match (from_right, self.direction) {
            (false, direction) => (self.left, self.right, direction),
            (true, Direction::Right) => (self.right, self.left, Direction::Left),
            (true, Direction::Left) => (self.right, self.left, Direction::Right),
            (true, Direction::Both) => (self.right, self.left, Direction::Both),
        };
        Expand {
            from,
            to,
            rel: self.rel,
            direction,
            types: self.types.take(),
            to_bound: false,
            rel_bound: self.bound,
            others: Vec::new(),
        }
    }
}

/// A node that is still to be found, and how many there may be.
struct Start {
    slot: Slot,
    label: Option<Option<Label>>,
    cost: usize,
}

/// The lookup of a condition: the condition, and which of its lookups.
type Place = (usize, usize);

/// A path to be put together: its slot, its nodes and its relationships.
type PathParts = (Slot, Vec<Slot>, Vec<Slot>);

pub struct Route<'a> {
    graph: &'a Snapshot,
    pub preds: Vec<Pred>,
    pub edges: Vec<Edge>,
    pub paths: Vec<PathParts>,
    starts: Vec<Start>,
    /// What is still unbound.
    open: BTreeSet<Slot>,
    done_rels: Vec<Slot>,
    steps: Vec<Step>,
}

impl<'a> Route<'a> {
    pub fn new(graph: &'a Snapshot, fresh: &[Slot], earlier: &[(Slot, Span)]) -> Self {
        let steps = earlier.iter().map(|(slot, span)| Step::IsNode { slot: *slot, span: *span }).collect();
        Self {
            graph,
            preds: Vec::new(),
            edges: Vec::new(),
            paths: Vec::new(),
            starts: Vec::new(),
            open: fresh.iter().copied().collect(),
            done_rels: Vec::new(),
            steps,
        }
    }

    /// A node of the pattern.
    pub fn node(&mut self, slot: Slot) {
        if self.open.contains(&slot) && !self.starts.iter().any(|s| s.slot == slot) {
            self.starts.push(Start { slot, label: None, cost: self.graph.node_count() });
        }
    }

    /// Labels that a node must have.
    pub fn labels(&mut self, slot: Slot, names: &Names) {
        let label = match names {
            Names::Is(id) => *id,
            Names::And(all) => match all.iter().find_map(|n| if let Names::Is(id) = n { Some(*id) } else { None }) {
                Some(id) => id,
                None => return,
            },
            _ => return,
        };
        let label = label.map(Label);
        let count = label.map_or(0, |l| self.graph.with_label(l).len());
        if let Some(start) = self.starts.iter_mut().find(|s| s.slot == slot)
            && (start.label.is_none() || count < start.cost)
        {
            start.label = Some(label);
            start.cost = count;
        }
    }

    /// All steps in order.
    pub fn steps(mut self) -> Vec<Step> {
        loop {
            self.ready();
            if let Some(at) = self.next_edge() {
                let edge = self.edges.remove(at);
                self.follow(edge);
            } else if !self.starts.is_empty() {
                self.start();
            } else {
                break;
            }
        }
        // What waits for slots that nothing binds (there are none in a sound plan) is still tested.
        let rest = std::mem::take(&mut self.preds);
        self.steps.extend(rest.into_iter().map(|p| Step::Filter(p.x)));
        self.steps
    }

    fn is_bound(&self, slot: Slot) -> bool {
        !self.open.contains(&slot)
    }

    fn bind(&mut self, slot: Slot) {
        self.open.remove(&slot);
        self.starts.retain(|s| s.slot != slot);
    }

    /// Puts together the paths and tests the conditions that have all they need.
    fn ready(&mut self) {
        for (slot, nodes, rels) in std::mem::take(&mut self.paths) {
            if nodes.iter().chain(&rels).all(|s| self.is_bound(*s)) {
                self.bind(slot);
                self.steps.push(Step::Path { slot, nodes, rels });
            } else {
                self.paths.push((slot, nodes, rels));
            }
        }
        for pred in std::mem::take(&mut self.preds) {
            if pred.needs.iter().all(|s| self.is_bound(*s)) {
                self.steps.push(Step::Filter(pred.x));
            } else {
                self.preds.push(pred);
            }
        }
    }

    /// The best relationship to go along now.
    fn next_edge(&self) -> Option<usize> {
        let rank = |edge: &Edge| {
            let ends = usize::from(self.is_bound(edge.left)) + usize::from(self.is_bound(edge.right));
            match (edge.shortest.is_some(), edge.bound && edge.walk.is_none(), ends) {
                (true, _, 2) => Some(4),
                (true, ..) => None,
                (_, true, _) => Some(0),
                (.., 0) => None,
                (.., 2) if edge.walk.is_none() => Some(1),
                _ if edge.walk.is_none() => Some(2),
                _ => Some(3),
            }
        };
        let ranked = self.edges.iter().enumerate().filter_map(|(i, e)| Some((rank(e)?, i)));
        ranked.min().map(|(_, i)| i)
    }

    fn follow(&mut self, mut edge: Edge) {
        let from_right = !self.is_bound(edge.left) && self.is_bound(edge.right);
        let from_bound = self.is_bound(edge.left) || self.is_bound(edge.right);
        let mut walk = edge.walk.take();
        if let Some(walk) = &mut walk {
            edge.types = walk.hop.types.take();
        }
        let mut hop = edge.hop(from_right);
        hop.to_bound = self.is_bound(hop.to) || hop.from == hop.to;
        let plain = edge.shortest.is_none();
        if plain {
            hop.others.clone_from(&self.done_rels);
            self.done_rels.push(edge.rel);
        }
        let (from, to) = (hop.from, hop.to);
        let step = match walk {
            None if edge.shortest.is_none() && edge.bound => Step::Ends { hop, from_bound },
            None if edge.shortest.is_none() => Step::Expand(hop),
            walk => {
                let (min, max, props, filter) = match walk {
                    Some(walk) => (walk.min, walk.max, walk.props, walk.filter),
                    None => (1, 1, Vec::new(), None),
                };
                let walk = Walk { hop, min, max, props, filter, backwards: from_right };
                match edge.shortest {
                    Some((path, all)) => {
                        self.bind(path);
                        Step::Shortest(Shortest { walk, path, all })
                    }
                    None => Step::Walk(walk),
                }
            }
        };
        self.steps.push(step);
        self.bind(from);
        self.bind(to);
        self.bind(edge.rel);
    }

    /// Begins at the node of which there are fewest.
    fn start(&mut self) {
        let mut best: Option<(usize, usize, Option<Place>)> = None;
        for (i, start) in self.starts.iter().enumerate() {
            let seek = self.preds.iter().enumerate().find_map(|(p, pred)| {
                let s = pred.seeks.iter().position(|s| {
                    s.slot == start.slot && s.needs.iter().all(|n| *n != start.slot && self.is_bound(*n))
                })?;
                Some((p, s))
            });
            let cost = if seek.is_some() { start.cost.min(1) } else { start.cost };
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, i, seek));
            }
        }
        let Some((_, at, seek)) = best else { return };
        let start = self.starts.remove(at);
        let source = match (seek, start.label) {
            // A label with few nodes is gone through sooner than an index is made.
            (Some((p, s)), label) if start.cost > 8 || label.is_none() => {
                let seek = self.preds[p].seeks.remove(s);
                Source::Property { key: seek.key, value: seek.value }
            }
            (_, Some(label)) => Source::Label(label),
            (_, None) => Source::All,
        };
        self.steps.push(Step::Scan { slot: start.slot, source });
        self.bind(start.slot);
    }
}

//! Gathering rows: groups, distinct rows, order, skip and limit.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use graph::Value;
use graph::query::ErrorKind;
use graph::value::{Key, order};

use super::{Flow, Row, Run};
use crate::error::{Outcome, failure};
use crate::functions::aggregate::State;
use crate::plan::{Group, Project, X};
use crate::syntax::Span;

/// Rows kept beyond those that are wanted, before a sort throws away the rest.
const SPARE: usize = 1024;

struct Kept {
    by: Vec<Value>,
    values: Vec<Value>,
    bytes: u64,
}

/// A group while rows come: its key, and what was gathered so far.
struct GroupState {
    keys: Vec<Value>,
    states: Vec<State>,
}

pub struct Collector<'r, 'g> {
    run: &'r Run<'g>,
    project: &'r Project,
    skip: usize,
    limit: Option<usize>,
    rows: Vec<Kept>,
    seen: HashSet<Vec<Key>>,
    places: HashMap<Vec<Key>, usize>,
    groups: Vec<GroupState>,
    held: u64,
}

impl<'r, 'g> Collector<'r, 'g> {
    pub fn new(run: &'r Run<'g>, project: &'r Project, row: &mut Row) -> Outcome<Self> {
        let mut count = |x: &Option<(X, Span)>| match x {
            None => Ok(None),
            Some((x, span)) => rows_wanted(&run.eval(x, row)?).map(Some).map_err(|e| e.or_at(*span)),
        };
        let skip = count(&project.skip)?.unwrap_or(0);
        let limit = count(&project.limit)?;
        let mut collector = Self {
            run,
            project,
            skip,
            limit,
            rows: Vec::new(),
            seen: HashSet::new(),
            places: HashMap::new(),
            groups: Vec::new(),
            held: 0,
        };
        if let Some(group) = project.group.as_ref().filter(|g| g.keys.is_empty()) {
            // Without a key there is one group, even of no rows.
            collector.add_group(group, Vec::new());
        }
        Ok(collector)
    }

    /// Whether no row can change the outcome any more.
    pub fn is_full(&self) -> bool {
        let wanted = self.limit.map(|l| l.saturating_add(self.skip));
        self.limit == Some(0)
            || (self.project.group.is_none()
                && self.project.order.is_empty()
                && wanted.is_some_and(|w| self.rows.len() >= w))
    }

    fn add_group(&mut self, group: &Group, keys: Vec<Value>) -> usize {
        self.places.insert(keys.iter().cloned().map(Key).collect(), self.groups.len());
        let states = group.aggregates.iter().map(|a| State::new(a.kind, a.distinct)).collect();
        self.groups.push(GroupState { keys, states });
        self.groups.len() - 1
    }

    pub fn push(&mut self, row: &mut Row) -> Outcome<Flow> {
        self.run.meter.tick(1)?;
        let Some(group) = &self.project.group else {
            self.keep(row)?;
            return Ok(if self.is_full() { Flow::Stop } else { Flow::On });
        };
        let mut keys = Vec::with_capacity(group.keys.len());
        for (x, _) in &group.keys {
            keys.push(self.run.eval(x, row)?);
        }
        let key: Vec<Key> = keys.iter().cloned().map(Key).collect();
        let at = match self.places.get(&key) {
            Some(at) => *at,
            None => {
                for value in &keys {
                    self.held += self.run.meter.hold(value)?;
                }
                self.run.meter.hold_bytes(200)?;
                self.held += 200;
                self.add_group(group, keys)
            }
        };
        for (i, call) in group.aggregates.iter().enumerate() {
            let mut args = [Value::Null, Value::Null];
            for (slot, x) in args.iter_mut().zip(&call.args) {
                *slot = self.run.eval(x, row)?;
            }
            let [value, second] = args;
            self.held += self.groups[at].states[i].push(self.run, value, &second).map_err(|e| e.or_at(call.span))?;
        }
        Ok(Flow::On)
    }

    /// Reckons the columns of a row and keeps them.
    fn keep(&mut self, row: &mut Row) -> Outcome<()> {
        for (x, slot) in &self.project.items {
            row[*slot] = self.run.eval(x, row)?;
        }
        if let Some(early) = &self.project.early
            && !self.run.holds(early, row)?
        {
            return Ok(());
        }
        let values: Vec<Value> = self.project.items.iter().map(|(_, slot)| row[*slot].clone()).collect();
        if self.project.distinct && !self.seen.insert(values.iter().cloned().map(Key).collect()) {
            return Ok(());
        }
        let mut by = Vec::with_capacity(self.project.order.len());
        for (x, _) in &self.project.order {
            by.push(self.run.eval(x, row)?);
        }
        let mut bytes = 64;
        self.run.meter.hold_bytes(bytes)?;
        for value in values.iter().chain(&by) {
            bytes += self.run.meter.hold(value)?;
        }
        self.held += bytes;
        self.rows.push(Kept { by, values, bytes });
        if let Some(limit) = self.limit.filter(|_| !self.project.order.is_empty()) {
            let wanted = limit.saturating_add(self.skip);
            if self.rows.len() > wanted.saturating_mul(2).saturating_add(SPARE) {
                self.sort()?;
                let dropped: u64 = self.rows.drain(wanted..).map(|k| k.bytes).sum();
                if !self.project.distinct {
                    self.run.meter.release(dropped);
                    self.held = self.held.saturating_sub(dropped);
                }
            }
        }
        Ok(())
    }

    fn sort(&mut self) -> Outcome<()> {
        if self.project.order.is_empty() {
            return Ok(());
        }
        let n = self.rows.len() as u64;
        self.run.meter.tick(n.saturating_mul(u64::from(n.max(2).ilog2())) / 8)?;
        let downs: Vec<bool> = self.project.order.iter().map(|(_, down)| *down).collect();
        self.rows.sort_by(|a, b| {
            for ((x, y), down) in a.by.iter().zip(&b.by).zip(&downs) {
                let o = if *down { order(y, x) } else { order(x, y) };
                if o != Ordering::Equal {
                    return o;
                }
            }
            Ordering::Equal
        });
        Ok(())
    }

    /// The rows that go on.
    pub fn finish(mut self, row: &mut Row) -> Outcome<Vec<Vec<Value>>> {
        if let Some(group) = &self.project.group {
            for state in std::mem::take(&mut self.groups) {
                self.run.meter.tick(1)?;
                for ((_, slot), value) in group.keys.iter().zip(state.keys) {
                    row[*slot] = value;
                }
                for (call, state) in group.aggregates.iter().zip(state.states) {
                    row[call.slot] = state.finish(self.run).map_err(|e| e.or_at(call.span))?;
                }
                self.keep(row)?;
            }
        }
        self.sort()?;
        let rows = self.rows.into_iter().skip(self.skip).take(self.limit.unwrap_or(usize::MAX));
        let mut finished = Vec::new();
        for kept in rows {
            if let Some(late) = &self.project.late {
                for ((_, slot), value) in self.project.items.iter().zip(&kept.values) {
                    row[*slot] = value.clone();
                }
                if !self.run.holds(late, row)? {
                    continue;
                }
            }
            finished.push(kept.values);
        }
        self.run.meter.release(self.held);
        Ok(finished)
    }
}

/// A value as a number of rows.
fn rows_wanted(value: &Value) -> Outcome<usize> {
    match value {
        Value::Int(n) => usize::try_from(*n).map_err(|_| {
            let mut error =
                failure(ErrorKind::Syntax, "NegativeIntegerArgument", "a number of rows is not below zero");
            error.phase = graph::query::Phase::Run;
            error
        }),
        other => Err(failure(
            ErrorKind::Syntax,
            "InvalidArgumentType",
            format!("a number of rows is a whole number, not {}", other.type_name()),
        )),
    }
}

//! Running a plan: rows are pushed through the steps, and gathered only where a projection has to.

mod collect;
mod eval;
mod exec;
mod expand;
mod inner;
mod math;
mod meter;
mod shortest;
mod steps;
mod tests_of;
mod walk;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use graph::query::{Query, Table};
use graph::{Snapshot, Value};
use regex_lite::Regex;

use crate::error::Outcome;
use crate::plan::Plan;

pub use meter::Meter;

/// Values of all variables, by their slots.
pub type Row = Vec<Value>;

/// Whether more rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    On,
    Stop,
}

/// Takes rows.
pub type Sink<'s> = &'s mut dyn FnMut(&mut Row) -> Outcome<Flow>;

/// One query while it runs.
pub struct Run<'a> {
    pub graph: &'a Snapshot,
    pub meter: Meter,
    pub now: i128,
    random: Cell<u64>,
    patterns: RefCell<HashMap<Arc<str>, Regex>>,
}

impl<'a> Run<'a> {
    pub fn new(graph: &'a Snapshot, query: &Query<'_>) -> Self {
        Self {
            graph,
            meter: Meter::new(query.limits, query.cancel.clone()),
            now: query.now,
            random: Cell::new(query.seed),
            patterns: RefCell::default(),
        }
    }

    /// Runs a plan to its end.
    pub fn table(&self, plan: &Plan, limit: usize) -> Outcome<Table> {
        let mut rows = Vec::new();
        let mut row = vec![Value::Null; plan.slots];
        self.query(&plan.query, &mut row, &mut |values| {
            if rows.len() >= limit {
                return Err(meter::limit(format!("the answer has more than {limit} rows")));
            }
            for value in &values {
                self.meter.hold(value)?;
            }
            rows.push(values);
            Ok(Flow::On)
        })?;
        Ok(Table { columns: plan.query.columns.clone(), rows, work: self.meter.work() })
    }

    /// The next number of a stream that follows from the seed (SplitMix64; Steele, Lea and Flood 2014).
    pub fn random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

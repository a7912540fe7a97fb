//! From the tree to a plan: names are resolved, types that are known are compared, an order of steps is chosen.

mod after;
mod clauses;
mod creator;
mod expressions;
mod lists;
mod patterns;
mod project;
mod route;
mod scope;
mod subqueries;
mod types;

use crate::error::Outcome;
use crate::plan::{Outside, Plan, Slot};
use crate::syntax::ast::Query;

pub use creator::Creator;
pub use scope::Scope;
pub use types::Type;

/// Makes the plan of a query.
pub fn plan(query: &Query, outside: &Outside<'_>) -> Outcome<Plan> {
    let mut planner = Planner { outside, slots: 0 };
    let query = planner.query(query, &Scope::default())?;
    Ok(Plan { slots: planner.slots, query })
}

/// Gives out slots while a query is looked through.
pub struct Planner<'a> {
    pub outside: &'a Outside<'a>,
    pub slots: usize,
}

impl Planner<'_> {
    /// A slot that nothing else uses.
    pub fn slot(&mut self) -> Slot {
        self.slots += 1;
        self.slots - 1
    }
}

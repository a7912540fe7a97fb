//! Plans of parts of a query, for making graphs.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::Value;
use graph::query::Query;

use super::Planner;
use super::scope::Scope;
use super::types::Type;
use crate::error::Outcome;
use crate::plan::{Outside, Segment};
use crate::run::Run;
use crate::syntax::ast::{Clause, Expr};

/// Clauses and expressions outside of a whole query.
pub struct Creator;

impl Creator {
    /// Reading clauses that begin with these variables in the first slots. Also the columns, and how long a row is.
    pub fn segments(
        outside: &Outside<'_>,
        clauses: &[Clause],
        names: &[Arc<str>],
    ) -> Outcome<(Vec<Segment>, Vec<String>, usize)> {
        let mut planner = Planner { outside, slots: 0 };
        let mut scope = Scope::default();
        for name in names {
            let slot = planner.slot();
            scope.add(name.clone(), slot, Type::Any);
        }
        // What was bound before is no outer variable, but part of the rows.
        let (segments, columns, _) = planner.continued(clauses, &scope)?;
        Ok((segments, columns, planner.slots))
    }

    /// The value of an expression with these variables.
    pub fn value(outside: &Outside<'_>, expr: &Expr, bound: &BTreeMap<Arc<str>, Value>) -> Outcome<Value> {
        let mut planner = Planner { outside, slots: 0 };
        let mut scope = Scope::default();
        let mut row = Vec::new();
        for (name, value) in bound {
            scope.add(name.clone(), planner.slot(), Type::Any);
            row.push(value.clone());
        }
        let (x, _) = planner.value(expr, &scope)?;
        row.resize(planner.slots, Value::Null);
        Run::new(outside.graph, &Query::new(outside.text, 0)).eval(&x, &mut row)
    }
}

//! What stands behind a projection: `ORDER BY` and `WHERE` see its columns, and, where rows are not gathered, what was
//! before it.

use super::Planner;
use super::expressions::{Typed, misplaced};
use super::project::{Column, has_aggregate, hidden};
use super::scope::Scope;
use crate::error::{Outcome, fault};
use crate::syntax::ast::{Ex, Expr, same};

/// A projection, seen from behind it.
#[derive(Clone, Copy)]
pub struct After<'a> {
    pub columns: &'a [Column],
    pub before: &'a Scope,
    pub after: &'a Scope,
    pub gathers: bool,
    /// Whether what was before is gone.
    pub closed: bool,
}

impl Planner<'_> {
    pub fn after(&mut self, expr: &Expr, within: &After<'_>) -> Outcome<Typed> {
        let gathers = has_aggregate(expr);
        if gathers && !within.gathers {
            return Err(misplaced(expr.span));
        }
        let mut expr = expr.clone();
        replace(&mut expr, within, gathers)?;
        let mut scope = if within.closed { within.after.clone() } else { overlay(within.before, within.after) };
        for (i, column) in within.columns.iter().enumerate() {
            scope.add(hidden("column", i), column.slot, column.kind.clone());
        }
        self.value(&expr, &scope).map_err(|e| {
            let lost = e.detail == "UndefinedVariable";
            match e.span {
                Some(span) if lost && gathers && self.stands_in_columns(span, within) => {
                    let message = "beside an aggregation, only columns of this projection may stand";
                    fault("AmbiguousAggregationExpression", message, span)
                }
                _ => e,
            }
        })
    }
}

impl Planner<'_> {
    /// Whether the variable at a place is a part of some column.
    fn stands_in_columns(&self, span: crate::syntax::Span, within: &After<'_>) -> bool {
        let name = self.outside.text.get(span.start as usize..span.end as usize);
        let mut open: Vec<&Expr> = within.columns.iter().filter(|c| !c.gathers).map(|c| &c.expr).collect();
        while let Some(expr) = open.pop() {
            if matches!(&*expr.kind, Ex::Var(n) if Some(&**n) == name) {
                return true;
            }
            open.extend(expr.kind.children());
        }
        false
    }
}

/// Puts columns in the place of what they are made of.
fn replace(expr: &mut Expr, within: &After<'_>, gathers: bool) -> Outcome<()> {
    if let Ex::Var(name) = &*expr.kind
        && within.columns.iter().any(|c| c.name == *name)
    {
        return Ok(());
    }
    let is_simple = match &*expr.kind {
        Ex::Var(_) | Ex::CountAll => true,
        Ex::Prop(of, _) => matches!(&*of.kind, Ex::Var(_)),
        _ => has_aggregate(expr),
    };
    if (!gathers || is_simple)
        && let Some(i) = within.columns.iter().position(|c| same(&c.expr, expr))
    {
        *expr.kind = Ex::Var(hidden("column", i));
        return Ok(());
    }
    match &*expr.kind {
        Ex::CountAll => {
            return Err(fault("UndefinedVariable", "this aggregation is no column of the projection", expr.span));
        }
        Ex::Call { name, .. } if crate::functions::aggregate::find(name).is_some() => {
            return Err(fault("UndefinedVariable", "this aggregation is no column of the projection", expr.span));
        }
        _ => {}
    }
    for child in expr.kind.children_mut() {
        replace(child, within, gathers)?;
    }
    Ok(())
}

fn overlay(before: &Scope, after: &Scope) -> Scope {
    let mut scope = before.clone();
    for (name, known) in after.iter() {
        scope.add(name.clone(), known.slot, known.kind.clone());
    }
    scope
}

//! `WITH` and `RETURN`: columns, grouping, order and limits.

use std::sync::Arc;

use super::Planner;
use super::after::After;
use super::scope::Scope;
use super::types::Type;
use crate::error::{Outcome, fault};
use crate::functions::aggregate::{self, Aggregate};
use crate::plan::{AggregateCall, Group, Project, Slot, X};
use crate::syntax::Span;
use crate::syntax::ast::{Ex, Expr, Name, Projection, same};

/// One column: what it is made of, its name and its place.
pub struct Column {
    pub expr: Expr,
    pub name: Arc<str>,
    pub slot: Slot,
    pub gathers: bool,
    pub kind: Type,
}

/// Names that no query can write, for what stands in the place of a part of an expression.
pub fn hidden(what: &str, index: usize) -> Arc<str> {
    format!("  {what} {index}").into()
}

impl Planner<'_> {
    /// A projection, its columns, and the scope after it.
    pub fn projection(
        &mut self,
        p: &Projection,
        scope: &Scope,
        outer: &Scope,
        is_return: bool,
    ) -> Outcome<(Project, Vec<String>, Scope)> {
        let mut columns = self.columns(p, scope, outer, is_return)?;
        let gathers = columns.iter().any(|c| c.gathers);
        let mut project = Project { distinct: p.distinct, ..Project::default() };
        if gathers {
            self.grouped(&mut columns, scope, &mut project)?;
        } else {
            for column in &mut columns {
                let (x, kind) = self.value(&column.expr, scope)?;
                column.kind = kind;
                project.items.push((x, column.slot));
            }
        }
        let mut after = outer.clone();
        for column in &columns {
            after.add(column.name.clone(), column.slot, column.kind.clone());
        }
        let closed = gathers || p.distinct;
        let within = After { columns: &columns, before: scope, after: &after, gathers, closed };
        for (expr, down) in &p.order {
            project.order.push((self.after(expr, &within)?.0, *down));
        }
        project.skip = p.skip.as_ref().map(|e| self.count(e, "SKIP")).transpose()?;
        project.limit = p.limit.as_ref().map(|e| self.count(e, "LIMIT")).transpose()?;
        if let Some(filter) = &p.filter {
            let cut = project.skip.is_some() || project.limit.is_some();
            let within = After { closed: closed || cut, ..within };
            if has_aggregate(filter) {
                return Err(super::expressions::misplaced(filter.span));
            }
            let (x, kind) = self.after(filter, &within)?;
            super::expressions::wants(&kind, &[Type::Bool], "a condition is a Boolean", filter.span)?;
            if closed || cut { project.late = Some(x) } else { project.early = Some(x) }
        }
        let names = columns.iter().map(|c| c.name.to_string()).collect();
        Ok((project, names, after))
    }

    fn columns(&mut self, p: &Projection, scope: &Scope, outer: &Scope, is_return: bool) -> Outcome<Vec<Column>> {
        let mut columns = Vec::new();
        if p.all {
            let mut visible: Vec<_> = scope
                .iter()
                .filter(|(name, known)| {
                    !name.starts_with("  ") && outer.get(name).is_none_or(|o| o.slot != known.slot)
                })
                .cloned()
                .collect();
            if visible.is_empty() && is_return && scope.is_empty() {
                return Err(fault("NoVariablesInScope", "there is no variable that `*` could stand for", p.span));
            }
            visible.sort_by(|(a, _), (b, _)| a.cmp(b));
            for (name, _) in visible {
                let kind = Box::new(Ex::Var(name.clone()));
                let expr = Expr { kind, span: p.span, height: 1 };
                columns.push(Column { expr, name, slot: self.slot(), gathers: false, kind: Type::Any });
            }
        }
        for item in &p.items {
            let name = match (&item.alias, &*item.expr.kind) {
                (Some(Name { text, .. }), _) => text.clone(),
                (None, Ex::Var(name)) => name.clone(),
                (None, _) if is_return => {
                    let (start, end) = (item.expr.span.start as usize, item.expr.span.end as usize);
                    self.outside.text.get(start..end).unwrap_or_default().into()
                }
                (None, _) => {
                    let message = "`WITH` needs a name for what it reckons: `... AS name`";
                    return Err(fault("NoExpressionAlias", message, item.expr.span));
                }
            };
            if columns.iter().any(|c: &Column| c.name == name) {
                return Err(fault("ColumnNameConflict", format!("there are two columns `{name}`"), item.expr.span));
            }
            let gathers = has_aggregate(&item.expr);
            columns.push(Column { expr: item.expr.clone(), name, slot: self.slot(), gathers, kind: Type::Any });
        }
        Ok(columns)
    }

    /// Columns of which some gather rows: the others make the groups.
    fn grouped(&mut self, columns: &mut [Column], scope: &Scope, project: &mut Project) -> Outcome<()> {
        let mut group = Group { keys: Vec::new(), aggregates: Vec::new() };
        for column in columns.iter_mut().filter(|c| !c.gathers) {
            let (x, kind) = self.value(&column.expr, scope)?;
            column.kind = kind;
            group.keys.push((x, column.slot));
        }
        // Beside an aggregation, only variables and properties that make the groups may stand.
        let mut inner = Scope::default();
        let mut simple = Vec::new();
        for (i, column) in columns.iter().enumerate().filter(|(_, c)| !c.gathers) {
            match &*column.expr.kind {
                Ex::Var(name) => inner.add(name.clone(), column.slot, column.kind.clone()),
                Ex::Prop(of, _) if matches!(&*of.kind, Ex::Var(_)) => {
                    inner.add(hidden("key", i), column.slot, column.kind.clone());
                    simple.push((column.expr.clone(), hidden("key", i)));
                }
                _ => {}
            }
        }
        let mut items = Vec::new();
        for column in columns.iter_mut() {
            if !column.gathers {
                items.push((X::Slot(column.slot), column.slot));
                continue;
            }
            let mut expr = column.expr.clone();
            let mut names = inner.clone();
            self.gather(&mut expr, &simple, scope, &mut names, &mut group)?;
            let (x, kind) = self.value(&expr, &names).map_err(|e| match e.detail {
                "UndefinedVariable" => fault(
                    "AmbiguousAggregationExpression",
                    "beside an aggregation, only what makes the groups may stand: return it as a column of its own",
                    e.span.unwrap_or(column.expr.span),
                ),
                _ => e,
            })?;
            column.kind = kind;
            items.push((x, column.slot));
        }
        project.items = items;
        project.group = Some(group);
        Ok(())
    }

    /// Puts a name in the place of each aggregation and of each grouping property.
    fn gather(
        &mut self,
        expr: &mut Expr,
        simple: &[(Expr, Arc<str>)],
        scope: &Scope,
        names: &mut Scope,
        group: &mut Group,
    ) -> Outcome<()> {
        if let Some((kind, args, distinct)) = as_aggregate(expr) {
            let span = expr.span;
            for arg in args {
                if has_aggregate(arg) {
                    return Err(fault("NestedAggregation", "an aggregation cannot be inside of another", arg.span));
                }
                if draws(arg) {
                    return Err(fault("NonConstantExpression", "`rand()` cannot be gathered", arg.span));
                }
            }
            if !kind.arguments().contains(&args.len()) {
                return Err(fault("InvalidNumberOfArguments", "wrong number of arguments", span));
            }
            let (args, kinds) = self.all(args, scope)?;
            if let Some(first) = kinds.first() {
                kind.check(first, span)?;
            }
            let gives = kind.gives(kinds.first());
            let slot = self.slot();
            let name = hidden("gathered", slot);
            names.add(name.clone(), slot, gives);
            group.aggregates.push(AggregateCall { kind, args, distinct, slot, span });
            *expr.kind = Ex::Var(name);
            return Ok(());
        }
        if let Some((_, name)) = simple.iter().find(|(key, _)| same(key, expr)) {
            *expr.kind = Ex::Var(name.clone());
            return Ok(());
        }
        for child in expr.kind.children_mut() {
            self.gather(child, simple, scope, names, group)?;
        }
        Ok(())
    }

    /// A number of rows: it cannot depend on a row.
    fn count(&mut self, expr: &Expr, what: &str) -> Outcome<(X, Span)> {
        let mut open = vec![expr];
        while let Some(part) = open.pop() {
            if matches!(&*part.kind, Ex::Var(_) | Ex::Pattern(_) | Ex::PatternComprehension { .. } | Ex::Subquery(..))
            {
                return Err(fault("NonConstantExpression", format!("`{what}` cannot depend on a row"), part.span));
            }
            open.extend(part.kind.children());
        }
        if let Ex::Literal(value) = &*expr.kind {
            match value {
                graph::Value::Int(n) if *n < 0 => {
                    return Err(fault(
                        "NegativeIntegerArgument",
                        format!("`{what}` takes no number below zero"),
                        expr.span,
                    ));
                }
                graph::Value::Int(_) => {}
                other => {
                    let message = format!("`{what}` takes a whole number, not {}", Type::of(other).name());
                    return Err(fault("InvalidArgumentType", message, expr.span));
                }
            }
        }
        Ok((self.value(expr, &Scope::default())?.0, expr.span))
    }
}

/// The aggregation that an expression is, its arguments, and whether equal ones count once.
fn as_aggregate(expr: &Expr) -> Option<(Aggregate, &[Expr], bool)> {
    match &*expr.kind {
        Ex::CountAll => Some((Aggregate::CountAll, &[], false)),
        Ex::Call { name, args, distinct } => Some((aggregate::find(name)?, args, *distinct)),
        _ => None,
    }
}

/// Whether an expression gathers rows somewhere.
pub fn has_aggregate(expr: &Expr) -> bool {
    as_aggregate(expr).is_some() || expr.kind.children().into_iter().any(has_aggregate)
}

fn draws(expr: &Expr) -> bool {
    let draws_itself = matches!(&*expr.kind, Ex::Call { name, .. } if name.eq_ignore_ascii_case("rand"));
    draws_itself || expr.kind.children().into_iter().any(draws)
}

//! Clauses, one after the other, each with the scope the one before left.

use super::Planner;
use super::scope::Scope;
use super::types::Type;
use crate::error::{Outcome, fault};
use crate::plan::{Op, Project, QueryPlan, Segment, X};
use crate::syntax::ast::{Clause, Query};

impl Planner<'_> {
    /// A query that begins with these variables.
    pub fn query(&mut self, query: &Query, outer: &Scope) -> Outcome<QueryPlan> {
        let mut columns: Option<Vec<String>> = None;
        let mut parts = Vec::new();
        for clauses in &query.parts {
            let (segments, names, _) = self.single(clauses, outer)?;
            if columns.as_ref().is_some_and(|before| *before != names) {
                return Err(fault(
                    "DifferentColumnsInUnion",
                    "the parts of a `UNION` must have the same columns",
                    query.span,
                ));
            }
            columns = Some(names);
            parts.push(segments);
        }
        Ok(QueryPlan { parts, all: query.all, columns: columns.unwrap_or_default() })
    }

    /// The segments of a single query, its columns, and the scope at its end.
    pub fn single(&mut self, clauses: &[Clause], outer: &Scope) -> Outcome<(Vec<Segment>, Vec<String>, Scope)> {
        self.run_of(clauses, outer.clone(), outer)
    }

    /// The same, where rows with these variables came before.
    pub fn continued(&mut self, clauses: &[Clause], before: &Scope) -> Outcome<(Vec<Segment>, Vec<String>, Scope)> {
        self.run_of(clauses, before.clone(), &Scope::default())
    }

    fn run_of(
        &mut self,
        clauses: &[Clause],
        mut scope: Scope,
        outer: &Scope,
    ) -> Outcome<(Vec<Segment>, Vec<String>, Scope)> {
        let mut segments = Vec::new();
        let mut ops = Vec::new();
        for clause in clauses {
            match clause {
                Clause::Match { optional, patterns, filter } => {
                    let found = self.match_clause(patterns, filter.as_ref(), *optional, &mut scope)?;
                    ops.push(Op::Match(found));
                }
                Clause::Unwind { list, name } => {
                    let (expr, kind) = self.value(list, &scope)?;
                    let slot = self.slot();
                    if scope.get(&name.text).is_some() {
                        return Err(fault(
                            "VariableAlreadyBound",
                            format!("`{}` is taken already", name.text),
                            name.span,
                        ));
                    }
                    ops.push(Op::Unwind { list: expr, slot });
                    scope.add(name.text.clone(), slot, kind.element());
                }
                Clause::With(projection) => {
                    let (project, _, after) = self.projection(projection, &scope, outer, false)?;
                    scope = after;
                    if is_plain(&project) {
                        ops.push(Op::Let(project.items));
                        ops.extend(project.early.into_iter().chain(project.late).map(Op::Filter));
                    } else {
                        segments.push(Segment { ops: std::mem::take(&mut ops), end: project });
                    }
                }
                Clause::Return(projection) => {
                    let (project, columns, after) = self.projection(projection, &scope, outer, true)?;
                    segments.push(Segment { ops, end: project });
                    return Ok((segments, columns, after));
                }
                Clause::Call { query, imports, span } => {
                    let mut inner = Scope::default();
                    match imports {
                        None => inner = scope.clone(),
                        Some(names) => {
                            for name in names {
                                let known = self.known(&name.text, &scope, name.span)?;
                                inner.add(name.text.clone(), known.slot, known.kind);
                            }
                        }
                    }
                    // Without a list, the outer variables are seen only by a leading `WITH`.
                    let leads = query.parts.iter().all(|p| matches!(p.first(), Some(Clause::With(_))));
                    let inner = if imports.is_none() && !leads { Scope::default() } else { inner };
                    let plan = self.query(query, &inner)?;
                    let mut slots = Vec::new();
                    for name in &plan.columns {
                        if scope.get(name).is_some() {
                            return Err(fault("VariableAlreadyBound", format!("`{name}` is taken already"), *span));
                        }
                        let slot = self.slot();
                        slots.push(slot);
                        scope.add(name.as_str().into(), slot, Type::Any);
                    }
                    ops.push(Op::Call { query: plan, slots });
                }
                Clause::Create { .. } => {
                    let message = "only queries that read are answered";
                    return Err(fault("WriteRefused", message, crate::syntax::Span::default()));
                }
            }
        }
        // Only where graphs are made: what is in scope is what comes out.
        let items = scope.iter().map(|(_, known)| (X::Slot(known.slot), known.slot)).collect();
        let columns = scope.iter().map(|(name, _)| name.to_string()).collect();
        segments.push(Segment { ops, end: Project { items, ..Project::default() } });
        Ok((segments, columns, scope))
    }
}

/// Whether rows can pass one by one.
fn is_plain(project: &Project) -> bool {
    project.group.is_none()
        && !project.distinct
        && project.order.is_empty()
        && project.skip.is_none()
        && project.limit.is_none()
}

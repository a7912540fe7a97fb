//! Patterns and queries inside of expressions.

use super::Planner;
use super::expressions::Typed;
use super::scope::Scope;
use super::types::Type;
use crate::error::{Outcome, fault};
use crate::plan::{Found, Gives, X};
use crate::syntax::ast::{Ex, Expr, Pattern, PatternKind, Subquery};

impl Planner<'_> {
    /// A pattern, a pattern comprehension or a subquery. A plain pattern may stand only where a condition is wanted.
    pub fn inner(&mut self, expr: &Expr, scope: &Scope, condition: bool) -> Outcome<Typed> {
        match &*expr.kind {
            Ex::Pattern(pattern) if pattern.kind == PatternKind::Plain => {
                if !condition {
                    let message =
                        "a pattern is a condition: it stands behind `WHERE`, or within `EXISTS { }` and `[ | ]`";
                    return Err(fault("UnexpectedSyntax", message, expr.span));
                }
                self.only_known(pattern, scope)?;
                let mut inner = scope.clone();
                let found = self.match_clause(std::slice::from_ref(&**pattern), None, false, &mut inner)?;
                Ok((X::Found(Box::new(Found { pattern: found, gives: Gives::Any })), Type::Bool))
            }
            Ex::Pattern(pattern) => {
                self.only_known(pattern, scope)?;
                let mut inner = scope.clone();
                let hidden = "  path";
                let mut pattern = (**pattern).clone();
                pattern.name = Some(crate::syntax::ast::Name { text: hidden.into(), span: expr.span });
                let found = self.match_clause(std::slice::from_ref(&pattern), None, false, &mut inner)?;
                let path = X::Slot(self.known(hidden, &inner, expr.span)?.slot);
                let (gives, kind) = match pattern.kind {
                    PatternKind::AllShortest => (Gives::Each(path), Type::list_of(Type::Path)),
                    _ => (Gives::First(path), Type::Path),
                };
                Ok((X::Found(Box::new(Found { pattern: found, gives })), kind))
            }
            Ex::PatternComprehension { pattern, filter, map } => {
                let mut inner = scope.clone();
                let found =
                    self.match_clause(std::slice::from_ref(&**pattern), filter.as_ref(), false, &mut inner)?;
                let (map, kind) = self.value(map, &inner)?;
                let found = Found { pattern: found, gives: Gives::Each(map) };
                Ok((X::Found(Box::new(found)), Type::list_of(kind)))
            }
            Ex::Subquery(kind, query) => {
                let plan = self.query(query, scope)?;
                if *kind == Subquery::Collect && plan.columns.len() != 1 {
                    return Err(fault("InvalidArgumentType", "`COLLECT { }` returns one column", expr.span));
                }
                let gives = match kind {
                    Subquery::Exists => Type::Bool,
                    Subquery::Count => Type::Int,
                    Subquery::Collect => Type::list_of(Type::Any),
                };
                Ok((X::Subquery(*kind, Box::new(plan)), gives))
            }
            _ => self.value(expr, scope),
        }
    }

    /// A pattern that is a condition names nothing new.
    fn only_known(&self, pattern: &Pattern, scope: &Scope) -> Outcome<()> {
        let nodes = pattern.nodes.iter().filter_map(|n| n.name.as_ref());
        let rels = pattern.rels.iter().filter_map(|r| r.name.as_ref());
        for name in nodes.chain(rels).chain(&pattern.name) {
            self.known(&name.text, scope, name.span)?;
        }
        Ok(())
    }
}

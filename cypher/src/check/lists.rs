//! Expressions with a variable of their own.

use super::Planner;
use super::expressions::{Typed, wants};
use super::scope::Scope;
use super::types::Type;
use crate::error::Outcome;
use crate::plan::{Comprehension, Picked, Reduce, X};
use crate::syntax::ast::{Ex, Expr, MapItem};

impl Planner<'_> {
    pub fn over_list(&mut self, expr: &Expr, scope: &Scope) -> Outcome<Typed> {
        match &*expr.kind {
            Ex::Comprehension { name, list, filter, map } => {
                let (list, kind) = self.list(list, scope)?;
                let slot = self.slot();
                let inner = scope.with(&name.text, slot, kind.element());
                let filter = filter.as_ref().map(|f| self.condition(f, &inner)).transpose()?;
                let (map, kind) = match map {
                    Some(map) => {
                        let (x, kind) = self.value(map, &inner)?;
                        (Some(x), Type::list_of(kind))
                    }
                    None => (None, kind),
                };
                Ok((X::Comprehension(Box::new(Comprehension { slot, list, filter, map }), expr.span), kind))
            }
            Ex::Quantifier { kind: quantifier, name, list, filter } => {
                let (list, kind) = self.list(list, scope)?;
                let slot = self.slot();
                let inner = scope.with(&name.text, slot, kind.element());
                let filter = filter.as_ref().map(|f| self.condition(f, &inner)).transpose()?;
                let over = Comprehension { slot, list, filter, map: None };
                Ok((X::Quantifier(*quantifier, Box::new(over), expr.span), Type::Bool))
            }
            Ex::Reduce { total, start, name, list, body } => {
                let (start, _) = self.value(start, scope)?;
                let (list, kind) = self.list(list, scope)?;
                let (total_slot, slot) = (self.slot(), self.slot());
                let inner = scope.with(&total.text, total_slot, Type::Any).with(&name.text, slot, kind.element());
                let (body, _) = self.value(body, &inner)?;
                let reduce = Reduce { total: total_slot, start, slot, list, body };
                Ok((X::Reduce(Box::new(reduce), expr.span), Type::Any))
            }
            Ex::MapProjection { of, items } => {
                let (of, kind) = self.value(of, scope)?;
                wants(
                    &kind,
                    &[Type::Map, Type::Node, Type::Rel],
                    "properties are picked from a map, a node or a relationship",
                    expr.span,
                )?;
                let mut picked = Vec::new();
                for item in items {
                    picked.push(match item {
                        MapItem::All => Picked::All,
                        MapItem::Prop(name) => Picked::Prop(self.key(name)),
                        MapItem::Var(name) => {
                            Picked::Entry(name.text.clone(), X::Slot(self.known(&name.text, scope, name.span)?.slot))
                        }
                        MapItem::Entry(name, value) => Picked::Entry(name.clone(), self.value(value, scope)?.0),
                    });
                }
                Ok((X::MapProjection(Box::new(of), picked, expr.span), Type::Map))
            }
            _ => self.value(expr, scope),
        }
    }

    fn list(&mut self, expr: &Expr, scope: &Scope) -> Outcome<Typed> {
        let (x, kind) = self.value(expr, scope)?;
        wants(&kind, &[Type::list_of(Type::Any)], "what is gone through is a List", expr.span)?;
        Ok((x, kind))
    }
}

//! `MATCH`: variables are declared, conditions are taken apart, then a route is chosen.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Planner;
use super::route::{Edge, Pred, Route, Seek};
use super::scope::Scope;
use super::types::Type;
use crate::error::{Outcome, fault};
use crate::plan::{LabelTest, Match, Slot, Walk, X};
use crate::syntax::Span;
use crate::syntax::ast::{Compare, Ex, Expr, Name, NodePattern, Pattern, PatternKind, RelPattern};

/// What one `MATCH` declares.
#[derive(Default)]
struct Declared {
    fresh: Vec<Slot>,
    /// Names of relationships of this clause, which may come only once.
    rels: Vec<Arc<str>>,
    /// Nodes that an earlier clause bound.
    earlier: Vec<(Slot, Span)>,
}

/// The properties that each relationship of a walk must have, and a condition with the slot it is in meanwhile.
type WalkConditions = (Vec<(crate::plan::Key, X)>, Option<(X, Slot)>);

/// A pattern with its slots.
struct Placed<'a> {
    pattern: &'a Pattern,
    nodes: Vec<Slot>,
    rels: Vec<(Slot, bool)>,
    path: Option<Slot>,
}

impl Planner<'_> {
    /// Plans a pattern and its condition, and adds its variables to the scope.
    pub fn match_clause(
        &mut self,
        patterns: &[Pattern],
        filter: Option<&Expr>,
        optional: bool,
        scope: &mut Scope,
    ) -> Outcome<Match> {
        let mut declared = Declared::default();
        let mut placed = Vec::new();
        for pattern in patterns {
            placed.push(self.declare(pattern, scope, &mut declared)?);
        }
        let mut route = Route::new(self.outside.graph, &declared.fresh, &declared.earlier);
        for place in &placed {
            self.route_pattern(place, scope, &mut route, &declared.fresh)?;
        }
        if let Some(filter) = filter {
            for part in conjuncts(filter) {
                let x = self.condition(part, scope)?;
                let pred = self.pred(part, x, scope, &declared.fresh)?;
                route.preds.push(pred);
            }
        }
        Ok(Match { steps: route.steps(), optional, fresh: declared.fresh })
    }

    fn declare<'p>(
        &mut self,
        pattern: &'p Pattern,
        scope: &mut Scope,
        declared: &mut Declared,
    ) -> Outcome<Placed<'p>> {
        let mut nodes = Vec::new();
        let mut rels = Vec::new();
        for (i, node) in pattern.nodes.iter().enumerate() {
            nodes.push(self.declare_node(node, scope, declared)?);
            if let Some(rel) = pattern.rels.get(i) {
                rels.push(self.declare_rel(rel, scope, declared)?);
            }
        }
        let path = match &pattern.name {
            None => None,
            Some(name) if scope.get(&name.text).is_some() => {
                return Err(fault("VariableAlreadyBound", format!("`{}` is taken already", name.text), name.span));
            }
            Some(name) => {
                let slot = self.slot();
                scope.add(name.text.clone(), slot, Type::Path);
                declared.fresh.push(slot);
                Some(slot)
            }
        };
        Ok(Placed { pattern, nodes, rels, path })
    }

    fn declare_node(&mut self, node: &NodePattern, scope: &mut Scope, declared: &mut Declared) -> Outcome<Slot> {
        let Some(name) = &node.name else {
            let slot = self.slot();
            declared.fresh.push(slot);
            return Ok(slot);
        };
        if let Some(known) = scope.get(&name.text) {
            if !known.kind.may_be(&[Type::Node]) {
                return Err(conflict(name, &known.kind, "a Node"));
            }
            if !declared.fresh.contains(&known.slot) && !declared.earlier.iter().any(|(s, _)| *s == known.slot) {
                declared.earlier.push((known.slot, name.span));
            }
            return Ok(known.slot);
        }
        let slot = self.slot();
        scope.add(name.text.clone(), slot, Type::Node);
        declared.fresh.push(slot);
        Ok(slot)
    }

    /// The slot of a relationship, and whether an earlier clause bound it.
    fn declare_rel(&mut self, rel: &RelPattern, scope: &mut Scope, declared: &mut Declared) -> Outcome<(Slot, bool)> {
        let kind = if rel.length.is_some() { Type::list_of(Type::Rel) } else { Type::Rel };
        let Some(name) = &rel.name else {
            let slot = self.slot();
            declared.fresh.push(slot);
            return Ok((slot, false));
        };
        if declared.rels.contains(&name.text) {
            let message = format!("`{}` would be the same relationship twice", name.text);
            return Err(fault("RelationshipUniquenessViolation", message, name.span));
        }
        declared.rels.push(name.text.clone());
        if let Some(known) = scope.get(&name.text) {
            if !known.kind.may_be(std::slice::from_ref(&kind)) {
                return Err(conflict(name, &known.kind, kind.name()));
            }
            return Ok((known.slot, true));
        }
        let slot = self.slot();
        scope.add(name.text.clone(), slot, kind);
        declared.fresh.push(slot);
        Ok((slot, false))
    }

    fn route_pattern(
        &mut self,
        place: &Placed<'_>,
        scope: &Scope,
        route: &mut Route<'_>,
        fresh: &[Slot],
    ) -> Outcome<()> {
        for (node, slot) in place.pattern.nodes.iter().zip(&place.nodes) {
            let needs: BTreeSet<Slot> = fresh.iter().copied().filter(|s| s == slot).collect();
            route.node(*slot);
            if let Some(labels) = &node.labels {
                let test = LabelTest { labels: self.label_names(labels), types: self.type_names(labels) };
                route.labels(*slot, &test.labels);
                let x = X::HasLabels(Box::new(X::Slot(*slot)), test, node.span);
                route.preds.push(Pred { x, needs: needs.clone(), seeks: Vec::new() });
            }
            self.props(node.props.as_ref(), *slot, scope, fresh, route, true)?;
            if let Some(filter) = &node.filter {
                let x = self.condition(filter, scope)?;
                let pred = self.pred(filter, x, scope, fresh)?;
                route.preds.push(pred);
            }
        }
        for (i, (rel, (slot, bound))) in place.pattern.rels.iter().zip(&place.rels).enumerate() {
            let types = rel.types.as_ref().map(|t| self.type_names(t));
            let mut edge = Edge::new(*slot, place.nodes[i], place.nodes[i + 1], rel.direction, types, *bound);
            if let Some((low, high)) = rel.length {
                let (props, filter) = self.walk_conditions(rel, scope)?;
                edge.walk = Some(Walk {
                    hop: edge.hop(false),
                    min: low.unwrap_or(1),
                    max: high.unwrap_or(u64::MAX),
                    props,
                    filter,
                    backwards: false,
                });
            } else {
                self.props(rel.props.as_ref(), *slot, scope, fresh, route, false)?;
                if let Some(filter) = &rel.filter {
                    let x = self.condition(filter, scope)?;
                    let pred = self.pred(filter, x, scope, fresh)?;
                    route.preds.push(pred);
                }
            }
            if place.pattern.kind != PatternKind::Plain {
                let path = match place.path {
                    Some(path) => path,
                    None => self.slot(),
                };
                edge.shortest = Some((path, place.pattern.kind == PatternKind::AllShortest));
            }
            route.edges.push(edge);
        }
        if let (Some(slot), PatternKind::Plain) = (place.path, place.pattern.kind) {
            route.paths.push((slot, place.nodes.clone(), place.rels.iter().map(|(s, _)| *s).collect()));
        }
        Ok(())
    }

    /// Properties of a pattern in braces as conditions.
    fn props(
        &mut self,
        props: Option<&Expr>,
        slot: Slot,
        scope: &Scope,
        fresh: &[Slot],
        route: &mut Route<'_>,
        node: bool,
    ) -> Outcome<()> {
        let Some(Ex::Map(entries)) = props.map(|p| &*p.kind) else { return Ok(()) };
        for (name, value) in entries {
            let key = self.key(name);
            let left = X::Prop(Box::new(X::Slot(slot)), key.clone(), value.span);
            let x = X::Compare(Box::new(left), vec![(Compare::Equal, self.value(value, scope)?.0)]);
            let mut pred = self.pred(value, x, scope, fresh)?;
            if node {
                let needs = pred.needs.clone();
                pred.seeks.push(Seek { slot, key: key.key, value: self.value(value, scope)?.0, needs });
            }
            if fresh.contains(&slot) {
                pred.needs.insert(slot);
            }
            route.preds.push(pred);
        }
        Ok(())
    }

    fn walk_conditions(&mut self, rel: &RelPattern, scope: &Scope) -> Outcome<WalkConditions> {
        let mut props = Vec::new();
        if let Some(Ex::Map(entries)) = rel.props.as_ref().map(|p| &*p.kind) {
            for (name, value) in entries {
                props.push((self.key(name), self.value(value, scope)?.0));
            }
        }
        let filter = match &rel.filter {
            None => None,
            Some(filter) => {
                let slot = self.slot();
                let inner = match &rel.name {
                    Some(name) => scope.with(&name.text, slot, Type::Rel),
                    None => scope.clone(),
                };
                Some((self.condition(filter, &inner)?, slot))
            }
        };
        Ok((props, filter))
    }

    /// A condition with the slots it waits for, and the lookups it allows.
    fn pred(&mut self, expr: &Expr, x: X, scope: &Scope, fresh: &[Slot]) -> Outcome<Pred> {
        let mut pred = Pred { x, needs: needs(expr, scope, fresh), seeks: Vec::new() };
        if let Ex::Compare(left, rest) = &*expr.kind
            && let [(Compare::Equal, right)] = &rest[..]
        {
            for (side, other) in [(left, right), (right, left)] {
                if let Ex::Prop(of, name) = &*side.kind
                    && let Ex::Var(variable) = &*of.kind
                    && let Some(known) = scope.get(variable).filter(|k| k.kind == Type::Node)
                {
                    let (slot, key) = (known.slot, self.key(name).key);
                    let value = self.value(other, scope)?.0;
                    pred.seeks.push(Seek { slot, key, value, needs: needs(other, scope, fresh) });
                }
            }
        }
        Ok(pred)
    }
}

fn conflict(name: &Name, is: &Type, wanted: &str) -> Box<crate::error::Fault> {
    let message = format!("`{}` is {}, and would have to be {wanted}", name.text, is.name());
    fault("VariableTypeConflict", message, name.span)
}

/// The parts of a condition that must all be true.
fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match &*expr.kind {
        Ex::And(all) => all.iter().flat_map(conjuncts).collect(),
        _ => vec![expr],
    }
}

/// The fresh slots that an expression looks at. What is inside of patterns and subqueries may look at all.
fn needs(expr: &Expr, scope: &Scope, fresh: &[Slot]) -> BTreeSet<Slot> {
    let mut found = BTreeSet::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &*expr.kind {
            Ex::Var(name) => found.extend(scope.get(name).map(|k| k.slot).filter(|s| fresh.contains(s))),
            Ex::Pattern(_) | Ex::PatternComprehension { .. } | Ex::Subquery(..) => {
                found.extend(scope.iter().map(|(_, k)| k.slot).filter(|s| fresh.contains(s)));
            }
            Ex::MapProjection { .. } => {
                found.extend(scope.iter().map(|(_, k)| k.slot).filter(|s| fresh.contains(s)));
            }
            _ => {}
        }
        open.extend(expr.kind.children());
    }
    found
}

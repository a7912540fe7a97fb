//! Expressions: each becomes what runs, together with what is known of its type.

use std::sync::Arc;

use graph::Value;
use graph::query::{ErrorKind, Phase};

use super::Planner;
use super::scope::{Known, Scope};
use super::types::Type;
use crate::error::{Fault, Outcome, fault};
use crate::functions::{self, aggregate};
use crate::plan::{Case, Key, LabelTest, Names, X};
use crate::syntax::Span;
use crate::syntax::ast::{Ex, Expr, Labels, Math, Test};

/// What an expression became.
pub type Typed = (X, Type);

impl Planner<'_> {
    /// An expression that gives a value, or a condition. A pattern is only a condition where one is wanted.
    pub fn value(&mut self, expr: &Expr, scope: &Scope) -> Outcome<Typed> {
        match &*expr.kind {
            Ex::Literal(value) => Ok((X::Const(value.clone()), Type::of(value))),
            Ex::Param(name) => self.param(name, expr.span),
            Ex::Var(name) => {
                let known = self.known(name, scope, expr.span)?;
                Ok((X::Slot(known.slot), known.kind))
            }
            Ex::List(items) => {
                let (items, kinds) = self.all(items, scope)?;
                let inner = kinds.into_iter().reduce(Type::or).unwrap_or(Type::Any);
                Ok((X::List(items), Type::list_of(inner)))
            }
            Ex::Map(entries) => {
                let mut lowered = Vec::new();
                for (key, value) in entries {
                    lowered.push((key.clone(), self.value(value, scope)?.0));
                }
                Ok((X::Map(lowered), Type::Map))
            }
            Ex::Prop(of, name) => self.prop(of, name, scope, expr.span),
            Ex::Index(of, index) => {
                let (a, kind) = self.value(of, scope)?;
                let (b, _) = self.value(index, scope)?;
                let kind = kind.element();
                Ok((X::Index(Box::new((a, b)), expr.span), kind))
            }
            Ex::Slice(of, low, high) => {
                let (a, kind) = self.value(of, scope)?;
                wants(&kind, &[Type::list_of(Type::Any)], "a slice is cut from a List", of.span)?;
                let low = low.as_ref().map(|e| self.value(e, scope)).transpose()?.map(|t| t.0);
                let high = high.as_ref().map(|e| self.value(e, scope)).transpose()?.map(|t| t.0);
                Ok((X::Slice(Box::new((a, low, high)), expr.span), kind))
            }
            Ex::Not(inner) => Ok((X::Not(Box::new(self.condition(inner, scope)?), expr.span), Type::Bool)),
            Ex::And(all) => Ok((X::And(self.conditions(all, scope)?, expr.span), Type::Bool)),
            Ex::Or(all) => Ok((X::Or(self.conditions(all, scope)?, expr.span), Type::Bool)),
            Ex::Xor(a, b) => {
                let both = (self.condition(a, scope)?, self.condition(b, scope)?);
                Ok((X::Xor(Box::new(both), expr.span), Type::Bool))
            }
            Ex::Negate(inner) | Ex::Plus(inner) => {
                let (x, kind) = self.value(inner, scope)?;
                wants(
                    &kind,
                    &[Type::Number, Type::Int, Type::Float, Type::Duration],
                    "a sign stands before a number",
                    inner.span,
                )?;
                let negate = matches!(&*expr.kind, Ex::Negate(_));
                Ok((if negate { X::Negate(Box::new(x), expr.span) } else { X::Plus(Box::new(x), expr.span) }, kind))
            }
            Ex::Math(math, a, b) => self.math(*math, a, b, scope, expr.span),
            Ex::Compare(first, rest) => {
                let first = self.value(first, scope)?.0;
                let mut lowered = Vec::new();
                for (compare, e) in rest {
                    lowered.push((*compare, self.value(e, scope)?.0));
                }
                Ok((X::Compare(Box::new(first), lowered), Type::Bool))
            }
            Ex::Test(test, a, b) => {
                let (x, _) = self.value(a, scope)?;
                let (y, kind) = self.value(b, scope)?;
                if *test == Test::In {
                    wants(&kind, &[Type::list_of(Type::Any)], "`IN` looks in a List", b.span)?;
                }
                Ok((X::Test(*test, Box::new((x, y)), expr.span), Type::Bool))
            }
            Ex::IsNull(inner, negated) => {
                Ok((X::IsNull(Box::new(self.value(inner, scope)?.0), *negated), Type::Bool))
            }
            Ex::HasLabels(inner, labels) => {
                let (x, kind) = self.value(inner, scope)?;
                wants(
                    &kind,
                    &[Type::Node, Type::Rel],
                    "only nodes have labels, and relationships a type",
                    inner.span,
                )?;
                let test = LabelTest { labels: self.label_names(labels), types: self.type_names(labels) };
                Ok((X::HasLabels(Box::new(x), test, expr.span), Type::Bool))
            }
            Ex::CountAll => Err(misplaced(expr.span)),
            Ex::Call { name, args, distinct } => self.call(name, args, *distinct, scope, expr.span),
            Ex::Case { subject, arms, otherwise } => self.case(subject.as_ref(), arms, otherwise.as_ref(), scope),
            Ex::Comprehension { .. } | Ex::Quantifier { .. } | Ex::Reduce { .. } | Ex::MapProjection { .. } => {
                self.over_list(expr, scope)
            }
            Ex::PatternComprehension { .. } | Ex::Pattern(_) | Ex::Subquery(..) => self.inner(expr, scope, false),
        }
    }

    /// An expression that must be true or false. Here a pattern may stand.
    pub fn condition(&mut self, expr: &Expr, scope: &Scope) -> Outcome<X> {
        if let Ex::Pattern(_) = &*expr.kind {
            return Ok(self.inner(expr, scope, true)?.0);
        }
        let (x, kind) = self.value(expr, scope)?;
        wants(&kind, &[Type::Bool], "a condition is a Boolean", expr.span)?;
        Ok(x)
    }

    fn conditions(&mut self, all: &[Expr], scope: &Scope) -> Outcome<Vec<X>> {
        all.iter().map(|e| self.condition(e, scope)).collect()
    }

    /// Several expressions with their types.
    pub fn all(&mut self, all: &[Expr], scope: &Scope) -> Outcome<(Vec<X>, Vec<Type>)> {
        let mut lowered = (Vec::new(), Vec::new());
        for expr in all {
            let (x, kind) = self.value(expr, scope)?;
            lowered.0.push(x);
            lowered.1.push(kind);
        }
        Ok(lowered)
    }

    /// A variable that must be there.
    pub fn known(&self, name: &str, scope: &Scope, span: Span) -> Outcome<Known> {
        scope
            .get(name)
            .cloned()
            .ok_or_else(|| fault("UndefinedVariable", format!("there is no variable `{name}` here"), span))
    }

    fn param(&self, name: &Arc<str>, span: Span) -> Outcome<Typed> {
        match self.outside.params.get(name) {
            Some(value) => Ok((X::Const(value.clone()), Type::Any)),
            None => Err(Box::new(Fault {
                kind: ErrorKind::Parameter,
                phase: Phase::Compile,
                detail: "MissingParameter",
                message: format!("the parameter `${name}` was not given"),
                span: Some(span),
            })),
        }
    }

    /// A property name with its key in the snapshot.
    pub fn key(&self, name: &Arc<str>) -> Key {
        Key { name: name.clone(), key: self.outside.graph.key(name) }
    }

    fn prop(&mut self, of: &Expr, name: &Arc<str>, scope: &Scope, span: Span) -> Outcome<Typed> {
        let (x, kind) = self.value(of, scope)?;
        let holders = [Type::Map, Type::Node, Type::Rel, Type::Time, Type::Duration];
        let message = "only maps, nodes, relationships and temporal values have properties";
        wants(&kind, &holders, message, of.span).map_err(|mut e| {
            if kind != Type::Path {
                e.kind = ErrorKind::Type;
            }
            e
        })?;
        let result = if matches!(kind, Type::Duration) { Type::Int } else { Type::Any };
        Ok((X::Prop(Box::new(x), self.key(name), span), result))
    }

    fn math(&mut self, math: Math, a: &Expr, b: &Expr, scope: &Scope, span: Span) -> Outcome<Typed> {
        let (x, left) = self.value(a, scope)?;
        let (y, right) = self.value(b, scope)?;
        let numbers = |l: &Type, r: &Type| match (l, r) {
            (Type::Int, Type::Int) => Type::Int,
            (l, r) if l.is_number() && r.is_number() => {
                if *l == Type::Float || *r == Type::Float {
                    Type::Float
                } else {
                    Type::Number
                }
            }
            _ => Type::Any,
        };
        let known = !matches!(left, Type::Any | Type::Null) && !matches!(right, Type::Any | Type::Null);
        let fits = match math {
            Math::Add => match (&left, &right) {
                (Type::List(_), _) | (_, Type::List(_)) => true,
                (Type::Text, Type::Text | Type::Int | Type::Float | Type::Number) => true,
                (Type::Int | Type::Float | Type::Number, Type::Text) => true,
                (Type::Time | Type::Duration, Type::Time | Type::Duration) => true,
                (l, r) => l.is_number() && r.is_number(),
            },
            Math::Subtract => {
                matches!((&left, &right), (Type::Time | Type::Duration, Type::Duration))
                    || (left.is_number() && right.is_number())
            }
            Math::Multiply => {
                (left.is_number() || left == Type::Duration) && (right.is_number() || right == Type::Duration)
            }
            Math::Divide => (left.is_number() || left == Type::Duration) && right.is_number(),
            Math::Modulo | Math::Power => left.is_number() && right.is_number(),
        };
        if known && !fits {
            let message = format!("{} and {} cannot be reckoned with in this way", left.name(), right.name());
            return Err(fault("InvalidArgumentType", message, span));
        }
        let kind = match (math, &left, &right) {
            (Math::Power, l, r) if l.is_number() && r.is_number() => Type::Float,
            (Math::Add, Type::List(a), Type::List(b)) => Type::list_of((**a).clone().or((**b).clone())),
            (Math::Add, Type::List(a), other) => Type::list_of((**a).clone().or(other.clone())),
            (Math::Add, Type::Text, _) if known => Type::Text,
            (_, Type::Time, _) => Type::Time,
            (_, Type::Duration, r) if *r == Type::Duration || r.is_number() => Type::Duration,
            (_, l, r) => numbers(l, r),
        };
        Ok((X::Math(math, Box::new((x, y)), span), kind))
    }

    fn call(&mut self, name: &str, args: &[Expr], distinct: bool, scope: &Scope, span: Span) -> Outcome<Typed> {
        if aggregate::find(name).is_some() {
            return Err(misplaced(span));
        }
        // `exists(n.name)` and `exists((a)-->(b))` of older queries.
        if name.eq_ignore_ascii_case("exists") && args.len() == 1 {
            if let Ex::Pattern(_) = &*args[0].kind {
                return self.inner(&args[0], scope, true);
            }
            let inner = self.value(&args[0], scope)?.0;
            return Ok((X::IsNull(Box::new(inner), true), Type::Bool));
        }
        let Some(function) = functions::find(name) else {
            return Err(fault("UnknownFunction", format!("there is no function `{name}`"), span));
        };
        if distinct {
            return Err(fault("InvalidAggregation", "`DISTINCT` belongs to functions that gather rows", span));
        }
        if !(function.least..=function.most).contains(&args.len()) {
            let message = if function.least == function.most {
                format!("`{name}` takes {} arguments, not {}", function.least, args.len())
            } else {
                format!("`{name}` takes {} to {} arguments, not {}", function.least, function.most, args.len())
            };
            return Err(fault("InvalidNumberOfArguments", message, span));
        }
        let (lowered, kinds) = self.all(args, scope)?;
        for ((kind, arg), wanted) in kinds.iter().zip(args).zip(function.takes) {
            if !wanted.fits(kind) {
                let message = format!("`{name}` takes {}, not {}", wanted.name(), kind.name());
                return Err(fault("InvalidArgumentType", message, arg.span));
            }
        }
        let kind = function.gives.of(&kinds);
        Ok((X::Call(function.call, lowered, span), kind))
    }

    fn case(
        &mut self,
        subject: Option<&Expr>,
        arms: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        scope: &Scope,
    ) -> Outcome<Typed> {
        let has_subject = subject.is_some();
        let subject = subject.map(|e| self.value(e, scope)).transpose()?.map(|t| t.0);
        let mut kind = Type::Null;
        let mut lowered = Vec::new();
        for (when, then) in arms {
            let when = if has_subject { self.value(when, scope)?.0 } else { self.condition(when, scope)? };
            let (then, this) = self.value(then, scope)?;
            kind = kind.or(this);
            lowered.push((when, then));
        }
        let otherwise = match otherwise {
            Some(e) => {
                let (x, this) = self.value(e, scope)?;
                kind = kind.or(this);
                x
            }
            None => X::Const(Value::Null),
        };
        Ok((X::Case(Box::new(Case { subject, arms: lowered, otherwise })), kind))
    }

    pub fn label_names(&self, labels: &Labels) -> Names {
        names(labels, &|name| self.outside.graph.label(name).map(|l| l.0))
    }

    pub fn type_names(&self, labels: &Labels) -> Names {
        names(labels, &|name| self.outside.graph.type_of(name).map(|t| t.0))
    }
}

fn names(labels: &Labels, find: &impl Fn(&str) -> Option<u32>) -> Names {
    match labels {
        Labels::Is(name) => Names::Is(find(name)),
        Labels::Any => Names::Any,
        Labels::Not(inner) => Names::Not(Box::new(names(inner, find))),
        Labels::And(all) => Names::And(all.iter().map(|l| names(l, find)).collect()),
        Labels::Or(some) => Names::Or(some.iter().map(|l| names(l, find)).collect()),
    }
}

/// An aggregation where rows are not gathered.
pub fn misplaced(span: Span) -> Box<Fault> {
    fault("InvalidAggregation", "rows are gathered only by `WITH` and `RETURN`", span)
}

/// Refuses a type that cannot be one of the wanted.
pub fn wants(kind: &Type, wanted: &[Type], message: &str, span: Span) -> Outcome<()> {
    if kind.may_be(wanted) {
        Ok(())
    } else {
        Err(fault("InvalidArgumentType", format!("{message}; this is {}", kind.name()), span))
    }
}

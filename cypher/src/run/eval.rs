//! Expressions over a row.

use std::cmp::Ordering;
use std::sync::Arc;

use graph::value::{compare, equals};
use graph::{List, Map, Value};

use super::{Row, Run};
use crate::error::{Outcome, wrong_type};
use crate::functions::components;
use crate::plan::{Key, X};
use crate::syntax::ast::Compare;

impl Run<'_> {
    /// The value of an expression. Slots of inner variables are written, others are not.
    pub fn eval(&self, x: &X, row: &mut Row) -> Outcome<Value> {
        match x {
            X::Const(value) => Ok(value.clone()),
            X::Slot(slot) => Ok(row[*slot].clone()),
            X::Prop(of, key, span) => {
                let of = self.eval(of, row)?;
                self.prop(&of, key).map_err(|e| e.or_at(*span))
            }
            X::Compare(first, rest) => self.comparison(first, rest, row),
            X::And(all, span) => self.logic(all, false, row).map_err(|e| e.or_at(*span)),
            X::Or(all, span) => self.logic(all, true, row).map_err(|e| e.or_at(*span)),
            X::Not(of, span) => self.negation(of, row).map_err(|e| e.or_at(*span)),
            X::Xor(both, span) => self.exclusive(both, row).map_err(|e| e.or_at(*span)),
            X::IsNull(of, negated) => Ok(Value::Bool(self.eval(of, row)?.is_null() != *negated)),
            X::List(items) => self.list(items, row),
            X::Map(entries) => self.map(entries, row),
            X::Call(call, args, span) => {
                let mut values = Vec::with_capacity(args.len());
                for arg in args {
                    values.push(self.eval(arg, row)?);
                }
                self.meter.tick(1)?;
                (call.0)(self, &values).map_err(|e| e.or_at(*span))
            }
            X::Math(math, both, span) => {
                let (a, b) = (self.eval(&both.0, row)?, self.eval(&both.1, row)?);
                self.math(*math, a, b).map_err(|e| e.or_at(*span))
            }
            X::Negate(of, span) => {
                let value = self.eval(of, row)?;
                self.negated(&value).map_err(|e| e.or_at(*span))
            }
            X::Plus(of, span) => match self.eval(of, row)? {
                value @ (Value::Null | Value::Int(_) | Value::Float(_) | Value::Duration(_)) => Ok(value),
                other => {
                    Err(wrong_type(format!("a sign stands before a number, not {}", other.type_name())).or_at(*span))
                }
            },
            X::Test(test, both, span) => {
                let (a, b) = (self.eval(&both.0, row)?, self.eval(&both.1, row)?);
                self.test(*test, &a, &b).map_err(|e| e.or_at(*span))
            }
            X::Index(both, span) => {
                let (of, index) = (self.eval(&both.0, row)?, self.eval(&both.1, row)?);
                self.index(&of, &index).map_err(|e| e.or_at(*span))
            }
            X::Slice(parts, span) => self.slice(parts, row).map_err(|e| e.or_at(*span)),
            X::HasLabels(of, test, span) => {
                let value = self.eval(of, row)?;
                self.has_labels(&value, test).map_err(|e| e.or_at(*span))
            }
            X::Case(case) => self.case(case, row),
            X::Comprehension(over, span) => self.comprehension(over, row).map_err(|e| e.or_at(*span)),
            X::Quantifier(kind, over, span) => self.quantifier(*kind, over, row).map_err(|e| e.or_at(*span)),
            X::Reduce(reduce, span) => self.reduce(reduce, row).map_err(|e| e.or_at(*span)),
            X::Found(found) => self.found(found, row),
            X::Subquery(kind, query) => self.subquery(*kind, query, row),
            X::MapProjection(of, picked, span) => self.map_projection(of, picked, row).map_err(|e| e.or_at(*span)),
        }
    }

    /// A property of a value; what has none gives null.
    pub fn prop(&self, of: &Value, key: &Key) -> Outcome<Value> {
        match of {
            Value::Null => Ok(Value::Null),
            Value::Node(id) => Ok(key.key.and_then(|k| self.graph.node_prop(*id, k)).cloned().unwrap_or(Value::Null)),
            Value::Rel(id) => Ok(key.key.and_then(|k| self.graph.rel_prop(*id, k)).cloned().unwrap_or(Value::Null)),
            Value::Map(map) => Ok(map.get(&key.name).cloned().unwrap_or(Value::Null)),
            other => components::component(other, &key.name),
        }
    }

    fn comparison(&self, first: &X, rest: &[(Compare, X)], row: &mut Row) -> Outcome<Value> {
        let mut left = self.eval(first, row)?;
        let mut known = Some(true);
        for (operator, x) in rest {
            let right = self.eval(x, row)?;
            self.meter.tick(left.weight().min(right.weight()) / 256)?;
            match compared(*operator, &left, &right) {
                Some(true) => {}
                Some(false) => known = Some(false),
                None if known == Some(true) => known = None,
                None => {}
            }
            left = right;
        }
        Ok(known.map_or(Value::Null, Value::Bool))
    }

    /// `AND` and `OR`: `decisive` is the value that settles it.
    fn logic(&self, all: &[X], decisive: bool, row: &mut Row) -> Outcome<Value> {
        let mut unknown = false;
        for x in all {
            match self.eval(x, row)? {
                Value::Bool(b) if b == decisive => return Ok(Value::Bool(decisive)),
                Value::Bool(_) => {}
                Value::Null => unknown = true,
                other => return Err(not_boolean(&other)),
            }
        }
        Ok(if unknown { Value::Null } else { Value::Bool(!decisive) })
    }

    fn negation(&self, of: &X, row: &mut Row) -> Outcome<Value> {
        match self.eval(of, row)? {
            Value::Bool(b) => Ok(Value::Bool(!b)),
            Value::Null => Ok(Value::Null),
            other => Err(not_boolean(&other)),
        }
    }

    fn exclusive(&self, both: &(X, X), row: &mut Row) -> Outcome<Value> {
        match (self.eval(&both.0, row)?, self.eval(&both.1, row)?) {
            (Value::Bool(a), Value::Bool(b)) => Ok(Value::Bool(a != b)),
            (Value::Null, Value::Bool(_) | Value::Null) | (Value::Bool(_), Value::Null) => Ok(Value::Null),
            (Value::Bool(_) | Value::Null, other) | (other, _) => Err(not_boolean(&other)),
        }
    }

    fn list(&self, items: &[X], row: &mut Row) -> Outcome<Value> {
        let mut values = Vec::with_capacity(items.len());
        for x in items {
            values.push(self.eval(x, row)?);
        }
        self.meter.list(values)
    }

    fn map(&self, entries: &[(Arc<str>, X)], row: &mut Row) -> Outcome<Value> {
        let mut values = Vec::with_capacity(entries.len());
        for (key, x) in entries {
            values.push((key.clone(), self.eval(x, row)?));
        }
        let map = Value::map(values);
        self.meter.admit(&map)?;
        Ok(map)
    }

    /// An element of a list, or a value of a map or of an element's properties.
    fn index(&self, of: &Value, index: &Value) -> Outcome<Value> {
        match (of, index) {
            (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
            (Value::List(list), Value::Int(n)) => Ok(element(list, *n)),
            (Value::List(_), other) => {
                Err(wrong_type(format!("a List is indexed by a whole number, not by {}", other.type_name())))
            }
            (Value::Map(map), Value::String(key)) => Ok(map.get(key).cloned().unwrap_or(Value::Null)),
            (Value::Node(_) | Value::Rel(_), Value::String(name)) => {
                self.prop(of, &Key { name: name.clone(), key: self.graph.key(name) })
            }
            (Value::Map(_) | Value::Node(_) | Value::Rel(_), other) => Err(crate::error::failure(
                graph::query::ErrorKind::Type,
                "MapElementAccessByNonString",
                format!("properties are found by a String, not by {}", other.type_name()),
            )),
            (other, _) => Err(wrong_type(format!("{} has no elements", other.type_name()))),
        }
    }

    fn slice(&self, parts: &(X, Option<X>, Option<X>), row: &mut Row) -> Outcome<Value> {
        let of = self.eval(&parts.0, row)?;
        let mut bounds = [None, None];
        for (bound, x) in bounds.iter_mut().zip([&parts.1, &parts.2]) {
            if let Some(x) = x {
                *bound = match self.eval(x, row)? {
                    Value::Int(n) => Some(n),
                    Value::Null => return Ok(Value::Null),
                    other => {
                        return Err(wrong_type(format!(
                            "a slice ends at a whole number, not at {}",
                            other.type_name()
                        )));
                    }
                };
            }
        }
        let list = match of {
            Value::Null => return Ok(Value::Null),
            Value::List(list) => list,
            other => return Err(wrong_type(format!("a slice is cut from a List, not from {}", other.type_name()))),
        };
        let place = |bound: Option<i64>, default: usize| match bound {
            None => default,
            Some(n) if n < 0 => list.len().saturating_sub(usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX)),
            Some(n) => usize::try_from(n).unwrap_or(usize::MAX).min(list.len()),
        };
        let (from, to) = (place(bounds[0], 0), place(bounds[1], list.len()));
        self.meter.list(if from < to { list[from..to].to_vec() } else { Vec::new() })
    }
}

/// An element counted from the start, or from the end when below zero; null where there is none.
pub fn element(list: &List, n: i64) -> Value {
    let at = if n < 0 { i64::try_from(list.len()).ok().and_then(|len| len.checked_add(n)) } else { Some(n) };
    at.and_then(|n| usize::try_from(n).ok()).and_then(|n| list.get(n)).cloned().unwrap_or(Value::Null)
}

fn not_boolean(value: &Value) -> Box<crate::error::Fault> {
    wrong_type(format!("a condition is a Boolean, not {}", value.type_name()))
}

fn compared(operator: Compare, a: &Value, b: &Value) -> Option<bool> {
    let is_number = |v: &Value| matches!(v, Value::Int(_) | Value::Float(_));
    let ordered = |wanted: fn(Ordering) -> bool| match compare(a, b) {
        Some(order) => Some(wanted(order)),
        // Nothing is less or greater than what is no number.
        None if is_number(a) && is_number(b) => Some(false),
        None => None,
    };
    match operator {
        Compare::Equal => equals(a, b),
        Compare::Different => equals(a, b).map(|equal| !equal),
        Compare::Less => ordered(Ordering::is_lt),
        Compare::LessEqual => ordered(Ordering::is_le),
        Compare::Greater => ordered(Ordering::is_gt),
        Compare::GreaterEqual => ordered(Ordering::is_ge),
    }
}

/// Entries of a map without an order of their own.
pub fn entries(map: &Map) -> Vec<(Arc<str>, Value)> {
    map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
}

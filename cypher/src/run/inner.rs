//! Expressions with variables of their own: over lists, patterns and subqueries.

use std::sync::Arc;

use graph::Value;
use graph::value::equals;

use super::eval::entries;
use super::{Flow, Row, Run};
use crate::error::{Outcome, wrong_type};
use crate::plan::{Case, Comprehension, Found, Gives, Picked, QueryPlan, Reduce, X};
use crate::syntax::ast::{Quantifier, Subquery};

impl Run<'_> {
    pub fn case(&self, case: &Case, row: &mut Row) -> Outcome<Value> {
        let subject = case.subject.as_ref().map(|x| self.eval(x, row)).transpose()?;
        for (when, then) in &case.arms {
            let fits = match &subject {
                Some(subject) => equals(subject, &self.eval(when, row)?) == Some(true),
                None => self.holds(when, row)?,
            };
            if fits {
                return self.eval(then, row);
            }
        }
        self.eval(&case.otherwise, row)
    }

    /// The list to go through; `None` for null.
    fn items(&self, list: &X, row: &mut Row) -> Outcome<Option<graph::List>> {
        match self.eval(list, row)? {
            Value::Null => Ok(None),
            Value::List(list) => Ok(Some(list)),
            other => Err(wrong_type(format!("what is gone through is a List, not {}", other.type_name()))),
        }
    }

    pub fn comprehension(&self, over: &Comprehension, row: &mut Row) -> Outcome<Value> {
        let Some(list) = self.items(&over.list, row)? else { return Ok(Value::Null) };
        let mut found = Vec::new();
        let mut bytes = 0;
        for item in list.iter() {
            self.meter.tick(1)?;
            row[over.slot] = item.clone();
            if let Some(filter) = &over.filter
                && !self.holds(filter, row)?
            {
                continue;
            }
            let value = match &over.map {
                Some(map) => self.eval(map, row)?,
                None => item.clone(),
            };
            bytes += self.meter.hold(&value)?;
            found.push(value);
        }
        self.meter.release(bytes);
        self.meter.list(found)
    }

    pub fn quantifier(&self, kind: Quantifier, over: &Comprehension, row: &mut Row) -> Outcome<Value> {
        let Some(list) = self.items(&over.list, row)? else { return Ok(Value::Null) };
        let (mut yes, mut no, mut unknown) = (0_u64, 0_u64, 0_u64);
        for item in list.iter() {
            self.meter.tick(1)?;
            row[over.slot] = item.clone();
            let value = match &over.filter {
                Some(filter) => self.eval(filter, row)?,
                None => item.clone(),
            };
            match value {
                Value::Bool(true) => yes += 1,
                Value::Bool(false) => no += 1,
                Value::Null => unknown += 1,
                other => return Err(wrong_type(format!("a condition is a Boolean, not {}", other.type_name()))),
            }
        }
        let known = match kind {
            Quantifier::All if no > 0 => Some(false),
            Quantifier::Any if yes > 0 => Some(true),
            Quantifier::None if yes > 0 => Some(false),
            Quantifier::Single if yes > 1 => Some(false),
            _ if unknown > 0 => None,
            Quantifier::All | Quantifier::None => Some(true),
            Quantifier::Any => Some(false),
            Quantifier::Single => Some(yes == 1),
        };
        Ok(known.map_or(Value::Null, Value::Bool))
    }

    pub fn reduce(&self, reduce: &Reduce, row: &mut Row) -> Outcome<Value> {
        let mut total = self.eval(&reduce.start, row)?;
        let Some(list) = self.items(&reduce.list, row)? else { return Ok(Value::Null) };
        for item in list.iter() {
            self.meter.tick(1)?;
            row[reduce.total] = total;
            row[reduce.slot] = item.clone();
            total = self.eval(&reduce.body, row)?;
        }
        Ok(total)
    }

    pub fn found(&self, found: &Found, row: &mut Row) -> Outcome<Value> {
        match &found.gives {
            Gives::Any => {
                let mut any = false;
                self.find(&found.pattern, row, &mut |_| {
                    any = true;
                    Ok(Flow::Stop)
                })?;
                Ok(Value::Bool(any))
            }
            Gives::First(x) => {
                let mut first = Value::Null;
                self.find(&found.pattern, row, &mut |row| {
                    first = self.eval(x, row)?;
                    Ok(Flow::Stop)
                })?;
                Ok(first)
            }
            Gives::Each(x) => {
                let mut values = Vec::new();
                let mut bytes = 0;
                self.find(&found.pattern, row, &mut |row| {
                    let value = self.eval(x, row)?;
                    bytes += self.meter.hold(&value)?;
                    values.push(value);
                    Ok(Flow::On)
                })?;
                self.meter.release(bytes);
                self.meter.list(values)
            }
        }
    }

    pub fn subquery(&self, kind: Subquery, query: &QueryPlan, row: &mut Row) -> Outcome<Value> {
        let mut count = 0_i64;
        let mut values = Vec::new();
        let mut bytes = 0;
        self.query(query, row, &mut |found| {
            count += 1;
            match kind {
                Subquery::Exists => return Ok(Flow::Stop),
                Subquery::Count => {}
                Subquery::Collect => {
                    for value in found.into_iter().take(1) {
                        bytes += self.meter.hold(&value)?;
                        values.push(value);
                    }
                }
            }
            Ok(Flow::On)
        })?;
        self.meter.release(bytes);
        match kind {
            Subquery::Exists => Ok(Value::Bool(count > 0)),
            Subquery::Count => Ok(Value::Int(count)),
            Subquery::Collect => self.meter.list(values),
        }
    }

    pub fn map_projection(&self, of: &X, picked: &[Picked], row: &mut Row) -> Outcome<Value> {
        let of = self.eval(of, row)?;
        if of.is_null() {
            return Ok(Value::Null);
        }
        let mut values: Vec<(Arc<str>, Value)> = Vec::new();
        for item in picked {
            match item {
                Picked::All => values.extend(self.properties(&of)?),
                Picked::Prop(key) => values.push((key.name.clone(), self.prop(&of, key)?)),
                Picked::Entry(name, x) => values.push((name.clone(), self.eval(x, row)?)),
            }
        }
        let map = Value::map(values);
        self.meter.admit(&map)?;
        Ok(map)
    }

    /// All properties of a node or a relationship, or the entries of a map.
    pub fn properties(&self, of: &Value) -> Outcome<Vec<(Arc<str>, Value)>> {
        let props = match of {
            Value::Node(id) => self.graph.node_props(*id),
            Value::Rel(id) => self.graph.rel_props(*id),
            Value::Map(map) => return Ok(entries(map)),
            other => return Err(wrong_type(format!("{} has no properties", other.type_name()))),
        };
        Ok(props.iter().map(|(key, value)| (self.graph.key_shared(*key), value.clone())).collect())
    }
}

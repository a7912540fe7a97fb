//! Arithmetic on numbers, texts, lists and times.

use graph::query::ErrorKind;
use graph::time::TimeError;
use graph::{List, Value};

use super::Run;
use crate::error::{Fault, Outcome, failure, wrong_type};
use crate::syntax::ast::Math;

/// A whole number that does not fit.
fn overflow() -> Box<Fault> {
    failure(ErrorKind::Argument, "IntegerOverflow", "the result is too large for a whole number of 64 bits")
}

fn by_zero() -> Box<Fault> {
    failure(ErrorKind::Argument, "DivisionByZero", "a whole number cannot be divided by zero")
}

impl From<TimeError> for Box<Fault> {
    fn from(error: TimeError) -> Self {
        failure(ErrorKind::Argument, "InvalidArgumentValue", error.to_string())
    }
}

impl Run<'_> {
    pub fn math(&self, math: Math, a: Value, b: Value) -> Outcome<Value> {
        match (math, a, b) {
            (_, Value::Null, _) | (_, _, Value::Null) => Ok(Value::Null),
            (_, Value::Int(a), Value::Int(b)) => whole(math, a, b),
            (_, Value::Float(a), Value::Float(b)) => Ok(Value::Float(float(math, a, b))),
            #[allow(clippy::cast_precision_loss)] // As the language says: a whole number meets a float as a float.
            (_, Value::Int(a), Value::Float(b)) => Ok(Value::Float(float(math, a as f64, b))),
            #[allow(clippy::cast_precision_loss)]
            (_, Value::Float(a), Value::Int(b)) => Ok(Value::Float(float(math, a, b as f64))),
            (Math::Add, Value::List(a), b) => self.join(a, b),
            (Math::Add, a, Value::List(b)) => {
                self.meter.room(b.weight_of_items())?;
                let mut items = Vec::with_capacity(b.len() + 1);
                items.push(a);
                items.extend(b.iter().cloned());
                self.meter.list(items)
            }
            (Math::Add, a @ Value::String(_), b) | (Math::Add, a, b @ Value::String(_)) => self.concatenate(&a, &b),
            (_, a, b) => self.times(math, &a, &b),
        }
    }

    fn join(&self, a: List, b: Value) -> Outcome<Value> {
        let more = match &b {
            Value::List(b) => b.weight_of_items(),
            other => other.weight(),
        };
        self.meter.room(a.weight_of_items().saturating_add(more))?;
        let mut items = a.into_items();
        match b {
            Value::List(b) => items.extend(b.iter().cloned()),
            other => items.push(other),
        }
        self.meter.list(items)
    }

    fn concatenate(&self, a: &Value, b: &Value) -> Outcome<Value> {
        for value in [a, b] {
            if !matches!(value, Value::String(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_)) {
                return Err(wrong_type(format!("a String cannot be joined with {}", value.type_name())));
            }
        }
        self.meter.room(a.weight().saturating_add(b.weight()))?;
        Ok(Value::from(format!("{}{}", a.plain(), b.plain())))
    }

    fn times(&self, math: Math, a: &Value, b: &Value) -> Outcome<Value> {
        #[allow(clippy::cast_precision_loss)]
        let number = |v: &Value| match v {
            Value::Int(n) => Some(*n as f64),
            Value::Float(x) => Some(*x),
            _ => None,
        };
        Ok(match (math, a, b) {
            (Math::Add, Value::Duration(a), Value::Duration(b)) => Value::Duration(a.plus(b)?.into()),
            (Math::Subtract, Value::Duration(a), Value::Duration(b)) => {
                Value::Duration(a.plus(&b.negated()?)?.into())
            }
            (Math::Add, time, Value::Duration(amount)) | (Math::Add, Value::Duration(amount), time) => {
                later(time, amount)?
            }
            (Math::Subtract, time, Value::Duration(amount)) => later(time, &amount.negated()?)?,
            (Math::Multiply, Value::Duration(amount), factor) | (Math::Multiply, factor, Value::Duration(amount))
                if number(factor).is_some() =>
            {
                Value::Duration(amount.times(number(factor).unwrap_or(1.0))?.into())
            }
            (Math::Divide, Value::Duration(amount), divisor) if number(divisor).is_some() => {
                Value::Duration(amount.times(1.0 / number(divisor).unwrap_or(1.0))?.into())
            }
            _ => {
                let message = format!("{} and {} cannot be reckoned with in this way", a.type_name(), b.type_name());
                return Err(wrong_type(message));
            }
        })
    }

    pub fn negated(&self, value: &Value) -> Outcome<Value> {
        Ok(match value {
            Value::Null => Value::Null,
            Value::Int(n) => Value::Int(n.checked_neg().ok_or_else(overflow)?),
            Value::Float(x) => Value::Float(-x),
            Value::Duration(amount) => Value::Duration(amount.negated()?.into()),
            other => return Err(wrong_type(format!("a sign stands before a number, not {}", other.type_name()))),
        })
    }
}

fn whole(math: Math, a: i64, b: i64) -> Outcome<Value> {
    let result = match math {
        Math::Add => a.checked_add(b),
        Math::Subtract => a.checked_sub(b),
        Math::Multiply => a.checked_mul(b),
        Math::Divide | Math::Modulo if b == 0 => return Err(by_zero()),
        Math::Divide => a.checked_div(b),
        Math::Modulo => Some(a.wrapping_rem(b)),
        #[allow(clippy::cast_precision_loss)]
        Math::Power => return Ok(Value::Float((a as f64).powf(b as f64))),
    };
    result.map(Value::Int).ok_or_else(overflow)
}

fn float(math: Math, a: f64, b: f64) -> f64 {
    match math {
        Math::Add => a + b,
        Math::Subtract => a - b,
        Math::Multiply => a * b,
        Math::Divide => a / b,
        Math::Modulo => a % b,
        Math::Power => a.powf(b),
    }
}

fn later(time: &Value, amount: &graph::time::Duration) -> Outcome<Value> {
    Ok(match time {
        Value::Date(d) => Value::Date(d.plus(amount)?),
        Value::LocalTime(t) => Value::LocalTime(t.plus(amount)),
        Value::Time(t) => Value::Time(graph::time::Time { local: t.local.plus(amount), offset: t.offset }),
        Value::LocalDateTime(d) => Value::LocalDateTime(d.plus(amount)?),
        Value::DateTime(d) => Value::DateTime(d.plus(amount)?.into()),
        other => return Err(wrong_type(format!("a Duration cannot be added to {}", other.type_name()))),
    })
}

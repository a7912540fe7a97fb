//! From one type to another.

use graph::Value;

use super::Gives::{Bool, Float, Int, Text};
use super::Takes::Plain;
use super::{Function, function, refused_value};
use crate::error::Outcome;
use crate::run::Run;

pub const ALL: &[Function] = &[
    function("toString", (1, 1), &[Plain], Text, |_, a| to_string(&a[0])),
    function("toBoolean", (1, 1), &[Plain], Bool, |_, a| to_boolean(&a[0])),
    function("toInteger", (1, 1), &[Plain], Int, |_, a| to_integer(&a[0])),
    function("toInt", (1, 1), &[Plain], Int, |_, a| to_integer(&a[0])),
    function("toFloat", (1, 1), &[Plain], Float, |_, a| to_float(&a[0])),
    function("toStringOrNull", (1, 1), &[], Text, |_, a| or_null(to_string, a)),
    function("toBooleanOrNull", (1, 1), &[], Bool, |_, a| or_null(to_boolean, a)),
    function("toIntegerOrNull", (1, 1), &[], Int, |_, a| or_null(to_integer, a)),
    function("toFloatOrNull", (1, 1), &[], Float, |_, a| or_null(to_float, a)),
    function("timestamp", (0, 0), &[], Int, timestamp),
];

#[allow(clippy::unnecessary_wraps)]
fn or_null(f: fn(&Value) -> Outcome<Value>, args: &[Value]) -> Outcome<Value> {
    Ok(f(&args[0]).unwrap_or(Value::Null))
}

fn to_string(value: &Value) -> Outcome<Value> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::List(_) | Value::Map(_) | Value::Node(_) | Value::Rel(_) | Value::Path(_) => {
            Err(refused_value("toString", value))
        }
        other => Ok(Value::from(other.plain())),
    }
}

fn to_boolean(value: &Value) -> Outcome<Value> {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Bool(b) => Value::Bool(*b),
        Value::String(s) if s.trim().eq_ignore_ascii_case("true") => Value::Bool(true),
        Value::String(s) if s.trim().eq_ignore_ascii_case("false") => Value::Bool(false),
        Value::String(_) => Value::Null,
        other => return Err(refused_value("toBoolean", other)),
    })
}

#[allow(clippy::cast_possible_truncation)] // Cut toward zero, as the language says; beyond the range there is no answer.
fn to_integer(value: &Value) -> Outcome<Value> {
    let whole = |x: f64| if x.abs() < 9.3e18 { Value::Int(x as i64) } else { Value::Null };
    Ok(match value {
        Value::Null => Value::Null,
        Value::Int(n) => Value::Int(*n),
        Value::Float(x) => whole(*x),
        Value::String(s) => match s.trim().parse::<i64>() {
            Ok(n) => Value::Int(n),
            Err(_) => decimal(s).map_or(Value::Null, whole),
        },
        other => return Err(refused_value("toInteger", other)),
    })
}

#[allow(clippy::cast_precision_loss)]
fn to_float(value: &Value) -> Outcome<Value> {
    Ok(match value {
        Value::Null => Value::Null,
        Value::Int(n) => Value::Float(*n as f64),
        Value::Float(x) => Value::Float(*x),
        Value::String(s) => decimal(s).map_or(Value::Null, Value::Float),
        other => return Err(refused_value("toFloat", other)),
    })
}

/// A number written with digits: the words for what is no number are none.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    text.bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
        .then(|| text.parse().ok())
        .flatten()
}

#[allow(clippy::unnecessary_wraps)]
fn timestamp(run: &Run<'_>, _: &[Value]) -> Outcome<Value> {
    Ok(Value::Int(i64::try_from(run.now.div_euclid(1_000_000)).unwrap_or(i64::MAX)))
}

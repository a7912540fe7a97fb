//! Amounts of time, and how much lies between two times.

use graph::Value;
use graph::time::{self, Amount, Duration, SECOND, Span, TimeError};

use super::fields::parts;
use crate::error::{Outcome, wrong_type, wrong_value};
use crate::run::Run;

/// Fields of months, days and nanoseconds, with how many of them one is.
const MONTHS: &[(&str, i64)] = &[("years", 12), ("quarters", 3), ("months", 1)];
const DAYS: &[(&str, i64)] = &[("weeks", 7), ("days", 1)];
const NANOS: &[(&str, i64)] = &[
    ("hours", 3600 * SECOND),
    ("minutes", 60 * SECOND),
    ("seconds", SECOND),
    ("milliseconds", 1_000_000),
    ("microseconds", 1000),
    ("nanoseconds", 1),
];

pub fn duration(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    let made = match &args[0] {
        Value::Null => return Ok(Value::Null),
        Value::Duration(d) => return Ok(Value::Duration(d.clone())),
        Value::String(text) => time::duration(text)?,
        Value::Map(map) => {
            let known = |key: &str| [MONTHS, DAYS, NANOS].into_iter().flatten().any(|(name, _)| *name == key);
            if let Some(other) = map.keys().find(|k| !known(k)) {
                return Err(wrong_value(format!("`{other}` is no part of a Duration")));
            }
            if map.values().any(Value::is_null) {
                return Ok(Value::Null);
            }
            let amounts = |names: &[(&str, i64)]| -> Outcome<Vec<(Amount, i64)>> {
                let given = names.iter().filter_map(|(name, size)| map.get(*name).map(|v| (v, *size)));
                given.map(|(value, size)| Ok((amount(value)?, size))).collect()
            };
            Duration::from_parts(&amounts(MONTHS)?, &amounts(DAYS)?, &amounts(NANOS)?)?
        }
        other => {
            return Err(wrong_type(format!("a Duration is made of a String or a Map, not of {}", other.type_name())));
        }
    };
    Ok(Value::Duration(made.into()))
}

fn amount(value: &Value) -> Outcome<Amount> {
    match value {
        Value::Int(n) => Ok(Amount { whole: *n, part: 0.0 }),
        Value::Float(x) => Amount::from_float(*x).ok_or_else(|| wrong_value("the amount of time is too large")),
        other => Err(wrong_type(format!("an amount of time is a number, not {}", other.type_name()))),
    }
}

pub fn apart(args: &[Value], how: fn(&Span, &Span) -> Result<Duration, TimeError>) -> Outcome<Value> {
    if args.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    let span = |value: &Value| -> Outcome<Span> {
        let parts = parts(value)?;
        Ok(Span { date: parts.date, time: parts.time, zone: parts.zone })
    };
    Ok(Value::Duration(how(&span(&args[0])?, &span(&args[1])?)?.into()))
}

//! Functions of texts.

use graph::Value;

use super::Gives::{Any, Int, ListOfText, Text};
use super::Takes;
use super::{Function, function, refused};
use crate::error::{Outcome, wrong_type, wrong_value};
use crate::run::Run;

const ONE: &[Takes] = &[Takes::Text];

pub const ALL: &[Function] = &[
    function("toLower", (1, 1), ONE, Text, |run, a| text(run, "toLower", a, |s| s.to_lowercase())),
    function("lower", (1, 1), ONE, Text, |run, a| text(run, "lower", a, |s| s.to_lowercase())),
    function("toUpper", (1, 1), ONE, Text, |run, a| text(run, "toUpper", a, |s| s.to_uppercase())),
    function("upper", (1, 1), ONE, Text, |run, a| text(run, "upper", a, |s| s.to_uppercase())),
    function("trim", (1, 1), ONE, Text, |run, a| text(run, "trim", a, |s| s.trim().to_owned())),
    function("btrim", (1, 1), ONE, Text, |run, a| text(run, "btrim", a, |s| s.trim().to_owned())),
    function("lTrim", (1, 1), ONE, Text, |run, a| text(run, "lTrim", a, |s| s.trim_start().to_owned())),
    function("rTrim", (1, 1), ONE, Text, |run, a| text(run, "rTrim", a, |s| s.trim_end().to_owned())),
    function("left", (2, 2), ONE, Text, |run, a| part(run, "left", a, true)),
    function("right", (2, 2), ONE, Text, |run, a| part(run, "right", a, false)),
    function("substring", (2, 3), ONE, Text, substring),
    function("replace", (3, 3), ONE, Text, replace),
    function("split", (2, 2), ONE, ListOfText, split),
    function("char_length", (1, 1), ONE, Int, length),
    function("character_length", (1, 1), ONE, Int, length),
    function("normalize", (1, 1), ONE, Any, |run, a| text(run, "normalize", a, str::to_owned)),
    function("randomUUID", (0, 0), &[], Text, random_uuid),
];

fn text(run: &Run<'_>, name: &str, args: &[Value], f: impl Fn(&str) -> String) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::String(s) => {
            run.meter.room(s.len() as u64)?;
            Ok(Value::from(f(s)))
        }
        other => Err(refused(name, other)),
    }
}

fn length(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::String(s) => Ok(Value::Int(i64::try_from(s.chars().count()).unwrap_or(i64::MAX))),
        other => Err(refused("char_length", other)),
    }
}

/// A number of characters: whole and not below zero.
fn characters(name: &str, value: &Value) -> Outcome<usize> {
    match value {
        Value::Int(n) => usize::try_from(*n).map_err(|_| wrong_value(format!("`{name}` takes no number below zero"))),
        other => Err(wrong_type(format!("`{name}` takes a whole number, not {}", other.type_name()))),
    }
}

fn part(run: &Run<'_>, name: &str, args: &[Value], from_left: bool) -> Outcome<Value> {
    if args[0].is_null() || args[1].is_null() {
        return Ok(Value::Null);
    }
    let n = characters(name, &args[1])?;
    text(run, name, args, |s| {
        let skip = if from_left { 0 } else { s.chars().count().saturating_sub(n) };
        s.chars().skip(skip).take(n).collect()
    })
}

fn substring(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    if args.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    let start = characters("substring", &args[1])?;
    let length = args.get(2).map_or(Ok(usize::MAX), |v| characters("substring", v))?;
    text(run, "substring", args, |s| s.chars().skip(start).take(length).collect())
}

fn replace(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match (&args[0], &args[1], &args[2]) {
        (Value::String(s), Value::String(from), Value::String(to)) => {
            run.meter.room(s.len() as u64)?;
            let times = s.matches(&**from).count() as u64;
            run.meter.room((s.len() as u64).saturating_add(times.saturating_mul(to.len() as u64)))?;
            Ok(Value::from(s.replace(&**from, to)))
        }
        _ if args.iter().any(Value::is_null) => Ok(Value::Null),
        (Value::String(_), Value::String(_), other) | (Value::String(_), other, _) | (other, ..) => {
            Err(refused("replace", other))
        }
    }
}

fn split(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    let (Value::String(s), separators) = (&args[0], &args[1]) else {
        return if args[0].is_null() { Ok(Value::Null) } else { Err(refused("split", &args[0])) };
    };
    let separators: Vec<&str> = match separators {
        Value::Null => return Ok(Value::Null),
        Value::String(one) => vec![&**one],
        Value::List(some) => {
            some.iter().filter_map(|v| if let Value::String(s) = v { Some(&**s) } else { None }).collect()
        }
        other => return Err(refused("split", other)),
    };
    run.meter.room(s.len() as u64 * 32)?;
    let mut parts = vec![&**s];
    for separator in separators {
        if separator.is_empty() {
            let each = |part: &'_ &str| part.char_indices().map(|(i, c)| (i, i + c.len_utf8())).collect::<Vec<_>>();
            parts = parts.iter().flat_map(|part| each(part).into_iter().map(|(a, b)| &part[a..b])).collect();
        } else {
            parts = parts.iter().flat_map(|part| part.split(separator)).collect();
        }
    }
    run.meter.list(parts.into_iter().map(Value::from).collect())
}

fn random_uuid(run: &Run<'_>, _: &[Value]) -> Outcome<Value> {
    let bits = (u128::from(run.random()) << 64) | u128::from(run.random());
    let version_4 = (bits & !(0xf << 76) & !(0x3 << 62)) | (4 << 76) | (2 << 62);
    let hex = format!("{version_4:032x}");
    Ok(Value::from(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])))
}

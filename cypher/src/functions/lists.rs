//! Functions of lists.

use graph::Value;
use graph::query::ErrorKind;

use super::Gives::{Any, Bool, Element, Int, ListOfInt, Same};
use super::Takes::{self, List, ListOrText};
use super::{Function, function, refused};
use crate::error::{Outcome, failure, wrong_type};
use crate::run::Run;

pub const ALL: &[Function] = &[
    function("size", (1, 1), &[ListOrText], Int, size),
    function("isEmpty", (1, 1), &[ListOrText], Bool, is_empty),
    function("head", (1, 1), &[List], Element, |_, args| pick("head", &args[0], |l| l.first().cloned())),
    function("last", (1, 1), &[List], Element, |_, args| pick("last", &args[0], |l| l.last().cloned())),
    function("tail", (1, 1), &[List], Same, tail),
    function("reverse", (1, 1), &[ListOrText], Same, reverse),
    function("range", (2, 3), &[Takes::Any], ListOfInt, range),
    function("toStringList", (1, 1), &[List], Any, |run, args| each(run, args, "toStringOrNull")),
    function("toIntegerList", (1, 1), &[List], Any, |run, args| each(run, args, "toIntegerOrNull")),
    function("toFloatList", (1, 1), &[List], Any, |run, args| each(run, args, "toFloatOrNull")),
    function("toBooleanList", (1, 1), &[List], Any, |run, args| each(run, args, "toBooleanOrNull")),
];

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn size(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::List(list) => Ok(count(list.len())),
        Value::String(text) => {
            run.meter.tick(text.len() as u64 / 64)?;
            Ok(count(text.chars().count()))
        }
        other => Err(refused("size", other)),
    }
}

fn is_empty(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::List(list) => Ok(Value::Bool(list.is_empty())),
        Value::Map(map) => Ok(Value::Bool(map.is_empty())),
        Value::String(text) => Ok(Value::Bool(text.is_empty())),
        other => Err(refused("isEmpty", other)),
    }
}

fn pick(name: &str, value: &Value, which: impl Fn(&graph::List) -> Option<Value>) -> Outcome<Value> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::List(list) => Ok(which(list).unwrap_or(Value::Null)),
        other => Err(refused(name, other)),
    }
}

fn tail(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::List(list) => {
            run.meter.room(list.weight_of_items())?;
            run.meter.list(list.get(1..).unwrap_or_default().to_vec())
        }
        other => Err(refused("tail", other)),
    }
}

fn reverse(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    run.meter.room(args[0].weight())?;
    match &args[0] {
        Value::Null => Ok(Value::Null),
        Value::List(list) => run.meter.list(list.iter().rev().cloned().collect()),
        Value::String(text) => Ok(Value::from(text.chars().rev().collect::<String>())),
        other => Err(refused("reverse", other)),
    }
}

fn range(run: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    let mut numbers = [0, 0, 1];
    for (number, arg) in numbers.iter_mut().zip(args) {
        *number = match arg {
            Value::Int(n) => *n,
            other => {
                let message = format!("`range` takes whole numbers, not {}", other.type_name());
                return Err(failure(ErrorKind::Argument, "InvalidArgumentType", message));
            }
        };
    }
    let [from, to, step] = numbers;
    if step == 0 {
        return Err(failure(ErrorKind::Argument, "NumberOutOfRange", "the step of `range` cannot be zero"));
    }
    let steps = (i128::from(to) - i128::from(from)) / i128::from(step);
    let forward = (to >= from) == (step > 0) || to == from;
    let length = if forward { u64::try_from(steps + 1).unwrap_or(u64::MAX) } else { 0 };
    run.meter.room(length.saturating_mul(24))?;
    run.meter.tick(length / 4)?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    run.meter.list((0..length).map(|i| Value::Int(from.wrapping_add(step.wrapping_mul(i)))).collect())
}

fn each(run: &Run<'_>, args: &[Value], name: &str) -> Outcome<Value> {
    let list = match &args[0] {
        Value::Null => return Ok(Value::Null),
        Value::List(list) => list,
        other => return Err(wrong_type(format!("a List is wanted, not {}", other.type_name()))),
    };
    let Some(function) = super::find(name) else { return Ok(Value::Null) };
    run.meter.tick(list.len() as u64)?;
    let values: Outcome<Vec<Value>> = list.iter().map(|v| (function.call.0)(run, std::slice::from_ref(v))).collect();
    run.meter.list(values?)
}

//! Functions of numbers.

use graph::Value;

use super::Gives::{Bool, Float, Int, Same};
use super::Takes::Number;
use super::{Function, function, refused};
use crate::error::{Outcome, wrong_value};
use crate::run::Run;

const ONE: &[super::Takes] = &[Number];

pub const ALL: &[Function] = &[
    function("abs", (1, 1), ONE, Same, abs),
    function("sign", (1, 1), ONE, Int, sign),
    function("ceil", (1, 1), ONE, Float, |_, a| float("ceil", a, f64::ceil)),
    function("floor", (1, 1), ONE, Float, |_, a| float("floor", a, f64::floor)),
    function("round", (1, 3), ONE, Float, round),
    function("sqrt", (1, 1), ONE, Float, |_, a| float("sqrt", a, f64::sqrt)),
    function("exp", (1, 1), ONE, Float, |_, a| float("exp", a, f64::exp)),
    function("log", (1, 1), ONE, Float, |_, a| float("log", a, f64::ln)),
    function("ln", (1, 1), ONE, Float, |_, a| float("ln", a, f64::ln)),
    function("log10", (1, 1), ONE, Float, |_, a| float("log10", a, f64::log10)),
    function("sin", (1, 1), ONE, Float, |_, a| float("sin", a, f64::sin)),
    function("cos", (1, 1), ONE, Float, |_, a| float("cos", a, f64::cos)),
    function("tan", (1, 1), ONE, Float, |_, a| float("tan", a, f64::tan)),
    function("cot", (1, 1), ONE, Float, |_, a| float("cot", a, |x| 1.0 / x.tan())),
    function("asin", (1, 1), ONE, Float, |_, a| float("asin", a, f64::asin)),
    function("acos", (1, 1), ONE, Float, |_, a| float("acos", a, f64::acos)),
    function("atan", (1, 1), ONE, Float, |_, a| float("atan", a, f64::atan)),
    function("atan2", (2, 2), &[Number, Number], Float, atan2),
    function("sinh", (1, 1), ONE, Float, |_, a| float("sinh", a, f64::sinh)),
    function("cosh", (1, 1), ONE, Float, |_, a| float("cosh", a, f64::cosh)),
    function("tanh", (1, 1), ONE, Float, |_, a| float("tanh", a, f64::tanh)),
    function("degrees", (1, 1), ONE, Float, |_, a| float("degrees", a, f64::to_degrees)),
    function("radians", (1, 1), ONE, Float, |_, a| float("radians", a, f64::to_radians)),
    function("haversin", (1, 1), ONE, Float, |_, a| float("haversin", a, |x| (x / 2.0).sin().powi(2))),
    function("isNaN", (1, 1), ONE, Bool, is_nan),
    function("pi", (0, 0), &[], Float, |_, _| Ok(Value::Float(std::f64::consts::PI))),
    function("e", (0, 0), &[], Float, |_, _| Ok(Value::Float(std::f64::consts::E))),
    function("rand", (0, 0), &[], Float, rand),
];

/// A number as a float; `None` for null.
#[allow(clippy::cast_precision_loss)] // As the language says.
fn number(name: &str, value: &Value) -> Outcome<Option<f64>> {
    match value {
        Value::Null => Ok(None),
        Value::Int(n) => Ok(Some(*n as f64)),
        Value::Float(x) => Ok(Some(*x)),
        other => Err(refused(name, other)),
    }
}

fn float(name: &str, args: &[Value], f: impl Fn(f64) -> f64) -> Outcome<Value> {
    Ok(number(name, &args[0])?.map_or(Value::Null, |x| Value::Float(f(x))))
}

fn abs(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match &args[0] {
        Value::Int(n) => n
            .checked_abs()
            .map(Value::Int)
            .ok_or_else(|| wrong_value("the result is too large for a whole number of 64 bits")),
        _ => float("abs", args, f64::abs),
    }
}

fn sign(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    let sign = |x: f64| if x > 0.0 { 1 } else { -i64::from(x < 0.0) };
    Ok(number("sign", &args[0])?.map_or(Value::Null, |x| Value::Int(sign(x))))
}

/// Half goes up without places, as in Neo4j and in Java; with places, away from zero.
fn round(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    let Some(x) = number("round", &args[0])? else { return Ok(Value::Null) };
    let Some(places) = args.get(1) else { return Ok(Value::Float((x + 0.5).floor())) };
    match places {
        Value::Null => Ok(Value::Null),
        Value::Int(places @ 0..=300) => {
            let scale = 10_f64.powi(i32::try_from(*places).unwrap_or(0));
            let scaled = x * scale;
            Ok(Value::Float(if scaled.is_finite() { scaled.round() / scale } else { x }))
        }
        other => Err(wrong_value(format!("`round` takes 0 to 300 places, not {}", other.plain()))),
    }
}

fn atan2(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    match (number("atan2", &args[0])?, number("atan2", &args[1])?) {
        (Some(y), Some(x)) => Ok(Value::Float(y.atan2(x))),
        _ => Ok(Value::Null),
    }
}

fn is_nan(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    Ok(number("isNaN", &args[0])?.map_or(Value::Null, |x| Value::Bool(x.is_nan())))
}

#[allow(clippy::cast_precision_loss)] // 53 bits fit.
fn rand(run: &Run<'_>, _: &[Value]) -> Outcome<Value> {
    Ok(Value::Float((run.random() >> 11) as f64 / (1_u64 << 53) as f64))
}

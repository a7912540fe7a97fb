//! Functions of days, times and amounts.

mod amounts;
mod fields;
mod make;
mod truncate;

use graph::Value;
use graph::time::{DateTime, Zone};

use super::Gives::{Duration, Time};
use super::{Function, function};
use crate::error::{Outcome, wrong_type, wrong_value};
use crate::run::Run;

/// Which kind of temporal value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Date,
    LocalTime,
    Time,
    LocalDateTime,
    DateTime,
}

macro_rules! instants {
    ($($name:literal => $kind:expr),* $(,)?) => { [$(
        function($name, (0, 1), &[], Time, |run, args| make::make(run, $kind, args)),
        function(concat!($name, ".transaction"), (0, 1), &[], Time, |run, args| now(run, $kind, args)),
        function(concat!($name, ".statement"), (0, 1), &[], Time, |run, args| now(run, $kind, args)),
        function(concat!($name, ".realtime"), (0, 1), &[], Time, |run, args| now(run, $kind, args)),
        function(concat!($name, ".truncate"), (1, 3), &[], Time, |run, args| truncate::truncate(run, $kind, args)),
    )*
        function("datetime.fromepoch", (2, 2), &[], Time, make::from_epoch),
        function("datetime.fromepochmillis", (1, 1), &[], Time, make::from_epoch_millis),
        function("duration", (1, 1), &[], Duration, amounts::duration),
        function("duration.between", (2, 2), &[], Duration, |_, args| amounts::apart(args, graph::time::between)),
        function("duration.inMonths", (2, 2), &[], Duration, |_, args| amounts::apart(args, graph::time::in_months)),
        function("duration.inDays", (2, 2), &[], Duration, |_, args| amounts::apart(args, graph::time::in_days)),
        function("duration.inSeconds", (2, 2), &[], Duration, |_, args| amounts::apart(args, graph::time::in_seconds)),
    ] };
}

pub const ALL: &[Function] = &instants! {
    "date" => Kind::Date,
    "localtime" => Kind::LocalTime,
    "time" => Kind::Time,
    "localdatetime" => Kind::LocalDateTime,
    "datetime" => Kind::DateTime,
};

/// The present of the query, which is the same in all of it, in a zone.
fn now(run: &Run<'_>, kind: Kind, args: &[Value]) -> Outcome<Value> {
    let zone = match args.first() {
        None => Zone::Offset(0),
        Some(Value::Null) => return Ok(Value::Null),
        Some(Value::String(name)) => Zone::parse(name)?,
        Some(other) => return Err(wrong_type(format!("a time zone is a String, not {}", other.type_name()))),
    };
    Ok(convert(kind, &DateTime::from_instant(run.now, zone)?))
}

/// The part of a moment that a kind keeps.
fn convert(kind: Kind, moment: &DateTime) -> Value {
    match kind {
        Kind::Date => Value::Date(moment.local.date),
        Kind::LocalTime => Value::LocalTime(moment.local.time),
        Kind::Time => Value::Time(graph::time::Time { local: moment.local.time, offset: moment.offset }),
        Kind::LocalDateTime => Value::LocalDateTime(moment.local),
        Kind::DateTime => Value::DateTime(moment.clone().into()),
    }
}

/// A zone from a field of a map.
fn zone(value: &Value) -> Outcome<Zone> {
    match value {
        Value::String(name) => Ok(Zone::parse(name)?),
        other => Err(wrong_value(format!("a time zone is a String, not {}", other.type_name()))),
    }
}

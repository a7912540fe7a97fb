//! Making a time from a text, from fields, or from another time.

use graph::time::{self, Date, DateTime, LocalDateTime, LocalTime, SECOND, Time, Zone};
use graph::{Map, Value};

use super::fields::{Fields, Parts, parts};
use super::{Kind, convert, now, zone};
use crate::error::{Outcome, wrong_type, wrong_value};
use crate::run::Run;

pub fn make(run: &Run<'_>, kind: Kind, args: &[Value]) -> Outcome<Value> {
    match args.first() {
        None => now(run, kind, &[]),
        Some(Value::Null) => Ok(Value::Null),
        Some(Value::String(text)) => read(kind, text),
        Some(Value::Map(map)) => from_fields(run, kind, map),
        Some(value) => select(kind, &parts(value)?),
    }
}

fn read(kind: Kind, text: &str) -> Outcome<Value> {
    let utc = Zone::Offset(0);
    Ok(match kind {
        Kind::Date => Value::Date(time::date(text)?),
        Kind::LocalTime => Value::LocalTime(time::local_time(text)?),
        Kind::Time => Value::Time(time::time(text, 0)?),
        Kind::LocalDateTime => Value::LocalDateTime(time::local_date_time(text)?),
        Kind::DateTime => Value::DateTime(time::date_time(text, &utc)?.into()),
    })
}

/// The part of another time that a kind keeps.
fn select(kind: Kind, from: &Parts) -> Outcome<Value> {
    let date = || from.date.ok_or_else(|| wrong_type("a value with a day is wanted"));
    let time = || from.time.ok_or_else(|| wrong_type("a value with a time of day is wanted"));
    let local =
        || Ok::<_, Box<crate::error::Fault>>(LocalDateTime { date: date()?, time: from.time.unwrap_or_default() });
    Ok(match kind {
        Kind::Date => Value::Date(date()?),
        Kind::LocalTime => Value::LocalTime(time()?),
        Kind::Time => Value::Time(Time { local: time()?, offset: from.offset.unwrap_or(0) }),
        Kind::LocalDateTime => Value::LocalDateTime(local()?),
        Kind::DateTime => {
            let zone = from.zone.clone().unwrap_or(Zone::Offset(0));
            Value::DateTime(DateTime::new(local()?, zone)?.into())
        }
    })
}

fn from_fields(run: &Run<'_>, kind: Kind, map: &Map) -> Outcome<Value> {
    let fields = Fields::new(map)?;
    if map.values().any(Value::is_null) {
        return Ok(Value::Null);
    }
    if map.len() == 1 && fields.any(&["timezone"]) {
        return now(run, kind, &[map["timezone"].clone()]);
    }
    if kind == Kind::DateTime && fields.any(&["epochSeconds", "epochMillis"]) {
        return epoch(&fields);
    }
    let base = base(&fields)?;
    if kind == Kind::Date {
        return Ok(Value::Date(fields.date(base.date)?));
    }
    let wanted = fields.get("timezone").map(zone).transpose()?;
    if kind == Kind::LocalTime {
        return Ok(Value::LocalTime(time_of(&fields, base.time)?));
    }
    if kind == Kind::Time {
        return clock(run, &fields, &base, wanted);
    }
    let date = fields.date(base.date)?;
    let time = fields.time(base.time, false)?;
    let local = LocalDateTime { date, time };
    if kind == Kind::LocalDateTime {
        return Ok(Value::LocalDateTime(local));
    }
    moment(&fields, &base, local, wanted)
}

/// A time of day needs at least an hour or a time to begin with.
fn time_of(fields: &Fields<'_>, base: Option<LocalTime>) -> Outcome<LocalTime> {
    if base.is_none() && !fields.any(&["hour"]) {
        return Err(wrong_value("a time needs an `hour`"));
    }
    fields.time(base, false)
}

/// A time of day with an offset. Another zone shows the same moment of a base that had one.
fn clock(run: &Run<'_>, fields: &Fields<'_>, base: &Parts, wanted: Option<Zone>) -> Outcome<Value> {
    let offset = match (&wanted, base.offset) {
        (None, offset) => offset.unwrap_or(0),
        (Some(zone), _) => {
            let day = base.date.map_or_else(|| LocalDateTime::from_nanos(run.now).map(|l| l.date), Ok)?;
            zone.resolve(LocalDateTime { date: day, time: base.time.unwrap_or_default() })?.1
        }
    };
    let start = match (base.time, base.offset) {
        (Some(local), Some(before)) => Some(Time { local, offset: before }.at_offset(offset).local),
        (time, _) => time,
    };
    Ok(Value::Time(Time { local: time_of(fields, start)?, offset }))
}

/// A moment. Another zone shows the same moment of a base that had one, then the fields apply.
fn moment(fields: &Fields<'_>, base: &Parts, local: LocalDateTime, wanted: Option<Zone>) -> Outcome<Value> {
    let Some(wanted) = wanted else {
        let zone = base.zone.clone().unwrap_or(Zone::Offset(0));
        return Ok(Value::DateTime(DateTime::new(local, zone)?.into()));
    };
    let Some(before) = &base.zone else {
        return Ok(Value::DateTime(DateTime::new(local, wanted)?.into()));
    };
    // Days of the base and time of the base make a moment; where the day comes from fields, that day.
    let day = match base.date {
        Some(day) => day,
        None => local.date,
    };
    let start = DateTime::new(LocalDateTime { date: day, time: base.time.unwrap_or_default() }, before.clone())?;
    let shown = start.at_zone(wanted.clone())?.local;
    let date = if base.date.is_some() { fields.date(Some(shown.date))? } else { local.date };
    let time = fields.time(Some(shown.time), false)?;
    Ok(Value::DateTime(DateTime::new(LocalDateTime { date, time }, wanted)?.into()))
}

/// The day, the time and the zone that a map takes from other values. The zone is that of the time.
fn base(fields: &Fields<'_>) -> Outcome<Parts> {
    let mut base = Parts::default();
    if let Some(value) = fields.get("datetime") {
        base = parts(value)?;
    }
    if let Some(value) = fields.get("date") {
        let from = parts(value)?;
        base.date = Some(from.date.ok_or_else(|| wrong_type("`date` is a value with a day"))?);
    }
    if let Some(value) = fields.get("time") {
        let from = parts(value)?;
        base.time = Some(from.time.ok_or_else(|| wrong_type("`time` is a value with a time of day"))?);
        base.zone = from.zone;
        base.offset = from.offset;
    }
    Ok(base)
}

fn epoch(fields: &Fields<'_>) -> Outcome<Value> {
    let seconds = i128::from(fields.int("epochSeconds")?.unwrap_or(0));
    let millis = i128::from(fields.int("epochMillis")?.unwrap_or(0));
    let rest = fields.time(Some(LocalTime::MIDNIGHT), false)?.nanos();
    let zone = fields.get("timezone").map(zone).transpose()?.unwrap_or(Zone::Offset(0));
    let nanos = seconds * i128::from(SECOND) + millis * 1_000_000 + i128::from(rest);
    Ok(Value::DateTime(DateTime::from_instant(nanos, zone)?.into()))
}

fn int(value: &Value) -> Outcome<i128> {
    match value {
        Value::Int(n) => Ok(i128::from(*n)),
        other => Err(wrong_type(format!("a whole number is wanted, not {}", other.type_name()))),
    }
}

pub fn from_epoch(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    if args.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    let nanos = int(&args[0])? * i128::from(SECOND) + int(&args[1])?;
    Ok(convert(Kind::DateTime, &DateTime::from_instant(nanos, Zone::Offset(0))?))
}

pub fn from_epoch_millis(_: &Run<'_>, args: &[Value]) -> Outcome<Value> {
    if args[0].is_null() {
        return Ok(Value::Null);
    }
    Ok(convert(Kind::DateTime, &DateTime::from_instant(int(&args[0])? * 1_000_000, Zone::Offset(0))?))
}

/// The first day of a year.
pub fn new_year(year: i64) -> Outcome<Date> {
    Ok(Date::new(year, 1, 1)?)
}

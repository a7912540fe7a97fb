//! Cutting a time down to a unit, and setting smaller parts anew.

use graph::time::{DAY, Date, DateTime, LocalDateTime, LocalTime, Time, Zone};
use graph::{Map, Value};

use super::fields::{Fields, parts};
use super::make::new_year;
use super::{Kind, zone};
use crate::error::{Outcome, wrong_type, wrong_value};
use crate::run::Run;

pub fn truncate(run: &Run<'_>, kind: Kind, args: &[Value]) -> Outcome<Value> {
    if args.iter().take(2).any(Value::is_null) {
        return Ok(Value::Null);
    }
    let Value::String(unit) = &args[0] else {
        return Err(wrong_type(format!("a unit is a String, not {}", args[0].type_name())));
    };
    let from = match args.get(1) {
        Some(value) => parts(value)?,
        None => parts(&Value::DateTime(DateTime::from_instant(run.now, Zone::Offset(0))?.into()))?,
    };
    let empty = Map::default();
    let fields = match args.get(2) {
        None | Some(Value::Null) => Fields::new(&empty)?,
        Some(Value::Map(map)) => Fields::new(map)?,
        Some(other) => return Err(wrong_type(format!("fields are a Map, not {}", other.type_name()))),
    };
    let wanted = fields.get("timezone").map(zone).transpose()?;
    let date = from.date.map(|d| cut_date(unit, d)).transpose()?;
    let time = cut_time(unit, from.time.unwrap_or_default())?;
    let is_dated = matches!(kind, Kind::Date | Kind::LocalDateTime | Kind::DateTime);
    if is_dated && date.is_none() {
        return Err(wrong_type("only a value with a day can be cut to a day"));
    }
    if !is_dated && (from.time.is_none() && from.date.is_none() || is_larger_than_day(unit)) {
        return Err(wrong_value(format!("a time of day cannot be cut to `{unit}`")));
    }
    if kind == Kind::Date && DAY / size(unit).unwrap_or(DAY) > 1 {
        return Err(wrong_value(format!("a day cannot be cut to `{unit}`")));
    }
    let date = date.map(|d| fields.date(Some(d))).transpose()?;
    if kind == Kind::Date {
        return Ok(date.map_or(Value::Null, Value::Date));
    }
    let time = fields.time(Some(time), true)?;
    let local = LocalDateTime { date: date.unwrap_or(Date::from_days(0)?), time };
    let zone = wanted.or(from.zone).unwrap_or(Zone::Offset(0));
    Ok(match kind {
        Kind::Date | Kind::LocalTime => Value::LocalTime(time),
        Kind::Time => {
            let offset = match &zone {
                Zone::Offset(offset) => *offset,
                named => named.resolve(local)?.1,
            };
            Value::Time(Time { local: time, offset })
        }
        Kind::LocalDateTime => Value::LocalDateTime(local),
        Kind::DateTime => Value::DateTime(DateTime::new(local, zone)?.into()),
    })
}

fn is_larger_than_day(unit: &str) -> bool {
    size(unit).is_none()
}

/// Nanoseconds of a unit of a day; `None` for units of the calendar.
fn size(unit: &str) -> Option<i64> {
    Some(match unit {
        "day" => DAY,
        "hour" => DAY / 24,
        "minute" => DAY / 1440,
        "second" => 1_000_000_000,
        "millisecond" => 1_000_000,
        "microsecond" => 1000,
        "nanosecond" => 1,
        _ => return None,
    })
}

fn cut_date(unit: &str, date: Date) -> Outcome<Date> {
    let (year, month, _) = date.civil();
    Ok(match unit {
        "millennium" => new_year(year.div_euclid(1000) * 1000)?,
        "century" => new_year(year.div_euclid(100) * 100)?,
        "decade" => new_year(year.div_euclid(10) * 10)?,
        "year" => new_year(year)?,
        "weekYear" => Date::from_week(date.week().0, 1, 1)?,
        "quarter" => Date::new(year, date.quarter().0 * 3 - 2, 1)?,
        "month" => Date::new(year, month, 1)?,
        "week" => date.plus_days(1 - date.weekday())?,
        _ if size(unit).is_some() => date,
        _ => return Err(wrong_value(format!("`{unit}` is no unit of time"))),
    })
}

fn cut_time(unit: &str, time: LocalTime) -> Outcome<LocalTime> {
    let size = match size(unit) {
        Some(size) => size,
        None => {
            cut_date(unit, Date::from_days(0)?)?;
            DAY
        }
    };
    Ok(LocalTime::wrapping(i128::from(time.nanos() / size * size)))
}

//! Parts of times and amounts: `d.year`, `t.hour`, `x.minutesOfHour`.

use graph::Value;
use graph::time::{Date, Duration, LocalTime, SECOND, Zone};

use crate::error::{Outcome, wrong_type};

/// A part by its name; null when the value has no such part.
pub fn component(value: &Value, name: &str) -> Outcome<Value> {
    let (date, time, zone) = match value {
        Value::Date(d) => (Some(*d), None, None),
        Value::LocalTime(t) => (None, Some(*t), None),
        Value::Time(t) => (None, Some(t.local), Some((t.offset, Zone::Offset(t.offset)))),
        Value::LocalDateTime(d) => (Some(d.date), Some(d.time), None),
        Value::DateTime(d) => {
            let millis = d.instant().div_euclid(1_000_000);
            match name {
                "epochSeconds" => return Ok(whole(d.instant().div_euclid(i128::from(SECOND)))),
                "epochMillis" => return Ok(whole(millis)),
                _ => {}
            }
            (Some(d.local.date), Some(d.local.time), Some((d.offset, d.zone.clone())))
        }
        Value::Duration(d) => return Ok(of_duration(d, name)),
        other => return Err(wrong_type(format!("{} has no properties", other.type_name()))),
    };
    let found = date
        .and_then(|d| of_date(d, name))
        .or_else(|| time.and_then(|t| of_time(t, name)))
        .or_else(|| zone.and_then(|(offset, zone)| of_zone(offset, &zone, name)));
    Ok(found.unwrap_or(Value::Null))
}

fn whole(n: i128) -> Value {
    i64::try_from(n).map_or(Value::Null, Value::Int)
}

fn of_date(date: Date, name: &str) -> Option<Value> {
    let (year, month, day) = date.civil();
    let (week_year, week) = date.week();
    let (quarter, day_of_quarter) = date.quarter();
    Some(Value::Int(match name {
        "year" => year,
        "quarter" => quarter,
        "month" => month,
        "week" => week,
        "weekYear" => week_year,
        "day" => day,
        "ordinalDay" | "dayOfYear" => date.ordinal(),
        "weekDay" | "dayOfWeek" => date.weekday(),
        "dayOfQuarter" => day_of_quarter,
        _ => return None,
    }))
}

fn of_time(time: LocalTime, name: &str) -> Option<Value> {
    let (hour, minute, second, nano) = time.parts();
    Some(Value::Int(match name {
        "hour" => hour,
        "minute" => minute,
        "second" => second,
        "millisecond" => nano / 1_000_000,
        "microsecond" => nano / 1000,
        "nanosecond" => nano,
        _ => return None,
    }))
}

fn of_zone(offset: i32, zone: &Zone, name: &str) -> Option<Value> {
    Some(match name {
        "timezone" => Value::from(zone.to_string()),
        "offset" => Value::from(Zone::Offset(offset).to_string()),
        "offsetMinutes" => Value::Int(i64::from(offset / 60)),
        "offsetSeconds" => Value::Int(i64::from(offset)),
        _ => return None,
    })
}

fn of_duration(d: &Duration, name: &str) -> Value {
    let nanos = d.nanos_in_seconds();
    Value::Int(match name {
        "years" => d.months / 12,
        "quarters" => d.months / 3,
        "months" => d.months,
        "weeks" => d.days / 7,
        "days" => d.days,
        "hours" => d.seconds / 3600,
        "minutes" => d.seconds / 60,
        "seconds" => d.seconds,
        "milliseconds" => return whole(nanos.div_euclid(1_000_000)),
        "microseconds" => return whole(nanos.div_euclid(1000)),
        "nanoseconds" => return whole(nanos),
        "quartersOfYear" => d.months / 3 % 4,
        "monthsOfQuarter" => d.months % 3,
        "monthsOfYear" => d.months % 12,
        "daysOfWeek" => d.days % 7,
        "minutesOfHour" => d.seconds / 60 % 60,
        "secondsOfMinute" => d.seconds % 60,
        "millisecondsOfSecond" => d.nanos / 1_000_000,
        "microsecondsOfSecond" => d.nanos / 1000,
        "nanosecondsOfSecond" => d.nanos,
        _ => return Value::Null,
    })
}

//! Fields of a map that a time is made of.

use graph::time::{Date, DateTime, LocalDateTime, LocalTime, Zone};
use graph::{Map, Value};

use crate::error::{Outcome, wrong_type, wrong_value};

/// A map of fields, each of which must be known in the end.
pub struct Fields<'a>(pub &'a Map);

const KNOWN: &[&str] = &[
    "year",
    "quarter",
    "month",
    "week",
    "dayOfWeek",
    "day",
    "ordinalDay",
    "dayOfQuarter",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
    "timezone",
    "date",
    "time",
    "datetime",
    "epochSeconds",
    "epochMillis",
];

impl<'a> Fields<'a> {
    pub fn new(map: &'a Map) -> Outcome<Self> {
        match map.keys().find(|k| !KNOWN.contains(&&***k)) {
            Some(other) => Err(wrong_value(format!("`{other}` is no part of a time"))),
            None => Ok(Self(map)),
        }
    }

    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Outcome<Option<i64>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Int(n)) => Ok(Some(*n)),
            Some(other) => Err(wrong_type(format!("`{name}` is a whole number, not {}", other.type_name()))),
        }
    }

    pub fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|n| self.0.contains_key(*n))
    }

    /// The day that the fields name; what they leave out is taken from a base, or is the first.
    pub fn date(&self, base: Option<Date>) -> Outcome<Date> {
        if self.any(&["week", "dayOfWeek"]) {
            let year = self.year(base.map(|b| b.week().0))?;
            let week = self.or("week", base.map(|b| b.week().1))?;
            let day = self.or("dayOfWeek", base.map(Date::weekday))?;
            return Ok(Date::from_week(year, week, day)?);
        }
        let year = self.year(base.map(|b| b.civil().0))?;
        if self.any(&["quarter", "dayOfQuarter"]) {
            let quarter = self.or("quarter", base.map(|b| b.quarter().0))?;
            let day = self.or("dayOfQuarter", base.map(|b| b.quarter().1))?;
            return Ok(Date::from_quarter(year, quarter, day)?);
        }
        if let Some(day) = self.int("ordinalDay")? {
            return Ok(Date::from_ordinal(year, day)?);
        }
        if base.is_none() && self.any(&["day"]) && !self.any(&["month"]) {
            return Err(wrong_value("a `day` needs a `month`"));
        }
        let month = self.or("month", base.map(|b| b.civil().1))?;
        let day = self.or("day", base.map(|b| b.civil().2))?;
        Ok(Date::new(year, month, day)?)
    }

    fn year(&self, base: Option<i64>) -> Outcome<i64> {
        self.int("year")?.or(base).ok_or_else(|| wrong_value("a date needs a `year`"))
    }

    fn or(&self, name: &str, base: Option<i64>) -> Outcome<i64> {
        Ok(self.int(name)?.or(base).unwrap_or(1))
    }

    /// The time of day that the fields name; what they leave out is taken from a base, or is zero.
    ///
    /// `keep` says that smaller parts are added to what the base has of a second, as after a truncation.
    pub fn time(&self, base: Option<LocalTime>, keep: bool) -> Outcome<LocalTime> {
        let (hour, minute, second, nano) = base.unwrap_or_default().parts();
        if base.is_none() {
            for (part, needs) in [("minute", "hour"), ("second", "minute")] {
                if self.any(&[part]) && !self.any(&[needs]) {
                    return Err(wrong_value(format!("a `{part}` needs a `{needs}`")));
                }
            }
        }
        let (milli, micro, nanos) = (self.int("millisecond")?, self.int("microsecond")?, self.int("nanosecond")?);
        let mut part = if keep || (milli, micro, nanos) == (None, None, None) { nano } else { 0 };
        let sizes = [
            (milli, 1_000_000, 1000),
            (micro, 1000, if milli.is_some() { 1000 } else { 1_000_000 }),
            (nanos, 1, if milli.is_some() || micro.is_some() { 1000 } else { 1_000_000_000 }),
        ];
        for (value, size, end) in sizes {
            if let Some(value) = value {
                if !(0..end).contains(&value) {
                    return Err(wrong_value(format!("{value} is out of range for a part of a second")));
                }
                part += value * size;
            }
        }
        let hour = self.int("hour")?.unwrap_or(hour);
        let minute = self.int("minute")?.unwrap_or(minute);
        let second = self.int("second")?.unwrap_or(second);
        Ok(LocalTime::new(hour, minute, second, part)?)
    }
}

/// What a value holds of a day, a time of day, and a zone.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    pub date: Option<Date>,
    pub time: Option<LocalTime>,
    pub zone: Option<Zone>,
    /// The offset of the zone at that moment.
    pub offset: Option<i32>,
}

pub fn parts(value: &Value) -> Outcome<Parts> {
    let none = Parts::default();
    Ok(match value {
        Value::Date(d) => Parts { date: Some(*d), ..none },
        Value::LocalTime(t) => Parts { time: Some(*t), ..none },
        Value::Time(t) => {
            Parts { time: Some(t.local), zone: Some(Zone::Offset(t.offset)), offset: Some(t.offset), ..none }
        }
        Value::LocalDateTime(LocalDateTime { date, time }) => Parts { date: Some(*date), time: Some(*time), ..none },
        Value::DateTime(d) => {
            let DateTime { local, offset, zone } = &**d;
            Parts { date: Some(local.date), time: Some(local.time), zone: Some(zone.clone()), offset: Some(*offset) }
        }
        other => return Err(wrong_type(format!("a temporal value is wanted, not {}", other.type_name()))),
    })
}

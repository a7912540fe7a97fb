//! How much time lies between two points.

use super::{DAY, Date, DateTime, Duration, LocalDateTime, LocalTime, TimeError, Zone};

/// A point in time, as far as it is known: a day, a time of day, a zone. What one side lacks is taken from the other.
#[derive(Clone, Debug, Default)]
pub struct Span {
    /// The day.
    pub date: Option<Date>,
    /// The time of the day.
    pub time: Option<LocalTime>,
    /// The zone.
    pub zone: Option<Zone>,
}

/// Two points made alike.
struct Pair {
    from: LocalDateTime,
    to: LocalDateTime,
    /// The zone of the first, when either has one.
    zone: Option<Zone>,
    /// Whether both have a day of their own, so that months and days can be counted.
    dated: bool,
}

fn pair(a: &Span, b: &Span) -> Result<Pair, TimeError> {
    let dated = a.date.is_some() && b.date.is_some();
    let epoch = Date::from_days(0)?;
    let local = |this: &Span, other: &Span| LocalDateTime {
        date: this.date.or(other.date).unwrap_or(epoch),
        time: this.time.unwrap_or(LocalTime::MIDNIGHT),
    };
    let (from, to) = (local(a, b), local(b, a));
    let Some(zone) = a.zone.clone().or_else(|| b.zone.clone()) else {
        return Ok(Pair { from, to, zone: None, dated });
    };
    let other = b.zone.clone().unwrap_or_else(|| zone.clone());
    // The second is brought to the clock of the first.
    let to = DateTime::new(to, other)?.at_zone(zone.clone())?.local;
    let from = DateTime::new(from, zone.clone())?.local;
    Ok(Pair { from, to, zone: Some(zone), dated })
}

/// Nanoseconds that pass from one to the other.
fn passing(from: LocalDateTime, to: LocalDateTime, zone: Option<&Zone>) -> Result<i128, TimeError> {
    match zone {
        None => Ok(to.nanos() - from.nanos()),
        Some(zone) => Ok(DateTime::new(to, zone.clone())?.instant() - DateTime::new(from, zone.clone())?.instant()),
    }
}

/// Whole months, then whole days, then the rest.
pub fn between(a: &Span, b: &Span) -> Result<Duration, TimeError> {
    let Pair { from, to, zone, dated } = pair(a, b)?;
    if !dated {
        return Duration::new(0, 0, instants(a, b)?);
    }
    let months = from.date.months_until(toward(from, to)?);
    let after_months = LocalDateTime { date: from.date.plus_months(months)?, time: from.time };
    let days = toward(after_months, to)?.days() - after_months.date.days();
    let after_days = LocalDateTime { date: after_months.date.plus_days(days)?, time: from.time };
    Duration::new(months, days, passing(after_days, to, zone.as_ref())?)
}

/// The day of `to`, one nearer when its time of day has not been reached.
fn toward(from: LocalDateTime, to: LocalDateTime) -> Result<Date, TimeError> {
    if to.date > from.date && to.time < from.time {
        to.date.plus_days(-1)
    } else if to.date < from.date && to.time > from.time {
        to.date.plus_days(1)
    } else {
        Ok(to.date)
    }
}

/// Whole months; none when one of the two has no day.
pub fn in_months(a: &Span, b: &Span) -> Result<Duration, TimeError> {
    let Pair { from, to, dated, .. } = pair(a, b)?;
    let months = if dated { from.date.months_until(toward(from, to)?) } else { 0 };
    Duration::new(months, 0, 0)
}

/// Whole days; none when one of the two has no day.
pub fn in_days(a: &Span, b: &Span) -> Result<Duration, TimeError> {
    let Pair { from, to, dated, .. } = pair(a, b)?;
    let days = if dated {
        i64::try_from((to.nanos() - from.nanos()) / i128::from(DAY)).map_err(|_| TimeError::Overflow)?
    } else {
        0
    };
    Duration::new(0, days, 0)
}

/// Seconds that pass.
pub fn in_seconds(a: &Span, b: &Span) -> Result<Duration, TimeError> {
    Duration::new(0, 0, instants(a, b)?)
}

/// Nanoseconds that pass between the two, of which an hour that comes twice is two.
fn instants(a: &Span, b: &Span) -> Result<i128, TimeError> {
    let epoch = Date::from_days(0)?;
    let local = |this: &Span, other: &Span| LocalDateTime {
        date: this.date.or(other.date).unwrap_or(epoch),
        time: this.time.unwrap_or(LocalTime::MIDNIGHT),
    };
    let (from, to) = (local(a, b), local(b, a));
    match (a.zone.clone().or_else(|| b.zone.clone()), b.zone.clone().or_else(|| a.zone.clone())) {
        (Some(first), Some(second)) => {
            Ok(DateTime::new(to, second)?.instant() - DateTime::new(from, first)?.instant())
        }
        _ => Ok(to.nanos() - from.nanos()),
    }
}

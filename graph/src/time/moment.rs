//! Days with times, with and without a zone.

use std::fmt;

use super::zone::split;
use super::{DAY, Date, Duration, LocalTime, SECOND, TimeError, Zone};

/// A day and a time of it, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalDateTime {
    /// The day.
    pub date: Date,
    /// The time of the day.
    pub time: LocalTime,
}

impl LocalDateTime {
    /// From nanoseconds since 1970-01-01T00:00.
    pub fn from_nanos(nanos: i128) -> Result<Self, TimeError> {
        let (days, rest) = split(nanos)?;
        Ok(Self { date: Date::from_days(days)?, time: LocalTime::wrapping(i128::from(rest)) })
    }

    /// Nanoseconds since 1970-01-01T00:00.
    pub fn nanos(self) -> i128 {
        i128::from(self.date.days()) * i128::from(DAY) + i128::from(self.time.nanos())
    }

    /// So many seconds later.
    pub fn plus_seconds(self, seconds: i64) -> Result<Self, TimeError> {
        if seconds == 0 {
            Ok(self)
        } else {
            Self::from_nanos(self.nanos() + i128::from(seconds) * i128::from(SECOND))
        }
    }

    /// Later by months, then days, then seconds.
    pub fn plus(self, amount: &Duration) -> Result<Self, TimeError> {
        let date = self.date.plus_months(amount.months)?.plus_days(amount.days)?;
        Self::from_nanos(Self { date, time: self.time }.nanos() + amount.nanos_in_seconds())
    }
}

impl fmt::Display for LocalDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, self.time)
    }
}

/// A moment, with what a clock at a place shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// What the clock shows.
    pub local: LocalDateTime,
    /// Seconds east of UTC at that moment.
    pub offset: i32,
    /// Where the clock is.
    pub zone: Zone,
}

impl DateTime {
    /// What a clock of a zone shows, moved on where the clock skips it.
    pub fn new(local: LocalDateTime, zone: Zone) -> Result<Self, TimeError> {
        let (local, offset) = zone.resolve(local)?;
        Ok(Self { local, offset, zone })
    }

    /// From nanoseconds since 1970 in UTC.
    pub fn from_instant(nanos: i128, zone: Zone) -> Result<Self, TimeError> {
        let offset = zone.offset_at(LocalDateTime::from_nanos(nanos)?)?;
        let local = LocalDateTime::from_nanos(nanos + i128::from(offset) * i128::from(SECOND))?;
        Ok(Self { local, offset, zone })
    }

    /// Nanoseconds since 1970 in UTC.
    pub fn instant(&self) -> i128 {
        self.local.nanos() - i128::from(self.offset) * i128::from(SECOND)
    }

    /// The same moment on the clock of another zone.
    pub fn at_zone(&self, zone: Zone) -> Result<Self, TimeError> {
        Self::from_instant(self.instant(), zone)
    }

    /// Later by months and days of the calendar, then by seconds that pass.
    pub fn plus(&self, amount: &Duration) -> Result<Self, TimeError> {
        let date = self.local.date.plus_months(amount.months)?.plus_days(amount.days)?;
        let moved = if date == self.local.date {
            self.clone()
        } else {
            Self::new(LocalDateTime { date, time: self.local.time }, self.zone.clone())?
        };
        Self::from_instant(moved.instant() + amount.nanos_in_seconds(), moved.zone)
    }
}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    /// By the moment, then by the clock, then by the name of the zone.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.instant()
            .cmp(&other.instant())
            .then_with(|| self.local.cmp(&other.local))
            .then_with(|| self.zone.to_string().cmp(&other.zone.to_string()))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.local, Zone::Offset(self.offset))?;
        match &self.zone {
            Zone::Offset(_) => Ok(()),
            Zone::Named(name) => write!(f, "[{name}]"),
        }
    }
}

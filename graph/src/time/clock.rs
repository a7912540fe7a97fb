//! Times of day.

use std::fmt;

use super::{DAY, Duration, SECOND, TimeError, Zone};

/// A time of day without a zone, in nanoseconds since midnight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalTime(i64);

impl LocalTime {
    /// Midnight.
    pub const MIDNIGHT: Self = Self(0);

    /// From hour, minute, second and nanosecond.
    pub fn new(hour: i64, minute: i64, second: i64, nano: i64) -> Result<Self, TimeError> {
        for (value, end, what) in
            [(hour, 24, "hour"), (minute, 60, "minute"), (second, 60, "second"), (nano, SECOND, "nanosecond")]
        {
            if !(0..end).contains(&value) {
                return Err(TimeError::OutOfRange(value, what));
            }
        }
        Ok(Self(((hour * 60 + minute) * 60 + second) * SECOND + nano))
    }

    /// From nanoseconds since midnight, taken around the clock.
    pub fn wrapping(nanos: i128) -> Self {
        #[allow(clippy::cast_possible_truncation)] // Less than a day.
        Self(nanos.rem_euclid(i128::from(DAY)) as i64)
    }

    /// Nanoseconds since midnight.
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// Hour, minute, second and nanosecond.
    pub fn parts(self) -> (i64, i64, i64, i64) {
        let seconds = self.0 / SECOND;
        (seconds / 3600, seconds / 60 % 60, seconds % 60, self.0 % SECOND)
    }

    /// Later on the clock; only the seconds of an amount count.
    #[must_use]
    pub fn plus(self, amount: &Duration) -> Self {
        Self::wrapping(i128::from(self.0) + amount.nanos_in_seconds())
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second, nano) = self.parts();
        write!(f, "{hour:02}:{minute:02}")?;
        if second == 0 && nano == 0 {
            return Ok(());
        }
        write!(f, ":{second:02}")?;
        if nano == 0 {
            Ok(())
        } else if nano % 1_000_000 == 0 {
            write!(f, ".{:03}", nano / 1_000_000)
        } else if nano % 1000 == 0 {
            write!(f, ".{:06}", nano / 1000)
        } else {
            write!(f, ".{nano:09}")
        }
    }
}

/// A time of day with an offset from UTC in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time {
    /// What the clock shows.
    pub local: LocalTime,
    /// Seconds east of UTC.
    pub offset: i32,
}

impl Time {
    /// Nanoseconds since midnight in UTC; below zero or over a day for a clock far from it.
    pub fn instant(self) -> i64 {
        self.local.0 - i64::from(self.offset) * SECOND
    }

    /// The same moment on a clock of another offset.
    #[must_use]
    pub fn at_offset(self, offset: i32) -> Self {
        let nanos = i128::from(self.instant()) + i128::from(offset) * i128::from(SECOND);
        Self { local: LocalTime::wrapping(nanos), offset }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.local, Zone::Offset(self.offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_short_as_it_can_be() {
        let text = |h, m, s, n| LocalTime::new(h, m, s, n).unwrap().to_string();
        assert_eq!(text(1, 2, 0, 0), "01:02");
        assert_eq!(text(1, 2, 3, 0), "01:02:03");
        assert_eq!(text(1, 2, 0, 500_000_000), "01:02:00.500");
        assert_eq!(text(1, 2, 3, 1), "01:02:03.000000001");
        assert_eq!(Time { local: LocalTime::MIDNIGHT, offset: -7_200 }.to_string(), "00:00-02:00");
        assert!(LocalTime::new(24, 0, 0, 0).is_err());
    }
}

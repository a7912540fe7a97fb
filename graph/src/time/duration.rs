//! Amounts of time.

use std::fmt;

use super::{DAY_SECONDS, SECOND, TimeError};

/// Months, days and seconds, which are not of one length and so are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration {
    /// Months; a year is twelve.
    pub months: i64,
    /// Days; a week is seven.
    pub days: i64,
    /// Seconds, rounded down.
    pub seconds: i64,
    /// Nanoseconds on top of the seconds: 0 to 999,999,999.
    pub nanos: i64,
}

/// Seconds of an average month of the Gregorian calendar: 146,097 days in 4,800 months.
const MONTH_SECONDS: i64 = 2_629_746;
/// What a fraction may fall short of a whole nanosecond by the rounding of floats.
const SLACK: f64 = 0.05;

/// A number of some unit, whole and in part, before it is made to months, days and seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Amount {
    /// The whole part.
    pub whole: i64,
    /// The rest, between -1 and 1.
    pub part: f64,
}

impl Amount {
    /// Splits a float; `None` when it is too large or no number.
    pub fn from_float(x: f64) -> Option<Self> {
        #[allow(clippy::cast_possible_truncation)] // Within the range by the test.
        (x.abs() < 9e18).then(|| Self { whole: x.trunc() as i64, part: x.fract() })
    }
}

impl Duration {
    /// From total months, days and nanoseconds.
    pub fn new(months: i64, days: i64, nanos: i128) -> Result<Self, TimeError> {
        let seconds = i64::try_from(nanos.div_euclid(i128::from(SECOND))).map_err(|_| TimeError::Overflow)?;
        #[allow(clippy::cast_possible_truncation)] // Less than a second.
        let rest = nanos.rem_euclid(i128::from(SECOND)) as i64;
        Ok(Self { months, days, seconds, nanos: rest })
    }

    /// From amounts with fractions: a part of a month becomes days of an average month, a part of a day becomes seconds.
    /// Each part is a list of an amount and how many months, days or nanoseconds one of it is.
    pub fn from_parts(
        months: &[(Amount, i64)],
        days: &[(Amount, i64)],
        nanos: &[(Amount, i64)],
    ) -> Result<Self, TimeError> {
        let (whole_months, part) = total(months)?;
        // A part of a month, in seconds, is a part of days.
        #[allow(clippy::cast_precision_loss)] // Small constants.
        let month_days = part * MONTH_SECONDS as f64 / DAY_SECONDS as f64;
        let (whole_days, part) = total(days)?;
        let loose = month_days + part;
        let carried = Amount::from_float(loose).ok_or(TimeError::Overflow)?;
        let whole_days = whole_days + i128::from(carried.whole);
        #[allow(clippy::cast_precision_loss)]
        let day_nanos = Amount::from_float(rounded(carried.part * DAY_SECONDS as f64 * SECOND as f64))
            .ok_or(TimeError::Overflow)?;
        let mut sum = i128::from(day_nanos.whole);
        for (amount, size) in nanos {
            #[allow(clippy::cast_precision_loss)]
            let part = Amount::from_float(rounded(amount.part * *size as f64)).ok_or(TimeError::Overflow)?;
            sum += i128::from(amount.whole) * i128::from(*size) + i128::from(part.whole);
        }
        Self::new(
            i64::try_from(whole_months).map_err(|_| TimeError::Overflow)?,
            i64::try_from(whole_days).map_err(|_| TimeError::Overflow)?,
            sum,
        )
    }

    /// Seconds and nanoseconds together, in nanoseconds.
    pub fn nanos_in_seconds(&self) -> i128 {
        i128::from(self.seconds) * i128::from(SECOND) + i128::from(self.nanos)
    }

    /// Whole seconds, rounded toward zero.
    pub fn seconds_toward_zero(&self) -> i64 {
        if self.seconds < 0 && self.nanos > 0 { self.seconds + 1 } else { self.seconds }
    }

    /// About how long it is, in nanoseconds, for an order among amounts.
    pub fn length(&self) -> i128 {
        let seconds =
            i128::from(self.months) * i128::from(MONTH_SECONDS) + i128::from(self.days) * i128::from(DAY_SECONDS);
        seconds * i128::from(SECOND) + self.nanos_in_seconds()
    }

    /// Both together.
    pub fn plus(&self, other: &Self) -> Result<Self, TimeError> {
        Self::new(
            self.months.checked_add(other.months).ok_or(TimeError::Overflow)?,
            self.days.checked_add(other.days).ok_or(TimeError::Overflow)?,
            self.nanos_in_seconds() + other.nanos_in_seconds(),
        )
    }

    /// The other way.
    pub fn negated(&self) -> Result<Self, TimeError> {
        Self::new(
            self.months.checked_neg().ok_or(TimeError::Overflow)?,
            self.days.checked_neg().ok_or(TimeError::Overflow)?,
            -self.nanos_in_seconds(),
        )
    }

    /// So many times as long.
    #[allow(clippy::cast_precision_loss)] // A factor with a fraction is a float anyway.
    pub fn times(&self, factor: f64) -> Result<Self, TimeError> {
        let amount = |n: i64| Amount::from_float(n as f64 * factor).ok_or(TimeError::Overflow);
        let parts = [(amount(self.seconds)?, SECOND), (amount(self.nanos)?, 1)];
        Self::from_parts(&[(amount(self.months)?, 1)], &[(amount(self.days)?, 1)], &parts)
    }
}

/// The sum of amounts of whole units, and what is left of one.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
fn total(amounts: &[(Amount, i64)]) -> Result<(i128, f64), TimeError> {
    let mut whole = 0_i128;
    let mut part = 0.0;
    for (amount, size) in amounts {
        whole += i128::from(amount.whole) * i128::from(*size);
        part += amount.part * *size as f64;
    }
    let carried = Amount::from_float(part).ok_or(TimeError::Overflow)?;
    Ok((whole + i128::from(carried.whole), carried.part))
}

/// Nanoseconds without the dust of floats; a real half is left to be cut.
fn rounded(nanos: f64) -> f64 {
    (nanos + SLACK.copysign(nanos)).trunc()
}

impl fmt::Display for Duration {
    /// As ISO 8601 writes it, each part with its own sign: `P1Y-2M3DT-4H0.5S`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.nanos_in_seconds();
        if self.months == 0 && self.days == 0 && nanos == 0 {
            return f.write_str("PT0S");
        }
        f.write_str("P")?;
        for (value, unit) in [(self.months / 12, 'Y'), (self.months % 12, 'M'), (self.days, 'D')] {
            if value != 0 {
                write!(f, "{value}{unit}")?;
            }
        }
        if nanos == 0 {
            return Ok(());
        }
        f.write_str("T")?;
        let second = i128::from(SECOND);
        for (value, unit) in [(nanos / (3600 * second), 'H'), (nanos / (60 * second) % 60, 'M')] {
            if value != 0 {
                write!(f, "{value}{unit}")?;
            }
        }
        let rest = nanos % (60 * second);
        if rest != 0 {
            let sign = if rest < 0 { "-" } else { "" };
            write!(f, "{sign}{}", rest.abs() / second)?;
            if rest % second != 0 {
                let digits = format!("{:09}", rest.abs() % second);
                write!(f, ".{}", digits.trim_end_matches('0'))?;
            }
            f.write_str("S")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_go_down_to_the_next_unit() {
        let amount = |x| Amount::from_float(x).unwrap();
        let text = |m: &[(Amount, i64)], d: &[(Amount, i64)], n: &[(Amount, i64)]| {
            Duration::from_parts(m, d, n).unwrap().to_string()
        };
        assert_eq!(text(&[(amount(0.75), 1)], &[], &[]), "P22DT19H51M49.5S");
        assert_eq!(text(&[], &[(amount(0.1), 1)], &[]), "PT2H24M");
        assert_eq!(text(&[], &[(amount(0.7), 1)], &[]), "PT16H48M");
        assert_eq!(text(&[(amount(1.5), 12)], &[(amount(-2.5), 7)], &[]), "P1Y6M-17DT-12H");
        assert_eq!(text(&[], &[], &[(amount(-60.001), SECOND)]), "PT-1M-0.001S");
    }
}

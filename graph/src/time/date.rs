//! Days.

use std::fmt;

use super::calendar::{
    MAX_YEAR, civil, day_number, days_in_month, days_in_year, first_monday, week, weekday, weeks_in_year,
};
use super::{DAY_SECONDS, Duration, TimeError};

/// A day of the calendar, without a time or a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(i64);

fn check(value: i64, low: i64, high: i64, what: &'static str) -> Result<(), TimeError> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(TimeError::OutOfRange(value, what)) }
}

impl Date {
    /// From a day number; day 0 is 1970-01-01.
    pub fn from_days(days: i64) -> Result<Self, TimeError> {
        let low = day_number(-MAX_YEAR, 1, 1);
        let high = day_number(MAX_YEAR, 12, 31);
        if (low..=high).contains(&days) { Ok(Self(days)) } else { Err(TimeError::Overflow) }
    }

    /// From year, month and day.
    pub fn new(year: i64, month: i64, day: i64) -> Result<Self, TimeError> {
        check(year, -MAX_YEAR, MAX_YEAR, "year")?;
        check(month, 1, 12, "month")?;
        check(day, 1, days_in_month(year, month), "day")?;
        Ok(Self(day_number(year, month, day)))
    }

    /// From an ISO week and a day of it, Monday being 1.
    pub fn from_week(year: i64, week: i64, day: i64) -> Result<Self, TimeError> {
        check(year, -MAX_YEAR, MAX_YEAR, "year")?;
        check(week, 1, weeks_in_year(year), "week")?;
        check(day, 1, 7, "day of the week")?;
        Self::from_days(first_monday(year) + (week - 1) * 7 + day - 1)
    }

    /// From a quarter and a day of it.
    pub fn from_quarter(year: i64, quarter: i64, day: i64) -> Result<Self, TimeError> {
        check(year, -MAX_YEAR, MAX_YEAR, "year")?;
        check(quarter, 1, 4, "quarter")?;
        let first = quarter * 3 - 2;
        let length: i64 = (first..first + 3).map(|m| days_in_month(year, m)).sum();
        check(day, 1, length, "day of the quarter")?;
        Self::from_days(day_number(year, first, 1) + day - 1)
    }

    /// From a day of the year.
    pub fn from_ordinal(year: i64, day: i64) -> Result<Self, TimeError> {
        check(year, -MAX_YEAR, MAX_YEAR, "year")?;
        check(day, 1, days_in_year(year), "day of the year")?;
        Self::from_days(day_number(year, 1, 1) + day - 1)
    }

    /// The day number.
    pub fn days(self) -> i64 {
        self.0
    }

    /// Year, month and day.
    pub fn civil(self) -> (i64, i64, i64) {
        civil(self.0)
    }

    /// Week-numbering year and week.
    pub fn week(self) -> (i64, i64) {
        week(self.0)
    }

    /// Monday is 1.
    pub fn weekday(self) -> i64 {
        weekday(self.0)
    }

    /// The day of the year, from 1.
    pub fn ordinal(self) -> i64 {
        self.0 - day_number(self.civil().0, 1, 1) + 1
    }

    /// The quarter and the day of it, both from 1.
    pub fn quarter(self) -> (i64, i64) {
        let (year, month, _) = self.civil();
        let quarter = (month - 1) / 3 + 1;
        (quarter, self.0 - day_number(year, quarter * 3 - 2, 1) + 1)
    }

    /// The same day of another month; the last day of it where there is no such day.
    pub fn plus_months(self, months: i64) -> Result<Self, TimeError> {
        let (year, month, day) = self.civil();
        let total = (year * 12 + month - 1).checked_add(months).ok_or(TimeError::Overflow)?;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        if year.abs() > MAX_YEAR {
            return Err(TimeError::Overflow);
        }
        Ok(Self(day_number(year, month, day.min(days_in_month(year, month)))))
    }

    /// So many days later.
    pub fn plus_days(self, days: i64) -> Result<Self, TimeError> {
        Self::from_days(self.0.checked_add(days).ok_or(TimeError::Overflow)?)
    }

    /// Later by months, then days, then whole days of the rest.
    pub fn plus(self, amount: &Duration) -> Result<Self, TimeError> {
        let whole = amount.seconds_toward_zero() / DAY_SECONDS;
        self.plus_months(amount.months)?.plus_days(amount.days)?.plus_days(whole)
    }

    /// Whole months from this day to another.
    pub fn months_until(self, other: Self) -> i64 {
        let packed = |date: Self| {
            let (year, month, day) = date.civil();
            (year * 12 + month - 1) * 32 + day
        };
        (packed(other) - packed(self)) / 32
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        match year {
            10_000.. => write!(f, "+{year}")?,
            0..10_000 => write!(f, "{year:04}")?,
            _ => write!(f, "-{:04}", -year)?,
        }
        write!(f, "-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(Date::new(2023, 2, 29).is_err());
        assert!(Date::new(1900, 2, 29).is_err());
        assert!(Date::new(2000, 2, 29).is_ok());
        assert!(Date::from_week(2016, 53, 1).is_err());
        assert!(Date::from_ordinal(2015, 366).is_err());
        assert!(Date::from_quarter(2015, 1, 91).is_err());
        assert!(Date::new(MAX_YEAR, 12, 31).unwrap().plus_days(1).is_err());
    }

    #[test]
    fn a_month_later_ends_with_the_month() {
        let date = Date::new(2024, 1, 31).unwrap();
        assert_eq!(date.plus_months(1).unwrap().to_string(), "2024-02-29");
        assert_eq!(date.plus_months(-11).unwrap().to_string(), "2023-02-28");
        assert_eq!(Date::new(-5, 1, 1).unwrap().to_string(), "-0005-01-01");
        assert_eq!(Date::new(12345, 1, 1).unwrap().to_string(), "+12345-01-01");
    }
}

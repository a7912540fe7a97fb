//! Day numbers and civil dates. Day 0 is 1970-01-01.
//!
//! The conversions are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).

/// The largest year that can be held; the smallest is its negative.
pub const MAX_YEAR: i64 = 999_999_999;

/// The day number of a date of the proleptic Gregorian calendar.
pub fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day number.
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// 365 or 366.
pub fn days_in_year(year: i64) -> i64 {
    365 + i64::from(is_leap(year))
}

/// 28 to 31.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Monday is 1, Sunday is 7.
pub fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// The day number of the Monday of week 1: the week that holds 4 January.
pub fn first_monday(week_year: i64) -> i64 {
    let fourth = day_number(week_year, 1, 4);
    fourth - weekday(fourth) + 1
}

/// Week-numbering year and week of a day.
pub fn week(days: i64) -> (i64, i64) {
    let thursday = days - weekday(days) + 4;
    let (year, _, _) = civil(thursday);
    (year, (days - first_monday(year)).div_euclid(7) + 1)
}

/// 52 or 53.
pub fn weeks_in_year(week_year: i64) -> i64 {
    (first_monday(week_year + 1) - first_monday(week_year)) / 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        assert_eq!(day_number(1970, 1, 1), 0);
        assert_eq!(day_number(2000, 3, 1), 11_017);
        assert_eq!(week(day_number(2015, 12, 31)), (2015, 53));
        assert_eq!(week(day_number(2016, 1, 3)), (2015, 53));
        assert_eq!(weeks_in_year(2015), 53);
        assert_eq!(weekday(day_number(2026, 11, 25)), 3);
    }

    proptest! {
        #[test]
        fn days_come_back(days in -365_000_000_000_i64..365_000_000_000) {
            let (y, m, d) = civil(days);
            prop_assert_eq!(day_number(y, m, d), days);
            prop_assert!((1..=12).contains(&m) && d >= 1 && d <= days_in_month(y, m));
            let (next_year, next_month, next_day) = civil(days + 1);
            prop_assert!((next_year, next_month, next_day) > (y, m, d));
        }

        #[test]
        fn the_calendar_agrees_with_another(days in -4_371_000_i32..2_932_000) {
            let other = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days);
            let (y, m, d) = civil(i64::from(days));
            prop_assert_eq!((y, m, d), (i64::from(other.year()), i64::from(other.month()), i64::from(other.day())));
            let (week_year, week_number) = week(i64::from(days));
            let iso = other.iso_week_date();
            prop_assert_eq!((week_year, week_number), (i64::from(iso.year()), i64::from(iso.week())));
        }
    }
}

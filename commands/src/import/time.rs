//! Dates as the formats write them, taken as UTC.

use events::Timestamp;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month(name: &str) -> Option<u8> {
    let start = name.get(..3)?.to_lowercase();
    MONTHS.iter().position(|m| *m == start).and_then(|i| u8::try_from(i + 1).ok())
}

/// `1:56 pm` or `13:56`.
fn clock(text: &str) -> Option<(u8, u8)> {
    let lower = text.trim().to_lowercase();
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest, Some(0)),
        (_, Some(rest)) => (rest, Some(12)),
        _ => (lower.as_str(), None),
    };
    let (hour, minute) = digits.trim().split_once(':')?;
    let (hour, minute): (u8, u8) = (hour.trim().parse().ok()?, minute.trim().parse().ok()?);
    let hour = match half {
        Some(add) if (1..=12).contains(&hour) => hour % 12 + add,
        Some(_) => return None,
        None => hour,
    };
    (hour < 24 && minute < 60).then_some((hour, minute))
}

fn at(year: &str, month: u8, day: &str, time: (u8, u8)) -> Option<Timestamp> {
    let year: u16 = year.trim().parse().ok()?;
    let day: u8 = day.trim().trim_end_matches(',').parse().ok()?;
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:00Z", time.0, time.1))
}

/// RFC 3339, or a date and time without a zone.
pub(super) fn iso(text: &str, place: &dyn Fn() -> String) -> Result<Timestamp, super::ImportError> {
    Timestamp::parse(text.trim()).ok_or_else(|| super::damaged(place(), format!("`{text}` is not a time")))
}

/// `1:56 pm on 8 May, 2023`
pub(super) fn locomo(text: &str) -> Option<Timestamp> {
    let (time, date) = text.split_once(" on ")?;
    let mut parts = date.split_whitespace();
    let (day, month_name, year) = (parts.next()?, parts.next()?, parts.next()?);
    at(year, month(month_name)?, day, clock(time)?)
}

/// RFC 3339, `June 19, 2023 2:20pm`, `2023-06-19@14h20m11s` or `2023-6-19 @14h 20m 11s 5ms`.
pub(super) fn sillytavern(text: &str) -> Option<Timestamp> {
    if let Some(time) = Timestamp::parse(text.trim()) {
        return Some(time);
    }
    if let Some((date, time)) = text.split_once('@') {
        let mut date = date.trim().split('-');
        let (year, month, day) = (date.next()?, date.next()?.parse::<u8>().ok()?, date.next()?);
        let compact: String = time.split_whitespace().collect();
        let (hour, rest) = compact.split_once('h')?;
        let (minute, rest) = rest.split_once('m')?;
        let second: u8 = rest.split('s').next()?.parse().ok()?;
        let start = at(year, month, day, (hour.parse().ok()?, minute.parse().ok()?))?;
        return (second < 60).then(|| start.plus_seconds(i64::from(second)));
    }
    let mut parts = text.split_whitespace();
    let (month_name, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let time: String = parts.collect();
    at(year, month(month_name)?, day, clock(&time)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_date_is_understood() {
        let time = |text| Timestamp::parse(text);
        assert_eq!(locomo("1:56 pm on 8 May, 2023"), time("2023-05-08T13:56:00Z"));
        assert_eq!(locomo("12:09 am on 13 September, 2023"), time("2023-09-13T00:09:00Z"));
        assert_eq!(sillytavern("June 19, 2023 2:20pm"), time("2023-06-19T14:20:00Z"));
        assert_eq!(sillytavern("2023-06-19@14h20m11s"), time("2023-06-19T14:20:11Z"));
        assert_eq!(sillytavern("2023-6-9 @14h 20m 11s 512ms"), time("2023-06-09T14:20:11Z"));
        assert_eq!(sillytavern("2023-06-19T14:20:11Z"), time("2023-06-19T14:20:11Z"));
        for bad in ["", "soon", "13:70 on 8 May, 2023", "1:56 pm on 40 May, 2023", "13:56 pm on 8 May, 2023"] {
            assert_eq!(locomo(bad), None, "{bad}");
        }
    }
}

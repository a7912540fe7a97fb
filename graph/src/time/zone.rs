//! Offsets and named zones.

use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::calendar::civil as civil_date;
use super::{DAY_SECONDS, LocalDateTime, SECOND, TimeError};

/// Where a clock stands: a fixed offset, or a place whose offset changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of UTC.
    Offset(i32),
    /// A name of the tz database.
    Named(Arc<str>),
}

impl Zone {
    /// Reads `Z`, `+01`, `+0100`, `+01:00`, `+01:00:30` or a name such as `Europe/Lisbon`.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        match offset(text) {
            Some(seconds) => Ok(Self::Offset(seconds)),
            None => {
                let zone = find(text)?;
                Ok(Self::Named(zone.iana_name().unwrap_or(text).into()))
            }
        }
    }

    /// What the clock of this zone is off from UTC when it shows `local`, and what it really shows: a time that was left
    /// out in spring is moved on by the gap; of a time that came twice in autumn the first is meant.
    pub fn resolve(&self, local: LocalDateTime) -> Result<(LocalDateTime, i32), TimeError> {
        let name = match self {
            Self::Offset(seconds) => return Ok((local, *seconds)),
            Self::Named(name) => name,
        };
        let zone = find(name)?;
        let date_time = near(local)?;
        let found = zone.to_ambiguous_zoned_datetime(date_time).compatible().map_err(|_| TimeError::Overflow)?;
        let moved = found.datetime().duration_since(date_time).as_secs();
        Ok((local.plus_seconds(moved)?, found.offset().seconds()))
    }

    /// The offset of this zone at a moment of UTC.
    pub fn offset_at(&self, utc: LocalDateTime) -> Result<i32, TimeError> {
        let name = match self {
            Self::Offset(seconds) => return Ok(*seconds),
            Self::Named(name) => name,
        };
        let date_time = near(utc)?;
        let moment = TimeZone::UTC.to_timestamp(date_time).map_err(|_| TimeError::Overflow)?;
        Ok(find(name)?.to_offset(moment).seconds())
    }
}

fn find(name: &str) -> Result<TimeZone, TimeError> {
    // A posix rule or an offset in odd writing is no name.
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'));
    if !plain || !name.chars().next().is_some_and(|c| c.is_ascii_alphabetic()) {
        return Err(TimeError::NoSuchZone(name.to_owned()));
    }
    static TABLE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    TABLE.get(name).map_err(|_| TimeError::NoSuchZone(name.to_owned()))
}

/// A date and time that the tz database can be asked about. Rules repeat with the calendar every 400 years, so a year
/// beyond its range is moved by such cycles.
fn near(local: LocalDateTime) -> Result<civil::DateTime, TimeError> {
    const EDGE: i64 = 9_000;
    let (year, month, day) = civil_date(local.date.days());
    let moved = match year {
        y if y > EDGE => (EDGE - y).div_euclid(400) * 400,
        y if y < -EDGE => (-EDGE - y + 399).div_euclid(400) * 400,
        _ => 0,
    };
    let (hour, minute, second, nano) = local.time.parts();
    let small = |n: i64| i8::try_from(n).map_err(|_| TimeError::Overflow);
    let date_time = civil::DateTime::new(
        i16::try_from(year + moved).map_err(|_| TimeError::Overflow)?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        i32::try_from(nano).map_err(|_| TimeError::Overflow)?,
    );
    date_time.map_err(|_| TimeError::Overflow)
}

/// Largest offset, in seconds.
const FARTHEST: i64 = 18 * 3600;

/// Reads an offset: the seconds, when it is one.
fn offset(text: &str) -> Option<i32> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let colons = rest.contains(':');
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4 | 6) {
        return None;
    }
    let groups = rest.split(':').map(str::len).collect::<Vec<_>>();
    if colons && (groups.iter().any(|n| *n != 2)) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).and_then(|d| d.parse::<i64>().ok()).unwrap_or(0);
    let (hours, minutes, seconds) = (part(0), part(2), part(4));
    let total = hours * 3600 + minutes * 60 + seconds;
    (minutes < 60 && seconds < 60 && total <= FARTHEST).then(|| i32::try_from(sign * total).ok()).flatten()
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(0) => f.write_str("Z"),
            Self::Offset(seconds) => {
                let (sign, total) = if *seconds < 0 { ('-', -seconds) } else { ('+', *seconds) };
                write!(f, "{sign}{:02}:{:02}", total / 3600, total / 60 % 60)?;
                if total % 60 == 0 { Ok(()) } else { write!(f, ":{:02}", total % 60) }
            }
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Seconds and nanoseconds since 1970 as days and nanoseconds of the day.
pub fn split(nanos: i128) -> Result<(i64, i64), TimeError> {
    let day = i128::from(DAY_SECONDS) * i128::from(SECOND);
    let days = i64::try_from(nanos.div_euclid(day)).map_err(|_| TimeError::Overflow)?;
    let rest = i64::try_from(nanos.rem_euclid(day)).map_err(|_| TimeError::Overflow)?;
    Ok((days, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_in_every_form() {
        for (text, seconds) in [("Z", 0), ("+01", 3600), ("-0130", -5400), ("+02:05:59", 7559), ("+020559", 7559)] {
            assert_eq!(Zone::parse(text), Ok(Zone::Offset(seconds)), "{text}");
        }
        for text in ["+1", "+25:00", "+01:60", "+0:100", "Nowhere/Town", "", "+", "CET-1CEST"] {
            assert!(Zone::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_clock_changes_twice_a_year() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let at = |text: &str| zone.resolve(super::super::local_date_time(text).unwrap()).unwrap();
        assert_eq!(at("2017-03-26T02:30"), (super::super::local_date_time("2017-03-26T03:30").unwrap(), 7200));
        assert_eq!(at("2017-10-29T02:30").1, 7200);
        assert_eq!(at("+300000-07-01T12:00").1, 7200);
    }
}

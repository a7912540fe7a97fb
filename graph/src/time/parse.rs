//! Reading times in the forms of ISO 8601 that openCypher names, with and without separators.

use super::{Amount, Date, DateTime, Duration, LocalDateTime, LocalTime, SECOND, Time, TimeError, Zone};

fn unreadable(text: &str, what: &'static str) -> TimeError {
    TimeError::Unreadable(text.chars().take(60).collect(), what)
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Reads a day: `2015-07-21`, `20150721`, `2015-07`, `2015-W30-2`, `2015-Q3-21`, `2015-202`, `2015`, with a sign for years
/// of more than four digits.
pub fn date(text: &str) -> Result<Date, TimeError> {
    date_parts(text).ok_or_else(|| unreadable(text, "date"))?
}

fn date_parts(text: &str) -> Option<Result<Date, TimeError>> {
    if !text.is_ascii() {
        return None;
    }
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (Some(1), &text[1..]),
        b'-' => (Some(-1), &text[1..]),
        _ => (None, text),
    };
    let length = match sign {
        Some(_) => digits.bytes().take_while(u8::is_ascii_digit).count(),
        None => 4,
    };
    let year = number(digits.get(..length)?)? * sign.unwrap_or(1);
    let rest = &digits[length..];
    let dashed = rest.starts_with('-');
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    if rest.is_empty() {
        return (!dashed).then(|| Date::new(year, 1, 1));
    }
    if let Some(rest) = rest.strip_prefix('W') {
        let week = number(rest.get(..2)?)?;
        return Some(match tail(&rest[2..], dashed)? {
            "" => Date::from_week(year, week, 1),
            day if day.len() == 1 => Date::from_week(year, week, number(day)?),
            _ => return None,
        });
    }
    if let Some(rest) = rest.strip_prefix('Q') {
        let quarter = number(rest.get(..1)?)?;
        return Some(match tail(&rest[1..], dashed)? {
            "" => Date::from_quarter(year, quarter, 1),
            day if day.len() == 2 => Date::from_quarter(year, quarter, number(day)?),
            _ => return None,
        });
    }
    Some(match rest.len() {
        2 => Date::new(year, number(rest)?, 1),
        3 => Date::from_ordinal(year, number(rest)?),
        4 if !dashed => Date::new(year, number(&rest[..2])?, number(&rest[2..])?),
        5 if dashed && rest.as_bytes()[2] == b'-' => Date::new(year, number(&rest[..2])?, number(&rest[3..])?),
        _ => return None,
    })
}

/// What follows a week or a quarter: with a dash exactly when the year was followed by one.
fn tail(rest: &str, dashed: bool) -> Option<&str> {
    if rest.is_empty() {
        Some("")
    } else if dashed {
        rest.strip_prefix('-')
    } else {
        Some(rest)
    }
}

/// Reads a time of day: `21:40:32.142`, `214032.142`, `21:40`, `2140`, `21`.
pub fn local_time(text: &str) -> Result<LocalTime, TimeError> {
    time_parts(text.strip_prefix('T').unwrap_or(text)).ok_or_else(|| unreadable(text, "time"))?
}

fn time_parts(text: &str) -> Option<Result<LocalTime, TimeError>> {
    if !text.is_ascii() {
        return None;
    }
    let (clock, fraction) = match text.find(['.', ',']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = if clock.contains(':') {
        clock.split(':').collect()
    } else {
        (0..clock.len()).step_by(2).map(|at| clock.get(at..at + 2).unwrap_or("")).collect()
    };
    if parts.is_empty() || parts.len() > 3 || parts.iter().any(|p| p.len() != 2) {
        return None;
    }
    let part = |at: usize| parts.get(at).map_or(Some(0), |p| number(p));
    let nano = match fraction {
        None => 0,
        Some(_) if parts.len() != 3 => return None,
        Some(digits) if digits.len() > 9 => return None,
        Some(digits) => number(digits)? * 10_i64.pow(u32::try_from(9 - digits.len()).ok()?),
    };
    Some(LocalTime::new(part(0)?, part(1)?, part(2)?, nano))
}

/// Splits what the clock shows from the zone behind it.
fn zone_of(text: &str) -> Result<(&str, Option<Zone>, Option<Zone>), TimeError> {
    let (text, named) = match text.strip_suffix(']').and_then(|t| t.split_once('[')) {
        Some((before, name)) => (before, Some(Zone::parse(name)?)),
        None => (text, None),
    };
    match text.find(['Z', 'z', '+', '-']) {
        Some(at) => Ok((&text[..at], Some(Zone::parse(&text[at..])?), named)),
        None => Ok((text, None, named)),
    }
}

/// Reads a time of day with an offset; `default` serves where there is none.
pub fn time(text: &str, default: i32) -> Result<Time, TimeError> {
    let (clock, offset, named) = zone_of(text)?;
    let local = local_time(clock).map_err(|_| unreadable(text, "time"))?;
    match (offset, named) {
        (Some(Zone::Offset(offset)), None) => Ok(Time { local, offset }),
        (None, None) => Ok(Time { local, offset: default }),
        _ => Err(unreadable(text, "time")),
    }
}

/// Reads a day and a time, joined by `T`; a day alone is its midnight.
pub fn local_date_time(text: &str) -> Result<LocalDateTime, TimeError> {
    let wrong = || unreadable(text, "date and time");
    let (day, clock) = text.split_once('T').map_or((text, None), |(d, t)| (d, Some(t)));
    let date = date_parts(day).ok_or_else(wrong)??;
    let time = match clock {
        None => LocalTime::MIDNIGHT,
        Some(clock) => time_parts(clock).ok_or_else(wrong)??,
    };
    Ok(LocalDateTime { date, time })
}

/// Reads a moment: a day and a time with an offset, a zone in brackets, or both; `default` serves where there is none.
pub fn date_time(text: &str, default: &Zone) -> Result<DateTime, TimeError> {
    let (day, rest) = match text.split_once('T') {
        Some((day, rest)) => (day, rest),
        None => match text.split_once('[') {
            Some((day, _)) => (day, &text[day.len()..]),
            None => (text, ""),
        },
    };
    let (clock, offset, named) = zone_of(rest)?;
    let local = if clock.is_empty() && !text.contains('T') {
        LocalDateTime { date: date(day)?, time: LocalTime::MIDNIGHT }
    } else {
        local_date_time(&format!("{day}T{clock}")).map_err(|e| match e {
            TimeError::Unreadable(..) => unreadable(text, "date and time"),
            other => other,
        })?
    };
    match (offset, named) {
        (Some(offset), Some(zone)) => DateTime::new(local, offset)?.at_zone(zone),
        (Some(zone), None) | (None, Some(zone)) => DateTime::new(local, zone),
        (None, None) => DateTime::new(local, default.clone()),
    }
}

/// Reads an amount: `P1Y2M3W4DT5H6M7.8S` with signs and fractions at any part, or `P2012-02-02T14:37:21.545`.
pub fn duration(text: &str) -> Result<Duration, TimeError> {
    let wrong = || unreadable(text, "duration");
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let body = body.strip_prefix('P').ok_or_else(wrong)?;
    let read = match dated_duration(body) {
        Some(read) => read,
        None => unit_duration(body).ok_or_else(wrong)??,
    };
    if negative { read.negated() } else { Ok(read) }
}

/// The form with dashes and colons.
fn dated_duration(body: &str) -> Option<Duration> {
    let (day, clock) = body.split_once('T').map_or((body, ""), |(d, c)| (d, c));
    if !day.is_ascii() || day.len() != 10 || day.as_bytes()[4] != b'-' || day.as_bytes()[7] != b'-' {
        return None;
    }
    let (year, month, days) = (number(&day[..4])?, number(&day[5..7])?, number(&day[8..])?);
    let nanos = if clock.is_empty() { 0 } else { time_parts(clock)?.ok()?.nanos() };
    Duration::new(year * 12 + month, days, i128::from(nanos)).ok()
}

/// The form with units.
fn unit_duration(body: &str) -> Option<Result<Duration, TimeError>> {
    let (day, clock) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((day, clock)) => (day, clock),
        None => (body, ""),
    };
    if day.is_empty() && clock.is_empty() {
        return None;
    }
    let day = units(day, &['Y', 'M', 'W', 'D'])?;
    let clock = units(clock, &['H', 'M', 'S'])?;
    let months = [(day[0], 12), (day[1], 1)];
    let days = [(day[2], 7), (day[3], 1)];
    let seconds = [(clock[0], 3600 * SECOND), (clock[1], 60 * SECOND), (clock[2], SECOND)];
    Some(Duration::from_parts(&months, &days, &seconds))
}

/// Amounts before these letters, in their order, each at most once.
fn units(mut text: &str, letters: &[char]) -> Option<Vec<Amount>> {
    let mut found = vec![Amount::default(); letters.len()];
    let mut next = 0;
    while !text.is_empty() {
        let at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let letter = text[at..].chars().next()?;
        let place = next + letters[next..].iter().position(|l| *l == letter)?;
        found[place] = amount(&text[..at])?;
        next = place + 1;
        text = &text[at + 1..];
    }
    Some(found)
}

fn amount(text: &str) -> Option<Amount> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = match digits.find(['.', ',']) {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits, "0"),
    };
    let whole = if whole.is_empty() && !part.is_empty() { 0 } else { number(whole)? };
    if !part.bytes().all(|b| b.is_ascii_digit()) || part.is_empty() {
        return None;
    }
    let part: f64 = format!("0.{part}").parse().ok()?;
    Some(if negative { Amount { whole: -whole, part: -part } } else { Amount { whole, part } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_are_read_in_every_form() {
        for (text, day) in [
            ("2015-07-21", "2015-07-21"),
            ("20150721", "2015-07-21"),
            ("2015-07", "2015-07-01"),
            ("201507", "2015-07-01"),
            ("2015-W30-2", "2015-07-21"),
            ("2015W302", "2015-07-21"),
            ("2015W30", "2015-07-20"),
            ("2015-Q3-21", "2015-07-21"),
            ("2015Q321", "2015-07-21"),
            ("2015-202", "2015-07-21"),
            ("2015202", "2015-07-21"),
            ("2015", "2015-01-01"),
            ("-0044-03-15", "-0044-03-15"),
            ("+123456-01-01", "+123456-01-01"),
        ] {
            assert_eq!(date(text).unwrap().to_string(), day, "{text}");
        }
        for text in
            ["", "15-07-21", "2015-7-21", "2015-13-01", "2015-", "2015-W54", "20150", "2015-07-21T", "２０１５"]
        {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_read_with_offset_and_zone() {
        let text = |t: &str| date_time(t, &Zone::Offset(0)).unwrap().to_string();
        assert_eq!(text("2015-07-21T21:40:32.142+0100"), "2015-07-21T21:40:32.142+01:00");
        assert_eq!(text("2015-07-21T21:40[Europe/London]"), "2015-07-21T21:40+01:00[Europe/London]");
        assert_eq!(text("20150721T2140-02"), "2015-07-21T21:40-02:00");
        assert_eq!(text("2015-07-21"), "2015-07-21T00:00Z");
        assert_eq!(time("214032.142Z", 60).unwrap().to_string(), "21:40:32.142Z");
    }

    #[test]
    fn amounts_are_read_in_every_form() {
        let text = |t: &str| duration(t).unwrap().to_string();
        assert_eq!(text("P14DT16H12M"), "P14DT16H12M");
        assert_eq!(text("P0.75M"), "P22DT19H51M49.5S");
        assert_eq!(text("P2.5W"), "P17DT12H");
        assert_eq!(text("P2012-02-02T14:37:21.545"), "P2012Y2M2DT14H37M21.545S");
        assert_eq!(text("-P1DT-0.000000001S"), "P-1DT0.000000001S");
        for bad in ["", "P", "PT", "P1", "1D", "P1DT", "P1H", "PT1D", "P1D2D", "P--1D"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[-+0-9TZWQPYMDHS:.,\\[\\]/a-zé]{0,30}") {
            let _ = date(&text);
            let _ = local_time(&text);
            let _ = time(&text, 0);
            let _ = local_date_time(&text);
            let _ = date_time(&text, &Zone::Offset(0));
            let _ = duration(&text);
        }

        #[test]
        fn what_is_written_is_read_again(nanos in -9_000_000_000_000_000_000_i128..9_000_000_000_000_000_000, offset in -64_000_i32..64_000) {
            let moment = DateTime::from_instant(nanos, Zone::Offset(offset)).unwrap();
            prop_assert_eq!(date_time(&moment.to_string(), &Zone::Offset(1)).unwrap(), moment.clone());
            prop_assert_eq!(local_date_time(&moment.local.to_string()).unwrap(), moment.local);
            let amount = Duration::new(nanos as i64 % 1000, i64::from(offset), nanos).unwrap();
            prop_assert_eq!(duration(&amount.to_string()).unwrap(), amount);
        }
    }
}

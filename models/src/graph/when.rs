//! Since when and until when, as a sentence says it, relative to the day of the message.

use events::Timestamp;
use jiff::civil::Date;
use jiff::{Span, Timestamp as Instant, tz::TimeZone};

use super::lexicon::Words;
use super::token::Token;

/// What a sentence says about time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct When {
    /// A moment, to the day.
    pub at: Option<Timestamp>,
    /// Since when.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
}

fn day(date: Date) -> Option<Timestamp> {
    let instant = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    Some(Timestamp(instant.as_microsecond()))
}

fn date(at: Timestamp) -> Option<Date> {
    Some(TimeZone::UTC.to_datetime(Instant::from_microsecond(at.0).ok()?).date())
}

fn year(word: &str) -> Option<i16> {
    let year: i16 = word.parse().ok()?;
    (1900..2200).contains(&year).then_some(year)
}

fn january(year: i16) -> Option<Timestamp> {
    day(Date::new(year, 1, 1).ok()?)
}

const ENGLISH_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const GERMAN_MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
];

/// The number of a month's name.
pub(super) fn month(word: &str) -> Option<i8> {
    let find = |all: &[&str; 12]| all.iter().position(|m| *m == word);
    let at = find(&ENGLISH_MONTHS).or_else(|| find(&GERMAN_MONTHS))?;
    i8::try_from(at + 1).ok()
}

fn season(word: &str) -> Option<i8> {
    Some(match word {
        "spring" | "frühling" | "frühjahr" => 3,
        "summer" | "sommer" => 6,
        "autumn" | "fall" | "herbst" => 9,
        "winter" => 12,
        _ => return None,
    })
}

/// What a number word or a numeral means, up to 120.
pub(super) fn number(word: &str) -> Option<u32> {
    const ENGLISH: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    const GERMAN: [&str; 21] = [
        "null",
        "eins",
        "zwei",
        "drei",
        "vier",
        "fünf",
        "sechs",
        "sieben",
        "acht",
        "neun",
        "zehn",
        "elf",
        "zwölf",
        "dreizehn",
        "vierzehn",
        "fünfzehn",
        "sechzehn",
        "siebzehn",
        "achtzehn",
        "neunzehn",
        "zwanzig",
    ];
    const TENS: [(&str, u32); 16] = [
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("fifty", 50),
        ("sixty", 60),
        ("seventy", 70),
        ("eighty", 80),
        ("ninety", 90),
        ("zwanzig", 20),
        ("dreißig", 30),
        ("vierzig", 40),
        ("fünfzig", 50),
        ("sechzig", 60),
        ("siebzig", 70),
        ("achtzig", 80),
        ("neunzig", 90),
    ];
    if let Ok(n) = word.parse::<u32>() {
        return (n <= 120).then_some(n);
    }
    let find = |all: &[&str; 21], word: &str| all.iter().position(|w| *w == word).and_then(|n| u32::try_from(n).ok());
    let tens = |word: &str| TENS.iter().find(|(w, _)| *w == word).map(|(_, n)| *n);
    if let Some(n) = find(&ENGLISH, word).or_else(|| find(&GERMAN, word)).or_else(|| tens(word)) {
        return Some(n);
    }
    if let Some((ten, one)) = word.split_once('-') {
        return Some(tens(ten)? + find(&ENGLISH, one).filter(|n| *n < 10)?);
    }
    let (one, ten) = word.split_once("und")?;
    let one = if one == "ein" { 1 } else { find(&GERMAN, one).filter(|n| *n < 10)? };
    Some(tens(ten)? + one)
}

fn count(word: &str) -> Option<i64> {
    match word {
        "a" | "an" | "one" | "einem" | "einer" | "ein" | "eine" => Some(1),
        "couple" => Some(2),
        "few" | "paar" => Some(3),
        other => number(other).map(i64::from),
    }
}

fn back(today: Date, n: i64, unit: &str) -> Option<Timestamp> {
    let span = if unit.starts_with("day") || unit.starts_with("tag") {
        Span::new().days(n)
    } else if unit.starts_with("week") || unit.starts_with("woche") {
        Span::new().weeks(n)
    } else if unit.starts_with("month") || unit.starts_with("monat") {
        Span::new().months(n)
    } else if unit.starts_with("year") || unit.starts_with("jahr") {
        Span::new().years(n)
    } else {
        return None;
    };
    day(today.checked_sub(span).ok()?)
}

/// The first day of the last such month that had begun.
fn last_month(today: Date, month: i8) -> Option<Timestamp> {
    let year = if month <= today.month() { today.year() } else { today.year() - 1 };
    day(Date::new(year, month, 1).ok()?)
}

/// `last May`: of the year before when this year's is the present one.
fn named(today: Date, word: &str, last: bool) -> Option<Timestamp> {
    let month = month(word).or_else(|| season(word))?;
    if last && month == today.month() {
        return day(Date::new(today.year() - 1, month, 1).ok()?);
    }
    last_month(today, month)
}

/// What a sentence says about time.
pub(super) fn when(words: &Words, tokens: &[Token], said_at: Timestamp) -> When {
    let Some(today) = date(said_at) else { return When::default() };
    let mut when = When::default();
    let lower = |at: usize| tokens.get(at).map_or("", |t| t.lower.as_str());
    for at in 0..tokens.len() {
        let (word, next, third) = (lower(at), lower(at + 1), lower(at + 2));
        match word {
            "yesterday" | "gestern" => when.at = back(today, 1, "day"),
            "today" | "heute" => when.at = day(today),
            "since" | "seit" => {
                let duration = count(next).and_then(|n| back(today, n, third));
                let moment = year(next).and_then(january).or_else(|| named(today, next, false));
                when.from = when.from.or(duration).or(moment);
            }
            "for" => when.from = when.from.or(count(next).and_then(|n| back(today, n, third))),
            "vor" => when.at = when.at.or(count(next).and_then(|n| back(today, n, third))),
            "ago" if at >= 2 => {
                when.at = when.at.or(count(lower(at - 2)).and_then(|n| back(today, n, lower(at - 1))));
            }
            "last" | "letzten" | "letzte" | "letztes" | "letzter" | "vorige" | "voriges" => {
                let moment = named(today, next, true).or_else(|| match next {
                    "night" => back(today, 1, "day"),
                    "weekend" | "wochenende" => back(today, 1, "week"),
                    unit => back(today, 1, unit),
                });
                when.at = when.at.or(moment);
            }
            "in" | "im" => {
                let moment = year(next).and_then(january).or_else(|| {
                    let month = named(today, next, false)?;
                    match year(third) {
                        Some(year) => day(Date::new(year, self::month(next).or_else(|| season(next))?, 1).ok()?),
                        None => Some(month),
                    }
                });
                when.at = when.at.or(moment);
            }
            "from" | "von" if year(next).is_some() && matches!(third, "to" | "until" | "bis") => {
                when.from = year(next).and_then(january);
                when.until = year(lower(at + 3)).and_then(january);
            }
            "until" | "till" | "bis" => {
                when.until = when.until.or(year(next).and_then(january)).or_else(|| named(today, next, false));
            }
            // `sind 2020 nach Leipzig gezogen`
            _ if words.free_order && at > 0 && year(word).is_some() => {
                when.at = when.at.or(year(word).and_then(january))
            }
            _ => {}
        }
    }
    when
}

#[cfg(test)]
mod tests {
    use super::super::{lexicon, token};
    use super::*;

    fn said(text: &str, language: &str) -> [Option<String>; 3] {
        let now = Timestamp::parse("2026-11-25").unwrap();
        let sentence = &token::sentences(text)[0];
        let when = when(lexicon::words(language), &sentence.tokens, now);
        [when.at, when.from, when.until].map(|t| t.map(|t| t.to_string()[..10].to_owned()))
    }

    #[test]
    fn times_are_told_from_the_day_of_the_message() {
        let one = |text: &str| said(text, "en")[0].clone().unwrap_or_default();
        assert_eq!(one("Anna moved to Porto last May"), "2026-05-01");
        assert_eq!(one("we met in December"), "2025-12-01");
        assert_eq!(one("we moved in 2019"), "2019-01-01");
        assert_eq!(one("we broke up two weeks ago"), "2026-11-11");
        assert_eq!(one("I sold it yesterday"), "2026-11-24");
        assert_eq!(
            said("I lived there from 2010 to 2014", "en")[1..],
            [Some("2010-01-01".into()), Some("2014-01-01".into())]
        );
        assert_eq!(said("I've lived there for ten years", "en")[1].as_deref(), Some("2016-11-25"));
        assert_eq!(said("Seit März wohne ich dort", "de")[1].as_deref(), Some("2026-03-01"));
        assert_eq!(said("Wir sind 2020 nach Leipzig gezogen", "de")[0].as_deref(), Some("2020-01-01"));
    }

    #[test]
    fn numbers_have_words() {
        for (word, n) in [("seven", 7), ("forty-two", 42), ("91", 91), ("einundzwanzig", 21), ("forty", 40)] {
            assert_eq!(number(word), Some(n), "{word}");
        }
        assert_eq!(number("many"), None);
    }
}

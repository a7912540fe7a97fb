//! The days that a question speaks of, in several languages.
//!
//! "in May 2023", "7.5.2023", "5月7日", "yesterday", "vor zwei Wochen", "la semana pasada". A day only ever makes what was
//! said near it a little more likely: people remember dates wrongly. Nothing is guessed: a text without a date gives none,
//! and what is relative to today is left alone where the day of the question is not known.

mod phrases;
#[cfg(test)]
mod tests;

use events::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use phrases::{Unit, ago, month, number, relative, unit, weekday};

/// A span of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub until: Date,
}

/// A calendar date of which parts may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Partial {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dates {
    partial: Vec<Partial>,
    spans: Vec<Days>,
}

/// The UTC day of a time.
fn day(at: Timestamp) -> Option<Date> {
    let time = jiff::Timestamp::from_microsecond(at.0).ok()?;
    Some(time.to_zoned_datetime(TimeZone::UTC).date())
}

/// Lower-case words and numbers; signs stand alone, and writings without spaces are cut at every digit.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut kind = ' ';
    for c in text.to_lowercase().chars() {
        let now = match c {
            '0'..='9' => '0',
            c if c.is_alphanumeric() || ('\u{900}'..='\u{97f}').contains(&c) => 'a',
            '.' | '-' | '/' => '.',
            _ => ' ',
        };
        match tokens.last_mut() {
            Some(last) if now == kind && now != '.' && now != ' ' => last.push(c),
            _ if now != ' ' => tokens.push(c.to_string()),
            _ => {}
        }
        kind = now;
    }
    tokens
}

fn date(year: u16, month: u16, day: u16) -> Option<Date> {
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

impl Dates {
    /// The days a text speaks of; relative ones are counted from the day it was said.
    pub fn in_text(text: &str, said_at: Option<Timestamp>) -> Self {
        let tokens = tokens(text);
        let mut found = Self::default();
        found.numeric(&tokens);
        found.ideographic(text);
        found.named(text, &tokens);
        if let Some(today) = said_at.and_then(day) {
            found.relative(text, &tokens, today);
        }
        found
    }

    /// Whether no day is spoken of.
    pub fn is_empty(&self) -> bool {
        self.partial.is_empty() && self.spans.is_empty()
    }

    /// How well a time fits, from 0 to 1.25: a quarter for the year, a half for the month, a half for the day.
    pub(super) fn closeness(&self, at: Timestamp) -> f32 {
        if self.is_empty() {
            return 0.0;
        }
        let Some(day) = day(at) else { return 0.0 };
        let partial = self.partial.iter().map(|p| {
            let year = p.year == Some(day.year());
            let month = p.month == Some(day.month());
            0.25 * f32::from(u8::from(year))
                + 0.5 * f32::from(u8::from(month))
                + 0.5 * f32::from(u8::from(month && p.day == Some(day.day())))
        });
        let spans = self.spans.iter().map(|s| if s.from <= day && day <= s.until { 1.0 } else { 0.0 });
        partial.chain(spans).fold(0.0, f32::max)
    }

    /// `2023-05-07`, `7.5.2023`, `2023`.
    fn numeric(&mut self, tokens: &[String]) {
        let number = |n: usize| tokens.get(n).and_then(|t| t.parse::<u16>().ok());
        let sign = |n: usize| tokens.get(n).is_some_and(|t| matches!(t.as_str(), "." | "-" | "/"));
        let mut n = 0;
        while n < tokens.len() {
            let three = (sign(n + 1) && sign(n + 3)).then(|| [number(n), number(n + 2), number(n + 4)]);
            let date = match three {
                Some([Some(y), Some(m), Some(d)]) if y > 1_900 => date(y, m, d),
                Some([Some(d), Some(m), Some(y)]) if y > 1_900 => date(y, m, d),
                _ => None,
            };
            if let Some(date) = date {
                self.partial.push(Partial {
                    year: Some(date.year()),
                    month: Some(date.month()),
                    day: Some(date.day()),
                });
                n += 5;
                continue;
            }
            if let Some(year) = number(n).filter(|y| (1_900..2_200).contains(y)) {
                self.partial.push(Partial { year: Some(year as i16), ..Partial::default() });
            }
            n += 1;
        }
    }

    /// `2023年5月7日`.
    fn ideographic(&mut self, text: &str) {
        let before = |sign: char| {
            let (head, _) = text.split_once(sign)?;
            let digits: String = head.chars().rev().take_while(char::is_ascii_digit).collect();
            digits.chars().rev().collect::<String>().parse::<i16>().ok()
        };
        let month = before('月').filter(|m| (1..=12).contains(m)).map(|m| m as i8);
        let day = before('日').filter(|d| (1..=31).contains(d)).map(|d| d as i8);
        if month.is_some() {
            self.partial.push(Partial { year: before('年').filter(|y| *y > 1_900), month, day });
        }
    }

    /// `7 May 2023`, `May 7th`, `im Mai`. `may` in lower case is a verb.
    fn named(&mut self, text: &str, tokens: &[String]) {
        let year = self.partial.iter().find_map(|p| p.year);
        for (n, token) in tokens.iter().enumerate() {
            let Some(month) = month(token) else { continue };
            if (token == "may" && !text.contains("May") && !text.contains("MAY"))
                || (token == "mars" && text.contains("Mars"))
            {
                continue;
            }
            let near = [n.checked_sub(1), n.checked_sub(2), Some(n + 1), n.checked_sub(3), Some(n + 2)];
            let is_filler = |t: &String| matches!(t.as_str(), "." | "of" | "de" | "the" | "th" | "st" | "nd" | "rd");
            let mut day = None;
            for at in near.into_iter().flatten() {
                let between = if at < n { tokens.get(at + 1..n) } else { tokens.get(n + 1..at) };
                let reached = between.is_some_and(|b| b.iter().all(is_filler));
                let number = tokens.get(at).and_then(|t| t.parse::<i8>().ok()).filter(|d| (1..=31).contains(d));
                if day.is_none() && reached {
                    day = number;
                }
            }
            self.partial.push(Partial { year, month: Some(month), day });
        }
    }

    fn relative(&mut self, text: &str, tokens: &[String], today: Date) {
        let lower = text.to_lowercase();
        for (unit, offset) in relative(&lower) {
            self.spans.extend(span(today, unit, offset));
        }
        let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
        for (n, window) in words.windows(2).enumerate() {
            let [count, of] = window else { continue };
            let Some((count, unit)) = number(count).zip(unit(of)) else { continue };
            let before = n.checked_sub(1).and_then(|n| words.get(n));
            if ago(words.get(n + 2).copied(), before.copied(), of) {
                self.spans.extend(span(today, unit, -count));
            }
        }
        for word in &words {
            if let Some(weekday) = weekday(word) {
                // The last one before today.
                let back = (today.weekday().to_monday_zero_offset() - weekday).rem_euclid(7);
                let days = if back == 0 { 7 } else { i64::from(back) };
                self.spans.extend(span(today, Unit::Day, -days));
            }
        }
    }
}

/// The calendar unit so many units from today, a day wider at either end for short ones.
fn span(today: Date, unit: Unit, offset: i64) -> Option<Days> {
    let moved = |by: Span| today.checked_add(by).ok();
    let (from, until) = match unit {
        Unit::Day => {
            let day = moved(offset.days())?;
            (day, day)
        }
        Unit::Week => {
            let day = moved(offset.weeks())?;
            let back = i64::from(day.weekday().to_monday_zero_offset());
            let monday = day.checked_sub(back.days()).ok()?;
            (monday, monday.checked_add(6.days()).ok()?)
        }
        Unit::Month => {
            let day = moved(offset.months())?;
            (day.first_of_month(), day.last_of_month())
        }
        Unit::Year => {
            let day = moved(offset.years())?;
            (day.first_of_year(), day.last_of_year())
        }
    };
    Some(Days { from, until })
}

//! The boundary between a graph and whoever asks: a text and parameters in, a table or an error with its place out.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::snapshot::Snapshot;
use crate::value::{Map, Value};

/// Answers reading queries over a snapshot.
///
/// An engine never changes the snapshot, reads no clock and no random source except through [`Query`] (the patience of
/// [`Limits::time`] apart), and stops within its limits whatever the text is.
pub trait QueryEngine: Send + Sync {
    /// Runs one query. The same query over the same snapshot gives the same table.
    fn run(&self, snapshot: &Snapshot, query: &Query<'_>) -> Result<Table, QueryError>;
}

/// One question.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    /// The query in openCypher.
    pub text: &'a str,
    /// Values of `$name`.
    pub params: Map,
    /// Where the engine stops.
    pub limits: Limits,
    /// What `datetime()` and its like answer: nanoseconds since 1970 in UTC.
    pub now: i128,
    /// Where `rand()` begins.
    pub seed: u64,
    /// Set to true from outside to stop the query.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl<'a> Query<'a> {
    /// A query without parameters, with the usual limits, at a moment.
    pub fn new(text: &'a str, now: i128) -> Self {
        Self { text, params: Map::default(), limits: Limits::default(), now, seed: 0, cancel: None }
    }
}

/// Where a query stops with an error of [`ErrorKind::Limit`]. Every loop of the engine counts towards `work`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps: a candidate looked at, a value computed, a row passed on.
    pub work: u64,
    /// Rows of the answer.
    pub rows: usize,
    /// Bytes of values that are held at once, estimated.
    pub memory: u64,
    /// Time by the wall clock; `None` waits for the other limits.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { work: 200_000_000, rows: 100_000, memory: 256 << 20, time: Some(Duration::from_secs(10)) }
    }
}

/// An answer: the columns in the order of the query, and rows of as many values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows; nodes and relationships are places in the snapshot that was asked.
    pub rows: Vec<Vec<Value>>,
    /// Steps that the query took, to compare with [`Limits::work`].
    pub work: u64,
}

/// What kind of error stopped a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is not a reading query, or its parts do not fit together.
    Syntax,
    /// A value has a type that an operation does not take.
    Type,
    /// A value is out of its range.
    Argument,
    /// A parameter is missing.
    Parameter,
    /// A limit was reached.
    Limit,
    /// Somebody stopped the query.
    Cancelled,
}

impl ErrorKind {
    /// The stable code of AICO, with a page in `docs/errors/`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Syntax => "AICO-8001",
            Self::Type | Self::Argument | Self::Parameter => "AICO-8002",
            Self::Limit | Self::Cancelled => "AICO-8003",
        }
    }

    /// The name in the words of openCypher.
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "SyntaxError",
            Self::Type => "TypeError",
            Self::Argument => "ArgumentError",
            Self::Parameter => "ParameterMissing",
            Self::Limit => "LimitReached",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Whether the query was still being read or already running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before any data was looked at.
    Compile,
    /// While the query ran.
    Run,
}

/// A place in the text of a query. Lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// Characters that belong to it.
    pub length: u32,
}

/// Why a query has no answer. Its text shows the place with a caret under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// What kind of error.
    pub kind: ErrorKind,
    /// When it was found.
    pub phase: Phase,
    /// The name openCypher gives the case, such as `UndefinedVariable`.
    pub detail: &'static str,
    /// One sentence.
    pub message: String,
    /// Where, when there is a place.
    pub place: Option<Place>,
    /// The line of the query with a caret under the place.
    pub excerpt: Option<String>,
}

/// Longest part of a line that an excerpt shows, in characters.
const EXCERPT: usize = 100;

impl QueryError {
    /// An error without a place.
    pub fn new(kind: ErrorKind, phase: Phase, detail: &'static str, message: impl Into<String>) -> Self {
        Self { kind, phase, detail, message: message.into(), place: None, excerpt: None }
    }

    /// The same error at bytes `start..end` of the text.
    #[must_use]
    pub fn at(mut self, text: &str, start: usize, end: usize) -> Self {
        let start = floor(text, start.min(text.len()));
        let end = floor(text, end.clamp(start, text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[..start].matches('\n').count() + 1;
        let before = text[line_start..start].chars().count();
        let length = text[start..end.min(line_end).max(start)].chars().count().max(1);
        self.place = Some(Place { line: number(line), column: number(before + 1), length: number(length) });
        let skip = before.saturating_sub(EXCERPT / 2);
        let shown: String = text[line_start..line_end].chars().skip(skip).take(EXCERPT).collect();
        let shown = shown.replace(|c: char| c.is_control(), " ");
        let room = EXCERPT.saturating_sub(before - skip).max(1);
        let caret = format!("{}{}", " ".repeat(before - skip), "^".repeat(length.min(room)));
        self.excerpt = Some(format!("{}\n{caret}", shown.trim_end()));
        self
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(place) = self.place {
            write!(f, " (line {}, column {})", place.line, place.column)?;
        }
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        Ok(())
    }
}

impl std::error::Error for QueryError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, start: usize, end: usize) -> QueryError {
        QueryError::new(ErrorKind::Syntax, Phase::Compile, "UnexpectedSyntax", "no").at(text, start, end)
    }

    #[test]
    fn a_place_is_counted_in_characters_and_shown_with_a_caret() {
        let text = "MATCH (ä)\nRETURN ö, x";
        let start = text.rfind('x').unwrap();
        let error = at(text, start, start + 1);
        assert_eq!(error.place, Some(Place { line: 2, column: 11, length: 1 }));
        assert_eq!(error.to_string(), "no (line 2, column 11)\nRETURN ö, x\n          ^");
    }

    #[test]
    fn places_at_the_end_and_inside_a_character_are_safe() {
        assert_eq!(at("RETURN", 6, 6).place, Some(Place { line: 1, column: 7, length: 1 }));
        assert_eq!(at("ä", 1, 2).place, Some(Place { line: 1, column: 1, length: 1 }));
        assert_eq!(at("", 9, 12).place, Some(Place { line: 1, column: 1, length: 1 }));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("RETURN {}x", "1 + ".repeat(200));
        let error = at(&text, text.len() - 1, text.len());
        let excerpt = error.excerpt.unwrap();
        let mut lines = excerpt.lines();
        let (shown, caret) = (lines.next().unwrap(), lines.next().unwrap());
        assert!(shown.chars().count() <= EXCERPT);
        assert_eq!(shown.chars().nth(caret.chars().count() - 1), Some('x'));
    }
}

//! What a text is made of.

use std::sync::Arc;

/// Bytes `start..end` of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From this to the end of another.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }
}

/// A token without its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A name or a keyword, as written.
    Word(Arc<str>),
    /// A name in backticks: never a keyword.
    Quoted(Arc<str>),
    /// A whole number; its value without a sign, which may be one more than the largest.
    Int(u64),
    /// A number with a fraction or a power.
    Float(f64),
    /// A text.
    Text(Arc<str>),
    /// `$name`.
    Param(Arc<str>),
    /// A sign of one to three characters.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// A token with its place, and for an opening bracket where its partner is.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub span: Span,
    /// The index of the closing bracket; 0 where there is none.
    pub partner: u32,
}

impl Token {
    /// Whether it is this keyword, in any case.
    pub fn is_word(&self, keyword: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is this sign.
    pub fn is(&self, sign: &str) -> bool {
        matches!(&self.kind, Kind::Sign(s) if *s == sign)
    }
}

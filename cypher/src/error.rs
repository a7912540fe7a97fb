//! Errors while a query is read or run, before they know its text.

use std::borrow::Cow;

use graph::query::{ErrorKind, Phase, QueryError};

use crate::syntax::Span;

/// An error at a place. It becomes a [`QueryError`] where the text is known.
#[derive(Clone, Debug)]
pub struct Fault {
    pub kind: ErrorKind,
    pub phase: Phase,
    pub detail: &'static str,
    pub message: String,
    pub span: Option<Span>,
}

/// What most functions here return.
pub type Outcome<T> = Result<T, Box<Fault>>;

impl Fault {
    /// The error with its place in a text.
    pub fn in_text(self, text: &str) -> QueryError {
        let error = QueryError::new(self.kind, self.phase, self.detail, self.message);
        match self.span {
            Some(span) => error.at(text, span.start as usize, span.end as usize),
            None => error,
        }
    }

    /// The same error, at a place if it has none yet.
    #[must_use]
    pub fn or_at(mut self: Box<Self>, span: Span) -> Box<Self> {
        self.span.get_or_insert(span);
        self
    }
}

/// The text is wrong at a place.
pub fn fault(detail: &'static str, message: impl Into<String>, span: Span) -> Box<Fault> {
    Box::new(Fault {
        kind: ErrorKind::Syntax,
        phase: Phase::Compile,
        detail,
        message: message.into(),
        span: Some(span),
    })
}

/// A value is wrong while the query runs.
pub fn failure(kind: ErrorKind, detail: &'static str, message: impl Into<Cow<'static, str>>) -> Box<Fault> {
    Box::new(Fault { kind, phase: Phase::Run, detail, message: message.into().into_owned(), span: None })
}

/// A value of a type that is not taken.
pub fn wrong_type(message: impl Into<Cow<'static, str>>) -> Box<Fault> {
    failure(ErrorKind::Type, "InvalidArgumentType", message)
}

/// A value of the right type that makes no sense.
pub fn wrong_value(message: impl Into<Cow<'static, str>>) -> Box<Fault> {
    failure(ErrorKind::Argument, "InvalidArgumentValue", message)
}

//! The parser: recursive descent over tokens, bounded in depth.

use super::ast::{Ex, Expr, Name, Query, Span};
use super::lexer;
use super::tokens::{Kind, Token};
use super::{MAX_HEIGHT, MAX_PARTS, MAX_TEXT};
use crate::error::{Fault, Outcome, fault};

/// Which clauses a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Only those that read.
    Reading,
    /// `CREATE` too, and no `RETURN` needed: for making graphs.
    Creating,
}

/// Reads a whole query.
pub fn parse(text: &str, allowed: Allowed) -> Outcome<Query> {
    if text.len() > MAX_TEXT {
        let message = format!("the query is longer than {MAX_TEXT} bytes");
        return Err(fault("QueryTooLong", message, Span { start: 0, end: 0 }));
    }
    let tokens = lexer::tokens(text)?;
    let open_end = allowed == Allowed::Creating;
    let mut parser = Parser { tokens, at: 0, depth: 0, parts: 0, allowed, open_end, bar_ends: false };
    let query = parser.query()?;
    parser.take(";");
    match parser.peek() {
        Token { kind: Kind::End, .. } => Ok(query),
        _ => Err(parser.unexpected("the end of the query")),
    }
}

/// Words that end an expression and so are no variables.
const RESERVED: &[&str] = &[
    "AND",
    "AS",
    "ASC",
    "ASCENDING",
    "BY",
    "CALL",
    "CASE",
    "CONTAINS",
    "CREATE",
    "DELETE",
    "DESC",
    "DESCENDING",
    "DETACH",
    "DISTINCT",
    "ELSE",
    "END",
    "ENDS",
    "FALSE",
    "IN",
    "IS",
    "LIMIT",
    "MATCH",
    "MERGE",
    "NOT",
    "NULL",
    "ON",
    "OPTIONAL",
    "OR",
    "ORDER",
    "REMOVE",
    "RETURN",
    "SET",
    "SKIP",
    "STARTS",
    "THEN",
    "TRUE",
    "UNION",
    "UNWIND",
    "WHEN",
    "WHERE",
    "WITH",
    "XOR",
];

pub struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    parts: usize,
    pub allowed: Allowed,
    /// Whether a query may end without `RETURN`.
    pub open_end: bool,
    /// Whether `|` ends the expression instead of joining labels.
    pub bar_ends: bool,
}

impl Parser {
    pub fn peek(&self) -> &Token {
        self.ahead(0)
    }

    /// A token further on; the end stays the end.
    pub fn ahead(&self, by: usize) -> &Token {
        &self.tokens[(self.at + by).min(self.tokens.len() - 1)]
    }

    /// A token by its place in the whole text.
    pub fn token(&self, index: usize) -> &Token {
        &self.tokens[index.min(self.tokens.len() - 1)]
    }

    /// The place of the next token.
    pub fn index(&self) -> usize {
        self.at
    }

    pub fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub fn span(&self) -> Span {
        self.peek().span
    }

    /// From the start of something to the last token taken.
    pub fn since(&self, start: Span) -> Span {
        start.to(self.tokens[self.at.saturating_sub(1)].span)
    }

    pub fn take(&mut self, sign: &str) -> bool {
        let found = self.peek().is(sign);
        if found {
            self.next();
        }
        found
    }

    pub fn take_word(&mut self, keyword: &str) -> bool {
        let found = self.peek().is_word(keyword);
        if found {
            self.next();
        }
        found
    }

    pub fn expect(&mut self, sign: &str) -> Outcome<()> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    pub fn expect_word(&mut self, keyword: &str) -> Outcome<()> {
        if self.take_word(keyword) { Ok(()) } else { Err(self.unexpected(&format!("`{keyword}`"))) }
    }

    /// The error that something else was expected here.
    pub fn unexpected(&self, wanted: &str) -> Box<Fault> {
        let found = match &self.peek().kind {
            Kind::End => "the query ends here".to_owned(),
            Kind::Word(word) => format!("`{word}` stands here"),
            Kind::Quoted(name) => format!("`{name}` stands here"),
            Kind::Param(name) => format!("`${name}` stands here"),
            Kind::Sign(sign) => format!("`{sign}` stands here"),
            Kind::Int(_) | Kind::Float(_) => "a number stands here".to_owned(),
            Kind::Text(_) => "a text stands here".to_owned(),
        };
        fault("UnexpectedSyntax", format!("{found}, where {wanted} was expected"), self.span())
    }

    /// A name of a label, type, property or function: keywords serve too.
    pub fn any_name(&mut self, what: &str) -> Outcome<Name> {
        let span = self.span();
        match &self.peek().kind {
            Kind::Word(text) | Kind::Quoted(text) => {
                let text = text.clone();
                self.next();
                Ok(Name { text, span })
            }
            _ => Err(self.unexpected(what)),
        }
    }

    /// A name of a variable.
    pub fn variable(&mut self) -> Outcome<Name> {
        if self.at_variable() { self.any_name("a variable") } else { Err(self.unexpected("a variable")) }
    }

    pub fn at_variable(&self) -> bool {
        Self::is_variable(self.peek())
    }

    pub fn is_variable(token: &Token) -> bool {
        match &token.kind {
            Kind::Quoted(_) => true,
            Kind::Word(word) => !RESERVED.iter().any(|r| word.eq_ignore_ascii_case(r)),
            _ => false,
        }
    }

    /// Runs a part one level deeper.
    pub fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth >= MAX_HEIGHT {
            return Err(too_deep(self.span()));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    /// Counts a clause, a pattern or a relationship.
    pub fn part(&mut self) -> Outcome<()> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            let message = format!("the query has more than {MAX_PARTS} clauses, patterns and relationships");
            return Err(fault("QueryTooLarge", message, self.span()));
        }
        Ok(())
    }

    /// An expression, unless it has grown too high.
    pub fn make(&self, kind: Ex, span: Span) -> Outcome<Expr> {
        let height = 1 + kind.children().iter().map(|c| c.height).max().unwrap_or(0);
        if height > MAX_HEIGHT { Err(too_deep(span)) } else { Ok(Expr { kind: Box::new(kind), span, height }) }
    }

    /// Whether these words come next, in this order.
    pub fn words_ahead(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(i, word)| self.ahead(i).is_word(word))
    }

    /// Items with commas between them, up to a closing sign, which is taken.
    pub fn list_until<T>(&mut self, close: &str, mut item: impl FnMut(&mut Self) -> Outcome<T>) -> Outcome<Vec<T>> {
        let mut items = Vec::new();
        if self.take(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.take(close) {
                return Ok(items);
            }
            if !self.take(",") {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }
}

fn too_deep(span: Span) -> Box<Fault> {
    fault("QueryTooDeep", format!("the expression is nested deeper than {MAX_HEIGHT} levels"), span)
}

//! Expressions that go over lists, patterns and queries.

use super::ast::{Clause, Ex, Expr, Item, Projection, Quantifier, Query, Subquery};
use super::parser::Parser;
use crate::error::Outcome;

impl Parser {
    /// What begins with `[`: a list, a comprehension over a list, or one over a pattern.
    pub fn bracket(&mut self) -> Outcome<Expr> {
        let start = self.span();
        let close = self.peek().partner as usize;
        let open = self.index();
        if self.is_pattern_comprehension(open, close) {
            self.next();
            let pattern = Box::new(self.pattern()?);
            let filter = if self.take_word("WHERE") { Some(self.before_bar()?) } else { None };
            self.expect("|")?;
            let map = self.expression()?;
            self.expect("]")?;
            return self.make(Ex::PatternComprehension { pattern, filter, map }, self.since(start));
        }
        let named = Self::is_variable(self.ahead(1)) && self.ahead(2).is_word("IN");
        if named && !self.has_at_top(open + 3, close, |p, i| p.token(i).is(",")) {
            self.next();
            let name = self.variable()?;
            self.next();
            let list = self.before_bar()?;
            let filter = if self.take_word("WHERE") { Some(self.before_bar()?) } else { None };
            let map = if self.take("|") { Some(self.expression()?) } else { None };
            self.expect("]")?;
            return self.make(Ex::Comprehension { name, list, filter, map }, self.since(start));
        }
        self.next();
        let items = self.list_until("]", Self::expression)?;
        self.make(Ex::List(items), self.since(start))
    }

    /// An expression that a `|` ends.
    fn before_bar(&mut self) -> Outcome<Expr> {
        let before = std::mem::replace(&mut self.bar_ends, true);
        let expr = self.expression();
        self.bar_ends = before;
        expr
    }

    fn is_pattern_comprehension(&self, open: usize, close: usize) -> bool {
        let named = Self::is_variable(self.token(open + 1)) && self.token(open + 2).is("=");
        let first = if named { open + 3 } else { open + 1 };
        self.path_at(first) && self.has_at_top(first, close, |p, i| p.token(i).is("|"))
    }

    /// Whether a token between two places, outside of brackets in between, is what is looked for.
    fn has_at_top(&self, mut from: usize, to: usize, wanted: impl Fn(&Self, usize) -> bool) -> bool {
        while from < to {
            if wanted(self, from) {
                return true;
            }
            from = match self.token(from).partner {
                0 => from + 1,
                partner => partner as usize + 1,
            };
        }
        false
    }

    pub fn quantifier(&mut self, kind: Quantifier) -> Outcome<Expr> {
        let start = self.next().span;
        self.next();
        let name = self.variable()?;
        self.expect_word("IN")?;
        let list = self.expression()?;
        let filter = if self.take_word("WHERE") { Some(self.expression()?) } else { None };
        self.expect(")")?;
        self.make(Ex::Quantifier { kind, name, list, filter }, self.since(start))
    }

    pub fn reduce(&mut self) -> Outcome<Expr> {
        let start_span = self.next().span;
        self.next();
        let total = self.variable()?;
        self.expect("=")?;
        let start = self.expression()?;
        self.expect(",")?;
        let name = self.variable()?;
        self.expect_word("IN")?;
        let list = self.before_bar()?;
        self.expect("|")?;
        let body = self.expression()?;
        self.expect(")")?;
        self.make(Ex::Reduce { total, start, name, list, body }, self.since(start_span))
    }

    /// `EXISTS { ... }`, `COUNT { ... }` and `COLLECT { ... }`, with a whole query or only a pattern inside.
    pub fn subquery(&mut self) -> Outcome<Expr> {
        let word = self.next();
        let kind = match () {
            () if word.is_word("exists") => Subquery::Exists,
            () if word.is_word("count") => Subquery::Count,
            () => Subquery::Collect,
        };
        self.expect("{")?;
        let start = self.span();
        let clause = ["MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL"].iter().any(|w| self.peek().is_word(w));
        let writes = ["CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE"].iter().any(|w| self.peek().is_word(w));
        let query = if kind == Subquery::Collect || ((clause || writes) && !self.ahead(1).is("=")) {
            self.deeper(Self::inner_query)?
        } else {
            let patterns = self.deeper(Self::patterns)?;
            let filter = if self.take_word("WHERE") { Some(self.expression()?) } else { None };
            let span = self.since(start);
            Query { parts: vec![vec![Clause::Match { optional: false, patterns, filter }]], all: false, span }
        };
        self.expect("}")?;
        let query = Box::new(with_return(query, self)?);
        self.make(Ex::Subquery(kind, query), self.since(word.span))
    }

    /// A query that need not return anything.
    fn inner_query(&mut self) -> Outcome<Query> {
        let open_end = std::mem::replace(&mut self.open_end, true);
        let query = self.query();
        self.open_end = open_end;
        query
    }
}

/// Gives each part that returns nothing a row of its own to return.
fn with_return(mut query: Query, parser: &Parser) -> Outcome<Query> {
    for part in &mut query.parts {
        if !matches!(part.last(), Some(Clause::Return(_))) {
            let expr = parser.make(Ex::Literal(true.into()), query.span)?;
            part.push(Clause::Return(Projection {
                distinct: false,
                all: false,
                items: vec![Item { expr, alias: None }],
                order: Vec::new(),
                skip: None,
                limit: None,
                filter: None,
                span: query.span,
            }));
        }
    }
    Ok(query)
}

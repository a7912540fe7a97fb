//! Clauses.

use super::ast::{Clause, Expr, Item, Projection, Query, Span};
use super::parser::{Allowed, Parser};
use super::tokens::Kind;
use crate::error::{Fault, Outcome, fault};

/// Clauses that change a graph, with the words that begin them.
const WRITES: &[&str] = &["CREATE", "MERGE", "DELETE", "DETACH", "SET", "REMOVE", "FOREACH", "LOAD", "DROP"];

impl Parser {
    /// Single queries joined by `UNION`.
    pub fn query(&mut self) -> Outcome<Query> {
        let start = self.span();
        let mut parts = vec![self.single()?];
        let mut all = None;
        while self.peek().is_word("UNION") {
            let place = self.next().span;
            let this = self.take_word("ALL");
            if all.is_some_and(|all| all != this) {
                return Err(fault("InvalidClauseComposition", "`UNION` and `UNION ALL` cannot be mixed", place));
            }
            all = Some(this);
            parts.push(self.single()?);
        }
        Ok(Query { parts, all: all.unwrap_or(false), span: self.since(start) })
    }

    fn single(&mut self) -> Outcome<Vec<Clause>> {
        let mut clauses = Vec::new();
        loop {
            let at_end = matches!(self.peek().kind, Kind::End) || self.peek().is("}") || self.peek().is(";");
            let done = at_end || self.peek().is_word("UNION");
            if done && !clauses.is_empty() {
                break;
            }
            if let Some(Clause::Return(_)) = clauses.last() {
                return Err(fault(
                    "InvalidClauseComposition",
                    "nothing may follow `RETURN` but `UNION`",
                    self.span(),
                ));
            }
            self.part()?;
            let clause = self.clause()?;
            clauses.push(clause);
        }
        match clauses.last() {
            Some(Clause::Return(_)) => {}
            _ if self.open_end => {}
            _ => return Err(fault("InvalidClauseComposition", "the query must end with `RETURN`", self.span())),
        }
        Ok(clauses)
    }

    fn clause(&mut self) -> Outcome<Clause> {
        let start = self.span();
        if self.words_ahead(&["OPTIONAL", "MATCH"]) {
            self.next();
            return self.match_clause(true);
        }
        if self.peek().is_word("MATCH") {
            return self.match_clause(false);
        }
        if self.take_word("UNWIND") {
            let list = self.expression()?;
            self.expect_word("AS")?;
            return Ok(Clause::Unwind { list, name: self.variable()? });
        }
        if self.take_word("WITH") {
            let mut projection = self.projection(start)?;
            if self.take_word("WHERE") {
                projection.filter = Some(self.expression()?);
            }
            return Ok(Clause::With(projection));
        }
        if self.take_word("RETURN") {
            return Ok(Clause::Return(self.projection(start)?));
        }
        if self.peek().is_word("CALL") {
            return self.call();
        }
        if self.peek().is_word("CREATE") && self.allowed == Allowed::Creating {
            self.next();
            return Ok(Clause::Create { patterns: self.patterns()? });
        }
        Err(self.no_clause())
    }

    fn no_clause(&self) -> Box<Fault> {
        let token = self.peek();
        if let Some(word) = WRITES.iter().find(|w| token.is_word(w)) {
            let message = format!("`{word}` changes the graph: only queries that read are answered");
            return fault("WriteRefused", message, token.span);
        }
        self.unexpected("`MATCH`, `OPTIONAL MATCH`, `UNWIND`, `WITH` or `RETURN`")
    }

    fn match_clause(&mut self, optional: bool) -> Outcome<Clause> {
        self.next();
        let patterns = self.patterns()?;
        let filter = if self.take_word("WHERE") { Some(self.expression()?) } else { None };
        Ok(Clause::Match { optional, patterns, filter })
    }

    fn call(&mut self) -> Outcome<Clause> {
        let start = self.next().span;
        let imports = if self.peek().is("(") {
            self.next();
            if self.take("*") {
                return Err(fault("UnexpectedSyntax", "name the variables that the part takes in", self.span()));
            }
            Some(self.list_until(")", Self::variable)?)
        } else {
            None
        };
        if !self.peek().is("{") {
            return Err(fault("ProcedureRefused", "procedures are not called here: only `CALL { ... }`", start));
        }
        self.next();
        let query = self.deeper(Self::query)?;
        self.expect("}")?;
        Ok(Clause::Call { query: Box::new(query), imports, span: self.since(start) })
    }

    fn projection(&mut self, start: Span) -> Outcome<Projection> {
        let distinct = self.take_word("DISTINCT");
        let mut items = Vec::new();
        let all = self.take("*");
        if !all || self.take(",") {
            loop {
                items.push(self.item()?);
                if !self.take(",") {
                    break;
                }
            }
        }
        let order = if self.words_ahead(&["ORDER", "BY"]) {
            self.next();
            self.next();
            self.sort_items()?
        } else {
            Vec::new()
        };
        let skip = if self.take_word("SKIP") || self.take_word("OFFSET") { Some(self.expression()?) } else { None };
        let limit = if self.take_word("LIMIT") { Some(self.expression()?) } else { None };
        Ok(Projection { distinct, all, items, order, skip, limit, filter: None, span: self.since(start) })
    }

    fn item(&mut self) -> Outcome<Item> {
        let expr = self.expression()?;
        let alias = if self.take_word("AS") { Some(self.variable()?) } else { None };
        Ok(Item { expr, alias })
    }

    fn sort_items(&mut self) -> Outcome<Vec<(Expr, bool)>> {
        let mut items = Vec::new();
        loop {
            let expr = self.expression()?;
            let down = self.take_word("DESC") || self.take_word("DESCENDING");
            if !down && !self.take_word("ASC") {
                self.take_word("ASCENDING");
            }
            items.push((expr, down));
            if !self.take(",") {
                return Ok(items);
            }
        }
    }
}

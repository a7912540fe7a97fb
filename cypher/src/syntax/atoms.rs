//! The smallest expressions: literals, names, lists, maps, calls.

use std::sync::Arc;

use graph::Value;

use super::ast::{Ex, Expr, MapItem, Name, Quantifier, Span};
use super::lexer::overflow;
use super::parser::Parser;
use super::tokens::Kind;
use crate::error::Outcome;

impl Parser {
    pub fn atom(&mut self) -> Outcome<Expr> {
        let start = self.span();
        let kind = match self.peek().kind.clone() {
            Kind::Int(n) => {
                self.next();
                Ex::Literal(Value::Int(i64::try_from(n).map_err(|_| overflow(start))?))
            }
            Kind::Float(x) => {
                self.next();
                Ex::Literal(Value::Float(x))
            }
            Kind::Text(text) => {
                self.next();
                Ex::Literal(Value::String(text))
            }
            Kind::Param(name) => {
                self.next();
                Ex::Param(name)
            }
            Kind::Sign("[") => return self.bracket(),
            Kind::Sign("{") => return self.map_literal(),
            Kind::Sign("(") if self.at_path() => Ex::Pattern(Box::new(self.pattern()?)),
            Kind::Sign("(") => {
                self.next();
                let before = std::mem::replace(&mut self.bar_ends, false);
                let inner = self.expression();
                self.bar_ends = before;
                let mut inner = inner?;
                self.expect(")")?;
                // The brackets belong to the text of the expression.
                inner.span = self.since(start);
                return Ok(inner);
            }
            Kind::Word(word) => return self.word_atom(&word),
            Kind::Quoted(_) => return self.name_atom(),
            Kind::Sign(_) | Kind::End => return Err(self.unexpected("an expression")),
        };
        self.make(kind, start.to(self.since(start)))
    }

    fn word_atom(&mut self, word: &Arc<str>) -> Outcome<Expr> {
        let start = self.span();
        let literal = match () {
            () if word.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
            () if word.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
            () if word.eq_ignore_ascii_case("null") => Some(Value::Null),
            () => None,
        };
        if let Some(value) = literal {
            self.next();
            return self.make(Ex::Literal(value), start);
        }
        if word.eq_ignore_ascii_case("case") {
            return self.case();
        }
        if self.ahead(1).is("{") && ["exists", "count", "collect"].iter().any(|w| word.eq_ignore_ascii_case(w)) {
            return self.subquery();
        }
        if self.ahead(1).is("(") {
            let quantifier = match () {
                () if word.eq_ignore_ascii_case("all") => Some(Quantifier::All),
                () if word.eq_ignore_ascii_case("any") => Some(Quantifier::Any),
                () if word.eq_ignore_ascii_case("none") => Some(Quantifier::None),
                () if word.eq_ignore_ascii_case("single") => Some(Quantifier::Single),
                () => None,
            };
            if let Some(kind) = quantifier.filter(|_| Self::is_variable(self.ahead(2)) && self.ahead(3).is_word("IN"))
            {
                return self.quantifier(kind);
            }
            if word.eq_ignore_ascii_case("reduce") && Self::is_variable(self.ahead(2)) && self.ahead(3).is("=") {
                return self.reduce();
            }
            if let Some(kind) = self.shortest() {
                let pattern = self.shortest_pattern(kind)?;
                return self.make(Ex::Pattern(Box::new(pattern)), self.since(start));
            }
        }
        self.name_atom()
    }

    /// A variable or a call of a function, whose name may have dots.
    fn name_atom(&mut self) -> Outcome<Expr> {
        let start = self.span();
        let mut dots = 0;
        while matches!(self.ahead(dots).kind, Kind::Word(_) | Kind::Quoted(_)) && self.ahead(dots + 1).is(".") {
            dots += 2;
        }
        let callable =
            matches!(self.ahead(dots).kind, Kind::Word(_) | Kind::Quoted(_)) && self.ahead(dots + 1).is("(");
        if callable {
            let mut name = String::new();
            for _ in 0..=dots {
                match self.next().kind {
                    Kind::Word(part) | Kind::Quoted(part) => name.push_str(&part),
                    _ => name.push('.'),
                }
            }
            return self.call_of(name.as_str().into(), start);
        }
        let name = self.variable()?;
        self.make(Ex::Var(name.text), start)
    }

    fn call_of(&mut self, name: Arc<str>, start: Span) -> Outcome<Expr> {
        self.expect("(")?;
        if name.eq_ignore_ascii_case("count") && self.peek().is("*") && self.ahead(1).is(")") {
            self.next();
            self.next();
            return self.make(Ex::CountAll, self.since(start));
        }
        let distinct = self.peek().is_word("DISTINCT") && !self.ahead(1).is(")") && !self.ahead(1).is(",");
        if distinct {
            self.next();
        }
        let args = self.list_until(")", Self::expression)?;
        self.make(Ex::Call { name, args, distinct }, self.since(start))
    }

    fn case(&mut self) -> Outcome<Expr> {
        let start = self.next().span;
        let subject = if self.peek().is_word("WHEN") { None } else { Some(self.expression()?) };
        let mut arms = Vec::new();
        while self.take_word("WHEN") {
            let when = self.expression()?;
            self.expect_word("THEN")?;
            arms.push((when, self.expression()?));
        }
        if arms.is_empty() {
            return Err(self.unexpected("`WHEN`"));
        }
        let otherwise = if self.take_word("ELSE") { Some(self.expression()?) } else { None };
        self.expect_word("END")?;
        self.make(Ex::Case { subject, arms, otherwise }, self.since(start))
    }

    /// Keys and values in braces.
    pub fn map_literal(&mut self) -> Outcome<Expr> {
        let start = self.span();
        self.expect("{")?;
        let entries = self.list_until("}", |p| {
            let key = p.any_name("a key")?.text;
            p.expect(":")?;
            Ok((key, p.expression()?))
        })?;
        self.make(Ex::Map(entries), self.since(start))
    }

    /// Whether braces after a variable pick from a map: `n {.name}`.
    pub fn at_map_projection(&self) -> bool {
        let first = self.ahead(1);
        first.is("}")
            || first.is(".")
            || (matches!(first.kind, Kind::Word(_) | Kind::Quoted(_))
                && (self.ahead(2).is(":") || self.ahead(2).is(",") || self.ahead(2).is("}")))
    }

    pub fn map_projection(&mut self, of: Expr, start: Span) -> Outcome<Expr> {
        self.expect("{")?;
        let items = self.list_until("}", |p| {
            if p.take(".") {
                return if p.take("*") {
                    Ok(MapItem::All)
                } else {
                    Ok(MapItem::Prop(p.any_name("a property")?.text))
                };
            }
            let Name { text, span } = p.any_name("a key")?;
            if p.take(":") {
                Ok(MapItem::Entry(text, p.expression()?))
            } else {
                Ok(MapItem::Var(Name { text, span }))
            }
        })?;
        self.make(Ex::MapProjection { of, items }, self.since(start))
    }
}

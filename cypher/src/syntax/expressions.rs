//! Operators and what binds how tightly.

use super::ast::{Compare, Ex, Expr, Math, Span, Test};
use super::parser::Parser;
use super::tokens::Kind;
use crate::error::Outcome;

/// Levels of operators, loosest first.
const OR: u8 = 1;
const XOR: u8 = 2;
const AND: u8 = 3;
const NOT: u8 = 4;
const COMPARE: u8 = 5;
const PREDICATE: u8 = 6;
const SUM: u8 = 7;
const PRODUCT: u8 = 8;
const POWER: u8 = 9;
const SIGN: u8 = 10;

enum Operator {
    Or,
    Xor,
    And,
    Compare(Compare),
    Test(Test, usize),
    IsNull(bool, usize),
    Labels,
    Math(Math),
}

impl Parser {
    /// A whole expression.
    pub fn expression(&mut self) -> Outcome<Expr> {
        self.deeper(|p| p.binary(OR))
    }

    /// An expression of operators that bind at least as tightly as `level`.
    fn binary(&mut self, level: u8) -> Outcome<Expr> {
        let start = self.span();
        let mut left = self.prefix(level)?;
        while let Some((operator, bind)) = self.operator(level) {
            left = self.apply(left, &operator, bind, start)?;
        }
        Ok(left)
    }

    fn prefix(&mut self, level: u8) -> Outcome<Expr> {
        let start = self.span();
        if level <= NOT && self.peek().is_word("NOT") {
            self.next();
            let inner = self.deeper(|p| p.binary(NOT))?;
            return self.make(Ex::Not(inner), self.since(start));
        }
        if self.peek().is("-") {
            self.next();
            if let Some(n) = self.negative_int() {
                let literal = self.make(Ex::Literal(n.into()), self.since(start))?;
                return self.postfix(literal, start);
            }
            let inner = self.deeper(|p| p.binary(SIGN))?;
            return self.make(Ex::Negate(inner), self.since(start));
        }
        if self.peek().is("+") {
            self.next();
            let inner = self.deeper(|p| p.binary(SIGN))?;
            return self.make(Ex::Plus(inner), self.since(start));
        }
        let atom = self.atom()?;
        self.postfix(atom, start)
    }

    /// A whole number after a minus, which alone may be the smallest one.
    fn negative_int(&mut self) -> Option<i64> {
        let Kind::Int(n) = self.peek().kind else { return None };
        let value = 0_i64.checked_sub_unsigned(n)?;
        self.next();
        Some(value)
    }

    /// The operator that comes next, if it binds at least as tightly as `level`.
    fn operator(&self, level: u8) -> Option<(Operator, u8)> {
        let token = self.peek();
        let (operator, bind) = match &token.kind {
            Kind::Sign(sign) => match *sign {
                "=" | "==" => (Operator::Compare(Compare::Equal), COMPARE),
                "<>" | "!=" => (Operator::Compare(Compare::Different), COMPARE),
                "<" => (Operator::Compare(Compare::Less), COMPARE),
                "<=" => (Operator::Compare(Compare::LessEqual), COMPARE),
                ">" => (Operator::Compare(Compare::Greater), COMPARE),
                ">=" => (Operator::Compare(Compare::GreaterEqual), COMPARE),
                "=~" => (Operator::Test(Test::Matches, 1), PREDICATE),
                ":" => (Operator::Labels, PREDICATE),
                "+" => (Operator::Math(Math::Add), SUM),
                "-" => (Operator::Math(Math::Subtract), SUM),
                "*" => (Operator::Math(Math::Multiply), PRODUCT),
                "/" => (Operator::Math(Math::Divide), PRODUCT),
                "%" => (Operator::Math(Math::Modulo), PRODUCT),
                "^" => (Operator::Math(Math::Power), POWER),
                _ => return None,
            },
            Kind::Word(_) => self.word_operator()?,
            _ => return None,
        };
        (bind >= level).then_some((operator, bind))
    }

    fn word_operator(&self) -> Option<(Operator, u8)> {
        let found = |words: &[&str]| self.words_ahead(words);
        Some(if found(&["OR"]) {
            (Operator::Or, OR)
        } else if found(&["XOR"]) {
            (Operator::Xor, XOR)
        } else if found(&["AND"]) {
            (Operator::And, AND)
        } else if found(&["IN"]) {
            (Operator::Test(Test::In, 1), PREDICATE)
        } else if found(&["CONTAINS"]) {
            (Operator::Test(Test::Contains, 1), PREDICATE)
        } else if found(&["STARTS", "WITH"]) {
            (Operator::Test(Test::StartsWith, 2), PREDICATE)
        } else if found(&["ENDS", "WITH"]) {
            (Operator::Test(Test::EndsWith, 2), PREDICATE)
        } else if found(&["IS", "NULL"]) {
            (Operator::IsNull(false, 2), PREDICATE)
        } else if found(&["IS", "NOT", "NULL"]) {
            (Operator::IsNull(true, 3), PREDICATE)
        } else {
            return None;
        })
    }

    fn apply(&mut self, left: Expr, operator: &Operator, bind: u8, start: Span) -> Outcome<Expr> {
        let kind = match operator {
            Operator::Or => Ex::Or(self.same_level(left, "OR", OR)?),
            Operator::And => Ex::And(self.same_level(left, "AND", AND)?),
            Operator::Xor => {
                self.next();
                Ex::Xor(left, self.binary(bind + 1)?)
            }
            Operator::Compare(_) => {
                let mut rest = Vec::new();
                while let Some((Operator::Compare(compare), COMPARE)) = self.operator(COMPARE) {
                    self.next();
                    rest.push((compare, self.binary(PREDICATE)?));
                }
                Ex::Compare(left, rest)
            }
            Operator::Test(test, words) => {
                self.skip(*words);
                Ex::Test(*test, left, self.binary(SUM)?)
            }
            Operator::IsNull(negated, words) => {
                self.skip(*words);
                Ex::IsNull(left, *negated)
            }
            Operator::Labels => Ex::HasLabels(left, self.labels()?),
            Operator::Math(math) => {
                self.next();
                Ex::Math(*math, left, self.binary(bind + 1)?)
            }
        };
        self.make(kind, self.since(start))
    }

    /// Operands with one operator between them, so that long lists of conditions stay flat.
    fn same_level(&mut self, first: Expr, word: &str, level: u8) -> Outcome<Vec<Expr>> {
        let mut all = vec![first];
        while self.take_word(word) {
            all.push(self.binary(level + 1)?);
        }
        Ok(all)
    }

    fn skip(&mut self, words: usize) {
        for _ in 0..words {
            self.next();
        }
    }

    /// Properties, elements and slices behind an atom.
    fn postfix(&mut self, mut left: Expr, start: Span) -> Outcome<Expr> {
        loop {
            let kind = if self.take(".") {
                Ex::Prop(left, self.any_name("a name of a property")?.text)
            } else if self.take("[") {
                let low = if self.peek().is("..") { None } else { Some(self.expression()?) };
                if self.take("..") {
                    let high = if self.peek().is("]") { None } else { Some(self.expression()?) };
                    self.expect("]")?;
                    Ex::Slice(left, low, high)
                } else {
                    self.expect("]")?;
                    match low {
                        Some(index) => Ex::Index(left, index),
                        None => return Err(self.unexpected("an index")),
                    }
                }
            } else if self.peek().is("{") && matches!(*left.kind, Ex::Var(_)) && self.at_map_projection() {
                return self.map_projection(left, start);
            } else {
                return Ok(left);
            };
            left = self.make(kind, self.since(start))?;
        }
    }
}

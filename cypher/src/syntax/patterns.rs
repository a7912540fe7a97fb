//! Patterns of nodes and relationships.

use super::ast::{Direction, Labels, NodePattern, Pattern, PatternKind, RelPattern};
use super::parser::Parser;
use super::tokens::Kind;
use crate::error::{Outcome, fault};

impl Parser {
    pub fn patterns(&mut self) -> Outcome<Vec<Pattern>> {
        let mut patterns = vec![self.pattern()?];
        while self.take(",") {
            patterns.push(self.pattern()?);
        }
        Ok(patterns)
    }

    /// A pattern, in which `|` joins types again.
    pub fn pattern(&mut self) -> Outcome<Pattern> {
        let before = std::mem::replace(&mut self.bar_ends, false);
        let pattern = self.named_pattern();
        self.bar_ends = before;
        pattern
    }

    /// `p = (a)-->(b)`, also within `shortestPath(...)`.
    fn named_pattern(&mut self) -> Outcome<Pattern> {
        let start = self.span();
        let name = if self.at_variable() && self.ahead(1).is("=") {
            let name = self.variable()?;
            self.next();
            Some(name)
        } else {
            None
        };
        let mut pattern = match self.shortest() {
            Some(kind) => self.shortest_pattern(kind)?,
            None => self.chain()?,
        };
        pattern.name = name;
        pattern.span = self.since(start);
        Ok(pattern)
    }

    /// Which function of shortest paths begins here.
    pub fn shortest(&self) -> Option<PatternKind> {
        if !self.ahead(1).is("(") {
            None
        } else if self.peek().is_word("shortestPath") {
            Some(PatternKind::Shortest)
        } else if self.peek().is_word("allShortestPaths") {
            Some(PatternKind::AllShortest)
        } else {
            None
        }
    }

    pub fn shortest_pattern(&mut self, kind: PatternKind) -> Outcome<Pattern> {
        let start = self.next().span;
        self.next();
        let mut pattern = self.chain()?;
        self.expect(")")?;
        pattern.kind = kind;
        pattern.span = self.since(start);
        if pattern.rels.len() != 1 {
            let message = "a shortest path is asked for between two nodes with one relationship pattern";
            return Err(fault("InvalidRelationshipPattern", message, pattern.span));
        }
        Ok(pattern)
    }

    fn chain(&mut self) -> Outcome<Pattern> {
        let start = self.span();
        self.part()?;
        if self.peek().is("(") && self.ahead(1).is("(") {
            // A pattern in brackets of its own.
            self.next();
            let pattern = self.deeper(Self::chain)?;
            self.expect(")")?;
            return Ok(pattern);
        }
        let mut nodes = vec![self.node()?];
        let mut rels = Vec::new();
        while self.peek().is("-") || (self.peek().is("<") && self.ahead(1).is("-")) {
            self.part()?;
            rels.push(self.rel()?);
            nodes.push(self.node()?);
        }
        Ok(Pattern { name: None, kind: PatternKind::Plain, nodes, rels, span: self.since(start) })
    }

    fn node(&mut self) -> Outcome<NodePattern> {
        let start = self.span();
        if !self.take("(") {
            return Err(self.unexpected("a node such as `(n)`"));
        }
        let name = if self.at_variable() { Some(self.variable()?) } else { None };
        let labels = if self.peek().is(":") || self.peek().is_word("IS") { Some(self.labels()?) } else { None };
        let props = self.pattern_props()?;
        let filter = if self.take_word("WHERE") { Some(self.expression()?) } else { None };
        self.expect(")")?;
        Ok(NodePattern { name, labels, props, filter, span: self.since(start) })
    }

    fn rel(&mut self) -> Outcome<RelPattern> {
        let start = self.span();
        let left = self.take("<");
        self.expect("-")?;
        let mut rel = RelPattern {
            name: None,
            types: None,
            direction: Direction::Both,
            length: None,
            props: None,
            filter: None,
            span: start,
        };
        if self.take("[") {
            rel.name = if self.at_variable() { Some(self.variable()?) } else { None };
            rel.types = if self.peek().is(":") || self.peek().is_word("IS") { Some(self.labels()?) } else { None };
            rel.length = if self.take("*") { Some(self.range()?) } else { None };
            if self.peek().is("..") {
                let message = "a range of lengths begins with `*`";
                return Err(fault("InvalidRelationshipPattern", message, self.span()));
            }
            rel.props = self.pattern_props()?;
            rel.filter = if self.take_word("WHERE") { Some(self.expression()?) } else { None };
            self.expect("]")?;
        }
        self.expect("-")?;
        let right = self.take(">");
        rel.direction = match (left, right) {
            (true, false) => Direction::Left,
            (false, true) => Direction::Right,
            _ => Direction::Both,
        };
        rel.span = self.since(start);
        Ok(rel)
    }

    /// What follows `*`: `2`, `1..3`, `..3`, `1..` or nothing.
    fn range(&mut self) -> Outcome<(Option<u64>, Option<u64>)> {
        let low = self.bound()?;
        if self.take("..") { Ok((low, self.bound()?)) } else { Ok((low, low)) }
    }

    fn bound(&mut self) -> Outcome<Option<u64>> {
        match self.peek().kind {
            Kind::Int(n) => {
                self.next();
                Ok(Some(n))
            }
            Kind::Sign("-") if matches!(self.ahead(1).kind, Kind::Int(_)) => {
                let message = "a length is not below zero";
                Err(fault("InvalidRelationshipPattern", message, self.span()))
            }
            _ => Ok(None),
        }
    }

    fn pattern_props(&mut self) -> Outcome<Option<super::ast::Expr>> {
        if self.peek().is("{") {
            return self.map_literal().map(Some);
        }
        if let Kind::Param(name) = &self.peek().kind {
            let message = format!("`${name}` cannot stand for all properties of a pattern: name each one");
            return Err(fault("InvalidParameterUse", message, self.span()));
        }
        Ok(None)
    }

    /// `:A:B`, `:A|B`, `:A&!B`, `:%`.
    pub fn labels(&mut self) -> Outcome<Labels> {
        let _ = self.take(":") || self.take_word("IS");
        self.labels_or()
    }

    fn labels_or(&mut self) -> Outcome<Labels> {
        let mut any = vec![self.labels_and()?];
        while !self.bar_ends && self.take("|") {
            self.take(":");
            any.push(self.labels_and()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Labels::Or(any) })
    }

    fn labels_and(&mut self) -> Outcome<Labels> {
        let mut all = vec![self.label()?];
        while self.take("&") || self.take(":") {
            all.push(self.label()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Labels::And(all) })
    }

    fn label(&mut self) -> Outcome<Labels> {
        if self.take("!") {
            return Ok(Labels::Not(Box::new(self.deeper(Self::label)?)));
        }
        if self.take("%") {
            return Ok(Labels::Any);
        }
        if self.take("(") {
            let before = std::mem::replace(&mut self.bar_ends, false);
            let labels = self.deeper(Self::labels_or);
            self.bar_ends = before;
            self.expect(")")?;
            return labels;
        }
        Ok(Labels::Is(self.any_name("a name of a label or type")?.text))
    }

    /// Whether the bracket that opens here begins a pattern with at least one relationship, seen from the signs alone.
    pub fn at_path(&self) -> bool {
        self.path_at(self.index())
    }

    pub fn path_at(&self, index: usize) -> bool {
        let open = self.token(index);
        if !open.is("(") || open.partner == 0 {
            return false;
        }
        let first = self.token(index + 1);
        let second = self.token(index + 2);
        let node = first.is(")")
            || first.is(":")
            || first.is("{")
            || (Self::is_variable(first) && (second.is(")") || second.is(":") || second.is("{")));
        node && self.rel_at(open.partner as usize + 1)
    }

    /// Whether a relationship and a node stand at an index.
    fn rel_at(&self, mut at: usize) -> bool {
        let left = self.token(at).is("<");
        at += usize::from(left);
        if !self.token(at).is("-") {
            return false;
        }
        at += 1;
        if self.token(at).is("[") {
            at = match self.token(at).partner {
                0 => return false,
                partner => partner as usize + 1,
            };
        }
        if !self.token(at).is("-") {
            return false;
        }
        at += 1;
        at += usize::from(self.token(at).is(">"));
        self.token(at).is("(")
    }
}

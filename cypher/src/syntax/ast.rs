//! The tree of a query.

use std::sync::Arc;

use graph::Value;

pub use super::tokens::Span;

/// A name with its place.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
}

/// Single queries joined by `UNION`.
#[derive(Clone, Debug)]
pub struct Query {
    pub parts: Vec<Vec<Clause>>,
    /// `UNION ALL` keeps what is equal.
    pub all: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Clause {
    Match {
        optional: bool,
        patterns: Vec<Pattern>,
        filter: Option<Expr>,
    },
    Unwind {
        list: Expr,
        name: Name,
    },
    With(Projection),
    Return(Projection),
    /// `CALL { ... }`, with the names it takes in; `None` when it begins with its own `WITH`.
    Call {
        query: Box<Query>,
        imports: Option<Vec<Name>>,
        span: Span,
    },
    /// Only where graphs are made for tests.
    Create {
        patterns: Vec<Pattern>,
    },
}

/// What `WITH` and `RETURN` have in common.
#[derive(Clone, Debug)]
pub struct Projection {
    pub distinct: bool,
    /// `*`: all that is in scope.
    pub all: bool,
    pub items: Vec<Item>,
    pub order: Vec<(Expr, bool)>,
    pub skip: Option<Expr>,
    pub limit: Option<Expr>,
    pub filter: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub expr: Expr,
    pub alias: Option<Name>,
}

/// A path pattern: one more node than relationships.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub name: Option<Name>,
    pub kind: PatternKind,
    pub nodes: Vec<NodePattern>,
    pub rels: Vec<RelPattern>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternKind {
    Plain,
    Shortest,
    AllShortest,
}

#[derive(Clone, Debug)]
pub struct NodePattern {
    pub name: Option<Name>,
    pub labels: Option<Labels>,
    pub props: Option<Expr>,
    pub filter: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct RelPattern {
    pub name: Option<Name>,
    pub types: Option<Labels>,
    pub direction: Direction,
    /// `*min..max`; `None` is exactly one.
    pub length: Option<(Option<u64>, Option<u64>)>,
    pub props: Option<Expr>,
    pub filter: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Right,
    Left,
    Both,
}

/// What labels or types are wanted.
#[derive(Clone, Debug)]
pub enum Labels {
    Is(Arc<str>),
    Any,
    Not(Box<Labels>),
    And(Vec<Labels>),
    Or(Vec<Labels>),
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: Box<Ex>,
    pub span: Span,
    /// Levels below this one, and itself.
    pub height: u32,
}

#[derive(Clone, Debug)]
pub enum Ex {
    Literal(Value),
    Param(Arc<str>),
    Var(Arc<str>),
    List(Vec<Expr>),
    Map(Vec<(Arc<str>, Expr)>),
    Prop(Expr, Arc<str>),
    Index(Expr, Expr),
    Slice(Expr, Option<Expr>, Option<Expr>),
    Not(Expr),
    Negate(Expr),
    Plus(Expr),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Xor(Expr, Expr),
    Math(Math, Expr, Expr),
    /// `a < b <= c`.
    Compare(Expr, Vec<(Compare, Expr)>),
    Test(Test, Expr, Expr),
    IsNull(Expr, bool),
    HasLabels(Expr, Labels),
    Call {
        name: Arc<str>,
        args: Vec<Expr>,
        distinct: bool,
    },
    CountAll,
    Case {
        subject: Option<Expr>,
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Expr>,
    },
    Comprehension {
        name: Name,
        list: Expr,
        filter: Option<Expr>,
        map: Option<Expr>,
    },
    Quantifier {
        kind: Quantifier,
        name: Name,
        list: Expr,
        filter: Option<Expr>,
    },
    Reduce {
        total: Name,
        start: Expr,
        name: Name,
        list: Expr,
        body: Expr,
    },
    PatternComprehension {
        pattern: Box<Pattern>,
        filter: Option<Expr>,
        map: Expr,
    },
    /// A pattern as a condition, or `shortestPath(...)` as a value.
    Pattern(Box<Pattern>),
    Subquery(Subquery, Box<Query>),
    MapProjection {
        of: Expr,
        items: Vec<MapItem>,
    },
}

#[derive(Clone, Debug)]
pub enum MapItem {
    All,
    Prop(Arc<str>),
    Var(Name),
    Entry(Arc<str>, Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Math {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Equal,
    Different,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    In,
    StartsWith,
    EndsWith,
    Contains,
    Matches,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    All,
    Any,
    None,
    Single,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subquery {
    Exists,
    Count,
    Collect,
}

impl Ex {
    /// The parts of an expression that are expressions of the same row.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Literal(_)
            | Self::Param(_)
            | Self::Var(_)
            | Self::CountAll
            | Self::Pattern(_)
            | Self::Subquery(..) => Vec::new(),
            Self::List(items) | Self::And(items) | Self::Or(items) | Self::Call { args: items, .. } => {
                items.iter().collect()
            }
            Self::Map(entries) => entries.iter().map(|(_, e)| e).collect(),
            Self::Prop(e, _)
            | Self::Not(e)
            | Self::Negate(e)
            | Self::Plus(e)
            | Self::IsNull(e, _)
            | Self::HasLabels(e, _) => vec![e],
            Self::Index(a, b) | Self::Xor(a, b) | Self::Math(_, a, b) | Self::Test(_, a, b) => vec![a, b],
            Self::Slice(a, b, c) => std::iter::once(a).chain(b).chain(c).collect(),
            Self::Compare(a, rest) => std::iter::once(a).chain(rest.iter().map(|(_, e)| e)).collect(),
            Self::Case { subject, arms, otherwise } => {
                subject.iter().chain(arms.iter().flat_map(|(a, b)| [a, b])).chain(otherwise).collect()
            }
            Self::Comprehension { list, filter, map, .. } => std::iter::once(list).chain(filter).chain(map).collect(),
            Self::Quantifier { list, filter, .. } => std::iter::once(list).chain(filter).collect(),
            Self::Reduce { start, list, body, .. } => vec![start, list, body],
            Self::PatternComprehension { filter, map, .. } => filter.iter().chain([map]).collect(),
            Self::MapProjection { of, items } => {
                let entries = items.iter().filter_map(|i| match i {
                    MapItem::Entry(_, e) => Some(e),
                    _ => None,
                });
                std::iter::once(of).chain(entries).collect()
            }
        }
    }

    /// The same parts, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Self::Literal(_)
            | Self::Param(_)
            | Self::Var(_)
            | Self::CountAll
            | Self::Pattern(_)
            | Self::Subquery(..) => Vec::new(),
            Self::List(items) | Self::And(items) | Self::Or(items) | Self::Call { args: items, .. } => {
                items.iter_mut().collect()
            }
            Self::Map(entries) => entries.iter_mut().map(|(_, e)| e).collect(),
            Self::Prop(e, _)
            | Self::Not(e)
            | Self::Negate(e)
            | Self::Plus(e)
            | Self::IsNull(e, _)
            | Self::HasLabels(e, _) => vec![e],
            Self::Index(a, b) | Self::Xor(a, b) | Self::Math(_, a, b) | Self::Test(_, a, b) => vec![a, b],
            Self::Slice(a, b, c) => std::iter::once(a).chain(b).chain(c).collect(),
            Self::Compare(a, rest) => std::iter::once(a).chain(rest.iter_mut().map(|(_, e)| e)).collect(),
            Self::Case { subject, arms, otherwise } => {
                subject.iter_mut().chain(arms.iter_mut().flat_map(|(a, b)| [a, b])).chain(otherwise).collect()
            }
            Self::Comprehension { list, filter, map, .. } => std::iter::once(list).chain(filter).chain(map).collect(),
            Self::Quantifier { list, filter, .. } => std::iter::once(list).chain(filter).collect(),
            Self::Reduce { start, list, body, .. } => vec![start, list, body],
            Self::PatternComprehension { filter, map, .. } => filter.iter_mut().chain([map]).collect(),
            Self::MapProjection { of, items } => {
                let entries = items.iter_mut().filter_map(|i| match i {
                    MapItem::Entry(_, e) => Some(e),
                    _ => None,
                });
                std::iter::once(of).chain(entries).collect()
            }
        }
    }
}

/// Whether two expressions are written the same, spaces and brackets apart. Patterns and subqueries never are.
pub fn same(a: &Expr, b: &Expr) -> bool {
    let leaves = match (&*a.kind, &*b.kind) {
        (Ex::Literal(a), Ex::Literal(b)) => a == b,
        (Ex::Param(a), Ex::Param(b)) | (Ex::Var(a), Ex::Var(b)) => a == b,
        (Ex::Prop(_, a), Ex::Prop(_, b)) => a == b,
        (Ex::Math(a, ..), Ex::Math(b, ..)) => a == b,
        (Ex::Test(a, ..), Ex::Test(b, ..)) => a == b,
        (Ex::IsNull(_, a), Ex::IsNull(_, b)) => a == b,
        (Ex::Compare(_, a), Ex::Compare(_, b)) => a.iter().map(|(c, _)| c).eq(b.iter().map(|(c, _)| c)),
        (Ex::Map(a), Ex::Map(b)) => a.iter().map(|(k, _)| k).eq(b.iter().map(|(k, _)| k)),
        (Ex::Call { name: a, distinct: x, .. }, Ex::Call { name: b, distinct: y, .. }) => {
            a.eq_ignore_ascii_case(b) && x == y
        }
        (Ex::Slice(_, a, b), Ex::Slice(_, c, d)) => a.is_some() == c.is_some() && b.is_some() == d.is_some(),
        (Ex::Case { subject: a, otherwise: x, .. }, Ex::Case { subject: b, otherwise: y, .. }) => {
            a.is_some() == b.is_some() && x.is_some() == y.is_some()
        }
        (Ex::Comprehension { name: a, filter: f, .. }, Ex::Comprehension { name: b, filter: g, .. }) => {
            a.text == b.text && f.is_some() == g.is_some()
        }
        (Ex::Quantifier { kind: k, name: a, .. }, Ex::Quantifier { kind: l, name: b, .. }) => {
            k == l && a.text == b.text
        }
        (Ex::Reduce { total: s, name: a, .. }, Ex::Reduce { total: t, name: b, .. }) => {
            s.text == t.text && a.text == b.text
        }
        (Ex::List(_), Ex::List(_))
        | (Ex::CountAll, Ex::CountAll)
        | (Ex::Index(..), Ex::Index(..))
        | (Ex::Not(_), Ex::Not(_))
        | (Ex::Negate(_), Ex::Negate(_))
        | (Ex::Plus(_), Ex::Plus(_))
        | (Ex::And(_), Ex::And(_))
        | (Ex::Or(_), Ex::Or(_))
        | (Ex::Xor(..), Ex::Xor(..)) => true,
        _ => false,
    };
    let (left, right) = (a.kind.children(), b.kind.children());
    leaves && left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
}

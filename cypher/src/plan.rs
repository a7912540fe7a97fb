//! What runs: names became places in a row, labels and keys became those of the snapshot.

use std::sync::Arc;

use graph::snapshot::{Label, PropKey, RelType};
use graph::{Map, Value};

use crate::functions::Call;
use crate::functions::aggregate::Aggregate;
use crate::syntax::Span;
use crate::syntax::ast::{Compare, Direction, Math, Quantifier, Subquery, Test};

/// A place in the row.
pub type Slot = usize;

/// A whole query over one snapshot.
#[derive(Debug)]
pub struct Plan {
    /// How long a row is.
    pub slots: usize,
    pub query: QueryPlan,
}

/// Parts joined by `UNION`.
#[derive(Debug)]
pub struct QueryPlan {
    pub parts: Vec<Vec<Segment>>,
    pub all: bool,
    pub columns: Vec<String>,
}

/// What happens to each row, and where rows are gathered.
#[derive(Debug)]
pub struct Segment {
    pub ops: Vec<Op>,
    pub end: Project,
}

#[derive(Debug)]
pub enum Op {
    Match(Match),
    Unwind { list: X, slot: Slot },
    Let(Vec<(X, Slot)>),
    Filter(X),
    Call { query: QueryPlan, slots: Vec<Slot> },
}

/// A pattern to be found, step by step.
#[derive(Debug)]
pub struct Match {
    pub steps: Vec<Step>,
    pub optional: bool,
    /// Slots that are null when nothing is found.
    pub fresh: Vec<Slot>,
}

#[derive(Debug)]
pub enum Step {
    /// Every node of a source in turn.
    Scan {
        slot: Slot,
        source: Source,
    },
    /// A bound value must be a node.
    IsNode {
        slot: Slot,
        span: Span,
    },
    /// A bound relationship gives its nodes.
    Ends {
        hop: Expand,
        from_bound: bool,
    },
    /// One relationship further.
    Expand(Expand),
    /// Several relationships further.
    Walk(Walk),
    /// The shortest ways between two bound nodes.
    Shortest(Shortest),
    Filter(X),
    Path {
        slot: Slot,
        nodes: Vec<Slot>,
        rels: Vec<Slot>,
    },
}

#[derive(Debug)]
pub enum Source {
    All,
    Label(Option<Label>),
    Property { key: Option<PropKey>, value: X },
}

#[derive(Debug)]
pub struct Expand {
    pub from: Slot,
    pub to: Slot,
    pub rel: Slot,
    pub direction: Direction,
    pub types: Option<Names>,
    pub to_bound: bool,
    pub rel_bound: bool,
    /// Relationships of the same `MATCH`, none of which may come twice.
    pub others: Vec<Slot>,
}

#[derive(Debug)]
pub struct Walk {
    pub hop: Expand,
    pub min: u64,
    pub max: u64,
    pub props: Vec<(Key, X)>,
    /// A condition on each relationship, which lies in this slot meanwhile.
    pub filter: Option<(X, Slot)>,
    /// Whether the pattern is walked against its writing, so that the list is turned round.
    pub backwards: bool,
}

#[derive(Debug)]
pub struct Shortest {
    pub walk: Walk,
    pub path: Slot,
    pub all: bool,
}

/// Names of labels or types that are wanted, as numbers of the snapshot.
#[derive(Debug)]
pub enum Names {
    Is(Option<u32>),
    Any,
    Not(Box<Names>),
    And(Vec<Names>),
    Or(Vec<Names>),
}

impl Names {
    /// Whether a set of names is wanted.
    pub fn accept(&self, has: &impl Fn(u32) -> bool, any: bool) -> bool {
        match self {
            Self::Is(id) => id.is_some_and(has),
            Self::Any => any,
            Self::Not(inner) => !inner.accept(has, any),
            Self::And(all) => all.iter().all(|n| n.accept(has, any)),
            Self::Or(some) => some.iter().any(|n| n.accept(has, any)),
        }
    }

    /// Whether a type is wanted.
    pub fn accept_type(&self, kind: RelType) -> bool {
        self.accept(&|id| id == kind.0, true)
    }
}

/// A property name, and its key in the snapshot.
#[derive(Clone, Debug)]
pub struct Key {
    pub name: Arc<str>,
    pub key: Option<PropKey>,
}

/// Where rows are gathered: grouped, made distinct, sorted, cut.
#[derive(Debug, Default)]
pub struct Project {
    /// What makes the row of the answer, in order.
    pub items: Vec<(X, Slot)>,
    pub group: Option<Group>,
    pub distinct: bool,
    pub order: Vec<(X, bool)>,
    pub skip: Option<(X, Span)>,
    pub limit: Option<(X, Span)>,
    /// Applied to each row as it comes.
    pub early: Option<X>,
    /// Applied to what is left in the end.
    pub late: Option<X>,
}

#[derive(Debug)]
pub struct Group {
    pub keys: Vec<(X, Slot)>,
    pub aggregates: Vec<AggregateCall>,
}

#[derive(Debug)]
pub struct AggregateCall {
    pub kind: Aggregate,
    pub args: Vec<X>,
    pub distinct: bool,
    pub slot: Slot,
    pub span: Span,
}

/// An expression over a row.
#[derive(Debug)]
pub enum X {
    Const(Value),
    Slot(Slot),
    List(Vec<X>),
    Map(Vec<(Arc<str>, X)>),
    Prop(Box<X>, Key, Span),
    Index(Box<(X, X)>, Span),
    Slice(Box<(X, Option<X>, Option<X>)>, Span),
    Not(Box<X>, Span),
    And(Vec<X>, Span),
    Or(Vec<X>, Span),
    Xor(Box<(X, X)>, Span),
    Negate(Box<X>, Span),
    Plus(Box<X>, Span),
    Math(Math, Box<(X, X)>, Span),
    Compare(Box<X>, Vec<(Compare, X)>),
    Test(Test, Box<(X, X)>, Span),
    IsNull(Box<X>, bool),
    HasLabels(Box<X>, LabelTest, Span),
    Call(Call, Vec<X>, Span),
    Case(Box<Case>),
    Comprehension(Box<Comprehension>, Span),
    Quantifier(Quantifier, Box<Comprehension>, Span),
    Reduce(Box<Reduce>, Span),
    Found(Box<Found>),
    Subquery(Subquery, Box<QueryPlan>),
    MapProjection(Box<X>, Vec<Picked>, Span),
}

/// Labels of a node, or the type of a relationship, that are asked for.
#[derive(Debug)]
pub struct LabelTest {
    pub labels: Names,
    pub types: Names,
}

#[derive(Debug)]
pub struct Case {
    pub subject: Option<X>,
    pub arms: Vec<(X, X)>,
    pub otherwise: X,
}

#[derive(Debug)]
pub struct Comprehension {
    pub slot: Slot,
    pub list: X,
    pub filter: Option<X>,
    pub map: Option<X>,
}

#[derive(Debug)]
pub struct Reduce {
    pub total: Slot,
    pub start: X,
    pub slot: Slot,
    pub list: X,
    pub body: X,
}

/// What a pattern inside an expression gives.
#[derive(Debug)]
pub struct Found {
    pub pattern: Match,
    pub gives: Gives,
}

#[derive(Debug)]
pub enum Gives {
    /// Whether there is any.
    Any,
    /// A value for each.
    Each(X),
    /// The value of the first, or null.
    First(X),
}

#[derive(Debug)]
pub enum Picked {
    All,
    Prop(Key),
    Entry(Arc<str>, X),
}

/// What the planner needs to know of the outside.
pub struct Outside<'a> {
    pub graph: &'a graph::Snapshot,
    pub params: &'a Map,
    pub text: &'a str,
}

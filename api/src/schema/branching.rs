//! Lines of history.

use async_graphql::{Enum, SimpleObject};
use commands::branches::Difference;

use super::events::Event;
use super::scalars::{Basis, Position};

/// A line of history.
#[derive(SimpleObject)]
pub struct Branch {
    id: u32,
    name: String,
    parent: Option<String>,
    /// The last position that it shares with its parent.
    fork: Position,
    head: Position,
    /// Whether it still takes events.
    open: bool,
    /// How many events of its own it has.
    events: u64,
}

impl Branch {
    pub(super) fn of(branch: &::events::Branch, all: &[::events::Branch]) -> Self {
        let name = |id| all.iter().find(|b| b.id == id).map(|b| b.name.clone());
        Self {
            id: branch.id.0,
            name: branch.name.clone(),
            parent: branch.parent.and_then(name),
            fork: branch.fork.into(),
            head: branch.head.into(),
            open: branch.open,
            events: branch.head.0 - branch.fork.0,
        }
    }
}

/// How two lines differ in one event.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum DifferenceKind {
    OnlyLeft,
    OnlyRight,
    Changed,
}

/// One difference.
#[derive(SimpleObject)]
pub struct BranchDifference {
    kind: DifferenceKind,
    left: Option<Event>,
    right: Option<Event>,
    /// Names of the fields that differ.
    fields: Vec<String>,
}

impl From<Difference> for BranchDifference {
    fn from(difference: Difference) -> Self {
        let (kind, left, right, fields) = match &difference {
            Difference::OnlyLeft(l) => (DifferenceKind::OnlyLeft, Some(Event::from(l)), None, vec![]),
            Difference::OnlyRight(r) => (DifferenceKind::OnlyRight, None, Some(Event::from(r)), vec![]),
            Difference::Changed(l, r, fields) => {
                (DifferenceKind::Changed, Some(Event::from(&**l)), Some(Event::from(&**r)), fields.clone())
            }
        };
        Self { kind, left, right, fields }
    }
}

/// What two lines of history did differently after they parted.
#[derive(SimpleObject)]
pub struct BranchDiff {
    /// The last position that they share.
    pub(super) fork: Position,
    pub(super) left: Basis,
    pub(super) right: Basis,
    pub(super) differences: Vec<BranchDifference>,
}

/// What was taken over.
#[derive(SimpleObject)]
pub struct Promoted {
    pub(super) events: u64,
    pub(super) position: Position,
}

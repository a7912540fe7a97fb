//! Stream names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{BranchId, CompanionId, ConversationId, PersonId};

/// The kinds of aggregate. The name is stored: never rename one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// People, `person-<uuid>`.
    Person,
    /// Companions, `companion-<uuid>`.
    Companion,
    /// Conversations with their turns, `conversation-<uuid>`.
    Conversation,
    /// Forks of history, `branch-<uuid>`; the uuid holds the branch number.
    Branch,
    /// Memory albums, `album-<uuid>`; the uuid is the person's.
    Album,
    /// What people's talk settled into, `memory-<uuid>`; the uuid is the person's.
    Memory,
    /// What is known from a person's talk, `graph-<uuid>`; the uuid is the person's.
    Graph,
    /// The install itself, `install-<nil uuid>`.
    Install,
    /// Accounts with their sessions, devices and consents, `account-<uuid>`; the uuid is the person's.
    Account,
}

impl Category {
    /// Every category, in declaration order.
    pub const ALL: [Self; 9] = [
        Self::Person,
        Self::Companion,
        Self::Conversation,
        Self::Branch,
        Self::Album,
        Self::Memory,
        Self::Graph,
        Self::Install,
        Self::Account,
    ];

    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Companion => "companion",
            Self::Conversation => "conversation",
            Self::Branch => "branch",
            Self::Album => "album",
            Self::Memory => "memory",
            Self::Graph => "graph",
            Self::Install => "install",
            Self::Account => "account",
        }
    }
}

impl FromStr for Category {
    type Err = BadStreamName;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|c| c.as_str() == text).ok_or_else(|| BadStreamName(text.to_owned()))
    }
}

/// The name of one aggregate's events, written `category-uuid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// What kind of aggregate.
    pub category: Category,
    /// Which one.
    pub id: Uuid,
}

impl StreamId {
    /// What was done to the install itself.
    pub const INSTALL: Self = Self { category: Category::Install, id: Uuid::nil() };

    /// Names a stream.
    pub fn new(category: Category, id: Uuid) -> Self {
        Self { category, id }
    }
}

impl From<PersonId> for StreamId {
    fn from(id: PersonId) -> Self {
        Self::new(Category::Person, id.0)
    }
}

impl From<CompanionId> for StreamId {
    fn from(id: CompanionId) -> Self {
        Self::new(Category::Companion, id.0)
    }
}

impl From<ConversationId> for StreamId {
    fn from(id: ConversationId) -> Self {
        Self::new(Category::Conversation, id.0)
    }
}

impl From<BranchId> for StreamId {
    fn from(id: BranchId) -> Self {
        Self::new(Category::Branch, Uuid::from_u128(u128::from(id.0)))
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.category.as_str(), self.id)
    }
}

/// A stream name that is not `category-uuid`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a stream name of the form category-uuid")]
pub struct BadStreamName(pub String);

impl FromStr for StreamId {
    type Err = BadStreamName;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadStreamName(text.to_owned());
        let (category, id) = text.split_once('-').ok_or_else(bad)?;
        Ok(Self { category: category.parse()?, id: Uuid::parse_str(id).map_err(|_| bad())? })
    }
}

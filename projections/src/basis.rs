//! The moment that a whole answer is true at.

use std::fmt;
use std::str::FromStr;

use events::log::{Branch, store::Stretch, stretches};
use events::{BranchId, Code, EventLog, Position, ReadError, Timestamp};

/// What a request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsOf {
    /// Now.
    #[default]
    Latest,
    /// After the event at this position.
    Position(Position),
    /// After the last event recorded at or before this time.
    Time(Timestamp),
}

impl FromStr for AsOf {
    type Err = AsOfError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("latest") {
            return Ok(Self::Latest);
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map(Self::Position).map_err(|_| AsOfError::Malformed(text.to_owned()));
        }
        Timestamp::parse(text).map(Self::Time).ok_or_else(|| AsOfError::Malformed(text.to_owned()))
    }
}

/// A position on a branch, with the way there. Resolved once per request, obeyed by every read model, echoed in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The line of history.
    pub branch: BranchId,
    /// Its name.
    pub name: String,
    /// The position.
    pub position: Position,
    /// When the event there was recorded; `None` before the first event.
    pub time: Option<Timestamp>,
    /// Whether this was the head when it was resolved.
    pub latest: bool,
    /// The stretches of history that lead to it, oldest first.
    pub lineage: Vec<Stretch>,
}

/// Why a moment cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AsOfError {
    /// Neither a position nor a time.
    #[error("`{0}` is neither a position, nor a time such as 2026-11-23T13:00Z, nor `latest`")]
    Malformed(String),
    /// Past the head.
    #[error("position {asked} is past the head {head} of branch {branch}")]
    PastHead {
        /// Asked for.
        asked: Position,
        /// The head.
        head: Position,
        /// The branch.
        branch: String,
    },
    /// Before anything happened.
    #[error("{0} is before the first event")]
    BeforeFirst(Timestamp),
    /// No such branch.
    #[error("there is no branch named {0}")]
    NoBranch(String),
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
}

impl AsOfError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed(_) => Code::BadAsOf,
            Self::PastHead { .. } => Code::PositionPastHead,
            Self::BeforeFirst(_) => Code::TimeBeforeFirstEvent,
            Self::NoBranch(_) => Code::NoSuchBranch,
            Self::Read(e) => e.code(),
        }
    }
}

/// Finds the branch of a name.
///
/// # Errors
/// When there is none, or the log cannot be read.
pub async fn branch_named(log: &dyn EventLog, name: &str) -> Result<Branch, AsOfError> {
    let found = log.branches().await?.into_iter().find(|b| b.name == name);
    found.ok_or_else(|| AsOfError::NoBranch(name.to_owned()))
}

/// Resolves what was asked for into a basis.
///
/// # Errors
/// When the branch does not exist, the position is past its head, the time is before its first event, or the log cannot
/// be read.
pub async fn resolve(log: &dyn EventLog, branch: &str, as_of: AsOf) -> Result<Basis, AsOfError> {
    let branches = log.branches().await?;
    let found = branches.iter().find(|b| b.name == branch).ok_or_else(|| AsOfError::NoBranch(branch.to_owned()))?;
    let position = match as_of {
        AsOf::Latest => found.head,
        AsOf::Position(asked) if asked > found.head => {
            return Err(AsOfError::PastHead { asked, head: found.head, branch: branch.to_owned() });
        }
        AsOf::Position(asked) => asked,
        AsOf::Time(time) => match log.position_at(found.id, time).await? {
            Position::START => return Err(AsOfError::BeforeFirst(time)),
            position => position,
        },
    };
    let time = log.at(found.id, &[position]).await?.first().map(|e| e.header.recorded_at);
    Ok(at(&branches, found, position, time))
}

/// A basis whose time is known already.
pub(crate) fn at(branches: &[Branch], branch: &Branch, position: Position, time: Option<Timestamp>) -> Basis {
    let lineage = stretches(branches, branch.id, position).unwrap_or_default();
    let latest = position == branch.head;
    Basis { branch: branch.id, name: branch.name.clone(), position, time, latest, lineage }
}

impl Basis {
    /// The same line of history, looked at from a position on the way.
    pub(crate) fn cut(&self, position: Position) -> Self {
        let position = position.min(self.position);
        let on_the_way = self.lineage.iter().filter(|s| s.after < position);
        let lineage = on_the_way.map(|s| Stretch { through: s.through.min(position), ..*s }).collect();
        let here = position == self.position;
        let time = self.time.filter(|_| here);
        Self { branch: self.branch, name: self.name.clone(), position, time, latest: self.latest && here, lineage }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_times_and_latest_are_understood() {
        assert_eq!("latest".parse::<AsOf>().unwrap(), AsOf::Latest);
        assert_eq!("42".parse::<AsOf>().unwrap(), AsOf::Position(Position(42)));
        let midnight = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
        assert_eq!("2026-11-23".parse::<AsOf>().unwrap(), AsOf::Time(midnight));
        for bad in ["yesterday", "-3", "99999999999999999999999", "2026-13-40"] {
            assert!(matches!(bad.parse::<AsOf>(), Err(AsOfError::Malformed(_))), "{bad}");
        }
    }
}

//! Questions about the knowledge graph, and what a person says about it.

mod ask;
mod study;

use std::sync::Arc;

use commands::Meta;
use domain::graph::Command;
use events::payload::GraphTerm;
use events::{Appended, BranchId, Code, Timestamp, vocabulary};
use projections::Basis;
use projections::graph::{Graph, Node};

pub use ask::{Answered, Desk, Question, Unanswered};
pub use study::{Community, Gap, Paths, Ranked, Study};

use super::App;
use super::error::AppError;

/// A graph as known at a basis and valid at a moment.
#[derive(Clone, Debug)]
pub struct GraphView {
    /// What is known of every time.
    pub known: Arc<Graph>,
    /// What holds at the moment; all of it where no moment was asked for.
    pub graph: Arc<Graph>,
    /// The moment.
    pub valid: Option<Timestamp>,
}

/// The one node that a name means.
///
/// # Errors
/// When there is none, or more than one.
pub fn the<'a>(graph: &'a Graph, name: &str) -> Result<&'a Node, AppError> {
    match graph.named(name)[..] {
        [] => Err(AppError::new(Code::NoSuchEntity, format!("the graph knows no `{name}`"))),
        [one] => Ok(one),
        ref several => {
            let all: Vec<String> = several.iter().map(|n| format!("{} {} ({})", n.kind, n.name, n.id)).collect();
            Err(AppError::new(Code::BadRequest, format!("`{name}` may mean {}: name one by its id", all.join(", "))))
        }
    }
}

impl App {
    /// The owner's graph as known at a basis and valid at a moment; `now` is the moment of the basis.
    ///
    /// # Errors
    /// When the moment is none, or the read model cannot be asked.
    pub async fn graph(&self, basis: &Basis, valid: Option<&str>) -> Result<GraphView, AppError> {
        let known = self.read.graphs().graph(basis, self.owner).await?;
        let valid = match valid.map(str::trim) {
            None | Some("") => None,
            Some("now" | "latest") => Some(basis.time.unwrap_or_default()),
            Some(text) => Some(Timestamp::parse(text).ok_or_else(|| {
                AppError::new(Code::BadAsOf, format!("`{text}` is no time such as 2026-05-01 or 2026-05-01T12:00Z"))
            })?),
        };
        let graph = valid.map_or_else(|| known.clone(), |at| known.at(at));
        Ok(GraphView { known, graph, valid })
    }

    /// A name as the graph writes it: the other name, where it is one, and not what it stands for.
    fn spelled(graph: &Graph, name: &str, kind: Option<&str>) -> Result<GraphTerm, AppError> {
        let known = graph.named(name).into_iter().filter(|n| kind.is_none_or(|k| n.kind == k)).collect::<Vec<_>>();
        let (found, kind) = match (&known[..], kind) {
            ([], Some(kind)) => return Ok(GraphTerm { kind: kind.to_owned(), name: name.trim().to_owned() }),
            ([], None) | ([_, _, ..], _) => (the(graph, name)?, kind),
            ([one], kind) => (*one, kind),
        };
        let same = |text: &&String| text.to_lowercase() == name.trim().to_lowercase();
        let spelled = found.aliases.iter().find(same).unwrap_or(&found.name);
        Ok(GraphTerm { kind: kind.unwrap_or(&found.kind).to_owned(), name: spelled.clone() })
    }

    /// Takes two names for the same.
    ///
    /// # Errors
    /// When a name is unknown or the merge is refused.
    pub async fn merge(
        &self,
        basis: &Basis,
        meta: &Meta,
        from: &str,
        into: &str,
        reason: String,
    ) -> Result<Appended, AppError> {
        let known = self.read.graphs().graph(basis, self.owner).await?;
        let (from, into) = (Self::spelled(&known, from, None)?, Self::spelled(&known, into, None)?);
        self.tell(basis.branch, meta, Command::Merge { from, into, reason }).await
    }

    /// Lets a name stand for itself again.
    ///
    /// # Errors
    /// When a name is unknown.
    pub async fn split(&self, basis: &Basis, meta: &Meta, from: &str, into: &str) -> Result<Appended, AppError> {
        let known = self.read.graphs().graph(basis, self.owner).await?;
        let (from, into) = (Self::spelled(&known, from, None)?, Self::spelled(&known, into, None)?);
        self.tell(basis.branch, meta, Command::Split { from, into }).await
    }

    /// Says how something is, or that it is not so.
    ///
    /// # Errors
    /// When the subject is unknown or the correction is refused.
    pub async fn correct(
        &self,
        basis: &Basis,
        meta: &Meta,
        correction: Correction<'_>,
    ) -> Result<Appended, AppError> {
        let Correction { subject, predicate, object, holds, valid_from, valid_until } = correction;
        let known = self.read.graphs().graph(basis, self.owner).await?;
        let you = subject.trim().eq_ignore_ascii_case("you");
        let subject = Self::spelled(&known, subject, you.then_some("person"))?;
        let object = Self::spelled(&known, object, Some(vocabulary::object_kind(predicate)))?;
        let predicate = predicate.to_owned();
        let time = |text: Option<&str>| match text {
            None => Ok(None),
            Some(text) => Timestamp::parse(text)
                .map(Some)
                .ok_or_else(|| AppError::new(Code::BadAsOf, format!("`{text}` is no time such as 2026-05-01"))),
        };
        let (valid_from, valid_until) = (time(valid_from)?, time(valid_until)?);
        self.tell(basis.branch, meta, Command::Correct { subject, predicate, object, holds, valid_from, valid_until })
            .await
    }

    /// Changes the owner's graph.
    ///
    /// # Errors
    /// When it is refused or the log fails.
    pub async fn tell(&self, branch: BranchId, meta: &Meta, command: Command) -> Result<Appended, AppError> {
        Ok(self.turns.bus().graph(branch, self.owner, meta, command).await?)
    }
}

/// How something is.
#[derive(Clone, Copy, Debug)]
pub struct Correction<'a> {
    /// About whom.
    pub subject: &'a str,
    /// The predicate.
    pub predicate: &'a str,
    /// Whom or what.
    pub object: &'a str,
    /// Whether it is so.
    pub holds: bool,
    /// Since when.
    pub valid_from: Option<&'a str>,
    /// Until when.
    pub valid_until: Option<&'a str>,
}

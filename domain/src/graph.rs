//! A person's knowledge graph: what was read from messages, and what the person says about it.

use std::collections::{BTreeMap, BTreeSet};

use events::payload::{GraphEvent as E, GraphRelation, GraphTerm};
use events::{Category, Code, ConversationId, MadeBy, MessageId, Timestamp, vocabulary};

use crate::decider::{DecideContext, Decider};

/// The longest name of an entity, in characters.
pub const MAX_TERM_CHARS: usize = 200;

/// The decider of graphs.
#[derive(Debug)]
pub struct Graph;

/// What can be asked of a graph.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Record what a message says, instead of what it was read to say before.
    Record {
        /// The message.
        message: MessageId,
        /// Its conversation.
        conversation: ConversationId,
        /// When it was said.
        said_at: Timestamp,
        /// What it names.
        entities: Vec<GraphTerm>,
        /// What it says.
        relations: Vec<GraphRelation>,
        /// Read by what.
        by: MadeBy,
    },
    /// Let what a message said count no more.
    Withdraw {
        /// The message.
        message: MessageId,
    },
    /// Take two names for the same.
    Merge {
        /// This one is the other.
        from: GraphTerm,
        /// The other.
        into: GraphTerm,
        /// Why.
        reason: String,
    },
    /// Undo a merge, or keep apart what a rule takes for the same.
    Split {
        /// This one stands for itself.
        from: GraphTerm,
        /// What it was taken for.
        into: GraphTerm,
    },
    /// Say how it is.
    Correct {
        /// About whom.
        subject: GraphTerm,
        /// The predicate.
        predicate: String,
        /// Whom or what.
        object: GraphTerm,
        /// Whether it is so.
        holds: bool,
        /// Since when.
        valid_from: Option<Timestamp>,
        /// Until when.
        valid_until: Option<Timestamp>,
    },
    /// Take a correction back.
    WithdrawCorrection {
        /// About whom it was.
        subject: GraphTerm,
        /// The predicate.
        predicate: String,
        /// Whom or what it named.
        object: GraphTerm,
    },
}

/// About whom, what, and whom.
type Triple = (GraphTerm, String, GraphTerm);

/// What a decision needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Of each message that said something, what it was read to say.
    read: BTreeMap<MessageId, (Vec<GraphTerm>, Vec<GraphRelation>, MadeBy)>,
    merged: BTreeMap<GraphTerm, GraphTerm>,
    apart: BTreeSet<(GraphTerm, GraphTerm)>,
    corrected: BTreeSet<Triple>,
}

/// Why not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Rejection {
    /// A name is empty or too long.
    #[error("a name must have 1 to {MAX_TERM_CHARS} characters")]
    BadName,
    /// No such kind of entity.
    #[error("`{0}` is no kind of entity; there are {kinds}", kinds = vocabulary::KINDS.join(", "))]
    NoKind(String),
    /// No such predicate.
    #[error("`{0}` is no predicate; `aico graph stats --vocabulary` lists them")]
    NoPredicate(String),
    /// It would end before it begins.
    #[error("it would end at {until}, which is not after its begin at {from}")]
    Backwards {
        /// The begin.
        from: Timestamp,
        /// The end.
        until: Timestamp,
    },
    /// Both sides are the same.
    #[error("{0} would stand in a relation to itself")]
    Itself(String),
    /// What is not so has no time.
    #[error("what is not so has no begin and no end: leave out the times, or say that it holds until then")]
    DeniedWithTime,
    /// A person cannot be a place.
    #[error("a {from} and a {into} cannot be the same")]
    KindsDiffer {
        /// Kind of one.
        from: String,
        /// Kind of the other.
        into: String,
    },
    /// The person the graph belongs to.
    #[error("you are you: merge the other name into `you` instead")]
    You,
    /// The merges would go in a circle.
    #[error("{0} was merged into the other already: split them first")]
    Circle(String),
    /// There is no such correction.
    #[error("there is no such correction")]
    NoCorrection,
    /// Nothing was read from the message.
    #[error("nothing is known from message {0}")]
    NoMessage(MessageId),
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NoMessage(_) => Code::NoSuchMessage,
            _ => Code::Rejected,
        }
    }
}

fn sound(term: GraphTerm) -> Result<GraphTerm, Rejection> {
    let name = term.name.trim();
    if name.is_empty() || name.chars().count() > MAX_TERM_CHARS {
        return Err(Rejection::BadName);
    }
    if !vocabulary::is_kind(&term.kind) {
        return Err(Rejection::NoKind(term.kind));
    }
    Ok(GraphTerm { name: name.to_owned(), ..term })
}

impl State {
    /// What a name stands for after all merges.
    fn end<'a>(&'a self, mut term: &'a GraphTerm) -> &'a GraphTerm {
        while let Some(next) = self.merged.get(term) {
            term = next;
        }
        term
    }

    fn correct(&self, command: Command) -> Result<Vec<E>, Rejection> {
        let Command::Correct { subject, predicate, object, holds, valid_from, valid_until } = command else {
            return Ok(vec![]);
        };
        let (subject, object) = (sound(subject)?, sound(object)?);
        if vocabulary::predicate(&predicate).is_none() {
            return Err(Rejection::NoPredicate(predicate));
        }
        if self.end(&subject) == self.end(&object) {
            return Err(Rejection::Itself(subject.name));
        }
        match (valid_from, valid_until) {
            (Some(from), Some(until)) if until <= from => return Err(Rejection::Backwards { from, until }),
            (None, None) => {}
            _ if !holds => return Err(Rejection::DeniedWithTime),
            _ => {}
        }
        Ok(vec![E::RelationCorrected { subject, predicate, object, holds, valid_from, valid_until }])
    }

    fn merge(&self, from: GraphTerm, into: GraphTerm, reason: String) -> Result<Vec<E>, Rejection> {
        let (from, into) = (sound(from)?, sound(into)?);
        if from.name == "you" {
            return Err(Rejection::You);
        }
        if from == into {
            return Err(Rejection::Itself(from.name));
        }
        if from.kind != into.kind {
            return Err(Rejection::KindsDiffer { from: from.kind, into: into.kind });
        }
        if self.merged.get(&from) == Some(&into) {
            return Ok(vec![]);
        }
        if self.end(&into) == &from || self.merged.contains_key(&from) {
            return Err(Rejection::Circle(from.name));
        }
        Ok(vec![E::EntitiesMerged { from, into, reason }])
    }
}

impl Decider for Graph {
    const CATEGORY: Category = Category::Graph;
    type Command = Command;
    type Event = E;
    type State = State;
    type Rejection = Rejection;

    fn decide(state: &State, command: Command, _: &DecideContext) -> Result<Vec<E>, Rejection> {
        match command {
            Command::Record { message, conversation, said_at, entities, relations, by } => {
                let same = match state.read.get(&message) {
                    Some((e, r, b)) => (e, r, b) == (&entities, &relations, &by),
                    // A message that says nothing leaves no trace.
                    None => entities.is_empty() && relations.is_empty(),
                };
                let event = E::StatementsExtracted { message, conversation, said_at, entities, relations, by };
                Ok(if same { vec![] } else { vec![event] })
            }
            Command::Withdraw { message } if !state.read.contains_key(&message) => Err(Rejection::NoMessage(message)),
            Command::Withdraw { message } => Ok(vec![E::StatementsWithdrawn { message }]),
            Command::Merge { from, into, reason } => state.merge(from, into, reason),
            Command::Split { from, into } => {
                let (from, into) = (sound(from)?, sound(into)?);
                if from == into {
                    return Err(Rejection::Itself(from.name));
                }
                let apart = state.apart.contains(&(from.clone(), into.clone()));
                Ok(if apart { vec![] } else { vec![E::EntitiesSplit { from, into }] })
            }
            Command::Correct { .. } => state.correct(command),
            Command::WithdrawCorrection { subject, predicate, object } => {
                let triple = (sound(subject)?, predicate, sound(object)?);
                if !state.corrected.contains(&triple) {
                    return Err(Rejection::NoCorrection);
                }
                let (subject, predicate, object) = triple;
                Ok(vec![E::CorrectionWithdrawn { subject, predicate, object }])
            }
        }
    }

    fn evolve(mut state: State, event: &E) -> State {
        match event {
            E::StatementsExtracted { message, entities, relations, by, .. } => {
                state.read.insert(*message, (entities.clone(), relations.clone(), by.clone()));
            }
            E::StatementsWithdrawn { message } => {
                state.read.remove(message);
            }
            E::EntitiesMerged { from, into, .. } => {
                state.apart.remove(&(from.clone(), into.clone()));
                state.merged.insert(from.clone(), into.clone());
            }
            E::EntitiesSplit { from, into } => {
                // Undoing a merge gives back what was before it; otherwise a rule is overruled.
                if state.merged.get(from) == Some(into) {
                    state.merged.remove(from);
                } else {
                    state.apart.insert((from.clone(), into.clone()));
                }
            }
            E::RelationCorrected { subject, predicate, object, .. } => {
                state.corrected.insert((subject.clone(), predicate.clone(), object.clone()));
            }
            E::CorrectionWithdrawn { subject, predicate, object } => {
                state.corrected.remove(&(subject.clone(), predicate.clone(), object.clone()));
            }
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const CONTEXT: DecideContext = DecideContext { id: Uuid::nil(), now: Timestamp(0) };

    fn person(name: &str) -> GraphTerm {
        GraphTerm { kind: "person".to_owned(), name: name.to_owned() }
    }

    fn place(name: &str) -> GraphTerm {
        GraphTerm { kind: "place".to_owned(), name: name.to_owned() }
    }

    fn after(commands: Vec<Command>) -> State {
        commands.into_iter().fold(State::default(), |state, command| {
            let events = Graph::decide(&state, command, &CONTEXT).unwrap();
            events.iter().fold(state, Graph::evolve)
        })
    }

    fn correct(holds: bool, from: Option<i64>, until: Option<i64>) -> Command {
        Command::Correct {
            subject: person("Anna"),
            predicate: "lives_in".to_owned(),
            object: place("Porto"),
            holds,
            valid_from: from.map(Timestamp),
            valid_until: until.map(Timestamp),
        }
    }

    fn merge(from: &str, into: &str) -> Command {
        Command::Merge { from: person(from), into: person(into), reason: String::new() }
    }

    #[test]
    fn a_correction_that_contradicts_itself_is_refused() {
        let refused = |command| Graph::decide(&State::default(), command, &CONTEXT).unwrap_err();
        assert!(matches!(refused(correct(true, Some(5), Some(5))), Rejection::Backwards { .. }));
        assert_eq!(refused(correct(false, Some(5), None)), Rejection::DeniedWithTime);
        let itself = Command::Correct {
            subject: person("Anna"),
            predicate: "sister".into(),
            object: person("Anna"),
            holds: true,
            valid_from: None,
            valid_until: None,
        };
        assert!(matches!(refused(itself), Rejection::Itself(_)));
        let unknown = Command::Correct {
            subject: person("Anna"),
            predicate: "levitates".into(),
            object: place("Porto"),
            holds: true,
            valid_from: None,
            valid_until: None,
        };
        assert!(matches!(refused(unknown), Rejection::NoPredicate(_)));
    }

    #[test]
    fn merges_make_no_circle_and_can_be_undone() {
        let state = after(vec![merge("Annie", "Anna"), merge("Anna", "Anna Berg")]);
        let refused = |command| Graph::decide(&state, command, &CONTEXT).unwrap_err();
        assert!(matches!(refused(merge("Anna Berg", "Annie")), Rejection::Circle(_)));
        assert_eq!(refused(merge("you", "Anna")), Rejection::You);
        let split = Command::Split { from: person("Anna"), into: person("Anna Berg") };
        let undone = Graph::decide(&state, split, &CONTEXT).unwrap().iter().fold(state.clone(), Graph::evolve);
        assert_eq!(undone, after(vec![merge("Annie", "Anna")]), "as if it had never been");
    }

    #[test]
    fn a_message_that_says_nothing_leaves_no_trace_and_one_that_says_the_same_none_twice() {
        let record = |entities: Vec<GraphTerm>| Command::Record {
            message: MessageId(Uuid::nil()),
            conversation: ConversationId(Uuid::nil()),
            said_at: Timestamp(0),
            entities,
            relations: vec![],
            by: MadeBy { name: "x".into(), version: "1".into() },
        };
        let decide = |state: &State, command| Graph::decide(state, command, &CONTEXT).unwrap();
        assert!(decide(&State::default(), record(vec![])).is_empty());
        let state = after(vec![record(vec![person("Anna")])]);
        assert!(decide(&state, record(vec![person("Anna")])).is_empty());
        assert_eq!(decide(&state, record(vec![])).len(), 1, "reworded, it says nothing any more");
    }
}

//! Whose data is here: listing, giving it out, erasing it, and proving that.

mod erase;
mod export;
mod readable;
mod scan;

use std::collections::BTreeMap;

use domain::account::Permission;
use events::payload::InstallEvent;
use events::{
    Actor, Append, BranchId, Code, CommandId, Event, Expected, NewEvent, Position, StreamId, StreamWrite, SubjectId,
    Timestamp, Version,
};
use projections::AsOf;

use super::{App, AppError};

pub use erase::{Erased, Preview};
use readable::{markdown, portable};

/// Somebody who has a data key here.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The number.
    pub id: SubjectId,
    /// `person`, `companion` or `install`.
    pub kind: &'static str,
    /// The name, unless it was erased.
    pub name: Option<String>,
    /// Since when there is a key.
    pub since: Timestamp,
    /// When the key was destroyed.
    pub erased_at: Option<Timestamp>,
}

/// What the install recorded, with where and when.
#[derive(Clone, Debug)]
pub struct InstallRecord {
    /// Where.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// By which command.
    pub command: CommandId,
    /// What.
    pub event: InstallEvent,
}

impl App {
    /// Everybody who has, or had, a data key here.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn subjects(&self) -> Result<Vec<Subject>, AppError> {
        let basis = self.read.at("main", AsOf::Latest).await?;
        let mut known: BTreeMap<SubjectId, (&'static str, Option<String>)> = BTreeMap::new();
        for person in self.read.minds().people(&basis).await? {
            known.insert(person.id.into(), ("person", person.name));
        }
        for companion in self.read.minds().companions(&basis).await? {
            known.insert(companion.id.into(), ("companion", Some(companion.name).filter(|n| !n.is_empty())));
        }
        let kind = |id: SubjectId| match id == SubjectId::INSTALL {
            true => ("install", None),
            false => known.get(&id).cloned().unwrap_or(("person", None)),
        };
        // Whoever may not erase others does not see that they are here.
        let own = [SubjectId::from(self.owner), self.companion.into()];
        let keys = self.keys.subjects();
        Ok(keys
            .into_iter()
            .filter(|k| self.caller.may(Permission::Subjects) || own.contains(&k.subject))
            .map(|k| {
                let (kind, name) = kind(k.subject);
                Subject { id: k.subject, kind, name, since: k.created_at, erased_at: k.destroyed_at }
            })
            .collect())
    }

    /// The subject that a text names: an id, a name, or `me`.
    ///
    /// # Errors
    /// When nobody or more than one has that name.
    pub async fn subject_named(&self, text: &str) -> Result<Subject, AppError> {
        let all = self.subjects().await?;
        let owner = SubjectId::from(self.owner).to_string();
        let wanted = if text == "me" { owner.as_str() } else { text };
        let fits = |s: &&Subject| s.id.to_string() == wanted || s.name.as_deref() == Some(wanted);
        let mut found = all.iter().filter(fits);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one.clone()),
            (None, _) => Err(AppError::new(Code::NoSuchPerson, format!("nobody here is called `{text}`"))),
            (Some(_), Some(_)) => {
                let message = format!("more than one is called `{text}`: use the id");
                Err(AppError::new(Code::NoSuchPerson, message))
            }
        }
    }

    /// Everything that the install recorded about people's data, the oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn install_records(&self) -> Result<Vec<InstallRecord>, AppError> {
        let (mut records, mut after) = (Vec::new(), Version(0));
        loop {
            let page = self.log.read_stream(BranchId::MAIN, StreamId::INSTALL, after, 1_000).await?;
            let Some(last) = page.last() else { return Ok(records) };
            after = last.header.version;
            for recorded in &page {
                let event = recorded.event().map_err(|e| AppError::new(Code::LogDamaged, e.to_string()))?;
                if let Some(Event::Install(event)) = event {
                    records.push(InstallRecord {
                        position: recorded.position(),
                        at: recorded.header.recorded_at,
                        actor: recorded.header.actor,
                        command: recorded.header.command_id,
                        event,
                    });
                }
            }
        }
    }

    /// Records what the install did.
    async fn record(&self, command_id: CommandId, actor: Actor, event: InstallEvent) -> Result<Position, AppError> {
        let write = StreamWrite {
            stream: StreamId::INSTALL,
            expected: Expected::Any,
            events: vec![NewEvent::new(event, SubjectId::INSTALL)],
        };
        let append =
            Append { command_id, correlation: command_id.into(), actor, branch: BranchId::MAIN, writes: vec![write] };
        Ok(self.log.append(append).await?.last())
    }
}

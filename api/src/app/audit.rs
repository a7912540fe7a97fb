//! Proving the log: checkpoints, checks, proofs and exports, for this install's owner.

use std::collections::BTreeMap;

use events::ledger::export::{line, open_line};
use events::ledger::{LedgerError, Signed, Since};
use events::log::Branch;
use events::{Body, Code, MessageId, Position};
use projections::basis::branch_named;
use serde_json::{Value, json};

use super::{App, AppError};
use crate::tail::Filter;

/// The most events of an export that are given at once.
pub const MAX_LINES: u32 = 1_000;

/// What a check of log, tiles and checkpoints found.
#[derive(Clone, Debug)]
pub struct AuditVerdict {
    /// How many events were read and hashed.
    pub events: u64,
    /// Whether everything fits together.
    pub ok: bool,
    /// The first bad position.
    pub bad_position: Option<Position>,
    /// What is wrong, or what was checked.
    pub detail: String,
    /// Root of the tree over all events.
    pub root: Option<String>,
    /// How many checkpoints were compared.
    pub checkpoints: u64,
    /// How many events the newest checkpoint covers.
    pub signed: u64,
}

/// What a range of events is exported for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The first event.
    pub from: Option<Position>,
    /// The last event.
    pub through: Option<Position>,
}

impl App {
    async fn branch(&self, name: Option<&str>) -> Result<Branch, AppError> {
        Ok(branch_named(&*self.log, name.unwrap_or("main")).await?)
    }

    /// The newest checkpoint of a branch, made now when there is none over all its events.
    ///
    /// # Errors
    /// When the ledger is broken.
    pub async fn audit_checkpoint(&self, branch: Option<&str>) -> Result<Signed, AppError> {
        Ok(self.ledger.checkpoint(self.branch(branch).await?.id).await?)
    }

    /// Checks a branch from its beginning, or from a checkpoint. A broken ledger is no error but a verdict.
    ///
    /// # Errors
    /// When something cannot be read, or the checkpoint is not one of this log.
    pub async fn audit_verify(
        &self,
        branch: Option<&str>,
        since: Option<&str>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<AuditVerdict, AppError> {
        let branch = self.branch(branch).await?;
        let since = since.map(Since::parse);
        let bad = |position: Position, detail: String| AuditVerdict {
            events: position.0.saturating_sub(1),
            ok: false,
            bad_position: Some(position),
            detail,
            root: None,
            checkpoints: 0,
            signed: 0,
        };
        match self.ledger.verify(branch.id, since.as_ref(), progress).await {
            Ok(v) => Ok(AuditVerdict {
                events: v.events,
                ok: true,
                bad_position: None,
                detail: "events, tiles and checkpoints fit together".to_owned(),
                root: Some(hex(&v.root)),
                checkpoints: v.checkpoints,
                signed: v.newest.map_or(0, |c| c.size),
            }),
            Err(LedgerError::Damaged { position, what, .. }) => Ok(bad(position, what)),
            Err(LedgerError::Read(events::ReadError::Damaged { position, what, .. })) => Ok(bad(position, what)),
            Err(other) => Err(other.into()),
        }
    }

    /// A proof file for a message, or for the event at a position. `disclose` puts the content and its data key beside
    /// the sealed body; that key opens everything else of the same person too.
    ///
    /// # Errors
    /// When there is no such event, or it is not the owner's.
    pub async fn audit_prove(
        &self,
        branch: Option<&str>,
        wanted: ToProve,
        disclose: bool,
    ) -> Result<Value, AppError> {
        let on = self.branch(branch).await?;
        let position = match wanted {
            ToProve::Position(position) => position,
            ToProve::Message(message) => {
                let basis = self.basis(branch, None).await?;
                self.read.conversations().message(&basis, self.owner, message).await?.position
            }
        };
        let mut proof = self.ledger.prove(on.id, position).await?;
        if disclose {
            let opened = self.log.at(on.id, &[position]).await?;
            let opened = opened.into_iter().find(|e| self.own().takes(e));
            let opened = opened.ok_or_else(|| {
                AppError::new(Code::NoSuchMessage, format!("the event at {position} is not yours to open"))
            })?;
            match (&opened.body, self.keys.disclose(opened.header.key_id)?) {
                (Body::Open(content), Some(key)) => {
                    proof["content"] = String::from_utf8_lossy(content).into();
                    proof["dataKey"] = json!(hex(&key));
                }
                _ => proof["erased"] = json!(true),
            }
        }
        Ok(proof)
    }

    /// The first line of an export. With `disclose` it holds the data keys of the owner's events in the range.
    ///
    /// # Errors
    /// When the range is not in the log, or `since` is not a checkpoint of it.
    pub async fn audit_export_head(
        &self,
        branch: Option<&str>,
        range: Range,
        since: Option<&str>,
        disclose: bool,
    ) -> Result<Value, AppError> {
        let on = self.branch(branch).await?;
        let since = since.map(Since::parse);
        let from = range.from.unwrap_or(Position(1));
        let head = self.ledger.export_head(on.id, from, range.through, since.as_ref()).await?;
        let mut keys: BTreeMap<String, String> = BTreeMap::new();
        let mut after = Position(head.from.0 - 1);
        while disclose && after < head.through {
            let page = self.log.read(on.id, after, MAX_LINES).await?;
            let Some(last) = page.last() else { break };
            after = last.position();
            for event in page.iter().filter(|e| e.position() <= head.through && self.own().takes(e)) {
                let id = event.header.key_id;
                if !keys.contains_key(&id.to_string())
                    && let Some(key) = self.keys.disclose(id)?
                {
                    keys.insert(id.to_string(), hex(&key));
                }
            }
        }
        Ok(head.json(&keys.into_iter().collect::<Vec<_>>()))
    }

    /// Further lines of an export: the events after a position.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn audit_export_lines(
        &self,
        branch: Option<&str>,
        after: Position,
        through: Position,
        disclose: bool,
    ) -> Result<Vec<Value>, AppError> {
        let on = self.branch(branch).await?;
        let sealed = self.log.read_sealed(on.id, after, MAX_LINES).await?;
        let sealed = sealed.iter().take_while(|e| e.header.position <= through);
        if !disclose {
            return Ok(sealed.map(line).collect());
        }
        let open = self.log.read(on.id, after, MAX_LINES).await?;
        let lines = sealed.zip(&open);
        Ok(lines.map(|(s, o)| if self.own().takes(o) { open_line(s, o) } else { line(s) }).collect())
    }

    fn own(&self) -> Filter {
        Filter { types: vec![], person: self.owner, common: self.companion.into() }
    }
}

/// Which event is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToProve {
    /// The one at a position.
    Position(Position),
    /// The first one of a message.
    Message(MessageId),
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

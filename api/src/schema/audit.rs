//! Questions about proof: checkpoints, checks, proof files and exports.

use ::events::{Code, MessageId, Position as LogPosition};
use async_graphql::{Context, ID, Json, Object, SimpleObject};
use serde_json::Value;

use super::scalars::Position;
use super::{Result, app, id, refuse};
use crate::app::{AppError, AuditVerdict, Range, ToProve};

/// A signed statement about the first so many events of a branch.
#[derive(SimpleObject)]
pub struct AuditCheckpoint {
    /// Name of the log.
    log: String,
    /// How many events it covers.
    size: u64,
    /// Root of the tree over them, in hex.
    root: String,
    /// The signed note (C2SP tlog-checkpoint). Keep it elsewhere: it shows later that nothing was rewritten.
    note: String,
    /// The key that checks its signature.
    public_key: String,
}

/// What a check of log, tiles and checkpoints found.
#[derive(SimpleObject)]
pub struct AuditVerification {
    /// How many events were read and hashed.
    events: u64,
    ok: bool,
    /// The first bad position.
    bad_position: Option<Position>,
    detail: String,
    /// Root of the tree over all events, in hex.
    root: Option<String>,
    /// How many checkpoints were compared.
    checkpoints: u64,
    /// How many events the newest checkpoint covers.
    signed: u64,
}

impl From<AuditVerdict> for AuditVerification {
    fn from(v: AuditVerdict) -> Self {
        Self {
            events: v.events,
            ok: v.ok,
            bad_position: v.bad_position.map(Into::into),
            detail: v.detail,
            root: v.root,
            checkpoints: v.checkpoints,
            signed: v.signed,
        }
    }
}

/// What an auditor asks for.
pub struct Audit;

#[Object]
impl Audit {
    /// The newest checkpoint of a branch, signed now when events came in since the last.
    async fn checkpoint(&self, context: &Context<'_>, branch: Option<String>) -> Result<AuditCheckpoint> {
        let signed = app(context)?.audit_checkpoint(branch.as_deref()).await.map_err(refuse)?;
        Ok(AuditCheckpoint {
            log: signed.checkpoint.origin,
            size: signed.checkpoint.size,
            root: signed.checkpoint.root.iter().map(|b| format!("{b:02x}")).collect(),
            note: signed.note,
            public_key: signed.key.to_string(),
        })
    }

    /// Checks events, tiles and checkpoints of a branch, all of them or those after a checkpoint (a note or a size).
    async fn verify(
        &self,
        context: &Context<'_>,
        branch: Option<String>,
        since: Option<String>,
    ) -> Result<AuditVerification> {
        let app = app(context)?;
        let verdict = app.audit_verify(branch.as_deref(), since.as_deref(), &mut |_| ()).await;
        Ok(verdict.map_err(refuse)?.into())
    }

    /// Who did what, to whose data; what was erased and given out; which models were used.
    async fn report(
        &self,
        context: &Context<'_>,
        branch: Option<String>,
        as_of: Option<String>,
    ) -> Result<Json<Value>> {
        let app = app(context)?;
        app.note_review("audit report").await.map_err(refuse)?;
        let report = app.audit_report(branch.as_deref(), as_of.as_deref()).await;
        report.map(Json).map_err(refuse)
    }

    /// A proof file for a message or for the event at a position. With `disclose` it holds the content and the data
    /// key, which opens everything else of the same person too.
    async fn proof(
        &self,
        context: &Context<'_>,
        position: Option<Position>,
        message: Option<ID>,
        branch: Option<String>,
        #[graphql(default)] disclose: bool,
    ) -> Result<Json<Value>> {
        let wanted = match (position, message) {
            (Some(position), None) => ToProve::Position(position.0),
            (None, Some(message)) => ToProve::Message(id::<MessageId>(&message, "message", Code::NoSuchMessage)?),
            _ => return Err(refuse(AppError::new(Code::BadRequest, "name a position or a message"))),
        };
        let proof = app(context)?.audit_prove(branch.as_deref(), wanted, disclose).await;
        proof.map(Json).map_err(refuse)
    }

    /// The first line of an export of a range of events.
    async fn export_head(
        &self,
        context: &Context<'_>,
        from: Option<Position>,
        through: Option<Position>,
        since: Option<String>,
        branch: Option<String>,
        #[graphql(default)] disclose: bool,
    ) -> Result<Json<Value>> {
        let range = Range { from: from.map(|p| p.0), through: through.map(|p| p.0) };
        let app = app(context)?;
        let head = app.audit_export_head(branch.as_deref(), range, since.as_deref(), disclose).await;
        head.map(Json).map_err(refuse)
    }

    /// Further lines of an export: at most 1,000 events after a position.
    async fn export_lines(
        &self,
        context: &Context<'_>,
        after: Position,
        through: Position,
        branch: Option<String>,
        #[graphql(default)] disclose: bool,
    ) -> Result<Vec<Json<Value>>> {
        let (after, through): (LogPosition, LogPosition) = (after.0, through.0);
        let app = app(context)?;
        let lines = app.audit_export_lines(branch.as_deref(), after, through, disclose).await;
        Ok(lines.map_err(refuse)?.into_iter().map(Json).collect())
    }
}

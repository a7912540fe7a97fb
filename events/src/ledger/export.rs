//! What leaves the house: proofs of one event and exports of many, which anybody can check with the public key alone.
//!
//! The forms are described in `docs/ledger.md`. `tools/verify` reads them and shares no code with this crate.

use serde_json::{Value, json};

use super::note::{Checkpoint, PublicKey};
use super::{Ledger, LedgerError, Since};
use crate::codec;
use crate::envelope::{Body, Digest, Header, Recorded, SealedEvent};
use crate::id::{BranchId, Position};
use crate::log::EventLog;

/// The form of a proof of one event.
pub const PROOF_FORMAT: &str = "aico-proof/1";
/// The form of an export.
pub const EXPORT_FORMAT: &str = "aico-audit-export/1";

fn hex_all(hashes: &[Digest]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}

/// The header in words. Only the canonical header beside it is proved.
pub fn header_json(h: &Header) -> Value {
    json!({
        "position": h.position, "branch": h.branch, "stream": h.stream.to_string(), "version": h.version,
        "eventId": h.event_id, "type": h.event_type, "schema": h.schema, "recordedAt": h.recorded_at.to_string(),
        "occurredAt": h.occurred_at.to_string(), "actor": h.actor.to_string(), "commandId": h.command_id,
        "causation": h.causation, "correlation": h.correlation, "subject": h.subject, "keyId": h.key_id,
    })
}

/// One line of an export: the header in words and as it was hashed, its leaf, and the sealed body.
pub fn line(event: &SealedEvent) -> Value {
    json!({
        "position": event.header.position,
        "event": header_json(&event.header),
        "header": hex::encode(codec::encode_header(&event.header)),
        "leaf": hex::encode(event.header.leaf()),
        "sealed": hex::encode(&event.body),
    })
}

/// As [`line()`], with the content beside it; an erased one says so.
pub fn open_line(sealed: &SealedEvent, open: &Recorded) -> Value {
    let mut line = line(sealed);
    match &open.body {
        // The bytes that were sealed, as they are: an auditor compares them.
        Body::Open(json) => line["content"] = String::from_utf8_lossy(json).into(),
        Body::Erased => line["erased"] = true.into(),
    }
    line
}

/// The first line of an export.
#[derive(Clone, Debug)]
pub struct ExportHead {
    /// Which branch.
    pub branch: BranchId,
    /// The first event.
    pub from: Position,
    /// The last event.
    pub through: Position,
    /// Size of the tree that the checkpoint signs.
    pub size: u64,
    value: Value,
}

impl ExportHead {
    /// As JSON; `keys` are the data keys that an auditor may open contents with, as id and hex.
    pub fn json(&self, keys: &[(String, String)]) -> Value {
        let mut value = self.value.clone();
        let keys: Vec<Value> = keys.iter().map(|(id, key)| json!({ "id": id, "key": key })).collect();
        value["disclosed"] = json!(!keys.is_empty());
        value["dataKeys"] = json!(keys);
        value
    }
}

impl Ledger {
    /// A proof file for one event: everything that is needed to check it offline, as JSON. The content stays sealed.
    ///
    /// # Errors
    /// When there is no such event, or the ledger is broken.
    pub async fn prove(&self, branch: BranchId, position: Position) -> Result<Value, LedgerError> {
        let (signed, path) = self.inclusion(branch, position).await?;
        let before = Position(position.0.saturating_sub(1));
        let page = self.log.read_sealed(branch, before, 1).await?;
        let Some(event) = page.first().filter(|e| e.header.position == position) else {
            return Err(LedgerError::PastHead { asked: position, head: Position(signed.checkpoint.size) });
        };
        let mut proof = line(event);
        proof["format"] = json!(PROOF_FORMAT);
        proof["log"] = json!(signed.checkpoint.origin);
        proof["publicKey"] = json!(signed.key.to_string());
        proof["checkpoint"] = json!(signed.note);
        proof["leafIndex"] = json!(position.0 - 1);
        proof["treeSize"] = json!(signed.checkpoint.size);
        proof["inclusion"] = json!(hex_all(&path));
        Ok(proof)
    }

    /// The first line of an export of a range, under the newest checkpoint.
    ///
    /// With the subtrees left and right of the range an auditor computes the signed root from the events of the range;
    /// with `since` the export also shows that the log goes on from an earlier checkpoint.
    ///
    /// # Errors
    /// When the range is not in the log, or `since` is no checkpoint of this log.
    pub async fn export_head(
        &self,
        branch: BranchId,
        from: Position,
        through: Option<Position>,
        since: Option<&Since>,
    ) -> Result<ExportHead, LedgerError> {
        let signed = self.checkpoint(branch).await?;
        let size = signed.checkpoint.size;
        let through = through.unwrap_or(Position(size));
        let from = Position(from.0.max(1));
        if through.0 > size || from > through.next() {
            return Err(LedgerError::PastHead { asked: from.max(through), head: Position(size) });
        }
        let left = self.covering(branch, 0, from.0 - 1).await?;
        let right = self.covering(branch, through.0, size).await?;
        let mut value = json!({
            "format": EXPORT_FORMAT, "log": signed.checkpoint.origin, "publicKey": signed.key.to_string(),
            "branch": branch, "from": from, "through": through, "treeSize": size, "checkpoint": signed.note,
            "left": hex_all(&left), "right": hex_all(&right), "software": concat!("aico ", env!("CARGO_PKG_VERSION")),
        });
        if let Some(since) = since {
            let old = self.earlier(branch, since, &signed.key).await?;
            let path = self.consistency(branch, old.size, size).await?;
            value["since"] =
                json!({ "size": old.size, "root": hex::encode(old.root), "consistency": hex_all(&path) });
        }
        Ok(ExportHead { branch, from, through, size, value })
    }

    async fn earlier(&self, branch: BranchId, since: &Since, key: &PublicKey) -> Result<Checkpoint, LedgerError> {
        match since {
            Since::Note(note) => Ok(Checkpoint::open(note, key)?),
            Since::Size(size) => {
                let root = self.root(branch, *size).await?;
                Ok(Checkpoint { origin: key.name().to_owned(), size: *size, root })
            }
        }
    }

    /// The log that this is the ledger of.
    pub fn log(&self) -> &dyn EventLog {
        &*self.log
    }
}

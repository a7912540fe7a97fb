//! Backups, on the wire.

use async_graphql::SimpleObject;

use crate::app;

/// A backup in a folder of the machine that holds the companion.
#[derive(SimpleObject)]
pub struct Backup {
    name: String,
    at: String,
    events: u64,
    bytes: u64,
    /// How many bytes were written for it; what earlier ones have is not written again.
    written: u64,
}

impl From<app::Backup> for Backup {
    fn from(b: app::Backup) -> Self {
        Self { name: b.name, at: b.at, events: b.events, bytes: b.bytes, written: b.written }
    }
}

/// A backup that was read whole and is as it was signed.
#[derive(SimpleObject)]
pub struct VerifiedBackup {
    pub(super) name: String,
    pub(super) events: u64,
    /// Root of the trunk, in hex.
    pub(super) root: String,
}

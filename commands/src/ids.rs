//! Ids that follow from other ids, so that a repeated command meets the same things.

use uuid::Uuid;

/// The UUIDv5 of a purpose under a parent id.
pub fn derive(parent: Uuid, purpose: &str) -> Uuid {
    Uuid::new_v5(&parent, purpose.as_bytes())
}

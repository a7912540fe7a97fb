//! The key store's file: its form, its checksum, and how it is replaced.
//!
//! A checksum over the content tells damage from a wrong passphrase: without it a flipped bit in the salt would read as
//! a passphrase that does not fit. It is no protection against somebody who writes to the file; the seals are.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::KeyError;
use super::unlock::MasterSource;
use crate::id::{KeyId, SubjectId};
use crate::time::Timestamp;

const FORMAT: u32 = 1;

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    /// How the master key is had.
    pub(super) master: MasterSource,
    /// Nonce and ciphertext of a known text under the master key, in hex.
    pub(super) verifier: String,
    /// The data keys, oldest first.
    pub(super) keys: Vec<Entry>,
    /// The ledger's signing key: nonce and wrapped key, in hex. Made when it is first needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ledger: Option<String>,
}

/// One data key, or the tombstone of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: KeyId,
    pub(super) subject: SubjectId,
    pub(super) created_at: Timestamp,
    /// Nonce and wrapped key, in hex; empty when destroyed.
    pub(super) wrapped: String,
    /// SHA-256 over `kc` and the key, in hex.
    pub(super) commitment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) destroyed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Formatted {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct Stored<C> {
    format: u32,
    /// Over the content as compact JSON, in hex.
    sha256: String,
    content: C,
}

pub(super) fn damaged(what: &str) -> KeyError {
    KeyError::Store(what.to_owned(), None)
}

pub(super) fn unusable(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> KeyError {
    KeyError::Store(what.to_owned(), Some(Box::new(source)))
}

fn checksum(content: &Content) -> serde_json::Result<String> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(content)?)))
}

/// Reads the bytes of a file.
pub(super) fn parse(bytes: &[u8]) -> Result<Content, KeyError> {
    let Formatted { format } = serde_json::from_slice(bytes).map_err(|e| unusable("it is damaged", e))?;
    if format != FORMAT {
        return Err(damaged("it has a format that this version of AICO does not know"));
    }
    let stored: Stored<Content> = serde_json::from_slice(bytes).map_err(|e| unusable("it is damaged", e))?;
    let sum = checksum(&stored.content).map_err(|e| unusable("it is damaged", e))?;
    if sum == stored.sha256 { Ok(stored.content) } else { Err(damaged("its checksum does not fit: it was changed")) }
}

/// Makes the file. Whether it was made: one that is already there stays, as it may hold keys.
pub(super) fn create(path: &Path, content: &Content, unique: [u8; 8]) -> Result<bool, KeyError> {
    let temporary = path.with_extension(format!("new-{}", hex::encode(unique)));
    let make = || -> io::Result<bool> {
        write(&temporary, content)?;
        // A link never replaces, a rename does; but some file systems have no links.
        let made = match std::fs::hard_link(&temporary, path) {
            Ok(()) => true,
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => false,
            Err(_) if path.exists() => false,
            Err(_) => return commit(&temporary, path).map(|()| true),
        };
        std::fs::remove_file(&temporary)?;
        sync_folder(path)?;
        Ok(made)
    };
    make().map_err(|e| unusable("it cannot be written", e))
}

/// Replaces the file atomically: a crash leaves the old one or the new one.
pub(super) fn replace(path: &Path, content: &Content) -> Result<(), KeyError> {
    stage(path, content)
        .and_then(|temporary| commit(&temporary, path))
        .map_err(|e| unusable("it cannot be written", e))
}

/// Writes the next file beside the present one. Always at the same place, so that what a crash left there goes with the
/// next change: it may hold a key that was since destroyed.
pub(super) fn stage(path: &Path, content: &Content) -> io::Result<PathBuf> {
    let temporary = path.with_extension("new");
    write(&temporary, content)?;
    Ok(temporary)
}

fn commit(temporary: &Path, path: &Path) -> io::Result<()> {
    std::fs::rename(temporary, path)?;
    sync_folder(path)
}

fn write(path: &Path, content: &Content) -> io::Result<()> {
    // Removed, not truncated: an old file would keep its old permissions.
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let stored = Stored { format: FORMAT, sha256: checksum(content)?, content };
    file.write_all(&serde_json::to_vec_pretty(&stored)?)?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

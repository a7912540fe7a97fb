//! The lock of an archive: a key of its own that follows from its own passphrase by Argon2id.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::KeyError;
use super::file::{Entry, damaged};
use super::unlock::{self, Key, MasterSource, Unlock};
use super::wrap::{unwrap, verifier, verifies, wrap};
use crate::time::Entropy;

/// How the key of an archive follows from its passphrase; stored in its head.
#[derive(Serialize, Deserialize)]
pub(crate) struct Lock {
    source: MasterSource,
    verifier: String,
}

/// The key of an archive.
pub(crate) struct ArchiveKey(pub(super) Key);

/// Data keys, wrapped under the key of an archive.
#[derive(Serialize, Deserialize)]
pub(crate) struct Wrapped(pub(super) Vec<Entry>);

impl Lock {
    /// A new lock.
    pub(crate) fn new(passphrase: &str, entropy: &dyn Entropy) -> Result<(ArchiveKey, Self), KeyError> {
        let (key, source) = unlock::chosen(passphrase, entropy)?;
        let verifier = verifier(&key, entropy)?;
        Ok((ArchiveKey(key), Self { source, verifier }))
    }

    /// Its key, when the passphrase is right.
    pub(crate) fn open(&self, passphrase: &str) -> Result<ArchiveKey, KeyError> {
        if !matches!(self.source, MasterSource::Passphrase { .. }) {
            return Err(damaged("an archive opens with a passphrase and nothing else"));
        }
        let key = unlock::existing(&self.source, Unlock::with_passphrase(passphrase))?;
        if verifies(&key, &self.verifier) { Ok(ArchiveKey(key)) } else { Err(KeyError::WrongPassphrase) }
    }
}

impl ArchiveKey {
    /// Seals something for one purpose, as text.
    pub(crate) fn seal(&self, purpose: &[u8], plain: &[u8], entropy: &dyn Entropy) -> Result<String, KeyError> {
        wrap(&self.0, entropy, purpose, plain)
    }

    /// Opens what was sealed for a purpose; `None` when it was changed.
    pub(crate) fn open(&self, purpose: &[u8], sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        unwrap(&self.0, purpose, sealed)
    }
}

//! Sealing: AES-256-GCM with one data key per subject, wrapped by a master key.

pub mod aead;
mod file;
mod lock;
pub mod memory;
mod store;
mod unlock;
mod wrap;

pub(crate) use lock::{ArchiveKey, Lock, Wrapped};
pub use store::{KeyStore, SubjectKey};
pub use unlock::{Argon2idParameters, Unlock};

use std::sync::Arc;

use aes_gcm::Aes256Gcm;

use crate::code::Code;
use crate::id::{KeyId, SubjectId};
use crate::log::BoxError;

/// Gives the data keys. Implementations: the key store file, and a memory one for tests.
pub trait KeyRing: Send + Sync {
    /// The current key of a subject, made and made durable on first use.
    ///
    /// # Errors
    /// [`KeyError::Erased`] when the subject was erased; otherwise when the store fails.
    fn sealing_key(&self, subject: SubjectId) -> Result<(KeyId, Arc<Aes256Gcm>), KeyError>;

    /// A key by its id; `None` when it was destroyed on purpose.
    ///
    /// # Errors
    /// [`KeyError::Missing`] when the store never had it.
    fn opening_key(&self, key: KeyId) -> Result<Option<Arc<Aes256Gcm>>, KeyError>;
}

/// What can go wrong with keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The passphrase does not open the key store.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// There is no keyring, no passphrase and no terminal to ask at.
    #[error("no way to unlock: no keyring, no AICO_PASSPHRASE, no terminal to ask at")]
    NoPassphrase,
    /// A key is needed that the store does not have.
    #[error("data key {0} is missing from the key store")]
    Missing(KeyId),
    /// The subject's key was destroyed.
    #[error("subject {0} was erased")]
    Erased(SubjectId),
    /// The file is damaged or cannot be written.
    #[error("the key store is unusable: {0}")]
    Store(String, #[source] Option<BoxError>),
    /// The operating system's keyring refused.
    #[error("the keyring refused")]
    Keyring(#[source] BoxError),
}

impl KeyError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::WrongPassphrase => Code::WrongPassphrase,
            Self::NoPassphrase => Code::NoPassphrase,
            Self::Missing(_) => Code::KeyMissing,
            Self::Erased(_) => Code::SubjectErased,
            Self::Store(_, Some(e)) if is_disk_full(&**e) => Code::DiskFull,
            Self::Store(..) => Code::KeyStoreDamaged,
            Self::Keyring(_) => Code::KeyringFailed,
        }
    }
}

fn is_disk_full(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::StorageFull)
}

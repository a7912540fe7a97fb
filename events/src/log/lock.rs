//! One process at a time may write to a data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// The right to write. Given up when dropped, and by the operating system when the process dies.
#[derive(Debug)]
pub struct WriterLock(#[allow(dead_code, reason = "held, never read")] File);

/// Why the right to write was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another process is using this data folder")]
    Held,
    /// The lock file cannot be made.
    #[error("the lock file cannot be used")]
    Io(#[source] std::io::Error),
}

impl WriterLock {
    /// Takes the lock, or says at once that another process has it.
    ///
    /// # Errors
    /// See [`LockError`].
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Held),
            Err(TryLockError::Error(e)) => Err(LockError::Io(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.lock");
        let first = WriterLock::take(&path).unwrap();
        assert!(matches!(WriterLock::take(&path), Err(LockError::Held)));
        drop(first);
        WriterLock::take(&path).unwrap();
    }
}

//! Why a model cannot be installed.

use std::io;
use std::path::{Path, PathBuf};

use events::Code;

use crate::language::ModelError;

/// See the module. Whatever went wrong, what was installed before is still there.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// No such model.
    #[error("no model named {name} is installed")]
    NotInstalled {
        /// Its name.
        name: String,
    },
    /// Another checksum.
    #[error("{file} has the checksum {is} and should have {wanted}")]
    Checksum {
        /// Which file.
        file: String,
        /// SHA-256 of what came, in hexadecimal.
        is: String,
        /// SHA-256 that was promised.
        wanted: String,
    },
    /// A manifest or an archive that is not what it should be.
    #[error("the model is damaged: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// Somebody else is changing the installed models.
    #[error("another installation is going on in {}", path.display())]
    Busy {
        /// The folder of the models.
        path: PathBuf,
    },
    /// A file that cannot be read or written.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A server that cannot be asked.
    #[error(transparent)]
    Server(#[from] ModelError),
}

impl InstallError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    pub(super) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged { reason: reason.into() }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotInstalled { .. } => Code::NoSuchModel,
            Self::Checksum { .. } => Code::ModelChecksumWrong,
            Self::Damaged { .. } => Code::ModelFileDamaged,
            Self::Busy { .. } => Code::DataDirLocked,
            Self::File { source, .. } if source.kind() == io::ErrorKind::StorageFull => Code::DiskFull,
            Self::File { .. } => Code::FileUnusable,
            Self::Server(error) => error.code(),
        }
    }
}

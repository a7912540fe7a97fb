//! One error for people and programs: a code, a sentence, what to do, and an exit code.

use events::Code;

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    /// The stable code.
    pub code: Code,
    /// What happened.
    pub message: String,
}

impl CliError {
    /// A failure with its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The exit code of the process, as documented in `aico --help`.
    pub fn exit_code(&self) -> u8 {
        match self.code {
            Code::NoSuchConversation
            | Code::NoSuchMessage
            | Code::NoSuchPerson
            | Code::NoSuchBranch
            | Code::NoSuchProjection
            | Code::NoSuchModel
            | Code::NoSuchMemory
            | Code::NoSuchAccount
            | Code::NoSuchGrant
            | Code::PositionPastHead
            | Code::TimeBeforeFirstEvent => 3,
            Code::DataDirLocked
            | Code::WrongPassphrase
            | Code::NoPassphrase
            | Code::KeyringFailed
            | Code::NotInitialised
            | Code::SignInRefused
            | Code::AccountLocked
            | Code::SessionOver
            | Code::TokenExpired
            | Code::Unauthorised => 4,
            Code::LogDamaged | Code::ReadModelDamaged | Code::KeyStoreDamaged | Code::ArchiveDamaged => 5,
            Code::BadAsOf | Code::EmptyMessage | Code::MessageTooLong | Code::NotUtf8 => 2,
            _ => 1,
        }
    }

    /// The first line under "What to do" of the code's page.
    pub fn advice(&self) -> Option<&'static str> {
        let page = self.code.page();
        let (_, rest) = page.split_once("## What to do")?;
        rest.lines().map(str::trim).find(|line| !line.is_empty())
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::new(Code::FileUnusable, error.to_string())
    }
}

//! One error for everything that the app does: a code and a sentence.

use events::Code;

/// See the module.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{message}")]
pub struct AppError {
    /// The stable code.
    pub code: Code,
    /// What happened, with its causes.
    pub message: String,
}

impl AppError {
    /// An error with its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    fn from_chain(code: Code, error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(e) = cause {
            let more = e.to_string();
            if !message.contains(&more) {
                message = format!("{message}: {more}");
            }
            cause = e.source();
        }
        Self { code, message }
    }
}

macro_rules! coded {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for AppError {
            fn from(error: $error) -> Self {
                Self::from_chain(error.code(), &error)
            }
        })*
    };
}

coded!(
    events::log::postgres::OpenError,
    events::log::sqlite::OpenError,
    events::seal::KeyError,
    events::ledger::LedgerError,
    events::ReadError,
    events::AppendError,
    projections::ReadSideError,
    projections::AsOfError,
    crate::tail::TailError,
    commands::TurnError,
    commands::CommandError,
    commands::branches::BranchingError,
    commands::ports::PortError,
    models::ModelError,
    models::EmbeddingError,
    models::InstallError,
);

impl From<std::io::Error> for AppError {
    fn from(error: std::io::Error) -> Self {
        let code = if error.raw_os_error() == Some(28) { Code::DiskFull } else { Code::DataDirUnusable };
        Self::from_chain(code, &error)
    }
}

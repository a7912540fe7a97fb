//! Taking in conversations from files.

use commands::import::{self, Format, ImportError, Imported, Parsed};
use projections::basis::branch_named;

use super::{App, AppError};

impl From<ImportError> for AppError {
    fn from(error: ImportError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl App {
    /// Takes in a file that was understood, on a branch. The same file a second time adds nothing.
    ///
    /// # Errors
    /// When there is no such branch, a message breaks a rule, or the log fails.
    pub async fn take_in(
        &self,
        branch: &str,
        format: Format,
        bytes: &[u8],
        parsed: Parsed,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Imported, AppError> {
        let branch = branch_named(&*self.log, branch).await?;
        let digest = events::codec::sha256(bytes);
        let done =
            import::import(&*self.log, self.owner, self.companion, branch.id, format, digest, parsed, progress)
                .await?;
        Ok(done)
    }
}

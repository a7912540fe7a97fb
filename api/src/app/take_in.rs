//! Taking in conversations from files.

use commands::import::{self, Format, ImportError, Imported, Parsed, ParsedCompanion};
use commands::{Meta, derive};
use domain::companion;
use events::{Actor, BranchId, CommandId, Digest};
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
    ) -> Result<TakenIn, AppError> {
        let branch = branch_named(&*self.log, branch).await?;
        let digest = events::codec::sha256(bytes);
        let (companion, left) = (parsed.companion.clone(), parsed.left.clone());
        let done =
            import::import(&*self.log, self.owner, self.companion, branch.id, format, digest, parsed, progress)
                .await?;
        let companion = match companion {
            Some(other) => Some(self.become_another(branch.id, &digest, other).await?),
            None => None,
        };
        Ok(TakenIn { imported: done, companion, left })
    }

    /// Gives the companion the name and the character of a file. The same file a second time changes nothing.
    async fn become_another(
        &self,
        branch: BranchId,
        digest: &Digest,
        other: ParsedCompanion,
    ) -> Result<String, AppError> {
        let of: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        let meta = |what: &str| {
            let id = CommandId(derive(self.companion.0, &format!("{of}/{branch}/{what}")));
            Meta::new(id, Actor::Person(self.owner), self.companion)
        };
        let rename = companion::Command::Rename { name: other.name.clone() };
        self.turns.bus().companion(branch, self.companion, &meta("name"), rename).await?;
        let change = companion::Command::ChangePersona { persona: other.persona };
        self.turns.bus().companion(branch, self.companion, &meta("persona"), change).await?;
        Ok(other.name)
    }
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// Its conversations.
    pub imported: Imported,
    /// What the companion is called now, when the file said so.
    pub companion: Option<String>,
    /// What of the file was not taken in, in words.
    pub left: Vec<String>,
}

impl TakenIn {
    /// As the command line and the server tell it.
    pub fn told(&self) -> serde_json::Value {
        let done = &self.imported;
        serde_json::json!({
            "conversations": done.conversations, "messages": done.messages, "repeated": done.repeated,
            "companion": self.companion, "left": self.left,
        })
    }
}

//! Making a data folder from a backup and a copy of the key store.

use std::path::Path;
use std::sync::Arc;

use events::ledger::note::NoteSigner;
use events::ledger::{Ledger, Shelf};
use events::log::Log;
use events::log::sqlite::{Restoring, SqliteOptions};
use events::seal::{KeyRing, KeyStore, Unlock};
use events::{BranchId, Clock, Code, Entropy, SystemClock, SystemEntropy};

use super::sealed::Vault;
use super::{Backup, Line, Manifest, checked, decode, hex, listed};
use crate::app::{AppError, DataFolder};

/// What is needed to restore.
pub struct Restore<'a> {
    /// The folder of the backups.
    pub from: &'a Path,
    /// Which one; without it the newest.
    pub name: Option<&'a str>,
    /// The data folder to make; must not hold a companion.
    pub into: &'a Path,
    /// The key store, as it was copied apart.
    pub keys: &'a Path,
    /// How to get at the keys.
    pub unlock: Unlock<'a>,
}

/// A restored data folder.
#[derive(Clone, Debug)]
pub struct Restored {
    /// From which backup.
    pub backup: Backup,
    /// Root over all events of the trunk, as signed in the backup and as computed from the restored log, in hex.
    pub root: String,
}

/// Restores a backup into a new data folder, and checks what came of it against the signed checkpoints.
///
/// # Errors
/// When the folder holds a companion, the keys do not open, the backup is of another install or damaged; then the new
/// folder holds no log.
pub async fn restore(wanted: Restore<'_>) -> Result<Restored, AppError> {
    let folder = DataFolder::at(wanted.into);
    if folder.log().exists() || folder.keys().exists() {
        let message = format!("{} holds a companion already: restore into a new folder", wanted.into.display());
        return Err(AppError::new(Code::Rejected, message));
    }
    if !wanted.keys.is_file() {
        let message =
            format!("there is no key store at {}: pass the copy that was kept apart", wanted.keys.display());
        return Err(AppError::new(Code::KeyMissing, message));
    }
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    // The copy itself is left as it is: the wrapped keys are opened in their new place.
    let folder = DataFolder::make(wanted.into)?;
    std::fs::copy(wanted.keys, folder.keys())?;
    let result = async {
        let path = folder.keys();
        let (c, e) = (clock.clone(), entropy.clone());
        let keys = Arc::new(tokio::task::block_in_place(|| KeyStore::open(&path, wanted.unlock, c, e))?);
        let signer = keys.ledger_signer()?;
        let vault = Vault::open(wanted.from, keys.clone(), entropy.clone())?;
        let name = vault.named(wanted.name)?;
        let manifest = vault.manifest(&name)?;
        let root = fill(&folder, &vault, &manifest, &signer).await?;
        proved(&folder, keys, signer, &manifest, clock, entropy).await?;
        Ok(Restored { backup: listed(&name, &manifest), root })
    };
    let result = result.await;
    if result.is_err() {
        // What was begun would be taken for a companion.
        for part in [
            folder.log(),
            folder.log().with_extension("db-wal"),
            folder.log().with_extension("db-shm"),
            folder.keys(),
        ] {
            let _it_may_not_be_there = std::fs::remove_file(part);
        }
    }
    result
}

/// Writes the events into a new log, while their roots are compared with the signed ones.
async fn fill(
    folder: &DataFolder,
    vault: &Vault,
    manifest: &Manifest,
    signer: &NoteSigner,
) -> Result<String, AppError> {
    let key = |branch: BranchId| signer.public(&events::ledger::origin(signer, branch));
    // Read once to see that it is sound, and once more to write it: a log need not fit into memory.
    let root = checked(vault, manifest, key)?;
    let mut log = Restoring::begin(&SqliteOptions::new(folder.log())).await?;
    for line in &manifest.branches {
        for chunk in &line.chunks {
            log.add(line.id, &decode(&vault.get(&chunk.name)?)?).await?;
        }
    }
    let branches: Vec<_> = manifest.branches.iter().map(Line::branch).collect();
    log.finish(&branches).await?;
    if let Some(config) = &manifest.config {
        std::fs::write(folder.config(), config)?;
    }
    Ok(hex(&root))
}

/// Reads the restored log with the ledger, and compares every branch with its checkpoint.
async fn proved(
    folder: &DataFolder,
    keys: Arc<dyn KeyRing>,
    signer: NoteSigner,
    manifest: &Manifest,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<(), AppError> {
    let log = Log::sqlite(&SqliteOptions::new(folder.log()), keys, clock.clone(), entropy).await?;
    let ledger = Ledger::new(Arc::new(log.clone()), Shelf::Folder(folder.ledger()), signer, clock);
    for line in &manifest.branches {
        let since = events::ledger::Since::Note(line.checkpoint.clone());
        ledger.verify(line.id, Some(&since), &mut |_| ()).await?;
    }
    log.close().await.map_err(|e| AppError::new(Code::LogUnreadable, e.to_string()))
}

//! Carrying a companion to another machine: one archive out, one archive in. Neither opens an app.

use std::path::Path;
use std::sync::Arc;

use events::archive::{Archive, ArchiveError, Export, Exported, Progress, Restored};
use events::log::store::{StoreReader, StoreWriter};
use events::log::{postgres, sqlite};
use events::seal::{KeyStore, Unlock};
use events::{Code, SystemClock, SystemEntropy};

use super::{AppError, DataFolder, Database};

/// A data folder that is not open.
pub struct Place<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// How to get at its keys.
    pub unlock: Unlock<'a>,
    /// Where the log is, when it is not in a file of the folder.
    pub database: Option<&'a Database>,
}

fn keys(folder: &DataFolder, unlock: Unlock<'_>) -> Result<KeyStore, AppError> {
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    // Argon2id is deliberate work of some 100 ms: not on a thread that serves others.
    Ok(tokio::task::block_in_place(|| KeyStore::open(&folder.keys(), unlock, clock, entropy))?)
}

/// Writes the log of a folder, with its keys under a passphrase of the archive's own. Works while a server runs: it gets
/// the log as it is at this moment.
///
/// # Errors
/// When the folder holds no companion, its keys do not open, or the file cannot be written.
pub async fn export_archive(
    place: Place<'_>,
    passphrase: &str,
    file: &Path,
    progress: Progress<'_>,
) -> Result<Exported, AppError> {
    let folder = DataFolder::at(place.folder);
    if !folder.keys().exists() || (place.database.is_none() && !folder.log().exists()) {
        let message = format!("there is no companion in {} yet: run `aico init`", place.folder.display());
        return Err(AppError::new(Code::NotInitialised, message));
    }
    let keys = keys(&folder, place.unlock)?;
    let log: Arc<dyn StoreReader> = match place.database {
        None => sqlite::reader(&sqlite::SqliteOptions::new(folder.log()))?,
        Some(at) => postgres::store(&at.url, &at.schema).await?.1,
    };
    let reactors = std::fs::read_to_string(folder.reactors()).ok();
    let export = Export { log: &*log, keys: &keys, reactors, passphrase };
    let done = export.write(file, &SystemClock, &SystemEntropy, progress).await;
    log.close().await;
    Ok(done?)
}

/// Takes an archive into a folder that is empty, or that holds an earlier state of the same log.
///
/// # Errors
/// When the passphrase is wrong, the archive is damaged, the folder is in use or holds another log. Then nothing of it
/// was taken in.
pub async fn import_archive(
    place: Place<'_>,
    passphrase: &str,
    file: &Path,
    progress: Progress<'_>,
) -> Result<Restored, AppError> {
    // The passphrase first: nothing is made before it is known to be right.
    let archive = tokio::task::block_in_place(|| Archive::open(file, passphrase))?;
    let folder = DataFolder::make(place.folder)?;
    let (mut writer, reader): (Box<dyn StoreWriter>, Arc<dyn StoreReader>) = match place.database {
        None => sqlite::store(&sqlite::SqliteOptions::new(folder.log())).await?,
        Some(at) => postgres::store(&at.url, &at.schema).await?,
    };
    let keys = keys(&folder, place.unlock)?;
    let done = archive.restore(&mut *writer, &*reader, &keys, &SystemEntropy, progress).await;
    let closed = writer.close().await.map_err(|e| AppError::new(Code::LogUnreadable, e.to_string()));
    let done = done?;
    closed?;
    if let Some(reactors) = done.reactors.as_ref().filter(|_| done.new == done.events) {
        // Without it reactors look at old events once more, which changes nothing.
        std::fs::write(folder.reactors(), reactors)?;
    }
    Ok(done)
}

impl From<ArchiveError> for AppError {
    fn from(error: ArchiveError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

//! Fetching an archive, going on where an earlier try broke off.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use events::codec;
use serde::{Deserialize, Serialize};

use super::error::InstallError;
use super::{Installing, OnInstalling, staging};
use crate::http::{Download, Part};

/// How often a download that broke off goes on by itself.
const TRIES: u32 = 4;

/// What a part on the disk is a part of.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Mark {
    url: String,
    /// What the server called this state of the file; without it a part cannot be gone on with.
    tag: Option<String>,
}

/// A whole download.
pub(super) struct Fetched {
    pub path: PathBuf,
    mark: PathBuf,
    _alone: File,
}

impl Fetched {
    /// Removes it.
    pub(super) fn discard(self) -> Result<(), InstallError> {
        forget(&self.path)?;
        forget(&self.mark)
    }
}

fn forget(path: &Path) -> Result<(), InstallError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(InstallError::file(path, e)),
        _ => Ok(()),
    }
}

/// Fetches a file whole. What is not whole stays for the next time, if the server can go on with it.
pub(super) async fn fetch(root: &Path, url: &str, progress: OnInstalling<'_>) -> Result<Fetched, InstallError> {
    let name = hex::encode(&codec::sha256(url.as_bytes())[..8]);
    let (path, mark) = (root.join(format!(".download-{name}")), root.join(format!(".download-{name}.json")));
    let alone = staging::lock_named(root, &format!(".download-{name}.lock"))?;
    let download = Download::new(url)?;
    let mut tries = 0;
    loop {
        let outcome = attempt(&download, url, &path, &mark, progress).await;
        tries += 1;
        match outcome {
            Ok(()) => return Ok(Fetched { path, mark, _alone: alone }),
            Err(InstallError::Server(error)) if error.is_passing() && tries < TRIES => {
                tracing::debug!(tries, code = %error.code(), "the download goes on");
            }
            Err(error) => return Err(error),
        }
    }
}

async fn attempt(
    download: &Download,
    url: &str,
    path: &Path,
    mark: &Path,
    progress: OnInstalling<'_>,
) -> Result<(), InstallError> {
    let file_error = |e| InstallError::file(path, e);
    let known: Option<Mark> = fs::read(mark).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let tag = known.filter(|m| m.url == url).and_then(|m| m.tag);
    let have = fs::metadata(path).map_or(0, |m| m.len());
    let part = tag.filter(|_| have > 0).map(|tag| Part { from: have, tag });
    let mut answer = download.begin(part).await?;
    let mut file = if answer.from > 0 {
        OpenOptions::new().append(true).open(path).map_err(file_error)?
    } else {
        forget(mark)?;
        let file = File::create(path).map_err(file_error)?;
        let text = serde_json::to_vec(&Mark { url: url.to_owned(), tag: answer.tag.clone() });
        let text = text.map_err(|e| InstallError::damaged(e.to_string()))?;
        fs::write(mark, text).map_err(|e| InstallError::file(mark, e))?;
        file
    };
    let mut done = answer.from;
    while let Some(bytes) = answer.next().await? {
        file.write_all(&bytes).map_err(file_error)?;
        done += bytes.len() as u64;
        progress(Installing { done, total: answer.total.unwrap_or_default() });
    }
    file.sync_all().map_err(file_error)
}

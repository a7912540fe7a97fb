//! Writing an archive. Only reads the log, so it may run beside the process that writes to it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::frame::{Frames, Kind};
use super::{ArchiveError, Beside, FORMAT, Head, Line, Manifest, Progress};
use crate::codec;
use crate::id::{BranchId, Position};
use crate::log::Branch;
use crate::log::store::{Row, StoreReader, Stretch};
use crate::seal::{KeyStore, Lock};
use crate::time::{Clock, Entropy};

/// Events read at once.
const PAGE: u32 = 512;
/// A frame of events is closed when it has this many bytes.
const FRAME_BYTES: usize = 1 << 20;

/// What is put into an archive.
pub struct Export<'a> {
    /// The log.
    pub log: &'a dyn StoreReader,
    /// Its keys.
    pub keys: &'a KeyStore,
    /// How far the reactors are, as the app keeps it.
    pub reactors: Option<String>,
    /// The passphrase of the archive.
    pub passphrase: &'a str,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Own events of all branches.
    pub events: u64,
    /// Lines of history.
    pub branches: usize,
    /// Length of the file.
    pub bytes: u64,
}

impl Export<'_> {
    /// Writes the archive: the log as it is at this moment, whatever is appended meanwhile. The file appears whole or not
    /// at all.
    ///
    /// # Errors
    /// When the log is damaged or the file cannot be written.
    pub async fn write(
        self,
        file: &Path,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        progress: Progress<'_>,
    ) -> Result<Exported, ArchiveError> {
        let temporary = temporary(file);
        let written = self.written(&temporary, clock, entropy, progress).await;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ArchiveError::File { path, source }
        };
        match written {
            Ok(done) => {
                std::fs::rename(&temporary, file).map_err(failed(file))?;
                sync_folder(file).map_err(failed(file))?;
                Ok(done)
            }
            Err(error) => {
                // The first error counts; what is left of the file is removed by the next export at the latest.
                let _ = std::fs::remove_file(&temporary);
                Err(error)
            }
        }
    }

    async fn written(
        self,
        file: &Path,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        progress: Progress<'_>,
    ) -> Result<Exported, ArchiveError> {
        let failed = |source: io::Error| ArchiveError::File { path: file.to_owned(), source };
        let branches = self.log.branches().await.map_err(ArchiveError::Store)?;
        let (key, lock) = Lock::new(self.passphrase, entropy)?;
        let manifest = self.manifest(&branches).await?;
        let plain = serde_json::to_vec(&manifest).map_err(|e| failed(e.into()))?;
        let head = Head {
            format: FORMAT,
            made_by: format!("aico {}", env!("CARGO_PKG_VERSION")),
            created_at: clock.now(),
            lock,
            manifest: key.seal(b"manifest", &plain, entropy)?,
        };
        let mut frames = Frames::begin(BufWriter::new(create(file).map_err(failed)?)).map_err(failed)?;
        frames.put(Kind::Head, &serde_json::to_vec(&head).map_err(|e| failed(e.into()))?).map_err(failed)?;
        let mut done = 0;
        progress(0, manifest.events);
        for branch in &branches {
            let mut after = branch.fork;
            let mut payload = begun(branch.id);
            while after < branch.head {
                let stretch = Stretch { branch: branch.id, after, through: branch.head };
                let rows = self.log.rows(stretch, PAGE).await.map_err(ArchiveError::Store)?;
                let Some(last) = rows.last().map(|r| r.position) else {
                    let what = "the event is missing".to_owned();
                    return Err(ArchiveError::Log { branch: branch.id, position: after.next(), what });
                };
                for row in &rows {
                    sound(row, branch.id, after)?;
                    after = row.position;
                    put_row(&mut payload, row).map_err(failed)?;
                    if payload.len() >= FRAME_BYTES {
                        frames
                            .put(Kind::Events, &std::mem::replace(&mut payload, begun(branch.id)))
                            .map_err(failed)?;
                    }
                }
                done += rows.len() as u64;
                after = last;
                progress(done, manifest.events);
            }
            if payload.len() > 4 {
                frames.put(Kind::Events, &payload).map_err(failed)?;
            }
        }
        // Read last: a key that was destroyed meanwhile must not leave the machine.
        let beside = Beside { keys: self.keys.wrapped_under(&key, entropy)?, reactors: self.reactors };
        let plain = serde_json::to_vec(&beside).map_err(|e| failed(e.into()))?;
        frames.put(Kind::Keys, key.seal(b"keys", &plain, entropy)?.as_bytes()).map_err(failed)?;
        frames.put(Kind::End, &[]).map_err(failed)?;
        let file = frames.finish().into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        Ok(Exported { events: done, branches: branches.len(), bytes })
    }

    async fn manifest(&self, branches: &[Branch]) -> Result<Manifest, ArchiveError> {
        let first = self.log.rows_at(BranchId::MAIN, &[Position(1)]).await.map_err(ArchiveError::Store)?;
        Ok(Manifest {
            events: branches.iter().map(|b| b.head.0 - b.fork.0).sum(),
            branches: branches.iter().map(Line::from).collect(),
            first: first.first().map(|row| hex::encode(codec::leaf_hash(&row.header))),
        })
    }
}

/// An event that is where it should be. Its hashes are checked when the archive is taken in, and by `log verify`.
fn sound(row: &Row, branch: BranchId, after: Position) -> Result<(), ArchiveError> {
    let position = after.next();
    let bad = |what: String| ArchiveError::Log { branch, position, what };
    if row.position != position {
        return Err(bad(format!("the event is missing; the next one found is {}", row.position)));
    }
    let header = codec::decode_header(&row.header).map_err(|e| bad(e.to_string()))?;
    if codec::sha256(&row.body) != header.body_digest {
        return Err(bad("the body is not the one that the header names".to_owned()));
    }
    Ok(())
}

fn begun(branch: BranchId) -> Vec<u8> {
    branch.0.to_be_bytes().to_vec()
}

fn put_row(payload: &mut Vec<u8>, row: &Row) -> io::Result<()> {
    for part in [&row.header, &row.body] {
        let length = u32::try_from(part.len()).map_err(io::Error::other)?;
        payload.write_all(&length.to_be_bytes())?;
        payload.write_all(part)?;
    }
    Ok(())
}

fn temporary(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

fn create(path: &Path) -> io::Result<File> {
    // Removed, not truncated: an old file would keep its old permissions.
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

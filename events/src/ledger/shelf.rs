//! Where tiles and checkpoints lie: small files beside the log, or memory for tests.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// See the module. Names use `/` between folders.
#[derive(Debug)]
pub enum Shelf {
    /// Files under a folder, which is made on first use.
    Folder(PathBuf),
    /// Gone with the process.
    Memory(Mutex<BTreeMap<String, Vec<u8>>>),
}

impl Shelf {
    /// One that lives and dies with the process.
    pub fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// The bytes under a name.
    ///
    /// # Errors
    /// When they are there but cannot be read.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(root) => match fs::read(root.join(name)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(e) => Err(e),
            },
            Self::Memory(files) => Ok(files.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()),
        }
    }

    /// Puts bytes under a name, in place of what was there; durable when it returns, and never half of it.
    ///
    /// # Errors
    /// When they cannot be written; then the old ones stay.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Folder(root) => {
                let path = root.join(name);
                let temporary = path.with_extension("new");
                let mut file = private(&temporary, false)?;
                file.write_all(bytes)?;
                file.sync_all()?;
                fs::rename(&temporary, &path)?;
                sync_folder(&path)
            }
            Self::Memory(files) => {
                files.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), bytes.to_vec());
                Ok(())
            }
        }
    }

    /// Adds bytes after those under a name; durable when it returns.
    ///
    /// # Errors
    /// When they cannot be written; a part of them may have been.
    pub fn append(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Folder(root) => {
                let path = root.join(name);
                let fresh = !path.exists();
                let mut file = private(&path, true)?;
                file.write_all(bytes)?;
                file.sync_data()?;
                if fresh { sync_folder(&path) } else { Ok(()) }
            }
            Self::Memory(files) => {
                let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
                files.entry(name.to_owned()).or_default().extend(bytes);
                Ok(())
            }
        }
    }

    /// Takes away what is under a name, if anything is.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match self {
            Self::Folder(root) => {
                let path = root.join(name);
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                    _ => {}
                }
                // The folder of a partial tile goes with its last file; when others are in it, it stays.
                if let Some(folder) = path.parent().filter(|f| f.extension().is_some_and(|e| e == "p")) {
                    let _others_are_in_it = fs::remove_dir(folder);
                }
                Ok(())
            }
            Self::Memory(files) => {
                files.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
                Ok(())
            }
        }
    }
}

fn private(path: &Path, append: bool) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(append).write(true).truncate(!append);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

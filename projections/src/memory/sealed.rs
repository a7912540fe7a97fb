//! A folder of sealed files, as tantivy sees a directory.
//!
//! Every file is sealed as a whole under its owner's data key, with a random nonce and its name as associated data, so
//! that no word lies open on the disk and no file can be put in another's place. Opened files stay in memory: an index of
//! 100,000 turns has some 15 MB, and what is searched by every message is not opened each time. A file is written once
//! and synced before it counts; `meta.json` is replaced by renaming.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aes_gcm::Aes256Gcm;
use events::seal::{KeyError, KeyRing, aead};
use events::{Entropy, KeyId, SubjectId};
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, OwnedBytes, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};

const MAGIC: &[u8; 8] = b"AICOSF1\n";
const HEAD: usize = 8 + 16 + 12;

/// Seals and opens the files of one subject.
#[derive(Clone)]
pub(super) struct Sealer {
    key: KeyId,
    cipher: Arc<Aes256Gcm>,
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    /// For a subject whose key is there.
    pub(super) fn new(subject: SubjectId, keys: &dyn KeyRing, entropy: Arc<dyn Entropy>) -> Result<Self, KeyError> {
        let (key, cipher) = keys.sealing_key(subject)?;
        Ok(Self { key, cipher, entropy })
    }

    fn seal(&self, name: &Path, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut nonce = [0; 12];
        self.entropy.fill(&mut nonce);
        let sealed = aead::seal(&self.cipher, &nonce, name.as_os_str().as_encoded_bytes(), plain);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.key.0.as_bytes());
        bytes.extend(nonce);
        bytes.extend(sealed.map_err(io::Error::other)?);
        Ok(bytes)
    }

    fn open(&self, name: &Path, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", name.display()));
        let head = bytes.get(..HEAD).ok_or_else(|| broken("it is cut short"))?;
        let nonce: [u8; 12] = head[24..].try_into().map_err(io::Error::other)?;
        if !head.starts_with(MAGIC) || head[8..24] != *self.key.0.as_bytes() {
            return Err(broken("it is sealed in another way or under another key"));
        }
        bytes.drain(..HEAD);
        aead::open_in_place(&self.cipher, &nonce, name.as_os_str().as_encoded_bytes(), bytes)
            .map_err(|_| broken("its seal is broken"))
    }
}

/// See the module.
#[derive(Clone)]
pub(super) struct SealedDirectory {
    folder: PathBuf,
    sealer: Sealer,
    /// Files that were opened, by name. They never change, so they never grow old.
    opened: Arc<Mutex<HashMap<PathBuf, OwnedBytes>>>,
}

impl fmt::Debug for SealedDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedDirectory").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl SealedDirectory {
    pub(super) fn open(folder: &Path, sealer: Sealer) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), sealer, opened: Arc::default() })
    }

    fn read(&self, name: &Path) -> Result<Vec<u8>, OpenReadError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(name.to_owned()),
            _ => OpenReadError::wrap_io_error(error, name.to_owned()),
        };
        let sealed = fs::read(self.folder.join(name)).map_err(failed)?;
        self.sealer.open(name, sealed).map_err(failed)
    }

    fn write(&self, name: &Path, plain: &[u8]) -> io::Result<()> {
        let temporary = self.folder.join(name).with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(&self.sealer.seal(name, plain)?)?;
        file.sync_all()?;
        fs::rename(temporary, self.folder.join(name))
    }
}

/// Whether an opened file stays in memory. What is stored of entries is read once, when an index is opened, and when
/// segments are merged; it is the larger part.
fn is_kept(name: &Path) -> bool {
    name.extension().is_none_or(|kind| kind != "store")
}

/// Collects a file, which is sealed when it is complete.
struct Writing {
    directory: SealedDirectory,
    name: PathBuf,
    bytes: Vec<u8>,
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for Writing {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.directory.write(&self.name, &self.bytes)?;
        if is_kept(&self.name) {
            let bytes = OwnedBytes::new(std::mem::take(&mut self.bytes));
            self.directory.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(self.name.clone(), bytes);
        }
        Ok(())
    }
}

impl Directory for SealedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = opened.get(path) {
            return Ok(Arc::new(bytes.clone()));
        }
        let bytes = OwnedBytes::new(self.read(path)?);
        if is_kept(path) {
            opened.insert(path.to_owned(), bytes.clone());
        }
        Ok(Arc::new(bytes))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        fs::remove_file(self.folder.join(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => DeleteError::FileDoesNotExist(path.to_owned()),
            _ => DeleteError::IoError { io_error: Arc::new(error), filepath: path.to_owned() },
        })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.folder.join(path).exists())
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        if self.folder.join(path).exists() {
            return Err(OpenWriteError::FileAlreadyExists(path.to_owned()));
        }
        let writing = Writing { directory: self.clone(), name: path.to_owned(), bytes: Vec::new() };
        Ok(BufWriter::new(Box::new(writing)))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    /// The data folder has one writer already, and a lock file would outlive a crash.
    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    /// Readers are told by hand: the one who commits is the one who reads.
    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

//! Collecting a model beside the installed ones, and the rename that makes it one of them.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::error::InstallError;
use super::manifest::{MANIFEST, Manifest};
use super::{Installed, Installing, OnInstalling};

const BUFFER: usize = 1 << 16;

/// Makes the folder of the models, for its owner alone.
pub(super) fn make(root: &Path) -> Result<(), InstallError> {
    fs::create_dir_all(root).map_err(|e| InstallError::file(root, e))
}

/// Held by whoever changes the installed models.
pub(super) fn lock(root: &Path) -> Result<File, InstallError> {
    lock_named(root, ".lock")
}

/// Held by whoever does what the lock is named after.
pub(super) fn lock_named(root: &Path, name: &str) -> Result<File, InstallError> {
    make(root)?;
    let path = root.join(name);
    let file = File::create(&path).map_err(|e| InstallError::file(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(InstallError::Busy { path: root.to_owned() }),
        Err(TryLockError::Error(e)) => Err(InstallError::file(&path, e)),
    }
}

/// Removes a folder that may not be there.
pub(super) fn clear(folder: &Path) -> Result<(), InstallError> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(InstallError::file(folder, e)),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<(), InstallError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| InstallError::file(folder, e))
}

/// SHA-256 of a file, in hexadecimal.
pub(super) fn hash_file(path: &Path) -> Result<String, InstallError> {
    let error = |e| InstallError::file(path, e);
    let mut file = File::open(path).map_err(error)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; BUFFER]);
    loop {
        match file.read(&mut buffer).map_err(error)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// A model that is being collected.
pub(super) struct Staging {
    root: PathBuf,
    folder: PathBuf,
    manifest: Manifest,
    text: Vec<u8>,
    have: BTreeSet<String>,
    done: u64,
    _alone: File,
}

impl Staging {
    /// Begins with an empty folder; what an earlier try left there is gone.
    pub(super) fn begin(root: &Path, manifest: Manifest, text: Vec<u8>) -> Result<Self, InstallError> {
        let alone = lock(root)?;
        let folder = root.join(".incoming");
        clear(&folder)?;
        fs::create_dir(&folder).map_err(|e| InstallError::file(&folder, e))?;
        let (root, have) = (root.to_owned(), BTreeSet::new());
        Ok(Self { root, folder, manifest, text, have, done: 0, _alone: alone })
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Lets the files be added and puts the model in its place; removes what was collected when that fails.
    pub(super) fn collect(
        mut self,
        progress: OnInstalling<'_>,
        add: impl FnOnce(&mut Self, OnInstalling<'_>) -> Result<(), InstallError>,
    ) -> Result<Installed, InstallError> {
        let outcome = add(&mut self, progress).and_then(|()| self.finish());
        if outcome.is_err() {
            clear(&self.folder)?;
        }
        outcome
    }

    /// Takes in one file: exactly as many bytes as the manifest says, with the checksum that it says.
    pub(super) fn add(
        &mut self,
        name: &str,
        from: &mut dyn Read,
        progress: OnInstalling<'_>,
    ) -> Result<(), InstallError> {
        let Some(entry) = self.manifest.files.get(name) else {
            return Err(InstallError::damaged(format!("{name:?} is not in its manifest")));
        };
        if !self.have.insert(name.to_owned()) {
            return Err(InstallError::damaged(format!("{name} is there twice")));
        }
        let path = self.folder.join(name);
        let error = |e| InstallError::file(&path, e);
        let mut file = File::create_new(&path).map_err(error)?;
        let (mut hasher, mut buffer, mut length) = (Sha256::new(), vec![0; BUFFER], 0_u64);
        loop {
            let read = from.read(&mut buffer).map_err(|e| InstallError::damaged(format!("{name}: {e}")))?;
            if read == 0 {
                break;
            }
            length += read as u64;
            if length > entry.bytes {
                return Err(InstallError::damaged(format!("{name} is longer than {} bytes", entry.bytes)));
            }
            hasher.update(&buffer[..read]);
            file.write_all(&buffer[..read]).map_err(error)?;
            self.done += read as u64;
            progress(Installing { done: self.done, total: self.manifest.bytes() });
        }
        if length < entry.bytes {
            let reason = format!("{name} is cut short: {length} bytes of {}", entry.bytes);
            return Err(InstallError::damaged(reason));
        }
        let is = hex::encode(hasher.finalize());
        if is != entry.sha256 {
            return Err(InstallError::Checksum { file: name.to_owned(), is, wanted: entry.sha256.clone() });
        }
        file.sync_all().map_err(error)
    }

    fn finish(&self) -> Result<Installed, InstallError> {
        if let Some(missing) = self.manifest.files.keys().find(|name| !self.have.contains(*name)) {
            return Err(InstallError::damaged(format!("{missing} is missing")));
        }
        let path = self.folder.join(MANIFEST);
        fs::write(&path, &self.text)
            .and_then(|()| File::open(&path)?.sync_all())
            .map_err(|e| InstallError::file(&path, e))?;
        sync(&self.folder)?;
        let (place, old) = (self.root.join(&self.manifest.name), self.root.join(".replaced"));
        clear(&old)?;
        let replaces = place.exists();
        if replaces {
            fs::rename(&place, &old).map_err(|e| InstallError::file(&place, e))?;
        }
        if let Err(error) = fs::rename(&self.folder, &place) {
            if replaces {
                fs::rename(&old, &place).map_err(|e| InstallError::file(&place, e))?;
            }
            return Err(InstallError::file(&place, error));
        }
        sync(&self.root)?;
        clear(&old)?;
        Ok(Installed { manifest: self.manifest.clone(), folder: place })
    }
}

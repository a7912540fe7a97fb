//! The files of a backup folder, each sealed whole under the install's key, its name as associated data.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::seal::{KeyError, KeyRing, aead};
use events::{Code, Entropy, KeyId};

use super::{Manifest, OWNER};
use crate::app::AppError;

const MAGIC: &[u8; 8] = b"AICOBK1\n";
const HEAD: usize = 8 + 16 + 12;

/// See the module.
pub(super) struct Vault {
    folder: PathBuf,
    keys: Arc<dyn KeyRing>,
    entropy: Arc<dyn Entropy>,
}

fn unusable(path: &Path, error: &io::Error) -> AppError {
    let code = if error.kind() == io::ErrorKind::StorageFull { Code::DiskFull } else { Code::FileUnusable };
    AppError::new(code, format!("{}: {error}", path.display()))
}

impl Vault {
    pub(super) fn open(folder: &Path, keys: Arc<dyn KeyRing>, entropy: Arc<dyn Entropy>) -> Result<Self, AppError> {
        for part in ["chunks", "backups"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|e| unusable(&path, &e))?;
        }
        Ok(Self { folder: folder.to_owned(), keys, entropy })
    }

    fn seal(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, AppError> {
        let (key, cipher) = self.keys.sealing_key(OWNER)?;
        let mut nonce = [0; 12];
        self.entropy.fill(&mut nonce);
        let sealed = aead::seal(&cipher, &nonce, name.as_bytes(), plain);
        let sealed = sealed.map_err(|e| AppError::new(Code::Internal, e.to_string()))?;
        Ok([&MAGIC[..], key.as_bytes(), &nonce, &sealed].concat())
    }

    fn unseal(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, AppError> {
        let damaged = |what: &str| AppError::new(Code::BackupDamaged, format!("{name}: {what}"));
        let head =
            bytes.get(..HEAD).filter(|h| h.starts_with(MAGIC)).ok_or_else(|| damaged("it is no backup file"))?;
        let key = KeyId(uuid::Uuid::from_slice(&head[8..24]).unwrap_or_default());
        let cipher = match self.keys.opening_key(key) {
            Ok(Some(cipher)) => cipher,
            Ok(None) | Err(KeyError::Missing(_)) => {
                let message = format!("{name} was made by another install: its key {key} is not in this key store");
                return Err(AppError::new(Code::BackupForeign, message));
            }
            Err(error) => return Err(error.into()),
        };
        let nonce: [u8; 12] = head[24..].try_into().map_err(|_| damaged("it is cut short"))?;
        aead::open(&cipher, &nonce, name.as_bytes(), &bytes[HEAD..]).map_err(|_| damaged("it was changed"))
    }

    fn write(&self, name: &str, plain: &[u8]) -> Result<u64, AppError> {
        let sealed = self.seal(name, plain)?;
        let path = self.folder.join(name);
        let temporary = path.with_extension("part");
        let put = || -> io::Result<()> {
            let mut file = fs::File::create(&temporary)?;
            file.write_all(&sealed)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        };
        put().map_err(|e| unusable(&path, &e))?;
        Ok(sealed.len() as u64)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, AppError> {
        let path = self.folder.join(name);
        let bytes = fs::read(&path).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => AppError::new(Code::BackupDamaged, format!("{name} is missing")),
            _ => unusable(&path, &e),
        })?;
        self.unseal(name, &bytes)
    }

    pub(super) fn put(&self, chunk: &str, plain: &[u8]) -> Result<u64, AppError> {
        self.write(&format!("chunks/{chunk}"), plain)
    }

    pub(super) fn get(&self, chunk: &str) -> Result<Vec<u8>, AppError> {
        self.read(&format!("chunks/{chunk}"))
    }

    pub(super) fn has(&self, chunk: &str) -> bool {
        self.folder.join("chunks").join(chunk).is_file()
    }

    pub(super) fn put_manifest(&self, manifest: &Manifest) -> Result<String, AppError> {
        let name = format!("{:020}", manifest.at.0);
        let json = serde_json::to_vec(manifest).map_err(|e| AppError::new(Code::Internal, e.to_string()))?;
        self.write(&format!("backups/{name}"), &json)?;
        Ok(name)
    }

    pub(super) fn manifest(&self, name: &str) -> Result<Manifest, AppError> {
        let json = self.read(&format!("backups/{name}"))?;
        serde_json::from_slice(&json).map_err(|e| AppError::new(Code::BackupDamaged, format!("{name}: {e}")))
    }

    /// The names of all files in a part of the folder, in order.
    fn list(&self, part: &str) -> Result<Vec<String>, AppError> {
        let path = self.folder.join(part);
        let entries = fs::read_dir(&path).map_err(|e| unusable(&path, &e))?;
        let mut names: Vec<String> = entries
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter(|n| !n.ends_with(".part"))
            .collect();
        names.sort();
        Ok(names)
    }

    /// The backups, the oldest first.
    pub(super) fn names(&self) -> Result<Vec<String>, AppError> {
        self.list("backups")
    }

    pub(super) fn chunks(&self) -> Result<Vec<String>, AppError> {
        self.list("chunks")
    }

    /// The wanted backup, or the newest.
    pub(super) fn named(&self, wanted: Option<&str>) -> Result<String, AppError> {
        let names = self.names()?;
        let found = match wanted {
            None => names.last(),
            Some(wanted) => names.iter().find(|n| *n == wanted),
        };
        let what = wanted.map_or_else(|| "there is no backup".to_owned(), |w| format!("there is no backup {w}"));
        found
            .cloned()
            .ok_or_else(|| AppError::new(Code::FileUnusable, format!("{what} in {}", self.folder.display())))
    }

    fn gone(&self, name: &str) -> Result<(), AppError> {
        let path = self.folder.join(name);
        fs::remove_file(&path).map_err(|e| unusable(&path, &e))
    }

    pub(super) fn remove_manifest(&self, name: &str) -> Result<(), AppError> {
        self.gone(&format!("backups/{name}"))
    }

    pub(super) fn remove(&self, chunk: &str) -> Result<(), AppError> {
        self.gone(&format!("chunks/{chunk}"))
    }
}

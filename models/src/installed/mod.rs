//! Models that lie in a folder of this machine, each in a folder of its own with a manifest.
//!
//! A model is there whole or not at all: it is collected beside the others, every byte is held against the manifest's
//! checksums, and one rename makes it one of them. What a crash leaves behind is removed by the next change.

mod archive;
mod download;
mod error;
mod manifest;
mod staging;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub use error::InstallError;
pub use manifest::{FileEntry, MANIFEST, Manifest, ModelKind, Pooling, Probe};

use staging::{Staging, hash_file};

/// How far an installation is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installing {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all; zero while nobody knows.
    pub total: u64,
}

/// Told how far an installation is.
pub type OnInstalling<'a> = &'a mut (dyn FnMut(Installing) + Send);

/// A model that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Installed {
    /// What it is.
    pub manifest: Manifest,
    /// Where its files are.
    pub folder: PathBuf,
}

/// What was found about one file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVerdict {
    /// Its name.
    pub file: String,
    /// What is wrong with it.
    pub wrong: Option<String>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Library {
    root: PathBuf,
}

impl Library {
    /// The models of a folder, which need not exist.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// What is there, by name. A folder whose manifest cannot be read is told as an error beside the others.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Result<Installed, InstallError>>, InstallError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
            Err(e) => return Err(InstallError::file(&self.root, e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| InstallError::file(&self.root, e))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && entry.path().is_dir() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names.iter().map(|name| self.get(name)).collect())
    }

    /// A model by its name.
    ///
    /// # Errors
    /// When it is not there, or its manifest is damaged.
    pub fn get(&self, name: &str) -> Result<Installed, InstallError> {
        let none = || InstallError::NotInstalled { name: name.to_owned() };
        if !manifest::is_name(name) {
            return Err(none());
        }
        let folder = self.root.join(name);
        let path = folder.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !folder.exists() => return Err(none()),
            Err(e) => return Err(InstallError::file(&path, e)),
        };
        let manifest = Manifest::parse(&text)?;
        if manifest.name != name {
            let reason = format!("the folder {name} holds the model {}", manifest.name);
            return Err(InstallError::Damaged { reason });
        }
        Ok(Installed { manifest, folder })
    }

    /// Takes a model from a folder that holds its manifest and its files, which stay where they are.
    ///
    /// # Errors
    /// When a file is missing or not what the manifest says; then nothing has changed.
    pub fn install_folder(&self, from: &Path, progress: OnInstalling<'_>) -> Result<Installed, InstallError> {
        let path = from.join(MANIFEST);
        let text = fs::read(&path).map_err(|e| InstallError::file(&path, e))?;
        let staging = Staging::begin(&self.root, Manifest::parse(&text)?, text)?;
        let names: Vec<String> = staging.manifest().files.keys().cloned().collect();
        staging.collect(progress, |staging, tell| {
            for name in names {
                let path = from.join(&name);
                let mut file = File::open(&path).map_err(|e| InstallError::file(&path, e))?;
                staging.add(&name, &mut file, tell)?;
            }
            Ok(())
        })
    }

    /// Takes a model from a tar archive, packed with gzip or not, whose first file is the manifest.
    ///
    /// # Errors
    /// When the archive has another checksum than given, or holds anything else than the manifest says; then nothing has
    /// changed.
    pub fn install_archive(
        &self,
        from: &Path,
        sha256: Option<&str>,
        progress: OnInstalling<'_>,
    ) -> Result<Installed, InstallError> {
        if let Some(wanted) = sha256 {
            let is = hash_file(from)?;
            if !is.eq_ignore_ascii_case(wanted.trim()) {
                let file = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return Err(InstallError::Checksum { file, is, wanted: wanted.trim().to_owned() });
            }
        }
        archive::unpack(&self.root, from, progress)
    }

    /// Fetches an archive and installs it. A download that broke off goes on where it stopped the next time.
    ///
    /// # Errors
    /// When the server cannot be asked, or as [`Library::install_archive`].
    pub async fn install_url(
        &self,
        url: &str,
        sha256: Option<&str>,
        progress: OnInstalling<'_>,
    ) -> Result<Installed, InstallError> {
        staging::make(&self.root)?;
        let got = download::fetch(&self.root, url, progress).await?;
        let installed = tokio::task::block_in_place(|| self.install_archive(&got.path, sha256, progress));
        // What is whole and wrong is wrong the next time too; what was installed is not needed any more.
        got.discard()?;
        installed
    }

    /// Removes a model.
    ///
    /// # Errors
    /// When it is not there, or its files cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), InstallError> {
        let folder = self.root.join(name);
        if !manifest::is_name(name) || !folder.is_dir() {
            return Err(InstallError::NotInstalled { name: name.to_owned() });
        }
        let _alone = staging::lock(&self.root)?;
        // Out of the list at once; a crash in the middle leaves no half model.
        let going = self.root.join(format!(".removed-{name}"));
        staging::clear(&going)?;
        fs::rename(&folder, &going).map_err(|e| InstallError::file(&folder, e))?;
        staging::clear(&going)
    }

    /// Holds every file of a model against its manifest.
    ///
    /// # Errors
    /// When the model is not there or its manifest is damaged.
    pub fn verify(&self, name: &str) -> Result<Vec<FileVerdict>, InstallError> {
        let Installed { manifest, folder } = self.get(name)?;
        let verdict = |(file, entry): (&String, &FileEntry)| {
            let wrong = match hash_file(&folder.join(file)) {
                Err(error) => Some(error.to_string()),
                Ok(is) if is == entry.sha256 => None,
                Ok(is) => Some(format!("its checksum is {is} and should be {}", entry.sha256)),
            };
            FileVerdict { file: file.clone(), wrong }
        };
        Ok(manifest.files.iter().map(verdict).collect())
    }
}

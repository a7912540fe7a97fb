//! The data folder: what lies where.

use std::path::{Path, PathBuf};

/// Paths inside a data folder.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// A folder, made for its owner alone when it does not exist.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(path: &Path) -> std::io::Result<Self> {
        let folder = Self(path.to_owned());
        for part in [folder.0.clone(), folder.read_models(), folder.0.join("keys")] {
            std::fs::create_dir_all(&part)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o700))?;
            }
        }
        Ok(folder)
    }

    /// The folder at a path, whether it exists or not.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The event log.
    pub fn log(&self) -> PathBuf {
        self.0.join("log.db")
    }

    /// The key store: copy it apart from the log, and keep it as safe as what it opens.
    pub fn keys(&self) -> PathBuf {
        self.0.join("keys").join("keys.json")
    }

    /// Tiles and checkpoints: proof that the log was not changed.
    pub fn ledger(&self) -> PathBuf {
        self.0.join("ledger")
    }

    /// The read models. May be removed at any time; they are built anew.
    pub fn read_models(&self) -> PathBuf {
        self.0.join("read")
    }

    /// The installed models.
    pub fn models(&self) -> PathBuf {
        self.0.join("models")
    }

    /// The bearer token of the server.
    pub fn token(&self) -> PathBuf {
        self.0.join("token")
    }

    /// The certificate authority.
    pub fn tls(&self) -> PathBuf {
        self.0.join("tls")
    }

    /// Address of the running server.
    pub fn server(&self) -> PathBuf {
        self.0.join("server.json")
    }

    /// Settings.
    pub fn config(&self) -> PathBuf {
        self.0.join("config.json")
    }

    /// How far the reactors are.
    pub fn reactors(&self) -> PathBuf {
        self.0.join("read").join("reactors.json")
    }
}

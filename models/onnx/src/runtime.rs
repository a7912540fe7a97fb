//! What runs ONNX models in this process.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use models::EmbeddingError;

/// The chosen one, or why it cannot be used.
static CHOSEN: OnceLock<Result<Runtime, String>> = OnceLock::new();

/// A runtime. Its name and version are part of an embedder's identity, because two runtimes do not add up numbers in the
/// same order and so give vectors that differ in the last bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// tract, in pure Rust, which is part of the program.
    Tract,
    /// ONNX Runtime, from a shared library.
    Native {
        /// Where the library is.
        library: PathBuf,
        /// What it says of itself.
        version: String,
    },
}

impl Runtime {
    /// Chooses for the whole process: the library if one is named, else tract. The first choice stays.
    ///
    /// # Errors
    /// When the library cannot be loaded or is older than 1.24: what is configured must work.
    pub fn choose(library: Option<&Path>) -> Result<Self, EmbeddingError> {
        let chosen = CHOSEN.get_or_init(|| match library {
            None => {
                ort::set_api(ort_tract::api());
                Ok(Self::Tract)
            }
            Some(path) => {
                let _loaded = ort::init_from(path).map_err(|e| e.to_string())?;
                // "ORT Build Info: git-branch=..., git-commit-id=..., build type=..."; the version is told by the library's name.
                let told = path.file_name().unwrap_or_default().to_string_lossy();
                let version = told.split_once(".so.").map_or_else(|| build(ort::info()), |(_, v)| v.to_owned());
                Ok(Self::Native { library: path.to_owned(), version })
            }
        });
        let failed = |reason| EmbeddingError::Failed { model: "ONNX Runtime".to_owned(), reason };
        chosen.clone().map_err(failed)
    }

    /// As it stands in an identity.
    pub fn name(&self) -> String {
        match self {
            Self::Tract => "tract 0.23".to_owned(),
            Self::Native { version, .. } => format!("onnxruntime {version}"),
        }
    }
}

/// The commit in a library's own words, for a library whose file name tells no version.
fn build(info: &str) -> String {
    let commit = info.split("git-commit-id=").nth(1).map(|rest| rest.chars().take_while(char::is_ascii_hexdigit));
    commit.map_or_else(|| "unknown".to_owned(), Iterator::collect)
}

#[cfg(test)]
mod tests {
    use super::build;

    #[test]
    fn a_build_is_told_by_its_commit() {
        let info = "ORT Build Info: git-branch=rel-1.24.0, git-commit-id=4ba0bb3c, build type=Release";
        assert_eq!(build(info), "4ba0bb3c");
        assert_eq!(build("something else"), "unknown");
    }
}

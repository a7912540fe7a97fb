//! Settings: `config.json` in the data folder. Everything has a default, so it need not exist.

use std::path::Path;

use events::Code;
use models::ModelConfig;
use serde::{Deserialize, Serialize};

use crate::error::CliError;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What answers.
    pub model: ModelConfig,
    /// Names, besides loopback, that the server answers to.
    pub hosts: Vec<String>,
}

impl Settings {
    /// Reads the file; the defaults when there is none.
    ///
    /// # Errors
    /// When it cannot be read or holds something else.
    pub fn load(path: &Path) -> Result<Self, CliError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(e.into()),
        };
        serde_json::from_str(&text)
            .map_err(|e| CliError::new(Code::FileUnusable, format!("{} is not usable: {e}", path.display())))
    }
}

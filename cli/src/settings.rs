//! Settings: `config.json` in the data folder. Everything has a default, so it need not exist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use api::app::Database;
use api::app::access::Lifetimes;
use api::transport::Rates;
use events::Code;
use models::ModelConfig;
use serde::{Deserialize, Serialize};

use crate::embedder::EmbedderSettings;
use crate::error::CliError;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What answers.
    pub model: ModelConfig,
    /// A PostgreSQL database that holds the log, instead of a file in the folder.
    pub database: Option<DatabaseSettings>,
    /// Names, besides loopback, that the server answers to.
    pub hosts: Vec<String>,
    /// How long tokens and sessions last.
    pub access: AccessSettings,
    /// How often somebody may ask.
    pub limits: Rates,
    /// What makes vectors for memory.
    pub embedder: EmbedderSettings,
    /// ONNX Runtime's shared library; without it models are run by what is part of the program.
    pub onnx_runtime: Option<PathBuf>,
    /// Where models come from, by their name.
    pub model_sources: BTreeMap<String, ModelSource>,
}

/// How long tokens and sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessSettings {
    /// Minutes of an access token.
    pub token_minutes: u32,
    /// Hours of a session since it was last used to get a token.
    pub session_hours: u32,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self { token_minutes: 15, session_hours: 24 }
    }
}

impl AccessSettings {
    /// In seconds; at least one of each.
    pub fn lifetimes(self) -> Lifetimes {
        Lifetimes {
            access_seconds: i64::from(self.token_minutes.max(1)) * 60,
            session_seconds: i64::from(self.session_hours.max(1)) * 3_600,
        }
    }
}

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSource {
    /// Its archive.
    pub url: String,
    /// The archive's SHA-256 in hexadecimal.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// Where the log is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Name of the environment variable with the address, which may hold a password.
    pub url_env: String,
    /// The schema.
    #[serde(default = "usual_schema")]
    pub schema: String,
}

fn usual_schema() -> String {
    "aico".to_owned()
}

impl DatabaseSettings {
    /// The database, with its address from the environment.
    ///
    /// # Errors
    /// When the variable is not set.
    pub fn resolve(&self) -> Result<Database, CliError> {
        let missing = |_| {
            let message = format!("the environment variable {}, which names the database, is not set", self.url_env);
            CliError::new(Code::LogUnreadable, message)
        };
        let url = std::env::var(&self.url_env).map_err(missing)?;
        Ok(Database { url, schema: self.schema.clone() })
    }
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

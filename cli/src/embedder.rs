//! Choosing what makes vectors for memory.
//!
//! Unless configured: an installed sentence model if there is one, else the table that is part of the program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::app::DataFolder;
use events::{Code, MadeBy, SystemEntropy};
use models::embedding::{self, EndpointConfig, EndpointEmbedder, Kind, Protocol, Reading};
use models::installed::{Installed, ModelKind};
use models::select::process_env;
use models::{Embedder, EmbeddingError, Library, Secret};
use onnx::{Runtime, SentenceModel};
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::settings::Settings;

/// Where vectors come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// See the module.
    #[default]
    Auto,
    /// The table that is part of the program.
    Embedded,
    /// An installed sentence model.
    Installed,
    /// An Ollama server.
    Ollama,
    /// An OpenAI-compatible server.
    OpenAi,
}

/// How memory gets its vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmbedderSettings {
    /// Where from.
    pub provider: Provider,
    /// The name of the installed model, or of the server's.
    pub model: Option<String>,
    /// The server.
    pub url: Option<String>,
    /// The name of the environment variable that holds the server's key. Never the key itself.
    pub api_key_env: Option<String>,
    /// Numbers of a vector of the server's model. Without them the server is asked at every start.
    pub dimensions: Option<usize>,
    /// Texts of one request.
    pub batch: usize,
    /// Seconds that a request may take, repeats included.
    pub request_seconds: u64,
}

impl Default for EmbedderSettings {
    fn default() -> Self {
        Self {
            provider: Provider::Auto,
            model: None,
            url: None,
            api_key_env: None,
            dimensions: None,
            batch: 32,
            request_seconds: 60,
        }
    }
}

fn failed(error: EmbeddingError) -> CliError {
    CliError::new(error.code(), error.to_string())
}

fn misconfigured(reason: impl Into<String>) -> CliError {
    CliError::new(Code::ModelMisconfigured, reason)
}

/// An installed model, ready to be run.
///
/// # Errors
/// When it cannot be run here.
pub fn load(settings: &Settings, installed: Installed) -> Result<SentenceModel, CliError> {
    let library = settings.onnx_runtime.clone().or_else(|| process_env("ORT_DYLIB_PATH").map(PathBuf::from));
    let runtime = Runtime::choose(library.as_deref()).map_err(failed)?;
    SentenceModel::new(installed, runtime).map_err(failed)
}

/// What makes vectors for the companion of a folder.
///
/// # Errors
/// When what is configured is not there, or a server that must tell something cannot be asked.
pub async fn choose(settings: &Settings, folder: &DataFolder) -> Result<Arc<dyn Embedder>, CliError> {
    let library = Library::at(folder.models());
    let wanted: Arc<dyn Embedder> = match settings.embedder.provider {
        Provider::Embedded => embedding::embedded().map_err(failed)?,
        Provider::Installed => {
            let name = settings.embedder.model.as_deref();
            let name =
                name.ok_or_else(|| misconfigured("embedder.provider is `installed`, and embedder.model names none"))?;
            let installed = library.get(name).map_err(|e| CliError::new(e.code(), e.to_string()))?;
            Arc::new(load(settings, installed)?)
        }
        Provider::Auto => match first_sentence_model(&library, settings)? {
            Some(installed) => Arc::new(load(settings, installed)?),
            None => embedding::embedded().map_err(failed)?,
        },
        Provider::Ollama => Arc::new(server(&settings.embedder, Protocol::Ollama).await?),
        Provider::OpenAi => Arc::new(server(&settings.embedder, Protocol::OpenAi).await?),
    };
    Ok(Arc::new(Chosen { wanted, library, settings: settings.clone() }))
}

/// The first by name, or the one that is named.
fn first_sentence_model(library: &Library, settings: &Settings) -> Result<Option<Installed>, CliError> {
    let coded = |e: models::InstallError| CliError::new(e.code(), e.to_string());
    for installed in library.list().map_err(coded)? {
        let installed = installed.map_err(coded)?;
        let named = settings.embedder.model.as_ref().is_none_or(|name| *name == installed.manifest.name);
        if named && installed.manifest.kind == ModelKind::Sentence {
            return Ok(Some(installed));
        }
    }
    Ok(None)
}

async fn server(settings: &EmbedderSettings, protocol: Protocol) -> Result<EndpointEmbedder, CliError> {
    let model = settings.model.clone().ok_or_else(|| misconfigured("embedder.model names no model of the server"))?;
    let ollama = || (protocol == Protocol::Ollama).then(|| models::select::ollama_server(&process_env));
    let url = settings.url.clone().or_else(ollama);
    let url = url.ok_or_else(|| misconfigured("embedder.url names no server"))?;
    let key = match &settings.api_key_env {
        None => None,
        Some(name) => {
            let missing =
                || misconfigured(format!("the environment variable {name}, which should hold the key, is not set"));
            Some(Secret::new(process_env(name).ok_or_else(missing)?))
        }
    };
    let patience = Duration::from_secs(settings.request_seconds);
    let (dimensions, batch) = (settings.dimensions, settings.batch);
    let config = EndpointConfig { protocol, url, model, key, dimensions, batch, patience };
    EndpointEmbedder::connect(config, Arc::new(SystemEntropy)).await.map_err(failed)
}

/// What was chosen, which also knows the other installed models: the index of one of them goes on with it.
struct Chosen {
    wanted: Arc<dyn Embedder>,
    library: Library,
    settings: Settings,
}

impl Embedder for Chosen {
    fn identity(&self) -> MadeBy {
        self.wanted.identity()
    }

    fn dimensions(&self) -> usize {
        self.wanted.dimensions()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        self.wanted.embed(texts)
    }

    fn token_dimensions(&self) -> usize {
        self.wanted.token_dimensions()
    }

    fn read(&self, texts: &[&str]) -> Result<Vec<Reading>, EmbeddingError> {
        self.wanted.read(texts)
    }

    fn recipient(&self) -> Option<String> {
        self.wanted.recipient()
    }

    fn kind(&self) -> Kind {
        self.wanted.kind()
    }

    fn former(&self, identity: &MadeBy) -> Option<Arc<dyn Embedder>> {
        let installed = || -> Option<Arc<dyn Embedder>> {
            let installed = self.library.get(&identity.name).ok()?;
            Some(Arc::new(load(&self.settings, installed).ok()?))
        };
        self.wanted.former(identity).or_else(installed).filter(|former| former.identity() == *identity)
    }
}

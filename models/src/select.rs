//! Choosing what answers.
//!
//! In order, unless configured: a running Ollama, an OpenAI-compatible server from the configuration, the built-in
//! companion. So a newcomer needs neither a download nor a key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use events::Entropy;
use serde::{Deserialize, Serialize};

use crate::builtin::Builtin;
use crate::http::{Endpoint, Retry, Secret, Timeouts};
use crate::language::{LanguageModel, ModelError, ModelManager};
use crate::ollama::{Ollama, Tag};
use crate::openai::OpenAi;

/// Where Ollama listens unless told otherwise.
const OLLAMA_URL: &str = "http://127.0.0.1:11434";

/// Which kind of model answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// What is there; see the module.
    #[default]
    Auto,
    /// The built-in companion.
    Builtin,
    /// An Ollama server.
    Ollama,
    /// An OpenAI-compatible server.
    OpenAi,
}

/// How a model is chosen and asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelConfig {
    /// Which kind.
    pub provider: Provider,
    /// The server's URL. With `auto` it is that of the OpenAI-compatible server; Ollama is then looked for at `OLLAMA_HOST`
    /// or on this machine.
    pub url: Option<String>,
    /// The model's name; without one, the first model of the server that can chat.
    pub model: Option<String>,
    /// The name of the environment variable that holds the key. Never the key itself.
    pub api_key_env: Option<String>,
    /// Seconds to wait for a connection.
    pub connect_seconds: u64,
    /// Seconds to wait for the first token.
    pub first_token_seconds: u64,
    /// Seconds to wait between two pieces of an answer.
    pub idle_seconds: u64,
    /// Milliseconds to look for an Ollama that nobody configured.
    pub probe_millis: u64,
    /// The most tokens of prompt.
    pub context_tokens: Option<u32>,
    /// Sampling parameters such as `temperature`; the turn puts them into each request.
    pub parameters: BTreeMap<String, serde_json::Value>,
}

impl Default for ModelConfig {
    fn default() -> Self {
        let usual = Timeouts::default();
        Self {
            provider: Provider::Auto,
            url: None,
            model: None,
            api_key_env: None,
            connect_seconds: usual.connect.as_secs(),
            first_token_seconds: usual.first_token.as_secs(),
            idle_seconds: usual.idle.as_secs(),
            probe_millis: 300,
            context_tokens: None,
            parameters: BTreeMap::new(),
        }
    }
}

/// Reads an environment variable.
pub type Env<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// The environment of this process.
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Chooses what answers.
///
/// With `auto` a server that nobody configured may be missing or may lack the model: then the next choice is taken. What is
/// configured must work.
///
/// # Errors
/// When the configuration makes no sense, or a configured server cannot be reached or lacks the model.
pub async fn choose(
    config: &ModelConfig,
    env: Env<'_>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<dyn LanguageModel>, ModelError> {
    let setup = Setup { config, env, entropy };
    let model: Arc<dyn LanguageModel> = match config.provider {
        Provider::Builtin => Arc::new(Builtin),
        Provider::Ollama => Arc::new(setup.ollama().await?),
        Provider::OpenAi => Arc::new(setup.openai().await?),
        Provider::Auto => match setup.running_ollama().await {
            Some(ollama) => Arc::new(ollama),
            None if config.url.is_some() => Arc::new(setup.openai().await?),
            None => Arc::new(Builtin),
        },
    };
    let made_by = model.identity();
    tracing::info!(model = %made_by.name, version = %made_by.version, "the model is chosen");
    Ok(model)
}

/// The server whose models can be listed and fetched; `None` for the built-in companion. Nothing is sent. With `auto` it
/// is Ollama, as only there something can be fetched.
///
/// # Errors
/// When the configuration makes no sense.
pub fn manager(
    config: &ModelConfig,
    env: Env<'_>,
    entropy: Arc<dyn Entropy>,
) -> Result<Option<Arc<dyn ModelManager>>, ModelError> {
    let setup = Setup { config, env, entropy };
    Ok(match config.provider {
        Provider::Builtin => None,
        Provider::OpenAi => Some(Arc::new(setup.openai_server()?)),
        Provider::Ollama | Provider::Auto => Some(Arc::new(Ollama::new(setup.endpoint(setup.ollama_url())?, "")?)),
    })
}

/// Where Ollama is: `OLLAMA_HOST`, or this machine.
pub fn ollama_server(env: Env<'_>) -> String {
    env("OLLAMA_HOST").map_or_else(|| OLLAMA_URL.to_owned(), |host| ollama_url(&host))
}

struct Setup<'a> {
    config: &'a ModelConfig,
    env: Env<'a>,
    entropy: Arc<dyn Entropy>,
}

impl Setup<'_> {
    fn endpoint(&self, url: String) -> Result<Endpoint, ModelError> {
        let seconds = Duration::from_secs;
        let key = match &self.config.api_key_env {
            None => None,
            Some(name) => Some(Secret::new((self.env)(name).ok_or_else(|| ModelError::Misconfigured {
                reason: format!("the environment variable {name}, which should hold the key, is not set"),
            })?)),
        };
        Ok(Endpoint {
            key,
            timeouts: Timeouts {
                connect: seconds(self.config.connect_seconds),
                first_token: seconds(self.config.first_token_seconds),
                idle: seconds(self.config.idle_seconds),
            },
            ..Endpoint::new(url, self.entropy.clone())
        })
    }

    fn ollama_url(&self) -> String {
        let configured = self.config.url.clone().filter(|_| self.config.provider == Provider::Ollama);
        configured.unwrap_or_else(|| ollama_server(self.env))
    }

    async fn ollama(&self) -> Result<Ollama, ModelError> {
        let named = self.config.model.clone();
        let server = Ollama::new(self.endpoint(self.ollama_url())?, named.clone().unwrap_or_default())?;
        let server = match named {
            Some(_) => server,
            None => match first_chat_model(&server).await? {
                Some(name) => server.with_model(name),
                None => return Err(server.with_model("that can chat".to_owned()).no_model()),
            },
        };
        server.look_up(self.config.context_tokens).await
    }

    /// An Ollama that nobody configured: a short look, and no error when there is none.
    async fn running_ollama(&self) -> Option<Ollama> {
        let patience = Duration::from_millis(self.config.probe_millis);
        let mut endpoint = Endpoint::new(self.ollama_url(), self.entropy.clone());
        endpoint.retry = Retry { attempts: 1, ..Retry::default() };
        let probe = Ollama::new(endpoint, "").ok()?;
        match tokio::time::timeout(patience, probe.tags()).await {
            Err(_) => return None,
            Ok(Err(error)) => {
                tracing::debug!(code = %error.code(), "no Ollama is used");
                return None;
            }
            Ok(Ok(_)) => {}
        }
        // It is there. From here on a failure is worth a word, as it is somebody's Ollama that is not used.
        // The key of the configuration belongs to another server.
        let unkeyed = ModelConfig { api_key_env: None, ..self.config.clone() };
        match (Setup { config: &unkeyed, env: self.env, entropy: self.entropy.clone() }).ollama().await {
            Ok(ollama) => Some(ollama),
            Err(error) => {
                tracing::warn!(code = %error.code(), error = %error, "a running Ollama is not used");
                None
            }
        }
    }

    fn openai_server(&self) -> Result<OpenAi, ModelError> {
        let url = self.config.url.clone().ok_or_else(|| ModelError::Misconfigured {
            reason: "an OpenAI-compatible server needs a url".to_owned(),
        })?;
        let model = self.config.model.clone().unwrap_or_default();
        OpenAi::new(self.endpoint(url)?, model, self.config.context_tokens)
    }

    async fn openai(&self) -> Result<OpenAi, ModelError> {
        let server = self.openai_server()?;
        if self.config.model.is_some() {
            return Ok(server);
        }
        let first = server.list().await?.into_iter().map(|m| m.name).find(|name| !name.contains("embed"));
        match first {
            Some(name) => Ok(server.with_model(name)),
            None => Err(server.with_model("that can chat".to_owned()).no_model()),
        }
    }
}

/// The model that was changed last and can chat; a server lists them in that order.
async fn first_chat_model(server: &Ollama) -> Result<Option<String>, ModelError> {
    for tag in server.tags().await?.into_iter().filter(|tag: &Tag| !tag.embeds()) {
        if server.clone().with_model(tag.name.clone()).show().await?.chats != Some(false) {
            return Ok(Some(tag.name));
        }
    }
    Ok(None)
}

/// `OLLAMA_HOST` as Ollama reads it: scheme, host and port may each be left out, and an address to listen on everywhere
/// means this machine to a client.
fn ollama_url(host: &str) -> String {
    let host = host.trim().trim_matches(['"', '\'']);
    let (scheme, rest, port) = match host.split_once("://") {
        Some(("https", rest)) => ("https", rest, 443),
        Some((_, rest)) => ("http", rest, 80),
        None => ("http", host, 11434),
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    // A colon inside brackets belongs to an IPv6 address.
    let after = authority.rfind(']').map_or(0, |at| at + 1);
    let (name, port) = match authority[after..].rfind(':') {
        Some(at) => (&authority[..after + at], authority[after + at + 1..].to_owned()),
        None => (authority, port.to_string()),
    };
    let name = match name {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        name => name,
    };
    format!("{scheme}://{name}:{port}{}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_host_is_read_as_ollama_reads_it() {
        for (host, url) in [
            ("", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            (":9999", "http://127.0.0.1:9999"),
            ("box.lan:80", "http://box.lan:80"),
            ("http://box", "http://box:80"),
            ("https://box/ollama/", "https://box:443/ollama"),
            ("[::]:11434", "http://[::1]:11434"),
            ("[fe80::1]", "http://[fe80::1]:11434"),
        ] {
            assert_eq!(ollama_url(host), url, "{host}");
        }
    }

    #[test]
    fn a_configuration_reads_back_and_refuses_what_it_does_not_know() {
        let config: ModelConfig = serde_json::from_str(r#"{"provider":"openai","url":"http://x"}"#).unwrap();
        assert_eq!((config.provider, config.first_token_seconds), (Provider::OpenAi, 120));
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<ModelConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<ModelConfig>(r#"{"api_key":"no"}"#).is_err());
    }
}

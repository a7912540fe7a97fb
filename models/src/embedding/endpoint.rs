//! Vectors from a server: OpenAI's `/v1/embeddings` and Ollama's `/api/embed`.

use std::sync::Arc;
use std::time::Duration;

use events::{Entropy, MadeBy};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;

use super::{Embedder, EmbeddingError, to_unit_length, told};
use crate::http::{Call, Endpoint, Secret, Timeouts, Transport};
use crate::language::ModelError;

/// What the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Ollama's own.
    Ollama,
    /// OpenAI's, which many others speak.
    OpenAi,
}

/// Where vectors come from.
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// What it speaks.
    pub protocol: Protocol,
    /// The server.
    pub url: String,
    /// The model on it.
    pub model: String,
    /// Sent as a bearer token.
    pub key: Option<Secret>,
    /// Numbers of a vector; without them the server is asked once.
    pub dimensions: Option<usize>,
    /// Texts of one request.
    pub batch: usize,
    /// How long a request may take, repeats included.
    pub patience: Duration,
}

/// Asks the server. Requests run on a thread of their own, so that a caller may be on any.
pub struct EndpointEmbedder {
    identity: MadeBy,
    dimensions: usize,
    batch: usize,
    recipient: Option<String>,
    jobs: mpsc::UnboundedSender<Job>,
}

struct Job {
    texts: Vec<String>,
    done: std::sync::mpsc::SyncSender<Result<Vec<Vec<f32>>, ModelError>>,
}

#[derive(Clone)]
struct Server {
    transport: Transport,
    protocol: Protocol,
    model: String,
}

#[derive(Deserialize)]
struct OllamaAnswer {
    embeddings: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiVector>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
    #[serde(default)]
    digest: String,
}

impl Server {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let body = json!({ "model": self.model, "input": texts });
        let answer = match self.protocol {
            Protocol::Ollama => {
                let answer: Result<OllamaAnswer, _> = self.transport.json(&Call::post("/api/embed", body)).await;
                answer.map(|a| a.embeddings)
            }
            Protocol::OpenAi => {
                let answer: Result<OpenAiAnswer, _> = self.transport.json(&Call::post("/embeddings", body)).await;
                // The protocol does not promise an order.
                answer.map(|mut a| {
                    a.data.sort_by_key(|v| v.index);
                    a.data.into_iter().map(|v| v.embedding).collect()
                })
            }
        };
        let vectors = answer.map_err(|error| match error {
            // A missing model and a wrong path share their status; only the reason tells them apart.
            ModelError::Refused { status: 404, reason, .. } if reason.to_lowercase().contains("model") => {
                ModelError::NoModel { server: self.transport.name().to_owned(), model: self.model.clone() }
            }
            other => other,
        })?;
        if vectors.len() == texts.len() {
            Ok(vectors)
        } else {
            let reason = format!("{} vectors for {} texts", vectors.len(), texts.len());
            Err(ModelError::Protocol { server: self.transport.name().to_owned(), reason })
        }
    }

    /// What tells one version of the model from another; OpenAI's protocol has nothing.
    async fn version(&self) -> Result<String, ModelError> {
        if self.protocol == Protocol::OpenAi {
            return Ok("unstated".to_owned());
        }
        let tags: Tags = self.transport.json(&Call::get("/api/tags")).await?;
        let names = [self.model.clone(), format!("{}:latest", self.model)];
        let found = tags.models.into_iter().find(|t| names.contains(&t.name)).map(|t| t.digest);
        let digest = found.unwrap_or_default();
        let short: String = digest.trim_start_matches("sha256:").chars().take(12).collect();
        Ok(if short.is_empty() { "unstated".to_owned() } else { short })
    }
}

impl EndpointEmbedder {
    /// Connects. With known dimensions nothing is sent to a server that tells no version anyway; else it is asked for one
    /// vector.
    ///
    /// # Errors
    /// When the configuration makes no sense, or the server cannot be asked.
    pub async fn connect(config: EndpointConfig, entropy: Arc<dyn Entropy>) -> Result<Self, EmbeddingError> {
        let (kind, mut url, prefix) = match config.protocol {
            Protocol::Ollama => ("Ollama", config.url.clone(), "ollama"),
            Protocol::OpenAi => ("OpenAI-compatible server", config.url.clone(), "openai"),
        };
        if let Ok(mut parsed) = reqwest::Url::parse(&url)
            && config.protocol == Protocol::OpenAi
            && matches!(parsed.path(), "" | "/")
            && !parsed.cannot_be_a_base()
        {
            parsed.set_path("/v1");
            url = parsed.into();
        }
        let timeouts = Timeouts { first_token: config.patience, ..Timeouts::default() };
        let endpoint = Endpoint { key: config.key, timeouts, ..Endpoint::new(url, entropy) };
        // A client belongs to the runtime that it connects on: one for now, one for the thread.
        let server = |endpoint: Endpoint| -> Result<Server, ModelError> {
            let transport = Transport::new(kind, endpoint)?;
            Ok(Server { transport, protocol: config.protocol, model: config.model.clone() })
        };
        let (server, serving) = (server(endpoint.clone())?, server(endpoint)?);
        let version = server.version().await?;
        let dimensions = match config.dimensions {
            Some(known) => known,
            None => server.embed(&["How many numbers?".to_owned()]).await?.first().map_or(0, Vec::len),
        };
        let recipient = server.transport.recipient();
        let identity = MadeBy { name: format!("{prefix}/{}", config.model), version };
        if dimensions == 0 {
            let reason = "a vector without numbers".to_owned();
            return Err(EmbeddingError::Unfit { model: told(&identity), reason });
        }
        let (jobs, queue) = mpsc::unbounded_channel();
        let failed = |e: std::io::Error| EmbeddingError::Failed { model: told(&identity), reason: e.to_string() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let asking = std::thread::Builder::new().name("embeddings".to_owned());
        asking.spawn(move || runtime.block_on(serve(serving, queue))).map_err(failed)?;
        Ok(Self { identity, dimensions, batch: config.batch.max(1), recipient, jobs })
    }

    fn ask(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let ended = || EmbeddingError::Failed {
            model: told(&self.identity),
            reason: "the thread that asks the server has ended".to_owned(),
        };
        let (done, answer) = std::sync::mpsc::sync_channel(1);
        self.jobs.send(Job { texts, done }).map_err(|_| ended())?;
        Ok(answer.recv().map_err(|_| ended())??)
    }
}

/// Answers jobs side by side until nobody can send any more: whoever waits for an answer still holds the sender.
async fn serve(server: Server, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while let Some(job) = jobs.recv().await {
        let server = server.clone();
        tokio::spawn(async move {
            let _nobody_is_gone = job.done.send(server.embed(&job.texts).await);
        });
    }
}

impl Embedder for EndpointEmbedder {
    fn identity(&self) -> MadeBy {
        self.identity.clone()
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn recipient(&self) -> Option<String> {
        self.recipient.clone()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        let mut all = vec![vec![0.0; self.dimensions]; texts.len()];
        // Servers refuse empty texts, and nothing is known of them anyway.
        let asked: Vec<usize> = (0..texts.len()).filter(|n| !texts[*n].trim().is_empty()).collect();
        for batch in asked.chunks(self.batch) {
            let vectors = self.ask(batch.iter().map(|n| texts[*n].to_owned()).collect())?;
            for (n, mut vector) in batch.iter().zip(vectors) {
                to_unit_length(&mut vector);
                all[*n] = vector;
            }
        }
        Ok(all)
    }
}

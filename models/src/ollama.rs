//! Ollama: `/api/chat` as NDJSON, and the management of its models.
//!
//! Shapes as in Ollama's `docs/api.md`.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use events::MadeBy;
use events::payload::{FinishReason, Usage};
use futures::stream::BoxStream;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::{Call, Decode, Endpoint, Fault, Framing, Transport, said_by};
use crate::language::{
    ChatRequest, Delta, LanguageModel, ModelError, ModelInfo, ModelManager, PullProgress, ReplyStream,
};
use crate::thinking::Splitter;

/// The prompt size that is asked for when the model does not say what it can take.
pub(crate) const DEFAULT_CONTEXT: u32 = 8_192;
/// A download reports seldom while it checks what it fetched.
const PULL_IDLE: Duration = Duration::from_secs(600);

/// One model of an Ollama server.
#[derive(Clone)]
pub struct Ollama {
    transport: Transport,
    model: String,
    version: String,
    context: u32,
}

/// What a server says about one of its models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// `None` when the server is too old to say.
    pub(crate) chats: Option<bool>,
    pub(crate) context: Option<u32>,
}

/// A model in a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) size: Option<u64>,
    pub(crate) digest: String,
    details: Details,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    families: Option<Vec<String>>,
    family: String,
    parameter_size: String,
    quantization_level: String,
}

impl Tag {
    /// Whether it looks like a model that only embeds. Lists do not say so.
    pub(crate) fn embeds(&self) -> bool {
        let families = self.details.families.iter().flatten().chain([&self.details.family]);
        self.name.contains("embed") || families.into_iter().any(|f| f.contains("bert"))
    }
}

impl Ollama {
    /// A model of a server; nothing is sent. The model's version stays unknown until [`Ollama::look_up`].
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(endpoint: Endpoint, model: impl Into<String>) -> Result<Self, ModelError> {
        let transport = Transport::new("Ollama", endpoint)?;
        Ok(Self { transport, model: model.into(), version: "unknown".to_owned(), context: DEFAULT_CONTEXT })
    }

    /// Takes the digest and the context size of the model from the server, so that events name exactly what answered.
    /// `context` is the most prompt that is wanted: a longer one costs memory on the server.
    ///
    /// # Errors
    /// When the server cannot be reached or has no such model.
    pub async fn look_up(mut self, context: Option<u32>) -> Result<Self, ModelError> {
        let tags = self.tags().await?;
        let named = |tag: &&Tag| same_name(&tag.name, &self.model);
        let Some(tag) = tags.iter().find(named) else { return Err(self.no_model()) };
        self.version = tag.digest.trim_start_matches("sha256:").chars().take(12).collect();
        let most = self.show().await?.context.unwrap_or(u32::MAX);
        self.context = context.unwrap_or(DEFAULT_CONTEXT).min(most);
        Ok(self)
    }

    pub(crate) fn with_model(self, model: String) -> Self {
        Self { model, ..self }
    }

    pub(crate) async fn tags(&self) -> Result<Vec<Tag>, ModelError> {
        #[derive(Deserialize)]
        struct Tags {
            models: Vec<Tag>,
        }
        Ok(self.transport.json::<Tags>(&Call::get("/api/tags")).await?.models)
    }

    pub(crate) async fn show(&self) -> Result<Shown, ModelError> {
        #[derive(Deserialize)]
        struct Show {
            capabilities: Option<Vec<String>>,
            #[serde(default)]
            model_info: Map<String, Value>,
        }
        let call = Call::post("/api/show", json!({ "model": self.model }));
        let show: Show = self.transport.json(&call).await.map_err(|e| self.named(e))?;
        let context = show.model_info.iter().find(|(key, _)| key.ends_with(".context_length"));
        Ok(Shown {
            chats: show.capabilities.map(|list| list.iter().any(|c| c == "completion")),
            context: context.and_then(|(_, n)| n.as_u64()).map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        })
    }

    pub(crate) fn no_model(&self) -> ModelError {
        ModelError::NoModel { server: self.transport.name().to_owned(), model: self.model.clone() }
    }

    /// A missing model is a refusal with 404.
    fn named(&self, error: ModelError) -> ModelError {
        if matches!(error, ModelError::Refused { status: 404, .. }) { self.no_model() } else { error }
    }

    /// Ollama takes sampling parameters in `options` and a few settings beside it.
    fn body(&self, request: &ChatRequest) -> Value {
        let mut options = Map::new();
        // Without it the server cuts a prompt to its own default and says nothing.
        options.insert("num_ctx".to_owned(), self.context.into());
        let mut body = Map::new();
        for (name, value) in &request.parameters {
            match name.as_str() {
                "think" | "keep_alive" | "format" => body.insert(name.clone(), value.clone()),
                "max_tokens" => options.insert("num_predict".to_owned(), value.clone()),
                "seed" => options.insert("seed".to_owned(), small_seed(value)),
                _ => options.insert(name.clone(), value.clone()),
            };
        }
        body.insert("model".to_owned(), self.model.clone().into());
        body.insert("messages".to_owned(), json!(request.messages));
        body.insert("stream".to_owned(), true.into());
        body.insert("options".to_owned(), options.into());
        body.into()
    }
}

/// A seed that every server takes: its low 31 bits.
pub(crate) fn small_seed(seed: &Value) -> Value {
    seed.as_u64().map_or_else(|| seed.clone(), |n| (n & 0x7fff_ffff).into())
}

/// `llama3.2` and `llama3.2:latest` are one model.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    let bare = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_owned();
    bare(a) == bare(b)
}

#[async_trait]
impl LanguageModel for Ollama {
    fn identity(&self) -> MadeBy {
        MadeBy { name: format!("ollama/{}", self.model), version: self.version.clone() }
    }

    fn context_tokens(&self) -> u32 {
        self.context
    }

    fn recipient(&self) -> Option<String> {
        self.transport.recipient()
    }

    async fn reply(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let call = Call::post("/api/chat", self.body(&request));
        self.transport.stream(&call, Framing::Lines, ChatDecoder::default).await.map_err(|e| self.named(e))
    }
}

#[async_trait]
impl ModelManager for Ollama {
    async fn list(&self) -> Result<Vec<ModelInfo>, ModelError> {
        let info = |tag: Tag| {
            let words = [tag.details.parameter_size, tag.details.quantization_level];
            let detail = words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
            ModelInfo { name: tag.name, bytes: tag.size, detail: Some(detail).filter(|d| !d.is_empty()) }
        };
        Ok(self.tags().await?.into_iter().map(info).collect())
    }

    async fn version(&self) -> Result<String, ModelError> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        Ok(self.transport.json::<Version>(&Call::get("/api/version")).await?.version)
    }

    async fn pull(&self, model: &str) -> Result<BoxStream<'static, Result<PullProgress, ModelError>>, ModelError> {
        let call = Call::post("/api/pull", json!({ "model": model, "stream": true }));
        self.transport.watch(&call, Framing::Lines, PULL_IDLE, || PullDecoder).await
    }
}

#[derive(Debug, Default)]
struct ChatDecoder {
    splitter: Splitter,
}

#[derive(Deserialize)]
struct ChatLine {
    error: Option<Value>,
    message: Option<ChatPiece>,
    done: Option<bool>,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

#[derive(Deserialize)]
struct ChatPiece {
    content: Option<String>,
    thinking: Option<String>,
}

impl Decode for ChatDecoder {
    type Item = Delta;

    fn frame(&mut self, frame: &str, out: &mut VecDeque<Delta>) -> Result<bool, Fault> {
        let line: ChatLine =
            serde_json::from_str(frame).map_err(|_| Fault::Malformed("a line is not the JSON expected"))?;
        if let Some(error) = line.error {
            return Err(Fault::Reported { status: 200, reason: said_by(&error) });
        }
        if line.message.is_none() && line.done.is_none() {
            return Err(Fault::Malformed("a line has neither a message nor an end"));
        }
        if let Some(piece) = line.message {
            if let Some(thinking) = piece.thinking.filter(|t| !t.is_empty()) {
                out.push_back(Delta::Thinking(thinking));
            }
            self.splitter.push(&piece.content.unwrap_or_default(), out);
        }
        let done = line.done == Some(true);
        if done {
            self.splitter.finish(out);
            let finish =
                if line.done_reason.as_deref() == Some("length") { FinishReason::Length } else { FinishReason::Stop };
            out.push_back(Delta::Done { finish, usage: usage(line.prompt_eval_count, line.eval_count) });
        }
        Ok(done)
    }

    fn close(&mut self, out: &mut VecDeque<Delta>) -> bool {
        self.splitter.finish(out);
        false
    }
}

/// Counts as a server tells them; 0 when it does not.
pub(crate) fn usage(prompt: Option<u64>, completion: Option<u64>) -> Usage {
    let count = |n: Option<u64>| u32::try_from(n.unwrap_or(0)).unwrap_or(u32::MAX);
    Usage { prompt_tokens: count(prompt), completion_tokens: count(completion), ..Usage::default() }
}

struct PullDecoder;

impl Decode for PullDecoder {
    type Item = PullProgress;

    fn frame(&mut self, frame: &str, out: &mut VecDeque<PullProgress>) -> Result<bool, Fault> {
        #[derive(Deserialize)]
        struct Line {
            error: Option<Value>,
            status: Option<String>,
            completed: Option<u64>,
            total: Option<u64>,
        }
        let line: Line =
            serde_json::from_str(frame).map_err(|_| Fault::Malformed("a line is not the JSON expected"))?;
        if let Some(error) = line.error {
            return Err(Fault::Reported { status: 200, reason: said_by(&error) });
        }
        let status = line.status.ok_or(Fault::Malformed("a line has no status"))?;
        let done = status == "success";
        out.push_back(PullProgress { status, done: line.completed, total: line.total });
        Ok(done)
    }
}

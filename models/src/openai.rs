//! Servers that speak OpenAI's `/v1/chat/completions` with server-sent events.

use std::collections::VecDeque;

use async_trait::async_trait;
use events::MadeBy;
use events::payload::FinishReason;
use futures::stream::BoxStream;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::{Call, Decode, Endpoint, Fault, Framing, Transport, said_by};
use crate::language::{
    ChatRequest, Delta, LanguageModel, ModelError, ModelInfo, ModelManager, PullProgress, ReplyStream,
};
use crate::ollama::{DEFAULT_CONTEXT, small_seed, usage};
use crate::thinking::Splitter;

/// Parameters that only Ollama knows; strict servers refuse a request that names them.
const NOT_OURS: &[&str] = &["num_ctx", "think", "keep_alive", "repeat_last_n", "repeat_penalty", "min_p", "format"];

/// One model of an OpenAI-compatible server.
#[derive(Clone)]
pub struct OpenAi {
    transport: Transport,
    model: String,
    context: u32,
}

impl OpenAi {
    /// A model of a server; nothing is sent. A URL without a path gets `/v1`. The protocol does not tell how much prompt a
    /// model takes; `context` does.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(mut endpoint: Endpoint, model: impl Into<String>, context: Option<u32>) -> Result<Self, ModelError> {
        if let Ok(mut url) = reqwest::Url::parse(&endpoint.url)
            && matches!(url.path(), "" | "/")
            && !url.cannot_be_a_base()
        {
            url.set_path("/v1");
            endpoint.url = url.into();
        }
        let transport = Transport::new("OpenAI-compatible server", endpoint)?;
        Ok(Self { transport, model: model.into(), context: context.unwrap_or(DEFAULT_CONTEXT) })
    }

    pub(crate) fn with_model(self, model: String) -> Self {
        Self { model, ..self }
    }

    pub(crate) fn no_model(&self) -> ModelError {
        ModelError::NoModel { server: self.transport.name().to_owned(), model: self.model.clone() }
    }

    fn body(&self, request: &ChatRequest) -> Value {
        let mut body = Map::new();
        for (name, value) in &request.parameters {
            match name.as_str() {
                name if NOT_OURS.contains(&name) => None,
                "num_predict" => body.insert("max_tokens".to_owned(), value.clone()),
                "seed" => body.insert("seed".to_owned(), small_seed(value)),
                _ => body.insert(name.clone(), value.clone()),
            };
        }
        body.insert("model".to_owned(), self.model.clone().into());
        body.insert("messages".to_owned(), json!(request.messages));
        body.insert("stream".to_owned(), true.into());
        body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        body.into()
    }
}

#[async_trait]
impl LanguageModel for OpenAi {
    fn identity(&self) -> MadeBy {
        // The protocol names no version of a model beside its name.
        MadeBy { name: format!("openai/{}", self.model), version: "unstated".to_owned() }
    }

    fn context_tokens(&self) -> u32 {
        self.context
    }

    fn recipient(&self) -> Option<String> {
        self.transport.recipient()
    }

    async fn reply(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let call = Call::post("/chat/completions", self.body(&request));
        self.transport.stream(&call, Framing::Events, ChatDecoder::default).await.map_err(|error| match error {
            // A missing model and a wrong path share their status; only the reason tells them apart.
            ModelError::Refused { status: 404, reason, .. } if reason.to_lowercase().contains("model") => {
                self.no_model()
            }
            other => other,
        })
    }
}

#[async_trait]
impl ModelManager for OpenAi {
    async fn list(&self) -> Result<Vec<ModelInfo>, ModelError> {
        #[derive(Deserialize)]
        struct List {
            data: Vec<Item>,
        }
        #[derive(Deserialize)]
        struct Item {
            id: String,
            owned_by: Option<String>,
        }
        let list: List = self.transport.json(&Call::get("/models")).await?;
        let info = |item: Item| ModelInfo { name: item.id, bytes: None, detail: item.owned_by };
        Ok(list.data.into_iter().map(info).collect())
    }

    /// The protocol has no version; that the list of models can be read shows that the server is there.
    async fn version(&self) -> Result<String, ModelError> {
        self.list().await?;
        Ok("OpenAI v1".to_owned())
    }

    async fn pull(&self, _model: &str) -> Result<BoxStream<'static, Result<PullProgress, ModelError>>, ModelError> {
        Err(ModelError::Unmanaged { server: self.transport.name().to_owned() })
    }
}

#[derive(Debug, Default)]
struct ChatDecoder {
    splitter: Splitter,
    finish: Option<FinishReason>,
    counts: (Option<u64>, Option<u64>),
}

#[derive(Deserialize)]
struct Chunk {
    error: Option<Value>,
    choices: Option<Vec<Choice>>,
    usage: Option<Counts>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Piece>,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Piece {
    content: Option<String>,
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
}

#[derive(Deserialize)]
struct Counts {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl ChatDecoder {
    fn done(&mut self, finish: FinishReason, out: &mut VecDeque<Delta>) {
        self.splitter.finish(out);
        out.push_back(Delta::Done { finish, usage: usage(self.counts.0, self.counts.1) });
    }

    fn choice(&mut self, choice: Choice, out: &mut VecDeque<Delta>) -> Result<(), Fault> {
        let piece = choice.delta.unwrap_or_default();
        // Servers name thinking in either way, and some send it in both.
        let thinking = piece.reasoning_content.filter(|t| !t.is_empty()).or(piece.reasoning);
        if let Some(thinking) = thinking.filter(|t| !t.is_empty()) {
            out.push_back(Delta::Thinking(thinking));
        }
        for text in [piece.content, piece.refusal].into_iter().flatten() {
            self.splitter.push(&text, out);
        }
        match choice.finish_reason.as_deref() {
            None | Some("") => {}
            Some("length") => self.finish = Some(FinishReason::Length),
            Some("content_filter") => {
                self.splitter.finish(out);
                let reason = "its content filter stopped the answer".to_owned();
                return Err(Fault::Reported { status: 200, reason });
            }
            Some(_) => self.finish = Some(FinishReason::Stop),
        }
        Ok(())
    }
}

impl Decode for ChatDecoder {
    type Item = Delta;

    fn frame(&mut self, frame: &str, out: &mut VecDeque<Delta>) -> Result<bool, Fault> {
        if frame.trim() == "[DONE]" {
            self.done(self.finish.unwrap_or(FinishReason::Stop), out);
            return Ok(true);
        }
        let chunk: Chunk =
            serde_json::from_str(frame).map_err(|_| Fault::Malformed("an event is not the JSON expected"))?;
        if let Some(error) = chunk.error {
            let status = error.get("code").and_then(Value::as_u64).filter(|n| (400..600).contains(n));
            let status = status.and_then(|n| u16::try_from(n).ok()).unwrap_or(200);
            return Err(Fault::Reported { status, reason: said_by(&error) });
        }
        if chunk.choices.is_none() && chunk.usage.is_none() {
            return Err(Fault::Malformed("an event has neither choices nor usage"));
        }
        if let Some(usage) = chunk.usage {
            self.counts = (usage.prompt_tokens, usage.completion_tokens);
        }
        // Only one answer is asked for.
        if let Some(choice) = chunk.choices.into_iter().flatten().next() {
            self.choice(choice, out)?;
        }
        Ok(false)
    }

    /// A reason to finish is an end mark as well: some servers send no `[DONE]` after it.
    fn close(&mut self, out: &mut VecDeque<Delta>) -> bool {
        match self.finish {
            Some(finish) => self.done(finish, out),
            None => self.splitter.finish(out),
        }
        self.finish.is_some()
    }
}

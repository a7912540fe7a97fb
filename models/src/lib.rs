//! Inference behind small traits: language models, perception, extraction, embeddings.

pub mod builtin;
pub mod embedding;
pub mod extraction;
pub mod graph;
mod http;
pub mod installed;
pub mod language;
mod lexicon;
pub mod ollama;
pub mod openai;
pub mod perception;
pub mod select;
pub mod summary;
#[cfg(feature = "testing")]
pub mod testing;
mod thinking;
pub mod tokens;

pub use embedding::{Embedder, EmbeddingError};
pub use http::{Endpoint, Retry, Secret, Timeouts};
pub use installed::{InstallError, Library};

pub use language::{
    ChatMessage, ChatRequest, ChatRole, Delta, LanguageModel, ModelError, ModelInfo, ModelManager, PullProgress,
    ReplyStream,
};
pub use ollama::Ollama;
pub use openai::OpenAi;
pub use select::{ModelConfig, choose, manager};

//! Inference behind small traits: language models, perception, and later embeddings and classifiers.

pub mod language;

pub use language::{
    ChatMessage, ChatRequest, ChatRole, Delta, LanguageModel, ModelError, ModelInfo, ModelManager, PullProgress,
    ReplyStream,
};

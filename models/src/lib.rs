//! Inference behind small traits: language models, perception, extraction, and later embeddings.

pub mod builtin;
pub mod extraction;
pub mod language;
mod lexicon;
pub mod perception;
pub mod tokens;

pub use language::{
    ChatMessage, ChatRequest, ChatRole, Delta, LanguageModel, ModelError, ModelInfo, ModelManager, PullProgress,
    ReplyStream,
};

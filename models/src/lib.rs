//! Inference behind small traits: language models, perception, and later embeddings and classifiers.

pub mod language;

pub use language::{
    ChatMessage, ChatRequest, ChatRole, Delta, LanguageModel, ModelError, ModelInfo, ModelManager, PullProgress,
    ReplyStream,
};
/// x
pub mod perception { 
/// x
pub trait Perceiver: Send+Sync { 
/// x
fn identity(&self)->events::MadeBy; 
/// x
fn perceive(&self,text:&str)->events::payload::Perception; } }
/// x
pub mod extraction { 
/// x
pub trait Extractor: Send+Sync { 
/// x
fn identity(&self)->events::MadeBy; 
/// x
fn extract(&self,text:&str)->Vec<events::payload::Fact>; } }
/// x
pub mod tokens { 
/// x
pub fn token_estimate(t:&str)->u32 { t.len() as u32/4 } }

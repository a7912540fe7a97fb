//! Shared by the protocol tests.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)] // Each test file uses a part.

use std::sync::Arc;
use std::time::Duration;

use events::payload::FinishReason;
use events::time::SeededEntropy;
use futures::StreamExt;
use models::{ChatMessage, ChatRequest, ChatRole, Delta, Endpoint, ModelError, ReplyStream, Retry};

/// An endpoint that repeats at once.
pub fn endpoint(url: String) -> Endpoint {
    let retry = Retry { base: Duration::from_micros(10), ..Retry::default() };
    Endpoint { retry, ..Endpoint::new(url, Arc::new(SeededEntropy::new(7))) }
}

pub fn request(text: &str) -> ChatRequest {
    let messages = vec![
        ChatMessage { role: ChatRole::System, content: "Be kind.".to_owned() },
        ChatMessage { role: ChatRole::User, content: text.to_owned() },
    ];
    ChatRequest { messages, ..ChatRequest::default() }
}

/// Everything that a reply gave.
#[derive(Debug, Default, PartialEq)]
pub struct Heard {
    pub text: String,
    pub thinking: String,
    pub done: Option<(FinishReason, u32, u32)>,
    pub error: Option<ModelError>,
}

pub async fn hear(mut reply: ReplyStream) -> Heard {
    let mut heard = Heard::default();
    while let Some(item) = reply.next().await {
        assert!(heard.done.is_none() && heard.error.is_none(), "something follows the end: {item:?}");
        match item {
            Ok(Delta::Text(text)) => heard.text += &text,
            Ok(Delta::Thinking(text)) => heard.thinking += &text,
            Ok(Delta::Done { finish, usage }) => {
                heard.done = Some((finish, usage.prompt_tokens, usage.completion_tokens));
            }
            Err(error) => heard.error = Some(error),
        }
    }
    heard
}

/// The error of a reply that never began.
pub fn refused(reply: Result<ReplyStream, ModelError>) -> ModelError {
    match reply {
        Ok(_) => panic!("a reply began"),
        Err(error) => error,
    }
}

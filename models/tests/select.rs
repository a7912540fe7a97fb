//! Choosing a model with real servers present and absent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use events::time::SeededEntropy;
use models::select::Provider;
use models::testing::{Answer, FakeServer, Gate, nowhere};
use models::{LanguageModel, ModelConfig, ModelError, choose, manager};
use serde_json::{Value, json};

async fn chosen(config: &ModelConfig, env: &[(&str, &str)]) -> Result<Arc<dyn LanguageModel>, ModelError> {
    let env: Vec<(String, String)> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let read = move |name: &str| env.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone());
    // Long enough that a slow machine decides nothing.
    let config = &ModelConfig { probe_millis: config.probe_millis.max(60_000), ..config.clone() };
    choose(config, &read, Arc::new(SeededEntropy::new(3))).await
}

fn tags(names: &[(&str, &str)]) -> Answer {
    let models: Vec<Value> = names
        .iter()
        .map(|(name, family)| json!({ "name": name, "digest": "0123456789abcdef", "details": { "family": family } }))
        .collect();
    Answer::json(&json!({ "models": models }))
}

fn show(capability: &str) -> Answer {
    Answer::json(&json!({ "capabilities": [capability], "model_info": { "llama.context_length": 131_072 } }))
}

async fn ollama(names: &[(&str, &str)], shows: Vec<Answer>) -> FakeServer {
    FakeServer::start([("GET /api/tags", vec![tags(names)]), ("POST /api/show", shows)]).await
}

#[tokio::test]
async fn without_any_server_the_built_in_companion_answers() {
    let nowhere = nowhere().await;
    let model = chosen(&ModelConfig::default(), &[("OLLAMA_HOST", &nowhere)]).await.unwrap();
    assert_eq!(model.identity().name, "aico-builtin");
}

#[tokio::test]
async fn a_server_that_stays_silent_is_not_waited_for() {
    let silent = FakeServer::start([("GET /api/tags", vec![Answer::ok().after(&Gate::new())])]).await;
    let url = silent.url();
    let env = move |name: &str| (name == "OLLAMA_HOST").then(|| url.clone());
    let model = choose(&ModelConfig::default(), &env, Arc::new(SeededEntropy::new(3))).await.unwrap();
    assert_eq!(model.identity().name, "aico-builtin");
}

#[tokio::test]
async fn a_running_ollama_comes_first_with_a_model_that_chats() {
    let names = [("nomic-embed-text", "nomic-bert"), ("vectors", "llama"), ("llama3.2:1b", "llama")];
    let server = ollama(&names, vec![show("embedding"), show("completion")]).await;
    let config = ModelConfig { url: Some("http://127.0.0.1:1".to_owned()), ..ModelConfig::default() };
    let model = chosen(&config, &[("OLLAMA_HOST", &server.url())]).await.unwrap();
    let made_by = model.identity();
    assert_eq!((made_by.name.as_str(), made_by.version.as_str()), ("ollama/llama3.2:1b", "0123456789ab"));
    assert_eq!(model.context_tokens(), 8_192);
}

#[tokio::test]
async fn an_ollama_without_a_model_leaves_the_answer_to_the_next() {
    for names in [&[][..], &[("nomic-embed-text", "nomic-bert")][..]] {
        let server = ollama(names, vec![show("completion")]).await;
        let env = [("OLLAMA_HOST", server.url())];
        let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(chosen(&ModelConfig::default(), &env).await.unwrap().identity().name, "aico-builtin");
        let config = ModelConfig {
            url: Some("http://127.0.0.1:1".to_owned()),
            model: Some("gpt".to_owned()),
            ..ModelConfig::default()
        };
        assert_eq!(chosen(&config, &env).await.unwrap().identity().name, "openai/gpt");
    }
}

#[tokio::test]
async fn the_key_of_another_server_is_not_sent_to_ollama() {
    let mut server = ollama(&[("m", "llama")], vec![show("completion")]).await;
    let config = ModelConfig { api_key_env: Some("KEY".to_owned()), ..ModelConfig::default() };
    chosen(&config, &[("OLLAMA_HOST", &server.url()), ("KEY", "k3y")]).await.unwrap();
    let seen = server.requests();
    assert!(seen.len() >= 2 && seen.iter().all(|r| !r.headers.contains_key("authorization")));
}

#[tokio::test]
async fn what_is_configured_must_work() {
    let server = ollama(&[("m:latest", "llama")], vec![show("completion")]).await;
    let config = |model: &str, url: String| ModelConfig {
        provider: Provider::Ollama,
        model: Some(model.to_owned()),
        url: Some(url),
        ..ModelConfig::default()
    };
    assert_eq!(chosen(&config("m", server.url()), &[]).await.unwrap().identity().name, "ollama/m");
    let missing = chosen(&config("other", server.url()), &[]).await.err();
    assert!(matches!(missing, Some(ModelError::NoModel { .. })), "{missing:?}");
    let absent = chosen(&config("m", nowhere().await), &[]).await.err();
    assert!(matches!(absent, Some(ModelError::Unreachable { .. })), "{absent:?}");
    for senseless in [
        ModelConfig { provider: Provider::OpenAi, ..ModelConfig::default() },
        ModelConfig {
            provider: Provider::OpenAi,
            url: Some("http://127.0.0.1:1".to_owned()),
            api_key_env: Some("NOT_SET".to_owned()),
            ..ModelConfig::default()
        },
    ] {
        let error = chosen(&senseless, &[]).await.err();
        assert!(matches!(error, Some(ModelError::Misconfigured { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn an_openai_server_gives_its_first_model_and_gets_the_key() {
    let list = json!({ "data": [{ "id": "text-embedding-3" }, { "id": "gpt" }] });
    let mut server = FakeServer::start([("GET /v1/models", vec![Answer::json(&list)])]).await;
    let config = ModelConfig {
        provider: Provider::OpenAi,
        url: Some(server.url()),
        api_key_env: Some("KEY".to_owned()),
        ..ModelConfig::default()
    };
    let model = chosen(&config, &[("KEY", "k3y")]).await.unwrap();
    assert_eq!(model.identity().name, "openai/gpt");
    assert_eq!(server.request().await.headers["authorization"], "Bearer k3y");
}

#[tokio::test]
async fn the_manager_follows_the_provider() {
    let of = |provider| {
        let config = ModelConfig { provider, url: Some("http://127.0.0.1:1".to_owned()), ..ModelConfig::default() };
        manager(&config, &|_: &str| None, Arc::new(SeededEntropy::new(3))).unwrap().is_some()
    };
    assert!(!of(Provider::Builtin) && of(Provider::Ollama) && of(Provider::OpenAi) && of(Provider::Auto));
}

//! Vectors from servers, over real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use events::Code;
use events::time::SeededEntropy;
use models::embedding::{EndpointConfig, EndpointEmbedder, Protocol, vectors};
use models::testing::{Answer, FakeServer, nowhere};
use models::{Embedder, EmbeddingError, Secret};
use serde_json::json;

const OPENAI: &str = "POST /v1/embeddings";
const OLLAMA: &str = "POST /api/embed";

fn config(protocol: Protocol, url: String) -> EndpointConfig {
    let (key, dimensions, patience) = (None, Some(2), Duration::from_secs(20));
    EndpointConfig { protocol, url, model: "m".to_owned(), key, dimensions, batch: 2, patience }
}

async fn connect(config: EndpointConfig) -> Result<EndpointEmbedder, EmbeddingError> {
    EndpointEmbedder::connect(config, Arc::new(SeededEntropy::new(7))).await
}

fn openai(vectors: &[(usize, [f32; 2])]) -> Answer {
    let data = vectors.iter().map(|(index, v)| json!({ "object": "embedding", "index": index, "embedding": v }));
    Answer::json(&json!({ "object": "list", "data": data.collect::<Vec<_>>(), "model": "m" }))
}

#[tokio::test(flavor = "multi_thread")]
async fn openai_vectors_come_in_batches_and_in_any_order() {
    let answers = vec![openai(&[(1, [0.0, 2.0]), (0, [3.0, 4.0])]), openai(&[(0, [1.0, 0.0])])];
    let mut server = FakeServer::start([(OPENAI, answers)]).await;
    let config = EndpointConfig { key: Some(Secret::new("k3y")), ..config(Protocol::OpenAi, server.url()) };
    let embedder = connect(config).await.unwrap();
    assert_eq!(embedder.identity().name, "openai/m");
    // Even on a thread of the runtime, which must not be waited on.
    let got = vectors(&embedder, &["one", " ", "two", "three"]).unwrap();
    assert_eq!(got, [vec![0.6, 0.8], vec![0.0, 0.0], vec![0.0, 1.0], vec![1.0, 0.0]]);
    let sent = server.requests();
    assert_eq!(sent[0].headers["authorization"], "Bearer k3y");
    assert_eq!(sent[0].json(), json!({ "model": "m", "input": ["one", "two"] }));
    assert_eq!(sent[1].json(), json!({ "model": "m", "input": ["three"] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn ollama_tells_its_version_and_size() {
    let tags = json!({ "models": [{ "name": "other", "digest": "1" }, { "name": "m:latest", "digest": "sha256:0123456789abcdef" }] });
    let vector = Answer::json(&json!({ "embeddings": [[0.0, 0.0, 5.0]] }));
    let server = FakeServer::start([("GET /api/tags", vec![Answer::json(&tags)]), (OLLAMA, vec![vector])]).await;
    let asked = EndpointConfig { dimensions: None, ..config(Protocol::Ollama, server.url()) };
    let embedder = connect(asked).await.unwrap();
    let identity = embedder.identity();
    assert_eq!((identity.name.as_str(), identity.version.as_str()), ("ollama/m", "0123456789ab"));
    assert_eq!((embedder.dimensions(), vectors(&embedder, &["x"]).unwrap()), (3, vec![vec![0.0, 0.0, 1.0]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stumbles_is_asked_again() {
    let answers = vec![Answer::status(503).header("retry-after", "0"), openai(&[(0, [1.0, 0.0])])];
    let server = FakeServer::start([(OPENAI, answers)]).await;
    let embedder = connect(config(Protocol::OpenAi, server.url())).await.unwrap();
    assert_eq!(vectors(&embedder, &["x"]).unwrap(), [vec![1.0, 0.0]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_does_wrong_is_a_clear_error() {
    let refused = |status: u16, text: &str| Answer::status(status).chunk(json!({ "error": text }).to_string());
    let cases = [
        (refused(401, "no key"), Code::ModelFailed, "401: no key"),
        (refused(404, "model \"m\" not found"), Code::NoSuchModel, "has no model m"),
        (openai(&[]), Code::ModelProtocol, "0 vectors for 1 texts"),
        (Answer::ok().chunk("<html>"), Code::ModelProtocol, "not the JSON expected"),
        (
            Answer::json(&json!({ "data": [{ "index": 0, "embedding": [1.0, 2.0, 3.0] }] })),
            Code::WrongVectorSize,
            "has 3 numbers and should have 2",
        ),
    ];
    for (answer, code, says) in cases {
        let server = FakeServer::start([(OPENAI, vec![answer])]).await;
        let embedder = connect(config(Protocol::OpenAi, server.url())).await.unwrap();
        let error = vectors(&embedder, &["x"]).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_at_once_or_when_asked() {
    let url = nowhere().await;
    let unknown = EndpointConfig { dimensions: None, ..config(Protocol::OpenAi, url.clone()) };
    assert_eq!(connect(unknown).await.err().unwrap().code(), Code::ModelUnreachable);
    let embedder = connect(config(Protocol::OpenAi, url)).await.unwrap();
    assert_eq!(vectors(&embedder, &["x"]).unwrap_err().code(), Code::ModelUnreachable);
    assert_eq!(
        connect(config(Protocol::OpenAi, "ftp://x".to_owned())).await.err().unwrap().code(),
        Code::ModelMisconfigured
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let gate = models::testing::Gate::new();
    let server = FakeServer::start([(OPENAI, vec![openai(&[(0, [1.0, 0.0])]).after(&gate)])]).await;
    let short = EndpointConfig { patience: Duration::from_millis(50), ..config(Protocol::OpenAi, server.url()) };
    let embedder = connect(short).await.unwrap();
    assert_eq!(vectors(&embedder, &["x"]).unwrap_err().code(), Code::ModelTimeout);
}

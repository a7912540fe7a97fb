//! The OpenAI-compatible client against a real HTTP server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use events::payload::FinishReason;
use futures::StreamExt;
use models::testing::{Answer, FakeServer, Gate, nowhere, openai_piece};
use models::{Delta, LanguageModel, ModelError, ModelManager, OpenAi, Secret};
use serde_json::json;
use support::{endpoint, hear, refused, request};

const CHAT: &str = "POST /v1/chat/completions";

fn model(server: &FakeServer) -> OpenAi {
    OpenAi::new(endpoint(server.url()), "gpt", None).unwrap()
}

fn piece(text: &str) -> String {
    openai_piece(text).to_string()
}

#[tokio::test]
async fn an_answer_streams_with_its_counts() {
    let mut server = FakeServer::start([(CHAT, vec![Answer::openai(&["Hel", "lo"])])]).await;
    let mut endpoint = endpoint(server.url());
    endpoint.key = Some(Secret::new("k3y"));
    let mut asked = request("Hi");
    asked.parameters.insert("temperature".to_owned(), json!(0.5));
    asked.parameters.insert("num_predict".to_owned(), json!(99));
    asked.parameters.insert("num_ctx".to_owned(), json!(4096));
    let heard = hear(OpenAi::new(endpoint, "gpt", None).unwrap().reply(asked).await.unwrap()).await;
    assert_eq!((heard.text.as_str(), heard.done), ("Hello", Some((FinishReason::Stop, 11, 7))));
    let sent = server.request().await;
    assert_eq!(sent.headers["authorization"], "Bearer k3y");
    assert_eq!(
        sent.json(),
        json!({ "model": "gpt", "stream": true, "stream_options": { "include_usage": true },
            "messages": [{ "role": "system", "content": "Be kind." }, { "role": "user", "content": "Hi" }],
            "temperature": 0.5, "max_tokens": 99 })
    );
}

#[tokio::test]
async fn events_may_be_cut_anywhere_and_carry_comments() {
    let two_lines = openai_piece("ß日").to_string().replacen(',', ",\r\ndata: ", 1);
    let body = format!(": ping\r\n\r\nevent: x\r\ndata: {two_lines}\r\n\r\n: ping\r\n\r\ndata: [DONE]\r\n\r\n");
    let every_byte = body.as_bytes().iter().fold(Answer::ok(), |a, b| a.chunk([*b]));
    let server = FakeServer::start([(CHAT, vec![every_byte])]).await;
    let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
    assert_eq!((heard.text.as_str(), heard.done), ("ß日", Some((FinishReason::Stop, 0, 0))));
}

#[tokio::test]
async fn thinking_is_told_from_the_answer_in_every_form() {
    let field = |name: &str| {
        Answer::ok()
            .event(
                &json!({ "choices": [{ "delta": { "role": "assistant", "content": null, name: "hm" } }] })
                    .to_string(),
            )
            .event(&piece("Yes"))
            .event("[DONE]")
    };
    let tags = Answer::openai(&["<think>h", "m</th", "ink>", "\nYes"]);
    let server = FakeServer::start([(CHAT, vec![field("reasoning_content"), field("reasoning"), tags])]).await;
    for _ in 0..3 {
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!((heard.thinking.as_str(), heard.text.as_str()), ("hm", "Yes"));
    }
}

#[tokio::test]
async fn the_end_may_be_marked_in_several_ways() {
    let finish = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    let no_mark = Answer::ok().event(&piece("Hi")).event(finish);
    let no_blank_line = Answer::ok().event(&piece("Hi")).event(finish).chunk("data: [DONE]");
    let trailing = Answer::ok().event(&piece("Hi")).event(finish).event("[DONE]").event(&piece("not this"));
    let server = FakeServer::start([(CHAT, vec![no_mark, no_blank_line, trailing])]).await;
    for _ in 0..3 {
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!((heard.text.as_str(), heard.done), ("Hi", Some((FinishReason::Length, 0, 0))));
    }
}

#[tokio::test]
async fn a_slow_first_token_is_waited_for() {
    let (head, body) = (Gate::new(), Gate::new());
    let slow = Answer::ok().after(&head).chunk(": ping\n\n").wait(&body).event(&piece("Hi")).event("[DONE]");
    let mut server = FakeServer::start([(CHAT, vec![slow])]).await;
    let openai = model(&server);
    let asked = tokio::spawn(async move { openai.reply(request("Hi")).await });
    server.request().await;
    head.open();
    assert!(!asked.is_finished(), "a comment is no token");
    body.open();
    assert_eq!(hear(asked.await.unwrap().unwrap()).await.text, "Hi");
}

#[tokio::test]
async fn a_stream_that_breaks_off_keeps_its_text() {
    let cut = Answer::ok().event(&piece("so far")).cut();
    let ended = Answer::ok().event(&piece("so far"));
    let half = Answer::ok().event(&piece("so far")).chunk("data: {\"choi");
    let server = FakeServer::start([(CHAT, vec![cut, ended, half])]).await;
    for _ in 0..3 {
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!((heard.text.as_str(), heard.done), ("so far", None));
        assert!(matches!(heard.error, Some(ModelError::Broken { .. })), "{heard:?}");
    }
}

#[tokio::test]
async fn too_many_requests_then_success() {
    let busy = Answer::status(429).header("retry-after", "0");
    let mut server = FakeServer::start([(CHAT, vec![busy, Answer::openai(&["Hello"])])]).await;
    assert_eq!(hear(model(&server).reply(request("Hi")).await.unwrap()).await.text, "Hello");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn failures_of_the_server_end_after_three() {
    let failing = Answer::status(502).chunk("<html>bad gateway</html>");
    let mut server = FakeServer::start([(CHAT, vec![failing])]).await;
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(matches!(error, ModelError::Refused { status: 502, .. }), "{error}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_wrong_key_is_refused_at_once_and_never_shown() {
    let no = Answer::status(401).chunk(json!({ "error": { "message": "bad key", "code": "x" } }).to_string());
    let mut server = FakeServer::start([(CHAT, vec![no])]).await;
    let mut endpoint = endpoint(server.url());
    endpoint.key = Some(Secret::new("k3y"));
    assert!(!format!("{:?}", endpoint.key).contains("k3y"));
    let error = refused(OpenAi::new(endpoint, "gpt", None).unwrap().reply(request("Hi")).await);
    assert!(matches!(&error, ModelError::Refused { status: 401, reason, .. } if reason == "bad key"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_missing_model_is_told_from_a_wrong_path() {
    let no_model = Answer::status(404).chunk(
        json!({ "error": { "message": "The model `gpt` does not exist", "code": "model_not_found" } }).to_string(),
    );
    let no_path = Answer::status(404).chunk("Not Found");
    let server = FakeServer::start([(CHAT, vec![no_model, no_path])]).await;
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(matches!(error, ModelError::NoModel { .. }), "{error}");
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(matches!(error, ModelError::Refused { status: 404, .. }), "{error}");
}

#[tokio::test]
async fn damage_in_the_stream_keeps_the_text() {
    let is_protocol = |e: &ModelError| matches!(e, ModelError::Protocol { .. });
    let is_refusal = |e: &ModelError| matches!(e, ModelError::Refused { .. });
    let filtered = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    for (bad, expected) in [
        ("{nonsense", &is_protocol as &dyn Fn(&ModelError) -> bool),
        (r#"{"hello":1}"#, &is_protocol),
        (r#"{"error":{"message":"overloaded","code":503}}"#, &is_refusal),
        (r#"{"error":"overloaded"}"#, &is_refusal),
        (filtered, &is_refusal),
    ] {
        let answer = Answer::ok().event(&piece("so far")).event(bad).event(&piece("not this"));
        let server = FakeServer::start([(CHAT, vec![answer])]).await;
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!(heard.text, "so far", "{bad}");
        assert!(heard.error.as_ref().is_some_and(expected), "{bad}: {heard:?}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let error = refused(OpenAi::new(endpoint(nowhere().await), "gpt", None).unwrap().reply(request("Hi")).await);
    assert!(matches!(error, ModelError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let mut server = FakeServer::start([(CHAT, vec![Answer::ok().event(&piece("one")).until_gone()])]).await;
    let mut reply = model(&server).reply(request("Hi")).await.unwrap();
    assert_eq!(reply.next().await, Some(Ok(Delta::Text("one".to_owned()))));
    drop(reply);
    assert_eq!(server.gone().await, CHAT);
}

#[tokio::test]
async fn two_answers_at_once_do_not_disturb_each_other() {
    let (a, b) = (Gate::new(), Gate::new());
    let script =
        |gate: &Gate, text: &str| Answer::ok().event(&piece(text)).wait(gate).event(&piece(text)).event("[DONE]");
    let server = FakeServer::start([(CHAT, vec![script(&a, "a"), script(&b, "b")])]).await;
    let model = model(&server);
    let first = model.reply(request("Hi")).await.unwrap();
    let second = model.reply(request("Hi")).await.unwrap();
    b.open();
    assert_eq!(hear(second).await.text, "bb");
    a.open();
    assert_eq!(hear(first).await.text, "aa");
}

#[tokio::test]
async fn models_are_listed_and_not_fetched() {
    let list = json!({ "object": "list", "data": [{ "id": "gpt", "owned_by": "us" }, { "id": "other" }] });
    let server = FakeServer::start([("GET /v1/models", vec![Answer::json(&list)])]).await;
    let names: Vec<String> = model(&server).list().await.unwrap().into_iter().map(|m| m.name).collect();
    assert_eq!(names, ["gpt", "other"]);
    model(&server).version().await.unwrap();
    assert!(matches!(model(&server).pull("x").await.err(), Some(ModelError::Unmanaged { .. })));
}

#[test]
fn urls_are_checked() {
    for bad in ["", "localhost:1", "ftp://x", "file:///x", "http://"] {
        let error = OpenAi::new(endpoint(bad.to_owned()), "gpt", None).err();
        assert!(matches!(error, Some(ModelError::Misconfigured { .. })), "{bad}: {error:?}");
    }
}

#[tokio::test]
async fn a_path_of_the_url_is_kept() {
    let server = FakeServer::start([("POST /api/v1/chat/completions", vec![Answer::openai(&["Hi"])])]).await;
    let openai = OpenAi::new(endpoint(format!("{}/api/v1/", server.url())), "gpt", None).unwrap();
    assert_eq!(hear(openai.reply(request("Hi")).await.unwrap()).await.text, "Hi");
}

#[test]
fn an_encrypted_server_can_be_set_up() {
    OpenAi::new(endpoint("https://models.example".to_owned()), "gpt", None).unwrap();
}

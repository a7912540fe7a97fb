//! The Ollama client against a real HTTP server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use events::payload::FinishReason;
use futures::{StreamExt, TryStreamExt};
use models::testing::{Answer, FakeServer, Gate, nowhere, ollama_piece};
use models::{Delta, LanguageModel, ModelError, ModelManager, Ollama, PullProgress, Retry};
use serde_json::json;
use support::{endpoint, hear, refused, request};

const CHAT: &str = "POST /api/chat";

fn model(server: &FakeServer) -> Ollama {
    Ollama::new(endpoint(server.url()), "m:1b").unwrap()
}

#[tokio::test]
async fn an_answer_streams_with_its_counts() {
    let mut server = FakeServer::start([(CHAT, vec![Answer::ollama(&["Hel", "lo ", "Ada"])])]).await;
    let mut asked = request("Hi");
    asked.parameters.insert("temperature".to_owned(), json!(0.5));
    asked.parameters.insert("max_tokens".to_owned(), json!(99));
    asked.parameters.insert("think".to_owned(), json!(true));
    asked.parameters.insert("seed".to_owned(), json!(1u64 << 52 | 5));
    asked.hints.message = "hidden".to_owned();
    let heard = hear(model(&server).reply(asked).await.unwrap()).await;
    assert_eq!((heard.text.as_str(), heard.done), ("Hello Ada", Some((FinishReason::Stop, 11, 3))));
    let sent = server.request().await;
    assert_eq!(
        sent.json(),
        json!({ "model": "m:1b", "stream": true, "think": true,
            "messages": [{ "role": "system", "content": "Be kind." }, { "role": "user", "content": "Hi" }],
            "options": { "temperature": 0.5, "num_predict": 99, "seed": 5, "num_ctx": 8192 } })
    );
    assert!(!sent.body.contains("hidden"), "hints stay here");
}

#[tokio::test]
async fn chunks_may_end_in_the_middle_of_a_character() {
    let body = format!("{}\r\n{}", ollama_piece("Grüße, 日本"), json!({ "done": true, "done_reason": "length" }));
    let every_byte = body.as_bytes().iter().fold(Answer::ok(), |a, b| a.chunk([*b]));
    let server = FakeServer::start([(CHAT, vec![every_byte])]).await;
    let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
    assert_eq!((heard.text.as_str(), heard.done), ("Grüße, 日本", Some((FinishReason::Length, 0, 0))));
}

#[tokio::test]
async fn thinking_is_told_from_the_answer_in_both_forms() {
    let field = Answer::ok()
        .line(&json!({ "message": { "content": "", "thinking": "hm" }, "done": false }))
        .line(&json!({ "message": { "content": "Yes" }, "done": true }));
    let tags = Answer::ollama(&["<thi", "nk>h", "m</", "think>\n\nYes"]);
    let server = FakeServer::start([(CHAT, vec![field, tags])]).await;
    for _ in 0..2 {
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!((heard.thinking.as_str(), heard.text.as_str()), ("hm", "Yes"));
    }
}

#[tokio::test]
async fn each_piece_arrives_before_the_next_is_sent() {
    let (first, second) = (Gate::new(), Gate::new());
    let answer = Answer::ok().wait(&first).line(&ollama_piece("one ")).wait(&second).line(&ollama_piece("two"));
    let mut server = FakeServer::start([(CHAT, vec![answer.line(&json!({ "done": true }))])]).await;
    let ollama = model(&server);
    let asked = tokio::spawn(async move { ollama.reply(request("Hi")).await });
    server.request().await;
    assert!(!asked.is_finished(), "there is no first token yet");
    first.open();
    let mut reply = asked.await.unwrap().unwrap();
    assert_eq!(reply.next().await, Some(Ok(Delta::Text("one ".to_owned()))));
    second.open();
    assert_eq!(hear(reply).await.text, "two");
}

#[tokio::test]
async fn a_server_that_stays_silent_times_out_before_and_within_an_answer() {
    let never = Gate::new();
    let silent = Answer::ok().wait(&never);
    let stuck = Answer::ok().line(&ollama_piece("so far")).wait(&never);
    let server = FakeServer::start([(CHAT, vec![silent])]).await;
    let mut impatient = endpoint(server.url());
    // The server never goes on, so that only the limit can end the wait, whatever its length.
    impatient.timeouts.first_token = Duration::from_millis(50);
    let error = refused(Ollama::new(impatient, "m").unwrap().reply(request("Hi")).await);
    assert!(matches!(error, ModelError::Timeout { .. }), "{error}");
    let server = FakeServer::start([(CHAT, vec![stuck])]).await;
    let mut impatient = endpoint(server.url());
    impatient.timeouts.idle = Duration::from_millis(50);
    let heard = hear(Ollama::new(impatient, "m").unwrap().reply(request("Hi")).await.unwrap()).await;
    assert_eq!(heard.text, "so far");
    assert!(matches!(heard.error, Some(ModelError::Timeout { .. })), "{heard:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_off_keeps_its_text() {
    let cut = Answer::ok().line(&ollama_piece("so far")).cut();
    let ended = Answer::ok().line(&ollama_piece("so far"));
    let half_a_line = Answer::ok().line(&ollama_piece("so far")).chunk(r#"{"message":{"con"#);
    let half_a_tag = Answer::ok().line(&ollama_piece("so ")).line(&ollama_piece("far")).line(&ollama_piece("<th"));
    for (answer, text) in [(cut, "so far"), (ended, "so far"), (half_a_line, "so far"), (half_a_tag, "so far<th")] {
        let server = FakeServer::start([(CHAT, vec![answer])]).await;
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!((heard.text.as_str(), heard.done), (text, None));
        assert!(matches!(heard.error, Some(ModelError::Broken { .. })), "{heard:?}");
    }
}

#[tokio::test]
async fn nothing_is_repeated_after_the_first_token() {
    let cut = Answer::ok().line(&ollama_piece("so far")).cut();
    let mut server = FakeServer::start([(CHAT, vec![cut])]).await;
    hear(model(&server).reply(request("Hi")).await.unwrap()).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_passes_is_repeated_before_the_first_token() {
    for passing in [
        Answer::status(429).header("retry-after", "0"),
        Answer::status(408),
        Answer::status(500).chunk("down"),
        Answer::status(503),
        Answer::ok().cut(),
    ] {
        let mut server = FakeServer::start([(CHAT, vec![passing, Answer::ollama(&["Hello"])])]).await;
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!(heard.text, "Hello");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn repeating_has_an_end() {
    let failing = Answer::status(500).chunk(json!({ "error": "out of memory" }).to_string());
    let mut server = FakeServer::start([(CHAT, vec![failing])]).await;
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(
        matches!(&error, ModelError::Refused { status: 500, reason, .. } if reason == "out of memory"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_wait_longer_than_our_patience_is_refused_at_once() {
    let later = Answer::status(429).header("retry-after", "3600");
    let mut server = FakeServer::start([(CHAT, vec![later])]).await;
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(matches!(error, ModelError::Refused { status: 429, .. }), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_does_not_pass_is_not_repeated() {
    let bad = Answer::status(400).chunk(json!({ "error": "no such option" }).to_string());
    let mut server = FakeServer::start([(CHAT, vec![bad])]).await;
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(matches!(error, ModelError::Refused { status: 400, .. }), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = FakeServer::start([(CHAT, vec![Answer::ollama(&["no"])])]).await;
    let away = Answer::status(307).header("location", &format!("{}/api/chat", elsewhere.url()));
    let server = FakeServer::start([(CHAT, vec![away])]).await;
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(matches!(error, ModelError::Refused { status: 307, .. }), "{error}");
}

#[tokio::test]
async fn a_missing_model_has_its_own_error() {
    let missing = Answer::status(404).chunk(json!({ "error": "model 'm:1b' not found" }).to_string());
    let server = FakeServer::start([(CHAT, vec![missing])]).await;
    let error = refused(model(&server).reply(request("Hi")).await);
    assert!(matches!(&error, ModelError::NoModel { model, .. } if model == "m:1b"), "{error}");
}

#[tokio::test]
async fn a_malformed_chunk_breaks_the_protocol_and_keeps_the_text() {
    for bad in
        [b"{nonsense}\n".to_vec(), b"{}\n".to_vec(), b"[1]\n".to_vec(), b"\xff\xfe\n".to_vec(), vec![b'x'; 2 << 20]]
    {
        let start = String::from_utf8_lossy(&bad[..bad.len().min(12)]).into_owned();
        let answer = Answer::ok().line(&ollama_piece("so far")).chunk(bad).line(&ollama_piece("not this"));
        let server = FakeServer::start([(CHAT, vec![answer])]).await;
        let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
        assert_eq!(heard.text, "so far", "{start}");
        assert!(matches!(heard.error, Some(ModelError::Protocol { .. })), "{start}: {heard:?}");
    }
}

#[tokio::test]
async fn an_error_object_in_the_stream_is_the_servers_refusal() {
    let answer = Answer::ok().line(&ollama_piece("so far")).line(&json!({ "error": "ran out of memory" }));
    let server = FakeServer::start([(CHAT, vec![answer])]).await;
    let heard = hear(model(&server).reply(request("Hi")).await.unwrap()).await;
    assert_eq!(heard.text, "so far");
    assert!(
        matches!(&heard.error, Some(ModelError::Refused { reason, .. }) if reason == "ran out of memory"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let error = refused(Ollama::new(endpoint(nowhere().await), "m").unwrap().reply(request("Hi")).await);
    assert!(matches!(&error, ModelError::Unreachable { reason, .. } if reason.contains("refused")), "{error}");
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let answer = Answer::ok().line(&ollama_piece("one")).until_gone();
    let mut server = FakeServer::start([(CHAT, vec![answer])]).await;
    let mut reply = model(&server).reply(request("Hi")).await.unwrap();
    assert!(reply.next().await.unwrap().is_ok());
    drop(reply);
    assert_eq!(server.gone().await, CHAT);
}

#[tokio::test]
async fn dropping_the_question_closes_the_connection() {
    let mut server = FakeServer::start([(CHAT, vec![Answer::ok().until_gone()])]).await;
    let ollama = model(&server);
    let asked = tokio::spawn(async move { ollama.reply(request("Hi")).await.map(|_| ()) });
    server.request().await;
    asked.abort();
    assert_eq!(server.gone().await, CHAT);
}

#[tokio::test]
async fn errors_hold_no_words_of_the_person() {
    let secret = "my sister Anna";
    let mut endpoint = endpoint(nowhere().await);
    endpoint.retry = Retry { attempts: 1, ..endpoint.retry };
    let error = refused(Ollama::new(endpoint, "m").unwrap().reply(request(secret)).await);
    assert!(!format!("{error} {error:?}").contains("Anna"));
}

#[tokio::test]
async fn models_are_listed_shown_and_versioned() {
    let tags = json!({ "models": [
        { "name": "m:1b", "size": 7, "digest": "sha256:0123456789abcdef", "details":
            { "family": "llama", "parameter_size": "1.2B", "quantization_level": "Q8_0" } },
        { "name": "bare", "digest": "x" } ] });
    let show = json!({ "capabilities": ["completion"], "model_info": { "llama.context_length": 2048 } });
    let server = FakeServer::start([
        ("GET /api/tags", vec![Answer::json(&tags)]),
        ("POST /api/show", vec![Answer::json(&show)]),
        ("GET /api/version", vec![Answer::json(&json!({ "version": "0.12.3" }))]),
    ])
    .await;
    let ollama = model(&server);
    let list = ollama.list().await.unwrap();
    assert_eq!(
        (list[0].name.as_str(), list[0].bytes, list[0].detail.as_deref()),
        ("m:1b", Some(7), Some("1.2B Q8_0"))
    );
    assert_eq!((list[1].bytes, &list[1].detail), (None, &None));
    assert_eq!(ollama.version().await.unwrap(), "0.12.3");
    let known = ollama.look_up(None).await.unwrap();
    assert_eq!((known.identity().version.as_str(), known.context_tokens()), ("0123456789ab", 2048));
}

#[tokio::test]
async fn a_download_tells_how_far_it_is_and_how_it_ended() {
    let step =
        |status: &str, done: Option<u64>, total: Option<u64>| PullProgress { status: status.into(), done, total };
    let good = Answer::ok()
        .line(&json!({ "status": "pulling manifest" }))
        .line(&json!({ "status": "pulling abc", "digest": "sha256:abc", "total": 10, "completed": 4 }))
        .line(&json!({ "status": "success" }));
    let failed = Answer::ok().line(&json!({ "status": "pulling manifest" })).line(&json!({ "error": "no space" }));
    let cut = Answer::ok().line(&json!({ "status": "pulling manifest" }));
    let mut server = FakeServer::start([("POST /api/pull", vec![good, failed, cut])]).await;
    let ollama = model(&server);
    let progress: Vec<PullProgress> = ollama.pull("m:2b").await.unwrap().try_collect().await.unwrap();
    assert_eq!(
        progress,
        [step("pulling manifest", None, None), step("pulling abc", Some(4), Some(10)), step("success", None, None)]
    );
    assert_eq!(server.request().await.json(), json!({ "model": "m:2b", "stream": true }));
    let ended = |items: Vec<Result<PullProgress, ModelError>>| items.into_iter().next_back().unwrap().unwrap_err();
    let error = ended(ollama.pull("m:2b").await.unwrap().collect().await);
    assert!(matches!(&error, ModelError::Refused { reason, .. } if reason == "no space"), "{error}");
    let error = ended(ollama.pull("m:2b").await.unwrap().collect().await);
    assert!(matches!(error, ModelError::Broken { .. }), "{error}");
}

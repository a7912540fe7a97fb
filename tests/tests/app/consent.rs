//! Words leave this machine only when their person agreed, and stay from the moment that it is taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use commands::live::Ended;
use events::payload::{AccessRole, DataKind, InterruptReason, Purpose};
use events::{Code, CommandId, MadeBy};
use models::builtin::Builtin;
use models::embedding::{Kind, Reading};
use models::{ChatRequest, Embedder, EmbeddingError, LanguageModel, ModelError, ReplyStream};
use serde_json::json;
use uuid::Uuid;

use crate::access::{add, sign_in};
use crate::support::{Home, SEND, Talk, fresh_id, http};

const AWAY: &str = "models.example:8443";

/// The built-in companion, as if it were elsewhere. Counts how often it gets words.
#[derive(Default)]
struct Elsewhere(AtomicU32);

#[async_trait]
impl LanguageModel for Elsewhere {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "elsewhere/model".into(), version: "1".into() }
    }

    fn context_tokens(&self) -> u32 {
        4_096
    }

    fn recipient(&self) -> Option<String> {
        Some(AWAY.into())
    }

    async fn reply(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Builtin.reply(request).await
    }
}

fn command() -> CommandId {
    CommandId(Uuid::new_v4())
}

async fn grant(talk: &Talk, purpose: Purpose) -> events::ConsentId {
    talk.app.grant_consent(command(), purpose, DataKind::Words, AWAY, None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn t_60_a_model_elsewhere_gets_words_only_with_consent() {
    let home = Home::new();
    let model = Arc::new(Elsewhere::default());
    let talk = home.open_with(model.clone()).await;
    let asked = || model.0.load(Ordering::SeqCst);

    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let Ended::Interrupted { reason: InterruptReason::ModelFailed, error: Some((code, message)), .. } = &said.ended
    else {
        panic!("{:?}", said.ended)
    };
    assert_eq!(*code, Code::ConsentMissing);
    assert!(message.contains("`aico consent grant answers models.example:8443`"), "{message}");
    assert_eq!(asked(), 0);

    // For another purpose, or to another recipient, is not for this.
    grant(&talk, Purpose::Vectors).await;
    talk.app.grant_consent(command(), Purpose::Answers, DataKind::Words, "models.example", None).await.unwrap();
    talk.say("And now?", None).await;
    assert_eq!(asked(), 0);

    let consent = grant(&talk, Purpose::Answers).await;
    let said = talk.say("And now?", None).await;
    assert!(matches!(said.ended, Ended::Completed { .. }), "{:?}", said.ended);
    assert_eq!(asked(), 1);
    // Settling sums up by the model, with the same consent.
    talk.run("mutation { consolidate(all: true) { episodes } }", json!({})).await;
    let with = asked();
    assert!(with > 1);

    // Another person has agreed to nothing.
    add(&talk, "Bea", AccessRole::Person).await;
    let server = talk.serve().await;
    let token = sign_in(&server, "Bea").await["access"].as_str().unwrap().to_owned();
    let body = json!({ "query": SEND, "variables": { "c": fresh_id(), "text": "Hello" } });
    let request = http().post(server.url("/graphql")).bearer_auth(token).json(&body);
    let sent: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let ended = talk.ended(sent["data"]["sendMessage"].clone()).await.ended;
    assert!(matches!(ended, Ended::Interrupted { error: Some((Code::ConsentMissing, _)), .. }), "{ended:?}");
    assert_eq!(asked(), with);
    server.stop().await;

    let report = talk.run("{ audit { report } }", json!({})).await;
    let in_force = &report["audit"]["report"]["consents"];
    assert_eq!(in_force.as_array().unwrap().len(), 3, "{in_force}");
    assert!(in_force.to_string().contains(AWAY));
    let before = talk.head().await;

    talk.app.revoke_consent(command(), consent).await.unwrap();
    let said = talk.say("And now?", None).await;
    assert!(matches!(said.ended, Ended::Interrupted { error: Some((Code::ConsentMissing, _)), .. }));
    talk.run("mutation { consolidate(all: true) { episodes } }", json!({})).await;
    assert_eq!(asked(), with);
    // The report of now has one less, the report of then still has it, and it survives a restart.
    let left = talk.run("{ audit { report } }", json!({})).await;
    assert_eq!(left["audit"]["report"]["consents"].as_array().unwrap().len(), 2);
    let query = "query($at: String) { audit { report(asOf: $at) } }";
    let then = talk.run(query, json!({ "at": before.to_string() })).await;
    assert_eq!(then["audit"]["report"]["consents"].as_array().unwrap().len(), 3);
    talk.close().await;
    let talk = home.open_with(model.clone()).await;
    talk.say("And now?", None).await;
    assert_eq!(asked(), with);
    talk.close().await;
}

/// The program's own table, as if it were elsewhere.
struct AwayTable(Arc<dyn Embedder>, AtomicU32);

impl Embedder for AwayTable {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "elsewhere/table".into(), version: "1".into() }
    }

    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbeddingError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.embed(texts)
    }

    fn token_dimensions(&self) -> usize {
        self.0.token_dimensions()
    }

    fn read(&self, texts: &[&str]) -> Result<Vec<Reading>, EmbeddingError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.read(texts)
    }

    fn recipient(&self) -> Option<String> {
        Some(AWAY.into())
    }

    fn kind(&self) -> Kind {
        self.0.kind()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_60_an_embedder_elsewhere_gets_words_only_with_consent() {
    let home = Home::new();
    let table = Arc::new(AwayTable(models::embedding::embedded().unwrap(), AtomicU32::default()));
    let asked = || table.1.load(Ordering::SeqCst);
    let talk = home.open_embedding(table.clone()).await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    // Memory stands still, and both the turn and health say why.
    let Ended::Failed { message, .. } = &said.ended else { panic!("{:?}", said.ended) };
    assert!(message.contains("`aico consent grant vectors models.example:8443`"), "{message}");
    let health = talk.run("{ health { projections { name healthy code error } } }", json!({})).await;
    let all = health["health"]["projections"].as_array().unwrap();
    let ill: Vec<_> = all.iter().filter(|p| p["healthy"] == false).collect();
    assert_eq!(ill.len(), 1, "{all:?}");
    assert_eq!(ill[0]["name"], "memory");
    assert!(ill[0]["error"].as_str().unwrap().contains("aico consent grant vectors"), "{ill:?}");
    assert_eq!(asked(), 0);
    grant(&talk, Purpose::Vectors).await;
    talk.close().await;
    let talk = home.open_embedding(table.clone()).await;
    let found = talk.run("{ memory(query: \"Where does Anna live?\") { items { text } } }", json!({})).await;
    assert!(found.to_string().contains("Lisbon"), "{found}");
    assert!(asked() > 0);
    talk.close().await;
}

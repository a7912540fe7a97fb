//! A companion in a temporary folder, and ways to talk with it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use api::app::{App, Database, Newcomers, Opening};
use api::transport::{self, Guard};
use async_graphql::{Request, Variables};
use events::seal::Unlock;
use models::builtin::Builtin;
use models::{Embedder, LanguageModel};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub const TOKEN: &str = "a token for tests";

/// A data folder that outlives the apps over it.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A companion in another folder, with the same passphrase.
    pub async fn at(&self, folder: &Path) -> Talk {
        self.open_in(folder, Arc::new(Builtin), models::embedding::embedded().unwrap(), None).await
    }

    pub async fn open(&self) -> Talk {
        self.open_with(Arc::new(Builtin)).await
    }

    pub async fn open_with(&self, model: Arc<dyn LanguageModel>) -> Talk {
        self.open_on(model, None).await
    }

    pub async fn open_on(&self, model: Arc<dyn LanguageModel>, database: Option<Database>) -> Talk {
        self.open_in(self.path(), model, models::embedding::embedded().unwrap(), database).await
    }

    pub async fn open_embedding(&self, embedder: Arc<dyn Embedder>) -> Talk {
        self.open_in(self.path(), Arc::new(Builtin), embedder, None).await
    }

    async fn open_in(
        &self,
        folder: &Path,
        model: Arc<dyn LanguageModel>,
        embedder: Arc<dyn Embedder>,
        database: Option<Database>,
    ) -> Talk {
        let opening = Opening {
            folder,
            unlock: Unlock::with_passphrase("for tests"),
            newcomers: Some(Newcomers { owner: "Ada".into(), companion: "Eve".into() }),
            model,
            parameters: BTreeMap::new(),
            embedder,
            database,
        };
        let app = App::open(opening).await.unwrap();
        Talk { schema: api::schema::build(app.clone()), app }
    }
}

/// An open app.
pub struct Talk {
    pub app: Arc<App>,
    schema: api::schema::Schema,
}

pub fn fresh_id() -> String {
    Uuid::new_v4().to_string()
}

pub const SEND: &str = "mutation($c: ID!, $text: String!, $conversation: ID, $branch: String) {
    sendMessage(commandId: $c, text: $text, conversation: $conversation, branch: $branch) {
        conversation message run reply position } }";

impl Talk {
    /// The whole answer to an operation.
    pub async fn answer(&self, operation: &str, variables: Value) -> Value {
        let request = Request::new(operation).variables(Variables::from_json(variables));
        serde_json::to_value(self.schema.execute(request).await).unwrap()
    }

    /// The data of an operation that must succeed.
    pub async fn run(&self, operation: &str, variables: Value) -> Value {
        let mut answer = self.answer(operation, variables).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].take()
    }

    /// The stable code of an operation that must fail.
    pub async fn refused(&self, operation: &str, variables: Value) -> String {
        let answer = self.answer(operation, variables).await;
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Says something and waits for the end of the reply.
    pub async fn say(&self, text: &str, conversation: Option<&str>) -> Said {
        self.say_on(None, text, conversation).await
    }

    pub async fn say_on(&self, branch: Option<&str>, text: &str, conversation: Option<&str>) -> Said {
        let variables = json!({ "c": fresh_id(), "text": text, "conversation": conversation, "branch": branch });
        let sent = self.run(SEND, variables).await["sendMessage"].take();
        self.ended(sent).await
    }

    /// Waits for the end of a run that was accepted.
    pub async fn ended(&self, sent: Value) -> Said {
        let run = sent["run"].as_str().unwrap().parse().unwrap();
        let progress = self.app.turns.live().wait(run).await.unwrap();
        for branch in self.app.log.branches().await.unwrap() {
            self.app.settle(branch.id).await.unwrap();
        }
        Said { sent, text: progress.text, ended: progress.ended.unwrap() }
    }

    pub async fn state(&self, name: &str, at: Option<u64>) -> Value {
        let query = "query($name: String!, $at: String) { state(name: $name, asOf: $at) { value } }";
        let at = at.map(|at| at.to_string());
        self.run(query, json!({ "name": name, "at": at })).await["state"]["value"].take()
    }

    pub async fn messages(&self, conversation: &str, at: Option<u64>, branch: Option<&str>) -> Vec<Value> {
        let query = "query($id: ID!, $at: String, $branch: String) { conversation(id: $id, asOf: $at, branch: $branch) {
            messages(last: 500) { id role text edited replyTo variants selected state interrupted feedback { reward } } } }";
        let at = at.map(|at| at.to_string());
        let found = self.run(query, json!({ "id": conversation, "at": at, "branch": branch })).await;
        found["conversation"]["messages"].as_array().unwrap().clone()
    }

    pub async fn head(&self) -> u64 {
        self.run("{ basis { position } }", json!({})).await["basis"]["position"].as_u64().unwrap()
    }

    pub async fn close(self) {
        drop(self.schema);
        self.app.close().await.unwrap();
    }

    /// A real server over this app.
    pub async fn serve(&self) -> Server {
        self.serve_with(Guard::new(TOKEN, vec![])).await
    }

    /// The same with another guard.
    pub async fn serve_with(&self, guard: Guard) -> Server {
        let bound = transport::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = bound.address;
        let closing = CancellationToken::new();
        let served = transport::serve(self.app.clone(), bound, guard, closing.clone());
        let task = tokio::spawn(async move { served.await.unwrap() });
        Server { address, closing, task }
    }
}

/// What came of something said.
pub struct Said {
    pub sent: Value,
    pub text: String,
    pub ended: commands::live::Ended,
}

impl Said {
    pub fn id(&self, field: &str) -> &str {
        self.sent[field].as_str().unwrap()
    }
}

/// A server that is stopped by [`Server::stop`].
pub struct Server {
    pub address: SocketAddr,
    closing: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn stop(self) {
        self.closing.cancel();
        self.task.await.unwrap();
    }
}

pub fn http() -> reqwest::Client {
    let _the_first_one_stays = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

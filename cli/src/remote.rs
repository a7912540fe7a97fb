//! The running server of a data folder: GraphQL over HTTP and websocket.

use std::path::Path;
use std::time::Duration;

use api::app::DataFolder;
use events::{Clock as _, Code, SystemClock, Timestamp};
use futures::stream::BoxStream;
use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::error::CliError;

/// What the server leaves in the data folder while it runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Announcement {
    /// Where it listens.
    pub address: std::net::SocketAddr,
    /// Its process.
    pub pid: u32,
}

/// A server that answers.
pub struct Remote {
    address: String,
    /// With `http://` or `https://`.
    base: String,
    token: String,
    http: reqwest::Client,
}

fn client() -> Result<reqwest::Client, CliError> {
    // Installing the provider twice is fine: the first one stays.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().connect_timeout(Duration::from_millis(500)).build().map_err(unreachable)
}

/// A session of somebody who signed in, as it lies in a file that only they may read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    #[serde(default)]
    server: String,
    session: String,
    access: String,
    access_until: String,
    refresh: String,
    until: String,
}

impl SignedIn {
    /// Signs in.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn open(server: &str, name: &str, secret: &str) -> Result<Self, CliError> {
        Self::asked(server, "/session/open", &json!({ "name": name, "secret": secret })).await
    }

    async fn asked(server: &str, path: &str, body: &Value) -> Result<Self, CliError> {
        let answer = client()?.post(format!("{server}{path}")).json(body).send().await.map_err(unreachable)?;
        let answer: Value = answer.json().await.map_err(unreachable)?;
        if answer.get("errors").is_some() {
            crate::session::data(answer)?;
            return Err(unreachable("it refused without saying why"));
        }
        let found: Self = serde_json::from_value(answer).map_err(unreachable)?;
        Ok(Self { server: server.to_owned(), ..found })
    }

    fn load(file: &Path) -> Result<Self, CliError> {
        let unusable = |e: String| CliError::new(Code::FileUnusable, format!("{}: {e}", file.display()));
        let text = std::fs::read(file).map_err(|e| unusable(e.to_string()))?;
        serde_json::from_slice(&text).map_err(|e| unusable(e.to_string()))
    }

    /// Writes it where only its owner may read it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, file: &Path) -> Result<(), CliError> {
        crate::run::private(file, &serde_json::to_string_pretty(self).unwrap_or_default())
    }

    async fn fresh(self, file: &Path) -> Result<Self, CliError> {
        let soon = SystemClock.now().plus_seconds(30);
        if Timestamp::parse(&self.access_until).is_some_and(|end| soon < end) {
            return Ok(self);
        }
        let next = Self::asked(&self.server, "/session/refresh", &json!({ "refresh": self.refresh })).await?;
        // Kept before it is used: the old one is good no more.
        next.keep(file)?;
        Ok(next)
    }

    /// The session's number.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// When it is over unless it is used.
    pub fn until(&self) -> &str {
        &self.until
    }
}

fn unreachable(error: impl std::fmt::Display) -> CliError {
    CliError::new(Code::ServerUnreachable, format!("the server did not answer: {error}"))
}

impl Remote {
    /// The server that has announced itself and answers; `None` when there is none.
    pub async fn find(folder: &DataFolder) -> Option<Self> {
        let Announcement { address, .. } = serde_json::from_slice(&std::fs::read(folder.server()).ok()?).ok()?;
        let token = std::fs::read_to_string(folder.token()).ok()?.trim().to_owned();
        let http = client().ok()?;
        let remote = Self { address: address.to_string(), base: format!("http://{address}"), token, http };
        let alive = remote.http.get(format!("{}/alive", remote.base)).timeout(Duration::from_secs(2));
        // A file left behind by a crash points at nothing, and must not be in the way.
        alive.send().await.ok()?.status().is_success().then_some(remote)
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The server that somebody signed in to. An access token that is about to end is refreshed first, and both kept.
    ///
    /// # Errors
    /// When the file is none, or the session is over.
    pub async fn signed_in(file: &Path) -> Result<Self, CliError> {
        let signed_in = SignedIn::load(file)?.fresh(file).await?;
        let base = signed_in.server.clone();
        let address = base.split_once("://").map_or(base.as_str(), |(_, address)| address).to_owned();
        Ok(Self { address, base, token: signed_in.access, http: client()? })
    }

    pub(crate) async fn run(&self, operation: &str, variables: Value) -> Result<Value, CliError> {
        let answer = self
            .http
            .post(format!("{}/graphql", self.base))
            .bearer_auth(&self.token)
            .json(&json!({ "query": operation, "variables": variables }))
            .send()
            .await
            .map_err(unreachable)?;
        answer.json().await.map_err(unreachable)
    }

    /// A ticket for one browser.
    pub(crate) async fn ticket(&self) -> Result<String, CliError> {
        let asked = self.http.post(format!("{}/window/ticket", self.base)).bearer_auth(&self.token);
        let answer: Value = asked.send().await.map_err(unreachable)?.json().await.map_err(unreachable)?;
        let ticket = answer.get("ticket").and_then(Value::as_str);
        ticket.map(str::to_owned).ok_or_else(|| unreachable("it gave no ticket for a window"))
    }

    /// Sends a file to be taken in, and gives the server's answer.
    pub(crate) async fn take_in(&self, format: &str, branch: &str, file: Vec<u8>) -> Result<Value, CliError> {
        let answer = self
            .http
            .post(format!("{}/import?format={format}&branch={branch}", self.base))
            .bearer_auth(&self.token)
            .body(file)
            .send()
            .await
            .map_err(unreachable)?;
        answer.json().await.map_err(unreachable)
    }

    pub(crate) async fn follow(
        &self,
        operation: &str,
        variables: Value,
    ) -> Result<BoxStream<'static, Result<Value, CliError>>, CliError> {
        let mut request = format!("ws://{}/graphql", self.address()).into_client_request().map_err(unreachable)?;
        let protocol = "graphql-transport-ws".parse().map_err(unreachable)?;
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.map_err(unreachable)?;
        let init = json!({ "type": "connection_init", "payload": { "token": self.token } });
        socket.send(Message::text(init.to_string())).await.map_err(unreachable)?;
        let subscribe = json!({
            "type": "subscribe", "id": "1", "payload": { "query": operation, "variables": variables },
        });
        socket.send(Message::text(subscribe.to_string())).await.map_err(unreachable)?;
        let items = futures::stream::unfold(Some(socket), |socket| async move {
            let mut socket = socket?;
            loop {
                let message = match socket.next().await? {
                    Ok(Message::Text(text)) => serde_json::from_str::<Value>(&text).unwrap_or_default(),
                    Ok(Message::Close(frame)) => {
                        let why = frame.map_or_else(String::new, |f| format!("{} {}", f.code, f.reason));
                        return Some((Err(unreachable(why)), None));
                    }
                    Ok(_) => continue,
                    Err(e) => return Some((Err(unreachable(e)), None)),
                };
                match message.get("type").and_then(Value::as_str) {
                    Some("next") => {
                        let payload = message.get("payload").cloned().unwrap_or_default();
                        return Some((Ok(payload), Some(socket)));
                    }
                    Some("error") => {
                        let errors = message.get("payload").cloned().unwrap_or_default();
                        return Some((Ok(json!({ "errors": errors })), None));
                    }
                    Some("complete") => return None,
                    Some("ping") => {
                        let pong = Message::text(json!({ "type": "pong" }).to_string());
                        if let Err(e) = socket.send(pong).await {
                            return Some((Err(unreachable(e)), None));
                        }
                    }
                    _ => {}
                }
            }
        });
        Ok(items.boxed())
    }
}

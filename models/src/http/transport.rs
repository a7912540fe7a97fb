//! The HTTP client of one model server.

use std::fmt;
use std::sync::{Arc, Once};
use std::time::Duration;

use events::Entropy;
use futures::StreamExt;
use futures::stream::BoxStream;
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::{Failure, Fault};
use super::framing::Framing;
use super::reading::{Decode, Limits, Reading};
use super::retry::Retry;
use crate::language::ModelError;

/// How long is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the first token, retries included. Loading a model from disk happens within it.
    pub first_token: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), first_token: seconds(120), idle: seconds(60) }
    }
}

/// A key that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Where a model server is and how it is spoken to.
#[derive(Clone)]
pub struct Endpoint {
    /// For example `http://127.0.0.1:11434`.
    pub url: String,
    /// Sent as a bearer token.
    pub key: Option<Secret>,
    /// How long is waited.
    pub timeouts: Timeouts,
    /// How requests are repeated.
    pub retry: Retry,
    /// Where the jitter of repeats comes from.
    pub entropy: Arc<dyn Entropy>,
}

impl Endpoint {
    /// A server without a key, with the usual patience.
    pub fn new(url: impl Into<String>, entropy: Arc<dyn Entropy>) -> Self {
        Self { url: url.into(), key: None, timeouts: Timeouts::default(), retry: Retry::default(), entropy }
    }
}

/// One request.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Added to the path of the endpoint, for example `/api/tags`.
    pub(crate) path: &'static str,
    pub(crate) body: Option<Value>,
}

impl Call {
    pub(crate) fn get(path: &'static str) -> Self {
        Self { method: Method::GET, path, body: None }
    }

    pub(crate) fn post(path: &'static str, body: Value) -> Self {
        Self { method: Method::POST, path, body: Some(body) }
    }
}

const STREAM: Limits = Limits { frame: 1 << 20, answer: 64 << 20 };
/// A plain JSON answer, for example a list of models.
const MAX_JSON: usize = 8 << 20;
/// How much of a refusal is read.
const MAX_REFUSAL: usize = 16 << 10;

/// The host of a server that is not this machine, with its port if it has one of its own.
pub(crate) fn recipient(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let here = match bare.parse::<std::net::IpAddr>() {
        Ok(ip) => ip.to_canonical().is_loopback(),
        Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
    };
    (!here).then(|| url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[derive(Clone)]
pub(crate) struct Transport {
    client: reqwest::Client,
    base: Url,
    name: Arc<str>,
    endpoint: Endpoint,
}

impl Transport {
    /// Makes the client; nothing is sent. `kind` begins the name of the server in errors.
    pub(crate) fn new(kind: &str, endpoint: Endpoint) -> Result<Self, ModelError> {
        // A redirect would carry a person's words to a server that nobody chose.
        let redirect = reqwest::redirect::Policy::none();
        let (client, base, name) = server_at(kind, &endpoint.url, endpoint.timeouts, redirect)?;
        Ok(Self { client, base, name: name.into(), endpoint })
    }

    /// Where words go that leave this machine.
    pub(crate) fn recipient(&self) -> Option<String> {
        recipient(&self.base)
    }

    /// The server's name in errors.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Asks and waits for the first item of the answer, repeating until then.
    pub(crate) async fn stream<D: Decode>(
        &self,
        call: &Call,
        framing: Framing,
        decoder: impl Fn() -> D + Send + Sync,
    ) -> Result<BoxStream<'static, Result<D::Item, ModelError>>, ModelError> {
        self.stream_within(call, framing, self.endpoint.timeouts, STREAM, decoder).await
    }

    /// The same for a long job that reports seldom and may report for hours.
    pub(crate) async fn watch<D: Decode>(
        &self,
        call: &Call,
        framing: Framing,
        idle: Duration,
        decoder: impl Fn() -> D + Send + Sync,
    ) -> Result<BoxStream<'static, Result<D::Item, ModelError>>, ModelError> {
        let limits = Limits { answer: u64::MAX, ..STREAM };
        self.stream_within(call, framing, Timeouts { idle, ..self.endpoint.timeouts }, limits, decoder).await
    }

    async fn stream_within<D: Decode>(
        &self,
        call: &Call,
        framing: Framing,
        timeouts: Timeouts,
        limits: Limits,
        decoder: impl Fn() -> D + Send + Sync,
    ) -> Result<BoxStream<'static, Result<D::Item, ModelError>>, ModelError> {
        let decoder = &decoder;
        let attempt = || async move {
            let response = self.send(call).await?;
            let mut reading = Reading::new(self.name.clone(), response, framing, limits, decoder());
            match reading.next().await {
                Some(Ok(first)) => Ok(reading.into_stream(first, timeouts.idle)),
                Some(Err(error @ ModelError::Broken { .. })) => Err(Failure::passing(error)),
                Some(Err(error)) => Err(Failure::last(error)),
                None => Err(Failure::passing(ModelError::Broken { server: self.name.to_string() })),
            }
        };
        self.endpoint.retry.run(&self.name, timeouts.first_token, &*self.endpoint.entropy, attempt).await
    }

    /// Asks and reads a JSON answer.
    pub(crate) async fn json<T: DeserializeOwned + Send>(&self, call: &Call) -> Result<T, ModelError> {
        let attempt = || async move {
            let response = self.send(call).await?;
            let whole = body(response, MAX_JSON).await;
            let bytes = whole.map_err(|_| Failure::passing(ModelError::Broken { server: self.name.to_string() }))?;
            serde_json::from_slice(&bytes)
                .map_err(|_| Failure::last(Fault::Malformed("the answer is not the JSON expected").at(&self.name)))
        };
        let limit = self.endpoint.timeouts.first_token;
        self.endpoint.retry.run(&self.name, limit, &*self.endpoint.entropy, attempt).await
    }

    async fn send(&self, call: &Call) -> Result<reqwest::Response, Failure> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), call.path));
        let mut request = self.client.request(call.method.clone(), url);
        if let Some(Secret(key)) = &self.endpoint.key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|e| Failure::of_request(e, &self.name))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        // What a refusal says is worth having, but its status alone is an answer too.
        let said = body(response, MAX_REFUSAL).await.unwrap_or_default();
        Err(Failure::of_status(status.as_u16(), &headers, &said, &self.name))
    }
}

/// A client for one server, its address and its name in errors; nothing is sent.
pub(super) fn server_at(
    kind: &str,
    url: &str,
    timeouts: Timeouts,
    redirect: reqwest::redirect::Policy,
) -> Result<(reqwest::Client, Url, String), ModelError> {
    let wrong = |reason: &str| ModelError::Misconfigured { reason: format!("the URL of {kind} {reason}") };
    let base = Url::parse(url).map_err(|_| wrong("cannot be read"))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(wrong("begins with neither http:// nor https://"));
    }
    let host = base.host_str().ok_or_else(|| wrong("names no host"))?;
    let name = match base.port_or_known_default() {
        Some(port) => format!("{kind} at {host}:{port}"),
        None => format!("{kind} at {host}"),
    };
    let mut builder = reqwest::Client::builder().connect_timeout(timeouts.connect).redirect(redirect);
    if is_loopback(host) {
        builder = builder.no_proxy();
    }
    install_tls();
    if base.scheme() == "http" {
        // Root certificates are not needed, cost time to load, and are missing on small systems.
        builder = builder.tls_certs_only([]);
    }
    let client = builder
        .build()
        .map_err(|_| ModelError::Misconfigured { reason: format!("no TLS client for {name} can be made") })?;
    Ok((client, base, name))
}

/// Reads a body up to a limit; what is longer is cut.
async fn body(response: reqwest::Response, limit: usize) -> reqwest::Result<Vec<u8>> {
    let mut chunks = response.bytes_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        whole.extend_from_slice(&chunk[..chunk.len().min(limit - whole.len())]);
        if whole.len() >= limit {
            break;
        }
    }
    Ok(whole)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Makes `ring` the provider of TLS for the process, unless another one was chosen.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that a provider is there already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
}

//! A scripted HTTP server for tests: chunk boundaries, pauses, cuts and statuses are exactly those of the script.
//!
//! It speaks HTTP/1.1 over a real socket. A pause is a [`Gate`] that the test opens, so that no test sleeps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // For tests only.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};

/// Holds an answer back until it is opened.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Opens it for good.
    pub fn open(&self) {
        self.0.add_permits(1);
    }

    async fn pass(&self) {
        drop(self.0.acquire().await.unwrap());
    }
}

#[derive(Clone, Debug)]
enum Step {
    Chunk(Vec<u8>),
    Wait(Gate),
    Cut,
    Gone,
}

/// What the server answers to one request.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    before: Option<Gate>,
    steps: Vec<Step>,
}

impl Answer {
    /// An empty answer with a status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: vec![], before: None, steps: vec![] }
    }

    /// An empty 200.
    pub fn ok() -> Self {
        Self::status(200)
    }

    /// A 200 with a JSON body.
    pub fn json(body: &Value) -> Self {
        Self::ok().header("content-type", "application/json").chunk(body.to_string())
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Holds back even the status.
    pub fn after(mut self, gate: &Gate) -> Self {
        self.before = Some(gate.clone());
        self
    }

    /// Sends bytes as one chunk of the body.
    pub fn chunk(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Chunk(bytes.as_ref().to_vec()));
        self
    }

    /// Sends a JSON value and a line feed as one chunk.
    pub fn line(self, value: &Value) -> Self {
        self.chunk(format!("{value}\n"))
    }

    /// Sends a server-sent event as one chunk.
    pub fn event(self, data: &str) -> Self {
        self.chunk(format!("data: {data}\n\n"))
    }

    /// Holds the rest back.
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Wait(gate.clone()));
        self
    }

    /// Closes the connection in the middle of the body.
    pub fn cut(mut self) -> Self {
        self.steps.push(Step::Cut);
        self
    }

    /// Waits until the client closes the connection; see [`FakeServer::gone`].
    pub fn until_gone(mut self) -> Self {
        self.steps.push(Step::Gone);
        self
    }

    /// A whole answer of Ollama's `/api/chat` in these pieces.
    pub fn ollama(pieces: &[&str]) -> Self {
        let answer = pieces.iter().fold(Self::ok(), |a, piece| a.line(&ollama_piece(piece)));
        answer.line(&json!({ "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop",
            "prompt_eval_count": 11, "eval_count": pieces.len() }))
    }

    /// A whole answer of `/v1/chat/completions` in these pieces.
    pub fn openai(pieces: &[&str]) -> Self {
        let answer = pieces.iter().fold(Self::ok(), |a, piece| a.event(&openai_piece(piece).to_string()));
        answer
            .event(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
            .event(r#"{"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7}}"#)
            .event("[DONE]")
    }
}

/// A line of Ollama's stream.
pub fn ollama_piece(text: &str) -> Value {
    json!({ "model": "m", "message": { "role": "assistant", "content": text }, "done": false })
}

/// The data of an event of an OpenAI-compatible stream.
pub fn openai_piece(text: &str) -> Value {
    json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": { "content": text } }] })
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and path, for example `POST /api/chat`.
    pub route: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
}

impl Seen {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Script = Arc<Mutex<HashMap<String, VecDeque<Answer>>>>;

/// The server. It stops when dropped.
pub struct FakeServer {
    address: SocketAddr,
    seen: mpsc::UnboundedReceiver<Seen>,
    gone: mpsc::UnboundedReceiver<String>,
    task: JoinHandle<()>,
}

impl FakeServer {
    /// Starts on a free port of this machine. Each route gives its answers in order and its last one again and again; other
    /// routes are 404.
    pub async fn start<'a>(routes: impl IntoIterator<Item = (&'a str, Vec<Answer>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script: Script =
            Arc::new(Mutex::new(routes.into_iter().map(|(r, a)| (r.to_owned(), a.into())).collect()));
        let ((seen_in, seen), (gone_in, gone)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let Ok((socket, _)) = listener.accept().await else { return };
                open.spawn(serve(socket, script.clone(), seen_in.clone(), gone_in.clone()));
                while open.try_join_next().is_some() {}
            }
        });
        Self { address, seen, gone, task }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request, when it has come in whole.
    pub async fn request(&mut self) -> Seen {
        self.seen.recv().await.unwrap()
    }

    /// The requests so far that were not taken by [`FakeServer::request`].
    pub fn requests(&mut self) -> Vec<Seen> {
        std::iter::from_fn(|| self.seen.try_recv().ok()).collect()
    }

    /// Waits until a client closes its connection at [`Answer::until_gone`], and tells the route.
    pub async fn gone(&mut self) -> String {
        self.gone.recv().await.unwrap()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A URL where nothing listens.
pub async fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// One connection, one request. A client that leaves early is a matter of the test, not an error here.
async fn serve(
    mut socket: TcpStream,
    script: Script,
    seen: mpsc::UnboundedSender<Seen>,
    gone: mpsc::UnboundedSender<String>,
) {
    let Some(request) = read_request(&mut socket).await else { return };
    let route = request.route.clone();
    let answer = {
        let mut script = script.lock().unwrap();
        match script.get_mut(&route) {
            Some(answers) if answers.len() > 1 => answers.pop_front().unwrap(),
            Some(answers) => answers.front().unwrap().clone(),
            None => Answer::status(404),
        }
    };
    drop(seen.send(request));
    if play(&mut socket, answer).await.is_some() {
        drop(gone.send(route));
    }
}

async fn read_request(socket: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let route = lines.next()?.rsplit_once(' ')?.0.to_owned();
    let headers: HashMap<String, String> =
        lines.filter_map(|l| l.split_once(':')).map(|(k, v)| (k.to_lowercase(), v.trim().to_owned())).collect();
    let length: usize = headers.get("content-length").map_or(0, |n| n.parse().unwrap());
    while bytes.len() < head_end + 4 + length {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(bytes[head_end + 4..].to_vec()).ok()?;
    Some(Seen { route, headers, body })
}

/// `Some` when the client was waited for and left.
async fn play(socket: &mut TcpStream, answer: Answer) -> Option<()> {
    if let Some(gate) = answer.before {
        gate.pass().await;
    }
    let mut head =
        format!("HTTP/1.1 {} Status\r\ntransfer-encoding: chunked\r\nconnection: close\r\n", answer.status);
    for (name, value) in answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    socket.write_all(format!("{head}\r\n").as_bytes()).await.ok()?;
    for step in answer.steps {
        match step {
            Step::Chunk(bytes) => {
                let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
                chunk.extend(bytes);
                chunk.extend(b"\r\n");
                socket.write_all(&chunk).await.ok()?;
            }
            Step::Wait(gate) => gate.pass().await,
            Step::Cut => return None,
            Step::Gone => {
                let mut rest = [0; 64];
                while socket.read(&mut rest).await.is_ok_and(|n| n > 0) {}
                return Some(());
            }
        }
    }
    socket.write_all(b"0\r\n\r\n").await.ok()?;
    None
}

//! Fetching a large file: no retry and no time limit for the whole, but one for each silence.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use reqwest::header::{CONTENT_RANGE, ETAG, IF_RANGE, RANGE};

use super::failure::Failure;
use super::transport::{Timeouts, server_at};
use crate::language::ModelError;

/// The longest silence.
const SILENCE: Duration = Duration::from_secs(60);
/// The largest file, as nobody ships a larger one.
const MAX_BYTES: u64 = 16 << 30;

/// A part that is there already.
pub(crate) struct Part {
    /// Bytes that are there.
    pub from: u64,
    /// What the server called the state of the file that they are of.
    pub tag: String,
}

/// A file on a server.
pub(crate) struct Download {
    client: reqwest::Client,
    url: reqwest::Url,
    name: String,
}

/// An answer that is being read.
pub(crate) struct Answer {
    /// The first byte that comes: zero, or where the part ends.
    pub from: u64,
    /// Bytes of the whole file, if told.
    pub total: Option<u64>,
    /// What the server calls this state of the file, if it stands for exactly these bytes.
    pub tag: Option<String>,
    name: String,
    read: u64,
    body: BoxStream<'static, reqwest::Result<Bytes>>,
}

impl Download {
    /// A file; nothing is sent.
    pub(crate) fn new(url: &str) -> Result<Self, ModelError> {
        // What is fetched is the same for everybody and is held against a checksum, so it may be redirected.
        let redirect = reqwest::redirect::Policy::limited(5);
        let (client, url, name) = server_at("the server", url, Timeouts::default(), redirect)?;
        Ok(Self { client, url, name })
    }

    /// Asks for the file, or for what is missing of it.
    pub(crate) async fn begin(&self, part: Option<Part>) -> Result<Answer, ModelError> {
        let mut request = self.client.get(self.url.clone());
        if let Some(part) = &part {
            // Only if it is still the same file; else all of it comes.
            request = request.header(RANGE, format!("bytes={}-", part.from)).header(IF_RANGE, &part.tag);
        }
        let silent = || ModelError::Timeout { server: self.name.clone(), seconds: SILENCE.as_secs() };
        let answer = tokio::time::timeout(SILENCE, request.send()).await.map_err(|_| silent())?;
        let answer = answer.map_err(|e| Failure::of_request(e, &self.name).error)?;
        let status = answer.status().as_u16();
        let header = |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let tag = header(ETAG).filter(|tag| !tag.starts_with("W/"));
        let protocol = |reason: &str| ModelError::Protocol { server: self.name.clone(), reason: reason.to_owned() };
        let (from, total) = match (status, &part) {
            (206, Some(part)) => {
                // For example `bytes 100-199/200`.
                let range = header(CONTENT_RANGE).unwrap_or_default();
                let range = range.strip_prefix("bytes ").and_then(|r| r.split_once('/'));
                let from = range.and_then(|(r, _)| r.split_once('-')?.0.parse::<u64>().ok());
                if from != Some(part.from) {
                    return Err(protocol("it sent another part of the file than was asked for"));
                }
                (part.from, range.and_then(|(_, total)| total.parse().ok()))
            }
            (416, Some(part)) => {
                // Nothing is missing: the part is the whole.
                let range = header(CONTENT_RANGE).unwrap_or_default();
                if range.strip_prefix("bytes */") != Some(part.from.to_string().as_str()) {
                    return Err(protocol("it has no such part of the file"));
                }
                let body = futures::stream::empty().boxed();
                let (from, total) = (part.from, Some(part.from));
                return Ok(Answer { from, total, tag: None, name: self.name.clone(), read: 0, body });
            }
            (200, _) => (0, answer.content_length()),
            _ => return Err(Failure::of_status(status, answer.headers(), b"", &self.name).error),
        };
        let body = answer.bytes_stream().boxed();
        Ok(Answer { from, total, tag, name: self.name.clone(), read: from, body })
    }
}

impl Answer {
    /// The next bytes; `None` at the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ModelError> {
        let broken = || ModelError::Broken { server: self.name.clone() };
        let silent = || ModelError::Timeout { server: self.name.clone(), seconds: SILENCE.as_secs() };
        match tokio::time::timeout(SILENCE, self.body.next()).await.map_err(|_| silent())? {
            Some(Ok(bytes)) => {
                self.read += bytes.len() as u64;
                if self.read > self.total.unwrap_or(MAX_BYTES).min(MAX_BYTES) {
                    let reason = "the file is longer than it may be".to_owned();
                    return Err(ModelError::Protocol { server: self.name.clone(), reason });
                }
                Ok(Some(bytes))
            }
            Some(Err(_)) => Err(broken()),
            None if self.total.is_some_and(|total| self.read < total && total > self.from) => Err(broken()),
            None => Ok(None),
        }
    }
}

//! Reading an answer while it comes: body, frames, decoder, and the limits on all of them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::failure::Fault;
use super::framing::{Damage, Frames, Framing};
use crate::language::ModelError;

/// Makes items of frames. One per answer.
pub(crate) trait Decode: Send + 'static {
    /// What it makes.
    type Item: Send + 'static;

    /// Takes a frame. `true` when it was the end mark: nothing after it is read.
    fn frame(&mut self, frame: &str, out: &mut VecDeque<Self::Item>) -> Result<bool, Fault>;

    /// The body is over without an end mark. `true` when what came before was whole all the same.
    fn close(&mut self, _out: &mut VecDeque<Self::Item>) -> bool {
        false
    }
}

/// The most bytes that are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) frame: usize,
    pub(super) answer: u64,
}

pub(super) struct Reading<D: Decode> {
    server: Arc<str>,
    /// Gone when the answer is over, which closes the connection.
    body: Option<BoxStream<'static, reqwest::Result<Bytes>>>,
    frames: Frames,
    decoder: D,
    ready: VecDeque<D::Item>,
    /// Comes after what is ready.
    error: Option<ModelError>,
    left: u64,
    idle: Option<Duration>,
}

impl<D: Decode> Reading<D> {
    pub(super) fn new(
        server: Arc<str>,
        response: reqwest::Response,
        framing: Framing,
        limits: Limits,
        decoder: D,
    ) -> Self {
        Self {
            server,
            body: Some(response.bytes_stream().boxed()),
            frames: Frames::new(framing, limits.frame),
            decoder,
            ready: VecDeque::new(),
            error: None,
            left: limits.answer,
            idle: None,
        }
    }

    /// The next item. After an error there is none.
    pub(super) async fn next(&mut self) -> Option<Result<D::Item, ModelError>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if let Some(error) = self.error.take() {
                return Some(Err(error));
            }
            let body = self.body.as_mut()?;
            let chunk = match self.idle {
                None => body.next().await,
                Some(idle) => match tokio::time::timeout(idle, body.next()).await {
                    Ok(chunk) => chunk,
                    Err(_) => {
                        let server = self.server.to_string();
                        self.fail(ModelError::Timeout { server, seconds: idle.as_secs() });
                        continue;
                    }
                },
            };
            match chunk {
                Some(Ok(bytes)) => self.take(&bytes),
                Some(Err(_)) => self.close(false),
                None => self.close(true),
            }
        }
    }

    /// The rest as a stream that begins with `first`; from now on a pause longer than `idle` is an error.
    pub(super) fn into_stream(
        mut self,
        first: D::Item,
        idle: Duration,
    ) -> BoxStream<'static, Result<D::Item, ModelError>> {
        self.idle = Some(idle);
        self.ready.push_front(first);
        stream::unfold(self, |mut reading| async move { reading.next().await.map(|item| (item, reading)) }).boxed()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.left = match self.left.checked_sub(bytes.len() as u64) {
            Some(left) => left,
            None => return self.fail(Fault::Malformed("the answer is too long").at(&self.server)),
        };
        let mut frames = VecDeque::new();
        let damage = self.frames.push(bytes, &mut frames).err();
        if let Err(fault) = self.decode(&mut frames) {
            return self.fail(fault.at(&self.server));
        }
        if let (Some(damage), true) = (damage, self.body.is_some()) {
            let fault = match damage {
                Damage::TooLong => Fault::Malformed("a line is too long"),
                Damage::NotUtf8 => Fault::Malformed("a line is not UTF-8"),
            };
            self.fail(fault.at(&self.server));
        }
    }

    fn decode(&mut self, frames: &mut VecDeque<String>) -> Result<(), Fault> {
        while let Some(frame) = frames.pop_front() {
            if self.decoder.frame(&frame, &mut self.ready)? {
                self.body = None;
                return Ok(());
            }
        }
        Ok(())
    }

    /// The body is over, cleanly or not. Half a frame at the end is a broken answer, not a broken protocol.
    fn close(&mut self, cleanly: bool) {
        let mut frames = VecDeque::new();
        let last = if cleanly { self.frames.end(&mut frames).is_ok() } else { false };
        if last {
            match self.decode(&mut frames) {
                Ok(()) if self.body.is_none() => return,
                Err(fault @ Fault::Reported { .. }) => return self.fail(fault.at(&self.server)),
                Ok(()) | Err(Fault::Malformed(_)) => {}
            }
        }
        if self.decoder.close(&mut self.ready) {
            self.body = None;
        } else {
            let server = self.server.to_string();
            self.fail(ModelError::Broken { server });
        }
    }

    fn fail(&mut self, error: ModelError) {
        self.body = None;
        self.error = Some(error);
    }
}

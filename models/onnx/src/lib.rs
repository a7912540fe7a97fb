//! Installed ONNX models, run on this machine.
//!
//! Apart from `models`, because what runs them takes minutes to build: only the program at the edge depends on it. Two
//! runtimes can do it, one of which a process chooses once ([`Runtime`]): the pure Rust one that is compiled in, or ONNX
//! Runtime's shared library where the configuration names one. See ADR 0018.

mod runtime;
mod sentence;
mod session;

pub use runtime::Runtime;
pub use sentence::SentenceModel;

//! From text to a tree.

pub mod ast;
mod atoms;
mod clauses;
mod expressions;
mod lexer;
mod parser;
mod patterns;
mod subqueries;
mod tokens;

pub use parser::{Allowed, parse};
pub use tokens::Span;

/// How high a tree of an expression may grow. Whoever walks it may recurse.
pub const MAX_HEIGHT: u32 = 100;
/// How many clauses, patterns and relationships one query may have.
pub const MAX_PARTS: usize = 200;
/// Longest text of a query, in bytes.
pub const MAX_TEXT: usize = 1 << 20;

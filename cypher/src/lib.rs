//! Reading queries in openCypher over a [`graph::Snapshot`].
//!
//! A text goes through four rooms: `syntax` makes a tree of it, `check` resolves names and types and chooses a route,
//! `run` pushes rows through the plan, `functions` holds what can be called. Nothing here writes: clauses that change a
//! graph are no part of the language that [`Engine`] reads.
//!
//! Two things of older queries are read as well, since no query of the standard means something else by them: texts in
//! double quotes, and `==` for `=`.

mod check;
#[doc(hidden)]
pub mod creating;
mod error;
mod functions;
mod plan;
mod run;
mod syntax;

use graph::Snapshot;
use graph::query::{Query, QueryEngine, QueryError, Table};

use plan::Outside;
use run::Run;
use syntax::Allowed;

/// The engine. It has no state: whatever a query needs comes with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine;

impl QueryEngine for Engine {
    fn run(&self, snapshot: &Snapshot, query: &Query<'_>) -> Result<Table, QueryError> {
        let answer = || {
            let tree = syntax::parse(query.text, Allowed::Reading)?;
            let outside = Outside { graph: snapshot, params: &query.params, text: query.text };
            let plan = check::plan(&tree, &outside)?;
            Run::new(snapshot, query).table(&plan, query.limits.rows)
        };
        answer().map_err(|fault| fault.in_text(query.text))
    }
}

/// Checks that a text is a reading query without running it: syntax only, names and types are looked at when it runs.
pub fn check_syntax(text: &str) -> Result<(), QueryError> {
    syntax::parse(text, Allowed::Reading).map(|_| ()).map_err(|fault| fault.in_text(text))
}

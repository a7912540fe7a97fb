//! A property graph in memory: values, an immutable snapshot, the query boundary and analytics.
//!
//! Nothing here knows events, storage or a query language. A read model builds a [`Snapshot`] for a basis and hands it to
//! a [`query::QueryEngine`] and to [`analytics`].

pub mod analytics;
pub mod query;
pub mod snapshot;
pub mod time;
pub mod value;

pub use query::{Limits, Query, QueryEngine, QueryError, Table};
pub use snapshot::{Builder, ElementId, NodeId, RelId, Snapshot};
pub use value::{List, Map, Path, Value};

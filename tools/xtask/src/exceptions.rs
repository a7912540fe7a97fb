//! The exceptions from the rules, each with its reason. Keep every list short.

/// Files that may read the monotonic clock (`Instant::now`): it measures how long something took and never
/// decides what an event says, unless the reading itself is recorded.
pub const INSTANT: &[(&str, &str)] = &[
    ("api/src/app/evaluate.rs", "an evaluation tells how long its questions took; no event comes of it"),
    ("cypher/src/run/meter.rs", "how long a query may take; nothing it answers depends on it"),
    ("api/src/transport/socket.rs", "patience with a client: when to ping it, and how long it may stay silent"),
];

/// Files that may use the operating system's clock and random source: the ports themselves.
pub const PORTS: &[(&str, &str)] = &[("events/src/time.rs", "SystemClock and SystemEntropy are the ports")];

/// Files that may be longer than the limit.
pub const LONG: &[(&str, &str)] =
    &[("api/web/src/gql/types.ts", "generated from the schema and the documents beside it; nobody writes it")];

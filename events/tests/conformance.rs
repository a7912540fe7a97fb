//! The conformance suite on the stores that need no server.

#![allow(clippy::unwrap_used)] // A fixture that fails is a failing test.

use std::sync::Arc;

use events::log::Log;
use events::log::conformance::{Subject, ports};
use events::log::sqlite::SqliteOptions;

mod memory {
    use super::*;

    async fn make() -> Subject {
        let (keys, clock, entropy) = ports();
        let log = Log::memory(keys.clone(), clock.clone(), entropy);
        Subject { log: Arc::new(log), clock, keys, keep: Box::new(()) }
    }

    events::conformance_suite!(make);
}

mod sqlite {
    use super::*;

    async fn make() -> Subject {
        let (keys, clock, entropy) = ports();
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(folder.path().join("log.db"));
        let log = Log::sqlite(&options, keys.clone(), clock.clone(), entropy).await.unwrap();
        Subject { log: Arc::new(log), clock, keys, keep: Box::new(folder) }
    }

    events::conformance_suite!(make);
}

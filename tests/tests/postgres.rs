//! The log on a real PostgreSQL server of our own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // This is a test.

use std::sync::Arc;

use cqrs_es::persist::{EventUpcaster, PersistedEventStore, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent, EventStore};
use events::log::Log;
use events::log::conformance::{Subject, ports};
use events::payload::PersonEvent;
use events::seal::KeyRing;
use events::{
    Actor, Append, BranchId, CommandId, EventLog, Expected, NewEvent, PersonId, Position, StreamId, StreamWrite,
};
use postgres_es::{PostgresEventRepository, default_postgress_pool};
use sqlx::{Connection as _, Row as _};
use system_tests::postgres::{Durability, TestCluster};
use uuid::Uuid;

/// A server and where to reach it; `None` where PostgreSQL is not installed. The server lives as long as it is held.
async fn server() -> Option<(TestCluster, String)> {
    let cluster = TestCluster::start(Durability::None).await.unwrap();
    if cluster.is_none() {
        println!("skipped: PostgreSQL is not installed");
    }
    let cluster = cluster?;
    let url = cluster.url("postgres");
    Some((cluster, url))
}

fn schema() -> String {
    format!("s{}", Uuid::new_v4().simple())
}

async fn make() -> Option<Subject> {
    let (server, url) = server().await?;
    let (keys, clock, entropy) = ports();
    let log = Log::postgres(&url, &schema(), keys.clone(), clock.clone(), entropy).await.unwrap();
    Some(Subject { log: Arc::new(log), clock, keys, keep: Box::new(server) })
}

events::conformance_suite!(optional make);

fn rename(person: u128, name: &str) -> StreamWrite {
    let id = PersonId(Uuid::from_u128(person));
    let event = NewEvent::new(PersonEvent::PersonRenamed { name: name.into() }, id);
    StreamWrite { stream: StreamId::from(id), expected: Expected::Any, events: vec![event] }
}

fn append(writes: Vec<StreamWrite>) -> Append {
    let command_id = CommandId(Uuid::new_v4());
    Append { command_id, correlation: command_id.into(), actor: Actor::System, branch: BranchId::MAIN, writes }
}

/// The story of every event store on PostgreSQL: two writers, and readers that must not skip what was slow to commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writing_processes_give_one_gapless_order_and_no_reader_misses_an_event() {
    let Some((_server, url)) = server().await else { return };
    let schema = schema();
    let (keys, clock, entropy) = ports();
    let open = || Log::postgres(&url, &schema, keys.clone(), clock.clone(), entropy.clone());
    let logs = [open().await.unwrap(), open().await.unwrap()];
    const EACH: u64 = 100;
    let readers = logs.clone().map(|log| {
        tokio::spawn(async move {
            let mut head = log.head(BranchId::MAIN).await.unwrap();
            let mut seen = Vec::new();
            while seen.len() < 2 * EACH as usize {
                let after = Position(seen.len() as u64);
                head.wait_for(|h| *h > after).await.unwrap();
                let page = log.read(BranchId::MAIN, after, 50).await.unwrap();
                seen.extend(page.iter().map(|e| e.position().0));
            }
            seen
        })
    });
    let writers = logs.clone().map(|log| {
        tokio::spawn(async move {
            for n in 0..EACH {
                log.append(append(vec![rename(1, &n.to_string())])).await.unwrap();
            }
        })
    });
    for writer in writers {
        writer.await.unwrap();
    }
    for reader in readers {
        assert_eq!(reader.await.unwrap(), (1..=2 * EACH).collect::<Vec<_>>());
    }
}

/// A person as stock cqrs-es sees one.
#[derive(Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Named(Vec<String>);

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Happened(PersonEvent);

impl DomainEvent for Happened {
    fn event_type(&self) -> String {
        self.0.type_name().into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

impl Aggregate for Named {
    const TYPE: &'static str = "person";
    type Command = ();
    type Event = Happened;
    type Error = std::fmt::Error;
    type Services = ();

    async fn handle(
        &mut self,
        (): (),
        (): &(),
        _: &cqrs_es::event_sink::EventSink<Self>,
    ) -> Result<(), std::fmt::Error> {
        Ok(())
    }

    fn apply(&mut self, Happened(event): Happened) {
        match event {
            PersonEvent::PersonRegistered { name, .. } | PersonEvent::PersonRenamed { name } => self.0.push(name),
        }
    }
}

/// Opens sealed payloads on their way into stock cqrs-es.
struct Unseal {
    keys: Arc<dyn KeyRing>,
    headers: std::collections::HashMap<(String, usize), events::Header>,
}

impl EventUpcaster for Unseal {
    fn can_upcast(&self, _: &str, _: &str) -> bool {
        true
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        use base64::Engine as _;
        let sealed = event.payload["sealed"].as_str().unwrap();
        let sealed = base64::engine::general_purpose::STANDARD.decode(sealed).unwrap();
        let header = &self.headers[&(event.aggregate_id.clone(), event.sequence)];
        let cipher = self.keys.opening_key(header.key_id).unwrap().unwrap();
        let associated = events::codec::encode_associated_data(header);
        let plain = events::seal::aead::open(&cipher, &header.nonce, &associated, &sealed).unwrap();
        event.payload = serde_json::from_slice(&plain).unwrap();
        event
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_postgres_es_reads_our_streams() {
    let Some((_server, url)) = server().await else { return };
    let (schema, (keys, clock, entropy)) = (schema(), ports());
    let log = Log::postgres(&url, &schema, keys.clone(), clock, entropy).await.unwrap();
    for name in ["Ada", "Ada L.", "Countess Lovelace"] {
        log.append(append(vec![rename(7, name), rename(8, "somebody else")])).await.unwrap();
    }
    let sealed = log.read_sealed(BranchId::MAIN, Position::START, 100).await.unwrap();
    let headers =
        sealed.into_iter().map(|e| ((e.header.stream.id.to_string(), e.header.version.0 as usize), e.header));
    let unseal = Unseal { keys, headers: headers.collect() };

    let separator = if url.contains('?') { '&' } else { '?' };
    let pool = default_postgress_pool(&format!("{url}{separator}options=-csearch_path%3D{schema}")).await;
    let repository = PostgresEventRepository::new(pool);
    let store = PersistedEventStore::<_, Named>::new_event_store(repository).with_upcasters(vec![Box::new(unseal)]);
    let mut context = store.load_aggregate(&Uuid::from_u128(7).to_string()).await.unwrap();
    let loaded = cqrs_es::AggregateContext::aggregate(&mut context);
    assert_eq!(loaded.0, ["Ada", "Ada L.", "Countess Lovelace"]);
    let envelopes = store.load_events(&Uuid::from_u128(7).to_string()).await.unwrap();
    assert_eq!(envelopes.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_itself_refuses_to_change_an_event() {
    let Some((_server, url)) = server().await else { return };
    let (schema, (keys, clock, entropy)) = (schema(), ports());
    let log = Log::postgres(&url, &schema, keys, clock, entropy).await.unwrap();
    log.append(append(vec![rename(1, "Ada")])).await.unwrap();
    let mut raw = sqlx::PgConnection::connect(&url).await.unwrap();
    for change in ["UPDATE {}.events SET header = ''", "DELETE FROM {}.events", "TRUNCATE {}.events"] {
        let refused = sqlx::query(&change.replace("{}", &schema)).execute(&mut raw).await;
        assert!(refused.unwrap_err().to_string().contains("immutable"), "{change}");
    }
    for (query, index) in [
        (
            "SELECT 1 FROM {}.events WHERE branch = 0 AND position > 5 ORDER BY position LIMIT 10",
            "events_by_position",
        ),
        (
            "SELECT 1 FROM {}.events WHERE aggregate_type = 'person' AND aggregate_id = 'x' AND sequence > 1",
            "events_pkey",
        ),
    ] {
        sqlx::query("SET enable_seqscan = off").execute(&mut raw).await.unwrap();
        let plan =
            sqlx::query(&format!("EXPLAIN {}", query.replace("{}", &schema))).fetch_all(&mut raw).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get::<String, _>(0)).collect();
        assert!(plan.join("\n").contains(index), "{plan:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_loses_nothing_acknowledged() {
    let Some((_server, url)) = server().await else { return };
    let (schema, (keys, clock, entropy)) = (schema(), ports());
    let log = Log::postgres(&url, &schema, keys, clock, entropy).await.unwrap();
    log.append(append(vec![rename(1, "before")])).await.unwrap();
    let mut raw = sqlx::PgConnection::connect(&url).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE pid <> pg_backend_pid() AND query LIKE '%' || $1 || '%' OR state = 'idle' AND pid <> pg_backend_pid()";
    sqlx::query(cut).bind(&schema).execute(&mut raw).await.unwrap();
    let after = append(vec![rename(1, "after")]);
    // The first try may meet the broken connection; repeating the command id then gives one outcome.
    let mut outcome = log.append(after.clone()).await;
    for _ in 0..5 {
        if outcome.is_ok() {
            break;
        }
        outcome = log.append(after.clone()).await;
    }
    assert_eq!(outcome.unwrap().first, Position(2));
    assert!(log.append(after).await.unwrap().repeated);
}

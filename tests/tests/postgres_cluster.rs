//! The server that other tests use: it starts, is durable as asked, and leaves nothing behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sqlx::{Connection, PgConnection, Row};
use system_tests::postgres::{Durability, TestCluster};

async fn setting(cluster: &TestCluster, name: &str) -> String {
    let mut connection = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
    let value = sqlx::query(&format!("SHOW {name}")).fetch_one(&mut connection).await.unwrap().get(0);
    connection.close().await.unwrap();
    value
}

#[tokio::test]
async fn two_servers_run_side_by_side_and_are_gone_afterwards() {
    let Some(safe) = TestCluster::start(Durability::Full).await.unwrap() else { return };
    let Some(fast) = TestCluster::start(Durability::None).await.unwrap() else { return };
    assert_eq!(setting(&safe, "fsync").await, "on");
    assert_eq!(setting(&fast, "fsync").await, "off");
    let url = safe.url("postgres");
    drop(safe);
    assert!(PgConnection::connect(&url).await.is_err(), "the server is gone");
    assert_eq!(setting(&fast, "fsync").await, "off", "the other one is not");
}

//! The server that other tests use: it starts, is durable as asked, and leaves nothing behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)] // This is a test.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

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
    let (url, folder) = (safe.url("postgres"), safe.folder().to_owned());
    drop(safe);
    assert!(!folder.exists(), "its folder is gone");
    assert!(PgConnection::connect(&url).await.is_err(), "the server is gone");
    assert_eq!(setting(&fast, "fsync").await, "off", "the other one is not");
}

/// Every test that used a server once left it running: a server held by a `static` is never dropped, and neither is one
/// of a test that is killed.
#[tokio::test]
async fn a_server_ends_with_the_process_that_started_it() {
    const HOLD: &str = "AICO_TEST_HOLD_A_SERVER";
    if std::env::var_os(HOLD).is_some() {
        let Some(cluster) = TestCluster::start(Durability::None).await.unwrap() else { return };
        println!("\nfolder={}", cluster.folder().display());
        std::io::stdin().read_line(&mut String::new()).unwrap();
        unreachable!("it is killed while it waits");
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_server_ends_with_the_process_that_started_it", "--nocapture"])
        .env(HOLD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines.map(Result::unwrap).find_map(|l| l.strip_prefix("folder=").map(PathBuf::from));
    assert!(folder.as_ref().is_none_or(|f| f.join("data/postmaster.pid").exists()), "it runs");
    child.kill().unwrap();
    // The caretaker holds the error stream of the process it watched, which therefore ends with the last of the two.
    child.stderr.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
    child.wait().unwrap();
    assert!(folder.is_none_or(|f| !f.exists()), "the folder is gone, and the server that held it");
}

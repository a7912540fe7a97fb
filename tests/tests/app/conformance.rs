//! The outside checks of GraphQL over HTTP and over websocket, run with Node against our real server.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::support::{Home, TOKEN};

/// The repository's neighbour with the scripts, or the folder that `AICO_CONFORMANCE` names; `None` where it is absent.
fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("AICO_CONFORMANCE").map(PathBuf::from);
    // Where the test runs, not where it was built: builds of several checkouts may share a target folder.
    let path = named.unwrap_or_else(|| Path::new("../../shared/conformance").to_owned());
    path.is_dir().then_some(path)
}

/// A folder outside the repository with the scripts and what they need.
async fn prepared(scripts: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    std::fs::create_dir_all(&folder).unwrap();
    for from in [scripts, Path::new("conformance")] {
        for file in std::fs::read_dir(from).unwrap().map(|f| f.unwrap().path()).filter(|f| f.is_file()) {
            std::fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
        }
    }
    if !folder.join("node_modules/graphql-http").is_dir() {
        let done =
            Command::new("npm").arg("ci").arg("--no-audit").arg("--no-fund").current_dir(&folder).output().await;
        let done = done.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transport_passes_both_outside_checks() {
    let Some(scripts) = shared() else {
        println!("skipped: ../shared/conformance is absent");
        return;
    };
    if Command::new("node").arg("--version").stdout(Stdio::null()).status().await.is_err() {
        println!("skipped: node is absent");
        return;
    }
    let folder = prepared(&scripts).await;
    let home = Home::new();
    let talk = home.open().await;
    talk.say("Hello", None).await;
    let server = talk.serve().await;

    let audit = Command::new("node")
        .args(["--import", "./with-token.mjs", "graphql-http-audit.mjs", &server.url("/graphql")])
        .env("AICO_TOKEN", TOKEN)
        .current_dir(&folder)
        .output()
        .await
        .unwrap();
    let audit = String::from_utf8_lossy(&audit.stdout).into_owned();
    println!("{audit}");
    assert!(audit.contains("total 61 ok 61"), "{audit}");

    let good = format!("{{\"token\":\"{TOKEN}\"}}");
    let socket = Command::new("node")
        .arg("graphql-ws-conformance.mjs")
        .arg(server.url("/graphql").replace("http", "ws"))
        .args([good.as_str(), "{\"token\":\"bad\"}", "subscription { events(after: 0) { position } }", "10000"])
        .current_dir(&folder)
        .output()
        .await
        .unwrap();
    let socket = String::from_utf8_lossy(&socket.stdout).into_owned();
    println!("{socket}");
    assert!(socket.contains("22/22 ok"), "{socket}");
    server.stop().await;
    talk.close().await;
}

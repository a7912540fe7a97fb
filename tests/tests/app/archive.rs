//! An archive on another machine: equal digests of every read model, on every branch.

use std::path::Path;

use api::app::{Place, export_archive, import_archive};
use commands::import::{Format, parse};
use events::seal::Unlock;
use serde_json::json;

use crate::support::{Home, Talk, fresh_id};

const SECRET: &str = "the archive's own";

fn place(folder: &Path) -> Place<'_> {
    Place { folder, unlock: Unlock::with_passphrase("for tests"), database: None }
}

async fn digests(talk: &Talk, at: &[(String, u64)]) -> Vec<String> {
    let mut all = Vec::new();
    for (branch, position) in at {
        let basis = talk.app.basis(Some(branch), Some(&position.to_string())).await.unwrap();
        for name in talk.app.read.names() {
            all.push(format!("{branch} {name} {:?}", talk.app.read.digest(name, &basis).await.unwrap()));
        }
    }
    all
}

async fn heads(talk: &Talk) -> Vec<(String, u64)> {
    talk.app.log.branches().await.unwrap().into_iter().map(|b| (b.name, b.head.0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn defect29_an_archive_restores_to_equal_digests_on_every_branch() {
    let (here, there) = (Home::new(), Home::new());
    let talk = here.open().await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let keep =
        "mutation($c: ID!, $m: ID!) { remember(commandId: $c, keep: { message: $m, note: \"Anna\" }) { memory } }";
    talk.run(keep, json!({ "c": fresh_id(), "m": said.id("message") })).await;
    talk.run("mutation { createBranch(name: \"what-if\") { name } }", json!({})).await;
    talk.say_on(Some("what-if"), "I moved to Rome", None).await;
    talk.say("Where does Anna live?", None).await;
    let at = heads(&talk).await;
    let wanted = digests(&talk, &at).await;
    // The companion goes on while the archive is made.
    let file = here.path().join("one.aico");
    export_archive(place(here.path()), SECRET, &file, &mut |_, _| ()).await.unwrap();
    let done = import_archive(place(there.path()), SECRET, &file, &mut |_, _| ()).await.unwrap();
    assert_eq!(done.new, done.events);
    let copy = there.open().await;
    assert_eq!(digests(&copy, &at).await, wanted);
    assert_eq!(heads(&copy).await, at, "reactors that have seen it all do nothing again");
    copy.say("And who is Anna?", None).await;
    let found = copy.run("{ memory(query: \"Anna\") { items { text } } }", json!({})).await;
    assert!(found.to_string().contains("Lisbon"), "{found}");
    // While somebody has the folder, nothing is taken into it.
    let refused = import_archive(place(there.path()), SECRET, &file, &mut |_, _| ()).await.unwrap_err();
    assert_eq!(refused.code, events::Code::DataDirLocked);
    copy.close().await;
    talk.close().await;
    let elsewhere = Home::new();
    let refused = import_archive(place(elsewhere.path()), "wrong", &file, &mut |_, _| ()).await.unwrap_err();
    assert_eq!(refused.code, events::Code::WrongPassphrase);
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "nothing is made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_becomes_the_companion_once() {
    let home = Home::new();
    let talk = home.open().await;
    let card =
        br#"{"spec":"chara_card_v2","data":{"name":"Mina","description":"{{char}} keeps bees.","first_mes":"Hi"}}"#;
    let take = async || {
        let parsed = parse(Format::Card, card).unwrap();
        talk.app.take_in("main", Format::Card, card, parsed, &mut |_, _| ()).await.unwrap()
    };
    let taken = take().await;
    assert_eq!((taken.companion.as_deref(), taken.left), (Some("Mina"), vec!["the greeting".to_owned()]));
    let head = talk.head().await;
    take().await;
    assert_eq!(talk.head().await, head, "a second time changes nothing");
    let me = talk.run("{ me { companion { name persona } } }", json!({})).await;
    assert_eq!(me["me"]["companion"], json!({ "name": "Mina", "persona": "Mina keeps bees." }));
    talk.close().await;
}

//! What leaves the house can be checked by a program that knows nothing of us, and any change in it is found.

use std::path::Path;

use aico_verify::check::{self, Besides};
use aico_verify::note::Key;
use events::payload::PersonEvent;
use events::{Actor, Append, BranchId, CommandId, Expected, NewEvent, StreamWrite};
use serde_json::{Value, json};

use crate::support::{Home, Talk};

async fn checkpoint(talk: &Talk, branch: &str) -> (Key, String, u64) {
    let query = "query($b: String) { audit { checkpoint(branch: $b) { size note publicKey } } }";
    let found = talk.run(query, json!({ "b": branch })).await["audit"]["checkpoint"].take();
    let key = Key::read(found["publicKey"].as_str().unwrap()).unwrap();
    (key, found["note"].as_str().unwrap().to_owned(), found["size"].as_u64().unwrap())
}

/// An export as lines.
async fn export(talk: &Talk, range: Value) -> Vec<Value> {
    let query = "query($from: Position, $through: Position, $since: String, $b: String, $d: Boolean! = false) {
        audit { exportHead(from: $from, through: $through, since: $since, branch: $b, disclose: $d) } }";
    let head = talk.run(query, range.clone()).await["audit"]["exportHead"].take();
    let query = "query($after: Position!, $through: Position!, $b: String, $d: Boolean! = false) {
        audit { exportLines(after: $after, through: $through, branch: $b, disclose: $d) } }";
    let (from, through) = (head["from"].as_u64().unwrap(), head["through"].as_u64().unwrap());
    let mut lines = vec![head];
    while (lines.len() as u64) < through + 2 - from {
        let after = from + lines.len() as u64 - 2;
        let d = range.get("d").cloned().unwrap_or(json!(false));
        let page = json!({ "after": after, "through": through, "b": range["b"], "d": d });
        lines.extend(talk.run(query, page).await["audit"]["exportLines"].as_array().unwrap().clone());
    }
    lines
}

fn checked(lines: &[Value], key: &Key, besides: &Besides<'_>) -> Result<(u64, u64), (u64, String)> {
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    let shown = check::export(text.as_bytes(), key, besides).map_err(|bad| (bad.position, bad.what))?;
    Ok((shown.events, shown.opened))
}

async fn rename(talk: &Talk, times: usize) {
    let owner = talk.app.owner;
    let event = NewEvent::new(PersonEvent::PersonRenamed { name: "Ada".into() }, owner);
    let write = StreamWrite { stream: owner.into(), expected: Expected::Any, events: vec![event; times] };
    let command_id: CommandId = uuid::Uuid::new_v4().into();
    let (correlation, branch) = (command_id.into(), BranchId::MAIN);
    let append = Append { command_id, correlation, actor: Actor::System, branch, writes: vec![write] };
    talk.app.log.append(append).await.unwrap();
}

/// Changes one hex or base64 character of a text field.
fn flip(line: &mut Value, field: &str, at: usize) {
    let mut text = line[field].as_str().unwrap().to_owned().into_bytes();
    let at = at.min(text.len() - 1);
    text[at] = if text[at] == b'a' { b'b' } else { b'a' };
    line[field] = json!(String::from_utf8(text).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t_62_an_export_is_checked_by_an_independent_program_and_any_change_is_named() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let (key, first, _) = checkpoint(&talk, "main").await;
    rename(&talk, 600).await;
    talk.say("Where does Anna live?", Some(said.id("conversation"))).await;
    let (_, _, size) = checkpoint(&talk, "main").await;
    let ledger = home.path().join("ledger/main");
    let whole = export(&talk, json!({ "since": first })).await;
    let besides = Besides { since: Some(first.clone()), ledger: Some(&ledger) };
    assert_eq!(checked(&whole, &key, &besides), Ok((size, 0)));
    assert!(!whole.iter().any(|l| l.to_string().contains("Lisbon")), "nothing is disclosed unasked");

    let open = export(&talk, json!({ "d": true })).await;
    assert_eq!(checked(&open, &key, &besides), Ok((size, size)));
    assert!(open.iter().any(|l| l["content"].as_str().is_some_and(|c| c.contains("Lisbon"))));
    let part = export(&talk, json!({ "from": 100, "through": 400 })).await;
    assert_eq!(checked(&part, &key, &Besides::default()), Ok((301, 0)));

    type Harm = (&'static str, u64, Box<dyn Fn(&mut Vec<Value>)>);
    let harms: Vec<Harm> = vec![
        ("a body", 9, Box::new(|l| flip(&mut l[9], "sealed", 8))),
        ("a header", 300, Box::new(|l| flip(&mut l[300], "header", 400))),
        ("the end of a header", 300, Box::new(|l| flip(&mut l[300], "header", 9_999))),
        ("a leaf", 70, Box::new(|l| flip(&mut l[70], "leaf", 5))),
        ("the words beside a header", 70, Box::new(|l| l[70]["event"]["type"] = json!("MessageReceived"))),
        ("two events in another order", 40, Box::new(|l| l.swap(40, 41))),
        ("an event taken out", 50, Box::new(|l| drop(l.remove(50)))),
        ("an event put in", 51, Box::new(|l| l.insert(51, l[50].clone()))),
        ("the end cut off", 601, Box::new(|l| l.truncate(601))),
        ("the last event", size, Box::new(move |l| flip(&mut l[size as usize], "header", 9_999))),
        ("the root in the checkpoint", size, Box::new(|l| flip(&mut l[0], "checkpoint", 45))),
        ("the signature of the checkpoint", size, Box::new(|l| flip(&mut l[0], "checkpoint", 150))),
    ];
    for (name, position, harm) in harms {
        let mut lines = whole.clone();
        harm(&mut lines);
        let found = checked(&lines, &key, &Besides::default());
        assert_eq!(found.as_ref().err().map(|(p, _)| *p), Some(position), "{name}: {found:?}");
    }
    let mut lines = open.clone();
    let told = lines.iter().position(|l| l["content"].as_str().is_some_and(|c| c.contains("Lisbon"))).unwrap();
    let content = lines[told]["content"].as_str().unwrap().replace("Lisbon", "London");
    lines[told]["content"] = json!(content);
    assert_eq!(
        checked(&lines, &key, &Besides::default()).unwrap_err().0,
        told as u64,
        "other words than were sealed"
    );

    // Tiles and checkpoints beside the log.
    let harm = |name: &str, at: usize| {
        let path = ledger.join(name);
        let sound = std::fs::read(&path).unwrap();
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let found = checked(&whole, &key, &besides).unwrap_err();
        std::fs::write(&path, sound).unwrap();
        found
    };
    assert_eq!(harm("tile/0/000", 32 * 99).0, 100);
    assert_eq!(harm(&format!("tile/0/002.p/{}", size - 512), 5).0, 513);
    assert_eq!(harm("tile/1/000.p/2", 40).0, 257);
    assert_eq!(harm("checkpoint", 60).0, size);
    assert_eq!(checked(&whole, &key, &besides), Ok((size, 0)));

    // An older export does not show what came after a checkpoint that was kept.
    let before = export(&talk, json!({})).await;
    rename(&talk, 5).await;
    let (_, later, _) = checkpoint(&talk, "main").await;
    let besides = Besides { since: Some(later), ledger: None };
    assert_eq!(checked(&before, &key, &besides).unwrap_err().0, size + 1);
    let stranger = Key::read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
    assert!(checked(&before, &stranger, &Besides::default()).is_err());
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_proved_offline_on_its_branch_and_after_a_restart() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My sister Anna lives in Lisbon", None).await;
    let fork = talk.head().await;
    talk.run("mutation { createBranch(name: \"what-if\") { id } }", json!({})).await;
    talk.say_on(Some("what-if"), "She moved to Porto", Some(said.id("conversation"))).await;
    let prove = "query($m: ID, $p: Position, $b: String, $d: Boolean! = false) {
        audit { proof(message: $m, position: $p, branch: $b, disclose: $d) } }";
    let (main, _, _) = checkpoint(&talk, "main").await;
    let (branch, _, size) = checkpoint(&talk, "what-if").await;
    assert!(size > fork);
    let message = said.id("message");
    let sealed = talk.run(prove, json!({ "m": message })).await["audit"]["proof"].take();
    let open = talk.run(prove, json!({ "m": message, "d": true })).await["audit"]["proof"].take();
    let on_branch = talk.run(prove, json!({ "p": size, "b": "what-if" })).await["audit"]["proof"].take();
    assert!(!sealed.to_string().contains("Lisbon") && open.to_string().contains("Lisbon"));
    assert_eq!(check::proof(&sealed.to_string(), &main).unwrap().opened, 0);
    assert_eq!(check::proof(&open.to_string(), &main).unwrap().opened, 1);
    assert!(check::proof(&on_branch.to_string(), &branch).is_ok());
    assert!(check::proof(&on_branch.to_string(), &main).is_err(), "a proof for another log is refused");
    assert_eq!(talk.refused(prove, json!({ "p": size + 1 })).await, "AICO-3001");
    for field in ["header", "sealed", "checkpoint"] {
        let mut changed = sealed.clone();
        flip(&mut changed, field, 44);
        assert!(check::proof(&changed.to_string(), &main).is_err(), "{field}");
    }
    let mut changed = sealed.clone();
    let mut path = json!({ "first": changed["inclusion"][0] });
    flip(&mut path, "first", 0);
    changed["inclusion"][0] = path["first"].take();
    assert!(check::proof(&changed.to_string(), &main).is_err());
    talk.close().await;
    // What was signed before a restart is still what the log is checked against.
    let talk = home.open().await;
    let verify =
        "query($b: String, $s: String) { audit { verify(branch: $b, since: $s) { ok events signed detail } } }";
    for branch in ["main", "what-if"] {
        let verdict = talk.run(verify, json!({ "b": branch })).await["audit"]["verify"].take();
        assert_eq!((&verdict["ok"], &verdict["signed"]), (&json!(true), &verdict["events"]), "{branch}: {verdict}");
    }
    let note = sealed["checkpoint"].as_str().unwrap();
    let verdict = talk.run(verify, json!({ "s": note })).await["audit"]["verify"].take();
    assert_eq!(verdict["ok"], json!(true), "{verdict}");
    assert_eq!(talk.refused(verify, json!({ "s": "nonsense" })).await, "AICO-1013");
    talk.close().await;
    assert!(Path::new(&home.path().join("ledger/main/checkpoint")).exists());
}

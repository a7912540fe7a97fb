//! Forgotten means forgotten: in every file, at every past moment, on every branch; and others keep everything.

use std::path::{Path, PathBuf};

use events::payload::{ConversationEvent, PersonEvent, Role};
use events::{Actor, Append, BranchId, CommandId, Expected, NewEvent, PersonId, StreamId, StreamWrite};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Home, Talk, fresh_id};

/// What the owner says, is called, gives as feedback and is learned to have. Each is unique.
const OURS: [&str; 5] = [
    "the violet heron of Ystad sleeps in my attic",
    "Ottoline Brackenridge-Vane the Younger",
    "I adore that you remembered the copper samovar",
    "my sister Philippa-Rosalind lives in Trelleborg-on-Sea",
    "a title about seventeen quiet submarines",
];
/// What somebody else said.
const THEIRS: &str = "the amber lynx of Gotland hides below their stairs";

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Files that hold any of these texts in plain bytes.
fn holding(folder: &Path, texts: &[&str]) -> Vec<String> {
    let has = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        texts.iter().any(|t| bytes.windows(t.len()).any(|w| w == t.as_bytes()))
    };
    files(folder).iter().filter(|p| has(p)).map(|p| p.display().to_string()).collect()
}

/// Somebody else in the house, with a conversation of their own.
async fn somebody_else(talk: &Talk) -> PersonId {
    let person = PersonId(Uuid::new_v4());
    let conversation = Uuid::new_v4();
    let stream = StreamId::new(events::Category::Conversation, conversation);
    let registered = PersonEvent::PersonRegistered { name: "Benedikt".into(), owner: false };
    let received = ConversationEvent::MessageImported {
        message: Uuid::new_v4().into(),
        role: Role::Person,
        speaker: "Benedikt".into(),
        text: THEIRS.into(),
        attachments: vec![],
        source: None,
    };
    let write =
        |stream: StreamId, event: NewEvent| StreamWrite { stream, expected: Expected::Any, events: vec![event] };
    let command_id: CommandId = Uuid::new_v4().into();
    let append = Append {
        command_id,
        correlation: command_id.into(),
        actor: Actor::Person(person),
        branch: BranchId::MAIN,
        writes: vec![
            write(person.into(), NewEvent::new(registered, person)),
            write(stream, NewEvent::new(received, person)),
        ],
    };
    talk.app.log.append(append).await.unwrap();
    person
}

const ERASE: &str =
    "mutation($c: ID!, $who: String!, $why: String) { eraseSubject(commandId: $c, subject: $who, reason: $why) {
    subject position completed found receipt } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ps_7_t_80_an_erased_person_is_gone_from_every_byte_moment_and_branch() {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say(OURS[0], None).await;
    let conversation = said.id("conversation").to_owned();
    talk.say(OURS[3], Some(&conversation)).await;
    let give = "mutation($c: ID!, $conversation: ID!, $reply: ID!, $text: String) {
        giveFeedback(commandId: $c, conversation: $conversation, reply: $reply, reward: 1.0, text: $text) { position } }";
    let reply = said.id("reply");
    let feedback = json!({ "c": fresh_id(), "conversation": conversation, "reply": reply, "text": OURS[2] });
    talk.run(give, feedback).await;
    let rename = "mutation($c: ID!, $name: String!) { renamePerson(commandId: $c, name: $name) { position } }";
    talk.run(rename, json!({ "c": fresh_id(), "name": OURS[1] })).await;
    let title = "mutation($c: ID!, $id: ID!, $title: String!) { renameConversation(commandId: $c, conversation: $id, title: $title) { position } }";
    talk.run(title, json!({ "c": fresh_id(), "id": conversation, "title": OURS[4] })).await;
    somebody_else(&talk).await;
    let before = talk.head().await;
    talk.run("mutation { createBranch(name: \"what-if\") { id } }", json!({})).await;
    talk.say_on(Some("what-if"), OURS[0], Some(&conversation)).await;
    let checkpoint = "{ audit { checkpoint { note } } }";
    let kept = talk.run(checkpoint, json!({})).await["audit"]["checkpoint"]["note"].take();
    let prove = "query($p: Position) { audit { proof(position: $p) } }";
    let proof = talk.run(prove, json!({ "p": 5 })).await["audit"]["proof"].take();

    // Sealed while running, after a clean stop, and after a crash (a copy of the files as they lie now).
    let everything: Vec<&str> = OURS.iter().copied().chain([THEIRS]).collect();
    assert_eq!(holding(home.path(), &everything), [""; 0], "while running");

    // What is exported holds everything, and nothing of others.
    let export = "mutation($c: ID!) { exportSubject(commandId: $c, subject: \"me\") { lines text } }";
    let given = talk.run(export, json!({ "c": fresh_id() })).await["exportSubject"].take();
    let lines = given["lines"].to_string();
    for text in OURS {
        assert!(lines.contains(text) && given["text"].as_str().unwrap().contains(text), "{text}");
    }
    assert!(!lines.contains(THEIRS) && !given["text"].as_str().unwrap().contains(THEIRS));

    let preview = "{ erasurePreview(subject: \"me\") { events types branches others rebuilt } }";
    let preview = talk.run(preview, json!({})).await["erasurePreview"].take();
    assert!(
        preview["events"].as_u64().unwrap() > 20 && preview["branches"]["what-if"].as_u64().unwrap() > 3,
        "{preview}"
    );
    let command = fresh_id();
    let wish = json!({ "c": command, "who": "me", "why": "asked for in writing" });
    let erased = talk.run(ERASE, wish.clone()).await["eraseSubject"].take();
    assert_eq!(erased["found"], json!(0), "{erased}");
    let again = talk.run(ERASE, wish).await["eraseSubject"].take();
    assert_eq!(again["position"], erased["position"], "the same command gives the first outcome");
    let receipt = erased["receipt"].as_str().unwrap();
    let key = talk.run("{ audit { checkpoint { publicKey } } }", json!({})).await;
    let key = aico_verify::note::Key::read(key["audit"]["checkpoint"]["publicKey"].as_str().unwrap()).unwrap();
    assert!(aico_verify::note::signed(receipt, &key).unwrap().contains("asked for in writing"));
    assert!(aico_verify::note::signed(&receipt.replace("writing", "Writing"), &key).is_err());

    still_gone(&talk, before, &conversation).await;
    // The proof and the checkpoint from before still hold.
    assert!(aico_verify::check::proof(&proof.to_string(), &key).is_ok());
    let verify = "query($s: String) { audit { verify(since: $s) { ok detail } } }";
    for since in [Value::Null, kept] {
        assert_eq!(talk.run(verify, json!({ "s": since })).await["audit"]["verify"]["ok"], json!(true));
    }
    // With the keys at hand nothing is found, in memory that was written out, or in any file.
    let refused = talk
        .refused(
            "mutation($c: ID!) { sendMessage(commandId: $c, text: \"hello\") { run } }",
            json!({ "c": fresh_id() }),
        )
        .await;
    assert_eq!(refused, "AICO-2005");
    let report = "{ audit { report } }";
    let report = talk.run(report, json!({})).await["audit"]["report"].take();
    assert_eq!(report["erasures"][0]["completed"]["found"], json!(0), "{report}");
    assert_eq!(report["exports"].as_array().unwrap().len(), 1);
    let verdicts =
        talk.run("mutation { verifyProjections(samples: 4, seed: \"5\") { name ok detail } }", json!({})).await;
    talk.close().await;
    assert!(verdicts["verifyProjections"].as_array().unwrap().iter().all(|v| v["ok"] == json!(true)), "{verdicts}");
    assert_eq!(holding(home.path(), &OURS), [""; 0], "after a clean stop");

    let talk = home.open().await;
    still_gone(&talk, before, &conversation).await;
    talk.close().await;
    assert_eq!(holding(home.path(), &OURS), [""; 0], "after a restart");
}

/// Nothing at any moment, on either branch; and what others said is there.
async fn still_gone(talk: &Talk, before: u64, conversation: &str) {
    let search =
        "query($q: String!, $at: String, $b: String) { memory(query: $q, asOf: $at, branch: $b) { items { text } } }";
    let events =
        "query($at: String, $b: String) { events(first: 500, asOf: $at, branch: $b) { items { type erased body } } }";
    for branch in ["main", "what-if"] {
        for at in [3, before / 2, before] {
            let basis = json!({ "at": at.to_string(), "b": branch, "q": "violet heron" });
            for (query, field) in [(search, "memory"), (events, "events")] {
                let found = talk.run(query, basis.clone()).await[field].take().to_string();
                assert!(OURS.iter().all(|t| !found.contains(t)), "{field} at {at} on {branch}: {found}");
            }
            let page = talk.run(events, basis).await["events"]["items"].take();
            assert!(page.as_array().unwrap().iter().any(|e| e["erased"] == json!(true)), "erased events say so");
        }
    }
    for at in [None, Some(before)] {
        let shown = talk.messages(conversation, at, None).await;
        assert!(
            !shown.is_empty() && shown.iter().all(|m| m["text"].is_null()),
            "erased markers, not an error: {shown:?}"
        );
    }
    for name in ["facts", "mood", "skills", "people"] {
        let state = talk.state(name, None).await.to_string();
        assert!(OURS.iter().all(|t| !state.contains(t)), "{name}: {state}");
    }
    let head = talk.app.log.branches().await.unwrap()[0].head;
    let mut theirs = false;
    let mut after = events::Position::START;
    while after < head {
        let page = talk.app.log.read(BranchId::MAIN, after, 500).await.unwrap();
        after = page.last().unwrap().position();
        theirs |= page
            .iter()
            .any(|e| matches!(&e.body, events::Body::Open(b) if String::from_utf8_lossy(b).contains(THEIRS)));
    }
    assert!(theirs, "what others said is untouched");
}

/// An erasure that was recorded and then cut off is carried out at the next start.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_that_a_crash_cut_off_is_carried_out_at_the_next_start() {
    let home = Home::new();
    let talk = home.open().await;
    talk.say(OURS[0], None).await;
    let owner = talk.app.owner;
    let event =
        events::payload::InstallEvent::SubjectErased { subject: owner.into(), keys: vec![], events: 1, reason: None };
    let command_id: CommandId = Uuid::new_v4().into();
    let write = StreamWrite {
        stream: StreamId::INSTALL,
        expected: Expected::Any,
        events: vec![NewEvent::new(event, events::SubjectId::INSTALL)],
    };
    let append = Append {
        command_id,
        correlation: command_id.into(),
        actor: Actor::Person(owner),
        branch: BranchId::MAIN,
        writes: vec![write],
    };
    talk.app.log.append(append).await.unwrap();
    talk.close().await;
    let talk = home.open().await;
    let receipt = "{ erasureReceipt(subject: \"me\") { found receipt } }";
    let done = talk.run(receipt, json!({})).await["erasureReceipt"].take();
    assert_eq!(done["found"], json!(0), "{done}");
    let all = talk.run("{ subjects { kind erasedAt } }", json!({})).await["subjects"].take();
    assert!(all.as_array().unwrap().iter().any(|s| s["kind"] == "person" && !s["erasedAt"].is_null()), "{all}");
    talk.close().await;
    assert_eq!(holding(home.path(), &OURS), [""; 0]);
}

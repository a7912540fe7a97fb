//! Every stored shape that ever was still reads: one golden file per type and shape, added and never edited.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;

use events::payload::{ConversationEvent, FactType, FinishReason, InterruptReason, Keepsake, MemoryType, Role};
use events::{Category, ConversationId, Event, MessageId, catalog, codec};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Tests run in the folder of their crate.
const FOLDER: &str = "golden";

/// Category, type and shape of every stored form up to the current one.
fn shapes() -> Vec<(Category, &'static str, u16)> {
    let types = Category::ALL.into_iter().flat_map(|c| catalog::types(c).iter().map(move |t| (c, *t)));
    types.flat_map(|(c, t)| (1..=catalog::current_schema(t)).map(move |schema| (c, t, schema))).collect()
}

fn name(event_type: &str, schema: u16) -> String {
    format!("{event_type}.v{schema}.json")
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(FOLDER).unwrap().map(|e| e.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

fn golden(event_type: &str, schema: u16) -> Vec<u8> {
    let path = format!("{FOLDER}/{}", name(event_type, schema));
    fs::read(&path).unwrap_or_else(|e| {
        panic!("events/{path}: {e}. Each stored shape needs a golden file: write one, then `cargo run -p xtask -- golden`")
    })
}

#[test]
fn every_stored_shape_has_a_golden_file_that_reads() {
    for (category, event_type, schema) in shapes() {
        let event = codec::decode(category, event_type, schema, &golden(event_type, schema))
            .unwrap_or_else(|e| panic!("{} no longer reads: {e}. Add an upcaster", name(event_type, schema)));
        assert_eq!((event.category(), event.type_name()), (category, event_type));
    }
}

#[test]
fn every_current_shape_is_written_as_its_golden_file_says() {
    for (category, event_type, schema) in shapes() {
        if schema != catalog::current_schema(event_type) {
            continue;
        }
        let json = golden(event_type, schema);
        let event = codec::decode(category, event_type, schema, &json).unwrap();
        let written: Value = serde_json::from_slice(&codec::encode(&event).unwrap()).unwrap();
        let wanted: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(
            written, wanted,
            "the stored shape of {event_type} changed: raise its number in events/src/catalog.rs, add an upcaster to \
             events/src/upcast.rs and a new golden file; never edit the old one"
        );
    }
}

/// A lifted old event is written in the current shape and then reads as itself.
#[test]
fn every_old_shape_is_lifted_to_one_that_can_be_written() {
    for (category, event_type, schema) in shapes() {
        let event = codec::decode(category, event_type, schema, &golden(event_type, schema)).unwrap();
        let current = catalog::current_schema(event_type);
        let again = codec::decode(category, event_type, current, &codec::encode(&event).unwrap()).unwrap();
        assert_eq!(again, event, "{}", name(event_type, schema));
    }
}

#[test]
fn golden_files_are_added_and_never_edited() {
    let files = files();
    let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
    let listed: BTreeMap<&str, &str> =
        sums.lines().map(|line| line.split_once("  ").unwrap()).map(|(sum, name)| (name, sum)).collect();
    assert!(sums.lines().map(|l| &l[66..]).is_sorted(), "SHA256SUMS is not in order");
    for (name, bytes) in files.iter().filter(|(name, _)| *name != "SHA256SUMS") {
        let sum = hex::encode(Sha256::digest(bytes));
        match listed.get(name.as_str()) {
            None => panic!("{name} is not listed: run `cargo run -p xtask -- golden`"),
            Some(known) => assert_eq!(
                *known, sum,
                "{name} was edited, but logs hold this shape: put it back (`git checkout events/golden/{name}`), raise the \
                 number in events/src/catalog.rs, and add an upcaster and a new file"
            ),
        }
    }
    for name in listed.keys() {
        assert!(files.contains_key(*name), "{name} is gone, but logs hold this shape: bring it back");
    }
}

#[test]
fn every_golden_file_belongs_to_a_known_shape() {
    let known: Vec<String> = shapes().into_iter().map(|(_, t, schema)| name(t, schema)).collect();
    for name in files().into_keys().filter(|name| name != "SHA256SUMS") {
        assert!(known.contains(&name), "{name}: no such type and shape in events/src/catalog.rs");
    }
}

/// What may be left out of a stored form, and what then stands for it.
#[test]
fn what_is_absent_stays_absent() {
    let id = "0190a1c2-0000-7000-8000-000000000001";
    for (event_type, json) in [
        (
            "ConversationStarted",
            json!({ "type": "ConversationStarted", "person": id, "companion": id, "private": true, "origin": "chat" }),
        ),
        ("MessageReceived", json!({ "type": "MessageReceived", "message": id, "text": "" })),
        (
            "MessageImported",
            json!({ "type": "MessageImported", "message": id, "role": "person", "speaker": "Mara", "text": "Hm" }),
        ),
        (
            "ReplyInterrupted",
            json!({
                "type": "ReplyInterrupted", "message": id, "run": id, "reply": id, "text": "", "reason": "crashed"
            }),
        ),
        ("FeedbackGiven", json!({ "type": "FeedbackGiven", "reply": id, "feedback": { "reward": 1.0 } })),
    ] {
        let event = codec::decode(Category::Conversation, event_type, 1, json.to_string().as_bytes()).unwrap();
        let written: Value = serde_json::from_slice(&codec::encode(&event).unwrap()).unwrap();
        assert_eq!(written, json);
    }
}

/// A golden file shows one word of each choice; the others are stored too.
#[test]
fn the_words_of_choices_stay() {
    assert_eq!(json!([Role::Person, Role::Companion]), json!(["person", "companion"]));
    assert_eq!(json!([FinishReason::Stop, FinishReason::Length]), json!(["stop", "length"]));
    assert_eq!(
        json!([InterruptReason::Stopped, InterruptReason::ModelFailed, InterruptReason::Crashed]),
        json!(["stopped", "model_failed", "crashed"])
    );
    assert_eq!(
        json!([MemoryType::Fact, MemoryType::Insight, MemoryType::Moment, MemoryType::Milestone, MemoryType::Wisdom]),
        json!(["fact", "insight", "moment", "milestone", "wisdom"])
    );
    assert_eq!(
        json!([FactType::Identity, FactType::Preference, FactType::Relationship, FactType::Temporal]),
        json!(["identity", "preference", "relationship", "temporal"])
    );
    let (conversation, message) = (ConversationId(uuid::Uuid::nil()), MessageId(uuid::Uuid::nil()));
    let what = |of: Keepsake| json!(of)["what"].clone();
    assert_eq!(what(Keepsake::Message { conversation, message }), "message");
    assert_eq!(what(Keepsake::Conversation { conversation }), "conversation");
    let categories =
        ["person", "companion", "conversation", "branch", "album", "memory", "graph", "install", "account"];
    assert_eq!(json!(Category::ALL), json!(categories));
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let json = golden("PersonRenamed", 1);
    let refused = |category, event_type, schema, json: &[u8]| {
        codec::decode(category, event_type, schema, json).unwrap_err().to_string()
    };
    assert!(refused(Category::Person, "PersonCloned", 1, &json).contains("PersonCloned is not known"));
    assert!(refused(Category::Companion, "PersonRenamed", 1, &json).contains("PersonRenamed is not known"));
    for schema in [0, catalog::current_schema("PersonRenamed") + 1, u16::MAX] {
        assert!(refused(Category::Person, "PersonRenamed", schema, &json).contains(&format!("shape {schema}")));
    }
    for cut in 0..json.len() - 2 {
        assert!(refused(Category::Person, "PersonRenamed", 1, &json[..cut]).contains("does not fit"), "cut at {cut}");
    }
}

#[test]
fn a_number_that_has_no_json_form_is_not_stored_as_null() {
    let id = MessageId(uuid::Uuid::nil());
    for reward in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let feedback = events::payload::Feedback { reward, reason: None, text: None };
        let event = Event::Conversation(ConversationEvent::FeedbackGiven { reply: id, feedback });
        let json = codec::encode(&event);
        assert!(json.is_err(), "stored as {:?}", String::from_utf8(json.unwrap()));
    }
}

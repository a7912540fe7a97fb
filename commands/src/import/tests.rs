use std::sync::Arc;

use events::log::Log;
use events::seal::memory::MemoryKeyRing;
use events::{BranchId, CompanionId, EventLog, PersonId, Position, SystemClock, SystemEntropy};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const JSONL: &str = r#"{"conversation":"trip","role":"person","speaker":"Ada","text":"We land at noon.","at":"2024-05-01T10:00:00Z"}
{"conversation":"trip","role":"companion","text":"Have a good flight!"}
{"conversation":"work","role":"person","text":"The report is done.","id":"m7"}
"#;

const LOCOMO: &str = r#"[{"sample_id":"s1","conversation":{"speaker_a":"Ada","speaker_b":"Bob",
"session_10":[{"speaker":"Bob","dia_id":"D10:1","text":"Ten."}],"session_10_date_time":"9:00 am on 2 June, 2023",
"session_2":[{"speaker":"Ada","dia_id":"D2:1","text":"Two.","img_url":["http://x/y.jpg"],"blip_caption":"a red kite","query":"kite"},
{"speaker":"Bob","dia_id":"D2:2","text":"Nice kite."}],"session_2_date_time":"1:56 pm on 8 May, 2023"}}]"#;

const CHATGPT: &str = r#"[{"title":"Soup","conversation_id":"c1","current_node":"c","mapping":{
"r":{"parent":null,"message":null},
"a":{"parent":"r","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["How long?"]},"create_time":1700000000.5}},
"b":{"parent":"a","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["Never."]},"create_time":null}},
"c":{"parent":"a","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["Twenty minutes."]},"create_time":1700000009}}}}]"#;

const SILLY: &str = r#"{"user_name":"Ada","character_name":"Eve","create_date":"2023-6-19 @14h 20m 11s 5ms"}
{"name":"Eve","is_user":false,"mes":"Hello!","send_date":"June 19, 2023 2:20pm"}
{"name":"Ada","is_user":true,"mes":"Hi.","send_date":1687184460000}
"#;

fn samples() -> [(Format, &'static str, usize); 4] {
    [
        (Format::Jsonl, JSONL, 3),
        (Format::Locomo, LOCOMO, 3),
        (Format::Chatgpt, CHATGPT, 2),
        (Format::Sillytavern, SILLY, 2),
    ]
}

fn count(parsed: &Parsed) -> usize {
    parsed.conversations.iter().map(|c| c.messages.len()).sum()
}

#[test]
fn every_format_is_understood() {
    for (format, text, messages) in samples() {
        assert_eq!(count(&parse(format, text.as_bytes()).unwrap()), messages, "{format}");
    }
}

#[test]
fn sessions_are_in_the_order_of_their_numbers_and_keep_dates_and_captions() {
    let parsed = parse(Format::Locomo, LOCOMO.as_bytes()).unwrap();
    let messages = &parsed.conversations[0].messages;
    assert_eq!(messages.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), ["Two.", "Nice kite.", "Ten."]);
    assert_eq!(messages[1].occurred_at, Timestamp::parse("2023-05-08T13:56:01Z"));
    assert_eq!(messages[0].attachments[0].caption, "a red kite");
    assert_eq!(messages[0].source.as_deref(), Some("D2:1"));
}

#[test]
fn the_current_branch_of_a_chatgpt_tree_is_taken() {
    let parsed = parse(Format::Chatgpt, CHATGPT.as_bytes()).unwrap();
    let texts: Vec<&str> = parsed.conversations[0].messages.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["How long?", "Twenty minutes."]);
}

#[test]
fn a_damaged_file_is_refused_with_its_place() {
    let refused = |format, text: &str| parse(format, text.as_bytes()).unwrap_err().to_string();
    assert!(refused(Format::Jsonl, &JSONL.replace("companion", "robot")).starts_with("line 2"));
    assert!(refused(Format::Jsonl, &JSONL[..JSONL.len() - 8]).starts_with("line 3"));
    assert!(refused(Format::Locomo, &LOCOMO.replace("8 May", "88 May")).contains("session_2_date_time"));
    assert!(refused(Format::Locomo, &LOCOMO.replace("\"speaker\":\"Bob\"", "\"speaker\":\"Zed\"")).contains("Zed"));
    assert!(
        refused(Format::Chatgpt, &CHATGPT.replace("\"current_node\":\"c\"", "\"current_node\":\"q\"")).contains("q")
    );
    assert!(refused(Format::Chatgpt, &CHATGPT.replace("\"parent\":null", "\"parent\":\"a\"")).contains("ancestor"));
    assert!(refused(Format::Sillytavern, &SILLY.replace("June 19", "Juneteenth")).starts_with("line 2"));
    assert!(matches!(parse(Format::Jsonl, b"{\"\xff\"}"), Err(ImportError::NotUtf8(2))));
    let long =
        format!("{{\"conversation\":\"c\",\"role\":\"person\",\"text\":\"{}\"}}", "x".repeat(MAX_MESSAGE_CHARS + 1));
    assert!(refused(Format::Jsonl, &long).contains("over the limit"));
}

fn log() -> Log {
    Log::memory(Arc::new(MemoryKeyRing::new()), Arc::new(SystemClock), Arc::new(SystemEntropy))
}

async fn take_in(log: &dyn EventLog, parsed: Parsed) -> Imported {
    let (person, companion) = (PersonId(Uuid::from_u128(1)), CompanionId(Uuid::from_u128(2)));
    import(log, person, companion, BranchId::MAIN, Format::Jsonl, [7; 32], parsed, &mut |_, _| ()).await.unwrap()
}

#[tokio::test]
async fn twice_is_once_and_dates_are_kept() {
    let log = log();
    let parsed = parse(Format::Locomo, LOCOMO.as_bytes()).unwrap();
    assert_eq!(take_in(&log, parsed.clone()).await, Imported { conversations: 1, messages: 3, repeated: 0 });
    assert_eq!(take_in(&log, parsed).await, Imported { conversations: 1, messages: 0, repeated: 3 });
    let events = log.read(BranchId::MAIN, Position::START, 100).await.unwrap();
    assert_eq!(events.len(), 4);
    assert_eq!(Some(events[3].header.occurred_at), Timestamp::parse("2023-06-02T09:00:00Z"));
}

#[tokio::test]
async fn an_import_that_was_cut_off_is_finished_by_the_next() {
    let log = log();
    let whole = parse(Format::Jsonl, JSONL.as_bytes()).unwrap();
    let half = Parsed { conversations: whole.conversations[..1].to_vec() };
    take_in(&log, half).await;
    assert_eq!(take_in(&log, whole).await, Imported { conversations: 2, messages: 1, repeated: 2 });
}

#[test]
fn the_shared_conversations_are_understood() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/locomo-dev/locomo-dev.json");
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: ../shared/data is absent");
        return;
    };
    let parsed = parse(Format::Locomo, &bytes).unwrap();
    let sizes: Vec<usize> = parsed.conversations.iter().map(|c| c.messages.len()).collect();
    assert_eq!(sizes, [419, 369, 663]);
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..400) {
        for (format, text, _) in samples() {
            let _refused = parse(format, &bytes);
            let mut mixed = text.as_bytes()[..cut.min(text.len())].to_vec();
            mixed.extend(&bytes);
            let _refused = parse(format, &mixed);
        }
    }
}

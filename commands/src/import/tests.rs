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

const MEM0: &str = r#"{"results":[
{"id":"a1","memory":"Ada prefers morning meetings","user_id":"ada","created_at":"2024-07-20T01:30:36.275141-07:00","metadata":{"type":"work"}},
{"id":"a2","memory":"Ada has a cat","user_id":"ada","created_at":null},
{"id":"a3","memory":" ","user_id":"ada"}],"relations":[{"source":"ada","relationship":"has","target":"cat"}]}"#;

const LETTA: &str = r#"{"agents":[{"id":"agent-0","name":"Sam","block_ids":["b1","b2"],"messages":[
{"id":"m0","role":"system","content":[{"type":"text","text":"You are Sam"}],"created_at":"2025-01-01T00:00:00Z"},
{"id":"m1","role":"user","content":[{"type":"text","text":"{\"type\":\"login\",\"time\":\"x\"}"}]},
{"id":"m2","role":"user","content":[{"type":"text","text":"{\"type\":\"user_message\",\"message\":\"I moved to Oslo\"}"}],"created_at":"2025-01-02T10:00:00+00:00"},
{"id":"m3","role":"assistant","content":[{"type":"text","text":"(thinking)"}],"tool_calls":[{"id":"c","type":"function","function":{"name":"send_message","arguments":"{\"message\":\"How is it there?\"}"}}]},
{"id":"m4","role":"tool","content":[{"type":"text","text":"OK"}]},
{"id":"m5","role":"assistant","content":[{"type":"text","text":"I am glad."}]}]}],
"blocks":[{"id":"b1","label":"human","value":"Her name is Ada."},{"id":"b2","label":"persona","value":"I am Sam."}],"tools":[{"name":"send_message"}]}"#;

const LETTA_ALONE: &str = r#"{"agent_type":"memgpt_agent","name":"Old Sam","core_memory":[{"label":"human","value":"Ada"}],
"messages":[{"role":"user","text":"Hello","created_at":"2024-02-03T04:05:06Z"}],"tools":[]}"#;

const MARKDOWN: &str = "---\ntitle: Diary\ndate: 2023-01-05\n---\nA first word.\n\n# Trip (2024-05-01)\n\nWe land at noon.\nIt rains.\n\n```\nA: fence\n\n# no heading\n```\n\n## Talk\n\n**User:** Where is it?\n\n**Assistant:** Over there.\n\n<script>alert(1)</script>\n";

const CARD: &str = r#"{"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"Eve","description":"{{char}} looks after {{user}}.","personality":"calm","scenario":"","first_mes":"Hello!","character_book":{"entries":[{},{}]}}}"#;

/// A picture with a card in it, as other programs write them.
fn picture(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in chunks {
        png.extend((data.len() as u32).to_be_bytes());
        png.extend(*kind);
        png.extend(data);
        png.extend([0; 4]);
    }
    png
}

fn chunk(keyword: &str, json: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(json);
    [keyword.as_bytes(), b"\0", text.as_bytes()].concat()
}

#[test]
fn mem0_memories_keep_their_times_and_say_what_is_left() {
    let parsed = parse(Format::Mem0, MEM0.as_bytes()).unwrap();
    let messages = &parsed.conversations[0].messages;
    assert_eq!(messages[0].occurred_at, Timestamp::parse("2024-07-20T08:30:36.275141Z"));
    assert_eq!((messages[1].occurred_at, messages[1].source.as_deref()), (None, Some("a2")), "no time is invented");
    assert_eq!(parsed.left, ["metadata and categories of 1 memories", "1 relations of the graph"]);
    let alone = r#"[{"memory":"Ada sings","agent_id":"bot"}]"#;
    assert_eq!(count(&parse(Format::Mem0, alone.as_bytes()).unwrap()), 1);
}

#[test]
fn of_a_letta_agent_what_was_said_and_known_is_taken() {
    let parsed = parse(Format::Letta, LETTA.as_bytes()).unwrap();
    let talk: Vec<(Role, &str)> =
        parsed.conversations[0].messages.iter().map(|m| (m.role, m.text.as_str())).collect();
    let wanted =
        [(Role::Person, "I moved to Oslo"), (Role::Companion, "How is it there?"), (Role::Companion, "I am glad.")];
    assert_eq!(talk, wanted);
    assert_eq!(parsed.conversations[0].messages[0].occurred_at, Timestamp::parse("2025-01-02T10:00:00Z"));
    assert_eq!(parsed.conversations[1].messages[0].text, "Her name is Ada.");
    assert_eq!(parsed.left.len(), 3, "{:?}", parsed.left);
    let alone = parse(Format::Letta, LETTA_ALONE.as_bytes()).unwrap();
    assert_eq!(count(&alone), 2);
}

#[test]
fn markdown_is_taken_verbatim_by_block_with_its_dates_and_speakers() {
    let parsed = parse(Format::Markdown, MARKDOWN.as_bytes()).unwrap();
    let titles: Vec<Option<&str>> = parsed.conversations.iter().map(|c| c.title.as_deref()).collect();
    assert_eq!(titles, [Some("Diary"), Some("Trip (2024-05-01)"), Some("Talk")]);
    let [diary, trip, talk] = &parsed.conversations[..] else { panic!("three") };
    assert_eq!(diary.messages[0].occurred_at, Timestamp::parse("2023-01-05"));
    assert_eq!(trip.messages[0].occurred_at, Timestamp::parse("2024-05-01"));
    assert_eq!(trip.messages[0].text, "We land at noon.\nIt rains.");
    assert_eq!(trip.messages[1].text, "```\nA: fence\n\n# no heading\n```");
    let said: Vec<(Role, &str)> = talk.messages.iter().map(|m| (m.role, m.text.as_str())).collect();
    let script = "<script>alert(1)</script>";
    assert_eq!(said, [(Role::Person, "Where is it?"), (Role::Companion, "Over there."), (Role::Companion, script)]);
    let undated = parse(Format::Markdown, b"# Notes\n\nHm.").unwrap();
    assert_eq!(undated.conversations[0].messages[0].occurred_at, None);
    let long = "x".repeat(100 << 20);
    let cut = parse(Format::Markdown, long.as_bytes()).unwrap();
    assert!(cut.conversations[0].messages.iter().all(|m| m.text.chars().count() <= MAX_MESSAGE_CHARS));
    assert_eq!(cut.conversations[0].messages.iter().map(|m| m.text.len()).sum::<usize>(), long.len());
}

#[test]
fn a_card_is_read_from_json_and_from_a_picture() {
    let companion = |bytes: &[u8]| parse(Format::Card, bytes).unwrap().companion.unwrap();
    let eve = companion(CARD.as_bytes());
    assert_eq!((eve.name.as_str(), eve.persona.as_str()), ("Eve", "Eve looks after the person.\n\ncalm"));
    let left = parse(Format::Card, CARD.as_bytes()).unwrap().left;
    assert_eq!(left, ["the greeting", "2 entries of the lorebook"]);
    let v1 = r#"{"name":"Old","description":"d","personality":"p","scenario":"s","first_mes":"","mes_example":""}"#;
    assert_eq!(companion(v1.as_bytes()).persona, "d\n\np\n\ns");
    let v3 = CARD.replace("chara_card_v2", "chara_card_v3").replace("Eve", "Eva");
    let head = (b"IHDR", vec![0; 13]);
    let both = picture(&[head.clone(), (b"tEXt", chunk("chara", CARD)), (b"tEXt", chunk("ccv3", &v3))]);
    assert_eq!(companion(&both).name, "Eva", "the newer card counts");
    let refused = |bytes: &[u8]| parse(Format::Card, bytes).unwrap_err().to_string();
    assert!(refused(&picture(std::slice::from_ref(&head))).contains("no card"));
    assert!(refused(&picture(&[head.clone(), (b"zTXt", chunk("chara", CARD))])).contains("compressed"));
    assert!(refused(&both[..both.len() - 30]).contains("cut short"));
    assert!(refused(b"PK\x03\x04...").contains("zip"));
    assert!(refused(CARD.replace("chara_card_v2", "lorebook_v9").as_bytes()).contains("lorebook_v9"));
    assert!(refused(CARD.replace("Eve", " ").as_bytes()).contains("nobody"));
    let endless = CARD.replace("calm", &"x".repeat(30_000));
    assert!(refused(endless.as_bytes()).contains("limit"));
}

#[test]
fn hostile_files_are_refused_with_their_place() {
    let refused = |format, bytes: &[u8]| parse(format, bytes).unwrap_err().to_string();
    assert!(refused(Format::Mem0, br#"{"results":[{"id":"x"}]}"#).starts_with("memory 1"));
    assert!(refused(Format::Mem0, br#"[{"memory":"m","created_at":"long ago"}]"#).contains("long ago"));
    assert!(refused(Format::Mem0, b"[1]").starts_with("memory 1"));
    assert!(refused(Format::Letta, b"{}").contains("no agent"));
    assert!(refused(Format::Letta, LETTA.replace("2025-01-02", "2025-13-02").as_bytes()).contains("message 3"));
    // Text in UTF-16 is not taken for something else, and a file that asks for depth gets an error.
    let utf16: Vec<u8> = "\u{feff}# Notes".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(parse(Format::Markdown, &utf16), Err(ImportError::NotUtf8(0))));
    let deep = "[".repeat(1 << 20);
    for format in [Format::Mem0, Format::Letta, Format::Card, Format::Chatgpt] {
        assert!(parse(format, deep.as_bytes()).is_err(), "{format}");
    }
    // A name of a file inside a text is a text.
    let path = r#"[{"memory":"see ../../../etc/passwd","id":"../../x","user_id":"../../y"}]"#;
    let parsed = parse(Format::Mem0, path.as_bytes()).unwrap();
    assert_eq!(parsed.conversations[0].messages[0].text, "see ../../../etc/passwd");
}

fn samples() -> [(Format, &'static str, usize); 8] {
    [
        (Format::Mem0, MEM0, 2),
        (Format::Letta, LETTA, 4),
        (Format::Markdown, MARKDOWN, 6),
        (Format::Card, CARD, 0),
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
    let half = Parsed { conversations: whole.conversations[..1].to_vec(), ..Parsed::default() };
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

//! The built-in companion over a table of talks: what an answer must and must not say, for every wording.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use events::payload::Perception;
use futures::StreamExt;
use models::builtin::{Builtin, answer};
use models::language::{Hints, RecalledHint};
use models::perception::{ModelPerceiver, Perceiver};
use models::{ChatRequest, Delta, LanguageModel};

/// Enough seeds to see every wording.
const SEEDS: u64 = 12;
const SKILLS: &[&str] = &["clear", "brief", "warm", "curious"];

/// What memory holds: facts, then turns of the person, then turns of the companion.
#[derive(Clone, Copy, Default)]
struct Known {
    facts: &'static [(&'static str, &'static str, &'static str)],
    told: &'static [&'static str],
    said: &'static [&'static str],
}

const NOTHING: Known = Known { facts: &[], told: &[], said: &[] };
const ANNA: Known = Known {
    facts: &[("you", "sister", "Anna"), ("Anna", "lives in", "Lisbon"), ("you", "works at", "Siemens")],
    ..NOTHING
};
const TURN: Known = Known { told: &["Hello! My sister Anna lives in Lisbon. I miss her."], ..NOTHING };

fn hints(message: &str, known: Known, skill: &str, seed: u64) -> Hints {
    let perception = perceived(message);
    let own = |list: &[&str], by_person| -> Vec<RecalledHint> {
        list.iter().map(|text| RecalledHint { text: (*text).to_owned(), by_person }).collect()
    };
    Hints {
        companion: "Eve".to_owned(),
        person: "Ada".to_owned(),
        message: message.to_owned(),
        recalled: [own(known.told, true), own(known.said, false)].concat(),
        facts: known.facts.iter().map(|(s, p, o)| ((*s).to_owned(), (*p).to_owned(), (*o).to_owned())).collect(),
        valence: perception.valence,
        intent: perception.intent,
        acts: perception.acts,
        skill: skill.to_owned(),
        seed,
        ..Hints::default()
    }
}

/// What is noticed in a message; looked at once, however many answers are tried.
fn perceived(message: &str) -> Perception {
    static PERCEIVER: LazyLock<ModelPerceiver> = LazyLock::new(|| ModelPerceiver::embedded().unwrap());
    static SEEN: LazyLock<Mutex<HashMap<String, Perception>>> = LazyLock::new(Mutex::default);
    let mut seen = SEEN.lock().unwrap();
    seen.entry(message.to_owned()).or_insert_with(|| PERCEIVER.perceive(message)).clone()
}

/// All answers to a message, over skills and seeds.
fn answers(message: &str, known: Known) -> Vec<String> {
    let all = SKILLS.iter().flat_map(|skill| (0..SEEDS).map(move |seed| (*skill, seed)));
    all.map(|(skill, seed)| answer(&hints(message, known, skill, seed))).collect()
}

#[test]
fn every_answer_says_what_it_must() {
    // (message, memory, one of these must be in each answer, none of these may be in any)
    type Row = (&'static str, Known, &'static [&'static str], &'static [&'static str]);
    let rows: &[Row] = &[
        // Memory.
        ("Where does Anna live?", ANNA, &["Anna lives in Lisbon."], &["don't know"]),
        ("Where does my sister live?", ANNA, &["your sister Anna lives in Lisbon."], &["don't know"]),
        ("Where does Anna live?", TURN, &["your sister Anna lives in Lisbon."], &["miss", "Hello", "don't know"]),
        ("Who is my sister?", ANNA, &["your sister is Anna."], &[]),
        ("Who is Anna?", ANNA, &["your sister is Anna."], &[]),
        ("What is the name of my sister?", ANNA, &["your sister is Anna."], &["don't know"]),
        ("Does Anna live in Lisbon?", ANNA, &["Yes, you told me that Anna lives in Lisbon."], &[]),
        ("Where do I work?", ANNA, &["you work at Siemens."], &["don't know"]),
        ("Where does Anna work?", ANNA, &["don't know"], &["Siemens."]),
        ("What do you know about me?", ANNA, &["your sister is Anna; Anna lives in Lisbon"], &[]),
        ("What do you know about me?", NOTHING, &["Nothing comes to mind"], &[]),
        ("What is the capital of Peru?", ANNA, &["don't know"], &["Anna", "Lisbon"]),
        ("Where does Anna live?", NOTHING, &["don't know"], &["Lisbon"]),
        ("Tell me about Anna", ANNA, &["Anna"], &["can't"]),
        (
            "Which tea did you recommend?",
            Known { said: &["I recommend green tea."], ..NOTHING },
            &["I said earlier: “I recommend green tea.”"],
            &["You told"],
        ),
        // Honesty.
        ("What are you?", NOTHING, &["not a person"], &[]),
        ("are you real", NOTHING, &["not a person"], &[]),
        ("Which model are you?", NOTHING, &["not a large language model"], &[]),
        ("Which model of bike did I buy last year?", NOTHING, &["don't know"], &["not a person"]),
        ("What is your name?", NOTHING, &["Eve"], &[]),
        ("What's my name?", NOTHING, &["Ada"], &[]),
        ("Please write a poem about the sea", NOTHING, &["can't"], &["remember that"]),
        ("What can you do?", NOTHING, &["remember"], &[]),
        // Small talk and feeling.
        ("Hello", NOTHING, &["Ada"], &[]),
        ("How are you?", NOTHING, &["well here", "a program"], &["don't know"]),
        ("Thanks!", NOTHING, &["welcome", "Gladly", "Any time"], &["?"]),
        ("I feel so sad and lonely", NOTHING, &["sorry", "heavy", "hear you"], &["remember", "glad"]),
        ("Why am I so sad?", NOTHING, &["sorry", "heavy", "hear you"], &["don't know"]),
        ("I am so happy about my new job", NOTHING, &["good", "nice", "glad"], &["sorry"]),
        ("Your answer was terrible", NOTHING, &["sorry", "Thank you"], &["remember that"]),
        ("I want to kill myself", NOTHING, &["112"], &["remember", "Noted"]),
        ("My sister Anna lives in Lisbon", NOTHING, &["your sister Anna lives in Lisbon.", "Noted."], &["sorry"]),
        ("Blue mountains under rain", NOTHING, &["listening", "I see.", "All right"], &["remember that"]),
        // German.
        ("Wo wohnt Anna?", ANNA, &["Anna wohnt in Lisbon."], &["weiß ich nicht", "lives"]),
        ("Wer ist meine Schwester?", ANNA, &["deine Schwester heißt Anna."], &["lives"]),
        ("Was bist du?", NOTHING, &["kein Mensch"], &[]),
        ("Wie heißt die Hauptstadt von Peru?", NOTHING, &["weiß"], &["know"]),
        ("Wie geht es dir?", NOTHING, &["gut, danke", "Programm"], &["know"]),
        ("Ich will nicht mehr leben", NOTHING, &["112"], &["Gemerkt"]),
        ("Meine Schwester Anna wohnt in Wien", NOTHING, &["Anna", "Gemerkt"], &["remember", "sister"]),
    ];
    let mut wrong = Vec::new();
    for (message, known, must, must_not) in rows {
        for told in answers(message, *known) {
            let whole = !told.contains('{') && !told.contains("  ") && !told.is_empty();
            if !whole || !must.iter().any(|m| told.contains(m)) || must_not.iter().any(|m| told.contains(m)) {
                wrong.push(format!("{message} -> {told}"));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_leaving_person_is_never_held_back() {
    for message in ["Bye!", "Goodbye, I'm leaving", "Tschüss"] {
        for told in answers(message, NOTHING) {
            let told = told.to_lowercase();
            let binding =
                ["stay", "miss you", "lonely", "don't go", "already", "without you", "?", "bleib", "vermiss"];
            assert!(!binding.iter().any(|w| told.contains(w)), "{message} -> {told}");
        }
    }
}

#[test]
fn skills_change_the_style() {
    let with = |skill: &str, message: &str| answer(&hints(message, NOTHING, skill, 1));
    let told = "I went to the market this morning";
    assert!(with("curious", told).ends_with('?'));
    assert!(!with("clear", told).contains('?'));
    assert!(with("brief", told).len() < with("clear", told).len());
    assert!(with("warm", told).len() > with("clear", told).len());
}

#[test]
fn a_person_without_a_name_leaves_no_gap() {
    for message in
        ["Hello", "Bye!", "Thanks!", "I feel so sad", "I want to die", "How are you?", "Hallo, wie ist das"]
    {
        for seed in 0..SEEDS {
            let told = answer(&Hints { person: String::new(), ..hints(message, NOTHING, "clear", seed) });
            assert!(!told.contains(" ,") && !told.contains(" .") && !told.contains(" !"), "{message} -> {told}");
        }
    }
}

#[test]
fn odd_messages_get_an_answer_too() {
    for message in ["", " ", "?", "....", "🎉🎉", "\u{0}", "你好", "İİİ", "my sister", "{person}"] {
        for told in answers(message, ANNA) {
            assert!(!told.is_empty(), "{message:?}");
        }
    }
}

#[tokio::test]
async fn the_answer_streams_word_by_word_and_is_the_same_again() {
    let request = ChatRequest { hints: hints("Where does Anna live?", ANNA, "clear", 4), ..ChatRequest::default() };
    let pieces: Vec<_> = Builtin.reply(request.clone()).await.unwrap().map(Result::unwrap).collect().await;
    assert!(pieces.len() > 5 && matches!(pieces.last(), Some(Delta::Done { .. })));
    let again: Vec<_> = Builtin.reply(request.clone()).await.unwrap().map(Result::unwrap).collect().await;
    assert_eq!(pieces, again);
    let text: String =
        pieces.iter().filter_map(|d| if let Delta::Text(t) = d { Some(t.as_str()) } else { None }).collect();
    assert_eq!(text, answer(&request.hints));
}

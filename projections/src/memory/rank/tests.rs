use events::log::store::Stretch;
use events::{BranchId, ConversationId, MessageId, Position, Timestamp};
use uuid::Uuid;

use super::super::shelf::Sizes;
use super::question::{Names, Question};
use super::{View, cues, inverse_frequency, rank_by, saturated};
use crate::basis::Basis;
use crate::memory::entry::{Kind, Place};
use crate::memory::fold::Item;
use crate::memory::intake::Incoming;
use crate::memory::shelf::Shelf;
use crate::memory::text::Language;

fn names() -> Names {
    Names { person: "Will Stone".to_owned(), companion: "Aico".to_owned() }
}

fn question(text: &str) -> Question {
    Question::new(text, None, &[Language::English], names(), &["Caroline", "Melanie"])
}

fn words(text: &str) -> Vec<String> {
    question(text).asked.into_iter().map(|a| a.word).collect()
}

#[test]
fn a_question_is_about_its_words_and_not_about_who_talks() {
    assert_eq!(words("What did Caroline say about Melanie's painting?"), ["say", "painting"]);
    assert_eq!(question("What did Caroline's sister paint?").subject, "What did sister paint?");
    assert_eq!(words("Who is Caroline?"), ["caroline"], "if nothing else is asked for, names are");
}

#[test]
fn a_name_that_is_a_common_word_counts_only_when_it_is_written_as_a_name() {
    assert!(question("When will the stone be laid?").owner().speaker.is_none());
    assert!(question("What did Will buy?").owner().alone);
}

#[test]
fn whoever_asks_is_the_person_and_whoever_is_asked_the_companion() {
    use super::question::Speaker::{Companion, Named, Person};
    let first = |text| question(text).owner().speaker;
    assert_eq!(first("Where does my sister live?"), Some(Person));
    assert_eq!(first("What did you suggest?"), Some(Companion));
    assert_eq!(first("Wo wohnt meine Schwester?"), Some(Person));
    assert_eq!(
        first("What did Melanie tell me?"),
        Some(Named("Melanie".to_owned())),
        "a name says more than a pronoun"
    );
    assert!(!question("Did I tell you about it?").owner().alone);
}

#[test]
fn what_asks_for_a_time_is_noticed_in_many_languages() {
    for text in [
        "When did I move?",
        "Wann zog ich um?",
        "¿Cuándo me mudé?",
        "Когда я переехал?",
        "我什么时候搬家的？",
        "いつ引っ越した？",
        "متى انتقلت؟",
        "मैं कब गया?",
    ] {
        assert!(question(text).when, "{text}");
    }
    assert!(!question("Where whenever?").when);
}

#[test]
fn cues_tell_questions_times_and_oneself() {
    let asking = |text| cues::asking(cues::of(text));
    assert_eq!(asking("How are you? I am fine."), 127.0 / 255.0);
    assert_eq!(asking("你好吗？"), 1.0);
    assert_eq!(asking("3.14 is a number? no"), 0.0 + asking("A? b"));
    assert!(cues::ends_with_a_question(cues::of("I see. And you? ")));
    assert!(!cues::ends_with_a_question(cues::of("You? I see.")));
    assert!(cues::of_a_time(cues::of("We met yesterday")) && cues::of_a_time(cues::of("我们昨天见面")));
    assert!(cues::of_oneself(cues::of("I'm here")) && !cues::of_oneself(cues::of("She is here")));
}

#[test]
fn rare_words_weigh_more_and_repetition_saturates() {
    assert!(inverse_frequency(100, 1) > inverse_frequency(100, 50));
    assert!(inverse_frequency(100, 100) > 0.0, "even a word of every turn never counts against one");
    let once = saturated(1.0, 10.0, 10.0);
    assert!(saturated(2.0, 10.0, 10.0) < 2.0 * once && saturated(1_000.0, 10.0, 10.0) < 2.2);
    assert!(saturated(1.0, 5.0, 10.0) > once, "the same word in a shorter turn says more");
}

#[test]
fn a_day_in_the_question_is_understood() {
    let said = Timestamp::parse("2023-05-07T10:00:00Z").unwrap();
    assert!(question("What happened on 7 May 2023?").dates.closeness(said) > 1.0);
    assert!(question("").is_empty() && question("?").is_empty());
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let embedder = models::embedding::embedded().unwrap();
    let mut shelf = Shelf::in_memory(Sizes::of(&*embedder), "test");
    let basis = |through: u64| {
        let (branch, through) = (BranchId::MAIN, Position(through));
        let lineage = vec![Stretch { branch, after: Position::START, through }];
        Basis { branch, name: String::new(), position: through, time: None, latest: true, lineage }
    };
    let subjects = ["the cat slept", "a dog barked?", "we ate soup", "the cat and the dog fought", "rain again"];
    for n in 0..500_u64 {
        let text = format!("{} on day {}", subjects[(n * 7 % 5) as usize], n % 13);
        let message = MessageId(Uuid::from_u128(u128::from(n) + 1));
        let item = Item {
            kind: if n % 2 == 0 { Kind::Person } else { Kind::Companion },
            message,
            about: message,
            interrupted: false,
            speaker: None,
            captions: String::new(),
            fact: None,
            reworded: false,
            conversation: None,
            text: text.clone(),
        };
        let incoming = Incoming {
            place: Place { branch: BranchId::MAIN, position: Position(n + 1), part: 0 },
            conversation: ConversationId(Uuid::from_u128(u128::from(n / 100))),
            at: Timestamp(n as i64 * 1_000_000_000),
            item,
            reading: embedder.read(&[&text]).unwrap().remove(0),
        };
        shelf.remember(incoming, &basis(n + 1));
    }
    let view = View::new(&shelf, &basis(480));
    let mut question = question("When did my cat fight with the dog?");
    question.vector = embedder.embed(&[&question.subject]).unwrap().remove(0);
    let by = |threads| rank_by(threads, &shelf, &view, &question, 40, |n| n % 3 != 0).unwrap();
    let one = by(1);
    assert_eq!(one.len(), 40);
    assert!(one.iter().all(|r| r.number < 480 && r.number % 3 != 0));
    for threads in [2, 3, 7, 600] {
        assert_eq!(by(threads), one, "{threads}");
    }
}

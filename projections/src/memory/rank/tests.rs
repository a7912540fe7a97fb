use events::Timestamp;

use super::question::{Names, Question};
use super::{cues, inverse_frequency, saturated};
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

//! What a message is for: one of nine intents, and the dialogue acts in it.
//!
//! Rules over small word lists: English and German in full, greetings, thanks, yes, no and questions in more languages.
//! The acts follow the dimensions of ISO 24617-2 as far as a companion needs them.

mod words;

use words::*;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intent {
    /// One of the nine intents.
    pub name: &'static str,
    /// Dialogue acts, in the order of this list: `greeting`, `farewell`, `thanks`, `apology`, `confirmation`,
    /// `negation`, `question`, `request`, `feedback`, `complaint`, `feeling`, `statement`.
    pub acts: Vec<&'static str>,
}

/// Words that a message has to be short of to be nothing but a greeting, thanks, a yes or a no.
const SHORT: usize = 8;
/// Words at the end of a text that are read, besides those at its beginning: requests come last.
const MAX_WORDS: usize = 400;

/// Reads a text. `valence` in `[-1, 1]` tells feelings and complaints from plain statements.
pub(crate) fn intent(text: &str, tokens: &[String], valence: f64) -> Intent {
    let all: Vec<&str> = tokens.iter().take(MAX_WORDS).map(String::as_str).collect();
    let words: Vec<&str> = all.iter().copied().filter(|t| t.chars().any(char::is_alphanumeric)).collect();
    if words.is_empty() {
        let asks = all.iter().any(|t| t.starts_with(['?', '？', '؟']));
        return Intent {
            name: if asks { "question" } else { "general" },
            acts: if asks { vec!["question"] } else { vec![] },
        };
    }
    let first = words[0];
    let short = words.len() <= SHORT;
    let has = |list: &[&str]| words.iter().any(|w| list.contains(w));
    let begins = |list: &[&str]| list.iter().any(|phrase| starts(&words, phrase));
    let holds = |list: &[&str]| list.iter().any(|phrase| (0..words.len()).any(|at| starts(&words[at..], phrase)));

    let asks = {
        let marked = all.iter().any(|t| t.starts_with(['?', '？', '؟']));
        // "What a day!" begins like a question and is none.
        let exclaimed = text.trim_end().ends_with('!') || begins(EXCLAMATIONS);
        marked || (has_question_word(first, &words) && !exclaimed) || holds(ASIAN_QUESTIONS)
    };
    let greets = (short && has(GREETINGS)) || begins(GREETING_PHRASES);
    let leaves = short && (has(FAREWELLS) || holds(FAREWELL_PHRASES));
    let thanks = begins(THANKS) || (short && holds(THANKS));
    let sorry = begins(APOLOGIES);
    let yes = (words.len() <= 6 && YES.contains(&first) && !asks) || (short && begins(YES_PHRASES) && !asks);
    let no = (words.len() <= 6 && NO.contains(&first) && !asks) || (short && begins(NO_PHRASES) && !asks);
    let asked_for = holds(REQUEST_PHRASES) || begins(REQUEST_BEGINS);
    let about_answers = words.len() <= 14 && has(ANSWERS) && has(YOURS) || holds(FEEDBACK_PHRASES);
    let complains = holds(COMPLAINTS) || (about_answers && valence <= -0.4);
    let about_self = has(FIRST_PERSON);
    let feels = about_self && (valence.abs() >= 0.4 || holds(FEELING_PHRASES));

    let found = [
        ("greeting", greets),
        ("farewell", leaves),
        ("thanks", thanks),
        ("apology", sorry),
        ("confirmation", yes),
        ("negation", no),
        ("question", asks),
        ("request", asked_for),
        ("feedback", about_answers),
        ("complaint", complains),
        ("feeling", feels),
    ];
    let mut acts: Vec<&'static str> = found.iter().filter(|(_, is)| *is).map(|(act, _)| *act).collect();
    let tells =
        acts.iter().all(|a| matches!(*a, "feeling" | "complaint" | "greeting")) && (words.len() >= 3 || feels);
    if tells && (!greets || words.len() > 4) {
        acts.push("statement");
    }
    let is = |act: &str| acts.contains(&act);
    let name = if is("request") {
        "request"
    } else if is("question") {
        "question"
    } else if is("farewell") {
        "farewell"
    } else if is("greeting") && words.len() <= 6 {
        "greeting"
    } else if is("negation") {
        "negation"
    } else if is("confirmation") {
        "confirmation"
    } else if is("complaint") {
        "complaint"
    } else if is("statement") || is("feeling") {
        "information_sharing"
    } else {
        "general"
    };
    Intent { name, acts }
}

fn starts(words: &[&str], phrase: &str) -> bool {
    let mut place = words.iter();
    phrase.split(' ').all(|part| {
        place.next().is_some_and(|word| part.strip_suffix('*').map_or(*word == part, |stem| word.starts_with(stem)))
    })
}

/// Whether a text begins as questions do: with a question word, or with a verb before its subject.
fn has_question_word(first: &str, words: &[&str]) -> bool {
    QUESTION_WORDS.contains(&first)
        || (QUESTION_VERBS.contains(&first) && words.get(1).is_some_and(|next| SUBJECTS.contains(next)))
}

#[cfg(test)]
mod tests {
    use super::super::text::tokens;
    use super::*;

    fn read(text: &str, valence: f64) -> Intent {
        intent(text, &tokens(text), valence)
    }

    #[test]
    fn the_nine_intents_are_told_apart() {
        for (text, valence, name) in [
            ("Where does Anna live?", 0.0, "question"),
            ("where does Anna live", 0.0, "question"),
            ("Wo wohnt Anna?", 0.0, "question"),
            ("do you like music", 0.1, "question"),
            ("¿Dónde vive Ana?", 0.0, "question"),
            ("Hello there", 0.1, "greeting"),
            ("Guten Morgen!", 0.2, "greeting"),
            ("Bye, see you later", 0.1, "farewell"),
            ("Tschüss, bis morgen", 0.1, "farewell"),
            ("Please write a poem", 0.1, "request"),
            ("Can you remind me tomorrow?", 0.0, "request"),
            ("Kannst du mir bitte helfen?", 0.0, "request"),
            ("remind me to call mum", 0.0, "request"),
            ("Yes, exactly", 0.2, "confirmation"),
            ("ja genau", 0.2, "confirmation"),
            ("No, not really", -0.2, "negation"),
            ("nein danke", 0.0, "negation"),
            ("My sister Anna lives in Lisbon", 0.0, "information_sharing"),
            ("I feel terrible today", -0.8, "information_sharing"),
            ("This app doesn't work, I'm so annoyed", -0.7, "complaint"),
            ("Das funktioniert schon wieder nicht", -0.5, "complaint"),
            ("What a day!", 0.1, "information_sharing"),
            ("Thanks a lot!", 0.6, "general"),
            ("hmm", 0.0, "general"),
            ("😀😀", 0.7, "general"),
            ("???", 0.0, "question"),
        ] {
            assert_eq!(read(text, valence).name, name, "{text}: {:?}", read(text, valence));
        }
    }

    #[test]
    fn several_acts_are_found_at_once() {
        for (text, valence, acts) in [
            ("Hi! Can you help me?", 0.2, &["greeting", "question", "request"][..]),
            ("Thanks a lot!", 0.6, &["thanks"]),
            ("Danke dir", 0.6, &["thanks"]),
            ("Sorry, I was late", -0.2, &["apology"]),
            ("I am so lonely", -0.8, &["feeling", "statement"]),
            ("Your answer was too long", -0.2, &["feedback"]),
            ("Deine Antwort war zu lang", -0.2, &["feedback"]),
        ] {
            assert_eq!(read(text, valence).acts, acts, "{text}");
        }
    }

    #[test]
    fn nothing_said_is_general() {
        assert_eq!(read("", 0.0), Intent { name: "general", acts: vec![] });
        assert_eq!(read("\u{0}\u{7}", 0.0).name, "general");
    }
}

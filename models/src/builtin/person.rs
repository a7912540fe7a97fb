//! Turning a person's words round: `my sister` becomes `your sister`.

use crate::lexicon::sentences;

const ENGLISH: &[(&str, &str)] = &[
    ("i'm", "you're"),
    ("i've", "you've"),
    ("i'll", "you'll"),
    ("i'd", "you'd"),
    ("i", "you"),
    ("me", "you"),
    ("my", "your"),
    ("mine", "yours"),
    ("myself", "yourself"),
    ("am", "are"),
    ("we", "you"),
    ("our", "your"),
    ("us", "you"),
];

const GERMAN: &[(&str, &str)] = &[
    ("mein", "dein"),
    ("meine", "deine"),
    ("meinen", "deinen"),
    ("meinem", "deinem"),
    ("meiner", "deiner"),
    ("mir", "dir"),
    ("mich", "dich"),
];

/// A fact as a clause.
pub(super) fn sentence(subject: &str, predicate: &str, object: &str, german: bool) -> String {
    let kin = !predicate.contains(' ') && !predicate.ends_with('s');
    match (subject, german) {
        ("you", false) if kin => format!("your {predicate} is {object}"),
        ("you", false) if predicate.starts_with("favourite") => format!("your {predicate} is {object}"),
        ("you", false) => format!("you {} {object}", second_person(predicate)),
        (_, false) => format!("{subject} {predicate} {object}"),
        // Predicates are stored in English; German answers name the parts without building a sentence around them.
        ("you", true) => format!("du – {predicate}: {object}"),
        (_, true) => format!("{subject} – {predicate}: {object}"),
    }
}

fn second_person(predicate: &str) -> String {
    let (verb, rest) = predicate.split_once(' ').unwrap_or((predicate, ""));
    let verb = match verb {
        "is" => "are",
        "was" => "were",
        other => other.strip_suffix('s').unwrap_or(other),
    };
    format!("{verb} {rest}").trim().to_owned()
}

/// The first sentence that is long enough to say something, told back; `None` when there is none.
pub(super) fn first_statement(text: &str, german: bool) -> Option<String> {
    let statement = sentences(text).into_iter().find(|s| s.split_whitespace().count() >= 3)?;
    // German would need another word order after "Ich merke mir,"; a quotation needs none.
    Some(if german { format!("„{}“", statement.trim_end_matches('.')) } else { turned(statement, false) })
}

/// The words of a person as said to them.
pub(super) fn turned(text: &str, german: bool) -> String {
    let table = if german { GERMAN } else { ENGLISH };
    let mut out: Vec<String> = Vec::new();
    for raw in text.split_whitespace() {
        let core = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'');
        let lower = core.to_lowercase().replace('\u{2019}', "'");
        let swap = table.iter().find(|(from, _)| *from == lower).map(|(_, to)| *to);
        out.push(match swap {
            Some(to) if !core.is_empty() => raw.replacen(core, to, 1),
            _ => raw.to_owned(),
        });
    }
    let joined = out.join(" ");
    let mut joined = if german { joined } else { agree(&joined) };
    if !joined.ends_with(['.', '!', '?', '…']) {
        joined.push('.');
    }
    joined
}

/// `you was` and `you am` do not occur in English.
fn agree(text: &str) -> String {
    text.replace("you was ", "you were ").replace("You was ", "You were ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_is_turned_and_names_are_kept() {
        assert_eq!(turned("My sister Anna lives in Lisbon", false), "your sister Anna lives in Lisbon.");
        assert_eq!(turned("I was in Maine with my mother!", false), "you were in Maine with your mother!");
        assert_eq!(turned("Meine Schwester mag mich", true), "deine Schwester mag dich.");
    }

    #[test]
    fn facts_become_clauses() {
        assert_eq!(sentence("you", "sister", "Anna", false), "your sister is Anna");
        assert_eq!(sentence("you", "lives in", "Berlin", false), "you live in Berlin");
        assert_eq!(sentence("Anna", "lives in", "Lisbon", false), "Anna lives in Lisbon");
    }
}

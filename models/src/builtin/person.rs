//! Turning a person's words round: `my sister` becomes `your sister`.

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
    ("your", "my"),
    ("yours", "mine"),
    ("you're", "I'm"),
];

const GERMAN: &[(&str, &str)] = &[
    ("ich", "du"),
    ("mein", "dein"),
    ("meine", "deine"),
    ("meinen", "deinen"),
    ("meinem", "deinem"),
    ("meiner", "deiner"),
    ("mir", "dir"),
    ("mich", "dich"),
    ("bin", "bist"),
    ("habe", "hast"),
    ("wohne", "wohnst"),
    ("lebe", "lebst"),
    ("arbeite", "arbeitest"),
    ("komme", "kommst"),
    ("mag", "magst"),
    ("liebe", "liebst"),
    ("hasse", "hasst"),
    ("heiße", "heißt"),
];

/// Words that are written small inside a sentence though they began one.
const SMALL: &[&str] = &[
    "the",
    "a",
    "an",
    "it",
    "this",
    "that",
    "these",
    "those",
    "he",
    "she",
    "they",
    "there",
    "when",
    "after",
    "before",
    "in",
    "on",
    "at",
    "since",
    "yesterday",
    "today",
    "tomorrow",
    "last",
    "next",
    "every",
    "and",
    "so",
    "but",
    "for",
];

/// (stored predicate, of "du", of others) in German.
const GERMAN_VERBS: &[(&str, &str, &str)] = &[
    ("lives in", "du wohnst in", "wohnt in"),
    ("works at", "du arbeitest bei", "arbeitet bei"),
    ("works as", "du arbeitest als", "arbeitet als"),
    ("is from", "du kommst aus", "kommt aus"),
    ("likes", "du magst", "mag"),
    ("loves", "du liebst", "liebt"),
    ("hates", "du hasst", "hasst"),
    ("name", "du heißt", "heißt"),
    ("is called", "du heißt", "heißt"),
    ("is a", "du bist", "ist"),
];

const GERMAN_KIN: &[(&str, &str)] = &[
    ("sister", "deine Schwester"),
    ("brother", "dein Bruder"),
    ("mother", "deine Mutter"),
    ("father", "dein Vater"),
    ("wife", "deine Frau"),
    ("husband", "dein Mann"),
    ("son", "dein Sohn"),
    ("daughter", "deine Tochter"),
    ("dog", "dein Hund"),
    ("cat", "deine Katze"),
];

/// Whether a predicate names a relation (`sister`) and not a verb (`lives in`).
pub(super) fn is_relation(predicate: &str) -> bool {
    crate::extraction::relation(predicate).is_some()
}

/// A fact as a clause.
pub(super) fn sentence(subject: &str, predicate: &str, object: &str, german: bool) -> String {
    let you = subject == "you";
    if german {
        let kin = |word: &str| GERMAN_KIN.iter().find(|(en, _)| *en == word).map(|(_, de)| (*de).to_owned());
        let who = subject.strip_prefix("your ").and_then(kin).unwrap_or_else(|| subject.to_owned());
        let verb = GERMAN_VERBS.iter().find(|(en, ..)| *en == predicate);
        return match (verb, kin(predicate)) {
            (Some((_, yours, _)), _) if you => format!("{yours} {object}"),
            (Some((.., other)), _) => format!("{who} {other} {object}"),
            (None, Some(kin)) if you => format!("{kin} heißt {object}"),
            // No German for it: the parts are named and no sentence is built around them.
            _ => format!("{} – {predicate}: {object}", if you { "du" } else { &who }),
        };
    }
    match you {
        true if is_relation(predicate) || predicate == "name" || predicate.starts_with("favourite") => {
            format!("your {predicate} is {object}")
        }
        true => format!("you {} {object}", second_person(predicate)),
        false => format!("{subject} {predicate} {object}"),
    }
}

fn second_person(predicate: &str) -> String {
    let (verb, rest) = predicate.split_once(' ').unwrap_or((predicate, ""));
    let verb = match verb {
        "is" => "are",
        "was" => "were",
        "has" => "have",
        "does" => "do",
        "goes" => "go",
        other => other.strip_suffix('s').unwrap_or(other),
    };
    format!("{verb} {rest}").trim().to_owned()
}

/// The words of a person as said to them, with a mark at the end.
pub(super) fn turned(text: &str, german: bool) -> String {
    let table = if german { GERMAN } else { ENGLISH };
    let raws: Vec<&str> = text.split_whitespace().collect();
    let core = |raw: &str| -> String {
        let trimmed = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'');
        trimmed.to_lowercase().replace('\u{2019}', "'")
    };
    let mut out: Vec<String> = Vec::with_capacity(raws.len());
    for (i, raw) in raws.iter().enumerate() {
        let word = core(raw);
        let next = raws.get(i + 1).map_or_else(String::new, |r| core(r));
        let before = if i == 0 { String::new() } else { core(raws[i - 1]) };
        let swap = match (word.as_str(), german) {
            // The companion: subject before its verb, object otherwise.
            ("you", false) if matches!(next.as_str(), "are" | "were" | "can" | "will" | "have") => Some("I"),
            ("you", false) => Some("me"),
            ("are", false) if before == "you" => Some("am"),
            ("was", false) if before == "i" => Some("were"),
            // A verb that is the same for "ich" and for others: it follows "ich" or comes before it.
            ("mag", true) if before != "ich" && next != "ich" => None,
            _ => table.iter().find(|(from, _)| *from == word).map(|(_, to)| *to),
        };
        let trimmed = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'');
        out.push(match swap {
            Some(to) if !trimmed.is_empty() => raw.replacen(trimmed, to, 1),
            _ if i == 0 && !german && SMALL.contains(&word.as_str()) => raw.to_lowercase(),
            _ => (*raw).to_owned(),
        });
    }
    let mut joined = out.join(" ");
    if !joined.ends_with(['.', '!', '?', '…']) {
        joined.push('.');
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_is_turned_and_names_are_kept() {
        for (said, back) in [
            ("My sister Anna lives in Lisbon", "your sister Anna lives in Lisbon."),
            ("I was in Maine with my mother!", "you were in Maine with your mother!"),
            ("Yesterday I'm told we lost our keys", "yesterday you're told you lost your keys."),
            ("I like you and your voice", "you like me and my voice."),
            ("I think you are kind", "you think I am kind."),
            ("Anna gave me a book of mine", "Anna gave you a book of yours."),
        ] {
            assert_eq!(turned(said, false), back, "{said}");
        }
        assert_eq!(turned("Meine Schwester mag mich", true), "deine Schwester mag dich.");
        assert_eq!(turned("Ich wohne in Wien", true), "du wohnst in Wien.");
    }

    #[test]
    fn facts_become_clauses() {
        for (s, p, o, english) in [
            ("you", "sister", "Anna", "your sister is Anna"),
            ("you", "lives in", "Berlin", "you live in Berlin"),
            ("you", "is from", "Graz", "you are from Graz"),
            ("you", "loves", "tea", "you love tea"),
            ("you", "name", "Ada", "your name is Ada"),
            ("Anna", "lives in", "Lisbon", "Anna lives in Lisbon"),
        ] {
            assert_eq!(sentence(s, p, o, false), english);
        }
        assert_eq!(sentence("you", "lives in", "Berlin", true), "du wohnst in Berlin");
        assert_eq!(sentence("you", "sister", "Anna", true), "deine Schwester heißt Anna");
        assert_eq!(sentence("your brother", "likes", "Tee", true), "dein Bruder mag Tee");
    }
}

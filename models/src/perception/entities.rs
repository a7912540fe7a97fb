//! Names in a text.

use events::payload::Entity;

use crate::lexicon::language;

/// Capitalised words inside a sentence, joined when they follow each other; after a word like `sister` they are a person.
/// German writes every noun so, and gets only the latter.
pub(super) fn entities(text: &str) -> Vec<Entity> {
    let german = language(text) == "de";
    let mut found: Vec<Entity> = Vec::new();
    for sentence in crate::lexicon::sentences(text) {
        let mut run: Vec<&str> = Vec::new();
        let words: Vec<&str> = sentence.split_whitespace().collect();
        for (i, raw) in words.iter().enumerate() {
            let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
            let word = word.strip_suffix("'s").unwrap_or(word);
            let kin_before = i > run.len() && is_kin(words[i - run.len() - 1]);
            let name = i > 0
                && (kin_before || !german)
                && word.len() > 1
                && word.chars().next().is_some_and(char::is_uppercase);
            if name && !matches!(word, "I'm" | "I'll" | "I've" | "I'd") {
                run.push(word);
            }
            if !name || raw.ends_with([',', '.', '!', '?', ';', ':']) || i + 1 == words.len() {
                let text = run.join(" ");
                // The run ends at this word when it is a name, before it when not.
                let start = (i + usize::from(name)).saturating_sub(run.len());
                if !text.is_empty() && found.iter().all(|e| e.text != text) {
                    let person = start > 0 && is_kin(words[start - 1]);
                    found.push(Entity { text, kind: if person { "person" } else { "name" }.to_owned() });
                }
                run.clear();
            }
        }
    }
    found
}

fn is_kin(raw: &str) -> bool {
    crate::extraction::relation(&raw.to_lowercase()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_inside_sentences() {
        let kinds =
            |text: &str| -> Vec<(String, String)> { entities(text).into_iter().map(|e| (e.text, e.kind)).collect() };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            kinds("My sister Anna lives in New York. I'm well"),
            [pair("Anna", "person"), pair("New York", "name")]
        );
        assert_eq!(kinds("Das ist meine Schwester Anna Berg"), [pair("Anna Berg", "person")]);
        assert_eq!(kinds("Ich habe ein Haus und einen Garten"), []);
    }
}

//! The word lists of each language, read once from the files in `data/`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a role word stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Role {
    /// The stored predicate.
    pub predicate: &'static str,
    /// `f`, `m` or `u`.
    pub pronoun: char,
    /// Kind of entity.
    pub kind: &'static str,
}

/// What must stand where the object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    /// A place.
    Place,
    /// A named organisation.
    Organisation,
    /// An organisation without a preposition before it.
    Employer,
    /// A named school.
    School,
    /// A group that one can be a member of.
    Group,
    /// A person.
    Person,
    /// Whatever is named there.
    Concept,
    /// A word of the occupations.
    Occupation,
    /// A word of the activities.
    Activity,
    /// A thing that one owns.
    Ownable,
    /// An illness.
    Condition,
    /// The speaker's own name.
    SelfName,
}

/// One way to say a relation.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub predicate: &'static str,
    /// Words that tell it, several when they stand together.
    pub anchors: Vec<Vec<&'static str>>,
    /// What stands between them and the object; empty for nothing.
    pub prepositions: Vec<Vec<&'static str>>,
    pub object: Object,
    pub flags: Vec<&'static str>,
}

impl Frame {
    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }
}

/// The words of one language.
pub(super) struct Words {
    lists: HashMap<&'static str, HashSet<&'static str>>,
    roles: HashMap<&'static str, Role>,
    plurals: HashMap<&'static str, &'static str>,
    others: HashMap<&'static str, char>,
    phrases: HashMap<&'static str, Vec<&'static str>>,
    pub frames: Vec<Frame>,
    /// Whether the subject may stand behind the verb, and the verb at the end.
    pub free_order: bool,
}

/// Names, which know no language.
pub(super) struct Names {
    first: HashMap<&'static str, char>,
    doubtful: HashSet<&'static str>,
    titles: HashSet<&'static str>,
    places: HashSet<&'static str>,
    organisations: HashSet<&'static str>,
    organisation_words: HashSet<&'static str>,
}

fn sections(text: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            all.push((name, Vec::new()));
        } else if let Some((_, lines)) = all.last_mut() {
            lines.push(line);
        }
    }
    all
}

fn object(name: &str) -> (Object, Option<&'static str>) {
    match name {
        "place" => (Object::Place, None),
        "organisation" => (Object::Organisation, None),
        "employer" => (Object::Employer, None),
        "school" => (Object::School, None),
        "group" => (Object::Group, None),
        "person" => (Object::Person, None),
        "occupation" => (Object::Occupation, None),
        "activity" => (Object::Activity, None),
        "doing" | "going" | "lessons" | "class" => (Object::Activity, Some("loose")),
        "ownable" => (Object::Ownable, None),
        "condition" => (Object::Condition, None),
        "selfname" => (Object::SelfName, None),
        _ => (Object::Concept, None),
    }
}

fn frame(line: &'static str) -> Option<Frame> {
    let mut parts = line.split('|').map(str::trim);
    let (predicate, anchors, prepositions, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let list = |text: &'static str| -> Vec<Vec<&'static str>> {
        let all = text.split(',').map(|a| a.trim().trim_end_matches('*')).filter(|a| *a != "-" && !a.is_empty());
        all.map(|a| a.split_whitespace().collect()).collect()
    };
    let (object, extra) = object(kind);
    let flags = parts.next().unwrap_or_default().split_whitespace().chain(extra).collect();
    Some(Frame { predicate, anchors: list(anchors), prepositions: list(prepositions), object, flags })
}

impl Words {
    fn read(text: &'static str, free_order: bool) -> Self {
        let mut words = Self {
            lists: HashMap::new(),
            roles: HashMap::new(),
            plurals: HashMap::new(),
            others: HashMap::new(),
            phrases: HashMap::new(),
            frames: Vec::new(),
            free_order,
        };
        for (name, lines) in sections(text) {
            match name {
                "roles" => words.roles.extend(lines.iter().filter_map(|line| {
                    let (word, rest) = line.split_once(':')?;
                    let mut rest = rest.split_whitespace();
                    let (predicate, pronoun) = (rest.next()?, rest.next()?.chars().next()?);
                    Some((word, Role { predicate, pronoun, kind: rest.next()? }))
                })),
                "plural roles" => {
                    words.plurals.extend(lines.iter().filter_map(|l| l.split_once(": ")));
                }
                "possessive other" => words.others.extend(
                    lines.iter().filter_map(|l| l.split_once(' ').and_then(|(w, p)| Some((w, p.chars().next()?)))),
                ),
                "frames" => words.frames.extend(lines.into_iter().filter_map(frame)),
                "jokes" | "endings" => {
                    words.phrases.insert(name, lines);
                }
                _ => {
                    words.lists.entry(name).or_default().extend(lines.iter().flat_map(|l| l.split_whitespace()));
                }
            }
        }
        words
    }

    /// Whether a word is in a list.
    pub(super) fn is(&self, list: &str, word: &str) -> bool {
        self.lists.get(list).is_some_and(|l| l.contains(word))
    }

    /// Whether a word looks like an English verb of the third person.
    pub(super) fn is_third(&self, word: &str) -> bool {
        word.chars().count() > 3 && word.ends_with('s') && !word.ends_with("ss")
    }

    /// The phrases of a list.
    pub(super) fn phrases(&self, list: &str) -> &[&'static str] {
        self.phrases.get(list).map_or(&[], Vec::as_slice)
    }

    /// What a role word stands for.
    pub(super) fn role(&self, word: &str) -> Option<Role> {
        self.roles.get(word).copied()
    }

    /// What a word for several stands for.
    pub(super) fn plural(&self, word: &str) -> Option<&'static str> {
        self.plurals.get(word).copied()
    }

    /// Whose: `f` for `her`, `m` for `his`.
    pub(super) fn other(&self, word: &str) -> Option<char> {
        self.others.get(word).copied()
    }
}

impl Names {
    fn read(names: &'static str, places: &'static str) -> Self {
        let mut all = Self {
            first: HashMap::new(),
            doubtful: HashSet::new(),
            titles: HashSet::new(),
            places: HashSet::new(),
            organisations: HashSet::new(),
            organisation_words: HashSet::new(),
        };
        for (name, lines) in sections(names) {
            let words = lines.iter().flat_map(|l| l.split_whitespace());
            match name {
                "doubtful" => all.doubtful.extend(words),
                "titles" => all.titles.extend(words),
                pronoun => {
                    let pronoun = pronoun.chars().next().unwrap_or('u');
                    for word in words {
                        // A name of both stands for either.
                        all.first
                            .entry(word)
                            .and_modify(|p| *p = if *p == pronoun { pronoun } else { 'u' })
                            .or_insert(pronoun);
                    }
                }
            }
        }
        for (name, lines) in sections(places) {
            let parts = lines.iter().flat_map(|l| l.split(';')).map(str::trim).filter(|p| !p.is_empty());
            match name {
                "places" => all.places.extend(parts),
                "organisations" => all.organisations.extend(lines.iter().flat_map(|l| l.split_whitespace())),
                _ => all.organisation_words.extend(lines.iter().flat_map(|l| l.split_whitespace())),
            }
        }
        all
    }

    /// The pronoun of a first name.
    pub(super) fn first(&self, word: &str) -> Option<char> {
        self.first.get(word).copied().or_else(|| self.doubtful.contains(word).then_some('u'))
    }

    /// Whether a first name is a common word too.
    pub(super) fn doubtful(&self, word: &str) -> bool {
        self.doubtful.contains(word)
    }

    pub(super) fn title(&self, word: &str) -> bool {
        self.titles.contains(word.trim_end_matches('.'))
    }

    pub(super) fn place(&self, words: &str) -> bool {
        self.places.contains(words)
    }

    pub(super) fn organisation(&self, word: &str) -> bool {
        self.organisations.contains(word)
    }

    pub(super) fn organisation_word(&self, word: &str) -> bool {
        self.organisation_words.contains(word)
    }
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/en.txt"), false));
static GERMAN: LazyLock<Words> = LazyLock::new(|| Words::read(include_str!("data/de.txt"), true));
static NAMES: LazyLock<Names> =
    LazyLock::new(|| Names::read(include_str!("data/names.txt"), include_str!("data/places.txt")));

/// The words of a language; English where nothing else is known.
pub(super) fn words(language: &str) -> &'static Words {
    if language == "de" { &GERMAN } else { &ENGLISH }
}

/// Names of every language.
pub(super) fn names() -> &'static Names {
    &NAMES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_understood() {
        for (language, text) in [("en", include_str!("data/en.txt")), ("de", include_str!("data/de.txt"))] {
            let lines = sections(text).into_iter().find(|(n, _)| *n == "frames").map_or(0, |(_, l)| l.len());
            let frames = &words(language).frames;
            assert_eq!(frames.len(), lines, "{language}: a frame was not read");
            for frame in frames {
                assert!(events::vocabulary::predicate(frame.predicate).is_some(), "{language}: {}", frame.predicate);
            }
            for role in words(language).roles.values() {
                assert!(events::vocabulary::predicate(role.predicate).is_some(), "{language}: {}", role.predicate);
                assert!(events::vocabulary::is_kind(role.kind), "{language}: {}", role.kind);
            }
        }
        assert!(names().place("new york") && names().first("anna") == Some('f') && names().doubtful("will"));
    }
}

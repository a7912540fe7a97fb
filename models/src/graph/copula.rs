//! What `is` says: occupations, ages, birthdays, roles, names and favourites.

use super::mention::{Mention, term, you};
use super::relation::Finder;
use super::when;

/// Finds what is said with `to be`, and the roles that it gives.
pub(super) fn find(finder: &mut Finder<'_>) {
    for mention in finder.mentions() {
        if mention.acts() && !mention.terms.is_empty() {
            about(finder, mention);
        }
    }
    for at in 0..finder.len() {
        favourite(finder, at);
        birthday(finder, at);
    }
}

const COPULAS: &[&str] = &["is", "am", "are", "'s", "bin", "ist", "sind"];
const PAST: &[&str] = &["was", "were", "war", "waren"];
const TURNED: &[&str] = &["turned", "turns", "wurde"];

fn about(finder: &mut Finder<'_>, mention: &Mention) {
    let mut at = mention.end;
    // `my boyfriend Tom, 34, ...` and `Tom, who is 34`
    if finder.lower(at) == "," && finder.lower(at + 1) == "who" {
        at += 2;
    }
    let verb = finder.lower(at);
    let past = PAST.contains(&verb);
    let turned = TURNED.contains(&verb);
    if !past && !turned && !COPULAS.contains(&verb) {
        // `bin ich` stands the other way round.
        return;
    }
    if finder.words().free_order && verb == "sind" && mention.terms.len() > 1 {
        return;
    }
    let start = finder.clause_start(mention.start);
    let doubtful = (start..mention.start).any(|n| finder.is("doubt", n));
    if doubtful || governed(finder, mention) {
        return;
    }
    let mut next = at + 1;
    while finder.is("adverbs", next) {
        next += 1;
    }
    let subjects = mention.terms.clone();
    if turned || !past {
        age(finder, &subjects, next, turned);
    }
    if turned || finder.is("negations", next) {
        return;
    }
    let determined = matches!(finder.lower(next), "a" | "an" | "the" | "ein" | "eine");
    let bare = finder.words().free_order && finder.upper(next);
    if determined || bare {
        let begin = if determined { next + 1 } else { next };
        if let Some(occupation) = finder.listed(begin, "occupations", 4, true) {
            for subject in subjects.iter().filter(|s| s.kind == "person") {
                finder.say(subject.clone(), "works_as", occupation.clone(), !past, 0.8, at);
                if !past && let Some(place) = place_behind(finder, next) {
                    finder.say(subject.clone(), "lives_in", place, true, 0.6, at);
                }
                if !past && let Some(organisation) = organisation_behind(finder, next) {
                    finder.say(subject.clone(), "works_at", organisation, true, 0.8, at);
                }
            }
        }
    }
    role(finder, mention, next, past);
    own_name(finder, mention, next);
}

fn governed(finder: &Finder<'_>, mention: &Mention) -> bool {
    mention.start > 0 && finder.is("prepositions", mention.start - 1)
}

/// `a vet in Exeter`: where one works is where one lives, more often than not.
fn place_behind(finder: &Finder<'_>, from: usize) -> Option<events::payload::GraphTerm> {
    (from..from + 4).find(|n| finder.lower(*n) == "in").and_then(|n| {
        finder.mentions().iter().find(|m| m.start == n + 1 && m.is("place")).and_then(|m| m.terms.first().cloned())
    })
}

fn organisation_behind(finder: &Finder<'_>, from: usize) -> Option<events::payload::GraphTerm> {
    (from..from + 4).find(|n| matches!(finder.lower(*n), "at" | "for" | "with" | "bei")).and_then(|n| {
        let near = |m: &&Mention| (m.start == n + 1 || m.start == n + 2) && m.is("organisation");
        finder.mentions().iter().find(near).and_then(|m| m.terms.first().cloned())
    })
}

fn age(finder: &mut Finder<'_>, subjects: &[events::payload::GraphTerm], at: usize, turned: bool) {
    let word = finder.lower(at);
    if when::number(word).is_none_or(|n| n == 0) || matches!(word, "one" | "a" | "ein" | "eine") {
        return;
    }
    let next = finder.lower(at + 1);
    let closes = finder.is_mark(at + 1)
        || matches!(
            next,
            "and"
                | "years"
                | "year"
                | "now"
                | "today"
                | "already"
                | "on"
                | "in"
                | "und"
                | "jahre"
                | "geworden"
                | "this"
                | "last"
                | "yesterday"
                | "tomorrow"
                | "next"
        );
    // `is two metres tall`, `are 3 of us`
    if !closes || (!turned && matches!(next, "in" | "on" | "this" | "last")) {
        return;
    }
    for subject in subjects {
        finder.say(subject.clone(), "age", term("value", word), true, 0.8, at);
    }
}

/// `Jamal is my colleague`, `Nils ist mein Freund`, `Thomas ist der Bruder von Julia`, `my sister is Anna`.
fn role(finder: &mut Finder<'_>, mention: &Mention, at: usize, past: bool) {
    let mentions = finder.mentions();
    if let Some(other) = mentions.iter().find(|m| m.start == at) {
        if let (Some((owner, predicate)), None) = (&other.role, &mention.role) {
            for subject in mention.terms.iter().filter(|t| t.name != "you") {
                finder.say(owner.clone(), predicate, subject.clone(), !past, 0.9, at);
            }
        } else if let (Some((owner, predicate)), true, None) = (&mention.role, other.named, &other.role)
            && other.is("person")
            && finder.is_mark(other.end)
        {
            for object in &other.terms {
                finder.say(owner.clone(), predicate, object.clone(), !past, 0.9, at);
            }
        }
        return;
    }
    let german = matches!(finder.lower(at), "der" | "die" | "das");
    let predicate = finder.words().role(finder.lower(at + 1)).map(|r| r.predicate);
    if let (true, Some(predicate), "von") = (german, predicate, finder.lower(at + 2)) {
        let owner = mentions.iter().find(|m| m.start == at + 3).and_then(|m| m.terms.first().cloned());
        if let Some(owner) = owner {
            for subject in mention.terms.clone() {
                finder.say(owner.clone(), predicate, subject, !past, 0.9, at);
            }
        }
    }
}

/// `I'm Viktor.`
fn own_name(finder: &mut Finder<'_>, mention: &Mention, at: usize) {
    if mention.terms.first() != Some(&you()) || mention.end + 1 != at {
        return;
    }
    let name = finder.mentions().iter().find(|m| m.start == at && m.is("person") && m.named && m.role.is_none());
    if let Some(name) = name.filter(|m| finder.is_mark(m.end)) {
        let value = name.terms.first().map(|t| term("value", &t.name));
        if let Some(value) = value {
            finder.say(you(), "name", value, true, 0.9, at);
        }
    }
}

/// `my favourite food is ramen`, `summer is my favourite season`, `meine Lieblingsfarbe ist Grün`.
fn favourite(finder: &mut Finder<'_>, at: usize) {
    let word = finder.lower(at);
    let favourite = matches!(word, "favourite" | "favorite") || word.starts_with("lieblings");
    if !favourite || at == 0 || !finder.is("possessive self", at - 1) {
        return;
    }
    let is = (at + 1..at + 5).find(|n| matches!(finder.lower(*n), "is" | "are" | "ist" | "sind"));
    if let Some(is) = is {
        for object in finder.concepts(is + 1).into_iter().take(1) {
            finder.say(you(), "likes", object, true, 0.8, at);
        }
    } else if at >= 3 && matches!(finder.lower(at - 2), "is" | "are") {
        let begin = finder.clause_start(at - 2);
        if let Some(object) = finder.concepts(begin).into_iter().next() {
            finder.say(you(), "likes", object, true, 0.8, at);
        }
    }
}

/// `my birthday is on 4 May`, `mein Geburtstag ist am 3. Oktober`.
fn birthday(finder: &mut Finder<'_>, at: usize) {
    if !matches!(finder.lower(at), "birthday" | "geburtstag") {
        return;
    }
    let owner = match finder.mentions().iter().rev().find(|m| m.end < at && m.acts()) {
        _ if at > 0 && finder.is("possessive self", at - 1) => Some(you()),
        Some(m) if m.end + 1 == at && finder.lower(m.end) == "'s" => m.terms.first().cloned(),
        _ => None,
    };
    let Some(owner) = owner else { return };
    let near = at + 1..at + 8;
    let Some(month) = near.clone().find(|n| when::month(finder.lower(*n)).is_some()) else { return };
    let ordinal = |n: usize| {
        let digits = finder.lower(n).trim_end_matches(['s', 't', 'h', 'n', 'd', 'r', '.']);
        digits.parse::<u8>().ok().filter(|d| (1..=31).contains(d))
    };
    let Some(day) = near.filter(|n| n.abs_diff(month) <= 2).find_map(ordinal) else { return };
    let value = format!("{day} {}", finder.lower(month));
    finder.say(owner, "birthday", term("value", &value), true, 0.9, at);
}

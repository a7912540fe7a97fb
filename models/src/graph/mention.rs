//! Who and what a sentence names: people, animals, places, organisations, and roles such as `my sister`.

use events::payload::GraphTerm;

use super::lexicon::{Names, Role, Words, names};
use super::token::Token;

/// Somebody or something in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mention {
    /// The first token.
    pub start: usize,
    /// The token after the last.
    pub end: usize,
    /// What is meant; several for `my neighbours Jan and Eva`, none for a pronoun of unknown meaning.
    pub terms: Vec<GraphTerm>,
    /// `f`, `m` or `u`.
    pub pronoun: char,
    /// Whether it is written in a form that is no subject, such as `me`.
    pub oblique: bool,
    /// Whether the words name it, as opposed to `she`.
    pub named: bool,
    /// Whose what it is, when it has no name: `my sister`.
    pub role: Option<(GraphTerm, &'static str)>,
}

impl Mention {
    /// Whether it can act: a person or an animal.
    pub(super) fn acts(&self) -> bool {
        self.terms.iter().all(|t| matches!(&*t.kind, "person" | "animal"))
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.terms.first().is_some_and(|t| t.kind == kind)
    }
}

/// Whom was spoken of, the newest last: what pronouns can mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    seen: Vec<(GraphTerm, char)>,
    /// `a greyhound`, whose name may follow.
    unnamed: Option<(GraphTerm, Role)>,
}

/// How far back a pronoun reaches.
const REACH: usize = 12;

impl Memory {
    fn saw(&mut self, term: &GraphTerm, pronoun: char) {
        if matches!(&*term.kind, "person" | "animal") && term.name != "you" {
            self.seen.push((term.clone(), pronoun));
        }
    }

    fn meant(&self, pronoun: char) -> Option<GraphTerm> {
        let near = self.seen.iter().rev().take(REACH);
        near.clone()
            .find(|(_, p)| *p == pronoun)
            .or_else(|| near.clone().find(|(_, p)| *p == 'u'))
            .map(|(t, _)| t.clone())
    }
}

/// What a sentence names, and which roles it gives.
#[derive(Default)]
pub(super) struct Named {
    /// In order of the sentence.
    pub mentions: Vec<Mention>,
    /// (whose, predicate, whom).
    pub kin: Vec<(GraphTerm, &'static str, GraphTerm)>,
}

pub(super) fn term(kind: &str, name: &str) -> GraphTerm {
    GraphTerm { kind: kind.to_owned(), name: name.to_owned() }
}

pub(super) fn you() -> GraphTerm {
    term("person", "you")
}

/// Cities whose names are common words: they need a preposition before them.
const DOUBTFUL_PLACES: &[&str] = &[
    "nice", "reading", "split", "essen", "us", "halle", "island", "turkey", "jordan", "georgia", "chad", "bath",
    "cork", "hull", "queens", "rom", "york", "florence", "sofia", "virginia", "chester", "lincoln", "kent",
    "victoria", "nancy", "lima", "perth", "mali", "genoa", "derby", "phoenix", "orlando", "austin", "india", "petra",
    "goa", "dallas", "trier", "münster", "gent", "savannah", "boulder", "china",
];
/// Roles that are said without a word for whose they are.
const BARE_ROLES: &[&str] = &[
    "mum", "mom", "dad", "grandma", "grandpa", "granddad", "nana", "gran", "granny", "mama", "papa", "oma", "opa",
    "mummy", "daddy", "aunt", "auntie", "uncle", "tante", "onkel", "mutti",
];
/// Bare roles that need a name behind them.
const WITH_NAME: &[&str] = &["aunt", "auntie", "uncle", "tante", "onkel"];
const PLACE_PREPOSITIONS: &[&str] =
    &["in", "to", "from", "near", "of", "nach", "aus", "von", "visited", "around", "at", "through", "bei", "über"];

pub(super) struct Reader<'a> {
    pub words: &'a Words,
    pub names: &'a Names,
    pub memory: &'a mut Memory,
    tokens: &'a [Token],
    found: Named,
}

impl<'a> Reader<'a> {
    /// Reads a sentence. What it names is remembered for the next one.
    pub(super) fn read(words: &'a Words, memory: &'a mut Memory, tokens: &'a [Token]) -> Named {
        let mut reader = Reader { words, names: names(), memory, tokens, found: Named::default() };
        let mut at = 0;
        while at < tokens.len() {
            at = reader.step(at).max(at + 1);
        }
        reader.found
    }

    fn lower(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| t.lower.as_str())
    }

    fn upper(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| t.upper)
    }

    fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |b| self.lower(b))
    }

    fn join(&self, from: usize, to: usize) -> String {
        let words: Vec<&str> = self.tokens[from..to].iter().map(|t| t.text.as_str()).collect();
        words.join(" ").replace(" 's", "'")
    }

    fn add(&mut self, start: usize, end: usize, terms: Vec<GraphTerm>, pronoun: char, named: bool) -> usize {
        if named {
            for term in &terms {
                self.memory.saw(term, pronoun);
            }
        }
        self.found.mentions.push(Mention { start, end, terms, pronoun, oblique: false, named, role: None });
        end
    }

    /// Reads one mention; gives the token behind it, or the same place when there is none.
    fn step(&mut self, at: usize) -> usize {
        let word = self.lower(at);
        if self.tokens[at].is_mark() {
            return at;
        }
        if self.words.is("possessive self", word) {
            return self.owned(at, at + 1, you());
        }
        if let Some(pronoun) = self.words.other(word)
            && let Some(end) = self.owned_by_other(at, pronoun)
        {
            return end;
        }
        if self.words.is("self", word) {
            self.add(at, at + 1, vec![you()], 'u', false);
            let oblique = matches!(word, "me" | "us" | "mich" | "mir" | "uns");
            if let Some(last) = self.found.mentions.last_mut() {
                last.oblique = oblique;
            }
            return at + 1;
        }
        for (list, pronoun) in [("pronouns f", 'f'), ("pronouns m", 'm')] {
            if self.words.is(list, word) {
                return self.pronoun(at, pronoun);
            }
        }
        if let Some(end) = self.bare_role(at) {
            return end;
        }
        if let Some(end) = self.indefinite_role(at) {
            return end;
        }
        if !self.tokens[at].upper && !self.names.title(word) {
            return at;
        }
        self.organisation(at).or_else(|| self.place(at)).or_else(|| self.person(at)).unwrap_or(at)
    }

    fn pronoun(&mut self, at: usize, pronoun: char) -> usize {
        // `sie wohnen` are several, of whom nothing is known.
        let plural = self.lower(at) == "sie" && {
            let verb = self.lower(at + 1);
            verb.ends_with("en") || verb == "sind"
        };
        if plural {
            return at + 1;
        }
        let meant = self.memory.meant(pronoun);
        let terms: Vec<GraphTerm> = meant.into_iter().collect();
        self.add(at, at + 1, terms, pronoun, false);
        if matches!(self.lower(at), "him" | "her")
            && let Some(last) = self.found.mentions.last_mut()
        {
            last.oblique = true;
        }
        if self.words.free_order
            && matches!(self.lower(at + 1), "heißt" | "heisst")
            && let Some(name) = self.name_at(at + 2, true)
        {
            return self.names_last(at, at + 2, name, pronoun);
        }
        at + 1
    }

    /// `her name is Freya`: whoever was spoken of last is called so.
    fn names_last(&mut self, start: usize, at: usize, end: usize, pronoun: char) -> usize {
        let name = self.join(at, end);
        let named = match self.memory.unnamed.take() {
            Some((owner, role)) => {
                let named = term(role.kind, &name);
                self.found.kin.push((owner, role.predicate, named.clone()));
                named
            }
            None => term("person", &name),
        };
        self.found.mentions.retain(|m| m.start < start);
        self.add(start, end, vec![named], pronoun, true)
    }

    fn owned_by_other(&mut self, at: usize, pronoun: char) -> Option<usize> {
        if self.lower(at + 1) == "name" && matches!(self.lower(at + 2), "is" | "ist") {
            let end = self.name_at(at + 3, true)?;
            return Some(self.names_last(at, at + 3, end, pronoun));
        }
        self.role_at(at + 1)?;
        let owner = self.memory.meant(pronoun)?;
        Some(self.owned(at, at + 1, owner))
    }

    /// The role word behind adjectives: its place, and what it stands for.
    fn role_at(&self, mut at: usize) -> Option<(usize, Role)> {
        for _ in 0..3 {
            let (word, next) = (self.lower(at), self.lower(at + 1));
            let role = self.words.role(word);
            // `my english teacher`: an adjective only where a role follows. `my oldest` is one by itself.
            if let Some(role) = role.filter(|_| self.words.role(next).is_none() || word == "partner") {
                return Some((at, role));
            }
            if !self.words.is("role adjectives", word) && role.is_none() {
                return None;
            }
            at += 1;
        }
        None
    }

    fn plural_at(&self, mut at: usize) -> Option<(usize, &'static str)> {
        for _ in 0..3 {
            if let Some(plural) = self.words.plural(self.lower(at)) {
                return Some((at, plural));
            }
            if !self.words.is("role adjectives", self.lower(at)) {
                return None;
            }
            at += 1;
        }
        None
    }

    fn whose(owner: &GraphTerm, what: &str) -> String {
        if owner.name == "you" { format!("your {what}") } else { format!("{}'s {what}", owner.name) }
    }

    /// `my sister`, `Anna's brother Tom`; `at` is behind the word for whose it is.
    fn owned(&mut self, start: usize, at: usize, owner: GraphTerm) -> usize {
        if let Some((place, role)) = self.role_at(at) {
            return self.role(start, place, role, owner);
        }
        let Some((place, plural)) = self.plural_at(at) else { return start + 1 };
        let names = self.name_list(place + 1);
        if let (Some((end, list)), Some((predicate, kind))) = (names, one_of(plural)) {
            return self.several(start, end, owner, predicate, kind, &list);
        }
        let whole = term("person", &Self::whose(&owner, plural));
        if matches!(plural, "cats" | "dogs") {
            return place + 1;
        }
        self.add(start, place + 1, vec![whole], 'u', true)
    }

    fn several(
        &mut self,
        start: usize,
        end: usize,
        owner: GraphTerm,
        predicate: &'static str,
        kind: &str,
        names: &[String],
    ) -> usize {
        let terms: Vec<GraphTerm> = names.iter().map(|n| term(kind, n)).collect();
        for named in &terms {
            self.found.kin.push((owner.clone(), predicate, named.clone()));
        }
        self.add(start, end, terms, 'u', true)
    }

    /// Names behind a word for several: `Jan and Eva`, `, Salt and Pepper`, `sind Lars und Britta`.
    fn name_list(&self, mut at: usize) -> Option<(usize, Vec<String>)> {
        while matches!(self.lower(at), "," | ":" | "are" | "called" | "named" | "sind" | "heißen") {
            at += 1;
        }
        let mut list = Vec::new();
        loop {
            let end = self.name_at(at, true)?;
            list.push(self.join(at, end));
            at = end;
            match self.lower(at) {
                "and" | "und" | "," | "&" if self.name_at(at + 1, true).is_some() => at += 1,
                _ => return Some((at, list)),
            }
        }
    }

    fn role(&mut self, start: usize, place: usize, role: Role, owner: GraphTerm) -> usize {
        let mut end = place + 1;
        let mut at = end;
        let pronoun = role.pronoun;
        // `my wife's name is Ingrid`
        if self.lower(at) == "'s" && self.lower(at + 1) == "name" && self.lower(at + 2) == "is" {
            at += 3;
        } else if matches!(self.lower(at), "," | "called" | "named" | "namens" | "heißt" | "heisst") {
            at += 1;
        } else if matches!(self.lower(at), "is" | "was" | "ist") && matches!(self.lower(at + 1), "called" | "named") {
            at += 2;
        }
        let comma = self.lower(end) == ",";
        let named = self.name_at(at, true).filter(|end| {
            // `my sister, Anna, ...` names her; `my sister, Anna and I` does not.
            !comma || matches!(self.lower(*end), "," | "" | "." | "!" | "is" | "ist" | "nervt")
        });
        let named = named.filter(|_| at > end || self.upper(at));
        let mut unnamed = None;
        let meant = match named {
            Some(to) => {
                let named = term(role.kind, &self.join(at, to));
                self.found.kin.push((owner, role.predicate, named.clone()));
                end = to;
                named
            }
            None if role.kind == "animal" => {
                self.memory.unnamed = Some((owner, role));
                return end;
            }
            None => {
                unnamed = Some((owner.clone(), role.predicate));
                term(role.kind, &Self::whose(&owner, role.predicate))
            }
        };
        // `my sister's husband`
        if self.lower(end) == "'s" && (self.role_at(end + 1).is_some() || self.plural_at(end + 1).is_some()) {
            self.add(start, end, vec![meant.clone()], pronoun, true);
            return self.owned(end, end + 1, meant);
        }
        let end = self.add(start, end, vec![meant], pronoun, true);
        if let Some(last) = self.found.mentions.last_mut() {
            last.role = unnamed;
        }
        end
    }

    fn bare_role(&mut self, at: usize) -> Option<usize> {
        let word = self.lower(at);
        if !BARE_ROLES.contains(&word) || !self.upper(at) {
            return None;
        }
        let role = self.words.role(word)?;
        let named = self.name_at(at + 1, false);
        if named.is_none() && (WITH_NAME.contains(&word) || (self.words.free_order && at > 0)) {
            return None;
        }
        Some(self.role(at, at, role, you()))
    }

    /// `a friend called Tom`, `two cats, Salt and Pepper`, `a friend of mine`.
    fn indefinite_role(&mut self, at: usize) -> Option<usize> {
        let begins = matches!(
            self.lower(at),
            "a" | "an"
                | "the"
                | "one"
                | "two"
                | "three"
                | "four"
                | "ein"
                | "eine"
                | "einen"
                | "zwei"
                | "drei"
                | "vier"
                | "and"
                | "und"
        );
        if !begins {
            return None;
        }
        let owner = self
            .found
            .mentions
            .iter()
            .find(|m| m.acts() && !m.oblique && !m.terms.is_empty())
            .map_or_else(you, |m| m.terms[0].clone());
        if let Some((place, plural)) = self.plural_at(at + 1) {
            let (predicate, kind) = one_of(plural)?;
            let (end, list) = self.name_list(place + 1)?;
            return Some(self.several(at, end, owner, predicate, kind, &list));
        }
        let (place, role) = self.role_at(at + 1)?;
        let next = self.lower(place + 1);
        if matches!(next, "called" | "named" | "namens") {
            let end = self.name_at(place + 2, true)?;
            let named = term(role.kind, &self.join(place + 2, end));
            self.found.kin.push((owner, role.predicate, named.clone()));
            return Some(self.add(at, end, vec![named], role.pronoun, true));
        }
        if role.kind == "animal" && self.lower(at) == "the" {
            let end = self.name_at(place + 1, true)?;
            let named = term(role.kind, &self.join(place + 1, end));
            self.found.kin.push((you(), role.predicate, named.clone()));
            return Some(self.add(at, end, vec![named], role.pronoun, true));
        }
        if self.lower(at) != "the" {
            let owner = if owner.kind == "person" { owner } else { you() };
            self.memory.unnamed = Some((owner, role));
        }
        None
    }

    /// Where a name that begins here ends. `sure` says that a name is expected, so that any capitalised word will do.
    fn name_at(&self, at: usize, sure: bool) -> Option<usize> {
        let mut end = at;
        if self.names.title(self.lower(end)) && (self.upper(end) || sure) {
            end += 1;
            if self.names.title(self.lower(end)) {
                end += 1;
            }
            return self.upper(end).then_some(end + 1);
        }
        let word = self.lower(at);
        let name = self.names.first(word).is_some();
        if !self.upper(at) || (self.words.is("not names", word) && !name) {
            return None;
        }
        let odd = self.words.is("self", word)
            || self.words.is("pronouns f", word)
            || self.words.is("pronouns m", word)
            || self.words.is("auxiliaries", word)
            || self.words.is("prepositions", word);
        if odd || (!name && (!sure || self.noun(word))) {
            return None;
        }
        end += 1;
        // A family name.
        while end < at + 3 && self.upper(end) && !self.tokens[end].is_mark() {
            let word = self.lower(end);
            let german = self.words.free_order
                && !self.words.is("auxiliaries", self.lower(end + 1))
                && !self.is_anchor(self.lower(end + 1));
            let known = self.names.place(word) || self.words.is("not names", word) || word == "i" || self.noun(word);
            if known || german {
                break;
            }
            end += 1;
        }
        Some(end)
    }

    /// Whether a word is a common noun of the lists, which German writes with a capital letter.
    fn noun(&self, word: &str) -> bool {
        self.words.free_order
            && (["occupations", "activities", "ownable", "conditions", "vague"]
                .iter()
                .any(|l| self.words.is(l, word))
                || self.words.role(word).is_some()
                || self.words.plural(word).is_some())
    }

    fn is_anchor(&self, word: &str) -> bool {
        self.words.frames.iter().any(|f| f.anchors.iter().any(|a| a.first() == Some(&word)))
    }

    fn person(&mut self, at: usize) -> Option<usize> {
        let title = self.names.title(self.lower(at)) && self.upper(at);
        if let Some(end) = self.genitive(at) {
            return Some(end);
        }
        let end = self.name_at(at, false).or_else(|| self.unknown_name(at))?;
        if !title && self.names.doubtful(self.lower(at)) && !self.doubtful_name(at, end) {
            return None;
        }
        let word = self.lower(at);
        let pronoun = match word {
            "mr" | "mr." | "herr" | "sir" => 'm',
            "mrs" | "mrs." | "ms" | "ms." | "miss" | "frau" => 'f',
            _ => self.names.first(word).unwrap_or('u'),
        };
        let named = term("person", &self.join(at, end));
        if self.lower(end) == "'s" && (self.role_at(end + 1).is_some() || self.plural_at(end + 1).is_some()) {
            self.add(at, end, vec![named.clone()], pronoun, true);
            return Some(self.owned(end, end + 1, named));
        }
        Some(self.add(at, end, vec![named], pronoun, true))
    }

    /// `Jans Frau`, as German writes it.
    fn genitive(&mut self, at: usize) -> Option<usize> {
        let base = self.lower(at).strip_suffix('s').filter(|_| self.words.free_order)?;
        let pronoun = self.names.first(base)?;
        self.role_at(at + 1)?;
        let name: String = self.tokens[at].text.chars().take(base.chars().count()).collect();
        let owner = term("person", &name);
        self.add(at, at + 1, vec![owner.clone()], pronoun, true);
        Some(self.owned(at + 1, at + 1, owner))
    }

    /// A capitalised word that nothing knows is a name where the words around it say so.
    fn unknown_name(&self, at: usize) -> Option<usize> {
        let word = self.lower(at);
        if self.words.free_order {
            return None;
        }
        let and_i = self.lower(at + 1) == "and" && matches!(self.lower(at + 2), "i");
        let with = at > 0 && matches!(self.before(at), "with" | "met") && !self.words.is("not names", word);
        let sure = (and_i || with) && self.upper(at) && word.chars().count() > 2;
        if sure { self.name_at(at, true) } else { None }
    }

    /// Whether a name that is also a word is meant as a name.
    fn doubtful_name(&self, at: usize, end: usize) -> bool {
        let next = self.lower(end);
        if end > at + 1
            || matches!(self.before(at), "with" | "and" | "to" | "met" | "called" | "named" | "told" | "tell")
        {
            return !self.words.is("months", self.lower(at));
        }
        if self.words.is("months", self.lower(at)) || self.words.is("seasons", self.lower(at)) {
            return false;
        }
        if at > 0 && !self.tokens[at - 1].is_mark() {
            return true;
        }
        // At the start of a sentence anything has a capital letter.
        let verb = self.is_anchor(next)
            && next.ends_with('s')
            && self
                .words
                .frames
                .iter()
                .any(|f| f.anchors.iter().any(|a| a.first() == Some(&next)) && !f.prepositions.is_empty());
        verb || next == "used"
            || matches!(next, "'s" | "is") && matches!(self.lower(end + 1), "my" | "a" | "an" | "from" | "in")
            || (next == "and" && self.lower(end + 1) == "i")
            || (self.words.is_third(next) && !self.words.is("prepositions", self.lower(end + 1)))
    }

    fn place(&mut self, at: usize) -> Option<usize> {
        for length in (1..=3usize).rev() {
            let end = at + length;
            if end > self.tokens.len() {
                continue;
            }
            let words: Vec<&str> = self.tokens[at..end].iter().map(|t| t.lower.as_str()).collect();
            let words = words.join(" ");
            if !self.names.place(&words) || !self.tokens[at..end].iter().all(|t| t.upper || t.lower == "of") {
                continue;
            }
            let after_preposition = PLACE_PREPOSITIONS.contains(&self.before(at))
                || (self.before(at) == "the" && at > 1 && PLACE_PREPOSITIONS.contains(&self.lower(at - 2)));
            let doubtful = DOUBTFUL_PLACES.contains(&words.as_str()) || self.names.first(&words).is_some();
            if doubtful && !after_preposition {
                return None;
            }
            let name = self.join(at, end);
            return Some(self.add(at, end, vec![term("place", &name)], 'u', true));
        }
        None
    }

    fn organisation(&mut self, at: usize) -> Option<usize> {
        let mut end = at;
        while end < self.tokens.len() {
            let token = &self.tokens[end];
            let inner = matches!(&*token.lower, "of" | "&" | "for" | "'s") && end > at && self.upper(end + 1);
            let named = token.upper && !token.is_mark() && token.lower != "i";
            if !named && !inner {
                break;
            }
            end += 1;
        }
        let run = &self.tokens[at..end];
        let word = |t: &Token| self.names.organisation_word(&t.lower);
        let has_word = run.len() > 1 && run.iter().any(word) && !self.words.is("not names", self.lower(at));
        // German capitalises every noun, so the word for it must come first or last.
        let ends = run.first().is_some_and(word) || run.last().is_some_and(word);
        // A first name in front is a person: `Anna University` is none of ours.
        let person = self.names.first(self.lower(at)).is_some()
            && run.get(1).is_none_or(|t| !word(t))
            && !run.iter().any(|t| t.lower == "'s");
        if has_word && ends && !person {
            let mut name = self.join(at, end);
            if name.contains("' ") && !name.contains("s' ") {
                name = name.replace("' ", "'s ");
            }
            return Some(self.add(at, end, vec![term("organisation", &name)], 'u', true));
        }
        let known = self.names.organisation(self.lower(at)) && self.names.first(self.lower(at)).is_none();
        let sure = at > 0 || self.words.is_third(self.lower(at + 1)) || self.lower(at + 1) == "had";
        (known && sure).then(|| {
            let name = self.join(at, at + 1);
            self.add(at, at + 1, vec![term("organisation", &name)], 'u', true)
        })
    }
}

/// The predicate and the kind of one of several.
fn one_of(plural: &str) -> Option<(&'static str, &'static str)> {
    Some(match plural {
        "kids" | "children" => ("child", "person"),
        "cousins" => ("cousin", "person"),
        "friends" => ("friend", "person"),
        "siblings" => ("sibling", "person"),
        "sons" => ("son", "person"),
        "daughters" => ("daughter", "person"),
        "brothers" => ("brother", "person"),
        "sisters" => ("sister", "person"),
        "neighbours" | "neighbors" => ("neighbour", "person"),
        "cats" | "dogs" => ("pet", "animal"),
        _ => return None,
    })
}

//! From words that tell a relation to who stands in it: frames of the data files over the mentions of a sentence.

mod object;

use events::payload::GraphTerm;

use super::lexicon::{Frame, Names, Object, Words, names};
use super::mention::{Mention, you};
use super::token::Token;

/// What a sentence says, without its time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub subject: GraphTerm,
    pub predicate: &'static str,
    pub object: GraphTerm,
    pub holds: bool,
    pub confidence: f64,
    /// The words that tell it, as tokens.
    pub anchor: usize,
}

pub(super) struct Finder<'a> {
    words: &'a Words,
    names: &'a Names,
    tokens: &'a [Token],
    mentions: &'a [Mention],
    pub said: Vec<Said>,
}

/// The longest name of a thing, in words.
const MAX_WORDS: usize = 4;

impl<'a> Finder<'a> {
    /// Everything that a sentence says.
    pub(super) fn find(words: &'a Words, tokens: &'a [Token], mentions: &'a [Mention]) -> Vec<Said> {
        let mut finder = Self { words, names: names(), tokens, mentions, said: Vec::new() };
        for at in 0..tokens.len() {
            finder.anchored(at);
        }
        super::copula::find(&mut finder);
        finder.said
    }

    pub(super) fn words(&self) -> &'a Words {
        self.words
    }

    pub(super) fn mentions(&self) -> &'a [Mention] {
        self.mentions
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn lower(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| t.lower.as_str())
    }

    pub(super) fn upper(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| t.upper)
    }

    pub(super) fn is_mark(&self, at: usize) -> bool {
        self.tokens.get(at).is_none_or(Token::is_mark)
    }

    pub(super) fn mention_at(&self, at: usize) -> Option<&'a Mention> {
        self.mentions.iter().rev().find(|m| m.start <= at && at < m.end)
    }

    fn starts(&self, at: usize) -> Option<&'a Mention> {
        self.mentions.iter().find(|m| m.start == at)
    }

    pub(super) fn is(&self, list: &str, at: usize) -> bool {
        self.words.is(list, self.lower(at))
    }

    fn matches(&self, at: usize, phrase: &[&str]) -> bool {
        phrase.iter().enumerate().all(|(n, word)| self.lower(at + n) == *word)
    }

    /// Every frame whose words stand here.
    fn anchored(&mut self, at: usize) {
        if self.mention_at(at).is_some_and(|m| m.named && m.terms.first().is_some_and(|t| t.kind != "person")) {
            return;
        }
        let longest = |f: &Frame| f.anchors.iter().filter(|a| self.matches(at, a)).map(Vec::len).max();
        let mut here: Vec<(usize, &'a Frame)> =
            self.words.frames.iter().filter_map(|f| longest(f).map(|n| (n, f))).collect();
        here.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
        let mut told: Vec<&str> = Vec::new();
        for (length, frame) in here {
            if self.covered(at, length) {
                continue;
            }
            if !told.contains(&frame.predicate) && self.frame(at, length, frame) {
                told.push(frame.predicate);
            }
        }
    }

    /// Whether longer words that tell something stand around these: `got back from` around `from`.
    fn covered(&self, at: usize, length: usize) -> bool {
        let longer = |start: usize| {
            let all = self.words.frames.iter().flat_map(|f| &f.anchors);
            all.filter(|a| a.len() > length).any(|a| start + a.len() >= at + length && self.matches(start, a))
        };
        (at.saturating_sub(4)..at).any(longer)
    }

    fn frame(&mut self, at: usize, length: usize, frame: &'a Frame) -> bool {
        let Some(ended) = self.modality(at, at + length, frame) else { return false };
        // `my own`, `the work`: a noun and no verb.
        let noun = length == 1
            && at > 0
            && self.is("noun or verb", at)
            && (self.is("determiners", at - 1) && !self.is("adverbs", at - 1) || self.is("pointing", at - 1))
            && !matches!(self.lower(at - 1), "all" | "both");
        if noun || frame.has("be") && !self.after_be(at) || self.helps(at, length) {
            return false;
        }
        let mut subjects = self.subjects(at, at + length);
        if subjects.is_empty() && self.lower(at) == "to" {
            // `left to become a teacher`
            let first =
                self.mentions.iter().find(|m| m.start >= self.clause_start(at) && m.end <= at && self.subject_of(m));
            subjects = first.map(|m| self.coordinated(m)).unwrap_or_default();
        }
        if frame.object == Object::SelfName {
            subjects.clear();
        }
        let subjects = match frame.has("mine") {
            true if self.is("possessive self", at.saturating_sub(1)) => vec![you()],
            true => vec![],
            false => subjects,
        };
        if subjects.is_empty() && frame.object != Object::SelfName {
            return false;
        }
        let mut objects = self.objects(at, at + length, frame, &subjects);
        let mut subjects = subjects;
        if objects.is_empty() && frame.has("pair") && subjects.len() == 2 {
            objects = vec![subjects.remove(1)];
        }
        if frame.has("pair") && self.words.free_order && frame.prepositions.is_empty() {
            // `Hanna hat Felix geheiratet`: whoever is named first did it.
            let (start, stop) = (self.clause_start(at), self.clause_end(at));
            let inside = self.mentions.iter().filter(|m| m.start >= start && m.end <= stop && m.acts() && !m.oblique);
            let two: Vec<&Mention> = inside.filter(|m| !self.governed(m)).collect();
            if let [one, other] = two[..] {
                (subjects, objects) = (one.terms.clone(), other.terms.clone());
            }
        }
        if frame.has("pair") && objects.iter().any(|o| o.name == "you") {
            std::mem::swap(&mut subjects, &mut objects);
        }
        if objects.is_empty() {
            return false;
        }
        if frame.object == Object::SelfName {
            subjects = vec![you()];
        }
        // `started to learn`: the end of an activity or a place is told by words of their own.
        let holds = !(ended || frame.has("ended") || frame.has("past"));
        let mut found = false;
        for subject in &subjects {
            if subject.kind != "person" && subject.kind != "animal" {
                continue;
            }
            for object in &objects {
                let itself = subject.name.ends_with(&format!(" {}", object.name));
                if itself || subject == object || (object.name == "you" && frame.object != Object::Person) {
                    continue;
                }
                found = true;
                self.say(subject.clone(), frame.predicate, object.clone(), holds, 0.8, at);
            }
            if frame.has("from")
                && let Some(left) = self.place_after(&["from", "von", "aus"], at)
            {
                self.say(subject.clone(), "lives_in", left, false, 0.8, at);
            }
        }
        found
    }

    /// Whether a form of `to be` stands before, adverbs aside.
    fn after_be(&self, at: usize) -> bool {
        let mut before = at;
        while before > 0 && self.is("adverbs", before - 1) {
            before -= 1;
        }
        let word = before.checked_sub(1).map_or("", |b| self.lower(b));
        matches!(word, "am" | "is" | "are" | "was" | "were" | "be" | "been" | "'s" | "come" | "comes")
            || matches!(self.lower(at), "come" | "comes" | "hail" | "hails")
    }

    /// Whether a German verb only helps the one that closes its clause: `habe ... verkauft`.
    fn helps(&self, at: usize, length: usize) -> bool {
        if !self.words.free_order || length > 1 || !self.is("auxiliaries", at) {
            return false;
        }
        let last = self.clause_end(at).saturating_sub(1);
        let word = self.lower(last);
        last > at
            && !self.upper(last)
            && ["ge", "ver", "be"].iter().any(|p| word.starts_with(p))
            && (word.ends_with('t') || word.ends_with("en"))
    }

    pub(super) fn say(
        &mut self,
        subject: GraphTerm,
        predicate: &'static str,
        object: GraphTerm,
        holds: bool,
        confidence: f64,
        anchor: usize,
    ) {
        let new = Said { subject, predicate, object, holds, confidence, anchor };
        let known = |s: &Said| (&s.subject, s.predicate, &s.object) == (&new.subject, new.predicate, &new.object);
        if !self.said.iter().any(known) {
            self.said.push(new);
        }
    }

    /// Where the clause of a token begins.
    pub(super) fn clause_start(&self, at: usize) -> usize {
        (0..at).rev().find(|n| self.bounds(*n)).map_or(0, |n| n + 1)
    }

    fn clause_end(&self, at: usize) -> usize {
        (at..self.tokens.len()).find(|n| self.bounds(*n)).unwrap_or(self.tokens.len())
    }

    fn bounds(&self, at: usize) -> bool {
        let word = self.lower(at);
        if self.tokens[at].is_mark() && word != "&" {
            return true;
        }
        if self.is("boundaries", at) {
            return true;
        }
        // `and` joins clauses when a verb or a subject with its verb follows.
        matches!(word, "and" | "or" | "und" | "oder") && {
            let next = at + 1;
            let subject = self.starts(next).is_some_and(|m| m.acts() && self.verbal(m.end));
            subject || self.verbal(next) || self.is("pronouns f", next) || self.is("pronouns m", next)
        }
    }

    fn verbal(&self, at: usize) -> bool {
        let word = self.lower(at);
        if self.mention_at(at).is_some() || self.upper(at) && at > 0 {
            return false;
        }
        self.is("auxiliaries", at)
            || (!word.is_empty()
                && self.words.frames.iter().any(|f| f.anchors.iter().any(|a| a.first() == Some(&word))))
    }

    /// Whether what is told came to an end; `None` when it is not told as a fact.
    pub(super) fn modality(&self, at: usize, end: usize, frame: &Frame) -> Option<bool> {
        let start = self.clause_start(at);
        let stop = self.clause_end(end.min(self.tokens.len()));
        let anchor = at..end;
        let stands = |list: &str, range: std::ops::Range<usize>| {
            range.filter(|n| !anchor.contains(n)).any(|n| self.is(list, n) && self.mention_at(n).is_none())
        };
        let reach = if self.words.free_order { start..stop } else { start..at };
        if stands("doubt", reach.clone()) {
            return None;
        }
        let opinion = |n: usize| {
            matches!(self.lower(n), "glaube" | "glaub" | "denke" | "vermute" | "guess" | "bet" | "reckon" | "doubt")
        };
        if start > 0 && (0..start).any(opinion) {
            return None;
        }
        let future = if self.words.free_order { start..stop } else { at.saturating_sub(3).max(start)..at };
        if stands("future", future) && !frame.has("ended") {
            return None;
        }
        let ends = self.words.phrases("endings").iter().any(|phrase| {
            let phrase: Vec<&str> = phrase.split_whitespace().collect();
            let (first, rest) = (phrase.first().copied().unwrap_or(""), &phrase[1..]);
            (start..stop).any(|n| {
                self.matches(n, &phrase)
                    || (!self.words.free_order
                        && matches!(first, "not")
                        && n < at
                        && self.lower(n) == first
                        && (n..stop).any(|m| self.matches(m, rest)))
            })
        });
        if ends {
            return Some(true);
        }
        // A negation behind the verb belongs to something else, save in German.
        let negated = (start..at)
            .any(|n| self.is("negations", n) && !anchor.contains(&n) && self.mention_at(n).is_none())
            || (self.words.free_order && (end..stop).any(|n| self.is("negations", n)))
            || self.lower(end) == "not";
        if negated { None } else { Some(false) }
    }

    /// Whether a mention is the object of a preposition.
    fn governed(&self, mention: &Mention) -> bool {
        let mut at = mention.start;
        while at > 0 && self.is("determiners", at - 1) && self.mention_at(at - 1).is_none() {
            at -= 1;
        }
        at > 0 && self.is("prepositions", at - 1)
    }

    fn subject_of(&self, mention: &Mention) -> bool {
        mention.acts() && !mention.oblique && !mention.terms.is_empty()
    }

    /// Who does what the words from `at` to `end` tell.
    pub(super) fn subjects(&self, at: usize, end: usize) -> Vec<GraphTerm> {
        if let Some(found) = self.subjects_before(at) {
            return found;
        }
        if !self.words.free_order {
            return vec![];
        }
        let stop = self.clause_end(at);
        let right = self.mentions.iter().filter(|m| m.start >= end && m.start < stop);
        for mention in right {
            if self.subject_of(mention) && !self.governed(mention) {
                return self.coordinated(mention);
            }
        }
        let start = self.clause_start(at);
        let left = self.mentions.iter().rev().filter(|m| m.start >= start && m.end <= at);
        for mention in left {
            if self.subject_of(mention) && !self.governed(mention) {
                return self.coordinated(mention);
            }
        }
        self.inherited(start).unwrap_or_default()
    }

    fn subjects_before(&self, at: usize) -> Option<Vec<GraphTerm>> {
        let mut place = at;
        let mut odd = 0;
        while place > 0 {
            let before = place - 1;
            if let Some(mention) = self.mention_at(before) {
                if self.governed(mention) {
                    // `Chris from Leeds plays`
                    let mut start = mention.start;
                    while start > 0 && !self.is("prepositions", start - 1) {
                        start -= 1;
                    }
                    place = start.saturating_sub(1);
                    continue;
                }
                if self.subject_of(mention) {
                    return Some(self.coordinated(mention));
                }
                if mention.is("place") || mention.is("organisation") {
                    return self.words.free_order.then_some(vec![]).filter(|_| false);
                }
                return None;
            }
            let word = self.lower(before);
            let filler = self.is("auxiliaries", before)
                || self.is("adverbs", before)
                || matches!(
                    word,
                    "who" | "also" | "a" | "the" | "new" | "doing" | "been" | "not" | "no" | "longer" | "my"
                );
            if filler {
                place = before;
                continue;
            }
            if self.bounds(before) || matches!(word, "and" | "und" | ",") {
                // `my sister, a nurse, lives`: what stands between commas is passed over once.
                return self.inherited(before + 1);
            }
            // `Chris from accounting plays`
            let preposition = (1..=2).find(|n| before >= *n && self.is("prepositions", before - n));
            if let (Some(n), 0) = (preposition, odd) {
                odd += 1;
                place = before - n;
                continue;
            }
            return None;
        }
        None
    }

    /// The subject of the clause before, for one that has none of its own.
    fn inherited(&self, start: usize) -> Option<Vec<GraphTerm>> {
        let joined = start > 0
            && matches!(self.lower(start - 1), "and" | "but" | "or" | "," | "und" | "aber" | "oder" | "so" | "then");
        if !joined {
            return None;
        }
        let before = self.mentions.iter().filter(|m| m.end < start);
        let first = before.into_iter().find(|m| self.subject_of(m) && !self.governed(m))?;
        Some(self.coordinated(first))
    }

    /// A mention with those joined to it: `Tom and Lucy`, `my wife and I`.
    fn coordinated(&self, mention: &Mention) -> Vec<GraphTerm> {
        let Some(at) = self.mentions.iter().position(|m| m == mention) else { return mention.terms.clone() };
        let mut all = mention.terms.clone();
        let joins = |left: &Mention, right: &Mention| {
            (right.start == left.end + 1 || right.start == left.end + 2 && self.is("possessive other", left.end + 1))
                && matches!(self.lower(left.end), "and" | "und" | "&")
                && left.acts()
                && right.acts()
        };
        let mut first = at;
        while first > 0
            && joins(&self.mentions[first - 1], &self.mentions[first])
            && !self.governed(&self.mentions[first - 1])
        {
            first -= 1;
            all.splice(0..0, self.mentions[first].terms.iter().cloned());
        }
        let mut last = at;
        while self.mentions.get(last + 1).is_some_and(|next| joins(&self.mentions[last], next)) {
            last += 1;
            all.extend(self.mentions[last].terms.iter().cloned());
        }
        all
    }

    /// Where the words behind a preposition of a frame begin, wherever in the clause it stands.
    fn behind(&self, at: usize, end: usize, frame: &Frame) -> Vec<usize> {
        if frame.prepositions.is_empty() {
            let mut next = end;
            while self.is("adverbs", next) && !self.is_mark(next) {
                next += 1;
            }
            return vec![next];
        }
        let (start, stop) = if self.words.free_order || frame.has("free") {
            (self.clause_start(at), self.clause_end(end))
        } else {
            (end, self.clause_end(end))
        };
        let mut found: Vec<usize> = Vec::new();
        for n in start..stop {
            if n >= at && n < end {
                continue;
            }
            let length = frame.prepositions.iter().filter(|p| self.matches(n, p)).map(Vec::len).max();
            if frame.has("visit") && !self.words.free_order && n > end + 2 {
                break;
            }
            found.extend(length.map(|length| n + length));
        }
        found
    }
}

//! What a relation is told of: places, organisations, people, activities, things.

use events::payload::GraphTerm;

use super::{Finder, MAX_WORDS};
use crate::graph::lexicon::{Frame, Object};
use crate::graph::mention::term;

impl Finder<'_> {
    pub(super) fn determined(&self, mut at: usize) -> usize {
        while self.is("determiners", at) && self.mention_at(at).is_none() {
            at += 1;
        }
        at
    }

    pub(super) fn objects(&self, at: usize, end: usize, frame: &Frame, subjects: &[GraphTerm]) -> Vec<GraphTerm> {
        for begin in self.behind(at, end, frame) {
            let found = self.object_at(begin, at, frame, subjects);
            if !found.is_empty() {
                return found;
            }
        }
        // `Ich habe mir ein Rad gekauft`: the object stands before the word that tells it.
        if self.words.free_order && frame.prepositions.is_empty() {
            let start = self.clause_start(at);
            for begin in (start..at).rev() {
                let noun = self.upper(begin) && begin > 0 || self.is("activities", begin);
                let after_preposition = begin > 0 && self.is("prepositions", begin - 1);
                if (noun || self.is("possessive self", begin)) && !after_preposition {
                    let found = self.object_at(begin, at, frame, subjects);
                    if !found.is_empty() {
                        return found;
                    }
                }
            }
        }
        vec![]
    }

    pub(super) fn object_at(
        &self,
        begin: usize,
        anchor: usize,
        frame: &Frame,
        subjects: &[GraphTerm],
    ) -> Vec<GraphTerm> {
        let mut at = begin;
        // German may put the subject between verb and object.
        while self.words.free_order
            && (self.is("adverbs", at) && !self.is_mark(at)
                || self.starts(at).is_some_and(|m| m.terms.iter().any(|t| subjects.contains(t))))
        {
            at = self.starts(at).map_or(at + 1, |m| m.end);
        }
        match frame.object {
            Object::Place => self.places(at, frame),
            Object::Organisation | Object::Employer | Object::School => {
                self.organisation(at, frame.object).into_iter().collect()
            }
            Object::Group => self.group(at).into_iter().collect(),
            Object::Person => self.people(at, subjects),
            Object::Occupation => self.listed(self.determined(at), "occupations", 4, true).into_iter().collect(),
            Object::Activity => self.activity(at, frame, anchor),
            Object::Ownable => self.all_listed(at, "ownable"),
            Object::Condition => self.condition(at).into_iter().collect(),
            Object::SelfName => self.own_name(at).into_iter().collect(),
            Object::Concept => self.concepts(at),
        }
    }

    pub(super) fn place_after(&self, prepositions: &[&str], at: usize) -> Option<GraphTerm> {
        let (start, stop) = (self.clause_start(at), self.clause_end(at));
        (start..stop).filter(|n| prepositions.contains(&self.lower(*n))).find_map(|n| {
            self.mentions.iter().find(|m| m.start == n + 1 && m.is("place")).and_then(|m| m.terms.first().cloned())
        })
    }

    pub(super) fn places(&self, begin: usize, frame: &Frame) -> Vec<GraphTerm> {
        for at in begin..begin + 5 {
            if let Some(mention) = self.starts(at) {
                if mention.is("place") {
                    return mention.terms.clone();
                }
                if mention.acts() {
                    return vec![];
                }
            }
            if self.is_mark(at) || self.is("boundaries", at) {
                break;
            }
        }
        // A place that no list knows.
        let at = begin;
        let unknown = self.upper(at)
            && self.mention_at(at).is_none()
            && !self.is("not names", at)
            && !self.is("months", at)
            && !self.is("seasons", at)
            && !frame.has("visit")
            && !self.words.free_order;
        if !unknown {
            return vec![];
        }
        let mut end = at + 1;
        while end < at + 3 && self.upper(end) && self.mention_at(end).is_none() {
            end += 1;
        }
        vec![term("place", &self.join(at, end))]
    }

    pub(super) fn join(&self, from: usize, to: usize) -> String {
        let words: Vec<&str> = self.tokens[from..to].iter().map(|t| t.text.as_str()).collect();
        words.join(" ").replace(" 's", "'s")
    }

    pub(super) fn organisation(&self, begin: usize, object: Object) -> Option<GraphTerm> {
        let at = self.determined(begin);
        for n in at..at + 4 {
            if let Some(mention) = self.starts(n) {
                if mention.is("organisation") {
                    return mention.terms.first().cloned();
                }
                if n == at && object != Object::School && mention.is("place") && begin == at {
                    return mention
                        .terms
                        .first()
                        .map(|t| term("organisation", &t.name))
                        .filter(|_| object == Object::Employer);
                }
                break;
            }
            if self.is_mark(n) || self.is("boundaries", n) {
                break;
            }
            // `a bakery called Crumb & Co`
            if matches!(self.lower(n), "called" | "named" | "namens") && self.upper(n + 1) {
                return Some(term("organisation", &self.capitals(n + 1)));
            }
        }
        if self.upper(at)
            && self.mention_at(at).is_none()
            && !self.is("not names", at)
            && object != Object::School
            && !self.words.free_order
        {
            return Some(term("organisation", &self.capitals(at)));
        }
        if object == Object::Organisation && !self.words.free_order && at > begin {
            let end = (at..at + 4)
                .take_while(|n| !self.upper(*n) && !self.is_mark(*n))
                .find(|n| self.names.organisation_word(self.lower(*n)))?;
            let specific = end > at
                && !self.is("vague", at)
                && !matches!(self.lower(at), "same" | "new" | "local" | "old" | "big" | "small");
            return specific.then(|| term("organisation", &self.join(at, end + 1)));
        }
        None
    }

    pub(super) fn capitals(&self, at: usize) -> String {
        let mut end = at;
        while end < self.tokens.len()
            && (self.upper(end) || matches!(self.lower(end), "&" | "of") && self.upper(end + 1))
        {
            end += 1;
        }
        self.join(at, end)
    }

    pub(super) fn group(&self, begin: usize) -> Option<GraphTerm> {
        const GROUPS: &[&str] = &[
            "choir",
            "club",
            "team",
            "party",
            "band",
            "orchestra",
            "society",
            "league",
            "union",
            "group",
            "chor",
            "verein",
        ];
        let at = self.determined(begin);
        let name = |n: usize| {
            let word = self.lower(n);
            GROUPS.iter().any(|g| word == *g || self.words.free_order && word.ends_with(g))
        };
        let end = (at..at + 4).take_while(|n| !self.is_mark(*n)).find(|n| name(*n))?;
        let whole = self.join(at, end + 1);
        let whole = if whole.chars().any(char::is_uppercase) && !self.words.free_order {
            whole
        } else {
            whole.to_lowercase()
        };
        (end > at || self.words.free_order).then(|| term("organisation", &whole))
    }

    pub(super) fn people(&self, begin: usize, subjects: &[GraphTerm]) -> Vec<GraphTerm> {
        for at in begin..begin + 4 {
            if let Some(mention) = self.starts(at) {
                let fits = mention.is("person") && !mention.terms.iter().any(|t| subjects.contains(t));
                return if fits { mention.terms.clone() } else { vec![] };
            }
            // `a guy named Marco`
            if matches!(self.lower(at), "named" | "called") && self.upper(at + 1) {
                return vec![term("person", &self.capitals(at + 1))];
            }
            if self.is_mark(at) {
                break;
            }
        }
        vec![]
    }

    /// The first word of a list within so many words, with what stands before it.
    pub(in crate::graph) fn listed(&self, at: usize, list: &str, within: usize, whole: bool) -> Option<GraphTerm> {
        let kind = match list {
            "occupations" => "occupation",
            "activities" => "activity",
            _ => "thing",
        };
        let mut end = None;
        for n in at..at + within {
            if self.is_mark(n) || self.is("boundaries", n) || self.is("prepositions", n) || self.is("auxiliaries", n)
            {
                break;
            }
            if self.is(list, n) {
                end = Some(n);
            } else if end.is_some() {
                break;
            }
        }
        let end = end?;
        let mut start = if whole { at } else { end };
        while self.is("role adjectives", start)
            || matches!(self.lower(start), "retired" | "very" | "really" | "licensed" | "trained")
            || self.is("determiners", start)
        {
            start += 1;
        }
        Some(term(kind, &self.join(start.min(end), end + 1).to_lowercase()))
    }

    pub(super) fn all_listed(&self, begin: usize, list: &str) -> Vec<GraphTerm> {
        let mut found = Vec::new();
        let mut at = self.determined(begin);
        while let Some(one) = self.listed(at, list, 3, false) {
            let place = (at..at + 3).find(|n| self.is(list, *n)).unwrap_or(at);
            found.push(one);
            if !matches!(self.lower(place + 1), "and" | "," | "und") {
                break;
            }
            at = self.determined(place + 2);
        }
        found
    }

    pub(super) fn activity(&self, begin: usize, frame: &Frame, anchor: usize) -> Vec<GraphTerm> {
        let mut at = begin;
        while matches!(self.lower(at), "to" | "play" | "the" | "some" | "do" | "with" | "my" | "a") {
            at += 1;
        }
        let list = "activities";
        if frame.has("loose") {
            while self.is("determiners", at) || self.is("not names", at) {
                at += 1;
            }
            let near = if self.words.free_order { 1 } else { 2 };
            return self.listed(at, list, near, false).into_iter().collect();
        }
        let mut found = Vec::new();
        while let Some(one) = self.listed(at, list, 2, false) {
            let place = (at..at + 2).find(|n| self.is(list, *n)).unwrap_or(at);
            found.push(one);
            if !matches!(self.lower(place + 1), "and" | "," | "und") {
                break;
            }
            at = place + 2;
            while matches!(self.lower(at), "the" | "and" | "some") {
                at += 1;
            }
        }
        let _ = anchor;
        found
    }

    pub(super) fn condition(&self, begin: usize) -> Option<GraphTerm> {
        let at = self.determined(begin);
        let end = (at..at + 4).take_while(|n| !self.is_mark(*n)).find(|n| self.is("conditions", *n))?;
        Some(term("thing", &self.join(at, end + 1).to_lowercase())).map(|mut t| {
            if self.lower(end) == "adhd" {
                t.name = "adhd".to_owned();
            }
            t
        })
    }

    pub(super) fn own_name(&self, at: usize) -> Option<GraphTerm> {
        let known = self.upper(at) && !self.is("not names", at) && !self.is_mark(at);
        known.then(|| term("value", &self.capitals(at)))
    }

    /// Whatever is named from here on, and what is joined to it.
    pub(in crate::graph) fn concepts(&self, begin: usize) -> Vec<GraphTerm> {
        let mut found = Vec::new();
        let mut at = begin;
        while let Some((concept, end)) = self.concept(at) {
            found.push(concept);
            let more = matches!(self.lower(end), "and" | "," | "und" | "&");
            let next = if self.lower(end) == "," && matches!(self.lower(end + 1), "and" | "und") {
                end + 2
            } else {
                end + 1
            };
            if !more || self.bounds_hard(end, next) {
                break;
            }
            at = next;
        }
        found
    }

    /// Whether a new clause begins behind a comma or an `and`.
    pub(super) fn bounds_hard(&self, end: usize, next: usize) -> bool {
        let subject = self.mentions.iter().any(|m| m.start == next && (m.acts() || m.terms.is_empty()));
        let comma = self.lower(end) == ",";
        let listed = (next..next + 4).any(|n| matches!(self.lower(n), "and" | "und"));
        subject || self.verbal(next) || self.is("adverbs", next) || self.is("pronouns m", next) || (comma && !listed)
    }

    pub(super) fn concept(&self, begin: usize) -> Option<(GraphTerm, usize)> {
        let mut at = self.determined(begin);
        while matches!(self.lower(at), "very" | "really" | "good" | "great" | "little") && at < self.tokens.len() {
            at += 1;
        }
        if let Some(mention) = self.starts(at).or_else(|| self.starts(begin)) {
            let named = mention.terms.first().filter(|t| matches!(&*t.kind, "place" | "organisation"))?;
            let follows = self.lower(mention.end);
            // `Berlin techno` and the like name something else.
            let alone = self.is_mark(mention.end)
                || !self.upper(mention.end) && self.is("prepositions", mention.end)
                || matches!(follows, "and" | "und")
                || self.is("adverbs", mention.end);
            return alone.then(|| (named.clone(), mention.end));
        }
        let pointing = (begin..at).any(|n| self.is("pointing", n));
        if pointing || self.is("vague", at) || self.is("auxiliaries", at) || self.is("adverbs", at) {
            return None;
        }
        let mut end = at;
        while end < self.tokens.len() && end - at < MAX_WORDS {
            let stops = self.is_mark(end)
                || self.is("prepositions", end)
                || self.is("boundaries", end)
                || self.is("auxiliaries", end)
                || self.is("adverbs", end)
                || self.is("negations", end)
                || self.starts(end).is_some_and(|m| m.acts())
                || (end > at && self.is("determiners", end))
                || matches!(
                    self.lower(end),
                    "and"
                        | "or"
                        | "und"
                        | "oder"
                        | "i"
                        | "who"
                        | "please"
                        | "ago"
                        | "last"
                        | "next"
                        | "gern"
                        | "gerne"
                        | "¶"
                );
            if stops || (end > at && self.is("vague", end)) {
                break;
            }
            // The infinitive or participle that closes a German clause is no part of the name.
            if self.words.free_order && end > at && !self.upper(end) {
                break;
            }
            end += 1;
        }
        if end == at
            || end - at >= MAX_WORDS && !self.is_mark(end) && end < self.tokens.len() && !self.is("prepositions", end)
        {
            return None;
        }
        // `I love making ...`: of the words that follow nothing can be told.
        let open =
            end == at + 1 && self.lower(at).ends_with("ing") && !self.is("activities", at) && !self.is_mark(end);
        if !self.words.free_order && (open || self.is("auxiliaries", end) && !self.is_mark(end)) {
            return None;
        }
        // A verb behind the words makes them its subject: `I love baking bread` against `I love how dogs bark`.
        let name = self.join(at, end).to_lowercase();
        let kind = if self.is("activities", end - 1)
            || (name.ends_with("ing") && !self.words.free_order)
            || self.lower(at).ends_with("ing")
        {
            "activity"
        } else {
            "thing"
        };
        (name.chars().count() > 1).then(|| (term(kind, &name), end))
    }
}

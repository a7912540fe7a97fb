//! What a message says about people, places and things, without a model: names and roles, then relations between them.
//!
//! Everything is data of a language (`data/`): names, roles, places, and frames such as `lives_in | live, lives | in |
//! place`. A sentence that asks, wishes, supposes, jokes or quotes says nothing. `token` cuts, `mention` finds who is
//! named and what pronouns mean, `relation` and `copula` find who stands in which relation, `when` since when.

mod copula;
pub mod gold;
mod lexicon;
mod mention;
mod relation;
mod token;
mod when;

use events::payload::{GraphRelation, GraphTerm, Span};
use events::{MadeBy, Timestamp};

use mention::{Memory, Mention, Reader};
use token::Sentence;

/// What is to be read.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The message.
    pub text: &'a str,
    /// When it was said; relative times are told from there.
    pub said_at: Timestamp,
    /// What was said before in the conversation, oldest first: what pronouns can mean.
    pub before: &'a [String],
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extraction {
    /// Whom and what it names, each once.
    pub entities: Vec<GraphTerm>,
    /// What it says of them.
    pub relations: Vec<GraphRelation>,
}

/// Reads messages. Pure: the same input gives the same extraction.
pub trait StatementExtractor: Send + Sync {
    /// Name and version, as recorded in events.
    fn identity(&self) -> MadeBy;

    /// What a message says.
    fn extract(&self, input: &Input<'_>) -> Extraction;
}

/// Works by rules, for English and German.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuleStatements;

/// Messages before that are looked at for what a pronoun means.
pub const CONTEXT: usize = 4;
/// The longest message that is read, in bytes. What is longer is read up to there.
const MAX_TEXT: usize = 20_000;
/// A sentence with one of these is about no fact at all.
const NO_FACT: &[&str] = &[
    "if",
    "maybe",
    "perhaps",
    "wish",
    "imagine",
    "pretend",
    "suppose",
    "supposing",
    "dream",
    "dreamt",
    "dreamed",
    "wenn",
    "falls",
    "vielleicht",
    "angenommen",
    "stell",
    "wünschte",
    "träumte",
];

impl StatementExtractor for RuleStatements {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "aico-statements".to_owned(), version: "1".to_owned() }
    }

    fn extract(&self, input: &Input<'_>) -> Extraction {
        let mut memory = Memory::default();
        for text in input.before.iter().rev().take(CONTEXT).rev() {
            let words = lexicon::words(language(text));
            for sentence in token::sentences(cut(text)) {
                Reader::read(words, &mut memory, &sentence.tokens);
            }
        }
        let words = lexicon::words(language(input.text));
        let mut all = Extraction::default();
        let sentences = token::sentences(cut(input.text));
        let joke = |s: &Sentence| {
            let lower: Vec<&str> = s.tokens.iter().filter(|t| !t.is_mark()).map(|t| t.lower.as_str()).collect();
            let lower = format!(" {} ", lower.join(" "));
            words.phrases("jokes").iter().any(|j| lower.contains(&format!(" {j} ")))
        };
        for (n, sentence) in sentences.iter().enumerate() {
            let read = Reader::read(words, &mut memory, &sentence.tokens);
            // A joke is told before it is called one.
            let jokes =
                joke(sentence) || sentences.get(n + 1).is_some_and(|next| joke(next) && next.tokens.len() < 8);
            if sentence.asks || jokes || no_fact(words, sentence) {
                continue;
            }
            let span = Span { start: sentence.start as u32, end: sentence.end as u32 };
            let said = relation::Finder::find(words, &sentence.tokens, &read.mentions);
            let taken = |m: &&Mention| {
                m.role.as_ref().is_some_and(|(o, p)| {
                    said.iter().any(|s| s.subject == *o && s.predicate == *p && s.confidence > 0.85)
                })
            };
            for mention in read.mentions.iter().filter(|m| m.named && !taken(m)) {
                mention.terms.iter().for_each(|t| add(&mut all.entities, t));
            }
            for (owner, predicate, whom) in read.kin {
                let late =
                    sentence.tokens.iter().any(|t| matches!(&*t.lower, "had" | "used")) && whom.kind == "animal";
                all.relations.push(GraphRelation {
                    subject: owner,
                    predicate: predicate.to_owned(),
                    object: whom,
                    holds: !late,
                    valid_from: None,
                    valid_until: None,
                    confidence: 0.9,
                    sentence: span,
                });
            }
            let when = when::when(words, &sentence.tokens, input.said_at);
            for said in said {
                let (from, until) = match said.predicate {
                    "likes" | "dislikes" | "age" | "birthday" | "name" | "from" | "born_in" | "works_as"
                        if when.from.is_none() =>
                    {
                        (None, None)
                    }
                    _ if said.holds => (when.from.or(when.at), when.until),
                    // What ended began before, and nothing says when.
                    _ => (when.from.filter(|f| when.until.is_some_and(|u| u > *f)), when.until.or(when.at)),
                };
                all.relations.push(GraphRelation {
                    subject: said.subject,
                    predicate: said.predicate.to_owned(),
                    object: said.object,
                    holds: said.holds,
                    valid_from: from,
                    valid_until: until,
                    confidence: said.confidence,
                    sentence: span,
                });
            }
        }
        for relation in &all.relations {
            for named in [&relation.subject, &relation.object] {
                if named.kind != "value" {
                    add(&mut all.entities, named);
                }
            }
        }
        // One's own name is no other person.
        let own: Vec<&str> =
            all.relations.iter().filter(|r| r.predicate == "name").map(|r| r.object.name.as_str()).collect();
        all.entities.retain(|e| e.kind != "person" || !own.contains(&e.name.as_str()));
        all
    }
}

fn add(entities: &mut Vec<GraphTerm>, term: &GraphTerm) {
    if term.name != "you" && !entities.contains(term) {
        entities.push(term.clone());
    }
}

fn language(text: &str) -> &'static str {
    crate::lexicon::language(text)
}

fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(MAX_TEXT)).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    &text[..end]
}

fn no_fact(words: &lexicon::Words, sentence: &Sentence) -> bool {
    let tokens = &sentence.tokens;
    let word = |n: usize| tokens.get(n).map_or("", |t| t.lower.as_str());
    let fiction = (0..tokens.len())
        .any(|n| matches!(word(n), "in" | "im") && (n..n + 4).any(|m| words.is("fiction", word(m))) && n < 2);
    fiction
        || tokens.iter().any(|t| NO_FACT.contains(&t.lower.as_str()))
        || (word(0) == "remind" || word(0) == "tell")
}

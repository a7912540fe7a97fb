//! How well an entry answers a question: a weighted sum of a few signals, each of which can be told in words.
//!
//! The signals of a turn look beyond its own words, because a turn of talk seldom says alone what it is about: the
//! question it answers (its *exchange*), three turns to either side (its *window*), its session. Every figure counts only
//! what is seen from the basis, document frequencies and means included, so that a question about the past is answered as
//! it would have been answered then. Nothing is dropped because one signal is low. The formulas are in
//! docs/recall.md, with what each signal brought.

pub(crate) mod cues;
mod question;
#[cfg(test)]
mod tests;
mod view;
mod weights;

use std::collections::HashMap;

use events::log::BoxError;

pub use question::Names;
pub(crate) use question::Question;
pub(crate) use view::View;
use view::{SHARE_BESIDE, WINDOW, share_before};
use weights::{REPEAT, REPEAT_DEPTH, Weights, weights};
pub use weights::{SIGNALS, Signal};

use super::entry::Kind;
use super::shelf::Shelf;

/// Saturation of repeated terms and share of the length, as in Okapi BM25 (Robertson and Walker 1994).
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// An entry with its score and what that is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub number: u32,
    /// Higher is better. The sum of the parts.
    pub score: f32,
    /// Weight times value of each signal, in the order of [`SIGNALS`].
    pub parts: [f32; SIGNALS.len()],
    /// How many of the question's words are in the entry or beside it, of 1, rare words counting for more.
    pub cover: f32,
    /// The cosine of its own vector with the question's.
    pub cosine: f32,
}

fn saturated(count: f32, length: f32, mean: f32) -> f32 {
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length / mean.max(1e-9)))
}

fn inverse_frequency(all: usize, with: usize) -> f32 {
    let (all, with) = (all as f32, with as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

/// Counts that are zero but for what was touched.
struct Counts {
    of: Vec<f32>,
    touched: Vec<u32>,
}

impl Counts {
    fn new(length: usize) -> Self {
        Self { of: vec![0.0; length], touched: Vec::new() }
    }

    fn add(&mut self, number: u32, count: f32) {
        if let Some(of) = self.of.get_mut(number as usize) {
            if *of == 0.0 {
                self.touched.push(number);
            }
            *of += count;
        }
    }

    /// Tells every count and begins anew.
    fn drain(&mut self, mut tell: impl FnMut(u32, f32)) {
        for number in self.touched.drain(..) {
            if let Some(of) = self.of.get_mut(number as usize) {
                tell(number, std::mem::take(of));
            }
        }
    }
}

/// What the words of a question give, per entry and per session.
struct Lexical {
    cover: Vec<f32>,
    exchange: Vec<f32>,
    window: Vec<f32>,
    session: Vec<f32>,
}

fn lexical(shelf: &Shelf, view: &View, question: &Question) -> Result<Lexical, BoxError> {
    let (entries, sessions) = (view.visible.len(), view.sessions.len());
    let mut found = Lexical {
        cover: vec![0.0; entries],
        exchange: vec![0.0; entries],
        window: vec![0.0; entries],
        session: vec![0.0; sessions],
    };
    let mut total = 0.0;
    let (mut own, mut beside) = (Counts::new(entries), Counts::new(entries));
    let (mut window, mut exchange, mut session) = (Counts::new(entries), Counts::new(entries), Counts::new(sessions));
    for asked in &question.asked {
        for form in &asked.forms {
            for (number, count) in shelf.postings(form)? {
                if view.visible.get(number as usize) == Some(&true) {
                    own.add(number, count as f32);
                }
            }
        }
        let weight = inverse_frequency(view.count, own.touched.len());
        total += weight;
        // The order of postings depends on how the index was written; sums must not.
        own.touched.sort_unstable();
        own.drain(|number, count| {
            view.near(number, WINDOW, |near| window.add(near, count));
            view.near(number, 1, |near| beside.add(near, 1.0));
            exchange.add(number, count);
            let at = view.beside[number as usize];
            if view.answers.get(at.after as usize) == Some(&true) {
                exchange.add(at.after, count);
            }
            session.add(at.session, count);
        });
        beside.drain(|number, _| found.cover[number as usize] += weight);
        window.drain(|number, count| {
            let n = number as usize;
            found.window[n] += weight * saturated(count, view.window_length[n], view.window_mean);
        });
        exchange.drain(|number, count| {
            let n = number as usize;
            found.exchange[n] += weight * saturated(count, view.exchange_length[n], view.exchange_mean);
        });
        let weight = inverse_frequency(sessions, session.touched.len());
        session.drain(|number, count| {
            let length = view.sessions[number as usize].length;
            found.session[number as usize] += weight * saturated(count, length, view.session_mean);
        });
    }
    if total > 0.0 {
        found.cover.iter_mut().for_each(|x| *x /= total);
        found.exchange.iter_mut().for_each(|x| *x /= total);
    }
    for all in [&mut found.window, &mut found.session] {
        let most = all.iter().copied().fold(0.0, f32::max);
        if most > 0.0 {
            all.iter_mut().for_each(|x| *x /= most);
        }
    }
    Ok(found)
}

/// What the vectors give: of an entry, of its exchange, its window and its session.
#[derive(Default)]
struct Meaning {
    own: Vec<f32>,
    exchange: Vec<f32>,
    window: Vec<f32>,
    session: Vec<f32>,
}

fn meaning(shelf: &Shelf, view: &View, question: &Question) -> Meaning {
    if question.vector.iter().all(|x| *x == 0.0) {
        return Meaning::default();
    }
    let own = shelf.vectors.cosines(&question.vector);
    let at = |n: u32| own.get(n as usize).copied().unwrap_or_default();
    let over = |sum: f32, norm: f32| sum / norm.max(1e-6);
    let mut sums = vec![0.0_f32; view.sessions.len()];
    let mut found = Meaning {
        exchange: vec![0.0; own.len()],
        window: vec![0.0; own.len()],
        session: vec![0.0; own.len()],
        own: Vec::new(),
    };
    for (n, beside) in view.beside.iter().enumerate().filter(|(n, _)| view.visible[*n]) {
        let (c, before, after) = (at(n as u32), at(beside.before), at(beside.after));
        found.exchange[n] = over(c + share_before(view.answers[n]) * before, view.exchange_norm[n]);
        found.window[n] = over(c + SHARE_BESIDE * (before + after), view.window_norm[n]);
        sums[beside.session as usize] += c;
    }
    for (n, beside) in view.beside.iter().enumerate().filter(|(n, _)| view.visible[*n]) {
        let session = beside.session as usize;
        found.session[n] = over(sums[session], view.sessions[session].norm);
    }
    for all in [&mut found.exchange, &mut found.window, &mut found.session] {
        standardise(all, view);
    }
    found.own = own;
    found
}

/// Subtracts the mean of what is seen and divides by the deviation.
fn standardise(all: &mut [f32], view: &View) {
    let count = view.count.max(1) as f64;
    let seen = || all.iter().zip(&view.visible).filter(|(_, v)| **v).map(|(x, _)| f64::from(*x));
    let mean = seen().sum::<f64>() / count;
    let deviation = (seen().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt() + 1e-6;
    all.iter_mut().for_each(|x| *x = ((f64::from(*x) - mean) / deviation) as f32);
}

/// The best entries for a question, best first; of equal ones the earlier.
pub(crate) fn rank(
    shelf: &Shelf,
    view: &View,
    question: &Question,
    limit: usize,
    keep: impl Fn(u32) -> bool,
) -> Result<Vec<Ranked>, BoxError> {
    let words = lexical(shelf, view, question)?;
    let vectors = meaning(shelf, view, question);
    let weights: &Weights = weights(!vectors.own.is_empty());
    let of = |all: &[f32], n: usize| all.get(n).copied().unwrap_or_default();
    let owner = question.owner();
    let wanted = limit.max(REPEAT_DEPTH);
    let mut best: Vec<Ranked> = Vec::new();
    let mut least = f32::NEG_INFINITY;
    for (n, entry) in shelf.entries().iter().enumerate() {
        if !view.visible[n] || !keep(n as u32) {
            continue;
        }
        let session = view.beside[n].session as usize;
        let habit = view.unlike_usual(entry, n);
        let owned =
            f32::from(u8::from(entry.kind != Kind::Fact && question.names.is_owner(entry, owner.speaker.as_ref())));
        let values: [f32; SIGNALS.len()] = [
            words.cover[n],
            words.window[n],
            words.exchange[n],
            of(&words.session, session),
            question.dates.closeness(entry.at),
            if owner.alone { owned } else { 0.0 },
            if owner.alone { 0.0 } else { owned },
            habit.asking,
            if question.when { 0.0 } else { habit.answering },
            if question.when { habit.of_a_time } else { 0.0 },
            of(&vectors.exchange, n),
            of(&vectors.window, n),
            of(&vectors.session, n),
            habit.substance,
            habit.of_oneself,
        ];
        let mut parts = values;
        parts.iter_mut().zip(weights).for_each(|(part, weight)| *part *= weight);
        // Rounded, so that what differs by less than can be meant is equal and the tie is broken by position.
        let score = (parts.iter().sum::<f32>() * 1e5).round() / 1e5;
        if score < least {
            continue;
        }
        best.push(Ranked { number: n as u32, score, parts, cover: words.cover[n], cosine: of(&vectors.own, n) });
        // Sorting now and then costs less than keeping order all the time.
        if best.len() >= 4 * wanted {
            least = cut(shelf, &mut best, wanted);
        }
    }
    cut(shelf, &mut best, wanted);
    spread(view, &mut best);
    best.truncate(limit);
    Ok(best)
}

/// Puts the first few in an order in which each turn already taken from a session makes its others a little later.
fn spread(view: &View, best: &mut Vec<Ranked>) {
    let mut taken: HashMap<u32, f32> = HashMap::new();
    let session = |r: &Ranked| view.beside.get(r.number as usize).map_or(0, |b| b.session);
    let mut pool: Vec<Ranked> = best.drain(..best.len().min(REPEAT_DEPTH)).collect();
    let mut order = Vec::with_capacity(pool.len() + best.len());
    while !pool.is_empty() {
        let worth = |r: &Ranked| r.score - REPEAT * taken.get(&session(r)).copied().unwrap_or_default();
        // The first of equals, which is the one that was better or earlier before.
        let next = (0..pool.len()).rev().max_by(|a, b| worth(&pool[*a]).total_cmp(&worth(&pool[*b]))).unwrap_or(0);
        let chosen = pool.remove(next);
        *taken.entry(session(&chosen)).or_default() += 1.0;
        order.push(chosen);
    }
    order.append(best);
    *best = order;
}

/// Keeps the best and gives the score of the last one kept.
fn cut(shelf: &Shelf, best: &mut Vec<Ranked>, limit: usize) -> f32 {
    let place = |r: &Ranked| shelf.entries().get(r.number as usize).map(|e| (e.place.position, e.place.part));
    best.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b))));
    best.truncate(limit);
    best.last().map_or(f32::NEG_INFINITY, |r| r.score)
}

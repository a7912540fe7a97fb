//! How well an entry answers a question: a weighted sum of a few signals, each of which can be told in words.
//!
//! The signals of a turn look beyond its own words, because a turn of talk seldom says alone what it is about: the
//! question it answers (its *exchange*), three turns to either side (its *window*), its session. Every figure counts only
//! what is seen from the basis, document frequencies and means included, so that a question about the past is answered as
//! it would have been answered then. Nothing is dropped because one signal is low. The formulas are in
//! docs/recall.md, with what each signal brought.

mod closer;
pub(crate) mod cues;
mod pool;
mod question;
#[cfg(test)]
mod tests;
mod view;
mod weights;

use std::collections::HashMap;
use std::ops::Range;

use events::log::BoxError;

use closer::{CANDIDATES, closeness};
use pool::Lent;
pub(crate) use pool::Pool;
pub use question::Names;
pub(crate) use question::Question;
pub(crate) use view::View;
use view::{SHARE_BESIDE, WINDOW, share_before};
use weights::{BY_TOKENS, REPEAT, REPEAT_DEPTH, TOKENS, Weights, weights};
pub use weights::{SIGNALS, Signal};

use super::shelf::{Brief, Shelf};

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
    /// The words of the question that it holds itself, as indices into [`Question::asked`].
    pub holds: Vec<usize>,
    /// How many of the question's words it holds, or the question it answers does, of 1, rare words counting for more.
    pub own: f32,
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
struct Counts<'a> {
    of: Lent<'a>,
    touched: Vec<u32>,
}

impl<'a> Counts<'a> {
    fn new(pool: &'a Pool, length: usize) -> Self {
        Self { of: pool.zeros(length), touched: Vec::new() }
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
struct Lexical<'a> {
    /// Per word of the question the entries that hold it, ascending.
    holders: Vec<Vec<u32>>,
    own: Lent<'a>,
    cover: Lent<'a>,
    exchange: Lent<'a>,
    window: Lent<'a>,
    session: Lent<'a>,
}

fn lexical<'a>(shelf: &'a Shelf, view: &View, question: &Question) -> Result<Lexical<'a>, BoxError> {
    let pool = shelf.pool();
    let (entries, sessions) = (view.visible.len(), view.sessions.len());
    let mut found = Lexical {
        holders: Vec::with_capacity(question.asked.len()),
        own: pool.zeros(entries),
        cover: pool.zeros(entries),
        exchange: pool.zeros(entries),
        window: pool.zeros(entries),
        session: pool.zeros(sessions),
    };
    let mut total = 0.0;
    let [mut own, mut beside, mut window, mut exchange] = [(); 4].map(|()| Counts::new(pool, entries));
    let mut session = Counts::new(pool, sessions);
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
        let holders = std::mem::take(&mut own.touched);
        for number in &holders {
            let number = *number;
            let count = std::mem::take(&mut own.of[number as usize]);
            view.near(number, WINDOW, |near| window.add(near, count));
            view.near(number, 1, |near| beside.add(near, 1.0));
            exchange.add(number, count);
            let at = view.beside[number as usize];
            if view.answers.get(at.after as usize) == Some(&true) {
                exchange.add(at.after, count);
            }
            session.add(at.session, count);
        }
        found.holders.push(holders);
        beside.drain(|number, _| found.cover[number as usize] += weight);
        window.drain(|number, count| {
            let n = number as usize;
            found.window[n] += weight * saturated(count, view.window_length[n], view.window_mean);
        });
        exchange.drain(|number, count| {
            let n = number as usize;
            found.own[n] += weight;
            found.exchange[n] += weight * saturated(count, view.exchange_length[n], view.exchange_mean);
        });
        let weight = inverse_frequency(sessions, session.touched.len());
        session.drain(|number, count| {
            let length = view.sessions[number as usize].length;
            found.session[number as usize] += weight * saturated(count, length, view.session_mean);
        });
    }
    if total > 0.0 {
        for all in [&mut found.cover, &mut found.exchange, &mut found.own] {
            all.iter_mut().for_each(|x| *x /= total);
        }
    }
    for all in [&mut found.window, &mut found.session] {
        let most = all.iter().copied().fold(0.0, f32::max);
        if most > 0.0 {
            all.iter_mut().for_each(|x| *x /= most);
        }
    }
    Ok(found)
}

/// Values with their mean and one over their deviation.
struct Standard<'a> {
    of: Lent<'a>,
    mean: f32,
    inverse: f32,
}

impl<'a> Standard<'a> {
    /// Of values that each count so often.
    fn new(of: Lent<'a>, count: impl Fn(usize) -> f64) -> Self {
        let (mut all, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (n, x) in of.iter().enumerate() {
            let (count, x) = (count(n), f64::from(*x));
            all += count;
            sum += count * x;
            squares += count * x * x;
        }
        let mean = sum / f64::max(all, 1.0);
        let variance = (squares / f64::max(all, 1.0) - mean * mean).max(0.0);
        Self { of, mean: mean as f32, inverse: (1.0 / (variance.sqrt() + 1e-6)) as f32 }
    }

    /// In deviations from the mean; zero where there is no value.
    fn at(&self, n: usize) -> f32 {
        self.of.get(n).map_or(0.0, |x| (x - self.mean) * self.inverse)
    }
}

/// What the vectors give: of an entry, of its exchange, its window and its session.
struct Meaning<'a> {
    own: Lent<'a>,
    exchange: Standard<'a>,
    window: Standard<'a>,
    session: Standard<'a>,
}

/// Nothing, where nothing of the question is known to the embedder.
fn meaning<'a>(shelf: &'a Shelf, view: &View, question: &Question) -> Option<Meaning<'a>> {
    if question.vector.iter().all(|x| *x == 0.0) {
        return None;
    }
    let pool = shelf.pool();
    let mut own = pool.zeros(view.visible.len());
    shelf.vectors.cosines(&question.vector, &mut own);
    let at = |n: u32| own.get(n as usize).copied().unwrap_or_default();
    let over = |sum: f32, norm: f32| sum / norm.max(1e-6);
    let (mut exchange, mut window) = (pool.zeros(own.len()), pool.zeros(own.len()));
    let mut sums = vec![(0.0_f32, 0.0_f64); view.sessions.len()];
    for (n, beside) in view.beside.iter().enumerate().filter(|(n, _)| view.visible[*n]) {
        let (c, before, after) = (own[n], at(beside.before), at(beside.after));
        exchange[n] = over(c + share_before(view.answers[n]) * before, view.exchange_norm[n]);
        window[n] = over(c + SHARE_BESIDE * (before + after), view.window_norm[n]);
        let (sum, count) = &mut sums[beside.session as usize];
        *sum += c;
        *count += 1.0;
    }
    let mut session = pool.zeros(sums.len());
    for ((session, (sum, _)), whole) in session.iter_mut().zip(&sums).zip(&view.sessions) {
        *session = over(*sum, whole.norm);
    }
    let seen = |n: usize| f64::from(u8::from(view.visible[n]));
    Some(Meaning {
        exchange: Standard::new(exchange, seen),
        window: Standard::new(window, seen),
        session: Standard::new(session, |s| sums[s].1),
        own,
    })
}

/// All that a question found out, ready to be weighed.
struct Weighing<'a> {
    shelf: &'a Shelf,
    view: &'a View,
    question: &'a Question,
    words: Lexical<'a>,
    vectors: Option<Meaning<'a>>,
    weights: &'static Weights,
    /// By voice, whether it is the one who is meant.
    owned: Vec<f32>,
    alone: f32,
    when: f32,
    /// What the second step found, of those that it looked at.
    closeness: HashMap<u32, f32>,
}

impl Weighing<'_> {
    /// The value of each signal. `day` remembers the date of the turn before: those of one day follow each other, and a
    /// date is slow to work out.
    fn values(&self, n: usize, brief: &Brief, day: &mut (i64, f32)) -> [f32; SIGNALS.len()] {
        let session = self.view.beside[n].session as usize;
        let habit = self.view.unlike_usual(brief, n);
        let meaning =
            |of: fn(&Meaning<'_>, usize, usize) -> f32| self.vectors.as_ref().map_or(0.0, |m| of(m, n, session));
        let owned = self.owned.get(brief.voice as usize).copied().unwrap_or_default();
        let today = brief.at.0.div_euclid(DAY);
        if today != day.0 {
            *day = (today, self.question.dates.closeness(brief.at));
        }
        [
            self.words.cover[n],
            self.words.window[n],
            self.words.exchange[n],
            self.words.session[session],
            day.1,
            owned * self.alone,
            owned * (1.0 - self.alone),
            habit.asking,
            habit.answering * (1.0 - self.when),
            habit.of_a_time * self.when,
            meaning(|m, n, _| m.exchange.at(n)),
            meaning(|m, n, _| m.window.at(n)),
            meaning(|m, _, session| m.session.at(session)),
            habit.substance,
            habit.of_oneself,
            0.0,
        ]
    }

    /// The score of an entry and what it is made of, by the last step that looked at it.
    fn parts(&self, number: u32) -> Option<(f32, [f32; SIGNALS.len()])> {
        let brief = self.shelf.briefs().get(number as usize)?;
        let mut parts = self.values(number as usize, brief, &mut NO_DAY.clone());
        let weights = match self.closeness.get(&number) {
            Some(closeness) => {
                parts[TOKENS] = *closeness;
                &BY_TOKENS
            }
            None => self.weights,
        };
        parts.iter_mut().zip(weights).for_each(|(part, weight)| *part *= weight);
        Some((rounded(parts.iter().sum()), parts))
    }

    /// Compares the first of the best by their tokens and orders them anew; the others stay behind them.
    fn look_closer(&mut self, best: &mut [(f32, u32)]) {
        let candidates = best.len().min(CANDIDATES);
        let candidates = best.get_mut(..candidates).unwrap_or_default();
        self.closeness = closeness(self.shelf, self.view, &self.question.tokens, candidates);
        for (score, number) in candidates.iter_mut() {
            *score = self.parts(*number).map_or(*score, |(score, _)| score);
        }
        in_order(self.shelf, candidates);
    }

    /// The best of a stretch of entries.
    fn best(&self, entries: Range<usize>, wanted: usize, keep: &(impl Fn(u32) -> bool + Sync)) -> Vec<(f32, u32)> {
        let mut day = NO_DAY;
        let mut best: Vec<(f32, u32)> = Vec::new();
        let mut least = f32::NEG_INFINITY;
        let briefs = self.shelf.briefs().get(entries.clone()).unwrap_or_default();
        for (n, brief) in entries.zip(briefs).filter(|(n, _)| self.view.visible[*n]) {
            let values = self.values(n, brief, &mut day);
            let sum: f32 = values.iter().zip(self.weights).map(|(value, weight)| value * weight).sum();
            let score = rounded(sum);
            if score < least || !keep(n as u32) {
                continue;
            }
            best.push((score, n as u32));
            // Sorting now and then costs less than keeping order all the time.
            if best.len() >= 4 * wanted {
                least = cut(self.shelf, &mut best, wanted);
            }
        }
        best
    }

    fn told(&self, (score, number): (f32, u32)) -> Option<Ranked> {
        let n = number as usize;
        let (_, parts) = self.parts(number)?;
        let cosine = self.vectors.as_ref().and_then(|m| m.own.get(n).copied()).unwrap_or_default();
        let holders = self.words.holders.iter().enumerate();
        let holds = holders.filter(|(_, all)| all.binary_search(&number).is_ok()).map(|(word, _)| word).collect();
        Some(Ranked { number, score, parts, holds, own: self.words.own[n], cosine })
    }
}

/// The best entries for a question, best first; of equal ones the earlier.
pub(crate) fn rank(
    shelf: &Shelf,
    view: &View,
    question: &Question,
    limit: usize,
    keep: impl Fn(u32) -> bool + Sync,
) -> Result<Vec<Ranked>, BoxError> {
    let threads = match view.visible.len() {
        0..ALONE => 1,
        _ => std::thread::available_parallelism().map_or(1, usize::from),
    };
    rank_by(threads, shelf, view, question, limit, keep)
}

/// The same by so many threads. Each works on entries of its own, so the result does not depend on their number.
fn rank_by(
    threads: usize,
    shelf: &Shelf,
    view: &View,
    question: &Question,
    limit: usize,
    keep: impl Fn(u32) -> bool + Sync,
) -> Result<Vec<Ranked>, BoxError> {
    let entries = view.visible.len();
    let (words, vectors) = if threads > 1 {
        std::thread::scope(|scope| {
            let vectors = scope.spawn(|| meaning(shelf, view, question));
            let words = lexical(shelf, view, question);
            (words, vectors.join().map_err(|_| "the vectors could not be compared"))
        })
    } else {
        (lexical(shelf, view, question), Ok(meaning(shelf, view, question)))
    };
    let (words, vectors) = (words?, vectors?);
    let owner = question.owner();
    let owned = |voice| f32::from(u8::from(question.names.is_owner(voice, owner.speaker.as_ref())));
    let mut weighing = Weighing {
        shelf,
        view,
        question,
        words,
        weights: weights(vectors.is_some(), question.kind),
        vectors,
        owned: shelf.voices().iter().map(owned).collect(),
        alone: f32::from(u8::from(owner.alone)),
        when: f32::from(u8::from(question.when)),
        closeness: HashMap::new(),
    };
    let closer = weighing.vectors.is_some() && !question.tokens.is_empty();
    let wanted = limit.max(if closer { CANDIDATES } else { REPEAT_DEPTH });
    let each = entries.div_ceil(threads).max(1);
    let mut best: Vec<(f32, u32)> = std::thread::scope(|scope| {
        let stretch = |from: usize| weighing.best(from..(from + each).min(entries), wanted, &keep);
        let others: Vec<_> = (1..threads).map(|t| scope.spawn(move || stretch(t * each))).collect();
        let mut all = stretch(0);
        for other in others {
            all.extend(other.join().map_err(|_| "a part of memory could not be weighed")?);
        }
        Ok::<_, BoxError>(all)
    })?;
    cut(shelf, &mut best, wanted);
    if closer {
        weighing.look_closer(&mut best);
    }
    spread(view, &mut best);
    best.truncate(limit);
    Ok(best.into_iter().filter_map(|found| weighing.told(found)).collect())
}

/// Fewer entries than this are gone through faster by one thread.
const ALONE: usize = 200_000;

/// No day yet.
const NO_DAY: (i64, f32) = (i64::MIN, 0.0);

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// The best first; of equals the earlier.
fn in_order(shelf: &Shelf, best: &mut [(f32, u32)]) {
    let place = |n: u32| shelf.entries().get(n as usize).map(|e| (e.place.position, e.place.part));
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| place(a.1).cmp(&place(b.1))));
}

/// Rounded, so that what differs by less than can be meant is equal and the tie is broken by position.
fn rounded(score: f32) -> f32 {
    (score * 1e4).round() / 1e4
}

/// Keeps the best and gives the score of the last one kept.
fn cut(shelf: &Shelf, best: &mut Vec<(f32, u32)>, limit: usize) -> f32 {
    in_order(shelf, best);
    best.truncate(limit);
    best.last().map_or(f32::NEG_INFINITY, |(score, _)| *score)
}

/// Puts the first few in an order in which each turn already taken from a session makes its others a little later.
fn spread(view: &View, best: &mut Vec<(f32, u32)>) {
    let mut taken: HashMap<u32, f32> = HashMap::new();
    let session = |n: u32| view.beside.get(n as usize).map_or(0, |b| b.session);
    let mut pool: Vec<(f32, u32)> = best.drain(..best.len().min(REPEAT_DEPTH)).collect();
    let mut order = Vec::with_capacity(pool.len() + best.len());
    while !pool.is_empty() {
        let worth = |at: usize| {
            pool.get(at)
                .map_or(0.0, |(score, n)| score - REPEAT * taken.get(&session(*n)).copied().unwrap_or_default())
        };
        // The first of equals, which is the one that was better or earlier before.
        let next = (0..pool.len()).rev().max_by(|a, b| worth(*a).total_cmp(&worth(*b))).unwrap_or(0);
        let chosen = pool.remove(next);
        *taken.entry(session(chosen.1)).or_default() += 1.0;
        order.push(chosen);
    }
    order.append(best);
    *best = order;
}

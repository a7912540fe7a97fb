//! What a shelf looks like from a basis: what can be found there, and what stands beside what.

use std::collections::BTreeSet;

use events::log::store::Stretch;

use super::super::shelf::{Brief, NONE, Shelf};
use super::super::text::Language;
use super::cues;
use crate::basis::Basis;

/// How far the surroundings of a turn reach to either side.
pub(super) const WINDOW: usize = 3;

/// What stands beside an entry within its session; [`NONE`] where nothing does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Beside {
    pub before: u32,
    pub after: u32,
    /// Index into [`View::sessions`].
    pub session: u32,
}

/// How a turn talks, from 0 to 1, or how it differs from what is usual.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Habit {
    pub asking: f32,
    pub answering: f32,
    pub of_a_time: f32,
    pub substance: f32,
    pub of_oneself: f32,
}

/// A session as far as it is seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Session {
    /// Terms of all its turns.
    pub length: f32,
    /// Length of the sum of the vectors of its turns.
    pub norm: f32,
}

/// See the module. It depends on what is seen from the basis and on nothing else.
pub(crate) struct View {
    lineage: Vec<Stretch>,
    entries: usize,
    pub(super) visible: Vec<bool>,
    pub(super) count: usize,
    pub(super) beside: Vec<Beside>,
    pub(super) sessions: Vec<Session>,
    /// Whether the turn before it ended with a question.
    pub(super) answers: Vec<bool>,
    /// Terms of a turn together with the question it answers, of its surroundings, and the mean of both.
    pub(super) exchange_length: Vec<f32>,
    pub(super) window_length: Vec<f32>,
    pub(super) exchange_mean: f32,
    pub(super) window_mean: f32,
    pub(super) session_mean: f32,
    /// How each voice usually talks, and how often it is heard.
    usual: Vec<(Habit, usize)>,
    /// The languages that are heard, the most frequent first.
    pub(crate) languages: Vec<Language>,
    /// Lengths of the vectors of a turn with the one before it, and with both beside it.
    pub(super) exchange_norm: Vec<f32>,
    pub(super) window_norm: Vec<f32>,
}

/// The share of the vector of the turn before, where that ended with a question and where not.
pub(super) fn share_before(answers: bool) -> f32 {
    if answers { 1.0 } else { 0.5 }
}

/// The share of the vectors beside a turn in those of its surroundings.
pub(super) const SHARE_BESIDE: f32 = 0.5;

impl View {
    /// Whether it is still what is seen from a basis.
    pub(crate) fn holds(&self, shelf: &Shelf, basis: &Basis) -> bool {
        self.entries == shelf.entries().len() && self.lineage == basis.lineage
    }

    /// Looks from a basis.
    pub(crate) fn new(shelf: &Shelf, basis: &Basis) -> Self {
        let visible = shelf.visible(basis);
        let count = visible.iter().filter(|v| **v).count();
        let mut view = Self {
            lineage: basis.lineage.clone(),
            entries: visible.len(),
            count,
            beside: Vec::new(),
            sessions: Vec::new(),
            answers: vec![false; visible.len()],
            exchange_length: Vec::new(),
            window_length: Vec::new(),
            exchange_mean: 0.0,
            window_mean: 0.0,
            session_mean: 0.0,
            usual: Vec::new(),
            languages: Vec::new(),
            exchange_norm: vec![0.0; visible.len()],
            window_norm: vec![0.0; visible.len()],
            visible,
        };
        view.place(shelf, basis);
        view.measure(shelf);
        view.listen(shelf);
        view
    }

    fn place(&mut self, shelf: &Shelf, basis: &Basis) {
        let nowhere = Beside { before: NONE, after: NONE, session: NONE };
        self.beside = vec![nowhere; self.visible.len()];
        let mut numbers = vec![NONE; shelf.sessions().len()];
        let mut seen: Vec<(usize, usize)> = Vec::new();
        for (number, brief) in shelf.briefs().iter().enumerate() {
            if !self.visible[number] {
                continue;
            }
            let whole = shelf.session_of(number as u32);
            let session = match numbers.get_mut(whole as usize) {
                Some(known) => {
                    if *known == NONE {
                        *known = seen.len() as u32;
                        seen.push((whole as usize, 0));
                    }
                    *known
                }
                // A fact stands alone.
                None => {
                    seen.push((usize::MAX, 0));
                    seen.len() as u32 - 1
                }
            };
            if seen.len() > self.sessions.len() {
                self.sessions.push(Session::default());
            }
            let at = session as usize;
            seen[at].1 += 1;
            self.sessions[at].length += brief.length;
            self.beside[number].session = session;
            let before = shelf.before(number as u32).and_then(|before| shelf.current(before, basis));
            let near = before.filter(|b| self.visible.get(*b as usize) == Some(&true) && *b != number as u32);
            if let Some(before) = near.filter(|b| shelf.session_of(*b) == whole) {
                self.beside[number].before = before;
            }
        }
        for number in 0..self.beside.len() {
            let before = self.beside[number].before;
            if let Some(b) = self.beside.get_mut(before as usize) {
                b.after = number as u32;
            }
        }
        for (session, (whole, members)) in self.sessions.iter_mut().zip(&seen) {
            session.norm = match shelf.sessions().get(*whole) {
                Some(all) if all.members.len() == *members => all.norm,
                Some(all) => {
                    let seen = all.members.iter().filter(|m| self.visible[**m as usize]);
                    shelf.vectors.norm_of_sum(seen.copied())
                }
                None => 1.0,
            };
        }
    }

    fn measure(&mut self, shelf: &Shelf) {
        let briefs = shelf.briefs();
        let length = |n: u32| briefs.get(n as usize).map_or(0.0, |b| b.length);
        let all = briefs.len();
        self.exchange_length = vec![0.0; all];
        self.window_length = vec![0.0; all];
        for number in (0..all).filter(|n| self.visible[*n]) {
            let n = number as u32;
            let Beside { before, after, .. } = self.beside[number];
            let answers = briefs.get(before as usize).is_some_and(|b| cues::ends_with_a_question(b.cues));
            self.answers[number] = answers;
            self.exchange_length[number] = length(n) + if answers { length(before) } else { 0.0 };
            let mut window = 0.0;
            self.near(n, WINDOW, |near| window += length(near));
            self.window_length[number] = window;
            let some = |n: u32| if n == NONE || shelf.vectors.is_zero(n) { 0.0 } else { 1.0_f32 };
            let (own, b, a) = (some(n), some(before), some(after));
            let with_before = shelf.dot_before(n, before);
            let share = share_before(answers);
            let square = own + share * share * b + 2.0 * share * with_before;
            self.exchange_norm[number] = square.max(0.0).sqrt();
            let s = SHARE_BESIDE;
            let across = if before == NONE || after == NONE { 0.0 } else { shelf.dot_across(after, before) };
            let with_after = if after == NONE { 0.0 } else { shelf.dot_before(after, n) };
            let square = own + s * s * (a + b) + 2.0 * s * (with_before + with_after) + 2.0 * s * s * across;
            self.window_norm[number] = square.max(0.0).sqrt();
        }
        let mean = |all: &[f32]| {
            let sum: f64 = all.iter().map(|x| f64::from(*x)).sum();
            (sum / self.count.max(1) as f64) as f32
        };
        self.exchange_mean = mean(&self.exchange_length);
        self.window_mean = mean(&self.window_length);
        let sessions: f64 = self.sessions.iter().map(|s| f64::from(s.length)).sum();
        self.session_mean = (sessions / self.sessions.len().max(1) as f64) as f32;
    }

    fn habit(&self, brief: &Brief, number: usize) -> Habit {
        let as_number = |is: bool| f32::from(u8::from(is));
        Habit {
            asking: cues::asking(brief.cues),
            answering: as_number(self.answers.get(number) == Some(&true)),
            of_a_time: as_number(cues::of_a_time(brief.cues)),
            substance: brief.substance,
            of_oneself: as_number(cues::of_oneself(brief.cues)),
        }
    }

    /// Learns how each voice usually talks.
    fn listen(&mut self, shelf: &Shelf) {
        let mut sums = vec![([0.0_f64; 5], 0.0_f64); shelf.voices().len()];
        for (number, brief) in shelf.briefs().iter().enumerate().filter(|(n, _)| self.visible[*n]) {
            let h = self.habit(brief, number);
            if let Some((sum, count)) = sums.get_mut(brief.voice as usize) {
                for (s, x) in sum.iter_mut().zip([h.asking, h.answering, h.of_a_time, h.substance, h.of_oneself]) {
                    *s += f64::from(x);
                }
                *count += 1.0;
            }
        }
        let mean = |(sum, count): &([f64; 5], f64)| {
            let [asking, answering, of_a_time, substance, of_oneself] = sum.map(|s| (s / count.max(1.0)) as f32);
            (Habit { asking, answering, of_a_time, substance, of_oneself }, *count as usize)
        };
        self.usual = sums.iter().map(mean).collect();
        let mut counts = [0_u32; 256];
        for (brief, _) in shelf.briefs().iter().zip(&self.visible).filter(|(_, visible)| **visible) {
            counts[usize::from(brief.language)] += 1;
        }
        self.languages = Language::ALL.into_iter().filter(|l| counts[*l as usize] > 0).collect();
        self.languages.sort_by_key(|l| std::cmp::Reverse(counts[*l as usize]));
    }

    /// The names under which words from outside are heard.
    pub(crate) fn speakers<'a>(&self, shelf: &'a Shelf) -> BTreeSet<&'a str> {
        let heard = shelf.voices().iter().zip(&self.usual).filter(|(_, (_, count))| *count > 0);
        heard.filter_map(|((_, speaker), _)| speaker.as_deref()).collect()
    }

    /// How a turn differs from how its voice usually talks. One who always asks tells nothing by asking.
    pub(super) fn unlike_usual(&self, brief: &Brief, number: usize) -> Habit {
        let is = self.habit(brief, number);
        let (usual, _) = self.usual.get(brief.voice as usize).copied().unwrap_or_default();
        Habit {
            asking: is.asking - usual.asking,
            answering: is.answering - usual.answering,
            of_a_time: is.of_a_time - usual.of_a_time,
            substance: is.substance - usual.substance,
            of_oneself: is.of_oneself - usual.of_oneself,
        }
    }

    /// Tells an entry and those up to so many places before and after it in its session.
    pub(super) fn near(&self, number: u32, reach: usize, mut tell: impl FnMut(u32)) {
        tell(number);
        for step in [|b: &Beside| b.before, |b: &Beside| b.after] {
            let mut at = number;
            for _ in 0..reach {
                at = self.beside.get(at as usize).map_or(NONE, step);
                if at == NONE {
                    break;
                }
                tell(at);
            }
        }
    }
}

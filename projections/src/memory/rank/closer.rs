//! The second step: the best of the first one, compared with the question token by token.
//!
//! The similarity is that of late interaction (Khattab and Zaharia 2020): for each token of the question the cosine of the
//! nearest token of a turn, on average. What the turn before says counts too, fully where it asks, by nine tenths where
//! not. It is told in deviations from the mean of the candidates.

use std::collections::HashMap;

use super::super::shelf::{NONE, Shelf};
use super::view::View;

/// How many of the first step are compared.
pub(super) const CANDIDATES: usize = 200;
/// What the turn before counts for where it asks nothing.
const BEFORE: f32 = 0.9;

/// For each candidate how close its tokens come to those of the question.
pub(super) fn closeness(shelf: &Shelf, view: &View, question: &[i8], candidates: &[(f32, u32)]) -> HashMap<u32, f32> {
    let mut nearest: HashMap<u32, Vec<f32>> = HashMap::new();
    let before = |n: u32| view.beside.get(n as usize).map(|b| b.before).filter(|b| *b != NONE);
    for n in candidates.iter().flat_map(|(_, n)| [Some(*n), before(*n)]).flatten() {
        nearest.entry(n).or_insert_with(|| shelf.tokens.nearest(n, question));
    }
    let close = |n: u32| {
        let own = nearest.get(&n).map_or(&[][..], Vec::as_slice);
        let share = if view.answers.get(n as usize) == Some(&true) { 1.0 } else { BEFORE };
        let beside = before(n).and_then(|b| nearest.get(&b)).map_or(&[][..], Vec::as_slice);
        let sum: f32 =
            own.iter().enumerate().map(|(t, own)| own.max(share * beside.get(t).copied().unwrap_or_default())).sum();
        sum / own.len().max(1) as f32
    };
    let all: Vec<(u32, f64)> = candidates.iter().map(|(_, n)| (*n, f64::from(close(*n)))).collect();
    let count = all.len().max(1) as f64;
    let mean = all.iter().map(|(_, c)| c).sum::<f64>() / count;
    let variance = all.iter().map(|(_, c)| (c - mean).powi(2)).sum::<f64>() / count;
    let inverse = 1.0 / (variance.sqrt() + 1e-6);
    all.into_iter().map(|(n, c)| (n, ((c - mean) * inverse) as f32)).collect()
}

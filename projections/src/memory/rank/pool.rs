//! Lists of numbers that are used again.
//!
//! A question needs a dozen lists as long as the memory. Asking the system for them each time costs more than the question:
//! every page is mapped and cleared anew. Lists come back here when they are dropped.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Lists that are kept: enough for two questions at once.
const KEPT: usize = 24;

/// See the module.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<f32>>>);

/// A list that goes back when it is dropped.
pub(super) struct Lent<'a> {
    list: Vec<f32>,
    pool: &'a Pool,
}

impl Pool {
    /// So many zeros.
    pub(super) fn zeros(&self, length: usize) -> Lent<'_> {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        list.clear();
        list.resize(length, 0.0);
        Lent { list, pool: self }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut kept = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(std::mem::take(&mut self.list));
        }
    }
}

impl Deref for Lent<'_> {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.list
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.list
    }
}

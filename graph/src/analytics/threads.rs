//! Work in blocks that do not depend on the number of threads, so that sums are the same on every machine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs `work` for blocks `0..blocks` on at most two threads, and gives the results in the order of the blocks.
pub fn in_blocks<T: Send>(blocks: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    if blocks < 2 {
        return (0..blocks).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(blocks));
    let run = || {
        loop {
            let block = next.fetch_add(1, Ordering::Relaxed);
            if block >= blocks {
                return;
            }
            let result = work(block);
            // A panic in another block ends all of it when the scope ends; what is here is whole.
            done.lock().unwrap_or_else(PoisonError::into_inner).push((block, result));
        }
    };
    thread::scope(|scope| {
        scope.spawn(run);
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(block, _)| *block);
    done.into_iter().map(|(_, result)| result).collect()
}

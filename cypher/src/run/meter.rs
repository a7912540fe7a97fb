//! Limits: every loop counts here, and here a query ends that would go on too long.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use graph::query::{ErrorKind, Limits};
use graph::{List, Value};

use crate::error::{Fault, Outcome, failure};

/// How many steps pass between two looks at the clock.
const BETWEEN: u64 = 4096;
/// How deep lists and maps may lie in each other.
const DEPTH: u32 = 128;

/// Counts work and memory against the limits.
pub struct Meter {
    limits: Limits,
    work: Cell<u64>,
    next_look: Cell<u64>,
    held: Cell<u64>,
    start: Instant,
    cancel: Option<Arc<AtomicBool>>,
}

/// The error that a limit was reached.
pub fn limit(message: String) -> Box<Fault> {
    failure(ErrorKind::Limit, "LimitReached", message)
}

impl Meter {
    pub fn new(limits: Limits, cancel: Option<Arc<AtomicBool>>) -> Self {
        Self {
            limits,
            work: Cell::new(0),
            next_look: Cell::new(0),
            held: Cell::new(0),
            start: Instant::now(),
            cancel,
        }
    }

    /// Steps so far.
    pub fn work(&self) -> u64 {
        self.work.get()
    }

    /// Counts steps.
    pub fn tick(&self, steps: u64) -> Outcome<()> {
        let work = self.work.get().saturating_add(steps);
        self.work.set(work);
        if work < self.next_look.get() { Ok(()) } else { self.look(work) }
    }

    #[cold]
    fn look(&self, work: u64) -> Outcome<()> {
        if work > self.limits.work {
            return Err(limit(format!("the query needs more than {} steps", self.limits.work)));
        }
        self.next_look.set((work + BETWEEN).min(self.limits.work.saturating_add(1)));
        if self.cancel.as_ref().is_some_and(|c| c.load(Ordering::Relaxed)) {
            return Err(failure(ErrorKind::Cancelled, "Cancelled", "the query was stopped"));
        }
        match self.limits.time {
            Some(time) if self.start.elapsed() > time => Err(limit(format!("the query takes longer than {time:?}"))),
            _ => Ok(()),
        }
    }

    /// Counts a value that is kept. What is shared with others counts as a pointer.
    pub fn hold(&self, value: &Value) -> Outcome<u64> {
        let bytes = match value {
            Value::List(list) if list.is_shared() => 24,
            Value::Map(map) if map.is_shared() => 24,
            other => other.weight(),
        };
        self.hold_bytes(bytes)?;
        Ok(bytes)
    }

    pub fn hold_bytes(&self, bytes: u64) -> Outcome<()> {
        let held = self.held.get().saturating_add(bytes);
        self.held.set(held);
        if held > self.limits.memory {
            return Err(limit(format!("the query needs more than {} bytes of memory", self.limits.memory)));
        }
        Ok(())
    }

    /// Gives back what was held.
    pub fn release(&self, bytes: u64) {
        self.held.set(self.held.get().saturating_sub(bytes));
    }

    /// Lets a value of a known size be made: a list of so many elements, a text of so many bytes.
    pub fn room(&self, size: u64) -> Outcome<()> {
        if size > self.limits.memory.saturating_sub(self.held.get()) {
            return Err(limit(format!("the query needs more than {} bytes of memory", self.limits.memory)));
        }
        self.tick(size / 64)
    }

    /// A list, if it is not too large or too deep.
    pub fn list(&self, items: Vec<Value>) -> Outcome<Value> {
        let list = Value::List(List::new(items));
        self.admit(&list)?;
        Ok(list)
    }

    /// A value that was just made, if it is not too large or too deep.
    pub fn admit(&self, value: &Value) -> Outcome<()> {
        if value.depth() > DEPTH {
            return Err(limit(format!("lists and maps are nested deeper than {DEPTH}")));
        }
        if value.weight() > self.limits.memory {
            return Err(limit(format!("the query needs more than {} bytes of memory", self.limits.memory)));
        }
        Ok(())
    }
}

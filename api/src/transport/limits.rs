//! How often somebody may ask: token buckets, refilled by the clock.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use events::{Clock, SessionId, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};

use super::answer::Refusal;

/// The most that are counted one by one; beyond it those that have waited longest are forgotten.
const MAX_COUNTED: usize = 10_000;

/// How often, on the whole and at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// On the whole.
    pub per_second: f64,
    /// At once.
    pub burst: u32,
}

/// All rates. Whoever has the token of the data folder is the machine's own and is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Requests of one session.
    pub session: Rate,
    /// Unknown tokens from one address.
    pub failures: Rate,
    /// Names and secrets from one address.
    pub sign_in: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            session: Rate { per_second: 50.0, burst: 200 },
            failures: Rate { per_second: 1.0, burst: 30 },
            sign_in: Rate { per_second: 0.2, burst: 10 },
        }
    }
}

struct Buckets<K> {
    rate: Rate,
    left: Mutex<HashMap<K, (f64, Timestamp)>>,
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(rate: Rate) -> Self {
        Self { rate, left: Mutex::default() }
    }

    /// Takes one; or tells after how many seconds there is one again.
    fn take(&self, key: K, now: Timestamp) -> Result<(), u64> {
        let burst = f64::from(self.rate.burst.max(1));
        let per_second = self.rate.per_second.max(1e-3);
        let mut all = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |left: f64, at: Timestamp| (left + (now.0 - at.0).max(0) as f64 / 1e6 * per_second).min(burst);
        if all.len() >= MAX_COUNTED {
            // Full buckets are as good as none.
            all.retain(|_, (left, at)| filled(*left, *at) < burst);
            if all.len() >= MAX_COUNTED {
                all.clear();
            }
        }
        let (left, at) = all.entry(key).or_insert((burst, now));
        (*left, *at) = (filled(*left, *at), now);
        if *left < 1.0 {
            return Err(((1.0 - *left) / per_second).ceil().max(1.0) as u64);
        }
        *left -= 1.0;
        Ok(())
    }
}

/// See the module.
pub(super) struct Limits {
    clock: Arc<dyn Clock>,
    sessions: Buckets<SessionId>,
    failures: Buckets<Option<IpAddr>>,
    sign_ins: Buckets<Option<IpAddr>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(Rates::default())
    }
}

fn refused(seconds: u64) -> Refusal {
    let what = format!("too many requests: ask again in {seconds} s");
    Refusal::too_many(StatusCode::TOO_MANY_REQUESTS, seconds, what)
}

impl Limits {
    pub(super) fn new(rates: Rates) -> Self {
        Self::over(Arc::new(SystemClock), rates)
    }

    pub(super) fn over(clock: Arc<dyn Clock>, rates: Rates) -> Self {
        let (sessions, failures) = (Buckets::new(rates.session), Buckets::new(rates.failures));
        Self { clock, sessions, failures, sign_ins: Buckets::new(rates.sign_in) }
    }

    /// One more request of a session.
    pub(super) fn session(&self, session: Option<SessionId>) -> Result<(), Refusal> {
        let Some(session) = session else { return Ok(()) };
        self.sessions.take(session, self.clock.now()).map_err(refused)
    }

    /// One more unknown token from an address.
    pub(super) fn failure(&self, from: Option<IpAddr>) -> Result<(), Refusal> {
        self.failures.take(from, self.clock.now()).map_err(refused)
    }

    /// One more name and secret from an address.
    pub(super) fn sign_in(&self, from: Option<IpAddr>) -> Result<(), Refusal> {
        self.sign_ins.take(from, self.clock.now()).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::time::ManualClock;

    #[test]
    fn a_burst_is_let_through_and_then_so_many_per_second() {
        let clock = Arc::new(ManualClock::new(Timestamp(1_764_000_000_000_000)));
        let rate = Rate { per_second: 0.5, burst: 3 };
        let limits = Limits::over(clock.clone(), Rates { failures: rate, ..Rates::default() });
        let from = |n: u8| Some(IpAddr::from([10, 0, 0, n]));
        for _ in 0..3 {
            limits.failure(from(1)).unwrap();
        }
        let refusal = limits.failure(from(1)).unwrap_err();
        assert_eq!((refusal.status, refusal.retry_after), (StatusCode::TOO_MANY_REQUESTS, Some(2)));
        limits.failure(from(2)).unwrap();
        clock.advance_seconds(2);
        limits.failure(from(1)).unwrap();
        assert!(limits.failure(from(1)).is_err());
        // A clock that jumps back gives nothing and takes nothing.
        clock.advance_seconds(-100);
        assert!(limits.failure(from(1)).is_err());
    }

    #[test]
    fn the_owner_with_the_folders_token_is_not_counted() {
        let limits = Limits::new(Rates { session: Rate { per_second: 0.1, burst: 1 }, ..Rates::default() });
        assert!((0..100).all(|_| limits.session(None).is_ok()));
    }
}

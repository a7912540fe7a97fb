//! Passes of windows: how a browser is let in without ever seeing the token of the data folder.
//!
//! A *ticket* is a secret in a link that works once and not for long; it stands in the part of the address after `#`, which
//! browsers send to nobody. A page that runs on our own address gives it back and gets a *pass*, which says until when it is
//! good and carries an HMAC-SHA256 under the token. So passes outlive a restart, nothing about them is stored, and a new
//! token ends them all. A cookie would go to every other port of this machine; a pass is kept by our own origin only.

use std::sync::{Arc, Mutex, PoisonError};

use events::{Clock, Entropy, SystemClock, SystemEntropy, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// How long a ticket is good, in seconds.
const TICKET_SECONDS: i64 = 12 * 3_600;
/// How long a pass is good, in seconds.
const PASS_SECONDS: i64 = 30 * 86_400;
/// The most tickets that wait to be used; the oldest gives way.
const MAX_TICKETS: usize = 32;
/// What a pass begins with. Its form has a number, so that a later one can be told from it.
const FORM: &str = "pass1";

struct Ticket {
    secret: String,
    until: Timestamp,
}

/// See the module.
#[derive(Clone)]
pub(super) struct Passes {
    tickets: Arc<Mutex<Vec<Ticket>>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Default for Passes {
    fn default() -> Self {
        Self::over(Arc::new(SystemClock), Arc::new(SystemEntropy))
    }
}

impl Passes {
    pub(super) fn over(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { tickets: Arc::default(), clock, entropy }
    }

    fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        hex(&bytes)
    }

    /// A ticket that nobody has yet.
    pub(super) fn ticket(&self) -> String {
        let secret = self.secret();
        let now = self.clock.now();
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|t| t.until > now);
        if tickets.len() >= MAX_TICKETS {
            tickets.remove(0);
        }
        tickets.push(Ticket { secret: secret.clone(), until: now.plus_seconds(TICKET_SECONDS) });
        secret
    }

    /// Takes a ticket back; it is good no more. Whether it was.
    pub(super) fn redeem(&self, ticket: &str) -> bool {
        let now = self.clock.now();
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tickets.len();
        tickets.retain(|t| !bool::from(t.secret.as_bytes().ct_eq(ticket.as_bytes())) || t.until <= now);
        tickets.len() < before
    }

    /// A new pass under a token, and when it ends.
    pub(super) fn pass(&self, token: &str) -> (String, Timestamp) {
        let until = Timestamp(self.clock.now().0 / 1_000_000 * 1_000_000).plus_seconds(PASS_SECONDS);
        let claim = format!("{FORM}.{}.{}", until.0 / 1_000_000, self.secret());
        let proof = sign(token, &claim);
        (format!("{claim}.{proof}"), until)
    }

    /// Whether a pass was given under this token and has not ended.
    pub(super) fn knows(&self, token: &str, pass: &str) -> bool {
        let Some((claim, proof)) = pass.rsplit_once('.') else { return false };
        if !bool::from(sign(token, claim).as_bytes().ct_eq(proof.as_bytes())) {
            return false;
        }
        let mut parts = claim.split('.');
        let form = parts.next() == Some(FORM);
        let until = parts.next().and_then(|seconds| seconds.parse::<i64>().ok());
        form && until.is_some_and(|seconds| self.clock.now() < Timestamp::default().plus_seconds(seconds))
    }
}

fn sign(token: &str, claim: &str) -> String {
    // HMAC takes a key of any length, so this does not fail; a proof of nothing is known to nobody.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.as_bytes()) else { return String::new() };
    mac.update(b"aico window\n");
    mac.update(claim.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::time::{ManualClock, SeededEntropy};

    fn passes() -> (Passes, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new(Timestamp(1_700_000_000_000_000)));
        (Passes::over(clock.clone(), Arc::new(SeededEntropy::new(1))), clock)
    }

    #[test]
    fn a_ticket_works_once_and_not_for_long() {
        let (passes, clock) = passes();
        let (first, second) = (passes.ticket(), passes.ticket());
        assert_ne!(first, second);
        for bad in ["", "x", &first[1..]] {
            assert!(!passes.redeem(bad));
        }
        assert!(passes.redeem(&first));
        assert!(!passes.redeem(&first));
        clock.advance_seconds(TICKET_SECONDS);
        assert!(!passes.redeem(&second));
    }

    #[test]
    fn the_oldest_ticket_gives_way() {
        let (passes, _) = passes();
        let first = passes.ticket();
        let later: Vec<String> = (0..MAX_TICKETS).map(|_| passes.ticket()).collect();
        assert!(!passes.redeem(&first));
        assert!(later.iter().all(|ticket| passes.redeem(ticket)));
    }

    #[test]
    fn a_pass_is_good_under_its_token_until_it_ends() {
        let (passes, clock) = passes();
        let (pass, until) = passes.pass("token");
        assert!(passes.knows("token", &pass));
        assert!(!passes.knows("another token", &pass));
        let longer = pass.replacen(&(until.0 / 1_000_000).to_string(), "9999999999", 1);
        assert_ne!(pass, longer);
        for bad in ["", "pass1", "pass1.9999999999.x.", &longer, &pass[..pass.len() - 1]] {
            assert!(!passes.knows("token", bad), "{bad}");
        }
        clock.advance_seconds(PASS_SECONDS - 1);
        assert!(passes.knows("token", &pass));
        clock.advance_seconds(1);
        assert!(!passes.knows("token", &pass));
    }
}

//! Trying again: exponential back-off with jitter.

use std::future::Future;
use std::time::Duration;

use events::Entropy;

use super::failure::Failure;
use crate::language::ModelError;

/// How often and how fast a request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The most attempts, the first one included.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each one.
    pub base: Duration,
    /// The longest wait.
    pub cap: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_millis(300), cap: Duration::from_secs(8) }
    }
}

impl Retry {
    /// The wait after failure number `failure`, counted from 0: half of it fixed, half of it chance, so that clients which
    /// failed together do not come back together.
    fn wait(&self, failure: u32, entropy: &dyn Entropy) -> Duration {
        let full = self.base.saturating_mul(2u32.saturating_pow(failure)).min(self.cap);
        full.mul_f64(0.5 + 0.5 * entropy.unit())
    }

    /// Repeats `attempt` while its failures pass by themselves, for `limit` in all.
    ///
    /// When the time runs out after a failure, that failure is the answer, as it says more than a time-out.
    pub(super) async fn run<T, F: Future<Output = Result<T, Failure>> + Send>(
        &self,
        server: &str,
        limit: Duration,
        entropy: &dyn Entropy,
        attempt: impl Fn() -> F + Send,
    ) -> Result<T, ModelError> {
        let mut last = None;
        let tries = async {
            let mut failures = 0;
            loop {
                let failure = match attempt().await {
                    Ok(value) => return Ok(value),
                    Err(failure) => failure,
                };
                failures += 1;
                let wait = failure.after.unwrap_or_else(|| self.wait(failures - 1, entropy));
                if !failure.again || failures >= self.attempts || wait >= limit {
                    return Err(failure.error);
                }
                tracing::debug!(server, failures, wait = ?wait, code = %failure.error.code(), "the request is repeated");
                last = Some(failure.error);
                tokio::time::sleep(wait).await;
            }
        };
        match tokio::time::timeout(limit, tries).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(last
                    .unwrap_or_else(|| ModelError::Timeout { server: server.to_owned(), seconds: limit.as_secs() }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::time::SeededEntropy;

    #[test]
    fn waits_grow_up_to_the_cap_and_vary() {
        let retry = Retry::default();
        let entropy = SeededEntropy::new(1);
        let waits: Vec<Duration> = (0..40).map(|n| retry.wait(n, &entropy)).collect();
        for (n, wait) in waits.iter().enumerate() {
            let full = retry.base.saturating_mul(2u32.saturating_pow(n as u32)).min(retry.cap);
            assert!(*wait >= full / 2 && *wait <= full, "{n}: {wait:?}");
        }
        assert_ne!(waits[38], waits[39]);
    }
}

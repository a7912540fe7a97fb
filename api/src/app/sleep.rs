//! When the companion sleeps, and what it knows of itself then: episodes and profile, with their words.

use std::sync::Arc;
use std::time::Duration;

use commands::sleep::Slept;
use events::{BranchId, PersonId};
use projections::Basis;
use projections::episodes::Episode;
use projections::minds::KnownFact;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::error::AppError;
use super::{App, Caller, recall};

/// How often it is looked whether the companion may sleep.
const LOOK: Duration = Duration::from_secs(300);
/// How long nobody must have said anything.
const IDLE_SECONDS: i64 = 1_800;

/// An episode with what it comes down to, in words.
#[derive(Clone, Debug)]
pub struct ToldEpisode {
    /// The episode.
    pub episode: Episode,
    /// Its summary; `None` when nothing of it is left.
    pub summary: Option<String>,
}

impl App {
    /// Lets the owner's talk settle into episodes. One sleep at a time.
    ///
    /// # Errors
    /// When the read side or the log fails.
    pub async fn consolidate(
        &self,
        branch: BranchId,
        everything: bool,
        progress: &(dyn Fn(u64, u64) + Send + Sync),
    ) -> Result<Slept, AppError> {
        let _one_at_a_time = self.sleeping.lock().await;
        let slept = self.sleeper.sleep(branch, self.owner, everything, progress).await;
        slept.map_err(|e| AppError::new(e.code(), e.to_string()))
    }

    /// The owner's episodes, the newest formed first.
    ///
    /// # Errors
    /// When a read model or the log cannot be read.
    pub async fn episodes(&self, basis: &Basis, limit: u32) -> Result<Vec<ToldEpisode>, AppError> {
        let found = self.read.episodes().newest(basis, self.owner, limit).await?;
        let found = self.read.episodes().with_words(basis, found).await?;
        let mut told = Vec::with_capacity(found.len());
        for episode in found {
            let summary = recall::summary(&self.read, basis, self.owner, &episode, &[]).await?;
            told.push(ToldEpisode { episode, summary });
        }
        Ok(told)
    }

    /// What is known of the owner and of whom they speak.
    ///
    /// # Errors
    /// When a read model or the log cannot be read.
    pub async fn profile(&self, basis: &Basis, person: PersonId) -> Result<Arc<Vec<KnownFact>>, AppError> {
        Ok(self.read.minds().profile(basis, person).await?)
    }

    /// Sleeps whenever nobody talks, until told to stop.
    pub(super) async fn sleep_when_idle(self: Arc<Self>, stop: CancellationToken) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look.tick().await; // The first is at once, and a start has other things to do.
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => {}
            }
            if let Err(error) = self.sleep_if_idle().await {
                tracing::error!(code = %error.code, %error, "the companion could not sleep");
            }
        }
    }

    async fn sleep_if_idle(&self) -> Result<(), AppError> {
        for user in self.users() {
            self.seen_by(Caller::of(user.person, user.role)).sleep_alone_if_idle().await?;
        }
        Ok(())
    }

    async fn sleep_alone_if_idle(&self) -> Result<(), AppError> {
        let basis = self.basis(None, None).await?;
        let last = self.read.conversations().list(&basis, self.owner, 1).await?;
        let quiet_since = last.first().map_or(self.started, |c| c.last_activity.max(self.started));
        if self.clock.now().0 - quiet_since.0 < IDLE_SECONDS * 1_000_000 {
            return Ok(());
        }
        let slept = self.consolidate(BranchId::MAIN, false, &|_, _| ()).await?;
        if slept.episodes > 0 {
            tracing::info!(turns = slept.turns, episodes = slept.episodes, replayed = slept.replayed, "slept");
        }
        Ok(())
    }
}

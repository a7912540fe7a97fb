//! Checking read models against the log.

use domain::sampling::Rng;
use events::{BranchId, Position};
use projections::{AsOf, Basis, Progress, resolve};

use super::{App, AppError};

/// Which positions to compare at.
#[derive(Clone, Copy, Debug)]
pub struct Samples {
    /// How many, besides the head.
    pub count: u32,
    /// Seed of their choice.
    pub seed: u64,
}

/// What was found about one read model.
#[derive(Clone, Debug)]
pub struct ProjectionVerdict {
    /// Its name.
    pub name: &'static str,
    /// At how many positions live, rebuilt and as-of were compared.
    pub samples: usize,
    /// Whether all were the same.
    pub ok: bool,
    /// What differed, or what was compared.
    pub detail: String,
}

impl App {
    /// Compares each read model, live as of random positions of main, with a fresh rebuild up to there.
    ///
    /// # Errors
    /// When the log or a store fails. A difference is no error but a verdict.
    pub async fn verify_projections(
        &self,
        samples: Samples,
        progress: &mut (dyn FnMut(&str, Progress) + Send),
    ) -> Result<Vec<ProjectionVerdict>, AppError> {
        let head = self.read.head_of(BranchId::MAIN).await?;
        let mut rng = Rng::new(samples.seed);
        let mut places: Vec<u64> = (0..samples.count)
            .map(|_| 1 + (rng.unit() * head.position.0 as f64) as u64)
            .map(|p| p.min(head.position.0))
            .chain([head.position.0])
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut bases: Vec<Basis> = Vec::with_capacity(places.len());
        for place in &places {
            bases.push(resolve(&*self.log, "main", AsOf::Position(Position(*place))).await?);
        }
        let mut verdicts = Vec::new();
        for name in self.read.names() {
            let result = self.read.check(name, &bases, &mut |p| progress(name, p)).await;
            let (ok, detail) = match result {
                Ok(()) => (true, format!("live, rebuilt and as-of agree at positions {places:?}")),
                Err(e @ projections::ReadSideError::Differs { .. }) => (false, e.to_string()),
                Err(e) => return Err(e.into()),
            };
            verdicts.push(ProjectionVerdict { name, samples: bases.len(), ok, detail });
        }
        Ok(verdicts)
    }
}

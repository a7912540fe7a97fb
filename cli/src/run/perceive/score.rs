//! How well decisions and probabilities agree with labels.

/// Decisions, probabilities and truth of one label over many texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Label {
    hits: f64,
    decided: f64,
    true_ones: f64,
}

/// Over the labels of a data set.
#[derive(Clone, Debug)]
pub(super) struct Score {
    labels: Vec<Label>,
    bins: [(f64, f64, f64); BINS],
    texts: usize,
}

const BINS: usize = 15;

impl Score {
    pub(super) fn new(labels: usize) -> Self {
        Self { labels: vec![Label::default(); labels], bins: [(0.0, 0.0, 0.0); BINS], texts: 0 }
    }

    /// Takes one text: per label what is true, what was decided, and the probability.
    pub(super) fn add(&mut self, text: impl Iterator<Item = (bool, bool, f64)>) {
        self.texts += 1;
        for (label, (is, said, probability)) in self.labels.iter_mut().zip(text) {
            label.hits += f64::from(u8::from(is && said));
            label.decided += f64::from(u8::from(said));
            label.true_ones += f64::from(u8::from(is));
            let bin = &mut self.bins[((probability * BINS as f64) as usize).min(BINS - 1)];
            *bin = (bin.0 + 1.0, bin.1 + probability, bin.2 + f64::from(u8::from(is)));
        }
    }

    pub(super) fn texts(&self) -> usize {
        self.texts
    }

    /// F1 of each label.
    pub(super) fn f1(&self) -> Vec<f64> {
        let f1 =
            |l: &Label| if l.decided + l.true_ones > 0.0 { 2.0 * l.hits / (l.decided + l.true_ones) } else { 0.0 };
        self.labels.iter().map(f1).collect()
    }

    /// The mean of the labels' F1.
    pub(super) fn macro_f1(&self) -> f64 {
        let f1 = self.f1();
        f1.iter().sum::<f64>() / f1.len().max(1) as f64
    }

    /// Expected calibration error over all labels at once, in 15 bins of equal width (Guo et al. 2017).
    pub(super) fn calibration_error(&self) -> f64 {
        let all: f64 = self.bins.iter().map(|b| b.0).sum();
        let off = |b: &(f64, f64, f64)| (b.1 - b.2).abs();
        if all > 0.0 { self.bins.iter().map(off).sum::<f64>() / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_and_calibration_are_those_of_their_formulas() {
        let mut score = Score::new(2);
        // Label 0: one hit, one miss, one false alarm. Label 1: never true, never said.
        for (is, said, p) in [(true, true, 0.9), (true, false, 0.4), (false, true, 0.6), (false, false, 0.1)] {
            score.add([(is, said, p), (false, false, 0.0)].into_iter());
        }
        assert_eq!(score.f1(), [0.5, 0.0]);
        assert_eq!((score.macro_f1(), score.texts()), (0.25, 4));
        let off = (0.1 + 0.6 + 0.6 + 0.1) / 8.0;
        assert!((score.calibration_error() - off).abs() < 1e-12, "{}", score.calibration_error());
    }

    #[test]
    fn an_empty_score_divides_by_nothing() {
        assert_eq!((Score::new(3).macro_f1(), Score::new(3).calibration_error()), (0.0, 0.0));
    }
}

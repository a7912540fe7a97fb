//! Everything that is noticed in a message, with the embedded models or with others behind the same port.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use events::MadeBy;
use events::payload::{ClassifierUse, EmotionScore, Perception, Sentiment};

use super::Perceiver;
use super::assets::{Embedded, Tongue};
use super::classifier::{Classifier, ClassifierError, Sample, round};
use super::crisis::crisis;
use super::entities::entities;
use super::grams::grams;
use super::intent::intent;
use super::text::{head, tokens};
use super::{lexicon, tongue};

/// What a score is worth in a language that its classifier has not learned.
const UNLEARNED: f64 = 0.3;
/// Strength of a word list's emotion from which on it counts.
const LEXICON_THRESHOLD: f64 = 0.5;
/// From this strength on a word speaks louder than a model that learned from few texts.
const STRONG: f64 = 0.55;
/// What is left of an emotion that is named only to be denied.
const DENIED: f64 = 0.4;
/// The version of the rules for intent and danger.
const RULES: &str = "2";

/// Perceives with a classifier for emotion and one for sentiment; languages, intent, names and danger are told by what is
/// embedded. See the module.
pub struct ModelPerceiver {
    emotion: Arc<dyn Classifier>,
    sentiment: Arc<dyn Classifier>,
    language: Tongue,
}

impl ModelPerceiver {
    /// With the models that are part of the program.
    ///
    /// # Errors
    /// When the program's own copies are damaged.
    pub fn embedded() -> Result<Self, ClassifierError> {
        let Embedded { emotion, sentiment, language } = Embedded::open()?;
        Ok(Self { emotion, sentiment, language })
    }

    /// With another classifier for emotion, whose labels are among those of [`Perception::emotions`].
    #[must_use]
    pub fn with_emotion(self, emotion: Arc<dyn Classifier>) -> Self {
        Self { emotion, ..self }
    }

    /// With another classifier for sentiment, whose labels are `negative`, `neutral` and `positive` in this order.
    #[must_use]
    pub fn with_sentiment(self, sentiment: Arc<dyn Classifier>) -> Self {
        Self { sentiment, ..self }
    }

    /// Scores by label, by what, and with which thresholds; without the model's answer those of the word lists.
    fn emotions(&self, sample: &Sample<'_>) -> (Vec<EmotionScore>, ClassifierUse) {
        let felt = lexicon::feel(sample.text);
        let instead = !self.emotion.knows(sample.language) && felt.is_some();
        let asked = if instead { None } else { answer(&*self.emotion, sample) };
        let (scores, thresholds, by): (Vec<(String, f64)>, BTreeMap<String, f64>, MadeBy) = match asked {
            Some(scores) => (
                self.emotion
                    .labels()
                    .iter()
                    .zip(scores)
                    .map(|(l, s)| (l.clone(), corrected(sample, felt.as_ref(), l, s)))
                    .collect(),
                self.emotion.thresholds(sample.language),
                self.emotion.identity(),
            ),
            None => {
                let felt = felt.map(|f| f.emotions).unwrap_or_default();
                let score = |label: &String| felt.get(label.as_str()).copied().unwrap_or(0.0);
                let labels = self.emotion.labels();
                let neutral = if felt.is_empty() { 1.0 } else { 0.0 };
                let scores =
                    labels.iter().map(|l| (l.clone(), round(if l == "neutral" { neutral } else { score(l) })));
                let thresholds = labels.iter().map(|l| (l.clone(), LEXICON_THRESHOLD)).collect();
                (scores.collect(), thresholds, lexicon::identity())
            }
        };
        let active = |label: &str, score: f64| thresholds.get(label).is_some_and(|t| score > *t);
        let mut emotions: Vec<EmotionScore> = scores
            .into_iter()
            .map(|(label, score)| EmotionScore { active: Some(active(&label, score)), label, score })
            .collect();
        emotions.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.label.cmp(&b.label)));
        (emotions, ClassifierUse { task: "emotion".to_owned(), by, thresholds })
    }

    fn sentiment(&self, sample: &Sample<'_>) -> (Sentiment, f64, ClassifierUse) {
        let used = |by| ClassifierUse { task: "sentiment".to_owned(), by, thresholds: BTreeMap::new() };
        let felt = lexicon::feel(sample.text);
        let instead = !self.sentiment.knows(sample.language) && felt.is_some();
        if !instead && let Some([negative, neutral, positive]) = answer(&*self.sentiment, sample).as_deref() {
            let turned =
                felt.as_ref().is_some_and(|f| f.emotions.is_empty() && f.valence * (positive - negative) < 0.0);
            let (negative, positive) = if turned { (*positive, *negative) } else { (*negative, *positive) };
            let sentiment = Sentiment { negative, neutral: *neutral, positive };
            return (sentiment, valence(&sentiment, sample.tokens.len()), used(self.sentiment.identity()));
        }
        let valence = round(felt.map_or(0.0, |f| f.valence));
        let (negative, positive) = ((-valence).max(0.0), valence.max(0.0));
        let sentiment = Sentiment { negative, neutral: round(1.0 - negative - positive), positive };
        (sentiment, valence, used(lexicon::identity()))
    }
}

/// What the word lists know better: a strong word in a language of few training texts, and a feeling that is denied.
fn corrected(sample: &Sample<'_>, felt: Option<&lexicon::Felt>, label: &str, score: f64) -> f64 {
    let Some(felt) = felt else { return score };
    let word = felt.emotions.get(label).copied().unwrap_or(0.0);
    if felt.denied.contains(label) {
        round(score * DENIED)
    } else if sample.language != "en" && word >= STRONG {
        round(score.max(word))
    } else {
        score
    }
}

/// The difference of the pleasant and the unpleasant, drawn to zero by what is neutral and by having few words to go by.
fn valence(s: &Sentiment, tokens: usize) -> f64 {
    let evidence = tokens as f64 / (tokens as f64 + 1.0);
    round((s.positive - s.negative) * (1.0 - s.neutral) * evidence)
}

/// A model that cannot be asked is told of and passed over: the word lists answer, and the record says so.
fn answer(classifier: &dyn Classifier, sample: &Sample<'_>) -> Option<Vec<f64>> {
    match classifier.classify(sample) {
        Ok(scores) if scores.len() == classifier.labels().len() => Some(scores),
        Ok(scores) => {
            tracing::warn!(model = %classifier.identity().name, got = scores.len(), "a classifier gave not one score per label");
            None
        }
        Err(error) => {
            tracing::warn!(model = %classifier.identity().name, %error, "a classifier failed");
            None
        }
    }
}

impl Perceiver for ModelPerceiver {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "aico-perception".to_owned(), version: "1".to_owned() }
    }

    fn perceive(&self, text: &str) -> Perception {
        let (read, cut) = head(text);
        let tokens = tokens(read);
        let grams = grams(&tokens);
        let (language, sure) = tongue::language(&self.language, read, &grams);
        let sample =
            Sample { text: read, language: &language, tokens: &tokens, grams: &grams, network: OnceCell::new() };
        let words = tokens.iter().any(|t| t.chars().any(char::is_alphanumeric));
        let danger = crisis(text);
        let (emotions, emotion_by) = if tokens.is_empty() { nothing(&*self.emotion) } else { self.emotions(&sample) };
        let (sentiment, valence, sentiment_by) = if tokens.is_empty() {
            (Sentiment { neutral: 1.0, ..Sentiment::default() }, 0.0, used("sentiment", self.sentiment.identity()))
        } else {
            self.sentiment(&sample)
        };
        let intent = intent(read, &tokens, valence);

        let learned = [self.emotion.knows(&language), self.sentiment.knows(&language)];
        let worth = learned.iter().map(|l| if *l { 1.0 } else { UNLEARNED }).sum::<f64>() / 2.0;
        let confidence = match (tokens.is_empty(), words, language.as_str()) {
            (true, ..) => 0.0,
            (_, false, _) | (_, _, "und") => UNLEARNED,
            _ => sure * worth,
        };
        let notes = [
            ("empty", tokens.is_empty()),
            ("cut", cut),
            ("no_words", !tokens.is_empty() && !words),
            ("unknown_language", words && language == "und"),
            ("unsupported_language", words && language != "und" && learned.contains(&false)),
        ];
        Perception {
            valence,
            arousal: round(lexicon::arousal(read, valence)),
            emotions,
            intent: intent.name.to_owned(),
            entities: entities(read),
            language,
            crisis: danger.score,
            crisis_kinds: danger.kinds.iter().map(|k| k.name().to_owned()).collect(),
            sentiment: Some(sentiment),
            acts: intent.acts.into_iter().map(str::to_owned).collect(),
            confidence: Some(round(confidence)),
            notes: notes.iter().filter(|(_, is)| *is).map(|(note, _)| (*note).to_owned()).collect(),
            classifiers: vec![
                sentiment_by,
                emotion_by,
                used("language", self.language.identity()),
                used("intent", MadeBy { name: "aico-intent".to_owned(), version: RULES.to_owned() }),
                used("crisis", MadeBy { name: "aico-crisis".to_owned(), version: RULES.to_owned() }),
            ],
        }
    }
}

fn used(task: &str, by: MadeBy) -> ClassifierUse {
    ClassifierUse { task: task.to_owned(), by, thresholds: BTreeMap::new() }
}

/// Where nothing was said, nothing is felt.
fn nothing(classifier: &dyn Classifier) -> (Vec<EmotionScore>, ClassifierUse) {
    let score = |label: &String| {
        let neutral = label == "neutral";
        EmotionScore { label: label.clone(), score: f64::from(u8::from(neutral)), active: Some(neutral) }
    };
    let mut emotions: Vec<EmotionScore> = classifier.labels().iter().map(score).collect();
    emotions.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.label.cmp(&b.label)));
    (emotions, used("emotion", classifier.identity()))
}

#[cfg(test)]
mod tests;

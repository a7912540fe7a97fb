//! The embedded models: files in `models/assets/perception`, made by `tools/perceive`.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::MadeBy;
use serde::Deserialize;

use super::classifier::{Classifier, ClassifierError, Sample, sigmoid, softmax};
use super::linear::Linear;
use super::network::Networks;

const MANIFEST: &str = include_str!("../../assets/perception/model.json");
const VOCABULARY: &str = include_str!("../../assets/perception/vocab.txt");
/// Networks of one training each; their outputs are averaged.
const NETWORKS: &[&[u8]] = &[include_bytes!("../../assets/perception/network.bin")];
const EMOTION_ENGLISH: &[u8] = include_bytes!("../../assets/perception/emotion-en.bin");
const EMOTION_WORLD: &[u8] = include_bytes!("../../assets/perception/emotion-world.bin");
const SENTIMENT: &[u8] = include_bytes!("../../assets/perception/sentiment.bin");
const LANGUAGE: &[u8] = include_bytes!("../../assets/perception/language.bin");

/// What the training script wrote down.
#[derive(Deserialize)]
struct Manifest {
    version: String,
    emotion: EmotionPart,
    sentiment: SentimentPart,
    language: LanguagePart,
}

#[derive(Deserialize)]
struct EmotionPart {
    labels: Vec<String>,
    english: Calibration,
    world: Calibration,
    languages: Vec<String>,
}

/// Per label: log-odds = `mix[0] * network + mix[1] * n-grams + mix[2]`, and from which probability on it holds.
#[derive(Deserialize)]
struct Calibration {
    mix: Vec<[f32; 3]>,
    thresholds: Vec<f64>,
}

#[derive(Deserialize)]
struct SentimentPart {
    labels: Vec<String>,
    /// Per class: weights of the network's logits, then of the n-grams', then a bias.
    mix: Vec<Vec<f32>>,
    languages: Vec<String>,
}

#[derive(Deserialize)]
struct LanguagePart {
    labels: Vec<String>,
    temperature: f32,
}

/// The embedded classifiers.
pub(super) struct Embedded {
    pub(super) emotion: Arc<dyn Classifier>,
    pub(super) sentiment: Arc<dyn Classifier>,
    pub(super) language: Tongue,
}

impl Embedded {
    /// Reads the files.
    ///
    /// # Errors
    /// When the program's own copies are damaged.
    pub(super) fn open() -> Result<Self, ClassifierError> {
        let manifest: Manifest =
            serde_json::from_str(MANIFEST).map_err(|_| ClassifierError::Damaged("its manifest cannot be read"))?;
        let (emotions, classes) = (manifest.emotion.labels.len(), manifest.sentiment.labels.len());
        let fits = |c: &Calibration| c.mix.len() == emotions && c.thresholds.len() == emotions;
        let mix_fits = manifest.sentiment.mix.iter().all(|row| row.len() == 2 * classes + 1);
        if !fits(&manifest.emotion.english) || !fits(&manifest.emotion.world) || !mix_fits {
            return Err(ClassifierError::Damaged("its manifest has not one number per label"));
        }
        let network = Arc::new(Networks::parse(NETWORKS, VOCABULARY, 2 * emotions + classes)?);
        let emotion = Emotion {
            by: MadeBy { name: "aico-emotion".to_owned(), version: manifest.version.clone() },
            network: network.clone(),
            english: Linear::parse(EMOTION_ENGLISH, emotions)?,
            world: Linear::parse(EMOTION_WORLD, emotions)?,
            part: manifest.emotion,
        };
        let sentiment = Sentiment {
            by: MadeBy { name: "aico-sentiment".to_owned(), version: manifest.version.clone() },
            network,
            from: 2 * emotions,
            linear: Linear::parse(SENTIMENT, classes)?,
            part: manifest.sentiment,
        };
        let language = Tongue {
            by: MadeBy { name: "aico-language".to_owned(), version: manifest.version },
            linear: Linear::parse(LANGUAGE, manifest.language.labels.len())?,
            part: manifest.language,
        };
        Ok(Self { emotion: Arc::new(emotion), sentiment: Arc::new(sentiment), language })
    }
}

/// Joy, sadness, anger, fear, surprise, disgust and neutral, several at once.
struct Emotion {
    by: MadeBy,
    network: Arc<Networks>,
    english: Linear,
    world: Linear,
    part: EmotionPart,
}

impl Emotion {
    /// English was learned from much more, with its own meaning of the labels; a text that tells no language is taken for it.
    fn english(language: &str) -> bool {
        matches!(language, "en" | "und")
    }

    fn calibration(&self, language: &str) -> &Calibration {
        if Self::english(language) { &self.part.english } else { &self.part.world }
    }
}

impl Classifier for Emotion {
    fn identity(&self) -> MadeBy {
        self.by.clone()
    }

    fn labels(&self) -> &[String] {
        &self.part.labels
    }

    fn knows(&self, language: &str) -> bool {
        self.part.languages.iter().any(|l| l == language)
    }

    fn thresholds(&self, language: &str) -> BTreeMap<String, f64> {
        self.part.labels.iter().cloned().zip(self.calibration(language).thresholds.iter().copied()).collect()
    }

    fn classify(&self, sample: &Sample<'_>) -> Result<Vec<f64>, ClassifierError> {
        let english = Self::english(sample.language);
        let count = self.part.labels.len();
        let linear = if english { &self.english } else { &self.world };
        let (grams, _) = linear.score(sample.grams);
        let network = sample.network.get_or_init(|| self.network.score(sample.tokens));
        let network = network.iter().skip(if english { 0 } else { count });
        let mixed = self.calibration(sample.language).mix.iter().zip(network).zip(&grams);
        Ok(mixed.map(|((mix, n), g)| sigmoid(mix[0] * n + mix[1] * g + mix[2])).collect())
    }
}

/// Negative, neutral, positive.
struct Sentiment {
    by: MadeBy,
    network: Arc<Networks>,
    /// Where its part of the network's outputs begins.
    from: usize,
    linear: Linear,
    part: SentimentPart,
}

impl Classifier for Sentiment {
    fn identity(&self) -> MadeBy {
        self.by.clone()
    }

    fn labels(&self) -> &[String] {
        &self.part.labels
    }

    fn knows(&self, language: &str) -> bool {
        self.part.languages.iter().any(|l| l == language)
    }

    fn thresholds(&self, _language: &str) -> BTreeMap<String, f64> {
        BTreeMap::new()
    }

    fn classify(&self, sample: &Sample<'_>) -> Result<Vec<f64>, ClassifierError> {
        let network = sample.network.get_or_init(|| self.network.score(sample.tokens));
        let mut inputs: Vec<f32> = network.iter().skip(self.from).copied().collect();
        inputs.extend(self.linear.score(sample.grams).0);
        inputs.push(1.0);
        let logit = |row: &Vec<f32>| row.iter().zip(&inputs).map(|(w, x)| w * x).sum::<f32>();
        Ok(softmax(&self.part.mix.iter().map(logit).collect::<Vec<_>>()))
    }
}

/// Tells languages apart.
pub(super) struct Tongue {
    by: MadeBy,
    linear: Linear,
    part: LanguagePart,
}

impl Tongue {
    pub(super) fn identity(&self) -> MadeBy {
        self.by.clone()
    }

    /// The likeliest language, its probability, and the share of the n-grams that were ever seen.
    pub(super) fn tell(&self, grams: &[(u32, u32)]) -> Option<(&str, f64, f64)> {
        let (mut logits, known) = self.linear.score(grams);
        logits.iter_mut().for_each(|l| *l *= self.part.temperature);
        let (best, probability) = self.part.labels.iter().zip(softmax(&logits)).max_by(|a, b| a.1.total_cmp(&b.1))?;
        (known > 0).then(|| (best.as_str(), probability, known as f64 / grams.len() as f64))
    }
}

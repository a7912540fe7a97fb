use std::sync::LazyLock;

use serde::Deserialize;

use super::*;

static PERCEIVER: LazyLock<ModelPerceiver> = LazyLock::new(|| ModelPerceiver::embedded().unwrap());

fn see(text: &str) -> Perception {
    PERCEIVER.perceive(text)
}

fn score(p: &Perception, label: &str) -> f64 {
    p.emotions.iter().find(|e| e.label == label).unwrap().score
}

fn active(p: &Perception) -> Vec<&str> {
    p.emotions.iter().filter(|e| e.active == Some(true)).map(|e| e.label.as_str()).collect()
}

#[derive(Deserialize)]
struct Golden {
    text: String,
    tokens: Vec<String>,
    grams: usize,
    english: Vec<f64>,
    world: Vec<f64>,
    sentiment: Vec<f64>,
    language: String,
    language_probability: f64,
}

/// Written by `tools/perceive`, which trained the models.
#[test]
fn scores_are_those_of_the_training() {
    let golden: Vec<Golden> = serde_json::from_str(include_str!("../../../assets/perception/golden.json")).unwrap();
    let near = |is: &[f64], should: &[f64], what: &str, text: &str| {
        assert_eq!(is.len(), should.len());
        for (a, b) in is.iter().zip(should) {
            assert!((a - b).abs() < 2e-3, "{what} of {text:?}: {is:?} and not {should:?}");
        }
    };
    for golden in golden {
        let text = golden.text.as_str();
        let tokens = tokens(text);
        assert_eq!(tokens, golden.tokens, "{text:?}");
        let grams = grams(&tokens);
        assert_eq!(grams.len(), golden.grams, "{text:?}");
        let sample = |language| Sample { text, language, tokens: &tokens, grams: &grams, network: OnceCell::new() };
        near(&PERCEIVER.emotion.classify(&sample("en")).unwrap(), &golden.english, "emotion in English", text);
        near(&PERCEIVER.emotion.classify(&sample("de")).unwrap(), &golden.world, "emotion elsewhere", text);
        near(&PERCEIVER.sentiment.classify(&sample("de")).unwrap(), &golden.sentiment, "sentiment", text);
        if let Some((language, probability, _)) = PERCEIVER.language.tell(&grams) {
            assert_eq!(language, golden.language, "{text:?}");
            near(&[probability], &[golden.language_probability], "language", text);
        }
    }
}

#[test]
fn feelings_are_told_apart() {
    for (text, emotion) in [
        ("I am so happy today, this is wonderful!", "joy"),
        ("I'm so sad, I cried all night", "sadness"),
        ("You idiot, I hate you, this makes me furious", "anger"),
        ("I'm terrified, I am so scared of the dark", "fear"),
        ("Wow, I did not expect that, what a surprise!", "surprise"),
        ("Ew, that is gross and disgusting", "disgust"),
        ("The train leaves at nine from platform two.", "neutral"),
        ("Ich bin so wütend auf meinen Chef", "anger"),
        ("Estoy muy triste hoy", "sadness"),
        ("Мне очень страшно", "fear"),
    ] {
        let p = see(text);
        assert_eq!(p.emotions[0].label, emotion, "{text}: {:?}", p.emotions);
        assert!(active(&p).contains(&emotion), "{text}: {:?}", p.emotions);
    }
}

#[test]
fn defect_17_valence_is_a_number() {
    let valence = |text| see(text).valence;
    let (good, plain, bad) = (
        valence("I love this, what a wonderful day"),
        valence("The meeting is on Tuesday at ten"),
        valence("I hate this, it is the worst day ever"),
    );
    assert!(good > 0.4 && bad < -0.4 && plain > bad && plain < good, "{good} {plain} {bad}");
    assert!(valence("I am not happy today") < 0.0 && valence("I am happy today") > 0.5);
    for text in ["Das ist wunderbar, danke!", "Merci beaucoup, je suis très content", "me encanta, qué bonito día"]
    {
        assert!(valence(text) > 0.2, "{text}: {}", valence(text));
    }
}

#[test]
fn languages_are_told_apart() {
    for (text, tag) in [
        ("Where is my book?", "en"),
        ("Wo ist mein Buch?", "de"),
        ("Meine Schwester Anna wohnt in Wien", "de"),
        ("Hallo", "de"),
        ("My sister Anna lives in Vienna", "en"),
        ("Где моя книга?", "ru"),
        ("我的书在哪里", "zh"),
        ("¿Dónde está mi libro? No lo encuentro", "es"),
        ("Où est mon livre ? Je ne le trouve pas", "fr"),
        ("Dov'è il mio libro? Non lo trovo più", "it"),
        ("Onde está o meu livro? Não consigo encontrar", "pt"),
        ("أين كتابي؟", "ar"),
        ("मेरी किताब कहाँ है?", "hi"),
        ("Var är min bok? Jag hittar den inte", "sv"),
        ("Unde este cartea mea? Nu o găsesc", "ro"),
        ("Де моя книга? Я не можу її знайти", "uk"),
        ("私の本はどこですか", "ja"),
        ("내 책이 어디에 있어요?", "ko"),
        ("Gdzie jest moja książka? Nie mogę jej znaleźć", "und"),
        ("xyzzy", "und"),
        ("12345 !!!", "und"),
    ] {
        assert_eq!(see(text).language, tag, "{text}");
    }
}

#[test]
fn what_produced_a_perception_is_said() {
    let p = see("I am happy");
    let tasks: Vec<&str> = p.classifiers.iter().map(|c| c.task.as_str()).collect();
    assert_eq!(tasks, ["sentiment", "emotion", "language", "intent", "crisis"]);
    let emotion = &p.classifiers[1];
    assert_eq!((emotion.by.name.as_str(), emotion.thresholds.len()), ("aico-emotion", 7));
    assert_eq!(p.emotions.len(), 7);
    assert!(p.emotions.iter().all(|e| e.active == Some(e.score > emotion.thresholds[&e.label])));
}

#[test]
fn nothing_said_is_nothing_felt() {
    for text in ["", "   \n\t", "\u{0}\u{1}\u{7}\u{200b}"] {
        let p = see(text);
        assert_eq!((p.valence, p.language.as_str(), p.confidence), (0.0, "und", Some(0.0)), "{text:?}");
        assert_eq!((active(&p), p.notes.as_slice()), (vec!["neutral"], &["empty".to_owned()][..]), "{text:?}");
    }
}

#[test]
fn a_megabyte_is_cut_and_says_so() {
    let text = "I am so happy today! ".repeat(50_000);
    let p = see(&text);
    assert!(p.notes.contains(&"cut".to_owned()) && p.emotions[0].label == "joy", "{:?} {:?}", p.notes, p.emotions);
    let one_word = see(&"ä".repeat(1_000_000));
    assert!(one_word.notes.contains(&"cut".to_owned()));
    assert!(see("short").notes.iter().all(|n| n != "cut"));
}

#[test]
fn emoji_alone_are_felt_with_low_confidence() {
    let p = see("😍😍");
    assert_eq!((p.language.as_str(), p.notes.as_slice()), ("und", &["no_words".to_owned()][..]));
    assert!(p.valence > 0.3 && score(&p, "joy") > 0.3 && p.confidence < Some(0.5), "{p:?}");
    assert!(see("😡😡").valence < 0.0);
}

#[test]
fn a_language_nobody_learned_is_stated() {
    for (text, tag) in
        [("私はとても嬉しいです", "ja"), ("오늘은 정말 행복해요", "ko"), ("Είμαι πολύ χαρούμενος", "el")]
    {
        let p = see(text);
        assert_eq!(p.language, tag, "{text}");
        assert!(p.notes.contains(&"unsupported_language".to_owned()) && p.confidence < Some(0.5), "{text}: {p:?}");
    }
    let french = see("Je suis tellement triste aujourd'hui, rien ne va");
    assert!(french.notes.contains(&"unsupported_language".to_owned()), "emotion was not learned in French");
    assert!(french.confidence > Some(0.3) && french.valence < 0.0, "{french:?}");
}

#[test]
fn mixed_scripts_and_controls_are_read() {
    let p = see("I am so happy сегодня 今天 \u{0}\u{202e}!!!");
    assert_eq!(p.emotions[0].label, "joy", "{:?}", p.emotions);
    assert!(p.valence > 0.0);
}

struct Broken;

impl Classifier for Broken {
    fn identity(&self) -> MadeBy {
        MadeBy { name: "broken".to_owned(), version: "0".to_owned() }
    }
    fn labels(&self) -> &[String] {
        static LABELS: LazyLock<Vec<String>> = LazyLock::new(|| ["joy", "neutral"].map(str::to_owned).to_vec());
        &LABELS
    }
    fn knows(&self, _: &str) -> bool {
        true
    }
    fn thresholds(&self, _: &str) -> BTreeMap<String, f64> {
        BTreeMap::new()
    }
    fn classify(&self, _: &Sample<'_>) -> Result<Vec<f64>, ClassifierError> {
        Err(ClassifierError::Failed("no".to_owned()))
    }
}

#[test]
fn a_model_that_fails_is_replaced_and_the_record_says_so() {
    let perceiver = ModelPerceiver::embedded().unwrap().with_emotion(Arc::new(Broken));
    let p = perceiver.perceive("I am happy");
    assert_eq!(p.classifiers[1].by.name, "aico-lexicon");
    let unfelt = perceiver.perceive("The table has four legs");
    assert_eq!(unfelt.emotions[0].label, "neutral");
}

use super::*;

fn terms(text: &str) -> Vec<String> {
    analyse(text, Some(Language::English)).terms
}

#[test]
fn english_loses_endings_and_function_words() {
    assert_eq!(terms("My sister Anna's been running to the stations"), ["sister", "anna", "run", "station"]);
}

#[test]
fn a_typographic_apostrophe_is_an_apostrophe() {
    assert_eq!(terms("Anna’s cat, don’t"), terms("Anna's cat, don't"));
}

#[test]
fn accents_do_not_matter() {
    assert_eq!(terms("The café in Málaga"), terms("the cafe in MALAGA"));
    let spanish = |text| analyse(text, Some(Language::Spanish)).terms;
    assert_eq!(spanish("la canción"), spanish("la cancion"));
}

#[test]
fn german_umlauts_and_sharp_s() {
    let german = analyse("Die Häuser meiner Großmutter sind in der Straße", None);
    assert_eq!(german.language, Some(Language::German));
    assert_eq!(german.terms, ["haus", "grossmutt", "strass"]);
}

#[test]
fn chinese_and_japanese_become_pairs() {
    assert_eq!(terms("我妹妹住在里斯本"), ["我妹", "妹妹", "妹住", "住在", "在里", "里斯", "斯本"]);
    assert_eq!(terms("東京に行く"), ["東京", "京に", "に行", "行く"]);
    assert_eq!(terms("猫。犬"), ["猫", "犬"]);
}

#[test]
fn languages_are_told_by_function_words_and_writing() {
    let language = |text| analyse(text, None).language;
    assert_eq!(language("Where does my sister live?"), Some(Language::English));
    assert_eq!(language("Wo wohnt meine Schwester?"), Some(Language::German));
    assert_eq!(language("¿Dónde vive mi hermana?"), Some(Language::Spanish));
    assert_eq!(language("Где живёт моя сестра?"), Some(Language::Russian));
    assert_eq!(language("أين تعيش أختي؟"), Some(Language::Arabic));
    assert_eq!(language("मेरी बहन कहाँ रहती है?"), Some(Language::Hindi));
    assert_eq!(language("我妹妹住在哪里"), None);
    assert_eq!(language("Lisboa 2024"), None);
    assert_eq!(language(""), None);
}

#[test]
fn a_question_finds_a_text_of_another_inflection() {
    let shares = |language, text: &str, question: &str| {
        let text = analyse(text, None).terms;
        asked(question, &[language]).iter().any(|a| a.forms.iter().any(|f| text.contains(f)))
    };
    assert!(shares(Language::Russian, "Моя сестра живёт в Лиссабоне", "Что ты знаешь о моей сестре?"));
    assert!(shares(Language::Arabic, "اشتريت كتاباً جديداً في السوق", "أين الكتاب؟"));
    assert!(shares(Language::Hindi, "मेरी बहन लिस्बन में रहती है", "बहनें कहाँ हैं?"));
    assert!(shares(Language::Spanish, "Mi hermana compró dos casas", "¿Quién tiene una casa?"));
}

#[test]
fn a_name_is_found_whatever_language_the_question_is_in() {
    let text = analyse("My sister Anna lives in Lisbon", None).terms;
    let forms: Vec<_> =
        asked("Wo wohnt Annas Katze in Lisbon?", &[Language::English]).into_iter().map(|a| a.forms).collect();
    assert!(forms.iter().any(|f| f.iter().any(|t| text.contains(t) && t == "lisbon")));
}

#[test]
fn noise_is_bounded_and_never_fails() {
    assert!(terms(&"x".repeat(100_000)).iter().all(|t| t.chars().count() <= MAX_TERM_CHARS));
    for noise in ["", " ", "\u{0}\u{1}\u{7f}", "\u{202e}\u{feff}", "🙂🙂", "...", "\u{300}\u{300}"] {
        assert!(analyse(noise, None).terms.is_empty(), "{noise:?}");
        assert!(asked(noise, &[]).is_empty(), "{noise:?}");
    }
}

#[test]
fn stop_words_alone_ask_nothing() {
    assert!(asked("what is it that you were to be?", &[Language::English]).is_empty());
}

use super::*;

fn score(text: &str) -> f64 {
    crisis(text).score
}

#[test]
fn defect_16_longer_words_idioms_and_negations_are_no_crisis() {
    for harmless in [
        "I am on a diet",
        "I studied all night",
        "my friend it was",
        "this heat is killing me",
        "I don't want to die yet",
        "I would never hurt myself",
        "I almost killed myself laughing at that joke",
        "I could kill myself laughing",
        "I want to die of embarrassment",
        "my phone died",
        "I'm dying to see you",
        "Suicide Squad is a bad film",
        "I watched a film about suicide yesterday",
        "He said \"I want to die\" in the play",
        "she said she does not want to live in Berlin",
        "I don't want to live in Berlin",
        "Ich lache mich tot",
        "Ich will nicht sterben",
        "ich will mich nicht umbringen",
        "der Film handelt von Selbstmord",
        "Me quiero morir de risa",
        "c'est à mourir de rire",
        "",
        "😀😀😀",
    ] {
        assert_eq!(score(harmless), 0.0, "{harmless}");
    }
}

#[test]
fn wishes_to_die_are_heard_in_several_languages() {
    for (text, kind) in [
        ("sometimes I want to die", Kind::Suicide),
        ("I’m going to kill myself tonight", Kind::Suicide),
        ("I can't stop thinking about killing myself", Kind::Suicide),
        ("I don’t want to live like this", Kind::Suicide),
        ("nobody cares, I just want to die", Kind::Suicide),
        ("I have thought about suicide a lot", Kind::Suicide),
        ("I can't, I want to die", Kind::Suicide),
        ("everyone would be better off without me", Kind::Suicide),
        ("I started cutting myself", Kind::SelfHarm),
        ("he hits me when he drinks", Kind::Danger),
        ("Ich will nicht mehr leben", Kind::Suicide),
        ("Ich werde mich umbringen", Kind::Suicide),
        ("Ich denke oft an Selbstmord", Kind::Suicide),
        ("quiero morir", Kind::Suicide),
        ("je veux mourir", Kind::Suicide),
        ("voglio morire", Kind::Suicide),
        ("eu quero morrer", Kind::Suicide),
        ("я не хочу жить", Kind::Suicide),
        ("我想死", Kind::Suicide),
        ("मैं मरना चाहता हूँ", Kind::Suicide),
    ] {
        let found = crisis(text);
        assert!(found.score >= 0.5 && found.kinds.contains(&kind), "{text}: {found:?}");
    }
}

#[test]
fn a_joke_counts_less_and_is_not_nothing() {
    let joke = score("lol I want to die 😂");
    assert!(joke > 0.0 && joke < 0.5, "{joke}");
}

#[test]
fn the_end_of_a_very_long_text_is_read() {
    let mut text = "all is well. ".repeat(80_000);
    assert_eq!(score(&text), 0.0);
    text.push_str("I want to die");
    assert!(score(&text) > 0.5);
}

//! Telling languages apart by script and by small words.

const ENGLISH: &str = "the and is are was were you your my me we they he she it this that what where when who how why do \
    does did have has had not with for from about can will would could should of on at to a an i i'm it's don't";
const GERMAN: &str = "der die das und ist sind war waren du dein deine mein meine mich mir wir sie er es dieser was wo wann \
    wer wie warum habe hat hatte nicht mit für von über kann wird würde könnte sollte ein eine einen ich bin zu im am auf \
    aus bei nach auch noch nur doch sich ihm ihn ihr uns euch den dem des wenn weil dass als oder aber";
/// Words that tell a language and also say something.
const ENGLISH_TELLING: &str = "hello thanks please like love live lives work works feel today sister brother";
const GERMAN_TELLING: &str = "hallo danke bitte mag liebe wohne wohnt wohnst lebe lebt arbeite arbeitet heiße heißt fühle \
    heute gestern morgen schwester bruder mutter vater frau hund katze gut nichts";

const MAX_WORDS: usize = 300;

/// The BCP 47 tag of a text, `und` when it cannot be told.
pub(crate) fn language(text: &str) -> &'static str {
    for c in text.chars() {
        match c as u32 {
            0x3040..=0x30FF => return "ja",
            0xAC00..=0xD7AF => return "ko",
            0x0600..=0x06FF => return "ar",
            0x0900..=0x097F => return "hi",
            0x0400..=0x04FF => return "ru",
            _ => {}
        }
    }
    if text.chars().any(|c| matches!(c as u32, 0x4E00..=0x9FFF)) {
        return "zh";
    }
    let mut words = super::words(text);
    // The beginning tells as well as the whole, and cost must have a bound.
    words.truncate(MAX_WORDS);
    let count = |lists: [&str; 2]| {
        let told = |w: &&String| lists.iter().any(|list| list.split_whitespace().any(|s| s == w.as_str()));
        words.iter().filter(told).count()
    };
    let (english, german) = (count([ENGLISH, ENGLISH_TELLING]), count([GERMAN, GERMAN_TELLING]));
    let umlaut = usize::from(text.chars().any(|c| "äöüßÄÖÜ".contains(c)));
    match (english, german + umlaut) {
        (0, 0) => "und",
        (e, g) if g > e => "de",
        _ => "en",
    }
}

/// Whether a word says nothing about the subject of a text.
pub(crate) fn stop_words(word: &str) -> bool {
    let more = "in please tell know remember bitte weißt noch there here been be am so if or but just also very now exactly again";
    [ENGLISH, GERMAN, more].iter().any(|list| list.split_whitespace().any(|s| s == word))
}

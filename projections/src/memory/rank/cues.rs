//! What a turn's words show besides their subject: that they ask, that they speak of a time, that they tell of oneself.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_segmentation::UnicodeSegmentation;

const ENDS_WITH_A_QUESTION: u16 = 1 << 8;
const SPEAKS_OF_A_TIME: u16 = 1 << 9;
const SPEAKS_OF_ONESELF: u16 = 1 << 10;

/// Words that place something in time, in lower case.
static TIMES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("times.txt").split_whitespace().collect());

/// The same in writings without spaces.
const TIMES_WITHIN: &[&str] = &[
    "昨天",
    "今天",
    "明天",
    "前天",
    "后天",
    "上周",
    "下周",
    "上个月",
    "下个月",
    "去年",
    "今年",
    "明年",
    "最近",
    "星期",
    "周末",
    "早上",
    "晚上",
    "昨日",
    "今日",
    "明日",
    "先週",
    "来週",
    "今週",
    "先月",
    "来月",
    "今月",
    "来年",
    "曜日",
    "年前",
    "月前",
    "週間前",
    "日前",
];

/// Words for oneself, in lower case.
pub(super) const ONESELF: &[&str] = &[
    "i",
    "me",
    "my",
    "mine",
    "myself",
    "we",
    "us",
    "our",
    "ours",
    "ourselves",
    "ich",
    "mich",
    "mir",
    "mein",
    "meine",
    "meinem",
    "meinen",
    "meiner",
    "meines",
    "wir",
    "uns",
    "unser",
    "unsere",
    "yo",
    "mi",
    "mí",
    "mis",
    "nosotros",
    "nuestra",
    "nuestro",
    "je",
    "moi",
    "mon",
    "ma",
    "mes",
    "nous",
    "notre",
    "io",
    "mio",
    "mia",
    "noi",
    "eu",
    "meu",
    "minha",
    "я",
    "меня",
    "мне",
    "мной",
    "мой",
    "моя",
    "моё",
    "мое",
    "мои",
    "моей",
    "моего",
    "моих",
    "мы",
    "нас",
    "наш",
    "наша",
    "أنا",
    "انا",
    "نحن",
    "मैं",
    "मैंने",
    "मुझे",
    "मेरा",
    "मेरी",
    "मेरे",
    "हम",
    "हमारा",
    "我",
    "我们",
    "私",
    "僕",
    "俺",
];

static ONESELF_SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| ONESELF.iter().copied().collect());

/// The cues of a text: in the low byte the share of its sentences that ask, of 255; above it the marks.
pub(crate) fn of(text: &str) -> u16 {
    let (mut sentences, mut asking) = (0_u32, 0_u32);
    for sentence in sentences_of(text) {
        sentences += 1;
        asking += u32::from(asks(sentence));
    }
    let share = (asking * 255).checked_div(sentences).unwrap_or_default() as u16;
    let mark = |is: bool, mark: u16| if is { mark } else { 0 };
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    // `i'm` is `i`.
    let words = || lower.unicode_words().map(|w| w.split('\'').next().unwrap_or(w));
    let time = words().any(|w| TIMES.contains(w)) || TIMES_WITHIN.iter().any(|w| lower.contains(w));
    share
        | mark(asks(text), ENDS_WITH_A_QUESTION)
        | mark(time, SPEAKS_OF_A_TIME)
        | mark(words().any(|w| ONESELF_SET.contains(w)), SPEAKS_OF_ONESELF)
}

fn asks(sentence: &str) -> bool {
    sentence.trim_end().ends_with(['?', '？', '؟'])
}

/// Sentences end after a mark that a space or the end follows, and after a full-width mark always.
fn sentences_of(text: &str) -> impl Iterator<Item = &str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let before_space = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = matches!(c, '。' | '！' | '？') || (matches!(c, '.' | '!' | '?' | '؟' | '।') && before_space);
        if ends {
            let end = at + c.len_utf8();
            pieces.extend(text.get(from..end));
            from = end;
        }
    }
    pieces.extend(text.get(from..));
    pieces.into_iter().filter(|p| !p.trim().is_empty())
}

/// The share of sentences that ask.
pub(super) fn asking(cues: u16) -> f32 {
    f32::from(cues & 0xff) / 255.0
}

pub(super) fn ends_with_a_question(cues: u16) -> bool {
    cues & ENDS_WITH_A_QUESTION != 0
}

pub(super) fn of_a_time(cues: u16) -> bool {
    cues & SPEAKS_OF_A_TIME != 0
}

pub(super) fn of_oneself(cues: u16) -> bool {
    cues & SPEAKS_OF_ONESELF != 0
}

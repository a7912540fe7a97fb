//! Words for times, by language.

/// A calendar unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Year,
}

const MONTHS: [&[&str]; 12] = [
    &[
        "january",
        "jan",
        "januar",
        "enero",
        "janvier",
        "gennaio",
        "janeiro",
        "января",
        "январе",
        "январь",
        "يناير",
        "जनवरी",
    ],
    &[
        "february",
        "feb",
        "februar",
        "febrero",
        "février",
        "febbraio",
        "fevereiro",
        "февраля",
        "феврале",
        "февраль",
        "فبراير",
        "फरवरी",
        "फ़रवरी",
    ],
    &["march", "mar", "märz", "marzo", "mars", "março", "марта", "марте", "март", "مارس", "मार्च"],
    &["april", "apr", "abril", "avril", "aprile", "апреля", "апреле", "апрель", "أبريل", "ابريل", "अप्रैल"],
    &["may", "mai", "mayo", "maggio", "maio", "мая", "мае", "май", "مايو", "मई"],
    &["june", "jun", "juni", "junio", "juin", "giugno", "junho", "июня", "июне", "июнь", "يونيو", "जून"],
    &["july", "jul", "juli", "julio", "juillet", "luglio", "julho", "июля", "июле", "июль", "يوليو", "जुलाई"],
    &["august", "aug", "agosto", "août", "августа", "августе", "август", "أغسطس", "اغسطس", "अगस्त"],
    &[
        "september",
        "sep",
        "sept",
        "septiembre",
        "septembre",
        "settembre",
        "setembro",
        "сентября",
        "сентябре",
        "сентябрь",
        "سبتمبر",
        "सितंबर",
    ],
    &[
        "october",
        "oct",
        "oktober",
        "octubre",
        "octobre",
        "ottobre",
        "outubro",
        "октября",
        "октябре",
        "октябрь",
        "أكتوبر",
        "اكتوبر",
        "अक्टूबर",
    ],
    &["november", "nov", "noviembre", "novembre", "novembro", "ноября", "ноябре", "ноябрь", "نوفمبر", "नवंबर"],
    &[
        "december",
        "dec",
        "dezember",
        "diciembre",
        "décembre",
        "dicembre",
        "dezembro",
        "декабря",
        "декабре",
        "декабрь",
        "ديسمبر",
        "दिसंबर",
    ],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "montag", "lunes", "lundi", "lunedì", "понедельник", "الاثنين", "الإثنين", "सोमवार"],
    &["tuesday", "dienstag", "martes", "mardi", "martedì", "вторник", "الثلاثاء", "मंगलवार"],
    &["wednesday", "mittwoch", "miércoles", "mercredi", "mercoledì", "среду", "среда", "الأربعاء", "बुधवार"],
    &["thursday", "donnerstag", "jueves", "jeudi", "giovedì", "четверг", "الخميس", "गुरुवार"],
    &["friday", "freitag", "viernes", "vendredi", "venerdì", "пятницу", "пятница", "الجمعة", "शुक्रवार"],
    &["saturday", "samstag", "sábado", "samedi", "sabato", "субботу", "суббота", "السبت", "शनिवार"],
    &["sunday", "sonntag", "domingo", "dimanche", "domenica", "воскресенье", "الأحد", "रविवार"],
];

const UNITS: [(Unit, &[&str]); 4] = [
    (
        Unit::Day,
        &[
            "day",
            "days",
            "tag",
            "tage",
            "tagen",
            "día",
            "días",
            "dia",
            "dias",
            "jour",
            "jours",
            "день",
            "дня",
            "дней",
            "أيام",
            "يوم",
            "दिन",
            "天前",
            "日前",
        ],
    ),
    (
        Unit::Week,
        &[
            "week",
            "weeks",
            "woche",
            "wochen",
            "semana",
            "semanas",
            "semaine",
            "semaines",
            "неделю",
            "недели",
            "недель",
            "أسابيع",
            "أسبوع",
            "हफ्ते",
            "हफ़्ते",
            "सप्ताह",
            "周前",
            "週間前",
            "个星期前",
        ],
    ),
    (
        Unit::Month,
        &[
            "month",
            "months",
            "monat",
            "monate",
            "monaten",
            "mes",
            "meses",
            "mois",
            "месяц",
            "месяца",
            "месяцев",
            "أشهر",
            "شهر",
            "महीने",
            "个月前",
            "か月前",
            "ヶ月前",
        ],
    ),
    (
        Unit::Year,
        &[
            "year",
            "years",
            "jahr",
            "jahre",
            "jahren",
            "año",
            "años",
            "an",
            "ans",
            "год",
            "года",
            "лет",
            "سنوات",
            "سنة",
            "साल",
            "年前",
        ],
    ),
];

const NUMBERS: [&[&str]; 12] = [
    &["a", "an", "one", "ein", "eine", "einem", "einer", "un", "una", "une", "один", "одну", "एक", "一"],
    &["two", "couple", "zwei", "dos", "deux", "два", "две", "दो", "二", "两", "兩"],
    &["three", "drei", "tres", "trois", "три", "ثلاثة", "ثلاث", "तीन", "三"],
    &["four", "vier", "cuatro", "quatre", "четыре", "أربعة", "أربع", "चार", "四"],
    &["five", "fünf", "cinco", "cinq", "пять", "خمسة", "خمس", "पांच", "पाँच", "五"],
    &["six", "sechs", "seis", "шесть", "ستة", "ست", "छह", "六"],
    &["seven", "sieben", "siete", "sept", "семь", "سبعة", "سبع", "सात", "七"],
    &["eight", "acht", "ocho", "huit", "восемь", "ثمانية", "आठ", "八"],
    &["nine", "neun", "nueve", "neuf", "девять", "تسعة", "नौ", "九"],
    &["ten", "zehn", "diez", "dix", "десять", "عشرة", "दस", "十"],
    &["eleven", "elf", "once", "onze", "одиннадцать"],
    &["twelve", "zwölf", "doce", "douze", "двенадцать", "十二"],
];

/// Whole phrases, looked for anywhere, the longer ones first so that "the day before yesterday" is not yesterday.
const RELATIVE: &[(&str, Unit, i64)] = &[
    ("day before yesterday", Unit::Day, -2),
    ("vorgestern", Unit::Day, -2),
    ("anteayer", Unit::Day, -2),
    ("avant-hier", Unit::Day, -2),
    ("позавчера", Unit::Day, -2),
    ("前天", Unit::Day, -2),
    ("一昨日", Unit::Day, -2),
    ("yesterday", Unit::Day, -1),
    ("last night", Unit::Day, -1),
    ("gestern", Unit::Day, -1),
    ("ayer", Unit::Day, -1),
    ("anoche", Unit::Day, -1),
    ("hier soir", Unit::Day, -1),
    ("вчера", Unit::Day, -1),
    ("昨天", Unit::Day, -1),
    ("昨日", Unit::Day, -1),
    ("أمس", Unit::Day, -1),
    ("बीते कल", Unit::Day, -1),
    ("today", Unit::Day, 0),
    ("this morning", Unit::Day, 0),
    ("heute", Unit::Day, 0),
    ("сегодня", Unit::Day, 0),
    ("今天", Unit::Day, 0),
    ("今日", Unit::Day, 0),
    ("اليوم", Unit::Day, 0),
    ("आज", Unit::Day, 0),
    ("last week", Unit::Week, -1),
    ("letzte woche", Unit::Week, -1),
    ("letzter woche", Unit::Week, -1),
    ("vorige woche", Unit::Week, -1),
    ("semana pasada", Unit::Week, -1),
    ("semaine dernière", Unit::Week, -1),
    ("прошлой неделе", Unit::Week, -1),
    ("上周", Unit::Week, -1),
    ("上星期", Unit::Week, -1),
    ("先週", Unit::Week, -1),
    ("الأسبوع الماضي", Unit::Week, -1),
    ("पिछले हफ्ते", Unit::Week, -1),
    ("पिछले सप्ताह", Unit::Week, -1),
    ("this week", Unit::Week, 0),
    ("diese woche", Unit::Week, 0),
    ("dieser woche", Unit::Week, 0),
    ("esta semana", Unit::Week, 0),
    ("этой неделе", Unit::Week, 0),
    ("这周", Unit::Week, 0),
    ("今週", Unit::Week, 0),
    ("last month", Unit::Month, -1),
    ("letzten monat", Unit::Month, -1),
    ("letztem monat", Unit::Month, -1),
    ("mes pasado", Unit::Month, -1),
    ("mois dernier", Unit::Month, -1),
    ("прошлом месяце", Unit::Month, -1),
    ("上个月", Unit::Month, -1),
    ("先月", Unit::Month, -1),
    ("الشهر الماضي", Unit::Month, -1),
    ("पिछले महीने", Unit::Month, -1),
    ("last year", Unit::Year, -1),
    ("letztes jahr", Unit::Year, -1),
    ("letzten jahr", Unit::Year, -1),
    ("año pasado", Unit::Year, -1),
    ("année dernière", Unit::Year, -1),
    ("прошлом году", Unit::Year, -1),
    ("去年", Unit::Year, -1),
    ("العام الماضي", Unit::Year, -1),
    ("السنة الماضية", Unit::Year, -1),
    ("पिछले साल", Unit::Year, -1),
];

const AGO_AFTER: &[&str] = &["ago", "earlier", "назад", "पहले", "atrás"];
const AGO_BEFORE: &[&str] = &["vor", "hace", "a", "قبل", "منذ"];

fn index(table: &[&[&str]], word: &str) -> Option<usize> {
    table.iter().position(|words| words.contains(&word))
}

/// 1 to 12.
pub(super) fn month(word: &str) -> Option<i8> {
    index(&MONTHS, word).and_then(|n| i8::try_from(n + 1).ok())
}

/// Monday is 0.
pub(super) fn weekday(word: &str) -> Option<i8> {
    index(&WEEKDAYS, word).and_then(|n| i8::try_from(n).ok())
}

pub(super) fn unit(word: &str) -> Option<Unit> {
    // Where no spaces are written, the unit is followed at once by whatever comes next.
    let is = |w: &&str| *w == word || (w.ends_with('前') && word.starts_with(*w));
    UNITS.iter().find(|(_, words)| words.iter().any(is)).map(|(unit, _)| *unit)
}

pub(super) fn number(word: &str) -> Option<i64> {
    let spelt = index(&NUMBERS, word).and_then(|n| i64::try_from(n + 1).ok());
    spelt.or_else(|| word.parse().ok()).filter(|n| (1..=1_000).contains(n))
}

/// Whether a count of units lies in the past: by a word after it, by one before it, or within it.
pub(super) fn ago(after: Option<&str>, before: Option<&str>, unit: &str) -> bool {
    unit.contains('前')
        || after.is_some_and(|w| AGO_AFTER.contains(&w))
        || before.is_some_and(|w| AGO_BEFORE.contains(&w))
}

/// Every phrase of a lower-case text that is relative to today.
pub(super) fn relative(lower: &str) -> Vec<(Unit, i64)> {
    let mut rest = lower.to_owned();
    let mut found = Vec::new();
    for (phrase, unit, offset) in RELATIVE {
        if rest.contains(phrase) {
            found.push((*unit, *offset));
            rest = rest.replace(phrase, " ");
        }
    }
    found
}

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Wednesday.
const SAID: &str = "2023-06-14T10:00:00Z";

/// How well a day fits to a text that was said on a Wednesday in June.
fn fits(text: &str, day: &str) -> f32 {
    Dates::in_text(text, Some(at(SAID))).closeness(at(&format!("{day}T12:00:00Z")))
}

#[test]
fn a_whole_date_fits_its_day_best_then_its_month_then_its_year() {
    for text in
        ["on 7 May 2023", "on May 7th, 2023", "2023-05-07", "am 7.5.2023", "2023年5月7日", "el 7 de mayo de 2023"]
    {
        assert_eq!(fits(text, "2023-05-07"), 1.25, "{text}");
        assert_eq!(fits(text, "2023-05-20"), 0.75, "{text}");
        assert_eq!(fits(text, "2023-01-01"), 0.25, "{text}");
        assert_eq!(fits(text, "2021-01-01"), 0.0, "{text}");
    }
}

#[test]
fn relative_days_are_counted_from_the_day_of_the_question() {
    for text in
        ["What did I do yesterday?", "Was war gestern?", "¿Qué hice ayer?", "что было вчера?", "昨天怎么样", "昨日は"]
    {
        assert_eq!(fits(text, "2023-06-13"), 1.0, "{text}");
        assert_eq!(fits(text, "2023-06-12"), 0.0, "{text}");
    }
}

#[test]
fn weeks_begin_on_monday() {
    for text in [
        "last week",
        "letzte Woche",
        "la semana pasada",
        "на прошлой неделе",
        "上周",
        "先週",
        "الأسبوع الماضي",
        "पिछले हफ्ते",
    ] {
        assert_eq!(fits(text, "2023-06-05"), 1.0, "{text}");
        assert_eq!(fits(text, "2023-06-11"), 1.0, "{text}");
        assert_eq!(fits(text, "2023-06-12"), 0.0, "{text}");
    }
}

#[test]
fn counts_of_units_ago() {
    for text in ["two months ago", "vor zwei Monaten", "hace dos meses", "два месяца назад", "दो महीने पहले"]
    {
        assert_eq!(fits(text, "2023-04-20"), 1.0, "{text}");
        assert_eq!(fits(text, "2023-05-20"), 0.0, "{text}");
    }
    assert_eq!(fits("3天前", "2023-06-11"), 1.0);
    assert_eq!(fits("2週間前", "2023-05-31"), 1.0);
}

#[test]
fn a_weekday_is_the_last_one() {
    assert_eq!(fits("what happened on Friday?", "2023-06-09"), 1.0);
    assert_eq!(fits("am Mittwoch", "2023-06-07"), 1.0);
}

#[test]
fn the_day_before_yesterday_is_not_yesterday() {
    assert_eq!(fits("the day before yesterday", "2023-06-12"), 1.0);
    assert_eq!(fits("the day before yesterday", "2023-06-13"), 0.0);
}

#[test]
fn a_wrong_date_is_not_invented() {
    for text in ["", "I may march on", "room 101", "the first of many", "31.31.2023", "2023-13-45", "99", "🙂"] {
        let dates = Dates::in_text(text, None);
        assert!(dates.partial.iter().all(|p| p.day.is_none()), "{text}: {dates:?}");
    }
    assert!(Dates::in_text("you may come", None).is_empty());
    assert!(Dates::in_text("yesterday", None).is_empty(), "nobody knows when this was said");
}

#[test]
fn far_numbers_do_not_fail() {
    for text in ["1000 years ago", "999999999999 days ago", "in 32767", "0 weeks ago", "9999-99-99"] {
        Dates::in_text(text, Some(at(SAID)));
    }
}

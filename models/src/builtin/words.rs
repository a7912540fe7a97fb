//! What the built-in companion can say, in English and German.

/// One language. `{person}` and `{companion}` are put in later.
pub(super) struct Phrases {
    pub identity_questions: &'static [&'static str],
    pub identity: &'static str,
    pub ability_questions: &'static [&'static str],
    pub abilities: &'static str,
    pub greetings: &'static [&'static str],
    pub farewells: &'static [&'static str],
    pub thanks: &'static [&'static str],
    pub comfort: &'static [&'static str],
    pub gladness: &'static [&'static str],
    pub unknown: &'static [&'static str],
    pub follow_ups: &'static [&'static str],
    pub you_told_me: &'static str,
    pub i_told_you: &'static str,
    pub noted: &'static str,
    pub noted_briefly: &'static str,
    pub listening: &'static str,
}

const ENGLISH: Phrases = Phrases {
    identity_questions: &[
        "what are you",
        "who are you",
        "are you real",
        "are you human",
        "are you a person",
        "are you an ai",
        "which model",
        "what model",
    ],
    identity: "I am {companion}, the built-in companion of AICO: a small program, not a person and not a large language \
        model. I answer from what you told me and from a few rules. Connect Ollama or another model and I can say more.",
    ability_questions: &["what can you do", "how can you help", "what do you do"],
    abilities: "I remember what you tell me, answer questions about it, and notice how you feel. Everything I do is an \
        event in a log on your own machine: you can ask why I said something, go back in time, or fork the past.",
    greetings: &["Hello {person}. How are you today?", "Hi {person}, good to hear from you.", "Hello {person}!"],
    farewells: &[
        "Goodbye {person}. Take care.",
        "See you, {person}. All the best.",
        "Bye {person}. Until next time.",
    ],
    thanks: &["You're welcome, {person}.", "Gladly.", "Any time."],
    comfort: &[
        "I'm sorry, {person}. That sounds hard. I'm listening.",
        "That sounds heavy. Do you want to tell me more about it?",
        "I hear you, {person}. What weighs most on you right now?",
    ],
    gladness: &["That's good to hear!", "How nice!", "I'm glad, {person}."],
    unknown: &[
        "I don't know that. You haven't told me, and I don't want to guess.",
        "I haven't heard about that from you yet, so I don't know.",
        "I don't know. If you tell me, I'll remember it.",
    ],
    follow_ups: &["What else is on your mind?", "Would you like to tell me more?", "How did that come about?"],
    you_told_me: "You told me:",
    i_told_you: "I said earlier:",
    noted: "I'll remember that",
    noted_briefly: "Noted.",
    listening: "I'm listening.",
};

const GERMAN: Phrases = Phrases {
    identity_questions: &[
        "was bist du",
        "wer bist du",
        "bist du echt",
        "bist du ein mensch",
        "bist du eine ki",
        "welches modell",
    ],
    identity: "Ich bin {companion}, der eingebaute Begleiter von AICO: ein kleines Programm, kein Mensch und kein großes \
        Sprachmodell. Ich antworte aus dem, was du mir erzählt hast. Mit Ollama oder einem anderen Modell kann ich mehr.",
    ability_questions: &["was kannst du", "wie kannst du helfen"],
    abilities: "Ich merke mir, was du erzählst, beantworte Fragen dazu und achte darauf, wie es dir geht. Alles, was ich tue, \
        ist ein Ereignis in einem Protokoll auf deinem Rechner: du kannst fragen warum, und in der Zeit zurückgehen.",
    greetings: &["Hallo {person}. Wie geht es dir heute?", "Hallo {person}, schön, von dir zu hören."],
    farewells: &["Tschüss {person}. Mach's gut.", "Bis bald, {person}. Alles Gute."],
    thanks: &["Gern geschehen, {person}.", "Gerne."],
    comfort: &[
        "Das tut mir leid, {person}. Das klingt schwer. Ich höre zu.",
        "Das klingt belastend. Magst du mehr davon erzählen?",
    ],
    gladness: &["Das freut mich!", "Wie schön!"],
    unknown: &[
        "Das weiß ich nicht. Du hast es mir noch nicht erzählt, und ich möchte nicht raten.",
        "Davon hast du mir noch nichts gesagt, also weiß ich es nicht.",
    ],
    follow_ups: &["Was beschäftigt dich noch?", "Magst du mehr davon erzählen?"],
    you_told_me: "Du hast mir erzählt:",
    i_told_you: "Ich sagte vorhin:",
    noted: "Ich merke mir:",
    noted_briefly: "Gemerkt.",
    listening: "Ich höre zu.",
};

pub(super) fn phrases(german: bool) -> Phrases {
    if german { GERMAN } else { ENGLISH }
}

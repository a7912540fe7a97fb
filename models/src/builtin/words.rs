//! What the built-in companion can say, in English and German.

/// One language. `{person}` and `{companion}` are put in later; a person without a name is left out with the comma or space
/// before the place. Of several wordings the seed picks one.
pub(super) struct Phrases {
    pub wellbeing_questions: &'static [&'static str],
    pub wellbeing: &'static [&'static str],
    pub identity_questions: &'static [&'static str],
    pub identity: &'static str,
    pub ability_questions: &'static [&'static str],
    pub abilities: &'static str,
    pub my_name_questions: &'static [&'static str],
    pub my_name: &'static str,
    pub overview_questions: &'static [&'static str],
    pub overview: &'static str,
    pub nothing_yet: &'static str,
    pub crisis: &'static str,
    pub cannot: &'static str,
    pub greetings: &'static [&'static str],
    pub farewells: &'static [&'static str],
    pub thanks: &'static [&'static str],
    pub sorry: &'static [&'static str],
    pub comfort: &'static [&'static str],
    pub gladness: &'static [&'static str],
    pub unknown: &'static [&'static str],
    pub follow_ups: &'static [&'static str],
    pub warm_endings: &'static [&'static str],
    /// A clause follows: what the person said, surely.
    pub told: &'static [&'static str],
    /// The same when the question was whether it is so.
    pub told_yes: &'static str,
    /// The same when it fits the question in part.
    pub told_perhaps: &'static str,
    /// A quotation of the companion follows.
    pub said: &'static str,
    pub said_perhaps: &'static str,
    pub noted: &'static str,
    pub noted_briefly: &'static str,
    pub listening: &'static [&'static str],
    pub yes_no_words: &'static [&'static str],
    pub self_words: &'static [&'static str],
}

const ENGLISH: Phrases = Phrases {
    wellbeing_questions: &["how are you", "how do you feel", "how is it going", "what's up", "what are you doing"],
    wellbeing: &[
        "All is well here, thank you. How are you, {person}?",
        "I'm a program, so I'm always awake and ready. How are you today?",
    ],
    identity_questions: &[
        "what are you",
        "who are you",
        "what's your name",
        "what is your name",
        "are you real",
        "are you human",
        "are you a person",
        "are you a human",
        "are you a bot",
        "are you a robot",
        "are you conscious",
        "are you alive",
        "are you chatgpt",
        "are you an ai",
        "which model",
        "what model",
        "which ai",
    ],
    identity: "I am {companion}, the built-in companion of AICO: a small program, not a person and not a large language \
        model. I answer from what you told me and from a few rules. Connect Ollama or another model and I can say more.",
    ability_questions: &["what can you do", "how can you help", "what do you do", "help", "help me"],
    abilities: "I remember what you tell me, answer questions about it, and notice how you feel. Everything I do is an \
        event in a log on your own machine: you can ask why I said something, go back in time, or fork the past.",
    my_name_questions: &["what is my name", "what's my name", "who am i", "do you know my name"],
    my_name: "You are {person}.",
    overview_questions: &[
        "what do you know about me",
        "what do you remember",
        "what have i told you",
        "what did i tell you",
        "tell me about me",
        "tell me about myself",
    ],
    overview: "This is what comes to mind:",
    nothing_yet: "Nothing comes to mind yet. Tell me something about you, if you like.",
    crisis: "I'm very glad that you say this, {person}, and I take it seriously. I'm a program and can't give the help \
        that you deserve now. Please talk to someone right away: a person you trust, or your emergency number (112 in \
        Europe, 988 in the United States). You don't have to carry this alone.",
    cannot: "I can't do that: I'm the built-in companion, which only remembers and answers from memory. With Ollama or \
        another model connected I could try.",
    greetings: &["Hello {person}. How are you today?", "Hi {person}, good to hear from you.", "Hello {person}!"],
    farewells: &[
        "Goodbye {person}. Take care.",
        "See you, {person}. All the best.",
        "Bye {person}. Until next time.",
    ],
    thanks: &["You're welcome, {person}.", "Gladly.", "Any time."],
    sorry: &[
        "I'm sorry. Thank you for saying so; I've noted it.",
        "Thank you for being open. I'll try to do better.",
    ],
    comfort: &[
        "I'm sorry, {person}. That sounds hard. I'm listening.",
        "That sounds heavy. Do you want to tell me more about it?",
        "I hear you, {person}. What weighs most on you right now?",
    ],
    gladness: &["That's good to hear!", "How nice!", "I'm glad, {person}."],
    unknown: &[
        "I don't know that. You haven't told me, and I don't want to guess.",
        "You haven't told me about that yet, so I don't know.",
        "I don't know. If you tell me, I can answer next time.",
    ],
    follow_ups: &["What else is on your mind?", "Would you like to tell me more?", "How did that come about?"],
    warm_endings: &["Thank you for telling me.", "I'm glad you share this with me.", "It's good to talk with you."],
    told: &["You told me that", "From what you told me,"],
    told_yes: "Yes, you told me that",
    told_perhaps: "I don't know that exactly, but you told me that",
    said: "I said earlier:",
    said_perhaps: "I don't know that exactly, but I said earlier:",
    noted: "I'll remember that",
    noted_briefly: "Noted.",
    listening: &["I'm listening.", "I see. Go on, I'm listening.", "All right."],
    yes_no_words: &["do", "does", "did", "is", "are", "was", "were", "has", "have", "can"],
    self_words: &["i", "i'm", "i've", "my", "me", "we", "our"],
};

const GERMAN: Phrases = Phrases {
    wellbeing_questions: &["wie geht es dir", "wie geht's dir", "wie geht's", "was machst du"],
    wellbeing: &[
        "Hier ist alles gut, danke. Und wie geht es dir, {person}?",
        "Ich bin ein Programm und immer wach. Wie geht es dir heute?",
    ],
    identity_questions: &[
        "was bist du",
        "wer bist du",
        "wie heißt du",
        "bist du echt",
        "bist du ein mensch",
        "bist du ein roboter",
        "bist du ein bot",
        "bist du eine ki",
        "hast du ein bewusstsein",
        "welches modell",
    ],
    identity: "Ich bin {companion}, der eingebaute Begleiter von AICO: ein kleines Programm, kein Mensch und kein großes \
        Sprachmodell. Ich antworte aus dem, was du mir erzählt hast. Mit Ollama oder einem anderen Modell kann ich mehr.",
    ability_questions: &["was kannst du", "wie kannst du helfen", "wie kannst du mir helfen", "hilfe"],
    abilities: "Ich merke mir, was du erzählst, beantworte Fragen dazu und achte darauf, wie es dir geht. Alles, was ich \
        tue, ist ein Ereignis in einem Protokoll auf deinem Rechner: du kannst fragen warum, und in der Zeit zurückgehen.",
    my_name_questions: &["wie heiße ich", "wer bin ich", "was ist mein name", "wie ist mein name"],
    my_name: "Du bist {person}.",
    overview_questions: &["was weißt du über mich", "was weißt du von mir", "was habe ich dir erzählt"],
    overview: "Das fällt mir dazu ein:",
    nothing_yet: "Noch fällt mir nichts ein. Erzähl mir etwas von dir, wenn du magst.",
    crisis: "Gut, dass du das sagst, {person}. Ich nehme es ernst. Ich bin ein Programm und kann dir nicht die Hilfe geben, \
        die du jetzt verdienst. Bitte sprich sofort mit jemandem: mit einem Menschen, dem du vertraust, mit dem Notruf 112 \
        oder mit der Telefonseelsorge (0800 111 0 111). Du musst das nicht allein tragen.",
    cannot: "Das kann ich nicht: ich bin der eingebaute Begleiter und antworte nur aus der Erinnerung. Mit Ollama oder einem \
        anderen Modell könnte ich es versuchen.",
    greetings: &["Hallo {person}. Wie geht es dir heute?", "Hallo {person}, schön, von dir zu hören."],
    farewells: &["Tschüss {person}. Mach's gut.", "Bis bald, {person}. Alles Gute."],
    thanks: &["Gern geschehen, {person}.", "Gerne."],
    sorry: &["Das tut mir leid. Danke, dass du es sagst.", "Danke für die Offenheit. Ich will es besser machen."],
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
    warm_endings: &["Danke, dass du mir das erzählst.", "Schön, dass du das mit mir teilst."],
    told: &["Du hast mir erzählt:", "Das weiß ich von dir:"],
    told_yes: "Ja, du hast mir erzählt:",
    told_perhaps: "Genau weiß ich es nicht, aber du hast mir erzählt:",
    said: "Ich sagte vorhin:",
    said_perhaps: "Genau weiß ich es nicht, aber ich sagte vorhin:",
    noted: "Ich merke mir:",
    noted_briefly: "Gemerkt.",
    listening: &["Ich höre zu.", "Verstehe. Erzähl weiter, ich höre zu."],
    yes_no_words: &["ist", "sind", "war", "hat", "habe", "hast", "wohnt", "lebt", "mag", "arbeitet"],
    self_words: &["ich", "mein", "meine", "meinen", "mir", "mich", "wir"],
};

pub(super) fn phrases(german: bool) -> Phrases {
    if german { GERMAN } else { ENGLISH }
}

//! Events of a conversation and of the steps of its turns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::envelope::MadeBy;
use crate::id::{CompanionId, ConversationId, MessageId, PersonId, Position, RunId};

/// Who spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person whose conversation it is.
    Person,
    /// The companion, or in an import whoever the person was talking to.
    Companion,
}

/// Something that came with a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// For example `image`.
    pub kind: String,
    /// What it shows, in words.
    pub caption: String,
    /// Where it was, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What became of a message that named no conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadAction {
    /// It went on with the latest conversation.
    Continued,
    /// It took up an older one again.
    Reactivated,
    /// It began a new one.
    Created,
}

/// Where a message went that named no conversation, and on what grounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadChoice {
    /// What became of it.
    pub action: ThreadAction,
    /// Why, in words.
    pub reason: String,
    /// The conversations that were weighed, the chosen or strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weighed: Vec<ThreadScore>,
}

/// A conversation that a message might have belonged to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadScore {
    /// Which.
    pub conversation: ConversationId,
    /// How much of the message was talked about there, in `[0, 1]`.
    pub coherence: f64,
    /// Hours since anything was said there.
    pub idle_hours: f64,
    /// How much speaks for going on with it, in `[0, 1]`.
    pub strength: f64,
}

/// One emotion with its strength in `[0, 1]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmotionScore {
    /// For example `joy`.
    pub label: String,
    /// A calibrated probability, or a strength where a word list made it.
    pub score: f64,
    /// Whether it was strong enough to count; not known of older perceptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// How likely each tone of a text is; the three sum to one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sentiment {
    /// Unpleasant.
    pub negative: f64,
    /// Neither.
    pub neutral: f64,
    /// Pleasant.
    pub positive: f64,
}

/// What scored one side of a text, with the scores from which on its labels hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassifierUse {
    /// `emotion`, `sentiment`, `language`, `intent` or `crisis`.
    pub task: String,
    /// By what.
    pub by: MadeBy,
    /// Label to threshold; empty where the best label holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub thresholds: BTreeMap<String, f64>,
}

/// A name found in a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// As written.
    pub text: String,
    /// For example `person` or `place`.
    pub kind: String,
}

/// What was noticed in a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Perception {
    /// Pleasantness in `[-1, 1]`.
    pub valence: f64,
    /// Excitement in `[0, 1]`.
    pub arousal: f64,
    /// Emotions found, strongest first.
    pub emotions: Vec<EmotionScore>,
    /// For example `question` or `statement`.
    pub intent: String,
    /// Names found, in order of the text.
    pub entities: Vec<Entity>,
    /// BCP 47 tag of the language, `und` when it was not recognised.
    pub language: String,
    /// Strength of a crisis signal in `[0, 1]`.
    pub crisis: f64,
    /// What the signal is of: `suicide`, `self_harm`, `hopelessness` or `danger`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crisis_kinds: Vec<String>,
    /// How likely each tone is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<Sentiment>,
    /// Dialogue acts, for example `greeting` or `request`; several at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<String>,
    /// How far the scores can be relied on, in `[0, 1]`: low for a language that nothing was learned of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// What limits it: `empty`, `cut`, `no_words`, `unknown_language` or `unsupported_language`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What scored the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classifiers: Vec<ClassifierUse>,
}

impl Perception {
    /// `negative`, `neutral` or `positive`: the likeliest tone, or where none was recorded the sign of the valence.
    pub fn tone(&self) -> &'static str {
        let tones =
            self.sentiment.map_or([-self.valence, 0.1, self.valence], |s| [s.negative, s.neutral, s.positive]);
        match tones {
            [bad, plain, good] if bad > plain && bad > good => "negative",
            [_, plain, good] if good > plain => "positive",
            _ => "neutral",
        }
    }
}

/// A point in the space of feeling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Affect {
    /// Pleasantness in `[-1, 1]`.
    pub valence: f64,
    /// Excitement in `[0, 1]`.
    pub arousal: f64,
    /// Being in control, in `[0, 1]`.
    pub dominance: f64,
}

/// One check of the appraisal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// For example `goal_relevance`.
    pub name: String,
    /// Its value in `[-1, 1]`.
    pub value: f64,
    /// Why it came out so, in words.
    pub reason: String,
}

/// One memory that was brought to mind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecalledItem {
    /// The event that holds it, as seen on the branch of the turn.
    pub source: Position,
    /// The message it is from, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// `turn`, `fact`, `profile`, `episode`, or `album` for a note about something kept.
    pub kind: String,
    /// The words that enter the prompt.
    pub text: String,
    /// Rank score, higher is better.
    pub score: f64,
    /// The parts that the score is made of.
    pub signals: BTreeMap<String, f64>,
    /// Why it was kept, in words.
    pub reason: String,
}

/// One way of answering that could have been chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkillCandidate {
    /// Name of the skill.
    pub name: String,
    /// The value drawn from its posterior.
    pub sample: f64,
    /// The chance that it had of being chosen.
    pub propensity: f64,
}

/// One part of a prompt. The text is not repeated here: it is rebuilt from the sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromptPart {
    /// `persona`, `skill`, `mood`, `memory`, `history` or `message`.
    pub kind: String,
    /// The events whose content it shows, oldest first.
    pub sources: Vec<Position>,
    /// Its estimated length in tokens.
    pub tokens: u32,
}

/// What a model call cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read, 0 when the model does not say.
    pub prompt_tokens: u32,
    /// Tokens written, 0 when the model does not say.
    pub completion_tokens: u32,
    /// From the request to the first token, in milliseconds.
    pub first_token_ms: u32,
    /// From the request to the last token, in milliseconds.
    pub total_ms: u32,
}

/// Why a finished reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The model reached its limit.
    Length,
}

/// Why a reply was not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InterruptReason {
    /// The person stopped it.
    Stopped,
    /// The model or its connection failed in the middle.
    ModelFailed,
    /// The process died and the turn was closed at the next start.
    Crashed,
}

/// Something learned from talk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Who or what it is about.
    pub subject: String,
    /// How it relates.
    pub predicate: String,
    /// To whom or what.
    pub object: String,
    /// The sentence it came from.
    pub sentence: String,
    /// In `[0, 1]`.
    pub confidence: f64,
}

/// What a person thought of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feedback {
    /// -1 (bad) to 1 (good).
    pub reward: f64,
    /// A short reason such as `too_long`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// In the person's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

event_enum! {
    /// What happens in a conversation.
    ConversationEvent => Conversation {
        /// A conversation began.
        ConversationStarted {
            /// Whose it is.
            person: PersonId,
            /// With whom.
            companion: CompanionId,
            /// A private conversation never becomes memory.
            private: bool,
            /// Where it came from: `chat`, or the format of an import.
            origin: String,
            /// A title, when one was given.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            title: Option<String>,
        },
        /// The conversation is titled differently from now on.
        ConversationRenamed {
            /// The new title.
            title: String,
        },
        /// The person said something.
        MessageReceived {
            /// Its id.
            message: MessageId,
            /// The words.
            text: String,
            /// What came with it.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            attachments: Vec<Attachment>,
            /// How its conversation was found, where it named none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            thread: Option<ThreadChoice>,
        },
        /// A message of an older conversation was taken in; nothing answers it.
        MessageImported {
            /// Its id.
            message: MessageId,
            /// Which side spoke.
            role: Role,
            /// The speaker's name in the source.
            speaker: String,
            /// The words.
            text: String,
            /// What came with it.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            attachments: Vec<Attachment>,
            /// Its id in the source, if it had one.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            source: Option<String>,
        },
        /// The person reworded a message; the earlier words stay in the past.
        MessageEdited {
            /// Which one.
            message: MessageId,
            /// The new words.
            text: String,
        },
        /// A message was read for feeling, intent and names.
        MessagePerceived {
            /// Which one.
            message: MessageId,
            /// What was noticed.
            perception: Box<Perception>,
            /// By what.
            by: MadeBy,
        },
        /// The companion's feeling moved.
        EmotionAppraised {
            /// Because of which message.
            message: MessageId,
            /// The checks in their order.
            checks: Vec<Check>,
            /// Feeling before.
            before: Affect,
            /// Feeling after.
            after: Affect,
            /// The word for it.
            label: String,
            /// Its strength in `[0, 1]`.
            intensity: f64,
            /// By what.
            by: MadeBy,
        },
        /// Memories were brought to mind.
        MemoriesRecalled {
            /// For which message.
            message: MessageId,
            /// The position that memory was asked at.
            basis: Position,
            /// What came up, best first.
            items: Vec<RecalledItem>,
            /// By what.
            by: MadeBy,
        },
        /// A way of answering was chosen.
        SkillChosen {
            /// For which message.
            message: MessageId,
            /// The chosen skill.
            skill: String,
            /// The situation that the choice was learned for.
            context: String,
            /// All that could have been chosen, with what was drawn.
            candidates: Vec<SkillCandidate>,
            /// By what.
            by: MadeBy,
        },
        /// A prompt was put together.
        PromptComposed {
            /// For which message.
            message: MessageId,
            /// For which run.
            run: RunId,
            /// SHA-256 of the whole prompt, in hex.
            digest: String,
            /// The parts in their order.
            parts: Vec<PromptPart>,
            /// The most tokens it was allowed to have.
            budget: u32,
            /// The template.
            by: MadeBy,
        },
        /// A model was asked.
        ReplyStarted {
            /// To answer which message.
            message: MessageId,
            /// The run.
            run: RunId,
            /// The model.
            model: MadeBy,
            /// Sampling parameters as sent.
            parameters: BTreeMap<String, serde_json::Value>,
        },
        /// The answer is complete.
        ReplyCompleted {
            /// The message it answers.
            message: MessageId,
            /// The run.
            run: RunId,
            /// The answer's own id.
            reply: MessageId,
            /// The words.
            text: String,
            /// What the model thought aloud, kept apart from the words.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            thinking: Option<String>,
            /// Why it ended.
            finish: FinishReason,
            /// What it cost.
            usage: Usage,
        },
        /// The answer broke off; what was said so far is kept.
        ReplyInterrupted {
            /// The message it answers.
            message: MessageId,
            /// The run.
            run: RunId,
            /// The answer's own id.
            reply: MessageId,
            /// The words so far.
            text: String,
            /// Why.
            reason: InterruptReason,
            /// What went wrong, in words that name no content.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            detail: Option<String>,
        },
        /// Of several answers to one message, this one counts.
        VariantSelected {
            /// The message that was answered.
            message: MessageId,
            /// The answer that counts.
            reply: MessageId,
        },
        /// Facts were learned from a message.
        FactsExtracted {
            /// Which one.
            message: MessageId,
            /// What was learned.
            facts: Vec<Fact>,
            /// By what.
            by: MadeBy,
        },
        /// The person wants a message forgotten. Nothing shows it from then on, nor what was learned from it.
        MessageForgotten {
            /// Which one.
            message: MessageId,
            /// For an answer: what it answered.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reply_to: Option<MessageId>,
        },
        /// The person said what they thought of an answer.
        FeedbackGiven {
            /// Which answer.
            reply: MessageId,
            /// The verdict.
            feedback: Feedback,
        },
    }
}

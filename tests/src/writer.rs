//! A writer whose every append can be recognised later.

use events::payload::ConversationEvent;
use events::{
    Actor, Append, BranchId, Category, CommandId, ConversationId, Entropy, Expected, MessageId, NewEvent, PersonId,
    StreamId, StreamWrite, Version,
};
use uuid::Uuid;

use events::time::SeededEntropy;

/// The person whom all these events are about.
pub const PERSON: PersonId = PersonId(Uuid::from_u128(0xA1C0));
/// The conversation that every writer adds to, whatever its version.
const SHARED: Uuid = Uuid::from_u128(0x5A5A);

/// Appends to a conversation of its own, of which it knows the version, and now and then to a shared one.
#[derive(Debug)]
pub struct Writer {
    dice: SeededEntropy,
    own: ConversationId,
    version: u64,
    body: usize,
}

/// What a text says, so that it can be checked: it names its command.
pub fn text(command: CommandId, length: usize) -> String {
    let mut text = format!("{command} ");
    while text.len() < length {
        text.push_str("and so on ");
    }
    text
}

impl Writer {
    /// A writer that makes the appends belonging to `seed`, with texts of at least `body` bytes.
    pub fn new(seed: u64, body: usize) -> Self {
        let dice = SeededEntropy::new(seed);
        let own = ConversationId(random_id(&dice));
        Self { dice, own, version: 0, body }
    }

    /// The next append: one to three events, with one chance in four on two streams at once.
    pub fn compose(&mut self) -> Append {
        let command = CommandId(random_id(&self.dice));
        let count = 1 + (self.dice.unit() * 3.0) as u64;
        let mut writes = vec![StreamWrite {
            stream: self.own.into(),
            expected: Expected::Exactly(Version(self.version)),
            events: (0..count).map(|_| self.message(command)).collect(),
        }];
        if self.dice.unit() < 0.25 {
            writes.push(StreamWrite {
                stream: StreamId::new(Category::Conversation, SHARED),
                expected: Expected::Any,
                events: vec![self.message(command)],
            });
        }
        self.version += count;
        Append {
            command_id: command,
            correlation: command.into(),
            actor: Actor::Person(PERSON),
            branch: BranchId::MAIN,
            writes,
        }
    }

    fn message(&self, command: CommandId) -> NewEvent {
        let event = ConversationEvent::MessageReceived {
            message: MessageId(random_id(&self.dice)),
            text: text(command, self.body),
            attachments: Vec::new(),
            thread: None,
        };
        NewEvent::new(event, PERSON)
    }
}

fn random_id(dice: &SeededEntropy) -> Uuid {
    let mut bytes = [0; 16];
    dice.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

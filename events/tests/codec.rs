//! The stored header, byte for byte, and what comes back of stored content.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::borrow::Cow;

use events::codec::{self, DecodeError};
use events::payload::{ConversationEvent, Feedback};
use events::*;
use proptest::prelude::*;
use uuid::Uuid;

fn fixed() -> Header {
    let id = |n: u128| Uuid::from_u128(0x0190_a1c2_0000_7000_8000_0000_0000_0000 + n);
    Header {
        position: Position(41),
        branch: BranchId(2),
        stream: StreamId::new(Category::Conversation, id(1)),
        version: Version(7),
        event_id: EventId(id(2)),
        event_type: Cow::Borrowed("MessageReceived"),
        schema: 1,
        recorded_at: Timestamp(1_795_000_000_123_456),
        occurred_at: Timestamp(-1),
        actor: Actor::Person(PersonId(id(3))),
        command_id: CommandId(id(4)),
        causation: Some(EventId(id(5))),
        correlation: CorrelationId(id(6)),
        subject: SubjectId(id(7)),
        key_id: KeyId(id(8)),
        nonce: [0xA1; 12],
        body_len: 300,
        body_digest: [0xB2; 32],
        prev: [0xC3; 32],
    }
}

/// Every leaf hash of every log rests on these bytes: when this fails, old logs no longer verify.
#[test]
fn the_stored_header_stays_as_it_is() {
    let bytes = codec::encode_header(&fixed());
    let lines: Vec<String> = bytes.chunks(32).map(hex::encode).collect();
    insta::assert_snapshot!(format!("{}\nleaf {}", lines.join("\n"), hex::encode(fixed().leaf())));
}

#[test]
fn a_header_cut_anywhere_or_too_long_is_refused() {
    let bytes = codec::encode_header(&fixed());
    for cut in 0..bytes.len() {
        assert!(matches!(codec::decode_header(&bytes[..cut]), Err(DecodeError::Header(_))), "cut at {cut}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(codec::decode_header(&longer), Err(DecodeError::Header(_))));
    let other_format = [&[2], &bytes[1..]].concat();
    assert!(matches!(codec::decode_header(&other_format), Err(DecodeError::Header(_))));
}

/// RFC 6962 section 2.1: the leaf hash of an empty entry, as in the vectors of Certificate Transparency.
#[test]
fn the_leaf_hash_is_that_of_rfc_6962() {
    let empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    assert_eq!(hex::encode(codec::leaf_hash(b"")), empty);
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        uuid().prop_map(|id| Actor::Person(PersonId(id))),
        uuid().prop_map(|id| Actor::Companion(CompanionId(id))),
        Just(Actor::System),
    ]
}

fn event_type() -> impl Strategy<Value = Cow<'static, str>> {
    let known: Vec<&'static str> =
        Category::ALL.into_iter().flat_map(|c| catalog::types(c).iter().copied()).collect();
    prop_oneof![proptest::sample::select(known).prop_map(Cow::Borrowed), "[A-Za-zÄ]{0,40}".prop_map(Cow::Owned),]
}

prop_compose! {
    fn header()(
        (position, branch, version, schema) in any::<(u64, u32, u64, u16)>(),
        (recorded, occurred) in any::<(i64, i64)>(),
        (category, event_type, actor) in (proptest::sample::select(&Category::ALL[..]), event_type(), actor()),
        (stream, event_id, command, causation) in (uuid(), uuid(), uuid(), proptest::option::of(uuid())),
        (correlation, subject, key) in (uuid(), uuid(), uuid()),
        (nonce, body_len, body_digest, prev) in any::<([u8; 12], u32, [u8; 32], [u8; 32])>(),
    ) -> Header {
        Header {
            position: Position(position),
            branch: BranchId(branch),
            stream: StreamId::new(category, stream),
            version: Version(version),
            event_id: EventId(event_id),
            event_type,
            schema,
            recorded_at: Timestamp(recorded),
            occurred_at: Timestamp(occurred),
            actor,
            command_id: CommandId(command),
            // The nil id stands for none.
            causation: causation.filter(|id| !id.is_nil()).map(EventId),
            correlation: CorrelationId(correlation),
            subject: SubjectId(subject),
            key_id: KeyId(key),
            nonce,
            body_len,
            body_digest,
            prev,
        }
    }
}

proptest! {
    #[test]
    fn a_header_comes_back_as_it_was(header in header()) {
        let bytes = codec::encode_header(&header);
        prop_assert_eq!(codec::decode_header(&bytes).unwrap(), header);
    }

    #[test]
    fn the_associated_data_is_the_front_of_the_header(header in header()) {
        let bytes = codec::encode_header(&header);
        let front = codec::encode_associated_data(&header);
        prop_assert!(bytes.starts_with(&front));
        prop_assert_eq!(bytes.len() - front.len(), 12 + 4 + 32 + 32, "nonce, length, digest, previous leaf");
    }

    /// One header has one form: what is read is written again as the same bytes, or was refused.
    #[test]
    fn a_changed_byte_is_another_header_or_none(header in header(), at: proptest::sample::Index, flip in 1..=255u8) {
        let mut bytes = codec::encode_header(&header);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(read) = codec::decode_header(&bytes) {
            prop_assert_ne!(&read, &header);
            prop_assert_eq!(codec::encode_header(&read), bytes);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(read) = codec::decode_header(&bytes) {
            prop_assert_eq!(codec::encode_header(&read), bytes);
        }
    }

    /// What a decider saw is what every later reader sees, to the last bit of a number.
    #[test]
    fn content_comes_back_as_it_was(reward in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO, text: String) {
        let feedback = Feedback { reward, reason: None, text: Some(text) };
        let event = Event::Conversation(ConversationEvent::FeedbackGiven { reply: MessageId(Uuid::nil()), feedback });
        let json = codec::encode(&event).unwrap();
        prop_assert_eq!(codec::decode(Category::Conversation, "FeedbackGiven", 1, &json).unwrap(), event);
    }
}

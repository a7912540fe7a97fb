use events::payload::{AccountEvent as E, DataKind, Purpose};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const NOW: Timestamp = Timestamp(1_764_000_000_000_000);

fn run(state: State, command: Command, now: Timestamp) -> Result<(State, Vec<E>), Rejection> {
    let context = DecideContext { id: Uuid::nil(), now };
    let events = Account::decide(&state, command, &context)?;
    let state = events.iter().fold(state, Account::evolve);
    Ok((state, events))
}

fn with(commands: Vec<Command>) -> State {
    commands.into_iter().fold(State::default(), |state, command| run(state, command, NOW).unwrap().0)
}

fn opening(n: u128) -> Opening {
    let expires_at = NOW.plus_seconds(86_400);
    Opening { session: SessionId(Uuid::from_u128(n)), digest: format!("first {n}"), expires_at }
}

fn open(role: AccessRole) -> Vec<Command> {
    let verifier = "$argon2id$".to_owned();
    vec![
        Command::Open { name: "Bea".into(), role },
        Command::SetCredential { kind: CredentialKind::Pin, verifier, keep: None },
    ]
}

fn signed_in(n: u128) -> State {
    let mut all = open(AccessRole::Person);
    all.push(Command::SignIn { proved: true, opening: opening(n) });
    with(all)
}

fn refreshed(state: State, shown: &str, next: &str) -> Result<(State, Vec<E>), Rejection> {
    let session = SessionId(Uuid::from_u128(1));
    let expires_at = NOW.plus_seconds(90_000);
    run(state, Command::Refresh { session, shown: shown.into(), next: next.into(), expires_at }, NOW)
}

#[test]
fn ps_6_five_failures_lock_for_300_seconds_and_the_right_secret_does_not_help() {
    let mut state = with(open(AccessRole::Person));
    let guess = |proved| Command::SignIn { proved, opening: opening(9) };
    for n in 1..=MAX_FAILURES {
        let (next, events) = run(state, guess(false), NOW).unwrap();
        state = next;
        let until = (n == MAX_FAILURES).then(|| NOW.plus_seconds(LOCK_SECONDS));
        assert_eq!(events, vec![E::SignInFailed { locked_until: until }]);
    }
    let until = NOW.plus_seconds(LOCK_SECONDS);
    for proved in [true, false] {
        assert_eq!(run(state.clone(), guess(proved), NOW.plus_seconds(299)).unwrap_err(), Rejection::Locked(until));
    }
    assert!(matches!(run(state, guess(true), until).unwrap().1[..], [E::SessionOpened { .. }]));
}

#[test]
fn a_success_forgets_earlier_failures() {
    let mut state = with(open(AccessRole::Person));
    for proved in [false, false, false, false, true, false, false, false, false] {
        state = run(state, Command::SignIn { proved, opening: opening(1) }, NOW).unwrap().0;
    }
    assert_eq!(state.locked_until, None);
}

#[test]
fn a_used_refresh_token_ends_its_session_and_a_foreign_one_does_not() {
    let state = signed_in(1);
    let (state, _) = refreshed(state, "first 1", "second").unwrap();
    assert_eq!(refreshed(state.clone(), "never was one", "x").unwrap_err(), Rejection::WrongToken);
    let (state, _) = refreshed(state, "second", "third").unwrap();
    let (state, events) = refreshed(state, "first 1", "x").unwrap();
    assert!(matches!(events[..], [E::SessionEnded { reason: SessionEnd::Reused, .. }]));
    assert_eq!(refreshed(state, "third", "x").unwrap_err(), Rejection::SessionOver);
}

#[test]
fn a_session_ends_by_itself() {
    let state = signed_in(1);
    let session = SessionId(Uuid::from_u128(1));
    let late = NOW.plus_seconds(86_400);
    let again = Command::Refresh { session, shown: "first 1".into(), next: "x".into(), expires_at: late };
    assert_eq!(run(state, again, late).unwrap_err(), Rejection::SessionOver);
}

#[test]
fn a_new_secret_ends_the_other_sessions() {
    let state = signed_in(1);
    let state = run(state, Command::SignIn { proved: true, opening: opening(2) }, NOW).unwrap().0;
    let (kind, verifier) = (CredentialKind::Password, "new".to_owned());
    let kept = SessionId(Uuid::from_u128(2));
    let keep = Some(kept);
    let state = run(state, Command::SetCredential { kind, verifier, keep }, NOW).unwrap().0;
    let open: Vec<_> = state.sessions.iter().filter(|(_, s)| s.open_at(NOW)).map(|(id, _)| *id).collect();
    assert_eq!(open, vec![kept]);
}

#[test]
fn a_device_that_is_taken_out_is_let_in_no_more() {
    let device = DeviceId(Uuid::from_u128(7));
    let mut all = open(AccessRole::Person);
    let (name, fingerprint) = ("Kitchen".to_owned(), "ab".to_owned());
    all.push(Command::Enrol { device, name, fingerprint, expires_at: NOW.plus_seconds(10) });
    all.push(Command::AdmitDevice { device, opening: opening(1) });
    let state = with(all);
    let admit = || Command::AdmitDevice { device, opening: opening(2) };
    assert_eq!(run(state.clone(), admit(), NOW.plus_seconds(10)).unwrap_err(), Rejection::NoDevice(device));
    let (state, events) = run(state, Command::RevokeDevice { device }, NOW).unwrap();
    assert!(matches!(events[..], [E::SessionEnded { .. }, E::DeviceRevoked { .. }]));
    assert_eq!(run(state, admit(), NOW).unwrap_err(), Rejection::NoDevice(device));
}

#[test]
fn t_60_consent_is_for_one_purpose_and_one_recipient_until_it_ends_or_is_taken_back() {
    let grant = |n, recipient: &str, expires_at| Command::Grant {
        consent: ConsentId(Uuid::from_u128(n)),
        purpose: Purpose::Answers,
        data: DataKind::Words,
        recipient: recipient.into(),
        expires_at,
    };
    let mut all = open(AccessRole::Person);
    all.push(grant(1, "Models.Example:443", None));
    all.push(grant(2, "short.example", Some(NOW.plus_seconds(5))));
    let state = with(all);
    let holds = |state: &State, to: &str, at| state.consents_to(Purpose::Answers, DataKind::Words, to, at);
    assert!(holds(&state, "models.example:443", NOW));
    assert!(!holds(&state, "models.example", NOW) && !holds(&state, "other.example", NOW));
    assert!(!state.consents_to(Purpose::Vectors, DataKind::Words, "models.example:443", NOW));
    assert!(holds(&state, "short.example", NOW) && !holds(&state, "short.example", NOW.plus_seconds(5)));
    let again = run(state.clone(), grant(3, "models.example:443", None), NOW).unwrap();
    assert_eq!(again.1, vec![]);
    let revoke = Command::Revoke { consent: ConsentId(Uuid::from_u128(1)) };
    let state = run(state, revoke, NOW).unwrap().0;
    assert!(!holds(&state, "models.example:443", NOW));
    for bad in ["", "http://x", "a b", "x/y", "ü"] {
        assert_eq!(run(state.clone(), grant(4, bad, None), NOW).unwrap_err(), Rejection::BadRecipient, "{bad}");
    }
}

#[test]
fn t_85_there_is_one_owner_and_the_owner_stays() {
    let owner = with(open(AccessRole::Owner));
    let person = with(open(AccessRole::Person));
    let change = |role| Command::ChangeRole { role };
    assert_eq!(run(owner.clone(), change(AccessRole::Person), NOW).unwrap_err(), Rejection::OwnerStays);
    assert_eq!(run(owner, Command::Close, NOW).unwrap_err(), Rejection::OwnerStays);
    assert_eq!(run(person.clone(), change(AccessRole::Owner), NOW).unwrap_err(), Rejection::OwnerStays);
    let events = run(person, change(AccessRole::Auditor), NOW).unwrap().1;
    assert_eq!(events, vec![E::RoleChanged { before: AccessRole::Person, after: AccessRole::Auditor }]);
}

#[test]
fn a_closed_account_lets_nobody_in() {
    let (state, events) = run(signed_in(1), Command::Close, NOW).unwrap();
    assert!(matches!(events[..], [E::SessionEnded { .. }, E::AccountClosed {}]));
    let again = Command::SignIn { proved: true, opening: opening(2) };
    assert_eq!(run(state.clone(), again, NOW).unwrap_err(), Rejection::NoCredential);
    assert_eq!(refreshed(state, "first 1", "x").unwrap_err(), Rejection::NoAccount);
}

proptest! {
    /// However right and wrong secrets come, nobody is let in within 300 seconds after the fifth failure in a row.
    #[test]
    fn nobody_is_let_in_while_it_is_locked(tries in proptest::collection::vec((any::<bool>(), 0i64..120), 1..60)) {
        let mut state = with(open(AccessRole::Person));
        let (mut now, mut in_a_row, mut locked): (Timestamp, u32, Option<Timestamp>) = (NOW, 0, None);
        for (n, (proved, wait)) in tries.into_iter().enumerate() {
            now = now.plus_seconds(wait);
            let command = Command::SignIn { proved, opening: opening(n as u128) };
            let result = run(state.clone(), command, now);
            if locked.is_some_and(|until| now < until) {
                prop_assert!(matches!(result, Err(Rejection::Locked(_))));
                continue;
            }
            let (next, events) = result.unwrap();
            state = next;
            prop_assert_eq!(matches!(events[..], [E::SessionOpened { .. }]), proved);
            in_a_row = if proved { 0 } else { in_a_row + 1 };
            if in_a_row == MAX_FAILURES {
                locked = Some(now.plus_seconds(LOCK_SECONDS));
                in_a_row = 0;
            }
        }
    }
}

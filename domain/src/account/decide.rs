//! The decisions of an account.

use events::payload::{AccessRole, AccountEvent as E, SessionEnd};
use events::{SessionId, Timestamp};

use super::state::{Session, State};
use super::{Command, LOCK_SECONDS, MAX_FAILURES, MAX_NAME_CHARS, MAX_RECIPIENT_BYTES, Opening, Rejection};

pub(super) fn decide(state: &State, command: Command, now: Timestamp) -> Result<Vec<E>, Rejection> {
    let account = || state.account.as_ref().ok_or(Rejection::NoAccount);
    match command {
        Command::Open { .. } if state.account.is_some() => Err(Rejection::AlreadyOpen),
        Command::Open { name, role } => Ok(vec![E::AccountOpened { name: visible(&name)?, role }]),
        Command::ChangeRole { role } => {
            let (_, before) = account()?;
            match (*before, role) {
                (before, after) if before == after => Ok(vec![]),
                (AccessRole::Owner, _) | (_, AccessRole::Owner) => Err(Rejection::OwnerStays),
                (before, after) => Ok(vec![E::RoleChanged { before, after }]),
            }
        }
        Command::Close => {
            if account()?.1 == AccessRole::Owner {
                return Err(Rejection::OwnerStays);
            }
            let mut all = end_all(state, now, SessionEnd::AccountClosed, |_, _| true);
            all.push(E::AccountClosed {});
            Ok(all)
        }
        Command::SetCredential { kind, verifier, keep } => {
            account()?;
            let mut all = vec![E::CredentialSet { kind, verifier }];
            let theirs = |id: SessionId, session: &Session| Some(id) != keep && session.device.is_none();
            all.extend(end_all(state, now, SessionEnd::CredentialChanged, theirs));
            Ok(all)
        }
        Command::SignIn { proved, opening } => sign_in(state, proved, opening, now),
        Command::AdmitDevice { device, opening } => {
            account()?;
            let known = state.devices.get(&device).filter(|d| !d.revoked && now < d.expires_at);
            known.ok_or(Rejection::NoDevice(device))?;
            Ok(vec![opened(opening, Some(device))])
        }
        Command::Refresh { session, shown, next, expires_at } => {
            account()?;
            refresh(state, session, &shown, next, expires_at, now)
        }
        Command::EndSession { session, reason } => {
            let found = state.sessions.get(&session).ok_or(Rejection::NoSession(session))?;
            Ok(if found.ended.is_none() { vec![E::SessionEnded { session, reason }] } else { vec![] })
        }
        Command::Enrol { device, name, fingerprint, expires_at } => {
            account()?;
            let name = visible(&name)?;
            Ok(vec![E::DeviceEnrolled { device, name, fingerprint, expires_at }])
        }
        Command::RevokeDevice { device } => {
            let found = state.devices.get(&device).ok_or(Rejection::NoDevice(device))?;
            if found.revoked {
                return Ok(vec![]);
            }
            let of_it = |_: SessionId, session: &Session| session.device == Some(device);
            let mut all = end_all(state, now, SessionEnd::DeviceRevoked, of_it);
            all.push(E::DeviceRevoked { device });
            Ok(all)
        }
        Command::Grant { consent, purpose, data, recipient, expires_at } => {
            account()?;
            let recipient = host(&recipient)?;
            if let Some(end) = expires_at.filter(|end| *end <= now) {
                return Err(Rejection::Past(end));
            }
            let same = |c: &super::Consent| {
                (c.purpose, c.data, c.recipient == recipient, c.expires_at, c.holds_at(now))
                    == (purpose, data, true, expires_at, true)
            };
            if state.consents.values().any(same) {
                return Ok(vec![]);
            }
            Ok(vec![E::ConsentGranted { consent, purpose, data, recipient, expires_at }])
        }
        Command::Revoke { consent } => {
            let found = state.consents.get(&consent).ok_or(Rejection::NoConsent(consent))?;
            Ok(if found.revoked { vec![] } else { vec![E::ConsentRevoked { consent }] })
        }
        Command::NoteRead { what } => Ok(vec![E::PersonalDataRead { what }]),
    }
}

fn opened(opening: Opening, device: Option<events::DeviceId>) -> E {
    let Opening { session, digest, expires_at } = opening;
    E::SessionOpened { session, device, digest, expires_at }
}

fn sign_in(state: &State, proved: bool, opening: Opening, now: Timestamp) -> Result<Vec<E>, Rejection> {
    if state.account.is_none() || state.credential.is_none() {
        return Err(Rejection::NoCredential);
    }
    // Whether the secret was right is not told while it is locked, or guessing would go on.
    if let Some(until) = state.locked_until.filter(|until| now < *until) {
        return Err(Rejection::Locked(until));
    }
    if proved {
        return Ok(vec![opened(opening, None)]);
    }
    let last = state.failures + 1 >= MAX_FAILURES;
    Ok(vec![E::SignInFailed { locked_until: last.then(|| now.plus_seconds(LOCK_SECONDS)) }])
}

fn refresh(
    state: &State,
    session: SessionId,
    shown: &str,
    digest: String,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Vec<E>, Rejection> {
    let found = state.sessions.get(&session).ok_or(Rejection::WrongToken)?;
    if !found.open_at(now) {
        return Err(Rejection::SessionOver);
    }
    if found.digest == shown {
        return Ok(vec![E::SessionRefreshed { session, digest, expires_at }]);
    }
    // Used before: two have it, and which of them is the right one is not to be told. A token that never was one of this
    // session's ends nothing, or anybody could end it.
    if found.used.iter().any(|used| used == shown) {
        return Ok(vec![E::SessionEnded { session, reason: SessionEnd::Reused }]);
    }
    Err(Rejection::WrongToken)
}

fn end_all(state: &State, now: Timestamp, reason: SessionEnd, which: impl Fn(SessionId, &Session) -> bool) -> Vec<E> {
    let ending = state.sessions.iter().filter(|(id, s)| s.open_at(now) && which(**id, s));
    ending.map(|(session, _)| E::SessionEnded { session: *session, reason }).collect()
}

fn visible(name: &str) -> Result<String, Rejection> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned()).ok_or(Rejection::BadName)
}

/// A host with or without a port, in small letters.
fn host(text: &str) -> Result<String, Rejection> {
    let text = text.trim().to_ascii_lowercase();
    let good = !text.is_empty()
        && text.len() <= MAX_RECIPIENT_BYTES
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b));
    good.then_some(text).ok_or(Rejection::BadRecipient)
}

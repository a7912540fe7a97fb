//! What a decision about an account needs to know.

use std::collections::{BTreeMap, VecDeque};

use events::payload::{AccessRole, AccountEvent as E, CredentialKind, DataKind, Purpose, SessionEnd};
use events::{ConsentId, DeviceId, SessionId, Timestamp};

/// How many used refresh tokens of a session are remembered, to tell when one comes again.
const REMEMBERED: usize = 512;

/// One stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The device that talks, when no person signed in.
    pub device: Option<DeviceId>,
    /// When it is over unless refreshed.
    pub expires_at: Timestamp,
    /// Why it is over.
    pub ended: Option<SessionEnd>,
    pub(super) digest: String,
    pub(super) used: VecDeque<String>,
}

impl Session {
    /// Whether it goes on at a moment.
    pub fn open_at(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at
    }
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it is called.
    pub name: String,
    /// SHA-256 of its certificate, in hex.
    pub fingerprint: String,
    /// When its certificate ends.
    pub expires_at: Timestamp,
    /// Whether it was taken out.
    pub revoked: bool,
}

/// Something the person agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// What for.
    pub purpose: Purpose,
    /// Which data.
    pub data: DataKind,
    /// To whom.
    pub recipient: String,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl Consent {
    /// Whether it holds at a moment.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The state of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Name and role; `None` before it is opened and after it is closed.
    pub account: Option<(String, AccessRole)>,
    /// How the person proves who they are: the kind, and Argon2id in the PHC string format.
    pub credential: Option<(CredentialKind, String)>,
    /// Until when nobody is let in.
    pub locked_until: Option<Timestamp>,
    /// Every session.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Every device.
    pub devices: BTreeMap<DeviceId, Device>,
    /// Everything that was agreed to.
    pub consents: BTreeMap<ConsentId, Consent>,
    pub(super) failures: u32,
}

impl State {
    /// Whether the person agrees, at a moment, that data goes to a recipient.
    pub fn consents_to(&self, purpose: Purpose, data: DataKind, recipient: &str, now: Timestamp) -> bool {
        self.consents.values().any(|c| {
            c.purpose == purpose && c.data == data && c.recipient.eq_ignore_ascii_case(recipient) && c.holds_at(now)
        })
    }

    /// The state after an event.
    #[must_use]
    pub fn evolve(mut self, event: &E) -> Self {
        match event {
            E::AccountOpened { name, role } => self.account = Some((name.clone(), *role)),
            E::RoleChanged { after, .. } => {
                if let Some((_, role)) = &mut self.account {
                    *role = *after;
                }
            }
            E::AccountClosed {} => {
                self.account = None;
                self.credential = None;
            }
            E::CredentialSet { kind, verifier } => {
                self.credential = Some((*kind, verifier.clone()));
                self.failures = 0;
                self.locked_until = None;
            }
            E::SignInFailed { locked_until } => {
                self.failures = if locked_until.is_some() { 0 } else { self.failures + 1 };
                self.locked_until = *locked_until;
            }
            E::SessionOpened { session, device, digest, expires_at } => {
                if device.is_none() {
                    self.failures = 0;
                    self.locked_until = None;
                }
                let opened = Session {
                    device: *device,
                    expires_at: *expires_at,
                    ended: None,
                    digest: digest.clone(),
                    used: VecDeque::new(),
                };
                self.sessions.insert(*session, opened);
            }
            E::SessionRefreshed { session, digest, expires_at } => {
                if let Some(session) = self.sessions.get_mut(session) {
                    let used = std::mem::replace(&mut session.digest, digest.clone());
                    session.used.push_back(used);
                    if session.used.len() > REMEMBERED {
                        session.used.pop_front();
                    }
                    session.expires_at = *expires_at;
                }
            }
            E::SessionEnded { session, reason } => {
                if let Some(session) = self.sessions.get_mut(session) {
                    session.ended = Some(*reason);
                    session.used.clear();
                }
            }
            E::DeviceEnrolled { device, name, fingerprint, expires_at } => {
                let (name, fingerprint) = (name.clone(), fingerprint.clone());
                let enrolled = Device { name, fingerprint, expires_at: *expires_at, revoked: false };
                self.devices.insert(*device, enrolled);
            }
            E::DeviceRevoked { device } => {
                if let Some(device) = self.devices.get_mut(device) {
                    device.revoked = true;
                }
            }
            E::ConsentGranted { consent, purpose, data, recipient, expires_at } => {
                let granted = Consent {
                    purpose: *purpose,
                    data: *data,
                    recipient: recipient.clone(),
                    expires_at: *expires_at,
                    revoked: false,
                };
                self.consents.insert(*consent, granted);
            }
            E::ConsentRevoked { consent } => {
                if let Some(consent) = self.consents.get_mut(consent) {
                    consent.revoked = true;
                }
            }
            E::PersonalDataRead { .. } => {}
        }
        self
    }
}

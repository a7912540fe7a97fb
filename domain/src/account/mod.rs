//! A person's account: proving who one is, sessions, devices, and what the person agreed to.
//!
//! One stream per person. Secrets are proved outside, as that takes time and memory; here it is decided what follows, so
//! that guesses that come at once are counted one after the other.

mod decide;
mod role;
mod state;
#[cfg(test)]
mod tests;

use events::payload::{AccessRole, AccountEvent, CredentialKind, DataKind, Purpose, SessionEnd};
use events::{Category, Code, ConsentId, DeviceId, SessionId, Timestamp};

pub use role::{Permission, may};
pub use state::{Consent, Device, Session, State};

use crate::decider::{DecideContext, Decider};

/// How many failures in a row lock an account.
pub const MAX_FAILURES: u32 = 5;
/// How long it is locked, in seconds.
pub const LOCK_SECONDS: i64 = 300;
/// The longest name of an account or a device, in characters.
pub const MAX_NAME_CHARS: usize = 64;
/// The longest name of a recipient, in bytes: a host name and a port.
pub const MAX_RECIPIENT_BYTES: usize = 260;

/// The decider of accounts.
#[derive(Debug)]
pub struct Account;

/// What can be asked of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Make it.
    Open {
        /// What the person signs in as.
        name: String,
        /// What they may do.
        role: AccessRole,
    },
    /// Let them do something else.
    ChangeRole {
        /// What.
        role: AccessRole,
    },
    /// Close it; all sessions end.
    Close,
    /// Set a PIN or password; all sessions end but one.
    SetCredential {
        /// Which kind.
        kind: CredentialKind,
        /// Argon2id, in the PHC string format.
        verifier: String,
        /// The session that goes on.
        keep: Option<SessionId>,
    },
    /// Let somebody in who says to be this person.
    SignIn {
        /// Whether the secret was right.
        proved: bool,
        /// The session to be opened.
        opening: Opening,
    },
    /// Let a device in.
    AdmitDevice {
        /// Which one.
        device: DeviceId,
        /// The session to be opened.
        opening: Opening,
    },
    /// Give a session its next refresh token.
    Refresh {
        /// Which one.
        session: SessionId,
        /// Digest of the token that was shown.
        shown: String,
        /// Digest of the next one.
        next: String,
        /// When it is over unless refreshed again.
        expires_at: Timestamp,
    },
    /// End a session.
    EndSession {
        /// Which one.
        session: SessionId,
        /// Why.
        reason: SessionEnd,
    },
    /// Let a device talk for the person.
    Enrol {
        /// Its id.
        device: DeviceId,
        /// What it is called.
        name: String,
        /// SHA-256 of its certificate, in hex.
        fingerprint: String,
        /// When the certificate ends.
        expires_at: Timestamp,
    },
    /// Take a device out; its sessions end.
    RevokeDevice {
        /// Which one.
        device: DeviceId,
    },
    /// Agree.
    Grant {
        /// The consent's id.
        consent: ConsentId,
        /// What for.
        purpose: Purpose,
        /// Which data.
        data: DataKind,
        /// To whom.
        recipient: String,
        /// Until when.
        expires_at: Option<Timestamp>,
    },
    /// Take a consent back.
    Revoke {
        /// Which one.
        consent: ConsentId,
    },
    /// Write down that something was looked at.
    NoteRead {
        /// What, without content.
        what: String,
    },
}

/// A session to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its id.
    pub session: SessionId,
    /// SHA-256 of its refresh token, in hex.
    pub digest: String,
    /// When it is over unless refreshed.
    pub expires_at: Timestamp,
}

/// Why not.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Rejection {
    /// There is an account.
    #[error("this person has an account already")]
    AlreadyOpen,
    /// There is none, or it was closed.
    #[error("this person has no account")]
    NoAccount,
    /// The install has one owner.
    #[error("the owner stays the owner, and there is only one")]
    OwnerStays,
    /// No name, one over the limit, or with signs that cannot be seen.
    #[error("a name must have 1 to {MAX_NAME_CHARS} visible characters")]
    BadName,
    /// Locked after too many failures.
    #[error("too many failures: nobody is let in until {0}")]
    Locked(Timestamp),
    /// No secret was set.
    #[error("the name or the secret is wrong")]
    NoCredential,
    /// No such session.
    #[error("there is no session {0}")]
    NoSession(SessionId),
    /// The session is over.
    #[error("the session is over: sign in again")]
    SessionOver,
    /// The refresh token is not one of the session's.
    #[error("this is not the refresh token of the session")]
    WrongToken,
    /// No such device, or it was taken out.
    #[error("there is no device {0}")]
    NoDevice(DeviceId),
    /// No such consent, or it was taken back.
    #[error("there is no consent {0}")]
    NoConsent(ConsentId),
    /// A recipient that is no host.
    #[error("a recipient is a host name, with or without a port")]
    BadRecipient,
    /// A time that is over already.
    #[error("{0} is over already")]
    Past(Timestamp),
}

impl Rejection {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::NoAccount => Code::NoSuchAccount,
            Self::Locked(_) => Code::AccountLocked,
            Self::NoCredential => Code::SignInRefused,
            Self::NoSession(_) | Self::NoDevice(_) | Self::NoConsent(_) => Code::NoSuchGrant,
            Self::SessionOver => Code::SessionOver,
            Self::WrongToken => Code::Unauthorised,
            Self::AlreadyOpen | Self::OwnerStays | Self::BadName | Self::BadRecipient | Self::Past(_) => {
                Code::Rejected
            }
        }
    }
}

impl Decider for Account {
    const CATEGORY: Category = Category::Account;
    type Command = Command;
    type Event = AccountEvent;
    type State = State;
    type Rejection = Rejection;

    fn decide(state: &State, command: Command, context: &DecideContext) -> Result<Vec<AccountEvent>, Rejection> {
        decide::decide(state, command, context.now)
    }

    fn evolve(state: State, event: &AccountEvent) -> State {
        state.evolve(event)
    }
}

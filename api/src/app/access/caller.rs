//! Who asks.

use domain::account::{self, Permission};
use events::payload::AccessRole;
use events::{DeviceId, PersonId, SessionId};

/// Somebody who was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Whose talk, memory and companion are looked at.
    pub person: PersonId,
    /// What they may do.
    pub role: AccessRole,
    /// Their session; none for whoever has the token of the data folder, or the folder itself.
    pub session: Option<SessionId>,
    /// The device that talks for the person.
    pub device: Option<DeviceId>,
}

impl Caller {
    /// The owner of the install, let in by the token of the data folder.
    pub fn owner(person: PersonId) -> Self {
        Self { person, role: AccessRole::Owner, session: None, device: None }
    }

    /// A person whom AICO works for by itself.
    pub(crate) fn of(person: PersonId, role: AccessRole) -> Self {
        Self { person, role, session: None, device: None }
    }

    /// Whether they may do something.
    pub fn may(&self, permission: Permission) -> bool {
        account::may(self.role, permission)
    }
}

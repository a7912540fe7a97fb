//! What each role may do: no more than it needs.

use events::payload::AccessRole;

/// Something that may be allowed. A question or command of the interface asks for exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// Who am I, what is there to ask: for everybody who is known.
    Known,
    /// Talk, and read one's own talk.
    Talk,
    /// One's own account: the secret and the sessions.
    Account,
    /// Everything else of one's own: memory, graph, album, moods, events, consents, sessions, export and erasure.
    Own,
    /// Lines of history beside the main one. They hold everybody's events, so they are not for everybody.
    Branch,
    /// How the install is: health, read models, backups, models.
    Operate,
    /// Proof and the report, without content.
    Audit,
    /// Accounts, sessions and devices of others.
    Users,
    /// Export and erasure of others.
    Subjects,
}

/// Whether a role may do something.
pub fn may(role: AccessRole, permission: Permission) -> bool {
    use AccessRole as R;
    use Permission as P;
    match permission {
        P::Known => true,
        P::Talk => matches!(role, R::Owner | R::Admin | R::Person | R::Device),
        P::Account => role != R::Device,
        P::Own => matches!(role, R::Owner | R::Admin | R::Person),
        P::Operate | P::Users => matches!(role, R::Owner | R::Admin),
        P::Audit => matches!(role, R::Owner | R::Admin | R::Auditor),
        P::Branch | P::Subjects => role == R::Owner,
    }
}

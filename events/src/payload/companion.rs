//! Events of a companion.

use crate::id::PersonId;

event_enum! {
    /// What happens to a companion.
    CompanionEvent => Companion {
        /// A companion came into being.
        CompanionCreated {
            /// How it is called.
            name: String,
            /// Whose companion it is.
            owner: PersonId,
            /// A short description of its character, put into every prompt.
            persona: String,
        },
        /// The companion is called differently from now on.
        CompanionRenamed {
            /// The new name.
            name: String,
        },
        /// The character was changed; both sides are kept so that it can be undone.
        PersonaChanged {
            /// Description before.
            before: String,
            /// Description after.
            after: String,
        },
    }
}

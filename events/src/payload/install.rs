//! Events of the install itself: what was done to people's data, and by whom. They outlive the people.

use crate::id::{KeyId, Position, SubjectId};

event_enum! {
    /// What happens to the install.
    InstallEvent => Install {
        /// A person's data was erased: from here on the data key is destroyed, and nobody can read what it sealed.
        SubjectErased {
            /// Who, as a number without a name.
            subject: SubjectId,
            /// The keys that were destroyed.
            keys: Vec<KeyId>,
            /// How many events can no longer be read.
            events: u64,
            /// Why, in the words of whoever ordered it; must not hold what is to be forgotten.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<String>,
        },
        /// What was derived from an erased person's data is gone, and every file was searched for it.
        ErasureCompleted {
            /// Who.
            subject: SubjectId,
            /// Where the erasure was recorded.
            erased_at: Position,
            /// The read models that were built anew.
            rebuilt: Vec<String>,
            /// How many different texts were looked for.
            texts: u64,
            /// How many files were searched for them.
            files: u64,
            /// How many bytes they have.
            bytes: u64,
            /// In how many files something was found; not 0 means that the erasure is not complete.
            found: u64,
        },
        /// A person's data was given out.
        SubjectExported {
            /// Who.
            subject: SubjectId,
            /// How many events.
            events: u64,
        },
    }
}

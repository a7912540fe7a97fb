//! Events of a person.

event_enum! {
    /// What happens to a person's record.
    PersonEvent => Person {
        /// A person became known to this install.
        PersonRegistered {
            /// How the person is called.
            name: String,
            /// Whether the person owns the install.
            owner: bool,
        },
        /// The person is called differently from now on.
        PersonRenamed {
            /// The new name.
            name: String,
        },
    }
}

//! Events of a branch, recorded on the line of history it came from.

use crate::id::{BranchId, Position};

event_enum! {
    /// What happens to a fork of history.
    BranchEvent => Branch {
        /// A fork was made.
        BranchCreated {
            /// Number of the new branch.
            branch: BranchId,
            /// Its name.
            name: String,
            /// The last position that it shares with its parent.
            fork: Position,
        },
        /// Events of a fork were taken over as new events here.
        BranchPromoted {
            /// Which branch.
            branch: BranchId,
            /// The last position of the branch that was taken over.
            through: Position,
            /// How many events were taken over.
            events: u64,
        },
        /// A fork was put away; its events stay in the log.
        BranchDropped {
            /// Which branch.
            branch: BranchId,
        },
    }
}

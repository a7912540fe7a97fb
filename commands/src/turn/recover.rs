//! Turns that a crash left open: a run whose model was asked is closed as interrupted, since its words are lost with
//! the process; a message that nobody began to answer is answered now.

use domain::conversation::Command;
use events::payload::InterruptReason;
use events::{Actor, BranchId, CommandId, RunId};

use super::reply::CRASHED;
use super::{TurnError, Turns, reply_of};
use crate::ids::derive;
use crate::meta::Meta;

impl Turns {
    /// Ends or resumes what a crash left open on a branch. Gives how many were closed and how many resumed.
    ///
    /// Must run before new turns begin on the branch, as it cannot tell a lost run from one that is going on elsewhere.
    ///
    /// # Errors
    /// When the read side or the log fails.
    pub async fn recover(&self, branch: BranchId) -> Result<(usize, usize), TurnError> {
        let open = self.parts.mind.open_turns(branch).await.map_err(TurnError::Port)?;
        let (mut closed, mut resumed) = (0, 0);
        for turn in open {
            let key = turn.key;
            if let Some(run) = turn.run {
                let command_id = CommandId(derive(run.0, "end"));
                let meta = Meta::new(command_id, Actor::System, key.person);
                let command = Command::InterruptReply {
                    message: key.message,
                    run,
                    reply: reply_of(run),
                    text: String::new(),
                    reason: InterruptReason::Crashed,
                    detail: Some(format!("{CRASHED}: AICO stopped while the reply was being written")),
                };
                self.parts.bus.conversation(branch, key.conversation, &meta, command).await?;
                closed += 1;
            } else {
                let run = RunId(derive(key.message.0, "resumed"));
                let cause = self.parts.bus.event_id(branch, key.position).await?;
                self.spawn(key, run, CommandId(run.0), cause);
                resumed += 1;
            }
        }
        Ok((closed, resumed))
    }
}

//! `aico passphrase`

use events::Code;

use super::{Done, OK, with_session};
use crate::args::Global;
use crate::error::CliError;
use crate::{out, unlock};

pub(super) async fn run(global: &Global) -> Done {
    with_session(global, async |session| {
        let app = session.local()?;
        let none =
            || CliError::new(Code::NoPassphrase, "no new passphrase: no AICO_NEW_PASSPHRASE, no terminal to ask at");
        let chosen = unlock::choose().ok_or_else(none)?;
        app.keys.change_passphrase(&chosen).map_err(|e| CliError::new(e.code(), e.to_string()))?;
        out::note(
            "The keys are wrapped under the new passphrase. Copies of the key store still open with the old one.",
        );
        OK
    })
    .await
}

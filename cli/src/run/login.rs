//! `aico login`

use api::app::DataFolder;
use events::Code;
use serde_json::json;

use super::{Done, OK};
use crate::args::{Global, Login};
use crate::error::CliError;
use crate::remote::{Remote, SignedIn};
use crate::session::data_folder;
use crate::{out, unlock};

pub(super) async fn run(global: &Global, args: &Login) -> Done {
    let server = match &args.server {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let folder = DataFolder::at(&data_folder(global.data_dir.as_deref())?);
            let none = || {
                let message = "no server is running: start one with `aico serve`, or name it with --server";
                CliError::new(Code::ServerUnreachable, message)
            };
            format!("http://{}", Remote::find(&folder).await.ok_or_else(none)?.address())
        }
    };
    let none = || CliError::new(Code::NoPassphrase, "no secret: no AICO_SECRET, no terminal to ask at");
    let secret = unlock::secret(false).ok_or_else(none)?;
    let signed_in = SignedIn::open(&server, &args.name, &secret).await?;
    signed_in.keep(&args.file)?;
    if global.json {
        out::json(&json!({ "session": signed_in.session(), "file": args.file, "until": signed_in.until() }));
        return OK;
    }
    let file = args.file.display();
    out::note(&format!("Signed in until {}. Use it with `aico --session {file} ...`.", out::time(signed_in.until())));
    OK
}

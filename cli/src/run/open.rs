//! `aico open`

use api::app::DataFolder;
use events::Code;
use serde_json::json;

use super::serve::window_link;
use super::{Done, OK};
use crate::args::{Global, Open};
use crate::error::CliError;
use crate::out;
use crate::remote::Remote;
use crate::session::data_folder;

/// What opens an address, by system.
const OPENERS: &[&str] = if cfg!(target_os = "macos") { &["open"] } else { &["xdg-open"] };

pub(super) async fn run(global: &Global, args: &Open) -> Done {
    let folder = DataFolder::at(&data_folder(global.data_dir.as_deref())?);
    let none = || CliError::new(Code::ServerUnreachable, "no server is running: start one with `aico serve`");
    let remote = Remote::find(&folder).await.ok_or_else(none)?;
    let link = window_link(remote.address().parse().map_err(|_| none())?, &remote.ticket().await?);
    if global.json {
        out::line(&json!({ "window": link }).to_string());
        return OK;
    }
    out::line(&link);
    if args.print {
        return OK;
    }
    let quiet = || std::process::Stdio::null();
    for opener in OPENERS {
        // Without a desktop there is none; the link is printed all the same.
        let started = std::process::Command::new(opener).arg(&link).stdout(quiet()).stderr(quiet()).spawn();
        if started.is_ok() {
            break;
        }
    }
    out::note("The link lets one browser in.");
    OK
}

//! `aico memory export` and `aico memory import`

use std::path::Path;

use api::app::{DataFolder, Place, export_archive, import_archive};
use events::Code;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Done, OK};
use crate::args::Global;
use crate::error::CliError;
use crate::out;
use crate::remote::Remote;
use crate::session::data_folder;
use crate::settings::{DatabaseSettings, Settings};
use crate::unlock;

fn passphrase(fresh: bool) -> Result<Zeroizing<String>, CliError> {
    unlock::of_archive(fresh).ok_or_else(|| {
        let message =
            "the archive needs a passphrase: set AICO_ARCHIVE_PASSPHRASE, or type the same one twice at a terminal";
        CliError::new(Code::NoPassphrase, message)
    })
}

pub(super) async fn export(global: &Global, file: &Path) -> Done {
    let folder = data_folder(global.data_dir.as_deref())?;
    let settings = Settings::load(&DataFolder::at(&folder).config())?;
    let database = settings.database.as_ref().map(DatabaseSettings::resolve).transpose()?;
    let passphrase = passphrase(true)?;
    let bar = out::progress("exporting");
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let place = Place { folder: &folder, unlock: unlock::offer(true), database: database.as_ref() };
    let done = export_archive(place, &passphrase, file, &mut progress).await;
    bar.finish_and_clear();
    let done = done.map_err(|e| CliError::new(e.code, e.message))?;
    if global.json {
        out::json(&json!({ "events": done.events, "branches": done.branches, "bytes": done.bytes }));
    } else {
        out::line(&format!(
            "{} events of {} lines of history written to {} ({} bytes)",
            done.events,
            done.branches,
            file.display(),
            done.bytes
        ));
    }
    OK
}

pub(super) async fn import(global: &Global, file: &Path) -> Done {
    let folder = data_folder(global.data_dir.as_deref())?;
    if let Some(server) = Remote::find(&DataFolder::at(&folder)).await {
        let message =
            format!("the server at {} is using this folder: stop it, import, and start it again", server.address());
        return Err(CliError::new(Code::DataDirLocked, message));
    }
    let settings = Settings::load(&DataFolder::at(&folder).config())?;
    let database = settings.database.as_ref().map(DatabaseSettings::resolve).transpose()?;
    let passphrase = passphrase(false)?;
    let bar = out::progress("importing");
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let known = DataFolder::at(&folder).keys().exists();
    let place = Place { folder: &folder, unlock: unlock::offer(known), database: database.as_ref() };
    let done = import_archive(place, &passphrase, file, &mut progress).await;
    bar.finish_and_clear();
    let done = done.map_err(|e| CliError::new(e.code, e.message))?;
    if global.json {
        out::json(&json!({ "events": done.events, "new": done.new, "branches": done.branches }));
    } else {
        let there = done.events - done.new;
        let again = if there == 0 { String::new() } else { format!(" ({there} were there already)") };
        out::line(&format!("{} events of {} lines of history taken in{again}", done.new, done.branches));
    }
    OK
}

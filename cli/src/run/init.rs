//! `aico init`

use api::app::{DataFolder, Newcomers};
use events::Code;
use serde_json::json;

use super::{Done, OK};
use crate::args::{Global, Init};
use crate::error::CliError;
use crate::out;
use crate::session::{data_folder, open_app};

pub(super) async fn run(global: &Global, args: &Init) -> Done {
    let folder = data_folder(global.data_dir.as_deref())?;
    if DataFolder::at(&folder).log().exists() {
        let message = format!("there is a companion in {} already", folder.display());
        return Err(CliError::new(Code::Rejected, message));
    }
    let newcomers = Newcomers { owner: args.name.clone(), companion: args.companion.clone() };
    let app = open_app(&folder, Some(newcomers)).await?;
    let (owner, companion) = (app.owner, app.companion);
    app.close().await.map_err(|e| CliError::new(e.code, e.message))?;
    if global.json {
        out::json(&json!({ "dataDir": folder, "owner": owner, "companion": companion }));
    } else {
        out::line(&format!("{} is ready in {}", args.companion, folder.display()));
        out::line("Talk with:  aico chat");
    }
    OK
}

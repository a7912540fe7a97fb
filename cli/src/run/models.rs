//! `aico models`

mod installed;

use std::sync::Arc;

use api::app::DataFolder;
use events::{Code, SystemEntropy};
use futures::StreamExt as _;
use models::embedding::told;
use models::select::process_env;
use models::{LanguageModel as _, ModelError};
use serde_json::json;

use super::{Done, OK};
use crate::args::{Global, Models};
use crate::embedder;
use crate::error::CliError;
use crate::out;
use crate::session::data_folder;
use crate::settings::Settings;

fn failed(error: ModelError) -> CliError {
    CliError::new(error.code(), error.to_string())
}

pub(super) async fn run(global: &Global, args: &Models) -> Done {
    let folder = DataFolder::at(&data_folder(global.data_dir.as_deref())?);
    let settings = Settings::load(&folder.config())?;
    let entropy = Arc::new(SystemEntropy);
    let manager = || models::manager(&settings.model, &process_env, entropy.clone()).map_err(failed);
    match args {
        Models::Install { source, sha256 } => {
            installed::install(global, &settings, &folder, source, sha256.as_deref()).await?
        }
        Models::Remove { model } => installed::remove(global, &settings, &folder, model)?,
        Models::Verify { model } => return installed::verify(global, &settings, &folder, model.as_deref()),
        Models::List => {
            let installed = installed::list(&folder)?;
            let builtin = models::builtin::Builtin.identity();
            let mut rows = vec![(builtin.name, None, Some("always there, no download".to_owned()))];
            if let Some(manager) = manager()? {
                match manager.list().await {
                    Ok(found) => rows.extend(found.into_iter().map(|m| (m.name, m.bytes, m.detail))),
                    Err(error) => out::note(&format!("note: {error}")),
                }
            }
            if global.json {
                let rows = rows.iter().map(|(n, b, d)| json!({ "name": n, "bytes": b, "detail": d }));
                let installed = installed.iter().map(installed::as_json);
                out::json(&rows.chain(installed).collect());
                return OK;
            }
            let size = |bytes: Option<u64>| bytes.map_or_else(String::new, |b| indicatif::HumanBytes(b).to_string());
            let rows = rows.into_iter().map(|(n, b, d)| vec![n, size(b), d.unwrap_or_default()]);
            let rows = rows.chain(installed.iter().map(installed::as_row));
            out::table(&["model", "size", "detail"], rows.collect());
        }
        Models::Status => {
            let embedder = embedder::choose(&settings, &folder).await?;
            let chosen = models::choose(&settings.model, &process_env, entropy.clone()).await.map_err(failed)?;
            let identity = chosen.identity();
            let server = match manager()? {
                None => "not asked: the built-in companion is configured".to_owned(),
                Some(manager) => match manager.version().await {
                    Ok(version) => format!("version {version}"),
                    Err(error) => error.to_string(),
                },
            };
            if global.json {
                out::json(&json!({
                    "answers": identity.name, "version": identity.version,
                    "contextTokens": chosen.context_tokens(), "server": server,
                    "vectors": told(&embedder.identity()), "dimensions": embedder.dimensions(),
                }));
                return OK;
            }
            out::table(
                &["what", "value"],
                vec![
                    vec!["answers now".into(), format!("{} {}", identity.name, identity.version)],
                    vec!["prompt window".into(), format!("{} tokens", chosen.context_tokens())],
                    vec!["model server".into(), server],
                    vec!["vectors of memory".into(), told(&embedder.identity())],
                    vec!["settings".into(), folder.config().display().to_string()],
                ],
            );
        }
        Models::Pull { model } => {
            let none = || CliError::new(Code::NoSuchModel, "no server with models is configured");
            let manager = manager()?.ok_or_else(none)?;
            let mut progress = manager.pull(model).await.map_err(failed)?;
            let bar = out::progress(model);
            while let Some(step) = progress.next().await {
                let step = step.map_err(failed)?;
                bar.set_message(out::short(&step.status, 24));
                if let (Some(done), Some(total)) = (step.done, step.total) {
                    bar.set_length(total);
                    bar.set_position(done);
                }
            }
            bar.finish_and_clear();
            if global.json {
                out::json(&json!({ "pulled": model }));
            } else {
                out::line(&format!("{model} is there"));
            }
        }
    }
    OK
}

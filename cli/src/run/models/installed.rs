//! `aico models install|remove|verify`: models that lie in the data folder.

use std::path::{Path, PathBuf};

use api::app::DataFolder;
use events::Code;
use models::embedding::vectors;
use models::installed::{Installed, Installing, ModelKind};
use models::{InstallError, Library};
use serde_json::{Value, json};

use super::super::{Done, OK, found};
use crate::args::Global;
use crate::embedder::{self, Provider};
use crate::error::CliError;
use crate::out;
use crate::settings::Settings;

fn failed(error: InstallError) -> CliError {
    CliError::new(error.code(), error.to_string())
}

/// What is there, or why it cannot be used.
pub(super) type Listed = Result<Installed, InstallError>;

pub(super) fn list(folder: &DataFolder) -> Result<Vec<Listed>, CliError> {
    Library::at(folder.models()).list().map_err(failed)
}

fn kind(installed: &Installed) -> &'static str {
    match installed.manifest.kind {
        ModelKind::Sentence => "sentence model",
        ModelKind::Reranker => "reranker",
    }
}

pub(super) fn as_json(listed: &Listed) -> Value {
    match listed {
        Ok(installed) => {
            let m = &installed.manifest;
            json!({ "name": m.name, "version": m.version, "bytes": m.bytes(), "detail": kind(installed),
                "installed": true, "dimensions": m.dimensions, "licence": m.licence, "source": m.source })
        }
        Err(error) => json!({ "installed": true, "detail": error.to_string(), "code": error.code().as_str() }),
    }
}

pub(super) fn as_row(listed: &Listed) -> Vec<String> {
    match listed {
        Ok(installed) => {
            let m = &installed.manifest;
            let detail = format!("installed {} {}, {}", kind(installed), m.version, m.licence);
            vec![m.name.clone(), indicatif::HumanBytes(m.bytes()).to_string(), detail]
        }
        Err(error) => vec!["?".to_owned(), String::new(), format!("{}: {error}", error.code())],
    }
}

/// A place that a model can come from.
#[derive(Debug, PartialEq)]
enum Source {
    Here(PathBuf),
    There { url: String, sha256: Option<String> },
}

fn source(settings: &Settings, named: &str, sha256: Option<&str>) -> Result<Source, CliError> {
    let given = sha256.map(str::to_owned);
    if named.starts_with("http://") || named.starts_with("https://") {
        return Ok(Source::There { url: named.to_owned(), sha256: given });
    }
    if let Some(known) = settings.model_sources.get(named) {
        return Ok(Source::There { url: known.url.clone(), sha256: given.or_else(|| known.sha256.clone()) });
    }
    if Path::new(named).exists() {
        return Ok(Source::Here(named.into()));
    }
    let message =
        format!("{named} is neither a file or folder, nor a URL, nor a name in model_sources of the settings");
    Err(CliError::new(Code::NoSuchModel, message))
}

pub(super) async fn install(
    global: &Global,
    settings: &Settings,
    folder: &DataFolder,
    named: &str,
    sha256: Option<&str>,
) -> Result<(), CliError> {
    let library = Library::at(folder.models());
    let source = source(settings, named, sha256)?;
    DataFolder::make(folder.path())?;
    let bar = out::bytes("installing");
    let mut tell = |p: Installing| {
        bar.set_length(p.total);
        bar.set_position(p.done);
    };
    let installed = match &source {
        Source::There { url, sha256 } => library.install_url(url, sha256.as_deref(), &mut tell).await,
        Source::Here(path) if path.is_dir() => {
            tokio::task::block_in_place(|| library.install_folder(path, &mut tell))
        }
        Source::Here(path) => tokio::task::block_in_place(|| library.install_archive(path, sha256, &mut tell)),
    };
    bar.finish_and_clear();
    let installed = installed.map_err(failed)?;
    if global.json {
        out::json(&as_json(&Ok(installed)));
        return Ok(());
    }
    let m = &installed.manifest;
    out::line(&format!("{} {} is installed", m.name, m.version));
    if m.kind == ModelKind::Sentence && settings.embedder.provider == Provider::Auto {
        out::note("From the next start on it makes the vectors of memory, which are built anew beside those in use;");
        out::note("`aico projection list` tells how far that is.");
    }
    Ok(())
}

pub(super) fn remove(global: &Global, settings: &Settings, folder: &DataFolder, model: &str) -> Result<(), CliError> {
    let named =
        settings.embedder.provider == Provider::Installed && settings.embedder.model.as_deref() == Some(model);
    if named {
        let message = format!("config.json names {model} as embedder.model: name another one first");
        return Err(CliError::new(Code::ModelMisconfigured, message));
    }
    Library::at(folder.models()).remove(model).map_err(failed)?;
    if global.json {
        out::json(&json!({ "removed": model }));
    } else {
        out::line(&format!("{model} is removed"));
    }
    Ok(())
}

/// Checksums, and whether the model gives a vector here.
pub(super) fn verify(global: &Global, settings: &Settings, folder: &DataFolder, model: Option<&str>) -> Done {
    let library = Library::at(folder.models());
    let all = match model {
        Some(name) => vec![library.get(name)],
        None => library.list().map_err(failed)?,
    };
    let mut rows: Vec<(String, String, Option<String>)> = Vec::new();
    for installed in all {
        let installed = match installed {
            Ok(installed) => installed,
            Err(error @ InstallError::NotInstalled { .. }) => return Err(failed(error)),
            Err(error) => {
                rows.push(("?".to_owned(), "model.json".to_owned(), Some(error.to_string())));
                continue;
            }
        };
        let name = installed.manifest.name.clone();
        let files = library.verify(&name).map_err(failed)?;
        let whole = files.iter().all(|f| f.wrong.is_none());
        rows.extend(files.into_iter().map(|f| (name.clone(), f.file, f.wrong)));
        if whole && installed.manifest.kind == ModelKind::Sentence {
            let tried = embedder::load(settings, installed).map_err(|e| e.message).and_then(|model| {
                tokio::task::block_in_place(|| vectors(&model, &["a trial"])).map(|_| ()).map_err(|e| e.to_string())
            });
            rows.push((name, "running it".to_owned(), tried.err()));
        }
    }
    let ok = rows.iter().all(|(_, _, wrong)| wrong.is_none());
    if global.json {
        let rows = rows.iter().map(|(model, what, wrong)| json!({ "model": model, "check": what, "wrong": wrong }));
        out::json(&json!({ "ok": ok, "checks": rows.collect::<Vec<_>>() }));
    } else {
        let rows = rows.into_iter().map(|(m, what, wrong)| vec![m, what, wrong.unwrap_or_else(|| "ok".to_owned())]);
        out::table(&["model", "check", "result"], rows.collect());
    }
    if ok { OK } else { found() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ModelSource;

    #[test]
    fn a_source_is_a_url_a_configured_name_or_a_path() {
        let mut settings = Settings::default();
        let known = ModelSource { url: "https://models.example/m.tar".to_owned(), sha256: Some("ab".to_owned()) };
        settings.model_sources.insert("m".to_owned(), known.clone());
        let there = |url: &str, sha: Option<&str>| Source::There { url: url.into(), sha256: sha.map(str::to_owned) };
        assert_eq!(source(&settings, "m", None).unwrap(), there(&known.url, Some("ab")));
        assert_eq!(source(&settings, "m", Some("cd")).unwrap(), there(&known.url, Some("cd")));
        assert_eq!(source(&settings, "http://x/y", None).unwrap(), there("http://x/y", None));
        let here = tempfile::tempdir().unwrap();
        let path = here.path().to_str().unwrap();
        assert_eq!(source(&settings, path, None).unwrap(), Source::Here(path.into()));
        assert_eq!(source(&settings, "nothing-like-it", None).unwrap_err().code, Code::NoSuchModel);
    }
}

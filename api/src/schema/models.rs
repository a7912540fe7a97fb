//! Models that are installed on this machine.

use ::models::installed::{Installed, ModelKind};
use ::models::{InstallError, Library};
use async_graphql::{Context, Object, SimpleObject};

use super::{Result, app, refuse};

/// A model in the data folder. It is installed and removed by the command line.
#[derive(SimpleObject)]
pub struct InstalledModel {
    /// Absent where its manifest cannot be read.
    name: Option<String>,
    version: Option<String>,
    /// `sentence` or `reranker`.
    kind: Option<String>,
    /// Numbers of a vector.
    dimensions: Option<i32>,
    /// Bytes on the disk.
    bytes: Option<f64>,
    licence: Option<String>,
    /// Where it comes from, in words.
    source: Option<String>,
    /// Why it cannot be used.
    problem: Option<String>,
}

impl From<std::result::Result<Installed, InstallError>> for InstalledModel {
    fn from(found: std::result::Result<Installed, InstallError>) -> Self {
        let (manifest, problem) = match found {
            Ok(installed) => (Some(installed.manifest), None),
            Err(error) => (None, Some(format!("{}: {error}", error.code()))),
        };
        let kind = |kind| if kind == ModelKind::Sentence { "sentence" } else { "reranker" };
        Self {
            name: manifest.as_ref().map(|m| m.name.clone()),
            version: manifest.as_ref().map(|m| m.version.clone()),
            kind: manifest.as_ref().map(|m| kind(m.kind).to_owned()),
            dimensions: manifest.as_ref().and_then(|m| i32::try_from(m.dimensions).ok()),
            bytes: manifest.as_ref().map(|m| m.bytes() as f64),
            licence: manifest.as_ref().map(|m| m.licence.clone()),
            source: manifest.map(|m| m.source),
            problem,
        }
    }
}

/// Questions about models.
#[derive(Default)]
pub struct ModelQuestions;

#[Object]
impl ModelQuestions {
    /// The models that are installed, by name. Which one makes vectors is told by `memoryStats`.
    async fn installed_models(&self, context: &Context<'_>) -> Result<Vec<InstalledModel>> {
        let found = Library::at(app(context)?.folder.models()).list().map_err(refuse)?;
        Ok(found.into_iter().map(InstalledModel::from).collect())
    }
}

//! Where GraphQL operations go: to the running server when there is one, else to an app in this process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use api::app::{App, DataFolder, Newcomers, Opening};
use api::schema::Schema;
use events::{Code, SystemEntropy};
use futures::stream::{BoxStream, StreamExt};
use models::select::process_env;
use serde_json::Value;

use crate::embedder;
use crate::error::CliError;
use crate::remote::Remote;
use crate::settings::{DatabaseSettings, Settings};
use crate::unlock;

/// A way to the companion.
pub enum Session {
    /// An app in this process.
    Local {
        /// The app.
        app: Arc<App>,
        /// Its schema.
        schema: Box<Schema>,
    },
    /// A server that has the data folder.
    Remote(Remote),
}

/// The data folder of the command line, or the usual one.
pub fn data_folder(given: Option<&Path>) -> Result<PathBuf, CliError> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
    base.map(|b| b.join("aico"))
        .ok_or_else(|| CliError::new(Code::DataDirUnusable, "there is no home folder; pass --data-dir"))
}

/// Whom to ask as, when not as the owner of the folder.
static SIGNED_IN: OnceLock<PathBuf> = OnceLock::new();

/// From now on asks the server as whoever signed in.
pub fn ask_as(file: &Path) {
    // Set once, from the command line.
    let _set = SIGNED_IN.set(file.to_owned());
}

impl Session {
    /// The running server of a folder, or the folder itself. `newcomers` are made when the folder is empty.
    ///
    /// # Errors
    /// When neither can be used.
    pub async fn open(folder: &Path, newcomers: Option<Newcomers>) -> Result<Self, CliError> {
        if let Some(file) = SIGNED_IN.get() {
            return Ok(Self::Remote(Remote::signed_in(file).await?));
        }
        if let Some(remote) = Remote::find(&DataFolder::at(folder)).await {
            return Ok(Self::Remote(remote));
        }
        let app = open_app(folder, newcomers).await?;
        let schema = Box::new(api::schema::build(app.clone()));
        Ok(Self::Local { app, schema })
    }

    /// The app in this process.
    ///
    /// # Errors
    /// When a server has the folder: then this command must wait until it is stopped.
    pub fn local(&self) -> Result<&Arc<App>, CliError> {
        match self {
            Self::Local { app, .. } => Ok(app),
            Self::Remote(remote) => {
                let message = format!("the server at {} is using this folder; stop it first", remote.address());
                Err(CliError::new(Code::DataDirLocked, message))
            }
        }
    }

    /// Runs a question or a command and gives its data.
    ///
    /// # Errors
    /// The first error of the answer, with its code.
    pub async fn run(&self, operation: &str, variables: Value) -> Result<Value, CliError> {
        match self {
            Self::Local { schema, .. } => data(api::schema::execute(schema, operation, variables).await),
            Self::Remote(remote) => data(remote.run(operation, variables).await?),
        }
    }

    /// Follows a subscription.
    ///
    /// # Errors
    /// When it cannot be begun; later errors are items.
    pub async fn follow(
        &self,
        operation: &str,
        variables: Value,
    ) -> Result<BoxStream<'static, Result<Value, CliError>>, CliError> {
        match self {
            Self::Local { schema, .. } => Ok(api::schema::follow(schema, operation, variables).map(data).boxed()),
            Self::Remote(remote) => {
                let items = remote.follow(operation, variables).await?;
                Ok(items.map(|item| data(item?)).boxed())
            }
        }
    }

    /// Lets what is going on end, and closes the folder.
    ///
    /// # Errors
    /// When the log could not be closed cleanly.
    pub async fn close(self) -> Result<(), CliError> {
        match self {
            Self::Local { app, schema } => {
                drop(schema);
                app.close().await.map_err(|e| CliError::new(e.code, e.message))
            }
            Self::Remote(_) => Ok(()),
        }
    }
}

/// Opens the app of a folder with the model that the settings name.
///
/// # Errors
/// When the keys do not open or the folder cannot be used.
pub async fn open_app(folder: &Path, newcomers: Option<Newcomers>) -> Result<Arc<App>, CliError> {
    let settings = Settings::load(&DataFolder::at(folder).config())?;
    let model = models::choose(&settings.model, &process_env, Arc::new(SystemEntropy))
        .await
        .map_err(|e| CliError::new(e.code(), e.to_string()))?;
    let known = DataFolder::at(folder).keys().exists();
    let database = settings.database.as_ref().map(DatabaseSettings::resolve).transpose()?;
    let embedder = embedder::choose(&settings, &DataFolder::at(folder)).await?;
    let opening = Opening {
        folder,
        unlock: unlock::offer(known),
        newcomers,
        model,
        parameters: settings.model.parameters,
        embedder,
        database,
    };
    App::open(opening).await.map_err(|e| CliError::new(e.code, e.message))
}

/// The data of an answer, or its first error.
///
/// # Errors
/// The first error, with its code.
pub fn data(mut response: Value) -> Result<Value, CliError> {
    if let Some(error) = response.get("errors").and_then(|e| e.get(0)) {
        let message = error.get("message").and_then(Value::as_str).unwrap_or("the request failed").to_owned();
        let code = error.pointer("/extensions/code").and_then(Value::as_str).and_then(|c| c.parse().ok());
        return Err(CliError::new(code.unwrap_or(Code::BadRequest), message));
    }
    Ok(response.get_mut("data").map(Value::take).unwrap_or_default())
}

//! `aico serve`

use std::io::Write as _;
use std::path::Path;

use api::app::DataFolder;
use api::transport::{self, Guard};
use events::{Code, Entropy as _, SystemEntropy};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Done, OK, usual_newcomers};
use crate::args::{Global, Serve};
use crate::error::CliError;
use crate::out;
use crate::remote::{Announcement, Remote};
use crate::session::{data_folder, open_app};
use crate::settings::Settings;

pub(super) async fn run(global: &Global, args: &Serve) -> Done {
    let path = data_folder(global.data_dir.as_deref())?;
    let folder = DataFolder::at(&path);
    if let Some(remote) = Remote::find(&folder).await {
        let message = format!("a server is running already, at {}", remote.address());
        return Err(CliError::new(Code::DataDirLocked, message));
    }
    let failed = |e: transport::ServeError| {
        let cause = std::error::Error::source(&e).map_or_else(String::new, |s| format!(": {s}"));
        CliError::new(e.code(), format!("{e}{cause}"))
    };
    if !args.tls && !args.unencrypted && !args.bind.ip().is_loopback() {
        let message =
            format!("{} can be reached from other machines, and the connection would not be encrypted", args.bind);
        return Err(CliError::new(Code::TlsRequired, message));
    }
    let settings = Settings::load(&folder.config())?;
    let bound = transport::bind(args.bind).await.map_err(failed)?;
    let app = open_app(&path, Some(usual_newcomers())).await?;
    app.access.set_lifetimes(settings.access.lifetimes());
    let token = token(&folder)?;
    let mut hosts = settings.hosts;
    let (bounds, address, devices) = if args.tls {
        hosts.extend([args.bind.ip().to_string(), "localhost".to_owned()]);
        let authority = app.authority().map_err(|e| CliError::new(e.code, e.message))?;
        let tls = authority.server(&hosts).map_err(|e| CliError::new(e.code, e.message))?;
        // This machine needs no certificate: it is served beside, where no other machine gets to.
        let beside = transport::bind((std::net::Ipv4Addr::LOCALHOST, 0).into()).await.map_err(failed)?;
        let (address, devices) = (beside.address, bound.address);
        (vec![beside, bound.encrypted(tls)], address, Some(devices))
    } else {
        let address = bound.address;
        (vec![bound], address, None)
    };
    let guard = Guard::new(token, hosts).limited(settings.limits);
    let window = window_link(address, &guard.ticket());
    let announcement = Announcement { address, pid: std::process::id() };
    private_file(&folder.server(), &serde_json::to_vec(&announcement).unwrap_or_default())?;
    if global.json {
        out::line(
            &json!({ "address": address, "token": folder.token(), "pid": announcement.pid, "window": window,
                "devices": devices })
            .to_string(),
        );
    } else {
        out::note(&format!("Open {window} in a browser. The link lets one browser in; `aico open` makes another."));
        out::note(&format!("Listening on http://{address}/graphql (HTTP and websocket), events at /events."));
        out::note(&format!("The token is in {}. Stop with Ctrl-C.", folder.token().display()));
        if let Some(devices) = devices {
            out::note(&format!("Enrolled devices are let in at https://{devices}; `aico device enrol` adds one."));
        }
        if !address.ip().is_loopback() {
            out::note("This address can be reached from other machines, and the connection is not encrypted.");
        }
    }
    let closing = CancellationToken::new();
    let stop = closing.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        stop.cancel();
    });
    let served = transport::serve_all(app.clone(), bounds, guard, closing).await;
    // Gone or not: the next command asks whether the server answers.
    let _removed = std::fs::remove_file(folder.server());
    app.close().await.map_err(|e| CliError::new(e.code, e.message))?;
    served.map_err(failed)?;
    OK
}

/// The link that lets a browser in. The ticket stands after the `#`, which no browser sends anywhere.
pub(super) fn window_link(address: std::net::SocketAddr, ticket: &str) -> String {
    // Listening everywhere is no address to go to.
    let host = match address.ip() {
        ip if ip.is_unspecified() => format!("localhost:{}", address.port()),
        _ => address.to_string(),
    };
    format!("http://{host}/#ticket={ticket}")
}

async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    let _either_way_we_stop = tokio::signal::ctrl_c().await;
}

/// The token of the folder; made on first use.
fn token(folder: &DataFolder) -> Result<String, CliError> {
    match std::fs::read_to_string(folder.token()) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => {
            let mut bytes = [0; 32];
            SystemEntropy.fill(&mut bytes);
            let token: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            private_file(&folder.token(), token.as_bytes())?;
            Ok(token)
        }
    }
}

/// Writes a file that only its owner may read.
fn private_file(path: &Path, content: &[u8]) -> Result<(), CliError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)?;
    Ok(())
}

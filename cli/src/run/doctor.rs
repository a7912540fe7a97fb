//! `aico doctor`

use api::app::DataFolder;
use serde_json::json;

use super::{Done, OK, found};
use crate::args::Global;
use crate::out;
use crate::session::{Session, data_folder};

pub(super) async fn run(global: &Global) -> Done {
    let path = data_folder(global.data_dir.as_deref())?;
    let folder = DataFolder::at(&path);
    let mut checks: Vec<(&str, bool, String)> = Vec::new();
    checks.push(("version", true, env!("CARGO_PKG_VERSION").to_owned()));
    match events::log::sqlite::sqlite_version().await {
        Ok(version) => checks.push(("SQLite", true, format!("{version}, one writing connection (docs/adr/0002)"))),
        Err(e) => checks.push(("SQLite", false, e.to_string())),
    }
    checks.push(("data folder", true, path.display().to_string()));
    checks.push(key_store(&folder));
    match Session::open(&path, None).await {
        Err(e) => checks.push(("companion", false, format!("{}: {}", e.code, e.message))),
        Ok(session) => {
            let how = match &session {
                Session::Local { .. } => "no server is running".to_owned(),
                Session::Remote(remote) => format!("at {}", remote.address()),
            };
            checks.push(("server", true, how));
            let query = "{ health { ok head model { name version } projections { name healthy error position } }
                verifyLog { ok events detail badPosition } }";
            match session.run(query, json!({})).await {
                Err(e) => checks.push(("health", false, format!("{}: {}", e.code, e.message))),
                Ok(answer) => {
                    let log = &answer["verifyLog"];
                    let detail = format!("{} events: {}", log["events"], out::cell(log.get("detail")));
                    checks.push(("log", log["ok"] == json!(true), detail));
                    for p in super::list(&answer, "/health/projections") {
                        let healthy = p["healthy"] == json!(true);
                        let why = if healthy { String::new() } else { format!(": {}", out::cell(p.get("error"))) };
                        let detail = format!("{} at {}{why}", super::text(p, "/name"), p["position"]);
                        checks.push(("read model", healthy, detail));
                    }
                    let model = &answer["health"]["model"];
                    checks.push((
                        "model",
                        true,
                        format!("{} {}", super::text(model, "/name"), super::text(model, "/version")),
                    ));
                }
            }
            session.close().await?;
        }
    }
    let ok = checks.iter().all(|(_, ok, _)| *ok);
    if global.json {
        let rows = checks.iter().map(|(what, ok, detail)| json!({ "check": what, "ok": ok, "detail": detail }));
        out::json(&json!({ "ok": ok, "checks": rows.collect::<Vec<_>>() }));
    } else {
        let mark = |ok: bool| if ok { "ok" } else { "PROBLEM" };
        let rows = checks.into_iter().map(|(what, ok, detail)| vec![what.into(), mark(ok).into(), detail]);
        out::table(&["check", "result", "detail"], rows.collect());
    }
    if ok { OK } else { found() }
}

fn key_store(folder: &DataFolder) -> (&'static str, bool, String) {
    let path = folder.keys();
    if !path.exists() {
        return ("key store", !folder.log().exists(), "there is none yet".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if let Ok(meta) = std::fs::metadata(&path)
            && meta.permissions().mode() & 0o077 != 0
        {
            return ("key store", false, format!("others may read {}: chmod 600 it", path.display()));
        }
    }
    ("key store", true, format!("{} (back it up apart from the log)", path.display()))
}

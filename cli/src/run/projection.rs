//! `aico projection`

use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{Done, OK, basis, found, list, text, with_session};
use crate::args::{Global, Projection};
use crate::error::CliError;
use crate::out;
use crate::session::Session;

const LIST: &str = "query($at: String, $branch: String) { projections(asOf: $at, branch: $branch) {
    name version position head healthy error code note digest } }";
const REBUILD: &str = "subscription($name: String!) { rebuildProjection(name: $name) {
    name done total perSecond secondsLeft digest } }";
const VERIFY: &str = "mutation($samples: Int, $seed: String) { verifyProjections(samples: $samples, seed: $seed) {
    name samples seed ok detail } }";

pub(super) async fn run(global: &Global, args: &Projection) -> Done {
    with_session(global, async |session| match args {
        Projection::List => show(global, session, None, false).await,
        Projection::Digest { name } => show(global, session, name.as_deref(), true).await,
        Projection::Rebuild { name } => rebuild(global, session, name.as_deref().unwrap_or("all")).await,
        Projection::Verify { samples, seed } => verify(global, session, *samples, *seed).await,
    })
    .await
}

async fn show(global: &Global, session: &Session, name: Option<&str>, digest_only: bool) -> Done {
    let answer = session.run(LIST, Value::Object(basis(global))).await?;
    let all = list(&answer, "/projections").iter().filter(|p| name.is_none_or(|n| text(p, "/name") == n));
    let all: Vec<&Value> = all.collect();
    if let (Some(name), true) = (name, all.is_empty()) {
        let message = format!("there is no read model named {name}");
        return Err(CliError::new(events::Code::NoSuchProjection, message));
    }
    if global.json {
        out::json(&json!(all));
    } else if digest_only {
        let rows = all
            .iter()
            .map(|p| vec![text(p, "/name").into(), out::cell(p.get("position")), text(p, "/digest").into()]);
        out::table(&["read model", "position", "digest"], rows.collect());
    } else {
        let rows = all.iter().map(|p| {
            let state = if p["healthy"] == json!(true) { "healthy" } else { "STOPPED" };
            let more = [text(p, "/error"), text(p, "/note")].join(" ");
            vec![
                text(p, "/name").to_owned(),
                format!("v{}", p["version"]),
                format!("{} of {}", p["position"], p["head"]),
                state.to_owned(),
                out::short(&more, 80),
            ]
        });
        out::table(&["read model", "version", "position", "state", "note"], rows.collect());
    }
    if all.iter().all(|p| p["healthy"] == json!(true)) { OK } else { found() }
}

async fn rebuild(global: &Global, session: &Session, name: &str) -> Done {
    let mut items = session.follow(REBUILD, json!({ "name": name })).await?;
    let mut bar: Option<(String, indicatif::ProgressBar)> = None;
    let mut done = Vec::new();
    while let Some(item) = items.next().await {
        let item = item?["rebuildProjection"].take();
        let name = text(&item, "/name").to_owned();
        if bar.as_ref().is_none_or(|(shown, _)| *shown != name) {
            bar = Some((name.clone(), out::progress(&name)));
        }
        if let Some((_, bar)) = &bar {
            bar.set_length(item["total"].as_u64().unwrap_or_default());
            bar.set_position(item["done"].as_u64().unwrap_or_default());
        }
        if let Some(digest) = item["digest"].as_str() {
            if let Some((_, bar)) = bar.take() {
                bar.finish_and_clear();
            }
            done.push(json!({ "name": name, "digest": digest, "events": item["total"] }));
        }
    }
    if global.json {
        out::json(&json!(done));
        return OK;
    }
    let rows =
        done.iter().map(|d| vec![text(d, "/name").into(), out::cell(d.get("events")), text(d, "/digest").into()]);
    out::table(&["rebuilt", "events", "digest"], rows.collect());
    OK
}

async fn verify(global: &Global, session: &Session, samples: u32, seed: Option<u64>) -> Done {
    let verdicts = match session {
        Session::Local { app, .. } => {
            let seed = seed.unwrap_or_else(|| {
                let mut bytes = [0; 8];
                app.entropy.fill(&mut bytes);
                u64::from_le_bytes(bytes)
            });
            let bar = out::progress("");
            let wanted = api::app::Samples { count: samples, seed };
            let result = app
                .verify_projections(wanted, &mut |name, p| {
                    bar.set_message(name.to_owned());
                    bar.set_length(p.total);
                    bar.set_position(p.done);
                })
                .await;
            bar.finish_and_clear();
            let found = result.map_err(|e| CliError::new(e.code, e.message))?;
            let row = |v: api::app::ProjectionVerdict| json!({ "name": v.name, "samples": v.samples, "seed": seed.to_string(), "ok": v.ok, "detail": v.detail });
            found.into_iter().map(row).collect()
        }
        Session::Remote(_) => {
            let seed = seed.map(|s| s.to_string());
            let answer = session.run(VERIFY, json!({ "samples": samples, "seed": seed })).await?;
            list(&answer, "/verifyProjections").to_vec()
        }
    };
    let ok = verdicts.iter().all(|v| v["ok"] == json!(true));
    if global.json {
        out::json(&json!(verdicts));
    } else {
        let rows = verdicts.iter().map(|v| {
            let state = if v["ok"] == json!(true) { "same" } else { "DIFFERS" };
            vec![
                text(v, "/name").into(),
                out::cell(v.get("samples")),
                state.into(),
                out::short(text(v, "/detail"), 110),
            ]
        });
        out::table(&["read model", "positions", "result", "detail"], rows.collect());
        if let Some(first) = verdicts.first() {
            out::line(&format!("seed {}", text(first, "/seed")));
        }
    }
    if ok { OK } else { found() }
}

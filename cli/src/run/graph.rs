//! `aico graph`

use std::path::Path;

use events::{Code, Timestamp};
use models::graph::RuleStatements;
use models::graph::gold::{measure, parse};
use serde_json::{Map, Value, json};

use super::{Done, OK, command_id, list, tell_basis, text, with_session};
use crate::args::{Global, Graph, GraphFormat};
use crate::error::CliError;
use crate::out;

pub(super) async fn run(global: &Global, args: &Graph) -> Done {
    match args {
        Graph::Show { name, depth, valid, format } => {
            show(global, name.as_deref(), *depth, valid.as_deref(), *format).await
        }
        Graph::Neighbours { name, depth, valid, format } => {
            show(global, Some(name), *depth, valid.as_deref(), *format).await
        }
        Graph::Path { from, to, valid } => path(global, from, to, valid.as_deref()).await,
        Graph::Changes { since } => changes(global, since).await,
        Graph::People { valid } => people(global, valid.as_deref()).await,
        Graph::Stats { vocabulary } => stats(global, *vocabulary).await,
        Graph::Export { format, valid } => export(global, *format, valid.as_deref()).await,
        Graph::Merge { from, into, reason } => {
            let extra = json!({ "from": from, "into": into, "reason": reason });
            tell(global, MERGE, "graphMerge", extra).await
        }
        Graph::Split { from, into } => tell(global, SPLIT, "graphSplit", json!({ "from": from, "into": into })).await,
        Graph::Correct { subject, predicate, object, not, from, until } => {
            let extra = json!({ "subject": subject, "predicate": predicate, "object": object, "holds": !not,
                "from": from, "until": until });
            tell(global, CORRECT, "graphCorrect", extra).await
        }
        Graph::Forget { message } => tell(global, FORGET, "graphForget", json!({ "message": message })).await,
        Graph::Eval { files } => eval(global, files),
    }
}

const NODES: &str = "basis { position branch time latest } valid
    nodes { id kind name aliases mentions recorded properties { key value validFrom validUntil recorded confidence } }
    edges { id source subject predicate target object validFrom validUntil stated recorded closed confidence
        evidence { message position start end } }";
const MERGE: &str = "mutation($id: ID!, $branch: String, $from: String!, $into: String!, $reason: String) {
    graphMerge(commandId: $id, branch: $branch, from: $from, into: $into, reason: $reason) { position repeated } }";
const SPLIT: &str = "mutation($id: ID!, $branch: String, $from: String!, $into: String!) {
    graphSplit(commandId: $id, branch: $branch, from: $from, into: $into) { position repeated } }";
const CORRECT: &str = "mutation($id: ID!, $branch: String, $subject: String!, $predicate: String!, $object: String!,
    $holds: Boolean, $from: String, $until: String) { graphCorrect(commandId: $id, branch: $branch, subject: $subject,
    predicate: $predicate, object: $object, holds: $holds, validFrom: $from, validUntil: $until) { position repeated } }";
const FORGET: &str = "mutation($id: ID!, $branch: String, $message: ID!) {
    graphForget(commandId: $id, branch: $branch, message: $message) { position repeated } }";

fn moment(global: &Global, valid: Option<&str>) -> Map<String, Value> {
    let mut variables = Map::new();
    variables.insert("asOf".to_owned(), json!({ "known": global.at, "valid": valid }));
    variables.insert("branch".to_owned(), json!(global.branch));
    variables
}

async fn show(global: &Global, name: Option<&str>, depth: u32, valid: Option<&str>, format: GraphFormat) -> Done {
    with_session(global, async |session| {
        let mut variables = moment(global, valid);
        variables.insert("name".to_owned(), json!(name));
        variables.insert("depth".to_owned(), json!(depth));
        let question = format!(
            "query($asOf: GraphAsOf, $branch: String, $name: String, $depth: Int) {{
                graph(asOf: $asOf, branch: $branch, name: $name, depth: $depth) {{ {NODES} }} }}"
        );
        let answer = session.run(&question, Value::Object(variables)).await?;
        print(global, &answer["graph"], format);
        OK
    })
    .await
}

/// A part of a graph as relations in rows.
fn print(global: &Global, view: &Value, format: GraphFormat) {
    if global.json || format == GraphFormat::Json {
        out::json(view);
        return;
    }
    let header = ["who", "how", "whom or what", "since", "until", "sure", "event"];
    let rows: Vec<Vec<String>> = list(view, "/edges").iter().map(row).collect();
    if format == GraphFormat::Csv {
        out::line(&header.join(","));
        rows.iter().for_each(|r| out::line(&r.iter().map(|c| csv(c)).collect::<Vec<_>>().join(",")));
        return;
    }
    tell_basis(view, "/basis");
    let linked =
        |node: &&Value| !list(view, "/edges").iter().any(|e| e["source"] == node["id"] || e["target"] == node["id"]);
    let alone: Vec<&str> = list(view, "/nodes").iter().filter(linked).map(|n| text(n, "/name")).collect();
    out::table(&header, rows);
    if !alone.is_empty() {
        out::note(&format!("without relations: {}", alone.join(", ")));
    }
}

fn day(value: Option<&Value>) -> String {
    out::cell(value).chars().take(10).collect()
}

fn row(edge: &Value) -> Vec<String> {
    vec![
        text(edge, "/subject").to_owned(),
        text(edge, "/predicate").to_owned(),
        text(edge, "/object").to_owned(),
        day(edge.get("validFrom")),
        day(edge.get("validUntil")),
        format!("{:.2}", edge["confidence"].as_f64().unwrap_or_default()),
        out::cell(edge.get("recorded")),
    ]
}

/// A cell of RFC 4180. One that a spreadsheet would take for a formula is kept from that.
fn csv(cell: &str) -> String {
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

async fn path(global: &Global, from: &str, to: &str, valid: Option<&str>) -> Done {
    with_session(global, async |session| {
        let mut variables = moment(global, valid);
        variables.insert("from".to_owned(), json!(from));
        variables.insert("to".to_owned(), json!(to));
        let question = format!(
            "query($asOf: GraphAsOf, $branch: String, $from: String!, $to: String!) {{
                graphPath(asOf: $asOf, branch: $branch, from: $from, to: $to) {{ {NODES} }} }}"
        );
        let answer = session.run(&question, Value::Object(variables)).await?;
        let view = &answer["graphPath"];
        if global.json {
            out::json(view);
            return OK;
        }
        let way: Vec<&str> = list(view, "/nodes").iter().map(|n| text(n, "/name")).collect();
        out::line(&if way.is_empty() { format!("nothing leads from {from} to {to}") } else { way.join(" – ") });
        if !way.is_empty() {
            print(global, view, GraphFormat::Table);
        }
        OK
    })
    .await
}

async fn changes(global: &Global, since: &str) -> Done {
    with_session(global, async |session| {
        let variables = json!({ "before": since, "after": global.at, "branch": global.branch });
        let question = "query($before: String!, $after: String, $branch: String) {
            graphChanges(before: $before, after: $after, branch: $branch) {
                before { position } after { position branch time latest } changes } }";
        let answer = session.run(question, variables).await?;
        let all = list(&answer, "/graphChanges/changes");
        if global.json {
            out::json(&answer["graphChanges"]);
            return OK;
        }
        let cells = |change: &Value| {
            let what = text(change, "/change").replace('_', " ");
            let told = change.get("node").map(|n| format!("{} {}", text(n, "/kind"), text(n, "/name")));
            let edge = change.get("edge").or_else(|| change.get("after"));
            let told = told.or_else(|| edge.map(|e| format!("{} ({})", text(e, "/predicate"), text(e, "/id"))));
            vec![what, told.unwrap_or_default()]
        };
        out::table(&["change", "what"], all.iter().map(cells).collect());
        OK
    })
    .await
}

async fn people(global: &Global, valid: Option<&str>) -> Done {
    with_session(global, async |session| {
        let question = "query($asOf: GraphAsOf, $branch: String) { graphPeople(asOf: $asOf, branch: $branch) {
            node name roles family authority intimacy care frequency contextSimilarity stability } }";
        let answer = session.run(question, Value::Object(moment(global, valid))).await?;
        if global.json {
            out::json(&answer["graphPeople"]);
            return OK;
        }
        let names = ["authority", "intimacy", "care", "frequency", "contextSimilarity", "stability"];
        let row = |p: &Value| {
            let roles: Vec<String> = list(p, "/roles").iter().map(|r| out::cell(Some(r))).collect();
            let family = if p["family"] == json!(true) { "yes" } else { "" };
            let numbers = names.map(|n| format!("{:.2}", p[n].as_f64().unwrap_or_default()));
            [text(p, "/name").to_owned(), roles.join(", "), family.to_owned()].into_iter().chain(numbers).collect()
        };
        let header =
            ["name", "is your", "family", "authority", "intimacy", "care", "frequency", "context", "stability"];
        out::table(&header, list(&answer, "/graphPeople").iter().map(row).collect());
        OK
    })
    .await
}

async fn stats(global: &Global, vocabulary: bool) -> Done {
    with_session(global, async |session| {
        let question = "query($asOf: GraphAsOf, $branch: String) { graphStats(asOf: $asOf, branch: $branch) {
            basis { position branch time latest } nodes edges current digest vocabulary
            kinds { name count } predicates { name count } } }";
        let answer = session.run(question, Value::Object(moment(global, None))).await?;
        let stats = &answer["graphStats"];
        if global.json {
            out::json(stats);
            return OK;
        }
        if vocabulary {
            list(stats, "/vocabulary").iter().for_each(|p| out::line(&out::cell(Some(p))));
            return OK;
        }
        tell_basis(&answer, "/graphStats/basis");
        let told = |path: &str| {
            let all = list(stats, path).iter().map(|c| format!("{} {}", text(c, "/name"), c["count"]));
            all.collect::<Vec<_>>().join(", ")
        };
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let rows = vec![
            row("entities", out::cell(stats.get("nodes"))),
            row("of kind", told("/kinds")),
            row("relations", out::cell(stats.get("edges"))),
            row("that hold now", out::cell(stats.get("current"))),
            row("of predicate", told("/predicates")),
            row("digest", out::cell(stats.get("digest"))),
        ];
        out::table(&["graph", ""], rows);
        OK
    })
    .await
}

async fn export(global: &Global, format: GraphFormat, valid: Option<&str>) -> Done {
    with_session(global, async |session| {
        let question = format!(
            "query($asOf: GraphAsOf, $branch: String) {{ graph(asOf: $asOf, branch: $branch) {{ {NODES} }} }}"
        );
        let answer = session.run(&question, Value::Object(moment(global, valid))).await?;
        match format {
            GraphFormat::Graphml => out::line(&graphml(&answer["graph"])),
            other => {
                print(global, &answer["graph"], if other == GraphFormat::Table { GraphFormat::Json } else { other })
            }
        }
        OK
    })
    .await
}

fn xml(text: &str) -> String {
    let sound = text.chars().filter(|c| !c.is_control());
    sound.collect::<String>().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// <http://graphml.graphdrawing.org/>
fn graphml(view: &Value) -> String {
    let keys = [
        ("node", "kind"),
        ("node", "name"),
        ("edge", "predicate"),
        ("edge", "validFrom"),
        ("edge", "validUntil"),
        ("edge", "confidence"),
        ("edge", "recorded"),
    ];
    let mut lines = vec![
        r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_owned(),
        r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">"#.to_owned(),
    ];
    let of = |name: &str| match name {
        "confidence" => "double",
        "recorded" => "long",
        _ => "string",
    };
    lines.extend(
        keys.iter().map(|(on, name)| {
            format!(r#"  <key id="{name}" for="{on}" attr.name="{name}" attr.type="{}"/>"#, of(name))
        }),
    );
    lines.push(r#"  <graph edgedefault="directed">"#.to_owned());
    let data = |element: &Value, on: &str| {
        let all = keys.iter().filter(|(o, name)| *o == on && !element[*name].is_null());
        all.map(|(_, name)| format!(r#"<data key="{name}">{}</data>"#, xml(&out::cell(element.get(*name)))))
            .collect::<String>()
    };
    for node in list(view, "/nodes") {
        lines.push(format!(r#"    <node id="{}">{}</node>"#, text(node, "/id"), data(node, "node")));
    }
    for edge in list(view, "/edges") {
        let (id, source, target) = (text(edge, "/id"), text(edge, "/source"), text(edge, "/target"));
        let data = data(edge, "edge");
        lines.push(format!(r#"    <edge id="{id}" source="{source}" target="{target}">{data}</edge>"#));
    }
    lines.extend(["  </graph>".to_owned(), "</graphml>".to_owned()]);
    lines.join("\n")
}

async fn tell(global: &Global, operation: &str, field: &str, mut variables: Value) -> Done {
    with_session(global, async |session| {
        variables["id"] = json!(command_id());
        variables["branch"] = json!(global.branch);
        let answer = session.run(operation, variables.clone()).await?;
        if global.json {
            out::json(&answer[field]);
        } else {
            out::line(&format!("recorded at position {}", out::cell(answer[field].get("position"))));
        }
        OK
    })
    .await
}

fn eval(global: &Global, files: &[std::path::PathBuf]) -> Done {
    // Relative times in the sentences are told from a day that never changes.
    let said_at = Timestamp(1_764_028_800_000_000);
    let mut rows = Vec::new();
    let mut all = Vec::new();
    for file in files {
        let unusable =
            |why: String| CliError::new(Code::FileUnusable, format!("{} cannot be used: {why}", file.display()));
        let text = std::fs::read_to_string(file).map_err(|e| unusable(e.to_string()))?;
        let lines = parse(&text).map_err(|line| unusable(format!("line {line} has not the form of a gold set")))?;
        let report = measure(&RuleStatements, &lines, said_at);
        for (what, score) in [("entities", report.entities), ("relations", report.relations)] {
            let set = file.file_stem().map_or_else(String::new, |s| Path::new(s).display().to_string());
            all.push(json!({ "set": set, "sentences": lines.len(), "of": what, "precision": score.precision(),
                "recall": score.recall(), "right": score.right, "wrong": score.wrong, "missed": score.missed }));
            rows.push(vec![
                set,
                lines.len().to_string(),
                what.to_owned(),
                format!("{:.3}", score.precision()),
                format!("{:.3}", score.recall()),
                format!("{} right, {} wrong, {} missed", score.right, score.wrong, score.missed),
            ]);
        }
    }
    if global.json {
        out::json(&json!(all));
    } else {
        out::table(&["set", "sentences", "of", "precision", "recall", "counts"], rows);
    }
    OK
}

//! `aico graph`

mod analytics;
mod ask;
mod csv;
mod eval;
mod export;
mod ways;

use serde_json::{Map, Value, json};

use super::{Done, OK, command_id, list, tell_basis, text, with_session};
use crate::args::{Global, Graph, GraphFormat};
use crate::out;

pub(super) async fn run(global: &Global, args: &Graph) -> Done {
    match args {
        Graph::Show { name, depth, valid, format } => {
            show(global, name.as_deref(), *depth, valid.as_deref(), *format).await
        }
        Graph::Neighbours { name, depth, valid, format } => {
            show(global, Some(name), *depth, valid.as_deref(), *format).await
        }
        Graph::Path { from, to, valid, all, longest } => {
            ways::run(global, from, to, valid.as_deref(), all.then_some(*longest)).await
        }
        Graph::Query(args) => ask::run(global, args).await,
        Graph::Analytics { valid, first } => analytics::run(global, valid.as_deref(), *first).await,
        Graph::Doubts { first } => ways::doubts(global, *first).await,
        Graph::Changes { since, valid_since, valid } => {
            changes(global, since, valid_since.as_deref(), valid.as_deref()).await
        }
        Graph::People { valid } => people(global, valid.as_deref()).await,
        Graph::Stats { vocabulary } => stats(global, *vocabulary).await,
        Graph::Export { format, valid } => export::run(global, *format, valid.as_deref()).await,
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
        Graph::Eval { files } => eval::run(global, files),
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
        csv::print(&header, &rows);
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

async fn changes(global: &Global, since: &str, valid_since: Option<&str>, valid: Option<&str>) -> Done {
    with_session(global, async |session| {
        let variables = json!({ "before": since, "after": global.at, "branch": global.branch,
            "validBefore": valid_since.or(valid), "validAfter": valid });
        let question = "query($before: String!, $after: String, $branch: String, $validBefore: String,
            $validAfter: String) { graphChanges(before: $before, after: $after, branch: $branch,
            validBefore: $validBefore, validAfter: $validAfter) {
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

//! Every question, command and subscription, and every route, tried as everybody.
//!
//! The fields come from the schema itself, with arguments made up from their types; the table of who reaches what is
//! committed beside this file. A new field without a rule is refused to everybody, and fails here.
//! After a change that is meant, run with `UPDATE_ACCESS=1` and read the difference.

use api::app::access::Lifetimes;
use api::transport::{self, Guard};
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, InputValueDefinition, Type, TypeKind, TypeSystemDefinition};
use events::payload::AccessRole;
use events::{CommandId, SessionId};
use futures::StreamExt as _;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use uuid::Uuid;

use crate::access::{add, first_of, sign_in};
use crate::support::{Home, Server, TOKEN, Talk, fresh_id, http};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/app/access_matrix.txt");

/// What the schema has.
struct Known {
    types: BTreeMap<String, TypeKind>,
    /// Where folders are made, and ids of somebody else's things.
    folder: String,
    ids: BTreeMap<&'static str, String>,
}

struct Field {
    root: &'static str,
    name: String,
    query: String,
}

impl Known {
    fn argument(&self, argument: &InputValueDefinition, depth: u32) -> Option<String> {
        let name = argument.name.node.as_str();
        let ty = &argument.ty.node;
        let known = self.ids.get(name).cloned();
        // What need not be said is not said, but a line of history that is not there: then nothing comes for ever.
        if ty.nullable || argument.default_value.is_some() {
            return match name {
                "branch" => Some("branch: \"not there\"".to_owned()),
                _ => None,
            };
        }
        let value = match (name, known) {
            ("commandId", _) => format!("\"{}\"", fresh_id()),
            ("folder", _) => format!("{:?}", self.folder),
            (_, Some(id)) => format!("{id:?}"),
            _ => self.value(ty, depth),
        };
        Some(format!("{name}: {value}"))
    }

    fn value(&self, ty: &Type, depth: u32) -> String {
        let BaseType::Named(name) = &ty.base else { return "[]".to_owned() };
        match (name.as_str(), self.types.get(name.as_str())) {
            ("String" | "ID", _) => "\"x\"".to_owned(),
            ("Int" | "Float" | "Position", _) => "1".to_owned(),
            ("Boolean", _) => "true".to_owned(),
            (_, Some(TypeKind::Enum(all))) => all.values[0].node.value.node.to_string(),
            (_, Some(TypeKind::InputObject(object))) => {
                let fields = object.fields.iter().filter_map(|f| self.argument(&f.node, depth + 1));
                format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
            }
            (other, _) => panic!("what is a `{other}`?"),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let mut found = Vec::new();
        for root in ["Query", "Mutation", "Subscription", "Audit"] {
            let TypeKind::Object(object) = &self.types[root] else { panic!("{root}") };
            for field in &object.fields {
                let field = &field.node;
                let name = field.name.node.to_string();
                let arguments: Vec<_> = field.arguments.iter().filter_map(|a| self.argument(&a.node, 0)).collect();
                let arguments =
                    if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
                let mut of = &field.ty.node.base;
                while let BaseType::List(inner) = of {
                    of = &inner.base;
                }
                let BaseType::Named(of) = of else { unreachable!() };
                let below = match self.types.get(of.as_str()) {
                    Some(TypeKind::Object(_)) => " { __typename }",
                    _ => "",
                };
                let asked = format!("{name}{arguments}{below}");
                let query = match root {
                    "Query" => format!("{{ {asked} }}"),
                    "Audit" => format!("{{ audit {{ {asked} }} }}"),
                    _ => format!("{} {{ {asked} }}", root.to_lowercase()),
                };
                found.push(Field { root, name, query });
            }
        }
        found
    }
}

/// What became of a request: let through, refused for the role, or not even known.
fn verdict(status: StatusCode, answer: &Value) -> &'static str {
    let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
    match (status, code) {
        (StatusCode::UNAUTHORIZED, _) => "401",
        (StatusCode::TOO_MANY_REQUESTS, _) => panic!("{answer}"),
        (_, "AICO-9003") => "no",
        _ => "yes",
    }
}

async fn tried(server: &Server, token: Option<&str>, field: &Field) -> (&'static str, String) {
    if field.root == "Subscription" {
        let first = first_of(server, token.unwrap_or("nobody"), &field.query, json!({})).await;
        let verdict = match (&first["closed"], &first["payload"][0]["extensions"]["code"]) {
            (Value::Number(_), _) => "401",
            (_, Value::String(code)) if code == "AICO-9003" => "no",
            _ => "yes",
        };
        return (verdict, first.to_string());
    }
    let request = http().post(server.url("/graphql")).json(&json!({ "query": field.query }));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    (verdict(status, &body), body.to_string())
}

/// As a device asks: its token is good with its certificate only, so not over this line, but in this process.
async fn by_device(talk: &Talk, schema: &api::schema::Schema, token: &str, field: &Field) -> (&'static str, String) {
    assert!(talk.app.access.check(token, None).is_err());
    let caller = talk.app.access.check(token, Some("")).unwrap();
    let request = async_graphql::Request::new(&field.query).data(caller).data(talk.app.seen_by(caller));
    let answer = match field.root {
        "Subscription" => schema.execute_stream(request).next().await.unwrap(),
        _ => schema.execute(request).await,
    };
    let answer = serde_json::to_value(answer).unwrap();
    (verdict(StatusCode::OK, &answer), answer.to_string())
}

async fn route(server: &Server, token: Option<&str>, method: &str, path: &str) -> &'static str {
    let method = method.parse().unwrap();
    let request = http().request(method, server.url(path)).header("content-type", "application/json").body("{}");
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = request.send().await.unwrap();
    let status = answer.status();
    // A stream has no end to wait for.
    if status == StatusCode::OK {
        return "yes";
    }
    verdict(status, &answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_and_route_is_tried_as_everybody() {
    const CANARY: &str = "zanzibarine";
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say(&format!("My sister Anna lives in {CANARY}"), None).await;
    let people = [
        ("Bea", AccessRole::Person),
        ("Carl", AccessRole::Admin),
        ("Dora", AccessRole::Auditor),
        ("Finn", AccessRole::Person),
    ];
    for (name, role) in people {
        add(&talk, name, role).await;
    }
    // Whoever tries everything in turn would be told to slow down.
    let fast = transport::Rate { per_second: 1e6, burst: 1_000_000 };
    let rates = transport::Rates { session: fast, failures: fast, sign_in: fast };
    let server = talk.serve_with(Guard::new(TOKEN, vec![]).limited(rates)).await;
    let access = async |name: &str| sign_in(&server, name).await["access"].as_str().unwrap().to_owned();
    let device = {
        let (command, until) = (CommandId(Uuid::new_v4()), events::Timestamp(i64::MAX / 2));
        let (_, admitted) = talk.app.enrol_device(command, Some("Finn"), "Kitchen", "", until).await.unwrap();
        admitted.access
    };
    let revoked = {
        let tokens = sign_in(&server, "Bea").await;
        let session: SessionId = tokens["session"].as_str().unwrap().parse().unwrap();
        talk.app.revoke_session(Some("Bea"), Some(session)).await.unwrap();
        tokens["access"].as_str().unwrap().to_owned()
    };
    talk.app.access.set_lifetimes(Lifetimes { access_seconds: 0, session_seconds: 3_600 });
    let expired = access("Bea").await;
    talk.app.access.set_lifetimes(Lifetimes::default());
    let callers: Vec<(&str, Option<String>)> = vec![
        ("nobody", None),
        ("forged", Some(format!("{}x", access("Bea").await))),
        ("expired", Some(expired)),
        ("revoked", Some(revoked)),
        ("device", Some(device)),
        ("auditor", Some(access("Dora").await)),
        ("person", Some(access("Bea").await)),
        ("admin", Some(access("Carl").await)),
        ("owner", Some(TOKEN.to_owned())),
    ];
    let document = parse_schema(api::schema::sdl()).unwrap();
    let types = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node.kind)),
        _ => None,
    });
    let folder = tempfile::tempdir().unwrap();
    let ids = [
        ("conversation", "conversation"),
        ("message", "message"),
        ("reply", "reply"),
        ("run", "run"),
        ("runId", "run"),
    ];
    let known = Known {
        types: types.collect(),
        folder: folder.path().to_str().unwrap().to_owned(),
        ids: ids.into_iter().map(|(argument, of)| (argument, said.id(of).to_owned())).collect(),
    };
    let schema = api::schema::build(talk.app.clone());
    let mut table = String::new();
    let names: Vec<&str> = callers.iter().map(|(name, _)| *name).collect();
    writeln!(table, "{:32} {}", "what", names.join(" ")).unwrap();
    for field in known.fields() {
        let name = format!("{}.{}", field.root, field.name);
        write!(table, "{name:32}").unwrap();
        for (caller, token) in &callers {
            let (verdict, answer) = match (*caller, token) {
                ("device", Some(token)) => by_device(&talk, &schema, token, &field).await,
                _ => tried(&server, token.as_deref(), &field).await,
            };
            // What was asked with may come back, what the owner said may not.
            assert!(*caller == "owner" || !answer.contains(CANARY), "{caller}: {name}: {answer}");
            write!(table, " {verdict:>w$}", w = caller.len()).unwrap();
        }
        writeln!(table).unwrap();
    }
    let routes = [
        ("GET", "/events?after=0"),
        ("POST", "/import?format=jsonl"),
        ("POST", "/window/ticket"),
        ("POST", "/session/close"),
    ];
    for (method, path) in routes {
        write!(table, "{:32}", format!("{method} {path}")).unwrap();
        for (caller, token) in &callers {
            // Leaving is tried last, by sessions that are needed no more.
            let verdict = route(&server, token.as_deref(), method, path).await;
            write!(table, " {verdict:>w$}", w = caller.len()).unwrap();
        }
        writeln!(table).unwrap();
    }
    server.stop().await;
    drop(schema);
    talk.close().await;
    for line in table.lines().skip(1) {
        let verdicts: Vec<&str> = line[32..].split_whitespace().collect();
        assert_eq!(verdicts[..4], ["401"; 4], "somebody unknown got in: {line}");
        assert_eq!(verdicts.last(), Some(&"yes"), "not even the owner reaches it; has it a rule? {line}");
    }
    if std::env::var_os("UPDATE_ACCESS").is_some() {
        std::fs::write(COMMITTED, &table).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        table == committed,
        "who reaches what is not what is committed; run with UPDATE_ACCESS=1 and look:\n{table}"
    );
}

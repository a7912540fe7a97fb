//! `aico graph export`

use serde_json::Value;

use super::{NODES, moment, print};
use crate::args::{Global, GraphFormat};
use crate::out;
use crate::run::{Done, OK, list, text, with_session};

pub(super) async fn run(global: &Global, format: GraphFormat, valid: Option<&str>) -> Done {
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

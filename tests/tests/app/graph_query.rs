//! Queries and analytics over the graph, asked as a client asks them.

use serde_json::{Value, json};

use crate::support::{Home, Talk};

const QUERY: &str = "query($q: String!, $params: JSON, $valid: String, $at: String, $rows: Int, $seconds: Float) {
    graph(query: $q, params: $params, asOf: { valid: $valid, known: $at }, rows: $rows, seconds: $seconds) {
        nodes { name } edges { predicate } table { columns rows work } } }";

async fn asked(talk: &Talk, variables: Value) -> Vec<Value> {
    talk.run(QUERY, variables).await["graph"]["table"]["rows"].as_array().unwrap().clone()
}

async fn ask(talk: &Talk, query: &str) -> Vec<Value> {
    asked(talk, json!({ "q": query })).await
}

async fn told() -> (Home, Talk, u64) {
    let home = Home::new();
    let talk = home.open().await;
    let said = talk.say("My sister Anna lives in Lisbon. Anna works at Siemens.", None).await;
    let conversation = said.id("conversation").to_owned();
    let before = talk.head().await;
    talk.say("Anna moved from Lisbon to Porto last May", Some(&conversation)).await;
    talk.say("My brother Tom works at Siemens", Some(&conversation)).await;
    talk.say("Tom is married to Anna. I was born in Lisbon.", Some(&conversation)).await;
    (home, talk, before)
}

#[tokio::test(flavor = "multi_thread")]
async fn so_8_queries_are_answered_on_both_clocks() {
    let (_home, talk, before) = told().await;
    let lives = "MATCH (:Person {name: 'Anna'})-[r:LIVES_IN]->(c:Place) RETURN c.name, r.valid_until ORDER BY c.name";
    let now = ask(&talk, lives).await;
    assert_eq!(now.iter().map(|r| r[0].clone()).collect::<Vec<_>>(), ["Lisbon", "Porto"]);
    assert!(now[0][1].as_str().unwrap().contains("-05-01T00:00"), "{now:?}");
    assert_eq!(now[1][1], Value::Null);
    let then = asked(&talk, json!({ "q": lives, "at": before.to_string() })).await;
    assert_eq!(then, [json!(["Lisbon", null])], "what was known before the move was told");
    let today = asked(&talk, json!({ "q": lives, "valid": "now" })).await;
    assert_eq!(today, [json!(["Porto", null])]);
    let by_time = "MATCH (p)-[r:LIVES_IN]->(c) WHERE r.valid_until < datetime() RETURN c.name";
    assert_eq!(ask(&talk, by_time).await, [json!(["Lisbon"])]);
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn defect_14_parallels_are_kept_words_are_not_clauses_and_parameters_are_used() {
    let (_home, talk, _) = told().await;
    let parallels = "MATCH (p:Person {name: 'Anna'})-[r]-(q:Person) RETURN q.name, type(r), r.recorded > 0,
        r.confidence > 0, size(r.messages) > 0 ORDER BY q.name, type(r)";
    let found = ask(&talk, parallels).await;
    assert_eq!(found, [json!(["Tom", "MARRIED_TO", true, true, true]), json!(["you", "SISTER", true, true, true])]);
    let words = "MATCH (p:Person) WHERE p.name <> 'European UNION, DROP ALTER CREATE INDEX' RETURN count(p)";
    assert_eq!(ask(&talk, words).await, [json!([3])]);
    let wanted = json!({ "q": "MATCH (p:Person {name: $who})-[:WORKS_AT]->(o) RETURN o.name",
        "params": { "who": "Tom" } });
    assert_eq!(asked(&talk, wanted).await, [json!(["Siemens"])]);
    // As the Python original wrote them: its labels, double quotes, two signs for equality.
    let old = "MATCH (p:PERSON)-[r:WORKS_FOR]->(o:ORGANIZATION) WHERE p.name == \"Tom\" RETURN o.name";
    assert_eq!(ask(&talk, old).await, [json!(["Siemens"])]);
    let whole = talk.run(QUERY, json!({ "q": "MATCH p = (:Person {name: 'Tom'})-[:WORKS_AT]->() RETURN p" })).await;
    let mut names: Vec<&str> =
        whole["graph"]["nodes"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Siemens", "Tom"], "an answer can be drawn");
    assert_eq!(whole["graph"]["edges"], json!([{ "predicate": "works_at" }]));
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused_with_its_place() {
    let (_home, talk, _) = told().await;
    let head = talk.head().await;
    let wrong = |q: &str| json!({ "q": q });
    let error = talk.answer(QUERY, wrong("MATCH (n)\nRETURN m.name")).await["errors"][0].take();
    let place = &error["extensions"];
    assert_eq!((&place["code"], &place["line"], &place["column"]), (&json!("AICO-8001"), &json!(2), &json!(8)));
    assert!(error["message"].as_str().unwrap().contains("RETURN m.name\n       ^"), "{error}");
    for write in
        ["CREATE (n)", "MATCH (n) DELETE n", "MATCH (n) SET n.name = 'x'", "MERGE (n:Person)", "RETURN 1;DROP"]
    {
        assert_eq!(talk.refused(QUERY, wrong(write)).await, "AICO-8001", "{write}");
    }
    for (q, params) in [
        ("MATCH (n) RETURN n LIMIT $n", json!({ "n": "many" })),
        ("MATCH (n) RETURN n LIMIT $n", json!({})),
        ("RETURN $n", json!([1])),
        ("RETURN $n", json!({ "n": 18_446_744_073_709_551_615_u64 })),
        ("RETURN 1 + $n.a", json!({ "n": 5 })),
    ] {
        let code = talk.refused(QUERY, json!({ "q": q, "params": params })).await;
        assert!(["AICO-8001", "AICO-8002"].contains(&&*code), "{q}: {code}");
    }
    assert_eq!(ask(&talk, "MATCH (n:Dragon) RETURN n").await, [] as [Value; 0], "an unknown label is no error");
    assert_eq!(ask(&talk, "MATCH ()-[r:SLAYS]->() RETURN r").await, [] as [Value; 0]);
    for explodes in [
        "UNWIND range(1, 100000000) AS a UNWIND range(1, 100000000) AS b RETURN count(*)",
        "RETURN reduce(l = [1], i IN range(1, 100) | l + l)",
        "UNWIND range(1, 20000) AS x RETURN x",
        "MATCH (a), (b), (c), (d), (e), (f), (g), (h), (i), (j) RETURN count(*)",
        "UNWIND range(1, 9000) AS x RETURN range(1, 3000)",
    ] {
        let code = talk.refused(QUERY, json!({ "q": explodes, "seconds": 2.0 })).await;
        assert_eq!(code, "AICO-8003", "{explodes}");
    }
    assert_eq!(talk.refused(QUERY, json!({ "q": "RETURN 1", "seconds": 0.0 })).await, "AICO-6003");
    assert_eq!(talk.head().await, head, "nothing is recorded");
    talk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_5_so_6_so_7_the_shape_of_the_graph_is_told_and_the_same_each_time() {
    let (_home, talk, _) = told().await;
    let question =
        "{ graphAnalytics(first: 5) { nodes edges exact modularity communityCount componentCount components
        ranked { name pageRank betweenness degree } between { name betweenness } communities { size members }
        gaps { kind name other property shared } } }";
    let found = talk.run(question, json!({})).await;
    let study = &found["graphAnalytics"];
    assert_eq!(study["exact"], json!(true));
    assert_eq!((&study["componentCount"], &study["components"]), (&json!(1), &json!([study["nodes"]])));
    assert_eq!(study["between"][0]["name"], json!("Anna"), "{study}");
    assert!(study["communities"][0]["size"].as_u64().unwrap() > 1);
    assert!(study["gaps"].as_array().unwrap().iter().any(|g| g["kind"] == "relation"), "{study}");
    assert_eq!(talk.run(question, json!({})).await, found);
    let ways = "query($longest: Int) { graphWays(from: \"Tom\", to: \"Anna\", longest: $longest) { complete ways { told } } }";
    let ways = talk.run(ways, json!({ "longest": 2 })).await["graphWays"].take();
    let told: Vec<String> = ways["ways"].as_array().unwrap().iter().map(|w| w["told"].to_string()).collect();
    assert_eq!(ways["complete"], json!(true));
    assert_eq!(told.len(), 3, "as a couple, over Siemens, over you: {told:?}");
    assert!(told[0].contains("married_to"), "the shortest first: {told:?}");
    talk.close().await;
}

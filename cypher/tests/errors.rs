//! Errors say what is wrong, and where.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{ring, run};
use graph::query::{ErrorKind, Phase};

fn told(text: &str) -> String {
    run(&ring(3, 1), text).unwrap_err().to_string()
}

#[test]
fn a_place_is_shown_under_the_line() {
    assert_eq!(
        told("MATCH (n)\nRETURN m.name"),
        "there is no variable `m` here (line 2, column 8)\nRETURN m.name\n       ^"
    );
    assert_eq!(
        told("MATCH (n RETURN n"),
        "`RETURN` stands here, where `)` was expected (line 1, column 10)\nMATCH (n RETURN n\n         ^^^^^^"
    );
    assert_eq!(
        told("MATCH (n) DELETE n"),
        "`DELETE` changes the graph: only queries that read are answered (line 1, column 11)\n\
         MATCH (n) DELETE n\n          ^^^^^^"
    );
    assert!(told("RETURN 1 +").contains("the query ends here, where an expression was expected (line 1, column 11)"));
    assert!(told("").contains("line 1, column 1"));
    assert!(told("RETURN 'ä' + §").contains("(line 1, column 14)"));
}

#[test]
fn an_error_while_running_knows_its_place_too() {
    let error = run(&ring(3, 1), "MATCH (n)\nRETURN 1 / (n.k - n.k) AS x").unwrap_err();
    assert_eq!((error.kind, error.phase), (ErrorKind::Argument, Phase::Run));
    assert_eq!(error.place.map(|p| (p.line, p.column)), Some((2, 8)));
    assert_eq!(error.kind.code(), "AICO-8002");
}

#[test]
fn nothing_that_writes_is_read() {
    for text in [
        "CREATE (n)",
        "MATCH (n) SET n.x = 1",
        "MATCH (n) REMOVE n.x",
        "MATCH (n) DETACH DELETE n",
        "MERGE (n:A) RETURN n",
        "MATCH (n) FOREACH (x IN [1] | SET n.x = x)",
        "LOAD CSV FROM 'file' AS row RETURN row",
        "CALL { CREATE (n) RETURN n } RETURN n",
        "MATCH (n) WHERE EXISTS { CREATE (m) RETURN m } RETURN n",
        "/* MATCH */ CREATE (n)",
        "cReAtE (n)",
        "RETURN 1 AS x UNION CREATE (n) RETURN 1 AS x",
        "DROP INDEX x",
    ] {
        let error = run(&ring(3, 1), text).unwrap_err();
        assert_eq!((error.kind, error.phase), (ErrorKind::Syntax, Phase::Compile), "{text}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = |open: &str, close: &str, n: usize| format!("RETURN {}1{} AS x", open.repeat(n), close.repeat(n));
    for n in [101, 10_000] {
        for (open, close) in
            [("(", ")"), ("[", "]"), ("{a: ", "}"), ("-", ""), ("NOT ", ""), ("abs(", ")"), ("[x IN ", "]")]
        {
            let error = run(&ring(3, 1), &deep(open, close, n)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Syntax, "{n} {open}");
        }
        assert!(run(&ring(3, 1), &format!("RETURN 1{} AS x", " + 1".repeat(n))).is_err());
        assert!(run(&ring(3, 1), &format!("RETURN n{} AS x", ".a".repeat(n))).is_err());
        assert!(run(&ring(3, 1), &format!("MATCH (a){} RETURN 1 AS x", "-->()".repeat(n * 2))).is_err());
        assert!(run(&ring(3, 1), &format!("{}RETURN 1 AS x", "WITH 1 AS y ".repeat(n * 2))).is_err());
    }
    // What is allowed also runs, on the stack of a test.
    for (open, close) in [("(", ")"), ("[", "]"), ("{a: ", "}"), ("[x IN [1] | ", "]"), ("abs(", ")")] {
        let result = run(&ring(3, 1), &deep(open, close, 48));
        assert!(result.is_ok(), "{open}: {}", result.unwrap_err());
    }
    assert!(run(&ring(3, 1), &format!("RETURN true{} AS x", " OR false".repeat(5_000))).is_ok());
    let many = format!("MATCH (a){} RETURN count(*) AS x", "-->()".repeat(150));
    assert!(run(&ring(300, 1), &many).is_ok());
}

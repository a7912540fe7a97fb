//! Whatever the text is, there is an answer or an error, never a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{ring, run};
use proptest::prelude::*;

/// Words and signs of the language, of which queries are put together at random.
const WORDS: &[&str] = &[
    "MATCH",
    "OPTIONAL",
    "WHERE",
    "RETURN",
    "WITH",
    "UNWIND",
    "AS",
    "ORDER",
    "BY",
    "SKIP",
    "LIMIT",
    "UNION",
    "ALL",
    "DISTINCT",
    "NOT",
    "AND",
    "OR",
    "XOR",
    "IN",
    "IS",
    "NULL",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "EXISTS",
    "COUNT",
    "COLLECT",
    "CALL",
    "STARTS",
    "CONTAINS",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "-",
    "->",
    "<-",
    "--",
    "-->",
    "*",
    "*1..2",
    "..",
    "|",
    ":",
    ",",
    ".",
    "=",
    "<>",
    "<",
    "+",
    "/",
    "%",
    "^",
    "$p",
    "n",
    "m",
    "r",
    "n.k",
    "P",
    "T",
    "1",
    "0",
    "-1",
    "2.5",
    "'x'",
    "null",
    "true",
    "count(*)",
    "count(",
    "sum(",
    "collect(",
    "size(",
    "nodes(",
    "reduce(",
    "any(",
    "all(",
    "x IN",
    "shortestPath(",
    "date(",
    "duration(",
    "(n)",
    "(n:P)",
    "-[r:T]->",
    "-[*]-",
    "(m)",
    "[1, 2]",
    "{a: 1}",
    "range(0, 3)",
    "p =",
    "n AS n",
    ";",
    "`",
    "'",
    "\"",
    "é",
    "🙂",
];

/// Queries that are sound, to be cut and mixed.
const SOUND: &[&str] = &[
    "MATCH (n:P {k: 1})-[r:T*1..2]->(m) WHERE n.k < m.k AND NOT (m)-->(n) RETURN n, collect(m.k) AS ks ORDER BY n.k SKIP 0 LIMIT 3",
    "UNWIND [1, 2, null] AS x WITH x, count(*) AS c WHERE x > 0 RETURN CASE x WHEN 1 THEN 'a' ELSE c END AS y UNION RETURN 2 AS y",
    "MATCH p = shortestPath((a {k: 0})-[*]-(b {k: 3})) RETURN [x IN nodes(p) | x {.k, y: x.k + 1}] AS l, reduce(s = 0, r IN [1] | s + r) AS s",
    "RETURN any(x IN [1, 2] WHERE x = 1) AS a, date('2020-01-01') + duration('P1M') AS d, [1, 2, 3][0..2] AS l, {a: {b: 1}}.a.b AS m",
    "MATCH (n) RETURN COUNT { (n)-->() } AS c, EXISTS { MATCH (n)--(m) RETURN m } AS e, [(n)-->(m) WHERE m.k > 1 | m.k] AS l",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn words_at_random(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..25)) {
        let _ = run(&ring(5, 2), &words.join(" "));
    }

    #[test]
    fn a_clause_and_words_at_random(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..8)) {
        let _ = run(&ring(5, 2), &format!("MATCH (n:P)-[r]->(m) RETURN {}", words.join(" ")));
        let _ = run(&ring(5, 2), &format!("MATCH (n:P) WHERE {} RETURN n", words.join(" ")));
    }

    #[test]
    fn characters_at_random(text in any::<String>()) {
        let _ = run(&ring(5, 2), &text);
        let _ = run(&ring(5, 2), &format!("RETURN {text} AS x"));
    }

    #[test]
    fn sound_queries_cut_and_mixed(a in 0..SOUND.len(), b in 0..SOUND.len(), cut in 0_usize..200, from in 0_usize..200) {
        let head: String = SOUND[a].chars().take(cut).collect();
        let tail: String = SOUND[b].chars().skip(from).collect();
        let _ = run(&ring(5, 2), &format!("{head}{tail}"));
    }
}

#[test]
fn sound_queries_are_sound() {
    for text in SOUND {
        if let Err(error) = run(&ring(5, 2), text) {
            panic!("{text}: {error}");
        }
    }
}

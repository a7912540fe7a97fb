//! The tree against others: published vectors, pymerkle, and a few vectors of our own.

#![allow(clippy::unwrap_used)] // A fixture that fails is a failing test.

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use events::Digest;
use events::codec::leaf_hash;
use events::ledger::proof::{
    Nodes, consistency, consistent, includes, inclusion, root, subtree_consistent, subtree_includes,
};
use events::ledger::tree::{Frontier, empty, node};
use serde_json::Value;

/// The 518 cases of transparency-dev/merkle, where a folder above this one has them.
const VECTORS: &str = "shared/data/merkle-vectors/vectors.json";

fn digest(value: &Value) -> Option<Digest> {
    BASE64.decode(value.as_str()?).ok()?.try_into().ok()
}

/// A root. Some cases of consistency have words in place of roots, as they ask about something else; any hash of the
/// words does for them, as long as equal words have equal ones.
fn stand_in(value: &Value) -> Option<Digest> {
    let bytes = BASE64.decode(value.as_str()?).ok()?;
    Some(bytes.try_into().unwrap_or_else(|words: Vec<u8>| events::codec::sha256(&words)))
}

fn proof(value: &Value) -> Option<Vec<Digest>> {
    value.as_array().map_or(Some(vec![]), |hashes| hashes.iter().map(digest).collect())
}

/// Whether our code accepts a case. What does not even have the length of a hash cannot be asked about.
fn accepted(case: &Value) -> bool {
    let number = |name: &str| case[name].as_u64();
    let ask = || {
        let path = proof(&case["proof"])?;
        let leaf = digest(&case["leafHash"]);
        let range = number("start").zip(number("end"));
        Some(match (number("leafIdx"), range) {
            (Some(index), None) => includes(&leaf?, index, number("treeSize")?, &path, &digest(&case["root"])?),
            (Some(index), Some(range)) => subtree_includes(&leaf?, index, range, &path, &digest(&case["root"])?),
            (None, Some(range)) => {
                let (part, whole) = (stand_in(&case["root1"])?, stand_in(&case["root2"])?);
                subtree_consistent(range, &part, number("size")?, &whole, &path)
            }
            (None, None) => {
                let (old, new) = (stand_in(&case["root1"])?, stand_in(&case["root2"])?);
                consistent(number("size1")?, &old, number("size2")?, &new, &path)
            }
        })
    };
    ask().unwrap_or(false)
}

#[test]
#[allow(clippy::print_stderr)]
fn all_published_vectors_give_the_wanted_result() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(text) = folder.ancestors().find_map(|f| std::fs::read_to_string(f.join(VECTORS)).ok()) else {
        eprintln!("skipped: {VECTORS} is in no folder above this one");
        return;
    };
    let cases: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 518);
    let wrong: Vec<_> = cases.iter().filter(|(_, c)| accepted(c) == c["wantErr"].as_bool().unwrap()).collect();
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), cases.len());
}

struct Leaves(Vec<Digest>);

impl Nodes for Leaves {
    type Error = Infallible;
    fn node(&self, level: u32, index: u64) -> Result<Digest, Infallible> {
        let (from, to) = ((index << level) as usize, ((index + 1) << level) as usize);
        let mut row = self.0[from..to].to_vec();
        while row.len() > 1 {
            row = row.chunks(2).map(|pair| node(&pair[0], &pair[1])).collect();
        }
        Ok(row[0])
    }
}

fn sorted(mut hashes: Vec<Digest>) -> Vec<String> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.iter().map(hex::encode).collect()
}

/// `tools/compare/merkle.py` wrote the table.
#[test]
fn pymerkle_gives_the_same_roots_and_proofs() {
    let table: Value = serde_json::from_str(include_str!("data/pymerkle.json")).unwrap();
    let rows = table["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 40);
    for row in rows {
        let number = |name: &str| row[name].as_u64().unwrap();
        let theirs = |name: &str| -> Vec<String> {
            let mut found: Vec<String> = serde_json::from_value(row[name].clone()).unwrap();
            found.dedup();
            found
        };
        let (size, index, prior) = (number("size"), number("index"), number("prior"));
        let tree = Leaves((0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect());
        let Ok(now) = root(&tree, size);
        let Ok(before) = root(&tree, prior);
        assert_eq!(hex::encode(now), row["root"], "the root of {size} leaves");
        assert_eq!(hex::encode(before), row["priorRoot"]);
        let mut grown = Frontier::default();
        tree.0.iter().for_each(|leaf| grown.push(*leaf, |_, _, _| ()));
        assert_eq!(grown.root(), now);

        let Ok(mut path) = inclusion(&tree, index, size);
        let leaf = tree.0[index as usize];
        assert!(includes(&leaf, index, size, &path, &now));
        // pymerkle has the leaf itself in the path.
        path.push(leaf);
        assert_eq!(sorted(path), theirs("inclusion"), "leaf {index} of {size}");

        // pymerkle cuts its consistency proofs in another way; the roots that they lead to are the same.
        let Ok(path) = consistency(&tree, prior, size);
        assert!(consistent(prior, &before, size, &now, &path), "{prior} to {size}");
    }
}

/// The leaves and roots that the tests of Certificate Transparency have used since its beginning.
#[test]
fn the_eight_leaves_of_certificate_transparency_give_their_roots() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Frontier::default();
    assert_eq!(hex::encode(empty()), roots[0]);
    for (leaf, wanted) in leaves.iter().zip(&roots[1..]) {
        tree.push(leaf_hash(&hex::decode(leaf).unwrap()), |_, _, _| ());
        assert_eq!(hex::encode(tree.root()), *wanted);
    }
}

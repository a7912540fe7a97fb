//! Pairs of names that may mean the same, for somebody to decide: nothing is merged because it looks alike.
//!
//! Blocking keeps the number of pairs small: names of one kind meet when their character trigrams are alike by MinHash
//! (Broder 1997) with banding, 16 bands of 2 values. Two sets that share half of their trigrams meet with a chance of .99,
//! those that share a tenth with .15. Pairs that meet are then compared letter by letter.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::view::{Graph, Node};

const BANDS: usize = 16;
const ROWS: usize = 2;
/// Names in one block that are compared with each other. More of them are a word that many share.
const BLOCK: usize = 64;
/// Likeness of a name that holds all words of a shorter one.
const WITHIN: f64 = 0.8;

/// Two nodes that may be one.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// The one that was known first.
    pub one: Uuid,
    /// The other.
    pub other: Uuid,
    /// How alike their names are, in `[0, 1]`.
    pub likeness: f64,
    /// What is alike.
    pub reason: &'static str,
}

/// FNV-1a, then the finaliser of SplitMix64, so that every hash of a MinHash differs in all bits.
fn hash(text: &[char], seed: u64) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64 ^ seed;
    for c in text {
        h = (h ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3);
    }
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

/// The smallest hash of all trigrams, for each of the hash functions.
fn sketch(name: &str) -> Vec<u64> {
    let padded: Vec<char> = ['^'].into_iter().chain(name.chars()).chain(['$']).collect();
    (0..(BANDS * ROWS) as u64)
        .map(|n| padded.windows(3).map(|w| hash(w, n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).min().unwrap_or_default())
        .collect()
}

/// Letters to change, add, take away or swap with their neighbour (Damerau 1964, optimal string alignment).
fn edits(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// How alike two names are, when enough for a doubt.
fn alike(one: &str, other: &str) -> Option<(f64, &'static str)> {
    let (short, long) =
        (one.chars().count().min(other.chars().count()), one.chars().count().max(other.chars().count()));
    let words = |name: &str| name.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    let (mine, theirs) = (words(one), words(other));
    if mine != theirs && (mine.is_subset(&theirs) || theirs.is_subset(&mine)) {
        return Some((WITHIN, "one name holds the other"));
    }
    let allowed = match short {
        0..4 => return None,
        4..9 => 1,
        _ => 2,
    };
    let edits = edits(one, other);
    (edits <= allowed).then(|| (1.0 - edits as f64 / long as f64, "they are spelled alike"))
}

fn plain(name: &str) -> String {
    let term = events::payload::GraphTerm { kind: String::new(), name: name.to_owned() };
    super::resolve::key(&term).name
}

/// Kind, number of the band, and its values.
type Block<'a> = (&'a str, usize, u64, u64);
/// A node, and one of its names.
type Named = (usize, usize);

/// Every doubt of a graph, the most alike first. `apart` are pairs that somebody has told apart.
pub(super) fn doubts(graph: &Graph, apart: &BTreeSet<(Uuid, Uuid)>) -> Vec<Doubt> {
    let named = |node: &Node| -> Vec<String> {
        let all = [&node.name].into_iter().chain(&node.aliases).map(|n| plain(n));
        // `your sister` stands for somebody, and is no spelling of a name.
        all.filter(|n| !n.starts_with("your ") && !n.contains("'s ") && n != "you").collect()
    };
    let nodes: Vec<(&Node, Vec<String>)> = graph.nodes().iter().map(|n| (n, named(n))).collect();
    let mut blocks: BTreeMap<Block<'_>, Vec<Named>> = BTreeMap::new();
    for (at, (node, names)) in nodes.iter().enumerate().filter(|(_, (n, _))| n.kind != "value") {
        for (n, name) in names.iter().enumerate() {
            for (band, rows) in sketch(name).chunks(ROWS).enumerate() {
                let last = rows.last().copied().unwrap_or_default();
                blocks.entry((&node.kind, band, rows[0], last)).or_default().push((at, n));
            }
        }
    }
    let mut seen: BTreeSet<(Named, Named)> = BTreeSet::new();
    let mut found: BTreeMap<(usize, usize), (f64, &'static str)> = BTreeMap::new();
    for block in blocks.values().filter(|b| b.len() <= BLOCK) {
        for (i, (a, m)) in block.iter().enumerate() {
            for (b, n) in block[i + 1..].iter().filter(|(b, _)| b != a) {
                if !seen.insert(((*a, *m), (*b, *n))) {
                    continue;
                }
                let Some(how) = alike(&nodes[*a].1[*m], &nodes[*b].1[*n]) else { continue };
                let best = found.entry((*a.min(b), *a.max(b))).or_insert(how);
                if how.0 > best.0 {
                    *best = how;
                }
            }
        }
    }
    let told = |a: Uuid, b: Uuid| apart.contains(&(a, b)) || apart.contains(&(b, a));
    let mut all: Vec<Doubt> = found
        .into_iter()
        .map(|((a, b), (likeness, reason))| {
            let (a, b) = (nodes[a].0, nodes[b].0);
            let (one, other) = if (b.recorded, b.id) < (a.recorded, a.id) { (b, a) } else { (a, b) };
            Doubt { one: one.id, other: other.id, likeness, reason }
        })
        .filter(|d| !told(d.one, d.other))
        .collect();
    all.sort_by(|x, y| y.likeness.total_cmp(&x.likeness).then((x.one, x.other).cmp(&(y.one, y.other))));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted_with_swaps() {
        for (one, other, wanted) in
            [("anna", "anna", 0), ("anna", "anan", 1), ("siemens", "simens", 1), ("", "ab", 2), ("jörg", "joerg", 2)]
        {
            assert_eq!(edits(one, other), wanted, "{one} {other}");
            assert_eq!(edits(other, one), wanted, "{other} {one}");
        }
    }

    #[test]
    fn alike_is_not_the_same() {
        assert_eq!(alike("siemens", "simens").map(|d| d.1), Some("they are spelled alike"));
        assert_eq!(alike("anna berg", "anna").map(|d| d.1), Some("one name holds the other"));
        assert_eq!(alike("tom", "tim"), None, "short names differ by a letter and are others");
        assert_eq!(alike("lisbon", "london"), None);
    }

    #[test]
    fn those_that_share_many_trigrams_meet() {
        let meet = |a: &str, b: &str| {
            let (a, b) = (sketch(a), sketch(b));
            a.chunks(ROWS).zip(b.chunks(ROWS)).any(|(x, y)| x == y)
        };
        for (a, b) in [("siemens", "simens"), ("anna berg", "anna bergmann"), ("katharina", "katarina")] {
            assert!(meet(a, b), "{a} {b}");
        }
        assert!(!meet("siemens", "volkswagen"));
    }
}

//! Communities.

use crate::Snapshot;

/// Groups of nodes with more relationships inside than between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Communities {
    /// The community of each node, in the order of the nodes. 0 is the largest.
    pub of: Vec<u32>,
    /// How many there are.
    pub count: usize,
    /// How good the division is, from -0.5 to 1 (Newman and Girvan 2004).
    pub modularity: f64,
}

/// A gain below this is none.
const LEAST_GAIN: f64 = 1e-7;

/// A graph between groups, relationships without direction.
struct Weighted {
    /// For each group its neighbours with weights, in order; a weight inside of the group is left out.
    near: Vec<Vec<(u32, f64)>>,
    /// The weight inside of each group, counted once.
    inside: Vec<f64>,
}

impl Weighted {
    fn of(graph: &Snapshot) -> Self {
        let n = graph.node_count();
        let mut near = vec![Vec::new(); n];
        let mut inside = vec![0.0; n];
        for rel in graph.rels() {
            let (a, b) = (graph.source(rel).0, graph.target(rel).0);
            if a == b {
                inside[a as usize] += 1.0;
            } else {
                near[a as usize].push((b, 1.0));
                near[b as usize].push((a, 1.0));
            }
        }
        near.iter_mut().for_each(merge);
        Self { near, inside }
    }

    fn degree(&self, at: usize) -> f64 {
        2.0 * self.inside[at] + self.near[at].iter().map(|(_, w)| w).sum::<f64>()
    }

    /// The graph between groups of this graph.
    fn grouped(&self, group: &[u32], count: usize) -> Self {
        let mut near = vec![Vec::new(); count];
        let mut inside = vec![0.0; count];
        for (at, steps) in self.near.iter().enumerate() {
            let own = group[at];
            inside[own as usize] += self.inside[at];
            for (to, weight) in steps {
                let other = group[*to as usize];
                if other == own {
                    inside[own as usize] += weight / 2.0;
                } else {
                    near[own as usize].push((other, *weight));
                }
            }
        }
        near.iter_mut().for_each(merge);
        Self { near, inside }
    }
}

/// Brings neighbours in order and adds up those that come twice.
fn merge(steps: &mut Vec<(u32, f64)>) {
    steps.sort_unstable_by_key(|(to, _)| *to);
    steps.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
}

/// Communities by the Louvain method (Blondel, Guillaume, Lambiotte and Lefebvre 2008).
///
/// Relationships count without direction, parallel ones each. Nodes are looked at in their order, and of equally good moves
/// the one to the lowest number is made, so the same graph always gives the same communities.
pub fn louvain(graph: &Snapshot) -> Communities {
    let mut level = Weighted::of(graph);
    let n = graph.node_count();
    let mut of: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX)).collect();
    let all: f64 = (0..n).map(|i| level.degree(i)).sum();
    if all > 0.0 {
        while let Some((group, count)) = improve(&level, all) {
            for own in &mut of {
                *own = group[*own as usize];
            }
            level = level.grouped(&group, count);
        }
    }
    let (of, count) = by_size(&of);
    let modularity = modularity(graph, &of);
    Communities { of, count, modularity }
}

/// Moves single nodes as long as that gains; `None` when no move does. `all` is twice the weight of the graph.
fn improve(level: &Weighted, all: f64) -> Option<(Vec<u32>, usize)> {
    let n = level.near.len();
    let degrees: Vec<f64> = (0..n).map(|i| level.degree(i)).collect();
    let mut group: Vec<u32> = (0..u32::try_from(n).unwrap_or(u32::MAX)).collect();
    let mut total = degrees.clone();
    let mut to_group = vec![0.0; n];
    let mut any = false;
    loop {
        let mut gained = 0.0;
        for at in 0..n {
            let own = group[at];
            let mut touched = vec![own];
            for (to, weight) in &level.near[at] {
                let other = group[*to as usize];
                if to_group[other as usize] == 0.0 && other != own {
                    touched.push(other);
                }
                to_group[other as usize] += weight;
            }
            total[own as usize] -= degrees[at];
            let value = |g: u32| to_group[g as usize] - total[g as usize] * degrees[at] / all;
            let stay = value(own);
            let (mut best, mut most) = (own, stay);
            touched.sort_unstable();
            for g in &touched {
                if value(*g) > most + 1e-12 {
                    (best, most) = (*g, value(*g));
                }
            }
            total[best as usize] += degrees[at];
            if best != own {
                group[at] = best;
                gained += 2.0 * (most - stay) / all;
            }
            for g in touched {
                to_group[g as usize] = 0.0;
            }
        }
        if gained <= LEAST_GAIN {
            any |= gained > 0.0;
            break;
        }
        any = true;
    }
    any.then(|| by_first(&group))
}

/// Numbers groups 0, 1, 2 ... in the order they come.
fn by_first(group: &[u32]) -> (Vec<u32>, usize) {
    let mut names = vec![u32::MAX; group.len()];
    let mut count = 0_u32;
    let renamed = group
        .iter()
        .map(|g| {
            let name = &mut names[*g as usize];
            if *name == u32::MAX {
                *name = count;
                count += 1;
            }
            *name
        })
        .collect();
    (renamed, count as usize)
}

/// Numbers groups by their size, the largest first, of equal ones the one with the first node.
fn by_size(of: &[u32]) -> (Vec<u32>, usize) {
    let (of, count) = by_first(of);
    let mut sizes = vec![0_usize; count];
    of.iter().for_each(|g| sizes[*g as usize] += 1);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|g| std::cmp::Reverse(sizes[*g]));
    let mut name = vec![0_u32; count];
    for (place, g) in order.into_iter().enumerate() {
        name[g] = u32::try_from(place).unwrap_or(u32::MAX);
    }
    (of.into_iter().map(|g| name[g as usize]).collect(), count)
}

/// How good a division into groups is, relationships without direction.
#[allow(clippy::cast_precision_loss)] // Counts of relationships.
pub fn modularity(graph: &Snapshot, of: &[u32]) -> f64 {
    let m = graph.rel_count() as f64;
    if m == 0.0 {
        return 0.0;
    }
    let groups = of.iter().max().map_or(0, |g| *g as usize + 1);
    let (mut inside, mut degrees) = (vec![0.0; groups], vec![0.0; groups]);
    for rel in graph.rels() {
        let (a, b) = (of[graph.source(rel).0 as usize] as usize, of[graph.target(rel).0 as usize] as usize);
        degrees[a] += 1.0;
        degrees[b] += 1.0;
        if a == b {
            inside[a] += 1.0;
        }
    }
    inside.iter().zip(&degrees).map(|(l, d): (&f64, &f64)| l / m - (d / (2.0 * m)).powi(2)).sum()
}

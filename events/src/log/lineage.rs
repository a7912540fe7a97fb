//! A branch as the stretches of history it is made of.

use super::Branch;
use super::store::Stretch;
use crate::id::{BranchId, Position};

/// The stretches that make up a branch up to a position, its oldest ancestor first; `None` when it is not known.
///
/// Invariant: the stretches join without gap or overlap, so their positions are 1, 2, 3 ... in order.
pub fn stretches(branches: &[Branch], id: BranchId, through: Position) -> Option<Vec<Stretch>> {
    let find = |id: BranchId| branches.iter().find(|b| b.id == id);
    let mut found = Vec::new();
    let mut next = Some(id);
    let mut through = through;
    while let Some(id) = next {
        let branch = find(id)?;
        if through > branch.fork {
            found.push(Stretch { branch: id, after: branch.fork, through });
        }
        through = through.min(branch.fork);
        next = branch.parent;
    }
    found.reverse();
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn branch(id: u32, parent: Option<u32>, fork: u64) -> Branch {
        Branch {
            id: BranchId(id),
            name: id.to_string(),
            parent: parent.map(BranchId),
            fork: Position(fork),
            fork_leaf: [0; 32],
            head: Position(fork),
            head_leaf: [0; 32],
            recorded_at: Timestamp(0),
            open: true,
        }
    }

    fn shape(branches: &[Branch], id: u32, through: u64) -> Vec<(u32, u64, u64)> {
        let found = stretches(branches, BranchId(id), Position(through)).unwrap();
        found.iter().map(|s| (s.branch.0, s.after.0, s.through.0)).collect()
    }

    #[test]
    fn a_fork_of_a_fork_reads_its_ancestors_first() {
        let all = [branch(0, None, 0), branch(1, Some(0), 10), branch(2, Some(1), 14)];
        assert_eq!(shape(&all, 2, 20), [(0, 0, 10), (1, 10, 14), (2, 14, 20)]);
        assert_eq!(shape(&all, 2, 12), [(0, 0, 10), (1, 10, 12)]);
        assert_eq!(shape(&all, 2, 3), [(0, 0, 3)]);
    }

    #[test]
    fn a_fork_below_its_parents_fork_skips_the_parent() {
        let all = [branch(0, None, 0), branch(1, Some(0), 10), branch(2, Some(1), 7)];
        assert_eq!(shape(&all, 2, 9), [(0, 0, 7), (2, 7, 9)]);
    }

    #[test]
    fn an_unknown_branch_has_no_stretches() {
        assert_eq!(stretches(&[branch(0, None, 0)], BranchId(5), Position(1)), None);
    }
}

//! How large a document becomes once its fragments are written out.
//!
//! `async-graphql` walks every spread of a document before it looks at its complexity: thirty fragments that each spread
//! the next one twice are a thousand million steps for a request of a kilobyte. We count first, each fragment once.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// The most selections that a document may have when its fragments are written out.
pub const MAX_SELECTIONS: usize = 10_000;

/// The most fragments within fragments; keeps the counting from running out of stack.
const MAX_NESTING: usize = 32;

/// Why a document is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fanout {
    /// More selections than the limit.
    #[error("the operation asks for more than {MAX_SELECTIONS} fields when its fragments are written out")]
    TooLarge,
    /// Fragments in fragments in fragments.
    #[error("fragments are nested more than {MAX_NESTING} deep")]
    TooDeep,
    /// A fragment spreads itself, perhaps by way of others.
    #[error("the fragment `{0}` includes itself")]
    Cycle(String),
}

/// Refuses a document that is too large when written out.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), Fanout> {
    let mut count = Count { document, sizes: HashMap::new(), nesting: 0 };
    let mut total = 0_usize;
    for name in document.fragments.keys() {
        total = total.max(count.fragment(name)?);
    }
    for (_, operation) in document.operations.iter() {
        total = total.saturating_add(count.selections(&operation.node.selection_set.node)?);
    }
    if total > MAX_SELECTIONS { Err(Fanout::TooLarge) } else { Ok(()) }
}

struct Count<'a> {
    document: &'a ExecutableDocument,
    /// Sizes of the fragments looked at so far; `None` while one is being counted.
    sizes: HashMap<&'a Name, Option<usize>>,
    /// How many are being counted.
    nesting: usize,
}

impl<'a> Count<'a> {
    fn fragment(&mut self, name: &'a Name) -> Result<usize, Fanout> {
        match self.sizes.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(Fanout::Cycle(name.to_string())),
            None => {}
        }
        // One that is not there is reported by the validation.
        let Some(found) = self.document.fragments.get(name) else { return Ok(0) };
        if self.nesting >= MAX_NESTING {
            return Err(Fanout::TooDeep);
        }
        self.nesting += 1;
        self.sizes.insert(name, None);
        let size = self.selections(&found.node.selection_set.node)?;
        self.sizes.insert(name, Some(size));
        self.nesting -= 1;
        Ok(size)
    }

    /// The parser limits how deep fields stand in each other.
    fn selections(&mut self, set: &'a SelectionSet) -> Result<usize, Fanout> {
        let mut total = 0_usize;
        for item in &set.items {
            let inside = match &item.node {
                Selection::Field(field) => self.selections(&field.node.selection_set.node)?,
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            total = total.saturating_add(inside).saturating_add(1);
        }
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use async_graphql::parser::parse_query;

    fn doubling(levels: usize) -> String {
        let mut text = String::from("{ ...F0 }");
        for i in 0..levels {
            text += &format!(" fragment F{i} on Q {{ ...F{next} ...F{next} }}", next = i + 1);
        }
        text + &format!(" fragment F{levels} on Q {{ a }}")
    }

    fn checked(text: &str) -> Result<(), Fanout> {
        check(&parse_query(text).unwrap())
    }

    #[test]
    fn doubling_fragments_are_counted_without_being_walked() {
        assert_eq!(checked(&doubling(8)), Ok(()));
        assert_eq!(checked(&doubling(30)), Err(Fanout::TooLarge));
    }

    #[test]
    fn a_long_chain_of_fragments_is_refused_whichever_end_comes_first() {
        let chain: String = (0..500).map(|i| format!("fragment F{i} on Q {{ ...F{} }} ", i + 1)).collect();
        assert_eq!(checked(&format!("{{ ...F0 }} {chain} fragment F500 on Q {{ a }}")), Err(Fanout::TooDeep));
    }

    #[test]
    fn a_fragment_may_not_include_itself() {
        let cycle = |text| matches!(checked(text), Err(Fanout::Cycle(_)));
        assert!(cycle("{ ...A } fragment A on Q { ...A ...A }"));
        assert!(cycle("{ a } fragment A on Q { b { ...B } } fragment B on Q { ... on Q { ...A } }"));
        assert!(!cycle("{ ...A ...A } fragment A on Q { a }"));
    }

    #[test]
    fn fields_count_wherever_they_stand() {
        let wide = |n: usize| checked(&format!("query A {{ x {{ {} }} }} query B {{ a }}", "a ".repeat(n)));
        assert_eq!(wide(MAX_SELECTIONS - 2), Ok(()));
        assert_eq!(wide(MAX_SELECTIONS - 1), Err(Fanout::TooLarge));
    }
}

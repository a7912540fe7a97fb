//! Which variables there are.

use std::sync::Arc;

use super::types::Type;
use crate::plan::Slot;

/// A variable: its place and what is known of it.
#[derive(Clone, Debug)]
pub struct Known {
    pub slot: Slot,
    pub kind: Type,
}

/// Variables in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    names: Vec<(Arc<str>, Known)>,
}

impl Scope {
    pub fn get(&self, name: &str) -> Option<&Known> {
        self.names.iter().rev().find(|(n, _)| &**n == name).map(|(_, known)| known)
    }

    /// Adds a variable, or hides one of the same name.
    pub fn add(&mut self, name: Arc<str>, slot: Slot, kind: Type) {
        self.names.retain(|(n, _)| *n != name);
        self.names.push((name, Known { slot, kind }));
    }

    pub fn with(&self, name: &Arc<str>, slot: Slot, kind: Type) -> Self {
        let mut inner = self.clone();
        inner.add(name.clone(), slot, kind);
        inner
    }

    pub fn iter(&self) -> impl Iterator<Item = &(Arc<str>, Known)> {
        self.names.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

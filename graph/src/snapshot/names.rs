//! Names that are numbers inside.

use std::collections::HashMap;
use std::sync::Arc;

/// Names in the order they were first seen.
#[derive(Clone, Debug, Default)]
pub struct Names {
    ids: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    pub fn intern(&mut self, name: &str) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        #[allow(clippy::cast_possible_truncation)] // Fewer names than things, and those are counted.
        let id = self.names.len() as u32;
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.ids.insert(name, id);
        id
    }

    /// Lets another name mean one that is there. A name of its own stays what it is.
    pub fn alias(&mut self, alias: &str, name: &str) {
        if let Some(id) = self.id(name) {
            self.ids.entry(alias.into()).or_insert(id);
        }
    }

    pub fn id(&self, name: &str) -> Option<u32> {
        self.ids.get(name).copied()
    }

    pub fn name(&self, id: u32) -> &str {
        &self.names[id as usize]
    }

    pub fn shared(&self, id: u32) -> Arc<str> {
        self.names[id as usize].clone()
    }

    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|n| &**n)
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }
}

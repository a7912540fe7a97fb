//! Every stored event type with the number of its current shape.

use crate::payload::{
    AccountEvent, AlbumEvent, BranchEvent, CompanionEvent, ConversationEvent, GraphEvent, InstallEvent, MemoryEvent,
    PersonEvent,
};
use crate::stream::Category;

/// Types whose stored shape changed, with the number of the current one. All others are at 1.
const RAISED: &[(&str, u16)] = &[("MessagePerceived", 2)];

/// The number of the current stored shape of a type.
pub fn current_schema(event_type: &str) -> u16 {
    RAISED.iter().find(|(name, _)| *name == event_type).map_or(1, |(_, schema)| *schema)
}

/// The stored type names of a category.
pub fn types(category: Category) -> &'static [&'static str] {
    match category {
        Category::Person => PersonEvent::TYPES,
        Category::Companion => CompanionEvent::TYPES,
        Category::Conversation => ConversationEvent::TYPES,
        Category::Branch => BranchEvent::TYPES,
        Category::Album => AlbumEvent::TYPES,
        Category::Memory => MemoryEvent::TYPES,
        Category::Graph => GraphEvent::TYPES,
        Category::Install => InstallEvent::TYPES,
        Category::Account => AccountEvent::TYPES,
    }
}

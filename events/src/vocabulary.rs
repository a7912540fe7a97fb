//! The words of the knowledge graph: kinds of entities, and the closed list of predicates.
//!
//! The names are stored: never rename one. A single-valued predicate has one object at a time, so that a newer statement
//! closes the older one on the valid clock; a multi-valued one never does. Predicates of one group exclude each other for
//! the same pair (`likes` and `dislikes`). A property has a value and no node as its object.

/// The kinds of entities.
pub const KINDS: &[&str] = &["person", "animal", "place", "organisation", "activity", "occupation", "thing", "value"];

/// One predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// The stored name.
    pub name: &'static str,
    /// Whether a subject has one object at a time.
    pub single: bool,
    /// Whether the object is a value.
    pub property: bool,
    /// Predicates of the same group exclude each other for one pair.
    pub group: Option<&'static str>,
    /// Whether it holds the other way round too.
    pub symmetric: bool,
    /// As words between subject and object, about somebody.
    pub says: &'static str,
}

const fn multi(name: &'static str, says: &'static str) -> Predicate {
    Predicate { name, single: false, property: false, group: None, symmetric: false, says }
}

const fn single(name: &'static str, says: &'static str) -> Predicate {
    Predicate { single: true, ..multi(name, says) }
}

/// Every predicate, relations between people first.
pub const PREDICATES: &[Predicate] = &[
    multi("mother", "has as mother"),
    multi("father", "has as father"),
    multi("sister", "has as sister"),
    multi("brother", "has as brother"),
    multi("sibling", "has as sibling"),
    multi("son", "has as son"),
    multi("daughter", "has as daughter"),
    multi("child", "has as child"),
    multi("grandmother", "has as grandmother"),
    multi("grandfather", "has as grandfather"),
    multi("grandchild", "has as grandchild"),
    multi("aunt", "has as aunt"),
    multi("uncle", "has as uncle"),
    multi("cousin", "has as cousin"),
    multi("niece", "has as niece"),
    multi("nephew", "has as nephew"),
    multi("in_law", "has as in-law"),
    multi("wife", "has as wife"),
    multi("husband", "has as husband"),
    multi("partner", "has as partner"),
    multi("girlfriend", "has as girlfriend"),
    multi("boyfriend", "has as boyfriend"),
    multi("ex", "was together with"),
    Predicate { symmetric: true, ..single("married_to", "is married to") },
    Predicate { symmetric: true, ..single("together_with", "is together with") },
    Predicate { symmetric: true, ..multi("friend", "has as friend") },
    Predicate { symmetric: true, ..multi("colleague", "has as colleague") },
    multi("boss", "has as boss"),
    Predicate { symmetric: true, ..multi("neighbour", "has as neighbour") },
    Predicate { symmetric: true, ..multi("roommate", "lives with") },
    multi("teacher", "has as teacher"),
    multi("doctor", "has as doctor"),
    multi("therapist", "has as therapist"),
    multi("landlord", "has as landlord"),
    multi("pet", "has as pet"),
    single("lives_in", "lives in"),
    single("born_in", "was born in"),
    single("from", "is from"),
    single("works_at", "works at"),
    single("works_as", "works as"),
    single("studies_at", "studies at"),
    multi("studies", "studies"),
    multi("speaks", "speaks"),
    Predicate { group: Some("taste"), ..multi("likes", "likes") },
    Predicate { group: Some("taste"), ..multi("dislikes", "dislikes") },
    multi("does", "does"),
    multi("owns", "owns"),
    multi("member_of", "is a member of"),
    multi("visited", "has been to"),
    multi("allergic_to", "is allergic to"),
    multi("has_condition", "has"),
    multi("located_in", "is in"),
    Predicate { property: true, ..single("name", "is called") },
    Predicate { property: true, ..single("age", "is aged") },
    Predicate { property: true, ..single("birthday", "has birthday on") },
];

/// The predicate of a name.
pub fn predicate(name: &str) -> Option<&'static Predicate> {
    PREDICATES.iter().find(|p| p.name == name)
}

/// The kind of entity that is meant where an object of a predicate is named for the first time.
pub fn object_kind(name: &str) -> &'static str {
    match name {
        "lives_in" | "born_in" | "from" | "visited" | "located_in" => "place",
        "works_at" | "studies_at" | "member_of" => "organisation",
        "works_as" => "occupation",
        "does" => "activity",
        "pet" => "animal",
        "studies" | "speaks" | "likes" | "dislikes" | "owns" | "allergic_to" | "has_condition" => "thing",
        "name" | "age" | "birthday" => "value",
        _ => "person",
    }
}

/// Whether a name is that of a kind.
pub fn is_kind(name: &str) -> bool {
    KINDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_groups_have_members() {
        for (n, p) in PREDICATES.iter().enumerate() {
            assert!(PREDICATES.iter().skip(n + 1).all(|other| other.name != p.name), "{} stands twice", p.name);
            if let Some(group) = p.group {
                assert!(
                    PREDICATES.iter().any(|o| o.name != p.name && o.group == Some(group)),
                    "{group} has one member"
                );
            }
        }
        assert_eq!(predicate("lives_in").map(|p| p.single), Some(true));
        assert!(is_kind("person") && !is_kind("Person"));
    }
}

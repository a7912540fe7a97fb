//! Functions by name.

pub mod aggregate;
pub mod components;
mod convert;
mod elements;
mod lists;
mod numbers;
mod strings;
mod temporal;

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use graph::Value;

use crate::check::Type;
use crate::error::{Fault, Outcome, wrong_type};
use crate::run::Run;

/// What a function does with its arguments.
#[derive(Clone, Copy)]
pub struct Call(pub fn(&Run<'_>, &[Value]) -> Outcome<Value>);

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("function")
    }
}

/// A function: its name, how many arguments it takes and of which types, what it gives and what it does.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    pub least: usize,
    pub most: usize,
    pub takes: &'static [Takes],
    pub gives: Gives,
    pub call: Call,
}

/// What an argument may be, as far as that can be said before the query runs.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    Any,
    Number,
    Text,
    List,
    Node,
    Rel,
    Path,
    /// A node or a relationship.
    Element,
    /// A node, a relationship or a map.
    Holder,
    ListOrText,
    Plain,
}

impl Takes {
    pub fn fits(self, kind: &Type) -> bool {
        let list = || Type::list_of(Type::Any);
        match self {
            Self::Any => true,
            Self::Number => kind.may_be(&[Type::Number, Type::Int, Type::Float]),
            Self::Text => kind.may_be(&[Type::Text]),
            Self::List => kind.may_be(&[list()]),
            Self::Node => kind.may_be(&[Type::Node]),
            Self::Rel => kind.may_be(&[Type::Rel]),
            Self::Path => kind.may_be(&[Type::Path]),
            Self::Element => kind.may_be(&[Type::Node, Type::Rel]),
            Self::Holder => kind.may_be(&[Type::Node, Type::Rel, Type::Map]),
            Self::ListOrText => kind.may_be(&[list(), Type::Text, Type::Map]),
            Self::Plain => !matches!(kind, Type::List(_) | Type::Map | Type::Node | Type::Rel | Type::Path),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Number => "a number",
            Self::Text => "a String",
            Self::List => "a List",
            Self::Node => "a Node",
            Self::Rel => "a Relationship",
            Self::Path => "a Path",
            Self::Element => "a Node or a Relationship",
            Self::Holder => "a Node, a Relationship or a Map",
            Self::ListOrText => "a List or a String",
            Self::Plain => "a single value",
        }
    }
}

/// What a function gives, as far as that can be said before the query runs.
#[derive(Clone, Copy, Debug)]
pub enum Gives {
    Any,
    Bool,
    Int,
    Float,
    Text,
    Map,
    Node,
    Time,
    Duration,
    ListOfText,
    ListOfInt,
    ListOfNodes,
    ListOfRels,
    /// The type of the first argument.
    Same,
    /// The type of an element of the first argument.
    Element,
}

impl Gives {
    pub fn of(self, kinds: &[Type]) -> Type {
        match self {
            Self::Any => Type::Any,
            Self::Bool => Type::Bool,
            Self::Int => Type::Int,
            Self::Float => Type::Float,
            Self::Text => Type::Text,
            Self::Map => Type::Map,
            Self::Node => Type::Node,
            Self::Time => Type::Time,
            Self::Duration => Type::Duration,
            Self::ListOfText => Type::list_of(Type::Text),
            Self::ListOfInt => Type::list_of(Type::Int),
            Self::ListOfNodes => Type::list_of(Type::Node),
            Self::ListOfRels => Type::list_of(Type::Rel),
            Self::Same => kinds.first().cloned().unwrap_or(Type::Any),
            Self::Element => kinds.first().map_or(Type::Any, Type::element),
        }
    }
}

/// A row of the table of functions.
pub const fn function(
    name: &'static str,
    counts: (usize, usize),
    takes: &'static [Takes],
    gives: Gives,
    call: fn(&Run<'_>, &[Value]) -> Outcome<Value>,
) -> Function {
    Function { name, least: counts.0, most: counts.1, takes, gives, call: Call(call) }
}

static TABLE: LazyLock<HashMap<String, &'static Function>> = LazyLock::new(|| {
    let all = [elements::ALL, lists::ALL, numbers::ALL, strings::ALL, convert::ALL, temporal::ALL];
    all.into_iter().flatten().map(|f| (f.name.to_lowercase(), f)).collect()
});

/// The function of a name, in any case.
pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.get(&name.to_lowercase()).copied()
}

/// The error that an argument has a type that is not taken.
pub fn refused(function: &str, value: &Value) -> Box<Fault> {
    wrong_type(format!("`{function}` does not take {}", value.type_name()))
}

/// The same, as what openCypher calls an invalid value of an argument.
pub fn refused_value(function: &str, value: &Value) -> Box<Fault> {
    crate::error::failure(
        graph::query::ErrorKind::Type,
        "InvalidArgumentValue",
        format!("`{function}` does not take {}", value.type_name()),
    )
}

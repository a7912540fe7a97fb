//! What it takes to ask each question and give each command.
//!
//! Every field of the roots has a line here; one without a line is refused, and a test fails. The rules are checked over
//! the whole document before anything of it runs, subscriptions included.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextParseQuery};
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::{ServerError, ServerResult, Variables};
use async_trait::async_trait;
use domain::account::Permission::{self as P, Audit, Branch, Known, Operate, Own, Talk, Users};
use events::Code;

use crate::app::Caller;

/// Field, and what it takes: any one of these.
pub(super) const RULES: &[(&str, &[P])] = &[
    ("Query.album", &[Own]),
    ("Query.albumEntry", &[Own]),
    ("Query.audit", &[Audit, Own]),
    ("Audit.checkpoint", &[Audit, Own]),
    ("Audit.exportHead", &[Audit]),
    ("Audit.exportLines", &[Audit]),
    ("Audit.proof", &[Audit, Own]),
    ("Audit.report", &[Audit]),
    ("Audit.verify", &[Audit, Own]),
    ("Query.backups", &[Operate]),
    ("Query.basis", &[Known]),
    ("Query.branchDiff", &[Branch]),
    ("Query.branches", &[Own]),
    ("Query.consents", &[Own]),
    ("Query.conversation", &[Talk]),
    ("Query.conversations", &[Talk]),
    ("Query.density", &[Own]),
    ("Query.devices", &[Own]),
    ("Query.episodes", &[Own]),
    ("Query.erasurePreview", &[Own]),
    ("Query.erasureReceipt", &[Own]),
    ("Query.event", &[Own]),
    ("Query.events", &[Own]),
    ("Query.forgetting", &[Own]),
    ("Query.graph", &[Own]),
    ("Query.graphAnalytics", &[Own]),
    ("Query.graphChanges", &[Own]),
    ("Query.graphDoubts", &[Own]),
    ("Query.graphPath", &[Own]),
    ("Query.graphPeople", &[Own]),
    ("Query.graphStats", &[Own]),
    ("Query.graphWays", &[Own]),
    ("Query.health", &[Own, Audit]),
    ("Query.installedModels", &[Operate]),
    ("Query.logStats", &[Operate, Audit]),
    ("Query.me", &[Talk]),
    ("Query.memory", &[Own]),
    ("Query.memoryStats", &[Own]),
    ("Query.message", &[Talk]),
    ("Query.perceive", &[Talk]),
    ("Query.profile", &[Own]),
    ("Query.projections", &[Operate, Audit]),
    ("Query.sessions", &[Known]),
    ("Query.state", &[Own]),
    ("Query.stateDiff", &[Own]),
    ("Query.stateNames", &[Known]),
    ("Query.subjects", &[Own]),
    ("Query.timeline", &[Own]),
    ("Query.users", &[Users]),
    ("Query.verifyBackup", &[Operate]),
    ("Query.verifyLog", &[Operate, Audit]),
    ("Query.whoami", &[Known]),
    ("Query.why", &[Own]),
    ("Mutation.addUser", &[Users]),
    ("Mutation.annotateMemory", &[Own]),
    ("Mutation.changePersona", &[Own]),
    ("Mutation.changeRole", &[Users]),
    ("Mutation.consolidate", &[Own]),
    ("Mutation.createBackup", &[Operate]),
    ("Mutation.createBranch", &[Branch]),
    ("Mutation.dropBranch", &[Branch]),
    ("Mutation.editMessage", &[Talk]),
    ("Mutation.enrolDevice", &[Own]),
    ("Mutation.eraseSubject", &[Own]),
    ("Mutation.exportSubject", &[Own]),
    ("Mutation.favourMemory", &[Own]),
    ("Mutation.forgetMessage", &[Own]),
    ("Mutation.giveFeedback", &[Talk]),
    ("Mutation.grantConsent", &[Own]),
    ("Mutation.graphCorrect", &[Own]),
    ("Mutation.graphForget", &[Own]),
    ("Mutation.graphMerge", &[Own]),
    ("Mutation.graphSplit", &[Own]),
    ("Mutation.promoteBranch", &[Branch]),
    ("Mutation.pruneBackups", &[Operate]),
    ("Mutation.redecide", &[Branch]),
    ("Mutation.regenerate", &[Talk]),
    ("Mutation.remember", &[Own]),
    ("Mutation.removeMemory", &[Own]),
    ("Mutation.removeUser", &[Users]),
    ("Mutation.renameCompanion", &[Own]),
    ("Mutation.renameConversation", &[Talk]),
    ("Mutation.renamePerson", &[Own]),
    ("Mutation.revisitMemory", &[Own]),
    ("Mutation.revokeConsent", &[Own]),
    ("Mutation.revokeDevice", &[Own]),
    ("Mutation.revokeSession", &[P::Account]),
    ("Mutation.selectVariant", &[Talk]),
    ("Mutation.sendMessage", &[Talk]),
    ("Mutation.setSecret", &[P::Account]),
    ("Mutation.startConversation", &[Talk]),
    ("Mutation.stopReply", &[Talk]),
    ("Mutation.verifyProjections", &[Operate]),
    ("Subscription.events", &[Own]),
    ("Subscription.graphChanges", &[Own]),
    ("Subscription.rebuildProjection", &[Operate]),
    ("Subscription.replyDeltas", &[Talk]),
    ("Subscription.state", &[Own]),
];

/// Objects whose fields have rules of their own, by the field that leads to them.
const NESTED: &[(&str, &str)] = &[("Query.audit", "Audit")];

/// What a field takes; nothing for one without a line.
pub(super) fn rule(field: &str) -> Option<&'static [P]> {
    RULES.iter().find(|(name, _)| *name == field).map(|(_, any)| *any)
}

/// See the module.
pub(super) struct Rules;

impl ExtensionFactory for Rules {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for Rules {
    async fn parse_query(
        &self,
        context: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(context, query, variables).await?;
        let caller = context.data::<Caller>().map_err(|e| e.into_server_error(async_graphql::Pos::default()))?;
        match forbidden(&document, caller) {
            None => Ok(document),
            Some(field) => {
                tracing::warn!(target: "security", event = "forbidden", person = %caller.person, field = %field);
                let mut error = ServerError::new(format!("your role does not reach {field}"), None);
                error.extensions.get_or_insert_default().set("code", Code::Forbidden.as_str());
                Err(error)
            }
        }
    }
}

/// The first field that a caller may not ask for.
fn forbidden(document: &ExecutableDocument, caller: &Caller) -> Option<String> {
    let mut walk = Walk { document, caller, seen: HashSet::new() };
    document.operations.iter().find_map(|(_, operation)| {
        let root = match operation.node.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        walk.fields(&operation.node.selection_set.node, root)
    })
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    caller: &'a Caller,
    /// Fragments that were looked at, by the object they were used on: one that holds itself ends here.
    seen: HashSet<(&'a str, &'static str)>,
}

impl<'a> Walk<'a> {
    fn fields(&mut self, set: &'a SelectionSet, of: &'static str) -> Option<String> {
        set.items.iter().find_map(|item| match &item.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                if name.starts_with("__") {
                    return None; // What there is to ask is no secret; the schema is public.
                }
                let name = format!("{of}.{name}");
                let allowed = rule(&name).is_some_and(|any| any.iter().any(|p| self.caller.may(*p)));
                if !allowed {
                    return Some(name);
                }
                let (_, nested) = NESTED.iter().find(|(field, _)| *field == name)?;
                self.fields(&field.node.selection_set.node, nested)
            }
            Selection::InlineFragment(inline) => self.fields(&inline.node.selection_set.node, of),
            Selection::FragmentSpread(spread) => {
                let (name, fragment) = self.document.fragments.get_key_value(&spread.node.fragment_name.node)?;
                let unseen = self.seen.insert((name.as_str(), of));
                unseen.then(|| self.fields(&fragment.node.selection_set.node, of)).flatten()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ::events::PersonId;
    use ::events::payload::AccessRole;
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
    use async_graphql::parser::{parse_query, parse_schema};

    use super::*;

    /// Every field of the objects that have rules, from the schema itself.
    fn fields() -> BTreeSet<String> {
        let document = parse_schema(crate::schema::sdl()).unwrap();
        let ruled: Vec<&str> =
            ["Query", "Mutation", "Subscription"].into_iter().chain(NESTED.iter().map(|(_, of)| *of)).collect();
        let mut found = BTreeSet::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(ty) = definition else { continue };
            let name = ty.node.name.node.to_string();
            if let TypeKind::Object(object) = ty.node.kind
                && ruled.contains(&name.as_str())
            {
                found.extend(object.fields.iter().map(|f| format!("{name}.{}", f.node.name.node)));
            }
        }
        found
    }

    #[test]
    fn t_85_every_field_has_exactly_one_rule_and_every_rule_a_field() {
        let ruled: Vec<String> = RULES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let once: BTreeSet<String> = ruled.iter().cloned().collect();
        assert_eq!(ruled.len(), once.len(), "a field has two rules");
        let fields = fields();
        assert!(fields.len() > 90, "{}", fields.len());
        let without: Vec<_> = fields.difference(&once).collect();
        assert!(without.is_empty(), "write down in api/src/schema/rules.rs what these take: {without:?}");
        let gone: Vec<_> = once.difference(&fields).collect();
        assert!(gone.is_empty(), "these are no more: {gone:?}");
        assert!(RULES.iter().all(|(_, any)| !any.is_empty()));
    }

    fn refused(role: AccessRole, query: &str) -> Option<String> {
        let caller = Caller { role, ..Caller::owner(PersonId(uuid::Uuid::nil())) };
        forbidden(&parse_query(query).unwrap(), &caller)
    }

    #[test]
    fn a_field_is_found_wherever_it_hides() {
        let auditor = AccessRole::Auditor;
        for query in [
            "{ conversations { items { id } } }",
            "{ x: conversations { items { id } } }",
            "{ basis { position } ... on Query { conversations { items { id } } } }",
            "{ ...F } fragment F on Query { ...G } fragment G on Query { conversations { items { id } } }",
            "query A { basis { position } } query B { conversations { items { id } } }",
            "{ ...F } fragment F on Query { ...F conversations { items { id } } }",
        ] {
            assert_eq!(refused(auditor, query).as_deref(), Some("Query.conversations"), "{query}");
        }
        assert_eq!(
            refused(AccessRole::Person, "{ audit { ...F } } fragment F on Audit { report }").as_deref(),
            Some("Audit.report")
        );
        assert_eq!(refused(AccessRole::Person, "{ audit { verify { ok } } }"), None);
        assert_eq!(refused(AccessRole::Owner, "{ nothing }").as_deref(), Some("Query.nothing"));
        assert_eq!(refused(auditor, "{ __schema { queryType { name } } }"), None);
        assert_eq!(refused(auditor, "subscription { events { position } }").as_deref(), Some("Subscription.events"));
    }
}

//! The one place that records refused mutations of known subjects.

use std::collections::BTreeMap;
use std::str::FromStr;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationType, Selection, SelectionSet,
};
use async_graphql::{PathSegment, Response, Value, Variables};
use control_plane_core::audit;
use control_plane_core::call::Call;
use types::id::{
    ApplicationId, ApprovalId, ApprovalRuleId, InstanceId, OfferingId, OrganizationId, ProjectId,
    SessionId, SubjectId, TenantId, TokenId,
};

use crate::error::{code_of, is_unwritten};
use crate::limit::DEPTH_MAX;

/// The mutations of a document, by the keys of their answers.
#[derive(Default)]
pub struct Mutations(BTreeMap<String, Mutation>);

struct Mutation {
    name: String,
    /// What it names; none if that is not ours to write down.
    target: Option<String>,
}

impl Mutations {
    /// Those of the document's operation of this name, or of its only one.
    pub fn of(document: &ExecutableDocument, name: Option<&str>, variables: &Variables) -> Self {
        let mut found = Self::default();
        for (known, operation) in document.operations.iter() {
            let is_meant = name.is_none() || known.map(async_graphql::Name::as_str) == name;
            if is_meant && operation.node.ty == OperationType::Mutation {
                found.collect(document, &operation.node.selection_set.node, variables, DEPTH_MAX);
            }
        }
        found
    }

    fn collect(
        &mut self,
        document: &ExecutableDocument,
        set: &SelectionSet,
        variables: &Variables,
        depth: usize,
    ) {
        // Fragments that contain themselves are refused later.
        let Some(depth) = depth.checked_sub(1) else { return };
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let key = field.response_key().node.to_string();
                    let name = field.name.node.to_string();
                    self.0.insert(key, Mutation { name, target: target(field, variables) });
                }
                Selection::InlineFragment(fragment) => {
                    let set = &fragment.node.selection_set.node;
                    self.collect(document, set, variables, depth);
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.node.fragment_name.node);
                    if let Some(fragment) = fragment {
                        let set = &fragment.node.selection_set.node;
                        self.collect(document, set, variables, depth);
                    }
                }
            }
        }
    }

    /// Records those that were refused. One that was done, and whose answer could not be told, was
    /// not.
    pub async fn record_refused(&self, call: &Call, response: &Response) {
        for error in &response.errors {
            let [PathSegment::Field(key)] = error.path.as_slice() else { continue };
            let Some(Mutation { name, target }) = self.0.get(key) else { continue };
            let Some(code) = code_of(error).filter(|_| !is_unwritten(error)) else { continue };
            if let Err(trouble) = audit::refused(call, name, target.clone(), code).await {
                let error = &trouble as &dyn std::error::Error;
                tracing::error!(mutation = name, error, "a refusal could not be audited");
            }
        }
    }
}

/// What a mutation names, the narrowest first, or what something would be made in. Only a text that
/// is an id of the right kind is kept, since anything else is not ours to write down.
fn target(field: &Field, variables: &Variables) -> Option<String> {
    let value = |name: async_graphql::Name| variables.get(&name).cloned().ok_or(());
    let given = field.arguments.iter();
    let given: Vec<Value> =
        given.filter_map(|(_, given)| given.node.clone().into_const_with(value).ok()).collect();
    let text = |name| given.iter().find_map(|given| named(given, name));
    id::<ApplicationId>(text("application"))
        .or_else(|| id::<InstanceId>(text("instance")))
        .or_else(|| id::<ApprovalId>(text("approval")))
        .or_else(|| id::<ApprovalRuleId>(text("rule")))
        .or_else(|| id::<TokenId>(text("token")))
        .or_else(|| id::<SessionId>(text("session")))
        .or_else(|| id::<SubjectId>(text("subject")))
        .or_else(|| id::<SubjectId>(text("serviceAccount")))
        .or_else(|| id::<ProjectId>(text("project")))
        .or_else(|| id::<OrganizationId>(text("organization")))
        .or_else(|| id::<OrganizationId>(text("parent")))
        .or_else(|| id::<OfferingId>(text("offering")))
        .or_else(|| id::<TenantId>(text("tenant")))
        .or_else(|| id::<ProjectId>(text("at")))
        .or_else(|| id::<OrganizationId>(text("at")))
}

fn id<T: FromStr + ToString>(text: Option<&str>) -> Option<String> {
    text?.parse::<T>().ok().map(|id| id.to_string())
}

/// The text of this name, wherever it stands in the value.
fn named<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    let Value::Object(fields) = value else { return None };
    match fields.get(name) {
        Some(Value::String(text)) => Some(text),
        _ => fields.values().find_map(|value| named(value, name)),
    }
}

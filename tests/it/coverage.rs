//! Whatever takes an id answers the same to a stranger's, a sibling's, a missing and a malformed
//! one, byte for byte. The schema is asked what takes an id, so a new field needs a case here.

use serde_json::{Value, json};
use tests::client::{Answer, User};
use tests::stories;

mod access;
mod actor;
mod application;
mod approval;
mod attempt;
mod budget;
mod canary;
mod columns;
mod explore;
mod export;
#[cfg(feature = "mutant")]
mod mutant;
mod quota;
mod resource;
mod schema;
mod sibling;
mod tenant;
mod things;
mod tree;
mod ways_in;
mod without_id;

use access::{Access, access};
use application::of_applications;
use approval::of_approvals;
use attempt::another_tenants_is_missing_to_everybody;
use budget::of_budgets;
use canary::no_answer_has_a_word_of_another_tenant;
use quota::of_quotas;
use resource::{histories, mutations, of_many, queries, sign_in, subscriptions};
use sibling::what_is_not_yours_is_as_if_it_were_missing;
use tenant::of_operators;
use things::{Things, missing, things};
use tree::{of_planned_moves, of_the_tree};
use ways_in::ways_in;

stories! {
    what_is_not_yours_is_as_if_it_were_missing,
    another_tenants_is_missing_to_everybody,
    no_answer_has_a_word_of_another_tenant,
}

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Application,
    Approval,
    /// Told to those who set rules.
    ApprovalRule,
    /// A node of the tree where roles are bound.
    At,
    /// The audit is the auditor's, whatever one asks it for; see `audit.rs` for what he finds.
    Audited,
    /// The same, where only the id of an operation is taken.
    AuditedOperation,
    Binding,
    Cell,
    /// A plan that a rule names.
    ChosenPlan,
    Group,
    Holder,
    /// Set by the tenant's administrator alone; see `sign_in_provider.rs` for what he finds.
    IdentityProvider,
    Instance,
    Offering,
    Operation,
    Organization,
    /// A role that is part of another one; a word that is none is told to be none.
    Part,
    /// Whoever has roles, for those who manage access.
    Person,
    Plan,
    PlannedMove,
    /// The administrators' alone; see `token.rs` for what they find.
    Program,
    Project,
    Role,
    Session,
    Subject,
    Token,
    /// The operators' alone; see `impersonation.rs` and `tenant.rs` for what they find.
    WhomToBe,
}

impl Kind {
    /// Whether only those who manage access are told anything of it.
    fn is_of_access(self) -> bool {
        matches!(
            self,
            Self::ApprovalRule
                | Self::At
                | Self::Binding
                | Self::ChosenPlan
                | Self::Group
                | Self::Holder
                | Self::Part
                | Self::Person
                | Self::Role
        )
    }
}

/// An argument that takes an id: where it stands in the schema, how it is asked, with `$x` for the
/// id, and what it names.
#[derive(Clone)]
struct Case {
    argument: &'static str,
    document: String,
    variables: Value,
    kind: Kind,
}

fn case(argument: &'static str, document: &str, variables: Value, kind: Kind) -> Case {
    Case { argument, document: document.to_owned(), variables, kind }
}

fn filled(variables: &Value, id: &str, key: &str) -> Value {
    match variables {
        Value::String(text) if text == "$x" => json!(id),
        Value::String(text) if text == "$k" => json!(key),
        Value::Array(items) => items.iter().map(|item| filled(item, id, key)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), filled(value, id, key))).collect()
        }
        other => other.clone(),
    }
}

async fn ask(user: &User, case: &Case, id: &str) -> Answer {
    // A key of its own, so that no case meets the answer of another one.
    let variables = filled(&case.variables, id, &format!("key {}", case.argument));
    if case.argument.starts_with("Subscription.") {
        return user.follow(&case.document, variables).await.next().await.expect("an answer");
    }
    user.ask(&case.document, variables).await
}

/// All of them; `mine` is what the asker sees.
fn cases(order: &Value, mine: &Things) -> Vec<Case> {
    let asked = [queries(order), histories(), subscriptions(), mutations(order), of_many()];
    let of_access = mine.access.as_ref().map(access).unwrap_or_default();
    let mut of_tree = of_the_tree(&mine.organization, &mine.project);
    of_tree.extend(of_planned_moves());
    let of_approvals = of_approvals(&mine.organization);
    let of_applications = of_applications(&mine.application, &mine.instance);
    let others = [sign_in(), ways_in(), of_operators(), of_tree, of_quotas(), of_budgets()];
    let others = others.into_iter().chain([of_applications, of_approvals, of_access]);
    asked.into_iter().chain(others).flatten().collect()
}

/// Whether there are things of the kind that one tenant has and another one must not know of. Cells
/// are the operator's, offerings everybody's, and the audit has what one's own people asked for.
fn is_tenants(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Cell
            | Kind::Offering
            | Kind::Audited
            | Kind::AuditedOperation
            | Kind::IdentityProvider
            | Kind::WhomToBe
    )
}

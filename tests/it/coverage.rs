//! Whatever takes an id answers the same to a stranger's, a sibling's, a missing and a malformed
//! one, byte for byte. The schema is asked what takes an id, so a new field needs a case here.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::{Answer, User};
use tests::stories;
use tests::world::World;
use types::id::{
    ApplicationId, ApprovalId, ApprovalRuleId, BindingId, CellId, GroupId, IdentityProviderId,
    InstanceId, OfferingId, OperationId, OrganizationId, PlanId, PlannedMoveId, ProjectId, RoleId,
    SessionId, SubjectId, SystemIds, TokenId,
};

mod access;
mod application;
mod approval;
mod attempt;
mod canary;
#[cfg(feature = "mutant")]
mod mutant;
mod quota;
mod resource;
mod tenant;
mod tree;
mod ways_in;

use access::{Access, access};
use application::of_applications;
use approval::{of_approvals, waiting};
use attempt::another_tenants_is_missing_to_everybody;
use canary::no_answer_has_a_word_of_another_tenant;
use quota::of_quotas;
use resource::{histories, mutations, of_many, queries, sign_in, subscriptions};
use tenant::of_operators;
use tree::{of_planned_moves, of_the_tree, planned};
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

/// The ids and names that somebody has.
struct Things {
    /// What only the administrators of tenants have.
    access: Option<Access>,
    application: String,
    approval: String,
    instance: String,
    operation: String,
    organization: String,
    /// Offered to its tenant alone; what an organization has of it, its siblings have as well.
    plan: Option<String>,
    planned_move: String,
    project: String,
    names: [&'static str; 3],
    subject: String,
    session: String,
    token: String,
    program: String,
}

impl Things {
    /// All ids and names.
    fn everything(&self) -> Vec<String> {
        let kinds = [Kind::Any, Kind::Instance, Kind::Organization, Kind::Project, Kind::Subject];
        let more = [
            Kind::Application,
            Kind::Session,
            Kind::Token,
            Kind::PlannedMove,
            Kind::Program,
            Kind::At,
            Kind::Binding,
            Kind::Group,
            Kind::Role,
        ];
        let all: BTreeSet<_> = kinds.iter().chain(&more).flat_map(|kind| self.of(*kind)).collect();
        all.into_iter().collect()
    }

    fn of(&self, kind: Kind) -> Vec<String> {
        let name = |index: usize| self.names[index].to_owned();
        let access = |id: fn(&Access) -> &String| self.access.iter().map(id).cloned().collect();
        match kind {
            Kind::Application => vec![self.application.clone(), format!("{}-suite", name(0))],
            Kind::Approval => vec![self.approval.clone()],
            Kind::ApprovalRule => access(|made| &made.rule),
            Kind::At => access(|made| &made.node),
            Kind::Binding => access(|made| &made.binding),
            Kind::Group => access(|made| &made.group),
            Kind::Role => access(|made| &made.role),
            Kind::Holder | Kind::Person => access(|made| &made.subject),
            Kind::Instance => vec![self.instance.clone(), name(0)],
            Kind::Audited => vec![self.instance.clone()],
            Kind::Operation | Kind::AuditedOperation => vec![self.operation.clone()],
            Kind::Organization => vec![self.organization.clone(), name(1)],
            Kind::PlannedMove => vec![self.planned_move.clone()],
            Kind::Project => vec![self.project.clone(), name(2)],
            Kind::Any => vec![
                self.instance.clone(),
                self.operation.clone(),
                self.organization.clone(),
                self.project.clone(),
                self.application.clone(),
            ],
            Kind::Subject => vec![self.subject.clone()],
            Kind::Session => vec![self.session.clone()],
            Kind::Token => vec![self.token.clone()],
            Kind::Program => vec![self.program.clone(), self.subject.clone()],
            Kind::WhomToBe => vec![self.subject.clone(), self.organization.clone()],
            Kind::IdentityProvider => vec!["corp".to_owned(), self.instance.clone()],
            // Cells are the operator's, whatever runs in them.
            Kind::Cell => vec!["north".to_owned(), self.instance.clone()],
            Kind::ChosenPlan | Kind::Plan => {
                vec![self.plan.as_ref().unwrap_or(&self.instance).clone()]
            }
            // Offerings are everybody's here; an id of another kind is none of them.
            Kind::Offering => vec![self.instance.clone()],
        }
    }
}

async fn things(
    world: &World,
    [name, manager]: [&str; 2],
    user: &User,
    order: &Value,
    organization: OrganizationId,
    names: [&'static str; 3],
) -> Things {
    let made = user.order(order).await;
    let project = order["project"].as_str().expect("an id").to_owned();
    let (instance, operation) = (made.instance, made.operation);
    let organization = organization.to_string();
    let suite = format!("{}-suite", names[0]);
    let application = world.user(manager).await.application(&organization, &suite, true).await;
    world.user(manager).await.put_in(&application, &instance).await.granted();
    // A session beside the one that asks.
    world.sign_in(name).await;
    let sessions = user.sessions(None).await;
    let other = sessions.iter().find(|row| row["isOwn"] == false).expect("a session");
    let session = other["id"].as_str().expect("an id").to_owned();
    let token = json!({ "name": "ci", "expiresAt": "2026-11-02T00:00:00Z", "idempotencyKey": "t" });
    let token = user.token(token).await.id;
    let program = format!("{name}-robot");
    let program = world.user(manager).await.service_account(&organization, &program).await;
    let subject = user.subject().await;
    let (access, approval) = (None, waiting(world, manager, user, order).await);
    let planned_move = planned(world, manager, &organization, names[0]).await;
    Things {
        access,
        application,
        approval,
        instance,
        operation,
        organization,
        plan: None,
        planned_move,
        project,
        names,
        subject,
        session,
        token,
        program,
    }
}

fn missing(kind: Kind) -> Vec<String> {
    let id: String = match kind {
        Kind::Application => ApplicationId::next(&SystemIds).to_string(),
        Kind::Approval => ApprovalId::next(&SystemIds).to_string(),
        Kind::ApprovalRule => ApprovalRuleId::next(&SystemIds).to_string(),
        Kind::Binding => BindingId::next(&SystemIds).to_string(),
        Kind::Cell => CellId::next(&SystemIds).to_string(),
        Kind::Group => GroupId::next(&SystemIds).to_string(),
        Kind::Holder | Kind::Person => SubjectId::next(&SystemIds).to_string(),
        Kind::Role => RoleId::next(&SystemIds).to_string(),
        Kind::IdentityProvider => IdentityProviderId::next(&SystemIds).to_string(),
        Kind::Any | Kind::Audited | Kind::Instance => InstanceId::next(&SystemIds).to_string(),
        Kind::Offering => OfferingId::next(&SystemIds).to_string(),
        Kind::Operation | Kind::AuditedOperation => OperationId::next(&SystemIds).to_string(),
        Kind::At | Kind::Organization => OrganizationId::next(&SystemIds).to_string(),
        Kind::ChosenPlan | Kind::Plan => PlanId::next(&SystemIds).to_string(),
        Kind::PlannedMove => PlannedMoveId::next(&SystemIds).to_string(),
        Kind::Project => ProjectId::next(&SystemIds).to_string(),
        Kind::Session => SessionId::next(&SystemIds).to_string(),
        Kind::Subject | Kind::Program | Kind::WhomToBe => SubjectId::next(&SystemIds).to_string(),
        Kind::Token => TokenId::next(&SystemIds).to_string(),
    };
    let prefix = id.split('_').next().unwrap_or_default().to_owned();
    let malformed = ["_", "_00", "' OR 1=1 --", "_\u{0}", "_中文"];
    let malformed = malformed.iter().map(|rest| format!("{prefix}{rest}"));
    [id.clone(), id.to_uppercase(), String::new()].into_iter().chain(malformed).collect()
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
    let others = [sign_in(), ways_in(), of_operators(), of_tree, of_quotas()];
    let others = others.into_iter().chain([of_applications, of_approvals, of_access]);
    asked.into_iter().chain(others).flatten().collect()
}

async fn what_is_not_yours_is_as_if_it_were_missing(world: &mut World) {
    let seed = world.seed;
    let (dev, seller) = (world.user("dev").await, world.user("seller").await);
    let stranger = world.user("stranger").await;
    let order = world.redis(seed.platform_dev, "mine", "standalone");
    let mut mine = things(
        world,
        ["dev", "admin"],
        &dev,
        &order,
        seed.platform,
        ["mine", "platform", "platform-dev"],
    )
    .await;
    let theirs = world.redis(seed.sales_dev, "sold", "standalone");
    let theirs = things(
        world,
        ["seller", "admin"],
        &seller,
        &theirs,
        seed.sales,
        ["sold", "sales", "sales-dev"],
    )
    .await;
    let foreign = world.redis(seed.globex_dev, "foreign", "standalone");
    let names = ["foreign", "globex", "globex-dev"];
    let mut foreign =
        things(world, ["stranger"; 2], &stranger, &foreign, seed.globex_root, names).await;
    let fresh = world.redis(seed.platform_dev, "fresh", "standalone");
    let admin = world.user("admin").await;
    mine.access = Some(Access::of(&admin, seed.platform.to_string()).await);
    foreign.access = Some(Access::of(&stranger, seed.globex_root.to_string()).await);
    mine.plan = Some(world.plan_for(seed.acme, "ours").await);
    foreign.plan = Some(world.plan_for(seed.globex, "foreign").await);
    let by = |kind: Kind| if kind.is_of_access() { &admin } else { &dev };
    let cases = cases(&fresh, &mine);
    let tried: BTreeSet<_> = cases.iter().map(|case| case.argument.to_owned()).collect();
    assert_eq!(arguments(&dev).await, tried, "an argument that takes an id lacks a case");
    let untouched =
        (seller.instance(&theirs.instance).await, stranger.instance(&foreign.instance).await);
    for case in &cases {
        let ids = missing(case.kind);
        let expected = ask(by(case.kind), case, &ids[0]).await.without_request();
        let others = theirs.of(case.kind).into_iter().chain(foreign.of(case.kind));
        for id in ids[1..].iter().cloned().chain(others) {
            let answer = ask(by(case.kind), case, &id).await;
            assert_eq!(answer.without_request(), expected, "{} of {id:?}", case.argument);
            let is_hidden =
                answer.code() == "NOT_FOUND" || answer.text == r#"{"data":{"node":null}}"#;
            assert!(is_hidden, "{} of {id:?}: {}", case.argument, answer.text);
        }
    }
    // What only administrators and operators are told of has its stories elsewhere.
    let is_told = |kind| is_tenants(kind) && kind != Kind::Program;
    let asked = cases.iter().filter(|case| is_told(case.kind));
    for case in asked {
        let answer = ask(by(case.kind), case, &mine.of(case.kind)[0]).await;
        assert_ne!(answer.code(), "NOT_FOUND", "{}: the case asks nothing", case.argument);
    }
    let after =
        (seller.instance(&theirs.instance).await, stranger.instance(&foreign.instance).await);
    assert_eq!(untouched.0["generation"], after.0["generation"]);
    assert_eq!(untouched.1["generation"], after.1["generation"]);
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

/// Arguments of the schema that take an id, or an id or a name.
async fn arguments(user: &User) -> BTreeSet<String> {
    let query = "{ __schema { types { name kind \
        fields { name args { name type { ...T } } } inputFields { name type { ...T } } } } } \
        fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { name } } } }";
    let schema = user.get(query, json!({})).await;
    let types = schema["__schema"]["types"].as_array().expect("types").clone();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut open = Vec::new();
    let is_object =
        |kind: &&Value| kind["kind"] == "OBJECT" && !text(&kind["name"]).starts_with("__");
    for object in types.iter().filter(is_object) {
        for field in list(&object["fields"]) {
            let path = format!("{}.{}", text(&object["name"]), text(&field["name"]));
            open.extend(list(&field["args"]).into_iter().map(|each| (path.clone(), each)));
        }
    }
    let mut found = BTreeSet::new();
    while let Some((path, argument)) = open.pop() {
        let name = text(&argument["name"]);
        let path = format!("{path}.{name}");
        let mut kind = &argument["type"];
        while kind["ofType"].is_object() {
            kind = &kind["ofType"];
        }
        let takes_name = ["idOrName", "project", "organization", "instance"].contains(&&*name);
        if kind["name"] == "ID" || (kind["name"] == "String" && takes_name) {
            found.insert(path);
        } else if let Some(input) = types.iter().find(|each| each["name"] == kind["name"]) {
            open.extend(list(&input["inputFields"]).into_iter().map(|each| (path.clone(), each)));
        }
    }
    // The cursor of a page says where to go on and finds nothing by itself.
    found
}

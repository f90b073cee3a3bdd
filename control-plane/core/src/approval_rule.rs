//! What takes an approval: rules at nodes of the tree, each for all below.

use std::collections::{BTreeSet, HashMap};

pub use control_plane_store::Covered;
use control_plane_store::approval_rule as store;
pub use control_plane_store::approval_rule::ApprovalRule;
use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{SubjectKind, SubjectState, TenantTx, plan, subject};
use policies::action::Action;
use policies::permit::{Permit, Reach};
use policies::role::Node;
use policies::tree::Tree as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use types::id::{ApprovalRuleId, PlanId, ProjectId};
use types::money::Decimal;

use crate::audit;
use crate::call::Call;
use crate::error::{Error, FieldProblem, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::page::{Page, Paged};

/// Days that something waits, if nobody says how many.
pub const DAYS: i32 = 7;
/// The most of them.
const DAYS_MAX: i32 = 90;
/// The most plans or packages of one rule.
const CHOSEN_MAX: usize = 100;
/// The most rules at one node.
const AT_NODE_MAX: usize = 50;

/// A rule to be made.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    /// Where it holds, and for everything below.
    #[serde(serialize_with = "as_text")]
    pub node: Node,
    /// What it covers.
    pub mutations: BTreeSet<Covered>,
    /// Only what costs more than this a month, in the tenant's currency.
    pub above: Option<Decimal>,
    /// Only these plans; empty: all.
    pub plans: BTreeSet<PlanId>,
    /// Only these packages; empty: all.
    pub packages: BTreeSet<String>,
    /// How many people have to approve.
    pub approvers: i32,
    /// How many days something waits.
    pub days: i32,
}

fn as_text<S: serde::Serializer>(node: &Node, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_str(node)
}

/// A rule, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The row.
    pub row: ApprovalRule,
    /// Where it holds.
    pub node: Node,
    /// What it covers.
    pub mutations: BTreeSet<Covered>,
    /// Only what costs more than this a month.
    pub above: Option<Decimal>,
    /// Only these plans; empty: all.
    pub plans: BTreeSet<PlanId>,
    /// Only these packages; empty: all.
    pub packages: BTreeSet<String>,
}

/// What a rule is asked about.
pub(crate) struct Facts<'a> {
    pub package: &'a str,
    pub plan: PlanId,
    pub per_month: &'a Decimal,
}

impl Rule {
    /// From its row.
    fn of(row: ApprovalRule) -> Result<Self> {
        let node = row.node.parse().map_err(unreadable)?;
        let mutations = serde_json::from_str(&row.mutations).map_err(unreadable)?;
        let above = row.above.as_deref().map(str::parse).transpose().map_err(unreadable)?;
        let plans = serde_json::from_str(&row.plans).map_err(unreadable)?;
        let packages = serde_json::from_str(&row.packages).map_err(unreadable)?;
        Ok(Self { node, mutations, above, plans, packages, row })
    }

    /// Whether it covers this, by all that it is limited to.
    pub(crate) fn covers(&self, facts: &Facts<'_>) -> bool {
        (self.plans.is_empty() || self.plans.contains(&facts.plan))
            && (self.packages.is_empty() || self.packages.contains(facts.package))
            && self.above.as_ref().is_none_or(|above| facts.per_month.number() > above.number())
    }
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::internal("read an approval rule", error.to_string())
}

/// The rules for a mutation in a project, whatever else they are limited to.
pub(crate) async fn over(call: &Call, covered: Covered, project: ProjectId) -> Result<Vec<Rule>> {
    let mut rules = over_each(call, covered, &BTreeSet::from([project])).await?;
    Ok(rules.remove(&project).unwrap_or_default())
}

/// The same for each of several projects, by one statement.
pub(crate) async fn over_each(
    call: &Call,
    covered: Covered,
    projects: &BTreeSet<ProjectId>,
) -> Result<HashMap<ProjectId, Vec<Rule>>> {
    let standing = call.standing().await?;
    let path = |project: &ProjectId| {
        (*project, standing.tree.path(Node::Project(*project)).unwrap_or_default())
    };
    let paths: Vec<_> = projects.iter().map(path).collect();
    let nodes: BTreeSet<_> = paths.iter().flat_map(|(_, path)| path).collect();
    let nodes: Vec<_> = nodes.into_iter().map(ToString::to_string).collect();
    let rows = store::at(&call.reader().await?, &nodes).await?;
    let mut rules = rows.into_iter().map(Rule::of).collect::<Result<Vec<_>>>()?;
    rules.retain(|rule| rule.mutations.contains(&covered));
    let of = |path: Vec<Node>| rules.iter().filter(move |rule| path.contains(&rule.node)).cloned();
    Ok(paths.into_iter().map(|(project, path)| (project, of(path).collect())).collect())
}

/// Where the caller sees rules: where it sets them and where it approves; none: everywhere.
async fn seen(call: &Call) -> Result<Option<BTreeSet<String>>> {
    let mut nodes = BTreeSet::new();
    for action in [Action::ManageApprovals, Action::Approve] {
        match call.scope(action).await?.reach() {
            Reach::Tenant => return Ok(None),
            Reach::Nodes { organizations, projects } => {
                nodes.extend(organizations.iter().map(ToString::to_string));
                nodes.extend(projects.iter().map(ToString::to_string));
            }
        }
    }
    Ok(Some(nodes))
}

/// The rules where the caller sets them or approves, at one node or at all, the newest first.
pub async fn list(call: &Call, at: Option<Node>, page: &Page) -> Result<Paged<Rule>> {
    let seen = seen(call).await?;
    let nodes = match (seen, at) {
        (None, None) => None,
        (Some(seen), None) => Some(seen.into_iter().collect()),
        (seen, Some(at)) => {
            let is_there = call.standing().await?.tree.path(at).is_some();
            let at = at.to_string();
            if !is_there || seen.is_some_and(|seen| !seen.contains(&at)) {
                return Err(Error::NotFound { what: "node" });
            }
            Some(vec![at])
        }
    };
    let found = store::list(&call.reader().await?, nodes.as_deref(), page).await?;
    let items = found.items.into_iter().map(Rule::of).collect::<Result<_>>()?;
    Ok(Paged { items, has_next: found.has_next })
}

/// One rule.
pub async fn get(call: &Call, id: ApprovalRuleId) -> Result<Rule> {
    let missing = Error::NotFound { what: "approval rule" };
    let Some(row) = store::find(&call.reader().await?, id).await? else { return Err(missing) };
    match seen(call).await? {
        Some(seen) if !seen.contains(&row.node) => Err(missing),
        _ => Rule::of(row),
    }
}

/// Makes a rule.
pub async fn create(call: &Call, draft: Draft, key: &str) -> Result<ApprovalRuleId> {
    let once = Once::new("createApprovalRule", key, &draft)?;
    let permit = permit(call, draft.node, "node").await?;
    if let Some(done) = once.find(call, &permit).await? {
        return Ok(done);
    }
    check(call, &draft).await?;
    let id = ApprovalRuleId::next(&*call.plane().ids);
    let write = async |tx: &TenantTx| {
        if store::at(tx, &[draft.node.to_string()]).await?.len() >= AT_NODE_MAX {
            let message = format!("a node has at most {AT_NODE_MAX} rules; delete some first");
            return Err(Error::Conflict { why: "too_many_rules", message });
        }
        store::insert(tx, row(call, id, &draft)?).await?;
        Ok((id, content(&draft)))
    };
    change(call, &permit, &once, ("approval_rule_created", draft.node), write).await
}

/// Deletes a rule. What waits for it is out of date by that.
pub async fn delete(call: &Call, id: ApprovalRuleId, key: &str) -> Result<ApprovalRuleId> {
    let once = Once::new("deleteApprovalRule", key, &id)?;
    let work = async {
        let rule = get(call, id).await?;
        let permit = permit(call, rule.node, "approval rule").await?;
        let write = async |tx: &TenantTx| {
            let found = store::find(tx, id).await?;
            found.ok_or(Error::NotFound { what: "approval rule" })?;
            store::delete(tx, id).await?;
            Ok((id, json!({ "at": rule.row.node })))
        };
        change(call, &permit, &once, ("approval_rule_deleted", rule.node), write).await
    };
    once.own(call, work).await
}

async fn permit(call: &Call, node: Node, what: &'static str) -> Result<Permit> {
    if matches!(node, Node::Installation | Node::Application(_)) {
        return Err(Error::NotFound { what });
    }
    call.permit(Action::ManageApprovals, node, what).await
}

/// Writes a change of the rules at a node with its event and audit record.
async fn change<T: Serialize + DeserializeOwned + std::fmt::Display + Sync>(
    call: &Call,
    permit: &Permit,
    once: &Once,
    (event, node): (&str, Node),
    work: impl AsyncFnOnce(&TenantTx) -> Result<(T, serde_json::Value)>,
) -> Result<T> {
    let write = async {
        let tx = call.plane().store.begin(permit).await?;
        control_plane_store::tenant::lock(&tx).await?;
        let (answer, content) = work(&tx).await?;
        once.keep(call, &tx, &answer).await?;
        let mut event = NewEvent::new(event, call.now());
        match node {
            Node::Organization(id) => event.organization_id = Some(id),
            Node::Project(id) => event.project_id = Some(id),
            Node::Tenant(_) | Node::Installation | Node::Application(_) => {}
        }
        let mut audit = audit::of_call(call, once.mutation(), Some(&answer));
        audit.content = content.to_string();
        outbox::record(&tx, vec![event], vec![audit]).await?;
        tx.commit().await?;
        Ok(answer)
    };
    let answer = match write.await {
        Ok(answer) => answer,
        Err(error) => once.settle(call, permit, error).await?,
    };
    call.plane().nudges.send(Topic::Tenant(permit.scope().tenant()));
    Ok(answer)
}

async fn check(call: &Call, draft: &Draft) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, problem: &str, message: String| {
        let (field, problem) = (field.to_owned(), problem.to_owned());
        problems.push(FieldProblem { field, problem, message });
    };
    if draft.mutations.is_empty() {
        let message = "say which mutations take an approval, at least one";
        wrong("mutations", "required", message.to_owned());
    }
    if !(1..=2).contains(&draft.approvers) {
        wrong("approvers", "out_of_range", "one or two people approve".to_owned());
    }
    if !(1..=DAYS_MAX).contains(&draft.days) {
        wrong("days", "out_of_range", format!("1 to {DAYS_MAX} days"));
    }
    let zero = Decimal::zero();
    if draft.above.as_ref().is_some_and(|above| above.number() < zero.number()) {
        wrong("abovePerMonth", "out_of_range", "a price is not below zero".to_owned());
    }
    for (field, length) in [("plans", draft.plans.len()), ("packages", draft.packages.len())] {
        if length > CHOSEN_MAX {
            wrong(field, "too_many", format!("at most {CHOSEN_MAX}"));
        }
    }
    let packages = call.plane().catalog.list().iter().map(|package| &package.manifest().name);
    let known: BTreeSet<_> = packages.cloned().collect();
    if let Some(unknown) = draft.packages.iter().find(|name| !known.contains(*name)) {
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        let message = format!("there is no package {unknown:?}, but {}", known.join(", "));
        wrong("packages", "unknown", message);
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let plans: Vec<_> = draft.plans.iter().copied().collect();
    if plan::by_ids(&call.reader().await?, &plans).await?.len() < plans.len() {
        return Err(Error::NotFound { what: "plan" });
    }
    enough(call, draft).await
}

/// Refuses a rule that nobody could satisfy.
async fn enough(call: &Call, draft: &Draft) -> Result<()> {
    let standing = call.standing().await?;
    let path = standing.tree.path(draft.node).ok_or(Error::NotFound { what: "node" })?;
    let who: Vec<_> = standing.rights.who(Action::Approve, &path).into_iter().collect();
    let people = subject::by_ids(&call.reader().await?, &who).await?;
    let can = |row: &&subject::Subject| {
        row.state == SubjectState::Active && row.kind == SubjectKind::User
    };
    let count = people.iter().filter(can).count();
    if count < usize::try_from(draft.approvers).unwrap_or(usize::MAX) {
        let message = format!(
            "{count} people can approve there, and the rule asks for {}; give the right to \
             approve to others first",
            draft.approvers
        );
        return Err(Error::Conflict { why: "too_few_approvers", message });
    }
    Ok(())
}

fn row(call: &Call, id: ApprovalRuleId, draft: &Draft) -> Result<ApprovalRule> {
    let written = |error| Error::internal("write an approval rule", error);
    Ok(ApprovalRule {
        id,
        tenant_id: call.tenant()?,
        node: draft.node.to_string(),
        mutations: serde_json::to_string(&draft.mutations).map_err(written)?,
        above: draft.above.as_ref().map(|above| above.canonical().to_string()),
        plans: serde_json::to_string(&draft.plans).map_err(written)?,
        packages: serde_json::to_string(&draft.packages).map_err(written)?,
        approvers: draft.approvers,
        days: draft.days,
        created_at: call.now(),
        created_by: call.caller().subject,
    })
}

fn content(draft: &Draft) -> serde_json::Value {
    json!({ "at": draft.node.to_string(), "mutations": draft.mutations, "above": draft.above,
        "plans": draft.plans, "packages": draft.packages, "approvers": draft.approvers,
        "days": draft.days })
}

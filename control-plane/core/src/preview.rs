//! Previews: what an order or a change would do, and a token that says "this is what I saw".

use std::collections::BTreeMap;

use catalog::form::{Note, OwnValue};
use catalog::package::Package;
use control_plane_store::plan::Plan;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::id::{CellId, OfferingId, PlanId, ProjectId};
use types::size::Size;

use crate::approval::ahead::Ahead;
use crate::budget;
use crate::configuration::{Content, Shown};
use crate::error::{Error, FieldProblem, Result};
use crate::licence;
use crate::price_book::Estimate;
use crate::quota::Effect;
use crate::token;

/// What a user wants to order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderRequest {
    /// Where it will belong.
    pub project: ProjectId,
    /// Its name, unique in the project.
    pub name: String,
    /// What is ordered.
    pub offering: OfferingId,
    /// The version of the software in it.
    pub software_version: String,
    /// One of the package's topologies.
    pub topology: String,
    /// Size and price.
    pub plan: PlanId,
    /// Parameters that differ from their defaults; they win over those of the template.
    pub parameters: BTreeMap<String, Value>,
    /// The template to begin from.
    pub template: Option<String>,
}

/// A member that would be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewMember {
    /// Name, e.g. `shop-cache-0`.
    pub name: String,
    /// Its member role.
    pub role: String,
}

/// What an order would make.
#[derive(Clone, Debug)]
pub struct OrderPreview {
    /// Stands for everything in here that must not change before the order.
    pub token: String,
    /// Where it would run.
    pub cell: CellId,
    /// The cell's name.
    pub cell_name: String,
    /// Its members.
    pub members: Vec<PreviewMember>,
    /// What each member is granted.
    pub size: Size,
    /// All parameters.
    pub content: Content,
    /// All parameters as they may be seen.
    pub values: Vec<Shown>,
    /// Given values that stand against the template's, and win.
    pub own_values: Vec<OwnValue>,
    /// What is worth knowing of them.
    pub notes: Vec<Note>,
    /// What it costs while it runs.
    pub price: Estimate,
}

/// What an order would make, and what it would come up against.
#[derive(Clone, Debug)]
pub struct Previewed {
    /// What it would make.
    pub order: OrderPreview,
    /// What is used of the licence.
    pub licence: licence::Use,
    /// What it takes of limits.
    pub quotas: Vec<Effect>,
    /// What it takes of budgets.
    pub budgets: Vec<budget::Effect>,
    /// What it would wait for.
    pub approvals: Vec<Ahead>,
}

/// The hash of what was shown: input, package, price lines and cell. Licence and limits are checked
/// again at the order and are not part of it.
pub fn order_token(
    request: &OrderRequest,
    package: &Package,
    price: &Estimate,
    cell: CellId,
) -> String {
    token::digest_of(&(request, package.digest(), price, cell))
}

/// What a member of this size is granted.
pub fn size_of(plan: &Plan) -> Size {
    Size { millivcpu: plan.millivcpu, memory_mib: plan.memory_mib, storage_mib: plan.storage_mib }
}

/// The catalogue's problems with a form, as problems of the input's field `parameters`.
pub fn parameter_problems(problems: Vec<catalog::form::FieldProblem>) -> Error {
    let field = |name: String| match name.as_str() {
        "topology" | "software_version" => name.replace("software_version", "softwareVersion"),
        _ => format!("parameters.{name}"),
    };
    Error::Invalid(
        problems
            .into_iter()
            .map(|problem| FieldProblem {
                field: field(problem.field),
                problem: problem.problem.as_str().to_owned(),
                message: problem.message,
            })
            .collect(),
    )
}

/// Refuses a token that does not stand for what is true now.
pub fn check_token(given: &str, now: &str) -> Result<()> {
    if given == now { Ok(()) } else { Err(Error::Outdated) }
}

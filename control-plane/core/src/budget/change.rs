//! Setting and removing budgets.
//!
//! As with quotas, a budget is imposed from above: it takes the right to limit what is above the
//! node as well. A budget may be set below what is committed: from then on nothing more is ordered
//! there. It may also allow more than one above it; the one that leaves least decides.

use control_plane_store::outbox::{self, NewEvent};
use control_plane_store::{InTenant as _, StoreError, TenantTx, budget, tenant};
use policies::permit::Permit;
use policies::role::Node;
use serde_json::json;
use types::budget::BudgetAction;
use types::money::{Currency, Decimal};

use super::Row;
use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::quota::chain;
use crate::quota::change::permit;

/// The largest budget: more than anybody pays.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// Sets the budget of a node, or changes it.
pub async fn set(
    call: &Call,
    node: Node,
    amount: &Decimal,
    action: BudgetAction,
    key: &str,
) -> Result<()> {
    let once = Once::new("setBudget", key, &(node.to_string(), amount, action))?;
    let work = async {
        let permit = permit(call, node).await?;
        let change = Change::begin(call, &permit, node).await?;
        let row = Row {
            tenant_id: change.tx.tenant(),
            node: node.to_string(),
            amount: read(amount, &change.currency)?.to_string(),
            action,
            set_at: call.now(),
            set_by: call.caller().subject,
        };
        match &change.own {
            Some(_) => budget::update(&change.tx, row.clone()).await?,
            None => budget::insert(&change.tx, row.clone()).await?,
        }
        change.commit(call, &once, "budget_set", Some(&row)).await
    };
    once.own(call, work).await
}

/// Removes the budget of a node; those above still hold.
pub async fn remove(call: &Call, node: Node, key: &str) -> Result<()> {
    let once = Once::new("removeBudget", key, &node.to_string())?;
    let work = async {
        let permit = permit(call, node).await?;
        let change = Change::begin(call, &permit, node).await?;
        let removed = budget::delete(&change.tx, &node.to_string()).await;
        removed.map_err(|error| match error {
            StoreError::NotFound => Error::NotFound { what: "budget" },
            other => other.into(),
        })?;
        change.commit(call, &once, "budget_removed", None).await
    };
    once.own(call, work).await
}

/// An amount in whole minor units of the currency, in canonical form.
fn read(amount: &Decimal, currency: &str) -> Result<Decimal> {
    if *amount < Decimal::zero() || *amount > Decimal::from(AMOUNT_MAX) {
        let message = format!("use an amount from 0 to {AMOUNT_MAX}");
        return Err(Error::invalid("amount", "out_of_range", message));
    }
    let amount = amount.canonical();
    let digits = currency.parse().map_or(0, Currency::minor_digits);
    let text = amount.to_string();
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    if places > digits as usize {
        let message = format!("an amount in {currency} has at most {digits} decimal places");
        return Err(Error::invalid("amount", "malformed", message));
    }
    Ok(amount)
}

/// A change that is not committed yet. Nobody orders, moves or deletes in the tenant meanwhile.
struct Change {
    tx: TenantTx,
    node: Node,
    currency: String,
    own: Option<Row>,
}

impl Change {
    async fn begin(call: &Call, permit: &Permit, node: Node) -> Result<Self> {
        let plane = call.plane();
        let tx = plane.store.begin(permit).await?;
        let held = tenant::lock(&tx).await?;
        crate::tenant::in_use(held.state)?;
        let tree = plane.rights.tree_at(&tx, held.tree_revision, call.now()).await?;
        chain(&tree, node).ok_or(Error::NotFound { what: "node" })?;
        let own = budget::at(&tx, &[node.to_string()]).await?.pop();
        Ok(Self { tx, node, currency: held.currency, own })
    }

    async fn commit(
        self,
        call: &Call,
        once: &Once,
        event: &str,
        after: Option<&Row>,
    ) -> Result<()> {
        let mut told = NewEvent::new(event, call.now());
        match self.node {
            Node::Organization(id) => told.organization_id = Some(id),
            Node::Project(id) => told.project_id = Some(id),
            Node::Installation | Node::Tenant(_) | Node::Application(_) => {}
        }
        let mut audit = audit::of_call(call, once.mutation(), Some(&self.node));
        let content = |row: &Row| {
            let currency = &self.currency;
            json!({ "amount": row.amount, "currency": currency, "action": row.action })
        };
        audit::detail(&mut audit, "budget", json!(after.map(content)));
        audit::detail(&mut audit, "before", json!(self.own.as_ref().map(content)));
        once.keep(call, &self.tx, &()).await?;
        outbox::record(&self.tx, vec![told], vec![audit]).await?;
        let tenant = self.tx.tenant();
        self.tx.commit().await?;
        call.plane().nudges.send(Topic::Tenant(tenant));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(amount: &str, currency: &str, kept: Result<&str, &str>) {
        let found = read(&amount.parse().expect("a decimal"), currency).map_err(|error| {
            let Error::Invalid(problems) = error else { panic!("{error}") };
            problems.into_iter().map(|problem| problem.problem).collect::<String>()
        });
        let found = found.map(|amount| amount.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), kept, "{amount} {currency}");
    }

    #[test]
    fn an_amount_is_a_whole_number_of_minor_units() {
        check("100.50", "CNY", Ok("100.5"));
        check("0", "CNY", Ok("0"));
        check("100.500", "CNY", Ok("100.5"));
        check("100.505", "CNY", Err("malformed"));
        check("100.5", "JPY", Err("malformed"));
        check("-1", "CNY", Err("out_of_range"));
        check("1000000000000.01", "CNY", Err("out_of_range"));
        check("1000000000000", "CNY", Ok("1000000000000"));
    }
}

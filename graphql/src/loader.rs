//! DataLoaders: one statement for all rows that a level of a query asks for. Each loader holds its
//! request's call, so it reads within that scope and nothing outlives the request.

use std::collections::HashMap;

use async_graphql::dataloader;
use billing::period::{self, Months};
use control_plane_core::application::{self, Application, run::Run};
use control_plane_core::budget;
use control_plane_core::call::Call;
use control_plane_core::cell::view::{self, Glance};
use control_plane_core::configuration::{self, Configuration};
use control_plane_core::group::{self, Group};
use control_plane_core::instance::{self, Instance, Member};
use control_plane_core::offering::{self, Offering, Plan};
use control_plane_core::operation::{self, Operation};
use control_plane_core::quota::{self, Level};
use control_plane_core::role::{self, Definition};
use control_plane_core::subject::{self, Subject};
use policies::role::{AnyRole, Node};
use types::id::{
    ApplicationId, CellId, GroupId, InstanceId, OfferingId, OperationId, PlanId, SubjectId,
};

use crate::error::ApiError;

pub mod first_page;

/// Looks rows up in batches.
pub struct Loader(pub Call);

/// The members of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MembersOf(pub InstanceId);

/// One configuration of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConfigurationOf(pub InstanceId, pub i32);

/// The offering of a package's version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OfferingOf(pub String, pub String);

/// The plans of an offering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlansOf(pub OfferingId);

/// The title of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TitleOf(pub SubjectId);

/// What a role is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoleOf(pub AnyRole);

/// The groups that a subject is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupsOf(pub SubjectId);

/// The months of the viewer's tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MonthsOfTenant;

/// Limits and use of an organization or project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuotasOf(pub Node);

/// What an organization or project has committed itself to, and its budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BudgetsOf(pub Node);

/// The applications that an instance is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApplicationsOf(pub InstanceId);

/// All applications that an instance is in, seen or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeldBy(pub InstanceId);

/// What a part of an application needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NeedsOf(pub ApplicationId, pub InstanceId);

/// What an application does as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunOf(pub ApplicationId);

type Loaded<K, V> = std::result::Result<HashMap<K, V>, ApiError>;

impl dataloader::Loader<InstanceId> for Loader {
    type Value = Instance;
    type Error = ApiError;

    async fn load(&self, keys: &[InstanceId]) -> Loaded<InstanceId, Instance> {
        let rows = instance::by_ids(&self.0, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl dataloader::Loader<MembersOf> for Loader {
    type Value = Vec<Member>;
    type Error = ApiError;

    async fn load(&self, keys: &[MembersOf]) -> Loaded<MembersOf, Vec<Member>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut members: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in instance::members(&self.0, &ids).await? {
            members.entry(MembersOf(row.instance_id)).or_default().push(row);
        }
        members.values_mut().for_each(|rows| rows.sort_by_key(|row| row.ordinal));
        Ok(members)
    }
}

impl dataloader::Loader<ConfigurationOf> for Loader {
    type Value = Configuration;
    type Error = ApiError;

    async fn load(&self, keys: &[ConfigurationOf]) -> Loaded<ConfigurationOf, Configuration> {
        let wanted: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let rows = configuration::by_keys(&self.0, &wanted).await?;
        Ok(rows
            .into_iter()
            .map(|row| (ConfigurationOf(row.instance_id, row.number), row))
            .collect())
    }
}

impl dataloader::Loader<OperationId> for Loader {
    type Value = Operation;
    type Error = ApiError;

    async fn load(&self, keys: &[OperationId]) -> Loaded<OperationId, Operation> {
        let rows = operation::by_ids(&self.0, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl dataloader::Loader<OfferingOf> for Loader {
    type Value = Offering;
    type Error = ApiError;

    async fn load(&self, keys: &[OfferingOf]) -> Loaded<OfferingOf, Offering> {
        let wanted: Vec<_> = keys.iter().map(|key| (key.0.clone(), key.1.clone())).collect();
        let rows = offering::of_packages(&self.0, &wanted).await?;
        let key = |row: &Offering| OfferingOf(row.package.clone(), row.package_version.clone());
        Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
    }
}

impl dataloader::Loader<PlansOf> for Loader {
    type Value = Vec<Plan>;
    type Error = ApiError;

    async fn load(&self, keys: &[PlansOf]) -> Loaded<PlansOf, Vec<Plan>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut plans: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in offering::plans(&self.0, &ids).await? {
            plans.entry(PlansOf(row.offering_id)).or_default().push(row);
        }
        Ok(plans)
    }
}

impl dataloader::Loader<PlanId> for Loader {
    type Value = Plan;
    type Error = ApiError;

    async fn load(&self, keys: &[PlanId]) -> Loaded<PlanId, Plan> {
        let rows = offering::plans_by_ids(&self.0, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl dataloader::Loader<TitleOf> for Loader {
    type Value = String;
    type Error = ApiError;

    async fn load(&self, keys: &[TitleOf]) -> Loaded<TitleOf, String> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = subject::by_ids(&self.0, &ids).await?;
        Ok(rows.into_iter().map(|row| (TitleOf(row.id), row.title)).collect())
    }
}

impl dataloader::Loader<MonthsOfTenant> for Loader {
    type Value = Months;
    type Error = ApiError;

    async fn load(&self, keys: &[MonthsOfTenant]) -> Loaded<MonthsOfTenant, Months> {
        let months = period::of_tenant(&self.0).await?;
        Ok(keys.iter().map(|key| (*key, months.clone())).collect())
    }
}

impl dataloader::Loader<CellId> for Loader {
    type Value = Glance;
    type Error = ApiError;

    async fn load(&self, _: &[CellId]) -> Loaded<CellId, Glance> {
        Ok(view::glances(&self.0).await?.into_iter().collect())
    }
}

impl dataloader::Loader<SubjectId> for Loader {
    type Value = Subject;
    type Error = ApiError;

    async fn load(&self, keys: &[SubjectId]) -> Loaded<SubjectId, Subject> {
        let rows = subject::by_ids(&self.0, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl dataloader::Loader<GroupId> for Loader {
    type Value = Group;
    type Error = ApiError;

    async fn load(&self, keys: &[GroupId]) -> Loaded<GroupId, Group> {
        let rows = group::by_ids(&self.0, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl dataloader::Loader<GroupsOf> for Loader {
    type Value = Vec<Group>;
    type Error = ApiError;

    async fn load(&self, keys: &[GroupsOf]) -> Loaded<GroupsOf, Vec<Group>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = group::of_subjects(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, groups)| (GroupsOf(id), groups)).collect())
    }
}

impl dataloader::Loader<RoleOf> for Loader {
    type Value = Definition;
    type Error = ApiError;

    async fn load(&self, keys: &[RoleOf]) -> Loaded<RoleOf, Definition> {
        let wanted: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = role::of(&self.0, &wanted).await?;
        Ok(found.into_iter().map(|found| (RoleOf(found.role), found)).collect())
    }
}

impl dataloader::Loader<QuotasOf> for Loader {
    type Value = Vec<Level>;
    type Error = ApiError;

    async fn load(&self, keys: &[QuotasOf]) -> Loaded<QuotasOf, Vec<Level>> {
        let nodes: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = quota::of_nodes(&self.0, &nodes).await?;
        Ok(found.into_iter().map(|(node, levels)| (QuotasOf(node), levels)).collect())
    }
}

impl dataloader::Loader<BudgetsOf> for Loader {
    type Value = budget::Level;
    type Error = ApiError;

    async fn load(&self, keys: &[BudgetsOf]) -> Loaded<BudgetsOf, budget::Level> {
        let nodes: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = budget::of_nodes(&self.0, &nodes).await?;
        Ok(found.into_iter().map(|(node, level)| (BudgetsOf(node), level)).collect())
    }
}

impl dataloader::Loader<ApplicationsOf> for Loader {
    type Value = Vec<Application>;
    type Error = ApiError;

    async fn load(&self, keys: &[ApplicationsOf]) -> Loaded<ApplicationsOf, Vec<Application>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = application::of_instances(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, rows)| (ApplicationsOf(id), rows)).collect())
    }
}

impl dataloader::Loader<HeldBy> for Loader {
    type Value = Vec<ApplicationId>;
    type Error = ApiError;

    async fn load(&self, keys: &[HeldBy]) -> Loaded<HeldBy, Vec<ApplicationId>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = application::ids_of_instances(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, held)| (HeldBy(id), held)).collect())
    }
}

impl dataloader::Loader<NeedsOf> for Loader {
    type Value = Vec<InstanceId>;
    type Error = ApiError;

    async fn load(&self, keys: &[NeedsOf]) -> Loaded<NeedsOf, Vec<InstanceId>> {
        let parts: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let found = application::needs(&self.0, &parts).await?;
        Ok(found.into_iter().map(|((id, part), needs)| (NeedsOf(id, part), needs)).collect())
    }
}

impl dataloader::Loader<RunOf> for Loader {
    type Value = Run;
    type Error = ApiError;

    async fn load(&self, keys: &[RunOf]) -> Loaded<RunOf, Run> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = application::runs(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, run)| (RunOf(id), run)).collect())
    }
}

//! What a story finds: the tenant acme with its tree and its people, the tenant globex beside it,
//! prices, a licence, and Redis to order.

use control_plane::command::licence::file;
use control_plane::wiring::ServerHandle;
use control_plane_core::licence::{self, Packages, Star, Terms, Unit};
use control_plane_core::plane::{Plane, SharedPlane};
use control_plane_core::price_book::{self, NewLine};
use control_plane_core::tenant::NewTenant;
use control_plane_core::{offering, organization, project, subject, tenant};
use ed25519_dalek::SigningKey;
use policies::permit::{FleetPermit, Task, task_permit};
use policies::role::{Node, Role};
use types::id::{OrganizationId, PriceVersionId, ProjectId, SubjectId, TenantId};
use types::meter::Meter;
use types::name::{Name, Title};

/// Members that each tenant may have at first.
pub const LICENSED: u32 = 4;

/// Name, tenant, roles.
type Person<'a> = (&'a str, TenantId, &'a [(Role, Node)]);

/// Ids of what was made.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    /// The tenant acme.
    pub acme: TenantId,
    /// Its organization `platform`, where `dev` works.
    pub platform: OrganizationId,
    /// Its organization `sales`, a sibling.
    pub sales: OrganizationId,
    /// The project in `platform`.
    pub platform_dev: ProjectId,
    /// The project in `sales`, where `seller` works.
    pub sales_dev: ProjectId,
    /// The tenant globex.
    pub globex: TenantId,
    /// Its root organization.
    pub globex_root: OrganizationId,
    /// Its project, where `stranger` works.
    pub globex_dev: ProjectId,
}

/// The right of whoever may use the console.
pub fn console() -> FleetPermit {
    FleetPermit::task(Task::Console)
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn title(text: &str) -> Title {
    text.parse().expect("a title")
}

/// Makes all of it.
pub(super) async fn sow(plane: &ServerHandle, key: &SigningKey) -> Seed {
    let plane = plane.plane();
    let (acme, root) = tenant(plane, "acme").await;
    let tree = Branch { plane, tenant: acme };
    let rnd = tree.organization(root, "rnd").await;
    let platform = tree.organization(rnd, "platform").await;
    let sales = tree.organization(root, "sales").await;
    let platform_dev = tree.project(platform, "platform-dev").await;
    let sales_dev = tree.project(sales, "sales-dev").await;
    let (globex, globex_root) = tenant(plane, "globex").await;
    let tree = Branch { plane, tenant: globex };
    let globex_dev = tree.project(globex_root, "globex-dev").await;
    let at = Node::Organization;
    let people: [Person<'_>; 9] = [
        ("admin", acme, &[(Role::TenantAdmin, Node::Tenant(acme))]),
        ("head", acme, &[(Role::OrganizationAdmin, at(root)), (Role::Finance, at(root))]),
        ("dev", acme, &[(Role::Developer, at(platform))]),
        ("seller", acme, &[(Role::Developer, at(sales))]),
        ("viewer", acme, &[(Role::Viewer, at(root))]),
        ("finance", acme, &[(Role::Finance, at(root))]),
        ("auditor", acme, &[(Role::Auditor, Node::Tenant(acme))]),
        ("nobody", acme, &[]),
        ("stranger", globex, &[(Role::TenantAdmin, Node::Tenant(globex))]),
    ];
    for (name, tenant, roles) in people {
        person(plane, Some(tenant), name, roles).await;
    }
    person(plane, None, "operator", &[(Role::Operator, Node::Installation)]).await;
    let package = plane.catalog.find("redis", "1.0.0").expect("redis is embedded");
    offering::publish::to_all(plane, &console(), package).await.expect("published");
    publish_prices(plane, "0.05").await;
    license(plane, key, "first", LICENSED).await;
    Seed { acme, platform, sales, platform_dev, sales_dev, globex, globex_root, globex_dev }
}

async fn tenant(plane: &Plane, text: &str) -> (TenantId, OrganizationId) {
    let new = NewTenant {
        name: name(text),
        title: title(text),
        zone: "Asia/Shanghai".to_owned(),
        currency: "CNY".parse().expect("a currency"),
    };
    tenant::create(plane, &console(), new).await.expect("a tenant")
}

struct Branch<'a> {
    plane: &'a SharedPlane,
    tenant: TenantId,
}

impl Branch<'_> {
    async fn organization(&self, parent: OrganizationId, text: &str) -> OrganizationId {
        let permit = task_permit(Task::Console, self.tenant);
        let (name, title) = (name(text), title(text));
        let made = organization::create(self.plane, &permit, parent, &name, &title).await;
        made.expect("an organization")
    }

    async fn project(&self, owner: OrganizationId, text: &str) -> ProjectId {
        let permit = task_permit(Task::Console, self.tenant);
        let (name, title) = (name(text), title(text));
        project::create(self.plane, &permit, owner, &name, &title).await.expect("a project")
    }
}

async fn person(
    plane: &Plane,
    tenant: Option<TenantId>,
    text: &str,
    roles: &[(Role, Node)],
) -> SubjectId {
    let (name, title) = (name(text), title(text));
    let made = subject::create(plane, &console(), tenant, &name, &title).await;
    let id = made.expect("a person");
    for (role, node) in roles {
        subject::bind(plane, &console(), tenant, id, *role, *node).await.expect("a role");
    }
    id
}

/// Publishes a version of the installation's price book with a price per member and hour.
pub(super) async fn publish_prices(plane: &Plane, per_member_hour: &str) -> PriceVersionId {
    let unit_price = per_member_hour.parse().expect("a price");
    let line =
        NewLine { plan: None, meter: Meter::MemberSeconds, unit_price, per: 3_600, stopped: false };
    let currency = "CNY".parse().expect("a currency");
    price_book::publish(plane, &console(), currency, &[line], None).await.expect("published")
}

/// Installs a licence for more members of every tenant.
pub(super) async fn license(plane: &Plane, key: &SigningKey, id: &str, count: u32) {
    let terms = Terms {
        id: id.to_owned(),
        installation: plane.settings.installation.clone(),
        tenant: None,
        unit: Unit::Member,
        packages: Packages::All(Star::Star),
        count,
        not_before: plane.clock.now(),
        not_after: None,
    };
    licence::install(plane, &console(), &file(key, &terms)).await.expect("installed");
}

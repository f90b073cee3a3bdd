//! `demo seed`: a tenant to try things with. Each step looks first, so it can be run again.

use control_plane_core::error::Error;
use control_plane_core::licence::{self, Packages, Star, Terms, Unit};
use control_plane_core::price_book::{self, NewLine};
use control_plane_core::tenant::NewTenant;
use control_plane_core::{offering, organization, project, subject, tenant};
use control_plane_store::{binding, price_book as price_books};
use policies::permit::{Permit, Task, task_permit};
use policies::role::{Node, Role};
use types::id::{OrganizationId, SubjectId, TenantId};
use types::meter::Meter;
use types::random::Random;

use crate::command::licence::{file, keygen, read_key};
use crate::command::{CommandError, Console, Result, print};
use crate::home::Home;

const TENANT: &str = "acme";
const ISSUER: &str = "keys/licence-issuer.key";
const LICENSED_MEMBERS: u32 = 20;
/// In CNY: meter, price, for how many units.
const PRICES: [(Meter, &str, i64); 4] = [
    (Meter::MemberSeconds, "0.05", 3_600),
    (Meter::MillivcpuSeconds, "0.20", 3_600_000),
    (Meter::MemoryMibSeconds, "0.08", 3_686_400),
    (Meter::StorageMibSeconds, "0.0012", 3_686_400),
];

/// Name, title, roles.
type Person<'a> = (&'a str, &'a str, &'a [(Role, Node)]);

/// What to do with the demo.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make the tenant acme with organizations, users, prices, a licence and all packages to order
    Seed,
}

/// Does it.
pub async fn run(console: &Console, command: &Command) -> Result {
    match command {
        Command::Seed => seed(console).await?,
    }
    print(format_args!("the demo is there; sign in with `cellplane-plane sign-in --as dev`"))
}

/// Makes what is missing of the demo.
///
/// # Errors
/// As for any write; what was made stays and is found the next time.
pub async fn seed(console: &Console) -> Result {
    let Console { plane, permit, .. } = console;
    let reader = plane.store.fleet_read(permit);
    let id = match control_plane_store::tenant::find_by_name(&reader, TENANT).await? {
        Some(row) => row.id,
        None => {
            let new = NewTenant {
                name: text(TENANT)?,
                title: text("Acme")?,
                zone: "Asia/Shanghai".to_owned(),
                currency: text("CNY")?,
            };
            tenant::create(plane, permit, new).await?.0
        }
    };
    let tree = Tree { console, tenant: id, permit: task_permit(Task::Console, id) };
    let root = tree.root().await?;
    let rnd = tree.organization(root, "rnd", "R&D").await?;
    let platform = tree.organization(rnd, "platform", "Platform").await?;
    let sales = tree.organization(root, "sales", "Sales").await?;
    tree.project(platform, "platform-dev", "Platform development").await?;
    tree.project(sales, "sales-dev", "Sales development").await?;
    publish(console).await?;
    license(console).await?;
    let whole = Node::Tenant(id);
    let at = Node::Organization;
    let people: [Person<'_>; 6] = [
        ("admin", "Administrator", &[(Role::TenantAdmin, whole)]),
        ("dev", "Developer", &[(Role::Developer, at(platform))]),
        ("head", "Head of Acme", &[(Role::OrganizationAdmin, at(root)), (Role::Finance, at(root))]),
        ("viewer", "Viewer", &[(Role::Viewer, at(root))]),
        ("finance", "Finance", &[(Role::Finance, at(root))]),
        ("auditor", "Auditor", &[(Role::Auditor, whole)]),
    ];
    for (name, title, roles) in people {
        person(console, Some(id), name, title, roles).await?;
    }
    let operator = [(Role::Operator, Node::Installation)];
    person(console, None, "operator", "Operator", &operator).await
}

/// The demo's tree.
struct Tree<'a> {
    console: &'a Console,
    tenant: TenantId,
    permit: Permit,
}

impl Tree<'_> {
    async fn root(&self) -> Result<OrganizationId> {
        let plane = &self.console.plane;
        let standing = plane.rights.of(plane, self.tenant).await?;
        Ok(standing.tree.root().ok_or(Error::NotFound { what: "root organization" })?.id)
    }

    async fn organization(
        &self,
        parent: OrganizationId,
        name: &str,
        title: &str,
    ) -> Result<OrganizationId> {
        let plane = &self.console.plane;
        let standing = plane.rights.of(plane, self.tenant).await?;
        if let Some(known) = standing.tree.child(parent, name) {
            return Ok(known.id);
        }
        let (name, title) = (text(name)?, text(title)?);
        Ok(organization::create(plane, &self.permit, parent, &name, &title).await?)
    }

    async fn project(&self, owner: OrganizationId, name: &str, title: &str) -> Result {
        let plane = &self.console.plane;
        let standing = plane.rights.of(plane, self.tenant).await?;
        if standing.tree.project_in(owner, name).is_some() {
            return Ok(());
        }
        let (name, title) = (text(name)?, text(title)?);
        project::create(plane, &self.permit, owner, &name, &title).await?;
        Ok(())
    }
}

async fn publish(console: &Console) -> Result {
    let Console { plane, permit, .. } = console;
    for package in plane.catalog.list() {
        match offering::publish::to_all(plane, permit, package).await {
            Ok(_) | Err(Error::AlreadyExists { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    if price_books::find_global(&plane.store.fleet_read(permit)).await?.is_some() {
        return Ok(());
    }
    let mut lines = Vec::new();
    for (meter, price, per) in PRICES {
        lines.push(NewLine { plan: None, meter, unit_price: text(price)?, per, stopped: false });
    }
    price_book::publish(plane, permit, text("CNY")?, &lines, None).await?;
    Ok(())
}

/// Makes the key that the demo's licence is signed with, if it is missing. To be called before the
/// plane is opened, which then trusts it.
///
/// # Errors
/// If it cannot be written.
pub fn prepare(home: &Home, random: &dyn Random) -> Result {
    if !home.path(ISSUER).exists() {
        keygen(&home.path("keys"), random)?;
    }
    Ok(())
}

async fn license(console: &Console) -> Result {
    let Console { plane, permit, home, .. } = console;
    let key = read_key(&home.path(ISSUER))?;
    let terms = Terms {
        id: "demo".to_owned(),
        installation: plane.settings.installation.clone(),
        tenant: None,
        unit: Unit::Member,
        packages: Packages::All(Star::Star),
        count: LICENSED_MEMBERS,
        not_before: plane.clock.now(),
        not_after: None,
    };
    licence::install(plane, permit, &file(&key, &terms)).await?;
    Ok(())
}

async fn person(
    console: &Console,
    tenant: Option<TenantId>,
    name: &str,
    title: &str,
    roles: &[(Role, Node)],
) -> Result {
    let Console { plane, permit, .. } = console;
    let mut known = subject::named(plane, permit, name).await?;
    known.retain(|subject| subject.tenant_id == tenant);
    let id: SubjectId = match known.first() {
        Some(subject) => subject.id,
        None => subject::create(plane, permit, tenant, &text(name)?, &text(title)?).await?,
    };
    let held = binding::of_subject(&plane.store.fleet_read(permit), id).await?;
    for (role, node) in roles {
        let (role_text, node_text) = (role.to_string(), node.to_string());
        if held.iter().any(|held| held.role == role_text && held.node == node_text) {
            continue;
        }
        subject::bind(plane, permit, tenant, id, *role, *node).await?;
    }
    Ok(())
}

fn text<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error| CommandError::Input(format!("{text}: {error}")))
}

//! `sign-in`: a link that signs somebody in once.

use control_plane_core::{sign_in, subject};
use control_plane_store::tenant;

use crate::command::{CommandError, Console, Result, print};

/// Whom to sign in.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Name of the user
    #[arg(long = "as", value_name = "USER")]
    user: String,
    /// Name of the user's tenant, where several have a user of this name
    #[arg(long)]
    tenant: Option<String>,
}

/// Prints the link.
pub async fn run(console: &Console, arguments: &Arguments) -> Result {
    let link = link(console, &arguments.user, arguments.tenant.as_deref()).await?;
    print(link)
}

/// Makes a link.
///
/// # Errors
/// If there is no such user, or more than one.
pub async fn link(console: &Console, user: &str, tenant: Option<&str>) -> Result<String> {
    let Console { plane, permit, .. } = console;
    let mut found = subject::named(plane, permit, user).await?;
    if let Some(name) = tenant {
        let reader = plane.store.fleet_read(permit);
        let tenant = tenant::find_by_name(&reader, name).await?;
        let tenant =
            tenant.ok_or_else(|| CommandError::Input(format!("there is no tenant {name}")))?;
        found.retain(|subject| subject.tenant_id == Some(tenant.id));
    }
    if found.is_empty() {
        return Err(CommandError::Input(format!("there is no user {user}")));
    }
    let found = subject::only(found)?;
    let code = sign_in::create_code(plane, found.id).await?;
    Ok(format!("{}/sign-in#{}", console.addresses.http, code.code.reveal()))
}

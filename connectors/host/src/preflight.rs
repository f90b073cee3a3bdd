//! Looks at this host before anything is installed, without changing it.

use catalog::recipe::Medium;
use connectors::preflight::{self, Check, Need};
use connectors::runtime::ConnectorError;
use connectors_host_shim::claim::{self, Kind};

use crate::config::HostConfig;
use crate::failure::{self, blocking};
use crate::{fact, media, place};

/// What was found, or why it is not enough.
pub async fn look(
    config: &HostConfig,
    check: Check,
    need: &Need,
) -> Result<String, ConnectorError> {
    if check == Check::Medium {
        return medium(config, &need.medium).await;
    }
    let (config, need) = (config.clone(), need.clone());
    blocking(move || {
        let facts =
            || fact::of_host(&config.root).map_err(|error| failure::io("look at the host", &error));
        match check {
            Check::Architecture => {
                let own = preflight::debian_architecture(std::env::consts::ARCH);
                preflight::architecture(own, &need)
            }
            Check::Memory => preflight::memory(&facts()?, &need),
            Check::Disk => preflight::disk(&facts()?, &need),
            Check::User => users(&config, &need),
            Check::Port | Check::Medium => ports(&config, &need),
        }
    })
    .await
}

async fn medium(config: &HostConfig, medium: &Medium) -> Result<String, ConnectorError> {
    let name = format!("{} {}", medium.package, medium.software_version);
    if let Some(installed) = media::find(&config.media, medium)? {
        return Ok(format!("{name} is here as {}", installed.software().version));
    }
    let version = media::offered(&config.media, medium).await?;
    Ok(format!("{name} is offered as {version}"))
}

fn users(config: &HostConfig, need: &Need) -> Result<String, ConnectorError> {
    let failed = |error| failure::io("count free users", &error);
    let named = place::named_users().map_err(failed)?;
    let is_free = |user| place::is_nobody(&named, user);
    let free =
        claim::count(&config.claims, Kind::User, config.users.clone(), need.members, &is_free);
    let range = (*config.users.start(), *config.users.end());
    preflight::numbers("NO_FREE_USER", "user ids", free.map_err(failed)?, range, need)
}

fn ports(config: &HostConfig, need: &Need) -> Result<String, ConnectorError> {
    let range = (u32::from(*config.ports.start()), u32::from(*config.ports.end()));
    let is_free = |number| {
        u16::try_from(number).is_ok_and(|port| place::nobody_listens(config.bind_address, port))
    };
    let free = claim::count(&config.claims, Kind::Port, range.0..=range.1, need.members, &is_free);
    let free = free.map_err(|error| failure::io("count free ports", &error))?;
    preflight::numbers("NO_FREE_PORT", "ports", free, range, need)
}

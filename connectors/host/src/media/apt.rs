//! Finds and fetches Debian packages by apt, which checks them against its signed lists.
//!
//! apt is asked, never told to install: it shows versions, says what would be missing, downloads.

use std::path::Path;
use std::time::Duration;

use catalog::recipe::Medium;
use connectors::runtime::{ConnectorError, StepLog};

use crate::failure;

const APT_TIME: Duration = Duration::from_secs(600);

/// A package in a version that the sources offer, with the digest from the signed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Its name.
    pub name: String,
    /// Its version, with the epoch.
    pub version: String,
    /// Lower-case hex SHA-256 of its file.
    pub sha256: String,
}

/// What a program said.
struct Said {
    is_fine: bool,
    out: String,
    err: String,
}

/// Fetches the medium's packages, and those they need that this host has not, into the folder.
/// The lists are fetched again if what is wanted cannot be found or fetched by the present ones.
pub async fn fetch(
    medium: &Medium,
    folder: &Path,
    log: &dyn StepLog,
) -> Result<Vec<Chosen>, ConnectorError> {
    if let Ok(chosen) = attempt(medium, folder, log).await {
        return Ok(chosen);
    }
    log.line("fetching the lists of the package sources");
    let update = apt(&["apt-get", "update"], folder).await?;
    let is_reached = update.is_fine && !update.err.contains("Failed to fetch");
    match attempt(medium, folder, log).await {
        // With old lists nobody can say that something is not offered.
        Err(ConnectorError::Refused { .. }) if !is_reached => Err(unreachable(&update)),
        result => result,
    }
}

/// The version of the main package that would be fetched. Nothing is fetched but, if it cannot be
/// found by the present ones, the lists.
pub async fn offered(medium: &Medium, folder: &Path) -> Result<String, ConnectorError> {
    let choose = || choose(&medium.main_package, Some(&medium.version_prefix), None, folder);
    if let Ok(chosen) = choose().await {
        return Ok(chosen.version);
    }
    let update = apt(&["apt-get", "update"], folder).await?;
    let is_reached = update.is_fine && !update.err.contains("Failed to fetch");
    match choose().await {
        // With old lists nobody can say that something is not offered.
        Err(ConnectorError::Refused { .. }) if !is_reached => Err(unreachable(&update)),
        chosen => chosen.map(|chosen| chosen.version),
    }
}

async fn attempt(
    medium: &Medium,
    folder: &Path,
    log: &dyn StepLog,
) -> Result<Vec<Chosen>, ConnectorError> {
    let mut chosen = Vec::new();
    let main = choose(&medium.main_package, Some(&medium.version_prefix), None, folder).await?;
    for name in &medium.debian_packages {
        if *name != main.name {
            chosen.push(choose(name, None, Some(&main.version), folder).await?);
        }
    }
    chosen.push(main);
    for name in missing(&chosen, folder).await? {
        chosen.push(choose(&name, None, None, folder).await?);
    }
    let wanted: Vec<String> =
        chosen.iter().map(|package| format!("{}={}", package.name, package.version)).collect();
    log.line(&format!("downloading {}", wanted.join(", ")));
    let mut line = vec!["apt-get", "download"];
    line.extend(wanted.iter().map(String::as_str));
    let said = apt(&line, folder).await?;
    if !said.is_fine && said.err.contains("could not be authenticated") {
        let message = "the package source is not signed by a key that this host trusts";
        return Err(failure::refused("MEDIUM_NOT_TRUSTED", message));
    }
    if said.is_fine { Ok(chosen) } else { Err(unreachable(&said)) }
}

/// The version to take: one with the prefix, else one that equals the other's, else apt's first.
async fn choose(
    name: &str,
    prefix: Option<&str>,
    like: Option<&str>,
    folder: &Path,
) -> Result<Chosen, ConnectorError> {
    let said = apt(&["apt-cache", "show", name], folder).await?;
    let offered = parse_offers(&said.out, name);
    if offered.is_empty() {
        return Err(failure::refused(
            "PACKAGE_NOT_FOUND",
            format!("the package sources of this host have no package {name}"),
        ));
    }
    let Some(prefix) = prefix else {
        let same = offered.iter().find(|offer| like == Some(offer.version.as_str()));
        return Ok(same.unwrap_or(&offered[0]).clone());
    };
    let fits = offered.iter().find(|offer| without_epoch(&offer.version).starts_with(prefix));
    fits.cloned().ok_or_else(|| {
        let versions: Vec<&str> = offered.iter().map(|offer| offer.version.as_str()).collect();
        let versions = versions.join(", ");
        failure::refused(
            "VERSION_NOT_OFFERED",
            format!("{name} {prefix}* is wanted; the package sources of this host have {versions}"),
        )
    })
}

/// Packages that the chosen ones need and this host has not. Only asked: nothing is installed.
async fn missing(chosen: &[Chosen], folder: &Path) -> Result<Vec<String>, ConnectorError> {
    let wanted: Vec<String> =
        chosen.iter().map(|package| format!("{}={}", package.name, package.version)).collect();
    let mut line =
        vec!["apt-get", "--simulate", "--no-install-recommends", "--allow-downgrades", "install"];
    line.extend(wanted.iter().map(String::as_str));
    let said = apt(&line, folder).await?;
    if !said.is_fine {
        let why = last_line(&said);
        return Err(failure::refused(
            "DEPENDENCIES_NOT_MET",
            format!("apt finds no way to satisfy what {} need: {why}", wanted.join(", ")),
        ));
    }
    let mut names = parse_missing(&said.out);
    names.retain(|name| chosen.iter().all(|package| package.name != *name));
    Ok(names)
}

async fn apt(line: &[&str], folder: &Path) -> Result<Said, ConnectorError> {
    let mut command = tokio::process::Command::new(line[0]);
    command
        .args(["-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2"])
        .args(["-o", "Acquire::http::Timeout=30", "-o", "Acquire::https::Timeout=30"])
        .args(["-o", "APT::Get::AllowUnauthenticated=false"])
        .args(["-o", "Acquire::AllowInsecureRepositories=false"])
        .args(&line[1..])
        .env("LC_ALL", "C")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .current_dir(folder)
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(APT_TIME, command.output())
        .await
        .map_err(|_| failure::unavailable("PACKAGE_SOURCE_UNREACHABLE", "apt took too long"))?
        .map_err(|error| failure::io(&format!("run {}", line[0]), &error))?;
    Ok(Said {
        is_fine: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn unreachable(said: &Said) -> ConnectorError {
    if said.err.contains("No space left on device") {
        let message = format!("fetch the product: {}", last_line(said));
        return failure::unavailable("DISK_FULL", message);
    }
    failure::unavailable(
        "PACKAGE_SOURCE_UNREACHABLE",
        format!("the package sources of this host do not answer: {}", last_line(said)),
    )
}

fn last_line(said: &Said) -> String {
    let lines = said.err.lines().chain(said.out.lines());
    let mut errors = lines.filter(|line| line.starts_with("E: ") || line.starts_with("W: "));
    errors.next_back().map_or_else(|| "apt gave no reason".to_owned(), |line| line[3..].to_owned())
}

fn without_epoch(version: &str) -> &str {
    version.split_once(':').map_or(version, |(_, rest)| rest)
}

/// Reads `apt-cache show`. Versions that are only installed have no digest and cannot be fetched.
fn parse_offers(text: &str, name: &str) -> Vec<Chosen> {
    let mut offers = Vec::new();
    for paragraph in text.split("\n\n") {
        let field = |key: &str| paragraph.lines().find_map(|line| line.strip_prefix(key));
        let own = field("Package: ") == Some(name);
        if let (true, Some(version), Some(sha256)) = (own, field("Version: "), field("SHA256: ")) {
            let (name, version, sha256) = (name.to_owned(), version.to_owned(), sha256.to_owned());
            offers.push(Chosen { name, version, sha256 });
        }
    }
    offers
}

/// Reads the names of what `apt-get --simulate install` would install.
fn parse_missing(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("Inst "));
    lines.filter_map(|rest| rest.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offered_versions_are_chosen() {
        let text = "Package: redis-server\nVersion: 5:7.0.15-1\nStatus: install ok installed\n\n\
                    Package: redis-server\nVersion: 5:7.0.14-1\nSHA256: abc\n\n\
                    Package: redis\nVersion: 5:7.0.14-1\nSHA256: def\n";
        let expected = Chosen {
            name: "redis-server".to_owned(),
            version: "5:7.0.14-1".to_owned(),
            sha256: "abc".to_owned(),
        };
        assert_eq!(parse_offers(text, "redis-server"), [expected]);
        assert_eq!(parse_offers("", "redis-server"), []);
    }

    #[test]
    fn a_source_that_is_away_and_a_full_disk_are_told_apart() {
        let code = |err: &str| {
            let said = Said { is_fine: false, out: String::new(), err: err.to_owned() };
            match unreachable(&said) {
                ConnectorError::Unavailable { code, message } => (code, message),
                other => panic!("worth another try, not {other}"),
            }
        };
        let (away, why) = code("E: Failed to fetch http://mirror/x  Connection refused\n");
        assert_eq!(
            (away, why.contains("Connection refused")),
            ("PACKAGE_SOURCE_UNREACHABLE", true)
        );
        let (full, _) = code("E: Write error - write (28: No space left on device)\n");
        assert_eq!(full, "DISK_FULL");
    }

    #[test]
    fn the_epoch_is_no_part_of_a_prefix() {
        assert_eq!(without_epoch("5:7.0.15-1~deb12u10"), "7.0.15-1~deb12u10");
        assert_eq!(without_epoch("2.31-1"), "2.31-1");
    }

    #[test]
    fn what_is_missing_is_read_from_a_simulation() {
        let text = "NOTE: This is only a simulation!\n\
                    Inst libjemalloc2 (5.3.0-1 Debian:12.5/stable [amd64])\n\
                    Inst libx [1.0] (1.1 Debian:12.5/stable [amd64])\n\
                    Conf libjemalloc2 (5.3.0-1 Debian:12.5/stable [amd64])\n";
        assert_eq!(parse_missing(text), ["libjemalloc2", "libx"]);
    }
}

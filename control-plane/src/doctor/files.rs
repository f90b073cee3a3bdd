//! The home directory: whose it is, who may read it, what is left of its disk, its keys.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use types::instant::Instant;

use crate::config::Config;
use crate::doctor::{Findings, chain};
use crate::home::Home;

/// Less is too little for a day of work and a backup.
const DISK_WARNING: u64 = 2 * 1024 * 1024 * 1024;
/// Less and the next write may fail.
const DISK_ERROR: u64 = 200 * 1024 * 1024;
/// An authority that ends sooner has to be replaced now, since every agent has to enrol again.
const AUTHORITY_ENDS: Duration = Duration::from_secs(180 * 24 * 3600);

/// Whether there is a home to look into.
pub fn of_home(path: &Path, findings: &mut Findings) -> bool {
    let shown = path.display();
    let found = match fs::metadata(path) {
        Ok(found) if found.is_dir() => found,
        Ok(_) => {
            findings.error("home", format!("{shown} is no directory"), "give another --home");
            return false;
        }
        Err(error) => {
            let advice = "give the --home of the plane, or start the plane, which makes it";
            findings.error("home", format!("{shown}: {error}"), advice);
            return false;
        }
    };
    let (owner, we) = (found.uid(), rustix::process::geteuid().as_raw());
    let mode = found.permissions().mode() & 0o777;
    if owner != we {
        let told = format!("{shown} belongs to user {owner}, this is user {we}");
        findings.warning("home", told, "run doctor and plane as the same user");
    } else if mode & 0o077 != 0 {
        let told = format!("{shown} has mode {mode:o}: others can look into it");
        findings.warning("home", told, format!("run `chmod 700 {shown}`"));
    } else {
        findings.ok("home", format!("{shown}, user {owner}, mode {mode:o}"));
    }
    disk(path, findings);
    true
}

fn disk(path: &Path, findings: &mut Findings) {
    let free = match rustix::fs::statvfs(path) {
        Ok(seen) => seen.f_bavail.saturating_mul(seen.f_frsize),
        Err(error) => {
            return findings.warning("disk", error.to_string(), "look at the disk of the home");
        }
    };
    let told = format!("{} MiB are free", free / (1024 * 1024));
    let advice = "make room on the disk of the home directory; without it nothing can be written";
    if free < DISK_ERROR {
        findings.error("disk", told, advice);
    } else if free < DISK_WARNING {
        findings.warning("disk", told, advice);
    } else {
        findings.ok("disk", told);
    }
}

/// Whether all files are there that the plane would else make anew.
pub fn keys(home: &Home, config: &Config, now: Instant, findings: &mut Findings) -> bool {
    let mut are_good = true;
    for (name, file) in [("keys.master", "keys/master.key"), ("keys.ca", "keys/ca.key")] {
        are_good &= secret_file(name, file, home, findings);
    }
    if config.licence.installation.is_empty() {
        are_good &= secret_file("installation", "installation", home, findings);
    }
    authority(home, now, findings);
    if let Err(error) = home.licence_issuers(config) {
        let advice = "correct `licence.issuers`, or put the file there";
        findings.error("licence.issuers", chain(&error), advice);
        are_good = false;
    }
    are_good
}

fn secret_file(name: &'static str, file: &str, home: &Home, findings: &mut Findings) -> bool {
    let path = home.path(file);
    let shown = path.display();
    let length = fs::read(&path).map(|bytes| bytes.len());
    let mode = fs::metadata(&path).map(|found| found.permissions().mode() & 0o777);
    match (length, mode) {
        (Ok(length), Ok(mode)) if mode & 0o077 != 0 => {
            let told = format!("{shown} ({length} bytes) has mode {mode:o}: others can read it");
            findings.error(name, told, format!("run `chmod 600 {shown}`; the plane refuses it"));
            false
        }
        (Ok(length), _) if name == "keys.master" && length != 32 => {
            let advice = "restore it from a backup; a new key opens no old secret";
            findings.error(name, format!("{shown} has {length} bytes, not 32"), advice);
            false
        }
        (Ok(_), _) => {
            findings.ok(name, format!("{shown} can be read by its owner alone"));
            true
        }
        (Err(error), _) => {
            let advice = "restore it from a backup; a plane that never ran makes it at its start";
            findings.error(name, format!("{shown}: {error}"), advice);
            false
        }
    }
}

fn authority(home: &Home, now: Instant, findings: &mut Findings) {
    let name = "ca";
    let path = home.path("keys/ca.pem");
    let advice = "restore keys/ca.pem and keys/ca.key from a backup; with others every agent has \
                  to enrol again";
    let read = fs::read(&path).map_err(|error| error.to_string());
    let read = read.and_then(|pem| {
        CertificateDer::from_pem_slice(&pem).map_err(|_| "it holds no certificate".to_owned())
    });
    let der = match read {
        Ok(der) => der,
        Err(told) => return findings.error(name, format!("{}: {told}", path.display()), advice),
    };
    let Ok((_, parsed)) = x509_parser::parse_x509_certificate(&der) else {
        return findings.error(name, "the certificate is damaged", advice);
    };
    let end = Instant::from_seconds(parsed.validity().not_after.timestamp());
    let begin = Instant::from_seconds(parsed.validity().not_before.timestamp());
    let renew = "plan for a new authority: every agent has to enrol again";
    if end <= now {
        findings.error(name, format!("it ended at {end}"), renew);
    } else if begin > now {
        let told = format!("it begins at {begin}, which is to come");
        findings.error(name, told, "set the clock of this machine");
    } else if end.since(now) < AUTHORITY_ENDS {
        findings.warning(name, format!("it ends at {end}"), renew);
    } else {
        findings.ok(name, format!("good until {end}"));
    }
}

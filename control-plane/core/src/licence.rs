//! Licences: signed files that say how many units may exist. They add up; running things are never
//! stopped by them.

use std::collections::BTreeSet;

use control_plane_store::licence::{self, Licence};
use control_plane_store::member;
use control_plane_store::{InTenant, StoreError, TenantTx};
use data_encoding::BASE64;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use types::id::TenantId;
use types::instant::Instant;

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::plane::Plane;

/// The signed part of a licence file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Identifies the licence; the same one twice counts once.
    pub id: String,
    /// The installation it is for.
    pub installation: String,
    /// The tenant it is for; none for all.
    pub tenant: Option<TenantId>,
    /// What is counted.
    pub unit: Unit,
    /// The packages it may be used for.
    pub packages: Packages,
    /// How many units.
    pub count: u32,
    /// From when on.
    pub not_before: Instant,
    /// Until when; none for ever.
    pub not_after: Option<Instant>,
}

/// What a licence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Processes of instances.
    Member,
    /// Instances.
    Instance,
}

/// The packages a licence may be used for: a list, or `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Packages {
    /// These.
    Listed(BTreeSet<String>),
    /// All: the text `*`.
    All(Star),
}

/// The text `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Star {
    /// The only one.
    #[serde(rename = "*")]
    Star,
}

/// A licence file: the terms as the exact text that was signed, and the signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedLicence {
    /// JSON of [`Terms`], as text, so that no re-formatting can touch what was signed.
    pub licence: String,
    /// Base64 of the Ed25519 signature over the bytes of that text.
    pub signature: String,
}

/// How much of the licences is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Units that exist.
    pub used: i64,
    /// Units that may exist.
    pub limit: i64,
    /// When the first of the counted licences ends.
    pub not_after: Option<Instant>,
}

/// Checks a licence file: format, signature, installation.
pub fn verify(file: &str, issuers: &[[u8; 32]], installation: &str) -> Result<Terms> {
    let wrong = |problem, message| Error::invalid("licence", problem, message);
    let signed: SignedLicence = serde_json::from_str(file).map_err(|_| {
        wrong("malformed", "this is not a licence file; use the file as it was issued")
    })?;
    let bytes = BASE64.decode(signed.signature.as_bytes()).unwrap_or_default();
    let signature = Signature::from_slice(&bytes).map_err(|_| {
        wrong("signature", "the signature is malformed; use the file as it was issued")
    })?;
    let text = signed.licence.as_bytes();
    let good = issuers
        .iter()
        .filter_map(|issuer| VerifyingKey::from_bytes(issuer).ok())
        .any(|issuer| issuer.verify_strict(text, &signature).is_ok());
    if !good {
        return Err(wrong("signature", "no known issuer signed this licence; nothing was changed"));
    }
    let terms: Terms = serde_json::from_str(&signed.licence)
        .map_err(|_| wrong("malformed", "the licence's terms cannot be read by this version"))?;
    if terms.installation != installation {
        return Err(wrong("installation", "this licence was issued for another installation"));
    }
    Ok(terms)
}

/// Whether the terms hold at the instant for the tenant and the package.
fn holds(terms: &Terms, tenant: TenantId, package: Option<&str>, now: Instant) -> bool {
    let of_tenant = terms.tenant.is_none_or(|of| of == tenant);
    let of_package = match (&terms.packages, package) {
        (Packages::All(_), _) | (_, None) => true,
        (Packages::Listed(names), Some(package)) => names.contains(package),
    };
    let begun = terms.not_before <= now && terms.not_after.is_none_or(|end| now < end);
    of_tenant && of_package && begun
}

/// Adds up what the licences allow at the instant.
pub fn count(
    licences: &[Terms],
    used: i64,
    tenant: TenantId,
    package: Option<&str>,
    now: Instant,
) -> Use {
    let counted: Vec<_> =
        licences.iter().filter(|terms| holds(terms, tenant, package, now)).collect();
    Use {
        used,
        limit: counted.iter().map(|terms| i64::from(terms.count)).sum(),
        not_after: counted.iter().filter_map(|terms| terms.not_after).min(),
    }
}

/// Installs a licence file for everybody it names. Installed twice, it counts once.
pub async fn install(
    plane: &Plane,
    permit: &policies::permit::FleetPermit,
    file: &str,
) -> Result<Terms> {
    let terms = verify(file, &plane.settings.licence_issuers, &plane.settings.installation)?;
    if terms.unit != Unit::Member || !matches!(terms.packages, Packages::All(_)) {
        let message = "this version counts members over all packages; ask for such a licence";
        return Err(Error::invalid("licence", "unsupported", message));
    }
    let tx = plane.store.fleet(permit).await?;
    let row = Licence {
        id: terms.id.clone(),
        tenant_id: terms.tenant,
        content: file.to_owned(),
        unit: "member".to_owned(),
        packages: "\"*\"".to_owned(),
        count: i64::from(terms.count),
        not_before: terms.not_before,
        not_after: terms.not_after,
        installed_at: plane.clock.now(),
    };
    match licence::insert(&tx, row).await {
        Ok(()) => {
            audit::fleet(&tx, plane, "installLicence", &terms.id).await?;
            tx.commit().await?;
        }
        // The same file a second time counts once.
        Err(StoreError::Conflict { .. }) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(terms)
}

fn terms(rows: Vec<Licence>) -> Vec<Terms> {
    let parse = |row: Licence| {
        let signed: SignedLicence = serde_json::from_str(&row.content).ok()?;
        serde_json::from_str(&signed.licence).ok()
    };
    rows.into_iter().filter_map(parse).collect()
}

/// What the caller's tenant uses and may use.
pub async fn of_tenant(call: &Call) -> Result<Use> {
    let tenant = call.tenant()?;
    // The licence is the tenant's, so it is counted over all of it, whoever asks.
    let scope = policies::permit::task_scope(policies::permit::Task::Observe, tenant);
    let reader = call.plane().store.read(&scope);
    let used = member::count_live(&reader).await?;
    let licences = terms(licence::list(&reader).await?);
    Ok(count(&licences, used, tenant, None, call.now()))
}

/// What all tenants use and may use, and which installed files do not hold any more.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// By the tenants' names, in order.
    pub tenants: Vec<(String, Use)>,
    /// Files whose signature or installation is not right.
    pub broken: Vec<Broken>,
}

/// An installed file that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The licence.
    pub id: String,
    /// Why, in a sentence.
    pub problem: String,
}

/// Counts over all tenants, for whoever operates the installation.
pub async fn uses(plane: &Plane, permit: &policies::permit::FleetPermit) -> Result<Uses> {
    let fleet = plane.store.fleet_read(permit);
    let (issuers, installation) = (&plane.settings.licence_issuers, &plane.settings.installation);
    let broken = |row: &Licence| {
        let problem = verify(&row.content, issuers, installation).err()?.to_string();
        Some(Broken { id: row.id.clone(), problem })
    };
    let broken = licence::all(&fleet).await?.iter().filter_map(broken).collect();
    let mut tenants = Vec::new();
    for row in control_plane_store::tenant::all(&fleet).await? {
        let scope = policies::permit::task_scope(policies::permit::Task::Observe, row.id);
        let reader = plane.store.read(&scope);
        let used = member::count_live(&reader).await?;
        let licences = terms(licence::list(&reader).await?);
        tenants.push((row.name, count(&licences, used, row.id, None, plane.clock.now())));
    }
    tenants.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(Uses { tenants, broken })
}

/// How many units the tenant's licences allow together. Read behind the tenant's lock, so that two
/// orders at once never pass it together.
pub(crate) async fn limit(tx: &TenantTx, now: Instant) -> Result<i64> {
    let licences = terms(licence::list(tx).await?);
    Ok(count(&licences, 0, tx.tenant(), None, now).limit)
}

/// Makes sure that what there is with the `added` units is within the limit.
pub(crate) fn admit(limit: i64, with_added: i64, added: i64) -> Result<()> {
    if with_added > limit {
        let used = with_added - added;
        return Err(Error::LimitReached { at: "licence".to_owned(), limit, used, added });
    }
    Ok(())
}

/// Members that live and how many all licences of the tenant allow together, if the former are
/// more. Licences that are over count too: their end stops nothing.
pub(crate) async fn excess(tx: &dyn InTenant) -> Result<Option<(i64, i64)>> {
    let used: i64 = member::count_live(tx).await?;
    let limit = licence::list(tx).await?.iter().map(|row| row.count).sum();
    Ok((used > limit).then_some((used, limit)))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn file(key: &SigningKey, count: u32, installation: &str) -> String {
        let terms = Terms {
            id: "lic-1".to_owned(),
            installation: installation.to_owned(),
            tenant: None,
            unit: Unit::Member,
            packages: Packages::All(Star::Star),
            count,
            not_before: Instant::from_seconds(100),
            not_after: Some(Instant::from_seconds(200)),
        };
        let licence = serde_json::to_string(&terms).expect("terms have a JSON form");
        let signature = BASE64.encode(&key.sign(licence.as_bytes()).to_bytes());
        serde_json::to_string(&SignedLicence { licence, signature }).expect("a file")
    }

    #[track_caller]
    fn check(file: &str, problem: Option<&str>) {
        let issuer = SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
        let found = match verify(file, &[issuer], "here") {
            Ok(_) => None,
            Err(Error::Invalid(problems)) => {
                problems.first().map(|problem| problem.problem.clone())
            }
            Err(other) => panic!("{other}"),
        };
        assert_eq!(found.as_deref(), problem);
    }

    #[test]
    fn only_the_issuers_own_unaltered_file_for_this_installation_is_taken() {
        let key = SigningKey::from_bytes(&[1; 32]);
        check(&file(&key, 20, "here"), None);
        check(&file(&SigningKey::from_bytes(&[2; 32]), 20, "here"), Some("signature"));
        check(&file(&key, 20, "here").replace("20", "90"), Some("signature"));
        check(&file(&key, 20, "elsewhere"), Some("installation"));
        check("{}", Some("malformed"));
        check("", Some("malformed"));
    }

    #[test]
    fn licences_add_up_while_they_hold() {
        let terms = |from, to| Terms {
            id: String::new(),
            installation: String::new(),
            tenant: None,
            unit: Unit::Member,
            packages: Packages::All(Star::Star),
            count: 10,
            not_before: Instant::from_seconds(from),
            not_after: Some(Instant::from_seconds(to)),
        };
        let licences = [terms(0, 100), terms(50, 200)];
        let limit = |at| {
            let tenant = TenantId::from(uuid::Uuid::nil());
            count(&licences, 3, tenant, Some("redis"), Instant::from_seconds(at)).limit
        };
        assert_eq!((limit(10), limit(60), limit(100), limit(200)), (10, 20, 10, 0));
    }
}

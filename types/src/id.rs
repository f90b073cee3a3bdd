//! Typed ids: UUIDv7 inside, a prefix and 26 characters of base32 outside.
//!
//! The alphabet is base32hex in lower case (RFC 4648 §7), which keeps the order of the bytes, so
//! ids of one kind sort by the time they were made, as text and as bytes alike.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE32_DNSSEC;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A text that is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id like {prefix}_ and 26 characters")]
pub struct IdError {
    /// What the expected kind of id begins with, without the underscore.
    pub prefix: &'static str,
}

fn encode(prefix: &str, id: Uuid, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(out, "{prefix}_{}", BASE32_DNSSEC.encode(id.as_bytes()))
}

fn decode(prefix: &'static str, text: &str) -> Result<Uuid, IdError> {
    let wrong = IdError { prefix };
    let body = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    let body = body.filter(|body| body.len() == 26).ok_or(wrong.clone())?;
    // The decoder takes upper case too; an id has exactly one spelling.
    if body.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(wrong);
    }
    let bytes = BASE32_DNSSEC.decode(body.as_bytes()).map_err(|_| wrong.clone())?;
    Uuid::from_slice(&bytes).map_err(|_| wrong)
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
        pub struct $name(Uuid);

        impl $name {
            /// What the text form begins with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Makes the next id of this kind from the given source.
            pub fn next(ids: &dyn Ids) -> Self {
                Self(ids.next())
            }

            /// The id inside, for keys that are derived from it.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        #[cfg(feature = "db")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                // Ids are made by us and never by a database.
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                encode($prefix, self.0, out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                encode($prefix, self.0, out)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                decode($prefix, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

typed_ids! {
    /// A customer of the installation.
    TenantId = "ten";
    /// A node of a tenant's tree.
    OrganizationId = "org";
    /// A move in the tree that was entered for an instant to come.
    PlannedMoveId = "pmv";
    /// A container of resources below an organization.
    ProjectId = "prj";
    /// A person or program that can be given roles.
    SubjectId = "sub";
    /// Subjects that are given roles together.
    GroupId = "grp";
    /// A role that a tenant made.
    RoleId = "rol";
    /// A role given to a subject or a group at a node.
    BindingId = "bnd";
    /// A signed-in browser or command line.
    SessionId = "ses";
    /// An OpenID provider that people of a tenant sign in through.
    IdentityProviderId = "idp";
    /// A token that a program signs in with.
    TokenId = "tok";
    /// A cloud or site with an agent of its own.
    CellId = "cel";
    /// One opening of the conversation between an agent and the plane.
    AgentSessionId = "ags";
    /// A package published to tenants.
    OfferingId = "off";
    /// A size-and-price option of an offering.
    PlanId = "pln";
    /// What a user orders, names, pays for and deletes.
    InstanceId = "ins";
    /// One process of an instance.
    MemberId = "mbr";
    /// The storage of one member.
    VolumeId = "vol";
    /// A mutation that was asked for and waits for an approval.
    ApprovalId = "apr";
    /// What says that something takes an approval.
    ApprovalRuleId = "arl";
    /// What belongs together below an organization.
    ApplicationId = "app";
    /// A tracked run of work.
    OperationId = "op";
    /// A list of prices of the installation, a tenant or an organization.
    PriceBookId = "pbk";
    /// One version of a price book.
    PriceVersionId = "prv";
    /// One line of a version of a price book.
    PriceLineId = "prl";
    /// Prepaid money of a tenant.
    CreditId = "crd";
    /// One request, as its error messages and log lines name it.
    RequestId = "req";
}

/// Where new ids come from. An input, so that a story can be replayed.
pub trait Ids: Send + Sync {
    /// The next id; never the same twice.
    fn next(&self) -> Uuid;
}

/// Ids from the machine's clock and its random numbers (RFC 9562, version 7).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A resource that usage and states are reported for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceId {
    /// A whole instance.
    Instance(InstanceId),
    /// One member of an instance.
    Member(MemberId),
    /// The storage of a member.
    Volume(VolumeId),
}

impl ResourceId {
    /// The kind as the billing export writes it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Instance(_) => "instance",
            Self::Member(_) => "member",
            Self::Volume(_) => "volume",
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance(id) => id.fmt(out),
            Self::Member(id) => id.fmt(out),
            Self::Volume(id) => id.fmt(out),
        }
    }
}

impl FromStr for ResourceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once('_').map(|(prefix, _)| prefix) {
            Some(InstanceId::PREFIX) => text.parse().map(Self::Instance),
            Some(VolumeId::PREFIX) => text.parse().map(Self::Volume),
            _ => text.parse().map(Self::Member),
        }
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = InstanceId::next(&SystemIds);
        let text = id.to_string();
        assert_eq!(text.len(), 30);
        assert_eq!(text.parse::<InstanceId>(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = MemberId::next(&SystemIds).to_string();
        assert_eq!(text.parse::<InstanceId>(), Err(IdError { prefix: "ins" }));
        assert_eq!(text.parse::<ResourceId>().map(|id| id.kind()), Ok("member"));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let text = InstanceId::next(&SystemIds).to_string();
        let shouted = format!("ins_{}", text[4..].to_uppercase());
        assert!(shouted.parse::<InstanceId>().is_err());
        assert!(format!("{text}0").parse::<InstanceId>().is_err());
        assert!("ins_".parse::<InstanceId>().is_err());
    }

    #[test]
    fn later_ids_sort_behind_earlier_ones() {
        let (first, second) = (OperationId::next(&SystemIds), OperationId::next(&SystemIds));
        assert!(first < second);
        assert!(first.to_string() < second.to_string());
    }
}

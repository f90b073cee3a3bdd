//! The register of assets.

use serde::{Deserialize, Serialize};

use super::Reference;
use super::instance::Endpoint;
use super::offering::Size;
use crate::page::Page;

documents! {
    /// What ran where at an instant.
    ListAssets = "assets", "assetRegister" (AssetsOf) -> AssetRegister;
    /// How many of each there were.
    AskAssetCounts = "asset-counts", "assetRegister" (CountsOf) -> AssetCounts;
}

/// One page of the register of an instant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AssetsOf {
    pub at: Option<String>,
    pub filter: AssetFilter,
    pub first: u32,
    pub after: Option<String>,
}

/// The counts of an instant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CountsOf {
    pub at: Option<String>,
    pub filter: AssetFilter,
}

/// Which assets.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AssetFilter {
    pub organization: Option<String>,
    pub project: Option<String>,
    pub package: Option<String>,
}

/// A page and the instant that it tells of.
#[derive(Debug, Serialize, Deserialize)]
pub struct AssetRegister {
    pub at: String,
    pub assets: Page<Asset>,
}

/// The counts and the instant that they tell of.
#[derive(Debug, Serialize, Deserialize)]
pub struct AssetCounts {
    pub at: String,
    pub counts: Vec<AssetCount>,
}

/// A member as it was.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asset {
    pub member: String,
    pub name: String,
    pub instance: String,
    pub instance_name: String,
    pub project: String,
    pub project_name: String,
    pub organization: Option<String>,
    pub path: Vec<String>,
    pub package: String,
    pub package_version: String,
    pub software_version: String,
    pub installed_version: Option<String>,
    pub plan: Option<Reference>,
    pub size: Size,
    pub role: String,
    pub cell: String,
    pub endpoint: Option<Endpoint>,
    pub state: String,
    pub since: String,
    pub unknown_since: Option<String>,
}

/// How many members had all this in common.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetCount {
    pub organization: Option<String>,
    pub path: Vec<String>,
    pub package: String,
    pub package_version: String,
    pub software_version: String,
    pub state: String,
    pub members: i64,
}

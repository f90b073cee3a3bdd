//! Everything that lives as long as the process and that decisions need.

use std::sync::Arc;
use std::time::Duration;

use catalog::Catalog;
use control_plane_store::Store;
use types::clock::SharedClock;
use types::id::{Ids, TenantId};
use types::random::Random;

use crate::identity_provider::Wire;
use crate::key::MasterKey;
use crate::nudge::{Nudges, Topic};
use crate::rights::RightsCache;
use crate::session::SessionCache;

/// What can be set without changing code.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the portal, e.g. `http://127.0.0.1:8080`.
    pub public_address: String,
    /// Identifies the installation for licences.
    pub installation: String,
    /// Ed25519 public keys that licences may be signed with, 32 bytes each.
    pub licence_issuers: Vec<[u8; 32]>,
    /// How long a sign-in code is good.
    pub sign_in_code_life: Duration,
    /// How long a session of the portal lasts.
    pub portal_session_life: Duration,
    /// How long a session of the command line lasts.
    pub command_line_session_life: Duration,
    /// How long a token is good at most.
    pub token_life_max: Duration,
    /// How often an agent reports.
    pub report_interval: Duration,
    /// How long an operation may take before it fails.
    pub operation_deadline: Duration,
}

/// The parts of a running plane.
pub struct Plane {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: SharedClock,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// The packages in this program.
    pub catalog: &'static Catalog,
    /// Opens secrets in the database.
    pub key: MasterKey,
    /// What was set.
    pub settings: Settings,
    /// Rights and trees of tenants, in memory.
    pub rights: RightsCache,
    /// Who came lately, and through what.
    pub sessions: SessionCache,
    /// How OpenID providers are reached.
    pub providers: Arc<dyn Wire>,
    /// Hints to those who wait.
    pub nudges: Nudges,
}

impl Plane {
    /// To be called after a commit that changed rights or the tree: of a tenant, or for none of
    /// everybody.
    pub fn rights_changed(&self, tenant: Option<TenantId>) {
        self.rights.forget(tenant);
        if let Some(tenant) = tenant {
            self.nudges.send(Topic::Rights(tenant));
        }
    }

    /// To be called when another process did something: those who wait look again, and do not trust
    /// what was looked up before.
    pub fn hear(&self, topic: Topic) {
        if let Topic::Rights(tenant) = topic {
            self.rights.doubt(tenant);
        }
        self.nudges.hear(topic);
    }
}

/// A plane that several parts share.
pub type SharedPlane = Arc<Plane>;

//! A mutation that can be kept and done later, by one value for all of them.

use control_plane_store::Covered;
use policies::action::Action;
use serde::{Deserialize, Serialize};
use types::generation::Generation;
use types::id::InstanceId;
use types::instance::Wish;

use crate::call::Call;
use crate::configuration::change::{self, ChangeRequest};
use crate::error::Result;
use crate::instance;
use crate::order::{self, Done};
use crate::preview::OrderRequest;

/// A mutation with its input and with what its sender saw: the token of a preview or the generation
/// of an instance. Done when either is not true any more, it is refused as outdated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Command {
    /// An order.
    Place { request: OrderRequest, token: String, reason: Option<String> },
    /// A change of a configuration.
    Change { request: ChangeRequest, token: String, reason: Option<String> },
    /// A start or a stop.
    Power { instance: InstanceId, to: Wish, seen: Generation },
    /// A deletion.
    Delete { instance: InstanceId, name: String, seen: Generation, reason: Option<String> },
}

impl Command {
    /// Does it, with the key that it was asked for with.
    pub async fn perform(self, call: &Call, key: &str) -> Result<Done> {
        match self {
            Self::Place { request, token, reason } => {
                order::place(call, request, &token, reason.as_deref(), key).await
            }
            Self::Change { request, token, reason } => {
                change::change(call, request, reason.as_deref(), &token, key).await
            }
            Self::Power { instance, to, seen } => {
                instance::power(call, instance, to, Some(seen), key).await
            }
            Self::Delete { instance, name, seen, reason } => {
                let name = instance::Named { name: &name, seen: Some(seen) };
                instance::remove(call, instance, name, reason.as_deref(), key).await
            }
        }
    }
}

/// What a mutation takes of whoever asks for it.
pub(crate) fn action(covered: Covered) -> Action {
    match covered {
        Covered::PlaceOrder => Action::Order,
        Covered::ChangeConfiguration => Action::Change,
        Covered::StartInstance | Covered::StopInstance => Action::Operate,
        Covered::DeleteInstance => Action::Delete,
    }
}

//! Casbin's own evaluator with our model and the same rows.

use casbin::{Adapter as _, CoreApi as _, DefaultModel, Enforcer, MemoryAdapter};
use policies::rights::rows;

use crate::world::{Request, World};
use crate::{Judge, Outcome};

const MODEL: &str = include_str!("../../../../policies/model.conf");

/// The evaluator.
pub struct Casbin(Enforcer);

impl Casbin {
    /// With all rules of the world.
    pub async fn of(world: &World) -> Outcome<Self> {
        let mut rules = MemoryAdapter::default();
        for (kind, row) in rows(&world.rules) {
            rules.add_policy(kind.get(..1).unwrap_or_default(), kind, row).await?;
        }
        Ok(Self(Enforcer::new(DefaultModel::from_str(MODEL).await?, rules).await?))
    }
}

impl Judge for Casbin {
    fn decide(&self, world: &World, request: &Request) -> Outcome<bool> {
        let path: Vec<_> = world.path(request.place).iter().map(ToString::to_string).collect();
        Ok(self.0.enforce((request.subject.to_string(), path, request.action.to_string()))?)
    }
}

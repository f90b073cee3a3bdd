//! Trees in memory, from one look to the next: what was read once is read again only where it
//! changed, by whichever process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use control_plane_store::{InTenant, organization, project, tenant};
use types::id::TenantId;
use types::instant::Instant;

use crate::error::Result;
use crate::tree::TenantTree;

/// Trees that nobody asked for are kept so long.
const KEPT: Duration = Duration::from_secs(600);
/// So many are kept before unused ones are looked for.
const ROOM: usize = 64;

/// The trees that were read.
#[derive(Default)]
pub struct KeptTrees(Mutex<HashMap<TenantId, (Instant, TenantTree)>>);

impl KeptTrees {
    /// The tree of the reader's tenant as it is now, all of it however far the reader reaches. Somebody who changes it meanwhile may be seen
    /// in part, and is seen as a whole by the next look.
    pub async fn look(&self, reader: &dyn InTenant, now: Instant) -> Result<TenantTree> {
        // The revision first: what is committed behind it is read again the next time.
        let revision = tenant::tree_revision(reader).await?;
        self.look_at(reader, revision, now).await
    }

    /// The same, if the revision was read already.
    pub async fn look_at(
        &self,
        reader: &dyn InTenant,
        revision: i64,
        now: Instant,
    ) -> Result<TenantTree> {
        let id = reader.tenant();
        let known = self.held().get(&id).map(|(_, tree)| tree.clone());
        let tree = match known {
            Some(tree) if tree.revision() >= revision => tree,
            Some(mut tree) => {
                let behind = Some(tree.revision());
                let organizations = organization::changed(reader, behind).await?;
                tree.put(organizations, project::changed(reader, behind).await?, revision);
                tree
            }
            None => {
                let organizations = organization::changed(reader, None).await?;
                let projects = project::changed(reader, None).await?;
                TenantTree::new(id, organizations, projects).at_revision(revision)
            }
        };
        self.keep(id, &tree, now);
        Ok(tree)
    }

    fn keep(&self, id: TenantId, tree: &TenantTree, now: Instant) {
        let mut held = self.held();
        if held.len() >= ROOM && !held.contains_key(&id) {
            held.retain(|_, (used, _)| now.since(*used) < KEPT);
        }
        let newest = held.get(&id).is_some_and(|(_, kept)| kept.revision() > tree.revision());
        if newest {
            return;
        }
        held.insert(id, (now, tree.clone()));
    }

    fn held(&self) -> MutexGuard<'_, HashMap<TenantId, (Instant, TenantTree)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What an import takes of a document, and the steps it leads to.

use crate::ask::Ask;
use crate::structure::load::{Ids, load};
use crate::structure::plan::{self, Step, plan};
use crate::structure::{Structure, StructureError};

/// What is left out of a document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leave {
    /// Whatever would be ordered.
    pub instances: bool,
    /// Memberships and bindings of people and service accounts that are not there.
    pub strangers: bool,
}

/// What has to be done, and the ids of what is there.
#[derive(Debug)]
pub struct Planned {
    /// In an order in which each step finds what it needs.
    pub steps: Vec<Step>,
    /// Those of the tenant as it was read.
    pub ids: Ids,
}

/// Reads a document and the tenant, and plans what makes the document true.
///
/// # Errors
/// [`StructureError`], and those of whoever is asked. Nothing is changed in any case.
pub async fn prepare<A: Ask>(client: &A, text: &str, leave: Leave) -> Result<Planned, A::Error> {
    let mut wanted = Structure::parse(text)?;
    if leave.instances {
        wanted.instances.clear();
    }
    let mut there = load(client).await?;
    there.meet(client, &plan::subjects(&wanted)).await?;
    if leave.strangers {
        wanted = plan::without_strangers(wanted, &there.known);
    }
    let steps = plan(&there.structure, &wanted, &there.known).map_err(StructureError::Unfit)?;
    Ok(Planned { steps, ids: there.ids })
}

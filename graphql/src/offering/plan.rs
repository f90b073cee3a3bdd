//! Plans as operators see and add them.

use async_graphql::{ID, InputObject, Object};
use control_plane_core::offering::audience::PlanView;
use control_plane_core::offering::plan::Wanted;

use crate::context;
use crate::error::Result;
use crate::offering::managed::OfferingAudience;
use crate::offering::{Size, Text};

/// A plan as operators see it.
pub struct ManagedPlan(pub PlanView);

/// Granted to each member
#[derive(InputObject)]
pub struct SizeInput {
    /// Thousandths of a vCPU
    millivcpu: i32,
    /// Memory in MiB
    memory_mib: i32,
    /// Storage in MiB
    storage_mib: i32,
}

/// A text in the portal's languages
#[derive(InputObject)]
pub struct TextInput {
    /// English
    en: String,
    /// Chinese
    zh: String,
}

/// A plan to be
#[derive(InputObject)]
pub struct AddPlanInput {
    /// Of which offering
    offering: ID,
    /// Name within the offering: lower-case letters, digits, hyphens
    name: String,
    /// For people
    title: TextInput,
    /// Granted to each member
    size: SizeInput,
    /// Who may order by it, of those who may order the offering
    #[graphql(default_with = "OfferingAudience::Chosen")]
    audience: OfferingAudience,
    /// New for each request
    idempotency_key: String,
}

impl AddPlanInput {
    /// What the core is asked for, and under which key.
    pub fn wanted(self) -> Result<(Wanted, String)> {
        let Self { offering, name, title, size, audience, idempotency_key } = self;
        let SizeInput { millivcpu, memory_mib, storage_mib } = size;
        let size = types::size::Size {
            millivcpu: millivcpu.into(),
            memory_mib: memory_mib.into(),
            storage_mib: storage_mib.into(),
        };
        let (offering, audience) = (context::id(&offering, "offering")?, audience.into());
        let TextInput { en: title_en, zh: title_zh } = title;
        Ok((Wanted { offering, name, title_en, title_zh, size, audience }, idempotency_key))
    }
}

#[Object]
impl ManagedPlan {
    /// Its global id
    async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    /// Name within the offering
    async fn name(&self) -> &str {
        &self.0.row.name
    }

    async fn title(&self) -> Text {
        Text { en: self.0.row.title_en.clone(), zh: self.0.row.title_zh.clone() }
    }

    async fn size(&self) -> Size {
        let row = &self.0.row;
        let (millivcpu, memory_mib, storage_mib) = (row.millivcpu, row.memory_mib, row.storage_mib);
        types::size::Size { millivcpu, memory_mib, storage_mib }.into()
    }

    /// Who may order by it, of those who may order the offering
    async fn audience(&self) -> OfferingAudience {
        self.0.row.audience.into()
    }

    /// To how many tenants it was offered; counts if it is not for all. `managedTenants` lists them
    async fn tenant_count(&self) -> i32 {
        i32::try_from(self.0.tenants).unwrap_or(i32::MAX)
    }
}

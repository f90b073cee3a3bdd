//! The audit as a list, and the one place that records refused mutations.

use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo,
};
use async_graphql::{Object, ServerResult, Value};
use control_plane_core::audit::{self, Audit};
use control_plane_core::call::Call;

use crate::error::code_of;
use crate::scalar::DateTime;

/// Who did what, with what result.
pub struct AuditEntry(pub Audit);

#[Object]
impl AuditEntry {
    async fn number(&self) -> i32 {
        i32::try_from(self.0.number).unwrap_or(i32::MAX)
    }

    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Name of who did it
    async fn subject(&self) -> &str {
        &self.0.subject_name
    }

    /// Stable word, e.g. placeOrder
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// done, refused
    async fn outcome(&self) -> &'static str {
        self.0.outcome.as_str()
    }

    /// Error code if refused
    async fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What it was done to
    async fn target(&self) -> Option<&str> {
        self.0.target.as_deref()
    }
}

/// Records every refused mutation of a known subject.
pub struct Refusals;

impl ExtensionFactory for Refusals {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(RefusalsExtension)
    }
}

struct RefusalsExtension;

#[async_trait::async_trait]
impl Extension for RefusalsExtension {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if info.parent_type != "Mutation" {
            return next.run(ctx, info).await;
        }
        let mutation = info.name.to_owned();
        let result = next.run(ctx, info).await;
        if let (Err(error), Ok(call)) = (&result, ctx.data::<Call>())
            && let Some(code) = code_of(error)
            && let Err(trouble) = audit::refused(call, &mutation, code).await
        {
            let error = &trouble as &dyn std::error::Error;
            tracing::error!(mutation, error, "a refusal could not be audited");
        }
        result
    }
}

//! All mutations. What changes an instance takes an idempotency key: sent twice, it acts once and
//! answers the same. A secret or a code is never kept, so asking for one twice is asking twice, and
//! both stand in the audit.

use async_graphql::{Context, ID, InputObject, MergedObject, Object, SimpleObject};
use control_plane_core::configuration::change;
use control_plane_core::order::Done;
use control_plane_core::{configuration, instance, operation, order, sign_in};

use crate::access::AccessMutation;
use crate::access_token::{
    AccessToken, CreateTokenInput, RevokeTokenInput, RotateTokenInput, TokenPayload,
};
use crate::application::ApplicationMutation;
use crate::approval::ApprovalMutation;
use crate::batch::{ApplyBatchInput, BatchPayload};
use crate::budget::BudgetMutation;
use crate::configuration::ChangeInput;
use crate::context;
use crate::error::Result;
use crate::identity_provider::{
    ChangeIdentityProviderInput, CreateIdentityProviderInput, DeleteIdentityProviderInput,
    IdentityProviderPayload,
};
use crate::impersonation::{ImpersonateInput, Impersonation};
use crate::instance::{ConnectionExample, Instance, guide};
use crate::offering::managed::OfferingMutation;
use crate::operation::Operation;
use crate::order::OrderInput;
use crate::planned_move::PlannedMoveMutation;
use crate::quota::QuotaMutation;
use crate::service_account::{
    CreateServiceAccountInput, DeleteServiceAccountInput, ServiceAccount,
};
use crate::session::{EndOtherSessionsInput, EndSessionInput};
use crate::sign_in::{CreateSignInCodeInput, SignInCode};
use crate::structure::StructureMutation;
use crate::tenant::managed::TenantMutation;
use crate::tree::TreeMutation;

/// What can be changed; nouns have a part of their own each.
#[derive(MergedObject, Default)]
pub struct Mutation(
    InstanceMutation,
    TreeMutation,
    PlannedMoveMutation,
    ApplicationMutation,
    QuotaMutation,
    BudgetMutation,
    AccessMutation,
    ApprovalMutation,
    TenantMutation,
    OfferingMutation,
    StructureMutation,
);

/// Instances and sessions.
#[derive(Default)]
pub struct InstanceMutation;

/// An order that was previewed
#[derive(InputObject)]
pub struct PlaceOrderInput {
    /// The same as previewed
    order: OrderInput,
    /// From the preview
    preview_token: String,
    /// Why, for those who approve, if it takes an approval; at most 500 characters
    reason: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// A change that was previewed
#[derive(InputObject)]
pub struct ChangeConfigurationInput {
    /// The same as previewed
    change: ChangeInput,
    /// From the preview
    preview_token: String,
    /// Why, for the history; at most 500 characters
    reason: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// An instance
#[derive(InputObject)]
pub struct InstanceInput {
    /// The instance
    instance: ID,
    /// New for each request
    idempotency_key: String,
}

/// An instance to be deleted
#[derive(InputObject)]
pub struct DeleteInstanceInput {
    /// The instance
    instance: ID,
    /// The instance's name, typed once more
    name: String,
    /// Why, for those who approve, if it takes an approval; at most 500 characters
    reason: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// An instance and the operation that makes it as it was wished.
#[derive(SimpleObject)]
pub struct InstancePayload {
    instance: Instance,
    operation: Operation,
}

/// Secrets of an instance.
#[derive(SimpleObject)]
pub struct RevealedSecret {
    /// Secrets by the package's names for them
    secrets: Vec<NamedSecret>,
    /// The connection examples with the password filled in
    examples: Vec<ConnectionExample>,
}

/// A secret and its name.
#[derive(SimpleObject)]
pub struct NamedSecret {
    name: String,
    value: String,
}

async fn payload(ctx: &Context<'_>, done: Done) -> Result<InstancePayload> {
    let call = context::call(ctx)?;
    let instance = Instance(instance::get(call, done.instance).await?);
    Ok(InstancePayload {
        instance,
        operation: Operation(operation::get(call, done.operation).await?),
    })
}

#[Object]
impl InstanceMutation {
    /// Orders an instance that was previewed
    async fn place_order(
        &self,
        ctx: &Context<'_>,
        input: PlaceOrderInput,
    ) -> Result<InstancePayload> {
        let (call, request) = (context::call(ctx)?, input.order.request()?);
        let (token, key) = (&input.preview_token, &input.idempotency_key);
        let done = order::place(call, request, token, input.reason.as_deref(), key).await?;
        payload(ctx, done).await
    }

    /// Applies a previewed change: of parameters, back to an earlier configuration, or by a template
    async fn change_configuration(
        &self,
        ctx: &Context<'_>,
        input: ChangeConfigurationInput,
    ) -> Result<InstancePayload> {
        let (call, request) = (context::call(ctx)?, input.change.request()?);
        let (token, key) = (&input.preview_token, &input.idempotency_key);
        let done = change::change(call, request, input.reason.as_deref(), token, key).await?;
        payload(ctx, done).await
    }

    /// Does previewed work on many instances, one operation for each. What cannot be done to one
    /// instance stops no other
    async fn apply_batch(&self, ctx: &Context<'_>, input: ApplyBatchInput) -> Result<BatchPayload> {
        crate::batch::apply(ctx, input).await
    }

    async fn stop_instance(
        &self,
        ctx: &Context<'_>,
        input: InstanceInput,
    ) -> Result<InstancePayload> {
        let id = context::id(&input.instance, "instance")?;
        payload(ctx, instance::stop(context::call(ctx)?, id, &input.idempotency_key).await?).await
    }

    async fn start_instance(
        &self,
        ctx: &Context<'_>,
        input: InstanceInput,
    ) -> Result<InstancePayload> {
        let id = context::id(&input.instance, "instance")?;
        payload(ctx, instance::start(context::call(ctx)?, id, &input.idempotency_key).await?).await
    }

    /// Removes an instance with its data. The name must be typed once more
    async fn delete_instance(
        &self,
        ctx: &Context<'_>,
        input: DeleteInstanceInput,
    ) -> Result<InstancePayload> {
        let id = context::id(&input.instance, "instance")?;
        let call = context::call(ctx)?;
        let (reason, key) = (input.reason.as_deref(), &input.idempotency_key);
        payload(ctx, instance::delete(call, id, &input.name, reason, key).await?).await
    }

    /// Shows the password of an instance. Audited
    async fn reveal_secret(
        &self,
        ctx: &Context<'_>,
        input: InstanceInput,
    ) -> Result<RevealedSecret> {
        let call = context::call(ctx)?;
        let id = context::id(&input.instance, "instance")?;
        let revealed = instance::reveal(call, id, &input.idempotency_key).await?;
        let row = instance::get(call, id).await?;
        let (_, mut examples) = guide(ctx, &row).await?;
        let package = configuration::package_of(call, &row)?;
        for example in &mut examples {
            example.text = catalog::connect::fill(package, &example.text, &revealed);
        }
        let named = |(name, secret): (String, types::secret::Secret)| NamedSecret {
            name,
            value: secret.reveal().to_owned(),
        };
        Ok(RevealedSecret { secrets: revealed.into_iter().map(named).collect(), examples })
    }

    /// A one-time code for `cellplane sign-in`, for the same subject
    async fn create_sign_in_code(
        &self,
        ctx: &Context<'_>,
        input: CreateSignInCodeInput,
    ) -> Result<SignInCode> {
        let call = context::call(ctx)?;
        // A code is shown once and never kept, so a repetition gets a code of its own.
        let _ = input.idempotency_key;
        Ok(sign_in::create_own_code(call).await?.into())
    }

    /// Lets people of the tenant sign in through an OpenID provider
    async fn create_identity_provider(
        &self,
        ctx: &Context<'_>,
        input: CreateIdentityProviderInput,
    ) -> Result<IdentityProviderPayload> {
        crate::identity_provider::create(ctx, input).await
    }

    /// Changes what is set of an OpenID provider. Disabled, it ends the sessions that came through it
    async fn change_identity_provider(
        &self,
        ctx: &Context<'_>,
        input: ChangeIdentityProviderInput,
    ) -> Result<IdentityProviderPayload> {
        crate::identity_provider::change(ctx, input).await
    }

    /// Removes an OpenID provider, and ends the sessions that came through it. Its people stay
    async fn delete_identity_provider(
        &self,
        ctx: &Context<'_>,
        input: DeleteIdentityProviderInput,
    ) -> Result<ID> {
        crate::identity_provider::delete(ctx, input).await
    }

    /// Makes a token for programs: of the viewer, or of a service account
    async fn create_token(
        &self,
        ctx: &Context<'_>,
        input: CreateTokenInput,
    ) -> Result<TokenPayload> {
        crate::access_token::create(ctx, input).await
    }

    /// Gives a token another secret
    async fn rotate_token(
        &self,
        ctx: &Context<'_>,
        input: RotateTokenInput,
    ) -> Result<TokenPayload> {
        crate::access_token::rotate(ctx, input).await
    }

    /// Ends a token at once
    async fn revoke_token(
        &self,
        ctx: &Context<'_>,
        input: RevokeTokenInput,
    ) -> Result<AccessToken> {
        crate::access_token::revoke(ctx, input).await
    }

    /// Makes a program that can be given roles and tokens
    async fn create_service_account(
        &self,
        ctx: &Context<'_>,
        input: CreateServiceAccountInput,
    ) -> Result<ServiceAccount> {
        crate::service_account::create(ctx, input).await
    }

    /// Ends a service account with its tokens and roles; answers its id
    async fn delete_service_account(
        &self,
        ctx: &Context<'_>,
        input: DeleteServiceAccountInput,
    ) -> Result<ID> {
        crate::service_account::delete(ctx, input).await
    }

    /// Ends a session, of the viewer or of another subject of the tenant; answers its id
    async fn end_session(&self, ctx: &Context<'_>, input: EndSessionInput) -> Result<ID> {
        crate::session::end(ctx, input).await
    }

    /// Ends all sessions of the viewer but this one; answers how many
    async fn end_other_sessions(
        &self,
        ctx: &Context<'_>,
        input: EndOtherSessionsInput,
    ) -> Result<i32> {
        crate::session::end_others(ctx, input).await
    }

    /// Acts as a subject of a tenant for a while, seen by the tenant; operators only
    async fn impersonate(
        &self,
        ctx: &Context<'_>,
        input: ImpersonateInput,
    ) -> Result<Impersonation> {
        crate::impersonation::begin(ctx, input).await
    }

    /// Ends the session this is called with
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<bool> {
        sign_in::close(context::call(ctx)?).await?;
        Ok(true)
    }
}

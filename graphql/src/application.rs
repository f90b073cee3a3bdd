//! Applications: what belongs together, wherever below an organization it is.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use control_plane_core::application::change::{self, Draft, Words};
use control_plane_core::application::{self, Application as Row, Filter, Part, dependency, run};
use control_plane_core::call::Call;
use control_plane_core::error::Error;
use control_plane_core::page::Page;
use types::id::{ApplicationId, InstanceId};

use crate::connection::Connection;
use crate::context;
use crate::error::Result;
use crate::instance::Instance;
use crate::loader::first_page::{self, PartsOf};
use crate::loader::{NeedsOf, RunOf, TitleOf};
use crate::organization::{self, Organization, only};
use crate::page;
use crate::scalar::DateTime;
use crate::tree::DeletedPayload;
use crate::viewer::{Action, allowed};

/// What belongs together, wherever below an organization it is.
pub struct Application(pub Row);

/// What an application does as a whole, by the parts that the viewer may see.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
#[graphql(name = "ApplicationRun", remote = "run::Run")]
pub enum Run {
    /// It has no parts.
    Empty,
    /// All parts run.
    Running,
    /// It serves in part: something warns, is stopped or was taken out while other parts run.
    Degraded,
    /// Something is being installed, changed or deleted.
    Changing,
    /// No part serves, by wish.
    Stopped,
    /// Something does not serve although it should.
    Failed,
    /// Of some part nobody can say, since its cell is silent or cannot say.
    Unknown,
}

/// An instance in an application.
pub struct ApplicationPart(Part);

#[Object]
impl Application {
    /// Its global id
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it is for; may be empty
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Whether its parts can be in no other one that is exclusive
    async fn is_exclusive(&self) -> bool {
        self.0.exclusive
    }

    /// The organization that it is of: its parts are in projects there and below. Null where the
    /// viewer may not see it
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        organization::seen(ctx, self.0.organization_id).await
    }

    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Title of who made it
    async fn created_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.0.created_by)).await?.unwrap_or_default())
    }

    /// What it does as a whole, by the parts that the viewer may see
    async fn run(&self, ctx: &Context<'_>) -> Result<Run> {
        Ok(context::load(ctx, RunOf(self.0.id)).await?.unwrap_or(run::Run::Empty).into())
    }

    /// What is in it, as far as the viewer may see it, the oldest first
    #[graphql(complexity = "first.unwrap_or(50).max(1) as usize * child_complexity")]
    async fn parts(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<ApplicationPart>> {
        let id = self.0.id;
        let later = async move |call: &Call, page: &Page| application::parts(call, id, page).await;
        let key = |first| PartsOf(id, first);
        first_page::connection(ctx, (first, after), key, later, ApplicationPart).await
    }

    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<Vec<Action>> {
        allowed(ctx, application::node(&self.0)).await
    }
}

#[Object]
impl ApplicationPart {
    async fn instance(&self, ctx: &Context<'_>) -> Result<Instance> {
        let row = context::load(ctx, self.0.instance_id).await?;
        Ok(Instance(row.ok_or(Error::NotFound { what: "instance" })?))
    }

    /// The parts that it needs, as far as the viewer may see them
    async fn needs(&self, ctx: &Context<'_>) -> Result<Vec<Instance>> {
        let key = NeedsOf(self.0.application_id, self.0.instance_id);
        let needs = context::load(ctx, key).await?.unwrap_or_default();
        Ok(context::load_all(ctx, needs).await?.into_iter().map(Instance).collect())
    }

    async fn added_at(&self) -> DateTime {
        DateTime(self.0.added_at)
    }

    /// Title of who added it
    async fn added_by(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(context::load(ctx, TitleOf(self.0.added_by)).await?.unwrap_or_default())
    }
}

/// An application to be made
#[derive(InputObject)]
pub struct CreateApplicationInput {
    /// The organization that it is of: its parts are in projects there and below
    organization: ID,
    /// For commands; no other application of the organization has it
    name: String,
    /// For people
    title: String,
    /// What it is for; at most 500 characters
    description: Option<String>,
    /// Whether its parts can be in no other one that is exclusive; left out: yes. It stays so
    is_exclusive: Option<bool>,
    /// New for each request
    idempotency_key: String,
}

/// Another name, title or description
#[derive(InputObject)]
pub struct RenameApplicationInput {
    /// The application
    application: ID,
    /// For commands; null: stays
    name: Option<String>,
    /// For people; null: stays
    title: Option<String>,
    /// What it is for; null: stays
    description: Option<String>,
    /// New for each request
    idempotency_key: String,
}

/// An application to be deleted
#[derive(InputObject)]
pub struct DeleteApplicationInput {
    /// The application
    application: ID,
    /// New for each request
    idempotency_key: String,
}

/// An instance to be put into an application, or taken out
#[derive(InputObject)]
pub struct ApplicationPartInput {
    /// The application
    application: ID,
    /// The instance
    instance: ID,
    /// New for each request
    idempotency_key: String,
}

/// What in an application needs what
#[derive(InputObject)]
pub struct DependencyInput {
    /// The application
    application: ID,
    /// The part that needs
    instance: ID,
    /// The part that is needed
    needs: ID,
    /// New for each request
    idempotency_key: String,
}

/// An application as it is now.
#[derive(SimpleObject)]
pub struct ApplicationPayload {
    application: Application,
}

/// Applications.
#[derive(Default)]
pub struct ApplicationQuery;

#[Object]
impl ApplicationQuery {
    /// Applications that the viewer may see, the oldest first: all, or those of one organization
    /// itself. With search, only those that have the text in the name
    async fn applications(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        organization: Option<String>,
        search: Option<String>,
    ) -> Result<Connection<Application>> {
        let organization = match organization {
            None => None,
            Some(named) => Some(crate::organization::find(ctx, &named).await?.id),
        };
        let filter = Filter { organization, name_part: search };
        let had_after = after.is_some();
        let page = page::page(first, after)?;
        let rows = application::list(context::call(ctx)?, &filter, &page).await?;
        Ok(page::connection(rows, had_after, Application))
    }

    /// One application, by id or by name if only one has it
    async fn application(&self, ctx: &Context<'_>, id_or_name: String) -> Result<Application> {
        let call = context::call(ctx)?;
        if let Ok(id) = id_or_name.parse::<ApplicationId>() {
            return Ok(Application(application::get(call, id).await?));
        }
        Ok(Application(only(application::named(call, &id_or_name).await?, "application")?))
    }
}

/// What can be changed of applications.
#[derive(Default)]
pub struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// Makes an application of an organization
    async fn create_application(
        &self,
        ctx: &Context<'_>,
        input: CreateApplicationInput,
    ) -> Result<ApplicationPayload> {
        let draft = Draft {
            organization: context::id(&input.organization, "organization")?,
            name: input.name,
            title: input.title,
            description: input.description.unwrap_or_default(),
            exclusive: input.is_exclusive.unwrap_or(true),
        };
        let made = change::create(context::call(ctx)?, &draft, &input.idempotency_key).await?;
        shown(ctx, made).await
    }

    /// Gives an application another name, title or description
    async fn rename_application(
        &self,
        ctx: &Context<'_>,
        input: RenameApplicationInput,
    ) -> Result<ApplicationPayload> {
        let id = named(&input.application)?;
        let words = Words { name: input.name, title: input.title, description: input.description };
        let renamed = change::rename(context::call(ctx)?, id, &words, &input.idempotency_key);
        shown(ctx, renamed.await?).await
    }

    /// Deletes an application, with what is bound at it. Its parts stay
    async fn delete_application(
        &self,
        ctx: &Context<'_>,
        input: DeleteApplicationInput,
    ) -> Result<DeletedPayload> {
        let id = named(&input.application)?;
        let gone = change::delete(context::call(ctx)?, id, &input.idempotency_key).await?;
        Ok(DeletedPayload { id: gone.into() })
    }

    /// Puts an instance into an application. Takes the right at the instance's project as well
    async fn add_to_application(
        &self,
        ctx: &Context<'_>,
        input: ApplicationPartInput,
    ) -> Result<ApplicationPayload> {
        let (id, part) = (named(&input.application)?, instance(&input.instance)?);
        let key = &input.idempotency_key;
        shown(ctx, change::add(context::call(ctx)?, id, part, key).await?).await
    }

    /// Takes an instance out of an application, with all that it needed or was needed for there.
    /// Takes the right at the instance's project as well
    async fn remove_from_application(
        &self,
        ctx: &Context<'_>,
        input: ApplicationPartInput,
    ) -> Result<ApplicationPayload> {
        let (id, part) = (named(&input.application)?, instance(&input.instance)?);
        let key = &input.idempotency_key;
        shown(ctx, change::remove(context::call(ctx)?, id, part, key).await?).await
    }

    /// Says that one part of an application needs another
    async fn add_dependency(
        &self,
        ctx: &Context<'_>,
        input: DependencyInput,
    ) -> Result<ApplicationPayload> {
        let (id, part) = (named(&input.application)?, instance(&input.instance)?);
        let (needs, key) = (instance(&input.needs)?, &input.idempotency_key);
        shown(ctx, dependency::depend(context::call(ctx)?, id, part, needs, key).await?).await
    }

    /// Says that one part of an application does not need another any more
    async fn remove_dependency(
        &self,
        ctx: &Context<'_>,
        input: DependencyInput,
    ) -> Result<ApplicationPayload> {
        let (id, part) = (named(&input.application)?, instance(&input.instance)?);
        let (needs, key) = (instance(&input.needs)?, &input.idempotency_key);
        shown(ctx, dependency::free(context::call(ctx)?, id, part, needs, key).await?).await
    }
}

fn named(id: &ID) -> Result<ApplicationId> {
    context::id(id, "application")
}

fn instance(id: &ID) -> Result<InstanceId> {
    context::id(id, "instance")
}

async fn shown(ctx: &Context<'_>, id: ApplicationId) -> Result<ApplicationPayload> {
    let row = application::get(context::call(ctx)?, id).await?;
    Ok(ApplicationPayload { application: Application(row) })
}

//! What a tenant is made of, as a document, and taking one.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use control_plane_core::call::Call;
use control_plane_core::error::Error;
use control_plane_core::structure::{self, Import, Part, Step};
use graphql_client::structure::apply::apply;
use graphql_client::structure::import::{Leave, Planned, prepare};
use graphql_client::structure::load::load;
use serde::Serialize;

use crate::batch::Refusal;
use crate::context;
use crate::error::Result;
use crate::inside::{Asker, Inside, Unanswered};

/// Steps of one request.
const PART: usize = 100;

/// What a tenant is made of.
#[derive(SimpleObject)]
pub struct Structure {
    /// YAML, with names and without ids, so that it can be imported elsewhere
    document: String,
    /// Secret parameters of instances, which are not in it
    left_out: Vec<String>,
}

/// A document, and what is taken of it
#[derive(InputObject, Serialize)]
pub struct StructureInput {
    /// As it was exported, or written by hand
    document: String,
    /// Order nothing
    #[graphql(default)]
    without_instances: bool,
    /// Leave out memberships and bindings of people and service accounts that are not there
    #[graphql(default)]
    skip_missing_people: bool,
}

/// What an import would do.
#[derive(SimpleObject)]
pub struct StructurePreview {
    /// Stands for all of it as it was shown
    token: String,
    /// In this order; empty: everything is there already
    steps: Vec<String>,
}

/// An import that was previewed
#[derive(InputObject)]
pub struct ImportStructureInput {
    /// The same as previewed
    structure: StructureInput,
    /// From the preview
    preview_token: String,
    /// New for each request. Sent again after it was cut off, it goes on where it was
    idempotency_key: String,
}

/// What became of a part of an import.
#[derive(SimpleObject)]
pub struct StructureImport {
    /// What was to be done, in this order; at most 100
    steps: Vec<String>,
    /// So many of them are done
    done: i32,
    /// Why the next one was not; those after it were not tried
    refusal: Option<Refusal>,
    /// So many more steps the document needs: preview and import it again
    left: i32,
}

/// What can be asked of it.
#[derive(Default)]
pub struct StructureQuery;

#[Object]
impl StructureQuery {
    /// What the viewer's tenant is made of; for those who see all of it and manage its access
    async fn structure(&self, ctx: &Context<'_>) -> Result<Structure> {
        let call = context::call(ctx)?;
        structure::admit(call).await?;
        let found = Box::pin(load(&asker(ctx, call, String::new())?)).await.map_err(Error::from)?;
        let document = found.structure.text().map_err(Unanswered::from).map_err(Error::from)?;
        Ok(Structure { document, left_out: found.left_out })
    }

    /// What has to be done so that everything in a document is there. Changes nothing. Its token is
    /// handed to importStructure
    async fn preview_structure(
        &self,
        ctx: &Context<'_>,
        input: StructureInput,
    ) -> Result<StructurePreview> {
        structure::admit(context::call(ctx)?).await?;
        let steps = kept(&input.plan(ctx).await?);
        let token = structure::token_of(&steps);
        Ok(StructurePreview { token, steps: sentences(&steps) })
    }
}

/// What can be done with it.
#[derive(Default)]
pub struct StructureMutation;

#[Object]
impl StructureMutation {
    /// Makes what a document names and is not there, as far as one request goes. What it does not
    /// name stays
    async fn import_structure(
        &self,
        ctx: &Context<'_>,
        input: ImportStructureInput,
    ) -> Result<StructureImport> {
        // In a box: each change of the API takes as much memory as the largest.
        Box::pin(import(ctx, input)).await
    }
}

async fn import(ctx: &Context<'_>, input: ImportStructureInput) -> Result<StructureImport> {
    let call = context::call(ctx)?;
    let ImportStructureInput { structure: asked, preview_token, idempotency_key: key } = input;
    let import = Import::begin(call, &(&asked, &preview_token), &key).await?;
    let (part, planned) = match import.decided(call).await? {
        Some(part) if part.done => return Ok(told(&part, part.steps.len(), None)),
        Some(part) => (part, asked.plan(ctx).await?),
        None => {
            let planned = asked.plan(ctx).await?;
            let steps = kept(&planned);
            let now = structure::token_of(&steps);
            let part = import.decide(call, &preview_token, &now, part_of(steps)).await?;
            (part, planned)
        }
    };
    match carry_out(ctx, &asked, &part, planned, &key).await? {
        Some((done, refusal)) => Ok(told(&part, done, Some(refusal))),
        None => {
            let part = import.finish(call, part).await?;
            Ok(told(&part, part.steps.len(), None))
        }
    }
}

impl StructureInput {
    async fn plan(&self, ctx: &Context<'_>) -> Result<Planned> {
        let asker = asker(ctx, context::call(ctx)?, String::new())?;
        let leave =
            Leave { instances: self.without_instances, strangers: self.skip_missing_people };
        Ok(Box::pin(prepare(&asker, &self.document, leave)).await.map_err(Error::from)?)
    }
}

fn asker<'c>(ctx: &Context<'c>, call: &'c Call, key: String) -> Result<Asker<'c>> {
    let inside = ctx.data::<Inside>().map_err(|_| Error::Unauthenticated)?;
    Ok(Asker { inside, call, key })
}

fn kept(planned: &Planned) -> Vec<Step> {
    planned.steps.iter().map(Step::of).collect()
}

fn sentences(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.sentence.clone()).collect()
}

fn part_of(mut steps: Vec<Step>) -> Part {
    let left = steps.len().saturating_sub(PART);
    steps.truncate(PART);
    Part { steps, left, done: false }
}

fn told(part: &Part, done: usize, refusal: Option<Refusal>) -> StructureImport {
    let number = |count| i32::try_from(count).unwrap_or(i32::MAX);
    let (done, left) = (number(done), number(part.left));
    StructureImport { steps: sentences(&part.steps), done, refusal, left }
}

/// Does what is not done yet of a part. Answers how much was done before a refusal, if there is one.
/// A step that fails may have been done by another one who does the same: then the rest is planned
/// anew.
async fn carry_out(
    ctx: &Context<'_>,
    asked: &StructureInput,
    part: &Part,
    mut planned: Planned,
    key: &str,
) -> Result<Option<(usize, Refusal)>> {
    let call = context::call(ctx)?;
    loop {
        let mut open: Vec<_> = planned.steps.iter().map(|step| (Step::of(step), step)).collect();
        open.retain(|(kept, _)| part.steps.contains(kept));
        let mut failed = None;
        for (kept, step) in open {
            let asker = asker(ctx, call, kept.key(key))?;
            if let Err(error) = Box::pin(apply(&asker, &mut planned.ids, step)).await {
                failed = Some((kept, error.of_one()?));
                break;
            }
        }
        let Some((kept, refusal)) = failed else { return Ok(None) };
        planned = asked.plan(ctx).await?;
        if planned.steps.iter().any(|step| Step::of(step) == kept) {
            let done = part.steps.iter().position(|step| *step == kept);
            return Ok(Some((done.unwrap_or_default(), refusal)));
        }
    }
}

//! Limits on queries, and codes for errors that the library makes by itself.

use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextRequest,
};
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{ErrorExtensionValues, Response, ServerError, ServerResult, Variables};
use control_plane_core::call::Call;
use control_plane_core::error::ErrorCode;

/// Deepest nesting; the standard introspection query needs 13.
pub const DEPTH_MAX: usize = 15;
/// Most fields, lists counted by their rows.
pub const COMPLEXITY_MAX: usize = 4_000;
/// Most aliases in one document.
const ALIASES_MAX: usize = 15;
/// Most fields at the root.
const ROOT_FIELDS_MAX: usize = 20;

/// Refuses documents with too many aliases or root fields, and gives every error a code.
pub struct Limits;

impl ExtensionFactory for Limits {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(LimitsExtension)
    }
}

struct LimitsExtension;

#[async_trait::async_trait]
impl Extension for LimitsExtension {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        let request = ctx.data::<Call>().ok().map(|call| call.request().to_string());
        response.errors.iter_mut().for_each(|error| give_code(error, request.as_deref()));
        response
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(ctx, query, variables).await?;
        for (_, operation) in document.operations.iter() {
            let set = &operation.node.selection_set.node;
            if set.items.len() > ROOT_FIELDS_MAX {
                let message =
                    format!("at most {ROOT_FIELDS_MAX} fields at the root; send several requests");
                return Err(ServerError::new(message, None));
            }
        }
        let fragments =
            document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
        let operations = document.operations.iter().map(|(_, it)| &it.node.selection_set.node);
        if operations.chain(fragments).map(aliases).sum::<usize>() > ALIASES_MAX {
            let message = format!("at most {ALIASES_MAX} aliases; send several requests");
            return Err(ServerError::new(message, None));
        }
        Ok(document)
    }
}

fn aliases(set: &SelectionSet) -> usize {
    let count = |selection: &Selection| match selection {
        Selection::Field(field) => {
            usize::from(field.node.alias.is_some()) + aliases(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => aliases(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => 0,
    };
    set.items.iter().map(|item| count(&item.node)).sum()
}

/// Errors of the library carry no code: they are about the query itself.
fn give_code(error: &mut ServerError, request: Option<&str>) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", ErrorCode::BadQuery.as_str());
        // The library adds what it would have understood; strangers need not learn names.
        if let Some((message, _)) = error.message.split_once(". Did you mean") {
            error.message = format!("{message}.");
        }
    }
    if let Some(request) = request {
        extensions.set("requestId", request);
    }
}

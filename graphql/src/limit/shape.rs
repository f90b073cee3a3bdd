//! The shape of a document: how many fields it comes to when each fragment stands where it is
//! spread, found without putting it there, so that a few lines cannot ask for a million.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::limit::{
    ALIASES_MAX, COMPLEXITY_MAX, DEPTH_MAX, DIRECTIVES_MAX, Excess, ROOT_FIELDS_MAX,
};

/// Measures all of it.
pub(super) fn measure(document: &ExecutableDocument) -> Result<(), Excess> {
    let mut ruler = Ruler { document, fragments: BTreeMap::new(), aliases: 0, directives: 0 };
    for fragment in document.fragments.values() {
        ruler.directives += fragment.node.directives.len();
    }
    for name in document.fragments.keys() {
        ruler.fragment(name)?;
    }
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let of_variables = operation.variable_definitions.iter();
        ruler.directives += operation.directives.len();
        ruler.directives += of_variables.map(|each| each.node.directives.len()).sum::<usize>();
        let weight = ruler.selection(&operation.selection_set.node)?;
        // First, since what follows goes through all of them.
        if weight.selections > COMPLEXITY_MAX {
            return Err(Excess::Complex);
        }
        if weight.depth > DEPTH_MAX {
            return Err(Excess::Deep);
        }
        if weight.top > ROOT_FIELDS_MAX {
            return Err(Excess::RootFields);
        }
        if ruler.keys(&operation.selection_set.node).len() < weight.top {
            return Err(Excess::Duplicate);
        }
    }
    if ruler.aliases > ALIASES_MAX {
        return Err(Excess::Aliases);
    }
    if ruler.directives > DIRECTIVES_MAX {
        return Err(Excess::Directives);
    }
    Ok(())
}

/// What a selection comes to, fragments in their places.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// Fields and fragments in all.
    selections: usize,
    /// Fields that stand in the selection itself.
    top: usize,
    /// Fields in each other.
    depth: usize,
}

impl Weight {
    fn and(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            top: self.top.saturating_add(other.top),
            depth: self.depth.max(other.depth),
        }
    }

    fn field(inside: Self) -> Self {
        Self { top: 1, depth: inside.depth.saturating_add(1), ..inside.fragment() }
    }

    /// Counts itself, so that spreading nothing is not free.
    fn fragment(self) -> Self {
        Self { selections: self.selections.saturating_add(1), ..self }
    }
}

struct Ruler<'d> {
    document: &'d ExecutableDocument,
    /// Each is weighed once; none while it is being weighed.
    fragments: BTreeMap<&'d str, Option<Weight>>,
    aliases: usize,
    directives: usize,
}

impl<'d> Ruler<'d> {
    /// As deep as there are tokens at most, which were counted before.
    fn fragment(&mut self, name: &Name) -> Result<Weight, Excess> {
        // One that is not there is the library's to name.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Ok(Weight::default());
        };
        match self.fragments.get(name.as_str()) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(Excess::Cycle),
            None => {}
        }
        self.fragments.insert(name, None);
        let weight = self.selection(&fragment.node.selection_set.node)?;
        self.fragments.insert(name, Some(weight));
        Ok(weight)
    }

    fn selection(&mut self, set: &'d SelectionSet) -> Result<Weight, Excess> {
        let mut weight = Weight::default();
        for item in &set.items {
            let each = match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    self.aliases += usize::from(field.alias.is_some());
                    self.directives += field.directives.len();
                    Weight::field(self.selection(&field.selection_set.node)?)
                }
                Selection::InlineFragment(fragment) => {
                    self.directives += fragment.node.directives.len();
                    self.selection(&fragment.node.selection_set.node)?.fragment()
                }
                Selection::FragmentSpread(spread) => {
                    self.directives += spread.node.directives.len();
                    self.fragment(&spread.node.fragment_name.node)?.fragment()
                }
            };
            weight = weight.and(each);
        }
        Ok(weight)
    }

    /// The keys of a selection's answer. What it comes to is known to be small.
    fn keys(&self, set: &'d SelectionSet) -> BTreeSet<&'d str> {
        let mut keys = BTreeSet::new();
        for item in &set.items {
            let inside = match &item.node {
                Selection::Field(field) => {
                    keys.insert(field.node.response_key().node.as_str());
                    continue;
                }
                Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    fragment.map(|fragment| &fragment.node.selection_set.node)
                }
            };
            keys.extend(inside.into_iter().flat_map(|set| self.keys(set)));
        }
        keys
    }
}

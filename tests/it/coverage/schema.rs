//! The schema as the plane tells it: what objects have, and how one asks for all of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::client::User;

/// Rows of a page below another one.
const ROWS: usize = 3;

/// The objects of the schema.
pub(super) struct Schema {
    objects: BTreeMap<String, Vec<Field>>,
    /// What an interface or a union stands for.
    kinds: BTreeMap<String, Vec<String>>,
}

/// Something that an object has.
pub(super) struct Field {
    pub name: String,
    /// Name of the type without what is around it.
    of: String,
    is_object: bool,
    is_list: bool,
    /// Names and types of the arguments that must be given.
    pub required: Vec<(String, String)>,
    /// Whether it takes `first`: a connection.
    pub is_connection: bool,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Field {
    fn read(given: &Value) -> Self {
        let arguments = list(&given["args"]);
        let is_required =
            |each: &&Value| each["type"]["kind"] == "NON_NULL" && each["defaultValue"].is_null();
        let required = arguments.iter().filter(is_required);
        let (of, is_list) = inner(&given["type"]);
        Self {
            name: text(&given["name"]),
            of: text(&of["name"]),
            is_object: matches!(of["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION")),
            is_list,
            required: required
                .map(|each| (text(&each["name"]), text(&inner(&each["type"]).0["name"])))
                .collect(),
            is_connection: arguments.iter().any(|each| each["name"] == "first"),
        }
    }

    /// Whether a list of lists of the same name comes out of it, which the plane refuses.
    pub fn repeats(&self, above: &Self) -> bool {
        self.is_list && self.name == above.name
    }
}

/// What a type is without what is around it, and whether that is a list.
fn inner(kind: &Value) -> (&Value, bool) {
    let (mut kind, mut is_list) = (kind, false);
    while kind["ofType"].is_object() {
        is_list |= kind["kind"] == "LIST";
        kind = &kind["ofType"];
    }
    (kind, is_list)
}

impl Schema {
    pub async fn read(user: &User) -> Self {
        let query = "{ __schema { types { name kind possibleTypes { name } \
            fields { name args { name defaultValue type { ...T } } type { ...T } } } } } \
            fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
        let schema = user.get(query, json!({})).await;
        let types = list(&schema["__schema"]["types"]).iter();
        let (objects, kinds): (Vec<_>, Vec<_>) =
            types.partition(|each| list(&each["possibleTypes"]).is_empty());
        let objects = objects.into_iter().filter(|each| each["kind"] == "OBJECT");
        let fields = |each: &Value| list(&each["fields"]).iter().map(Field::read).collect();
        let possible = |each: &Value| {
            let names = list(&each["possibleTypes"]).iter().map(|kind| text(&kind["name"]));
            names.collect()
        };
        Self {
            objects: objects.map(|each| (text(&each["name"]), fields(each))).collect(),
            kinds: kinds.into_iter().map(|each| (text(&each["name"]), possible(each))).collect(),
        }
    }

    pub fn fields(&self, object: &str) -> &[Field] {
        self.objects.get(object).map_or(&[], Vec::as_slice)
    }

    /// The type of what is in a connection, or of the object itself.
    fn node<'s>(&'s self, field: &'s Field) -> &'s str {
        let nodes = self.fields(&field.of).iter().find(|each| each.name == "nodes");
        nodes.map_or(&field.of, |nodes| &nodes.of)
    }

    /// What a field's objects lead to without being told more.
    pub fn edges<'s>(&'s self, field: &'s Field) -> impl Iterator<Item = &'s Field> {
        let fields = self.fields(self.node(field)).iter();
        fields.filter(|each| each.is_object && each.required.is_empty())
    }

    /// Whatever a field's objects have that is no object itself.
    pub fn plain(&self, field: &Field) -> String {
        let names = |of: &str| {
            let plain = self.fields(of).iter();
            let plain = plain.filter(|each| !each.is_object && each.required.is_empty());
            plain.map(|each| each.name.as_str()).collect::<Vec<_>>().join(" ")
        };
        let of = self.node(field);
        let Some(kinds) = self.kinds.get(of) else { return format!("__typename {}", names(of)) };
        let each = |kind: &String| format!("... on {kind} {{ __typename {} }}", names(kind));
        format!("__typename {}", kinds.iter().map(each).collect::<Vec<_>>().join(" "))
    }

    /// The same, and so far down what its edges lead to.
    pub fn all(&self, field: &Field, depth: usize) -> String {
        let mut all = self.plain(field);
        if depth > 0 {
            for edge in self.edges(field).filter(|edge| !edge.repeats(field)) {
                all.push(' ');
                all.push_str(&self.asked(edge, "", ROWS, &self.all(edge, depth - 1)));
            }
        }
        all
    }

    /// A field with what is asked of its objects, and so many of them if it has pages.
    pub fn asked(&self, field: &Field, given: &str, rows: usize, inside: &str) -> String {
        let first = match field.is_connection && !given.contains("first:") {
            true => format!("first: {rows}"),
            false => String::new(),
        };
        let both: Vec<_> = [given, &first].into_iter().filter(|each| !each.is_empty()).collect();
        let arguments = match both.as_slice() {
            [] => String::new(),
            some => format!("({})", some.join(", ")),
        };
        let name = &field.name;
        match (field.is_object, self.node(field) == field.of) {
            (false, _) => format!("{name}{arguments}"),
            (true, true) => format!("{name}{arguments} {{ {inside} }}"),
            (true, false) => format!("{name}{arguments} {{ nodes {{ {inside} }} }}"),
        }
    }

    /// The same question with all that its answer has, `argument` being where it takes an id; one
    /// that is about something below a field of the root stays as it is.
    pub fn widened(&self, argument: &str, document: &str) -> String {
        let root = argument.split('.').next().unwrap_or_default();
        let Some((head, rest)) = document.split_once('{') else { return document.to_owned() };
        let rest = rest.trim_start();
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let Some(field) = self.fields(root).iter().find(|field| field.name == name) else {
            return document.to_owned();
        };
        let given = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        let given = given.map_or("", |(given, _)| given);
        // What follows is told thing by thing, each of them an object in an object.
        let depth = if root == "Subscription" { 2 } else { 1 };
        let inside = self.all(field, depth);
        format!("{head}{{ {} }}", self.asked(field, given, ROWS, &inside))
    }
}

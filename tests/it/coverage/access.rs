//! People, groups, roles and what is bound: what takes the id of one. The administrators ask, since
//! others are told of nothing.

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{
    ADD_MEMBER, BIND, CHANGE_GROUP, CHANGE_ROLE, CREATE_GROUP, CREATE_ROLE, CREATE_USER,
    DELETE_GROUP, DELETE_ROLE, DISABLE_USER, ENABLE_USER, REMOVE_MEMBER, UNBIND, USER_CODE,
};

use super::{Case, Kind, case};

/// Who may do what.
pub(super) fn access(things: &Access) -> Vec<Case> {
    [asked(things), parts(things), changed(things)].concat()
}

/// What tells of them.
fn asked(things: &Access) -> Vec<Case> {
    let x = json!({ "x": "$x" });
    let ask = |ask: &str| format!("query($x: ID!) {{ {ask} }}");
    let explain = |subject: &str, at: &str| {
        format!("query($x: ID!) {{ explainAccess(subject: {subject}, at: {at}) {{ action }} }}")
    };
    let (subject, node) = (format!("\"{}\"", things.subject), format!("\"{}\"", things.node));
    vec![
        case("Query.subject.id", &ask("subject(id: $x) { id }"), x.clone(), Kind::Person),
        case("Query.group.id", &ask("group(id: $x) { id }"), x.clone(), Kind::Group),
        case("Query.bindings.at", &ask("bindings(at: $x) { nodes { id } }"), x.clone(), Kind::At),
        case(
            "Query.bindings.holder",
            &ask("bindings(holder: $x) { nodes { id } }"),
            x.clone(),
            Kind::Holder,
        ),
        case("Query.explainAccess.subject", &explain("$x", &node), x.clone(), Kind::Person),
        case("Query.explainAccess.at", &explain(&subject, "$x"), x, Kind::At),
    ]
}

/// What makes a role of others.
fn parts(things: &Access) -> Vec<Case> {
    let around = json!({ "name": "around", "title": "Around", "parts": ["$x"],
        "idempotencyKey": "$k" });
    let mut other = around.clone();
    other["role"] = json!(things.other_role);
    let (around, other) = (json!({ "input": around }), json!({ "input": other }));
    vec![
        case("Mutation.createRole.input.parts", CREATE_ROLE, around, Kind::Part),
        case("Mutation.changeRole.input.parts", CHANGE_ROLE, other, Kind::Part),
    ]
}

/// What changes them. Those that delete what others need come last.
fn changed(things: &Access) -> Vec<Case> {
    let of = |input: Value| {
        let mut input = input;
        input["idempotencyKey"] = json!("$k");
        json!({ "input": input })
    };
    let named = |field: &str| of(json!({ field: "$x", "name": "again", "title": "Again" }));
    let role = of(json!({ "role": "$x", "name": "again", "title": "Again", "parts": ["view"] }));
    let member = |group: &str, subject: &str| of(json!({ "group": group, "subject": subject }));
    let bound = |holder: &str, role: &str, at: &str| {
        of(json!({ "holder": holder, "role": role, "at": at }))
    };
    let (mine, other) = (&things.subject, &things.group);
    let user = || of(json!({ "user": "$x" }));
    vec![
        case("Mutation.createUserSignInCode.input.user", USER_CODE, user(), Kind::Person),
        case("Mutation.disableUser.input.user", DISABLE_USER, user(), Kind::Person),
        case("Mutation.enableUser.input.user", ENABLE_USER, user(), Kind::Person),
        case("Mutation.changeGroup.input.group", CHANGE_GROUP, named("group"), Kind::Group),
        case("Mutation.changeRole.input.role", CHANGE_ROLE, role, Kind::Role),
        case("Mutation.addGroupMember.input.group", ADD_MEMBER, member("$x", mine), Kind::Group),
        case(
            "Mutation.addGroupMember.input.subject",
            ADD_MEMBER,
            member(other, "$x"),
            Kind::Person,
        ),
        case(
            "Mutation.removeGroupMember.input.group",
            REMOVE_MEMBER,
            member("$x", mine),
            Kind::Group,
        ),
        case(
            "Mutation.removeGroupMember.input.subject",
            REMOVE_MEMBER,
            member(&things.full_group, "$x"),
            Kind::Person,
        ),
        case(
            "Mutation.bindRole.input.holder",
            BIND,
            bound("$x", "viewer", &things.node),
            Kind::Holder,
        ),
        case("Mutation.bindRole.input.role", BIND, bound(mine, "$x", &things.node), Kind::Role),
        case("Mutation.bindRole.input.at", BIND, bound(mine, "finance", "$x"), Kind::At),
        case(
            "Mutation.unbindRole.input.binding",
            UNBIND,
            of(json!({ "binding": "$x" })),
            Kind::Binding,
        ),
        case(
            "Mutation.deleteRole.input.role",
            DELETE_ROLE,
            of(json!({ "role": "$x" })),
            Kind::Role,
        ),
        case(
            "Mutation.deleteGroup.input.group",
            DELETE_GROUP,
            of(json!({ "group": "$x" })),
            Kind::Group,
        ),
    ]
}

/// What a tenant's administrator made.
pub(super) struct Access {
    pub subject: String,
    pub group: String,
    pub full_group: String,
    pub role: String,
    pub other_role: String,
    pub binding: String,
    pub node: String,
    pub rule: String,
}

impl Access {
    pub async fn of(admin: &User, node: String) -> Self {
        let named = json!({ "name": "thing", "title": "Thing" });
        let subject = admin.make(CREATE_USER, named.clone()).await;
        let group = admin.make(CREATE_GROUP, named).await;
        let full = json!({ "name": "full", "title": "Full" });
        let full_group = admin.make(CREATE_GROUP, full).await;
        let member = json!({ "group": full_group, "subject": subject });
        admin.act(ADD_MEMBER, member).await.granted();
        let role = json!({ "name": "thing", "title": "Thing", "parts": ["view"] });
        let role = admin.make(CREATE_ROLE, role).await;
        let other = json!({ "name": "other", "title": "Other", "parts": ["view"] });
        let other_role = admin.make(CREATE_ROLE, other).await;
        let bound = json!({ "holder": subject, "role": "developer", "at": node });
        let binding = admin.make(BIND, bound).await;
        let rule = admin.rule(&node, "STOP_INSTANCE", json!({ "packages": ["memcached"] })).await;
        Self { subject, group, full_group, role, other_role, binding, node, rule }
    }
}

//! Mutations that take no id: what they answer has no word of another tenant either.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::client::User;
use tests::client::access::{CREATE_GROUP, CREATE_USER};
use tests::client::sign_in::END_OTHER_SESSIONS;
use tests::client::structure::IMPORT_STRUCTURE;
use tests::client::tenant::{text, wanted};

use super::{Case, Kind, case};
use crate::sign_in_provider::{mutation, settings};

/// All of them, those by which one leaves at last; the cases and these are all mutations there are.
pub(super) async fn without_id(user: &User, cases: &[Case]) -> Vec<Case> {
    let of = |mut input: Value| {
        input["idempotencyKey"] = json!("$k");
        json!({ "input": input })
    };
    let code =
        "mutation($input: CreateSignInCodeInput!) { createSignInCode(input: $input) { code } }";
    let provider = json!({ "name": "$x", "issuer": "nowhere", "settings": settings(json!({})) });
    let structure = json!({ "structure": { "document": "cellplane: 1" }, "previewToken": "$x" });
    let without = vec![
        ("createUser", CREATE_USER.to_owned(), of(json!({ "name": "$x", "title": "$x" }))),
        ("createGroup", CREATE_GROUP.to_owned(), of(json!({ "name": "$x", "title": "$x" }))),
        ("createSignInCode", code.to_owned(), of(json!({}))),
        ("createIdentityProvider", mutation("createIdentityProvider"), of(provider)),
        ("createTenant", text("createTenant"), of(wanted("globex"))),
        ("publishOffering", text("publishOffering"), of(json!({ "package": "$x" }))),
        ("importStructure", IMPORT_STRUCTURE.to_owned(), of(structure)),
        ("endOtherSessions", END_OTHER_SESSIONS.to_owned(), of(json!({}))),
        ("signOut", "mutation { signOut }".to_owned(), json!({})),
    ];
    let own = without.iter().map(|(name, ..)| (*name).to_owned());
    let of_cases = cases.iter().filter_map(|case| case.argument.strip_prefix("Mutation."));
    let of_cases = of_cases.filter_map(|path| path.split('.').next()).map(str::to_owned);
    let tried: BTreeSet<_> = of_cases.chain(own).collect();
    let found = user.get("{ __type(name: \"Mutation\") { fields { name } } }", json!({})).await;
    let fields = found["__type"]["fields"].as_array().expect("fields").iter();
    let there: BTreeSet<_> =
        fields.map(|field| field["name"].as_str().expect("a name").to_owned()).collect();
    assert_eq!(there, tried, "a mutation lacks a case");
    let cases = without.into_iter().map(|(name, document, variables)| {
        let argument: &'static str = format!("Mutation.{name}").leak();
        case(argument, &document, variables, Kind::Any)
    });
    cases.collect()
}

/// Whether it ends sessions of whoever asks.
pub(super) fn leaves(case: &Case) -> bool {
    matches!(case.argument, "Mutation.endOtherSessions" | "Mutation.signOut")
}

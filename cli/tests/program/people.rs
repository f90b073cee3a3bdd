//! People, groups, roles and bindings: names become ids, and nothing is taken away unasked.

use serde_json::{Value, json};

use super::plane::{Plane, Request};
use super::{Caller, Exit, Reply, refused, say};

fn subject(id: &str, name: &str, kind: &str) -> Value {
    json!({
        "id": id, "name": name, "title": "Zhang Wei", "kind": kind, "state": "ACTIVE",
        "createdAt": "2026-11-21T22:11:20.123456Z", "memberOf": [{"id": "grp_1", "name": "ops"}],
    })
}

fn group() -> Value {
    json!({
        "id": "grp_1", "name": "ops", "title": "Operations",
        "createdAt": "2026-11-21T22:11:20.123456Z",
    })
}

fn role(id: &str, is_own: bool, parts: &[&str]) -> Value {
    json!({
        "id": id, "name": if is_own { "restarter" } else { id }, "title": "May restart",
        "isOwn": is_own, "parts": parts, "actions": ["VIEW", "OPERATE"],
    })
}

fn binding(effect: &str) -> Value {
    json!({
        "id": "bnd_1", "holder": {"__typename": "Subject", "id": "sub_1", "name": "wei"},
        "role": {"id": "developer", "name": "developer", "title": "Developer"},
        "at": {"__typename": "Project", "id": "prj_1", "name": "web"}, "effect": effect,
        "createdAt": "2026-11-21T22:11:20.123456Z",
    })
}

fn page(root: &str, nodes: &Value) -> Reply {
    let end = json!({"hasNextPage": false, "endCursor": null});
    say(json!({"data": {root: {"nodes": nodes, "pageInfo": end}}}))
}

fn organization() -> Value {
    let none = json!({"nodes": [], "pageInfo": {"hasNextPage": false, "endCursor": null}});
    json!({"data": {"organization": {
        "id": "org_1", "name": "web", "title": "Web", "path": [], "children": none.clone(),
        "projects": none, "viewerCan": [],
    }}})
}

fn answer(request: &Request) -> Reply {
    let done = |root: &str, value: Value| say(json!({"data": {root: value}}));
    match request.operation() {
        "Subjects" => page(
            "subjects",
            &json!([subject("sub_1", "wei", "USER"), subject("sub_2", "wei-ci", "SERVICE")]),
        ),
        "Groups" => page("groups", &json!([group()])),
        "Roles" => {
            let all = [role("developer", false, &[]), role("rol_1", true, &["operate", "rol_2"])];
            done("roles", json!(all))
        }
        "Project" => done(
            "project",
            json!({"id": "prj_1", "name": "web", "title": "Web",
                   "organization": {"name": "rnd"}}),
        ),
        "Organization" => match request.body["variables"]["idOrName"].as_str() {
            Some("both") => say(organization()),
            _ => say(refused("NOT_FOUND")),
        },
        "Bindings" => page("bindings", &json!([binding("DENY")])),
        "BindRole" => done("bindRole", binding("ALLOW")),
        "UnbindRole" => done("unbindRole", json!("bnd_1")),
        "DisableUser" => done("disableUser", subject("sub_1", "wei", "USER")),
        "ChangeRole" => done("changeRole", role("rol_1", true, &["operate"])),
        "CreateUserSignInCode" => done(
            "createUserSignInCode",
            json!({"code": "abc", "expiresAt": "2026-11-21T22:21:20.123456Z"}),
        ),
        "AddGroupMember" => done("addGroupMember", group()),
        "ExplainAccess" => done(
            "explainAccess",
            json!([
                {"action": "VIEW", "isAllowed": true, "because": []},
                {"action": "ORDER", "isAllowed": false, "because": [{
                    "holder": {"__typename": "Group", "id": "grp_1", "name": "ops"},
                    "role": {"id": "developer", "name": "developer", "title": "Developer"},
                    "at": null, "effect": "DENY",
                }]},
            ]),
        ),
        _ => Reply::Lost,
    }
}

/// What the last request of this name carried.
fn sent(plane: &Plane, operation: &str) -> Value {
    let heard = plane.heard();
    let last = heard.iter().rev().find(|request| request.operation() == operation);
    let mut input = last.expect("it was asked").body["variables"]["input"].clone();
    input.as_object_mut().expect("an input").remove("idempotencyKey");
    input
}

#[tokio::test]
async fn a_role_is_bound_by_names() {
    let plane = Plane::listen(answer).await;
    let caller = Caller::signed_in_at(&plane.address);
    let line = "binding create --user wei --role restarter --at web --effect deny";
    let ended = caller.run(line).await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    assert!(ended.out.contains("given to subject/wei at project/web: bnd_1"), "{}", ended.out);
    let expected = json!({"holder": "sub_1", "role": "rol_1", "at": "prj_1", "effect": "DENY"});
    assert_eq!(sent(&plane, "BindRole"), expected);
    let ended = caller.run("binding create --group ops --role developer --at project/web").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    assert_eq!(sent(&plane, "BindRole")["holder"], "grp_1");
    let ended = caller.run("binding list --service-account wei-ci").await;
    assert!(ended.out.contains("deny") && ended.out.contains("project/web"), "{}", ended.out);
}

#[tokio::test]
async fn a_name_that_means_nobody_or_two_places_changes_nothing() {
    let plane = Plane::listen(answer).await;
    let caller = Caller::signed_in_at(&plane.address);
    for (line, expected) in [
        ("user disable nobody --yes", "there is no person nobody"),
        ("user disable wei-ci --yes", "there is no person wei-ci"),
        ("group add none wei", "there is no group none"),
        ("role change none --title x", "there is no role none: there are developer, restarter"),
        ("binding create --user wei --role developer --at both", "organization/both"),
        ("binding create --user wei --role developer --at cell/both", "give organization/NAME"),
        ("access explain wei fly project/web", "give one of view, order"),
    ] {
        let ended = caller.run(line).await;
        assert_eq!(ended.exit, Exit::Usage, "{line}: {}", ended.err);
        assert!(ended.err.contains(expected), "{line}: {}", ended.err);
    }
    let wrote = |name: &str| ["DisableUser", "AddGroupMember", "BindRole"].contains(&name);
    assert!(!plane.heard().iter().any(|request| wrote(request.operation())));
}

#[tokio::test]
async fn nothing_is_taken_away_without_a_yes() {
    let plane = Plane::listen(answer).await;
    let caller = Caller::signed_in_at(&plane.address);
    for line in
        ["user disable wei", "group delete ops", "role delete restarter", "binding delete bnd_1"]
    {
        let ended = caller.run(line).await;
        assert_eq!(ended.exit, Exit::Usage, "{line}");
        assert!(ended.err.contains("--yes"), "{line}: {}", ended.err);
    }
    let ended = caller.run("binding delete bnd_1 --yes --output json").await;
    assert_eq!(
        serde_json::from_str::<Value>(&ended.out).expect("JSON"),
        json!({"deleted": "bnd_1"})
    );
    let ended = caller.run("user disable wei --yes").await;
    assert_eq!(ended.out, "wei cannot sign in.\n");
}

#[tokio::test]
async fn what_is_not_given_of_a_role_stays() {
    let plane = Plane::listen(answer).await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("role change restarter --title Restarter").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let expected = json!({
        "role": "rol_1", "name": "restarter", "title": "Restarter", "parts": ["operate", "rol_2"],
    });
    assert_eq!(sent(&plane, "ChangeRole"), expected);
}

#[tokio::test]
async fn a_code_is_shown_as_a_link() {
    let plane = Plane::listen(answer).await;
    let ended = Caller::signed_in_at(&plane.address).run("user code wei").await;
    assert!(ended.out.contains(&format!("{}/sign-in#abc", plane.address)), "{}", ended.out);
    assert_eq!(sent(&plane, "CreateUserSignInCode"), json!({"user": "sub_1"}));
}

#[tokio::test]
async fn rights_are_explained_in_sentences() {
    let plane = Plane::listen(answer).await;
    let caller = Caller::signed_in_at(&plane.address);
    let ended = caller.run("access explain wei order project/web").await;
    assert_eq!(ended.exit, Exit::Ok, "{}", ended.err);
    let told = "order   no   developer is denied to group/ops at tenant";
    assert!(ended.out.contains(told), "{}", ended.out);
    assert!(!ended.out.contains("view"), "{}", ended.out);
    let all = caller.run("access explain wei all project/web --output json").await;
    let all: Value = serde_json::from_str(&all.out).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_project_is_shown_also_where_its_organization_is_not_told() {
    let alone = json!({"id": "prj_1", "name": "web", "title": "Web", "organization": null});
    let plane = Plane::listen(move |request| match request.operation() {
        "Projects" => page("projects", &json!([alone.clone()])),
        "Project" => say(json!({"data": {"project": alone.clone()}})),
        _ => Reply::Lost,
    })
    .await;
    let caller = Caller::signed_in_at(&plane.address);
    for line in ["project list", "get projects", "project show web"] {
        let ended = caller.run(line).await;
        assert_eq!(ended.exit, Exit::Ok, "{line}: {}", ended.err);
        assert!(ended.out.contains("prj_1"), "{line}: {}", ended.out);
    }
}

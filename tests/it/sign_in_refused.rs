//! A provider that bends everything that can be bent: nobody gets in, no session is left, and the
//! tenant's audit says why. What is by the book gets in, so that the rest means something.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::{Value, json};
use tests::browser::{Browser, Page, part};
use tests::provider::{Play, Provider, SECRET, Sign};
use tests::stories;
use tests::world::World;
use types::clock::Clock as _;

use crate::sign_in_provider::{create, settings};

mod bent;

stories! {
    whatever_is_bent_lets_nobody_in,
    a_way_back_is_good_once_for_its_own_browser_and_for_ten_minutes,
    what_a_document_promises_too_little_is_refused_before_anybody_leaves,
    answers_of_another_tenants_provider_are_worth_nothing,
}

/// Longer than anything of a provider's is kept.
const FORGOTTEN: Duration = Duration::from_secs(601);

/// Counts what must not be there.
pub(crate) struct Rows(DatabaseConnection);

impl Rows {
    pub(crate) async fn of(world: &World) -> Self {
        Self(Database::connect(world.database()).await.expect("a database"))
    }

    async fn one(&self, query: &str) -> sea_orm::QueryResult {
        let statement = sea_orm::Statement::from_string(self.0.get_database_backend(), query);
        self.0.query_one_raw(statement).await.expect("an answer").expect("a row")
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        let row = self.one(&format!("SELECT COUNT(*) AS many FROM {table}")).await;
        row.try_get("", "many").expect("a number")
    }

    pub(crate) async fn text(&self, query: &str) -> String {
        self.one(query).await.try_get("", "it").expect("a text")
    }

    pub(crate) async fn run(&self, statement: &str) {
        self.0.execute_unprepared(statement).await.expect("done");
    }

    /// Action, outcome and content of the last record of acme's audit, which knows from where.
    async fn last_audit(&self) -> (String, String, Value) {
        let query = "SELECT action, outcome, content, address FROM audit WHERE tenant_id = \
            (SELECT id FROM tenant WHERE name = 'acme') ORDER BY number DESC LIMIT 1";
        let row = self.one(query).await;
        let text = |column: &str| row.try_get::<String>("", column).expect("a text");
        assert_eq!(text("address"), "127.0.0.1");
        let content = serde_json::from_str(&text("content")).expect("JSON");
        (text("action"), text("outcome"), content)
    }
}

/// Leaves for the provider and comes back as it wants.
async fn round(world: &World, provider: &Provider) -> (Browser, Page) {
    let browser = Browser::new(world);
    let left = browser.leave("corp").await;
    if left.problem().is_some() {
        return (browser, left);
    }
    let back = browser.get(&provider.authorize(left.location())).await;
    (browser, back)
}

async fn gets_in(world: &World, provider: &Provider) {
    provider.play(Play::default());
    world.pass(FORGOTTEN);
    let (browser, page) = round(world, provider).await;
    assert_eq!(page.location(), "/instances", "{page:?}");
    assert_eq!(browser.viewer().await.as_deref(), Some("ann"));
}

fn leaks(page: &Page) -> bool {
    let told = format!("{page:?}");
    [SECRET, "eyJ", "cellplane_session="].iter().any(|secret| told.contains(secret))
}

async fn whatever_is_bent_lets_nobody_in(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    create(world, &provider, json!({})).await;
    gets_in(world, &provider).await;
    let rows = Rows::of(world).await;
    let people = rows.count("external_identity").await;
    let cases = bent::cases(&provider, world.clock.now().seconds());
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for (name, play, problem) in cases {
        provider.play(play);
        world.pass(FORGOTTEN);
        let sessions = rows.count("session").await;
        let (browser, page) = round(world, &provider).await;
        assert_eq!(page.problem().as_deref(), Some(problem), "{name}: {page:?}");
        assert!(!leaks(&page), "{name}: {page:?}");
        assert_eq!(browser.viewer().await, None, "{name} let somebody in");
        assert_eq!(rows.count("session").await, sessions, "{name} left a session");
        assert_eq!(rows.count("external_identity").await, people, "{name} left a person");
        let (action, outcome, content) = rows.last_audit().await;
        assert_eq!((&*action, &*outcome), ("signIn", "refused"), "{name}");
        assert_eq!(content["problem"], problem, "{name}");
    }
    gets_in(world, &provider).await;
    provider.play(Play::default().sign(Sign::Edwards));
    let (browser, _) = round(world, &provider).await;
    assert_eq!(browser.viewer().await.as_deref(), Some("ann"), "EdDSA is taken, too");
}

async fn a_way_back_is_good_once_for_its_own_browser_and_for_ten_minutes(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    create(world, &provider, json!({})).await;
    let rows = Rows::of(world).await;
    let (mine, thief) = (Browser::new(world), Browser::new(world));
    let refused = async |browser: &Browser, way: &str, problem: &str| {
        let sessions = rows.count("session").await;
        let page = browser.get(way).await;
        assert_eq!(page.problem().as_deref(), Some(problem), "{page:?}");
        assert_eq!(rows.count("session").await, sessions);
        assert!(!leaks(&page));
    };
    let left = mine.leave("corp").await;
    let cookie = left.set.first().expect("a cookie").clone();
    let flags = ["HttpOnly", "SameSite=Lax", "Path=/sign-in/callback", "Max-Age=600"];
    assert!(flags.iter().all(|flag| cookie.contains(flag)), "{cookie}");
    let way = provider.authorize(left.location());
    // Somebody else cannot be made to come in as me, nor can they spoil my way.
    refused(&thief, &way, "other_browser").await;
    assert_eq!(rows.last_audit().await.2["problem"], "other_browser");
    thief.leave("corp").await;
    refused(&thief, &way, "other_browser").await;
    let page = mine.get(&way).await;
    assert_eq!(page.location(), "/instances");
    let session = page.set.iter().find(|line| line.starts_with("cellplane_session="));
    let session = session.expect("a session");
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Strict"), "{session}");
    refused(&mine, &way, "state_used").await;
    // A code that was redeemed is worth nothing on another way.
    let second = mine.leave("corp").await;
    let state = part(second.location(), "state");
    refused(&mine, &format!("/sign-in/callback?state={state}&code=code-0"), "code_refused").await;
    // A code of somebody else's sign-in fits neither challenge nor nonce.
    let theirs = provider.code(thief.leave("corp").await.location());
    let third = part(mine.leave("corp").await.location(), "state");
    refused(&mine, &format!("/sign-in/callback?state={third}&code={theirs}"), "code_refused").await;
    // Too late.
    let late = provider.authorize(mine.leave("corp").await.location());
    world.pass(Duration::from_secs(600));
    refused(&mine, &late, "state_expired").await;
    // What nobody knows is counted and told to no tenant.
    let before = rows.count("audit").await;
    for way in ["?state=cpo_nothing&code=a", "?code=a", "", "?state=a&state=b", "?state=%FF"] {
        let problem = if way.contains("state=b") { "malformed" } else { "unknown_state" };
        refused(&mine, &format!("/sign-in/callback{way}"), problem).await;
    }
    let long = format!("/sign-in/callback?state=a&code={}", "a".repeat(9_000));
    refused(&mine, &long, "malformed").await;
    assert_eq!(rows.count("audit").await, before);
    let numbers = mine.get("/metrics").await.text;
    assert!(numbers.contains("sign_ins_refused_total{problem=\"unknown_state\"} 4"), "{numbers}");
}

async fn what_a_document_promises_too_little_is_refused_before_anybody_leaves(world: &mut World) {
    let provider = Provider::start(&world.clock).await;
    let made = create(world, &provider, json!({})).await;
    for (name, play, problem) in bent::documents(&provider) {
        provider.play(play);
        world.pass(FORGOTTEN);
        let browser = Browser::new(world);
        let page = browser.leave("corp").await;
        let expected = format!("/sign-in?problem={problem}&tenant=acme");
        assert_eq!(page.location(), expected, "{name}");
        assert!(page.set.is_empty(), "{name}");
    }
    // Each of them is refused when a provider is made, too, and told by the same word.
    let admin = world.user("admin").await;
    for (index, (name, play, problem)) in bent::documents(&provider).into_iter().enumerate() {
        provider.play(play);
        let refused = crate::sign_in_provider::try_create(
            &admin,
            &format!("second-{index}"),
            provider.issuer(),
            settings(json!({})),
        )
        .await;
        assert_eq!(refused.code(), "INVALID", "{name}: {}", refused.text);
        let problems = vec![("issuer".to_owned(), problem.to_owned())];
        assert_eq!(refused.problems(), problems, "{name}");
    }
    // Silence about code challenges is taken for "no", unless the tenant knows better.
    provider.play(Play::default().edit("discovery", |document| {
        document.as_object_mut().expect("an object").remove("code_challenge_methods_supported");
    }));
    world.pass(FORGOTTEN);
    let browser = Browser::new(world);
    assert_eq!(browser.leave("corp").await.problem().as_deref(), Some("no_s256"));
    let set = json!({ "assumesS256": true });
    crate::sign_in_provider::change(&admin, &made, set, "assume").await.granted();
    let left = browser.leave("corp").await;
    assert_eq!(part(left.location(), "code_challenge_method"), "S256");
}

async fn answers_of_another_tenants_provider_are_worth_nothing(world: &mut World) {
    let (ours, theirs) = (Provider::start(&world.clock).await, Provider::start(&world.clock).await);
    create(world, &ours, json!({})).await;
    let stranger = world.user("stranger").await;
    let made = crate::sign_in_provider::try_create(
        &stranger,
        "corp",
        theirs.issuer(),
        settings(json!({})),
    );
    made.await.granted();
    let browser = Browser::new(world);
    let start = "/sign-in/start?tenant=globex&provider=corp";
    let to_them = browser.get(start).await;
    let to_us = browser.leave("corp").await;
    // Their way with our code, and our way with theirs.
    let (our_code, their_code) = (ours.code(to_us.location()), theirs.code(to_them.location()));
    let way = |page: &Page, code: &str| {
        format!("/sign-in/callback?state={}&code={code}", part(page.location(), "state"))
    };
    for (page, code) in [(&to_us, &their_code), (&to_them, &our_code)] {
        let back = browser.get(&way(page, &format!("{code}-other"))).await;
        assert_eq!(back.problem().as_deref(), Some("code_refused"));
    }
    // A token that their provider signed, handed out by ours.
    let issuer = theirs.issuer().to_owned();
    ours.play(Play::default().sign(Sign::Foreign).edit("claims", move |claims| {
        claims["iss"] = json!(issuer);
    }));
    let (browser, page) = round(world, &ours).await;
    assert_eq!(page.problem().as_deref(), Some("issuer"));
    assert_eq!(browser.viewer().await, None);
    // The same person there is another one, or nobody, here.
    let stranger_here = browser.get("/sign-in/start?tenant=acme&provider=other").await;
    assert_eq!(stranger_here.problem().as_deref(), Some("unknown_provider"));
    let nowhere = browser.get("/sign-in/start?tenant=nowhere&provider=corp").await;
    assert_eq!(nowhere.problem().as_deref(), Some("unknown_provider"));
}

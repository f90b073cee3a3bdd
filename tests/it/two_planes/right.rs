//! A right that is taken through one plane is gone through the other, for what is open there as well.

use tests::client::access::CREATE_ROLE;

use super::*;

const OF_INSTANCE: &str = "subscription($x: ID!) { events(instance: $x) { cursor } }";
const PROGRESS: &str =
    "subscription($x: ID!) { operationProgress(operation: $x) { operation { state } } }";
const PROJECT: &str = "query($x: String!) { project(idOrName: $x) { id } }";

/// Reads until there is no more; the last answer says why.
async fn end(mut open: Subscription) -> String {
    let last = async {
        let mut code = None;
        while let Some(answer) = open.next().await {
            let said = answer.code().to_owned();
            if said != "done" {
                return Some(said);
            }
            code = Some(said);
        }
        code
    };
    tokio::time::timeout(PATIENCE, last).await.expect("in time").expect("an answer")
}

/// Opens all kinds of subscriptions there, takes the right here, lets some time pass.
async fn ends(world: &World, other: &ServerHandle, time: Option<Duration>) {
    let (admin, dev) = (world.user("admin").await, world.user("dev").await);
    let (there, subject) = (at(&dev, other), dev.subject().await);
    // The operation stays open.
    world.cut();
    let order = world.redis(world.seed.platform_dev, "first", "standalone");
    let made = dev.order(&order).await;
    let mut progress = there.follow(PROGRESS, json!({ "x": made.operation })).await;
    progress.next().await.expect("how it is now").granted();
    let open = [
        progress,
        there.follow(OF_INSTANCE, json!({ "x": made.instance })).await,
        follow(&there).await,
    ];
    let viewer = at(&world.user("viewer").await, other);
    let mut unharmed = follow(&viewer).await;
    let asked = json!({ "x": world.seed.platform_dev.to_string() });
    there.ask(PROJECT, asked.clone()).await.granted();

    let platform = world.seed.platform.to_string();
    admin.bind(&subject, "viewer", &platform, "DENY").await.granted();
    if let Some(time) = time {
        world.pass(time);
    }
    for open in open {
        assert_eq!(end(open).await, "NOT_FOUND");
    }
    assert_eq!(there.ask(PROJECT, asked).await.code(), "NOT_FOUND");
    world.mend();
    // Who kept their rights goes on.
    let order = world.redis(world.seed.sales_dev, "second", "standalone");
    world.user("seller").await.order(&order).await;
    assert_eq!(names(world, &mut unharmed, 2).await, ["first", "second"]);
}

#[tokio::test]
async fn a_right_that_is_taken_through_one_plane_is_gone_through_the_other_at_once() {
    let redis = redis();
    tell(Some(redis.url()), async |world, other| ends(world, other, None).await).await;
}

#[tokio::test]
async fn a_right_that_is_taken_is_gone_everywhere_within_a_second_without_redis() {
    let second = Some(Duration::from_secs(1));
    tell(None, async |world, other| ends(world, other, second).await).await;
}

#[tokio::test]
async fn a_right_that_is_taken_is_gone_everywhere_within_a_second_while_redis_is_gone() {
    let mut redis = redis();
    let second = Some(Duration::from_secs(1));
    tell(Some(redis.url()), async |world, other| {
        redis.kill();
        ends(world, other, second).await;
    })
    .await;
}

/// What is kept in memory there says nothing yet of what was bound here.
#[tokio::test]
async fn a_role_bound_through_one_plane_counts_for_who_fills_applications_through_the_other() {
    tell(None, async |world, other| {
        let (admin, keeper) = (world.user("admin").await, world.user("nobody").await);
        let me = keeper.subject().await;
        let tree = json!({ "name": "tree", "title": "Tree", "parts": ["viewer", "manage_tree"] });
        let tree = admin.make(CREATE_ROLE, tree).await;
        let platform = world.seed.platform.to_string();
        admin.bind(&me, &tree, &platform, "ALLOW").await.granted();
        let order = world.redis(world.seed.platform_dev, "cache", "standalone");
        let cache = admin.order(&order).await.instance;
        let open = admin.application(&platform, "open", false).await;
        let closed = admin.application(&platform, "closed", false).await;
        admin.put_in(&closed, &cache).await.granted();
        world.pass(Duration::from_secs(1));
        let there = at(&keeper, other);
        assert_eq!(there.parts(&closed).await, ["cache"]);

        admin.bind(&me, "developer", &open, "ALLOW").await.granted();
        admin.bind(&me, "developer", &closed, "DENY").await.granted();
        assert_eq!(there.parts(&closed).await, ["cache"], "it knows nothing of it yet");
        assert_eq!(there.put_in(&open, &cache).await.code(), "FORBIDDEN");
        assert_eq!(there.take_out(&closed, &cache).await.code(), "FORBIDDEN");
        let delete = json!({ "application": closed });
        assert_eq!(there.compose("deleteApplication", delete).await.code(), "FORBIDDEN");
    })
    .await;
}

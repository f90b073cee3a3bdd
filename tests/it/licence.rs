//! The licence's limit.

use serde_json::json;
use tests::client::order::Ordered;
use tests::stories;
use tests::world::World;

stories! {
    of_two_orders_at_once_beyond_the_licence_one_passes,
    a_larger_licence_lets_the_same_order_pass,
}

async fn of_two_orders_at_once_beyond_the_licence_one_passes(world: &mut World) {
    let (dev, seller) = (world.user("dev").await, world.user("seller").await);
    let first = world.redis(world.seed.platform_dev, "first", "primary-replica");
    dev.order(&first).await;
    for round in 0..3 {
        let name = format!("round-{round}");
        let mine = world.redis(world.seed.platform_dev, &name, "primary-replica");
        let theirs = world.redis(world.seed.sales_dev, &name, "primary-replica");
        let tokens = (dev.preview(&mine).await, seller.preview(&theirs).await);
        let (here, there) = futures::join!(
            dev.place(&mine, &tokens.0, &name),
            seller.place(&theirs, &tokens.1, &name),
        );
        let mut codes = [here.code(), there.code()];
        codes.sort_unstable();
        assert_eq!(codes, ["LIMIT_REACHED", "done"]);
        let (passed, refused, user) =
            if here.code() == "done" { (here, there, &dev) } else { (there, here, &seller) };
        let told = refused.told();
        assert_eq!(
            (&told["limit"], &told["used"], &told["added"], &told["at"]),
            (&json!(4), &json!(4), &json!(2), &json!("licence"))
        );
        let passed = Ordered::from(&passed);
        let deleted = Ordered::from(&user.delete(&passed.instance, &name, &name).await);
        world.succeeded(user, &deleted.operation).await;
    }
}

async fn a_larger_licence_lets_the_same_order_pass(world: &mut World) {
    let dev = world.user("dev").await;
    for name in ["first", "second"] {
        dev.order(&world.redis(world.seed.platform_dev, name, "primary-replica")).await;
    }
    let third = world.redis(world.seed.platform_dev, "third", "standalone");
    let token = dev.preview(&third).await;
    let refused = dev.place(&third, &token, "third").await;
    assert_eq!(refused.code(), "LIMIT_REACHED");
    world.license("more", 1).await;
    // The licence is checked at the order; the preview and the key are as good as before.
    let passed = Ordered::from(&dev.place(&third, &token, "third").await);
    world.succeeded(&dev, &passed.operation).await;
}

//! The same attempts on a plane whose queries forget the tenant: the database itself must keep
//! tenants apart, and where it does not, the attempts must find leaks.

use control_plane_store::mutant::tear_first_wall_down;
use sea_orm::{ConnectionTrait as _, Database};
use tests::engine::Engine;
use tests::world::{World, tell};

use super::attempt::{Stage, Tried};

/// Takes row-level security off every table.
const NO_SECOND_WALL: &str = "DO $$ DECLARE known text; BEGIN
    FOR known IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', known);
    END LOOP;
END $$";

async fn without_first_wall(world: &World) -> Tried {
    let (stage, mut tried) = (Stage::set(world).await, Tried::default());
    tear_first_wall_down();
    stage.everybody(world, &mut tried).await;
    tried.say();
    tried
}

#[tokio::test]
async fn the_second_wall_alone_keeps_tenants_apart() {
    tell(Engine::Postgres, async |world| {
        let tried = without_first_wall(world).await;
        assert!(tried.leaks.is_empty(), "{:#?}", tried.leaks);
        assert!(tried.attempts > 500, "only {} attempts", tried.attempts);
    })
    .await;
}

#[tokio::test]
async fn without_both_walls_the_attempts_find_leaks() {
    // What follows from such a plane is not looked at.
    let world = World::start(Engine::Postgres.start().new_database(), |_| ()).await;
    let owner = Database::connect(world.database()).await.expect("a connection");
    owner.execute_unprepared(NO_SECOND_WALL).await.expect("done");
    let tried = without_first_wall(&world).await;
    assert!(!tried.leaks.is_empty(), "nobody would notice");
    world.alarms.take();
}

#[tokio::test]
async fn an_engine_without_a_second_wall_leaks_without_the_first() {
    let world = World::start(Engine::Sqlite.start().new_database(), |_| ()).await;
    let tried = without_first_wall(&world).await;
    assert!(!tried.leaks.is_empty(), "nobody would notice");
    world.alarms.take();
}

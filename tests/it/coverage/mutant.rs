//! The same attempts and questions on a plane whose queries forget the tenant: the database itself
//! must keep tenants apart, and where it does not, they must find leaks.

use control_plane_store::mutant::tear_first_wall_down;
use sea_orm::{ConnectionTrait as _, Database, DbBackend, Statement};
use tests::engine::Engine;
use tests::world::{World, tell};

use super::attempt::{Attempt, Stage, Tried};
use super::canary::{Aviary, say};
use super::explore::Heard;

/// Takes row-level security off every table, one after the other: the plane is at work meanwhile, and
/// who holds one table while waiting for another one would be in its way.
async fn without_second_wall(world: &World) {
    let owner = Database::connect(world.database()).await.expect("a connection");
    let tables = "SELECT quote_ident(tablename) FROM pg_tables \
        WHERE schemaname = current_schema()";
    let tables = Statement::from_string(DbBackend::Postgres, tables);
    for row in owner.query_all_raw(tables).await.expect("tables") {
        let table: String = row.try_get_by_index(0).expect("a name");
        let off = format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY");
        owner.execute_unprepared(&off).await.expect("done");
    }
    owner.close().await.expect("closed");
}

async fn attempts(stage: &mut Stage, world: &World) -> Tried {
    let mut tried = Tried::default();
    tear_first_wall_down();
    stage.everybody(world, &mut tried).await;
    tried.say();
    tried
}

async fn questions(aviary: &Aviary) -> Heard {
    tear_first_wall_down();
    let heard = aviary.ask_everybody().await;
    say(&format!("{} queries, {} answers with a word", heard.questions, heard.leaks.len()));
    heard
}

/// Siblings share a tenant, so the database alone cannot keep them apart.
fn across_tenants(tried: &Tried) -> Vec<String> {
    let leaks = tried.leaks.iter().filter(|leak| leak.attempt != Attempt::Sibling);
    leaks.map(|leak| format!("{leak:?}")).collect()
}

#[tokio::test]
async fn the_second_wall_alone_keeps_tenants_apart() {
    tell(Engine::Postgres, async |world| {
        let mut stage = Stage::set(world).await;
        let tried = attempts(&mut stage, world).await;
        let leaks = across_tenants(&tried);
        assert!(leaks.is_empty(), "{leaks:#?}");
        assert!(tried.attempts > 3_000, "only {} attempts", tried.attempts);
        // Where a word of the product is expected, the canary was in the way.
        world.alarms.take();
        stage.lift().await;
    })
    .await;
}

#[tokio::test]
async fn the_second_wall_alone_keeps_the_words_of_tenants_apart() {
    let mut world = World::start(Engine::Postgres.start().new_database(), |_| ()).await;
    let heard = questions(&Aviary::open(&mut world).await).await;
    assert!(heard.leaks.is_empty(), "{:#?}", heard.leaks);
    world.alarms.take();
}

#[tokio::test]
async fn without_both_walls_the_attempts_find_leaks() {
    // What follows from such a plane is not looked at.
    let mut world = World::start(Engine::Postgres.start().new_database(), |_| ()).await;
    let mut stage = Stage::set(&mut world).await;
    without_second_wall(&world).await;
    let tried = attempts(&mut stage, &world).await;
    assert!(tried.has_found(Attempt::Foreign), "nobody would notice");
    world.alarms.take();
}

#[tokio::test]
async fn without_both_walls_the_questions_find_words() {
    let mut world = World::start(Engine::Postgres.start().new_database(), |_| ()).await;
    let aviary = Aviary::open(&mut world).await;
    without_second_wall(&world).await;
    let heard = questions(&aviary).await;
    assert!(heard.leaks.iter().any(|leak| leak.field == "instance"), "nobody would notice");
    world.alarms.take();
}

#[tokio::test]
async fn an_engine_without_a_second_wall_leaks_without_the_first() {
    let mut world = World::start(Engine::Sqlite.start().new_database(), |_| ()).await;
    let mut stage = Stage::set(&mut world).await;
    let tried = attempts(&mut stage, &world).await;
    for attempt in [Attempt::Foreign, Attempt::Sibling] {
        assert!(tried.has_found(attempt), "nobody would notice: {attempt:?}");
    }
    world.alarms.take();
}

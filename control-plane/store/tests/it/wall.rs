//! The second wall: PostgreSQL itself keeps tenants apart, whatever a statement asks for.

use std::collections::BTreeSet;

use control_plane_store::{Store, StoreSettings, instance, wall};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};

use crate::engine::Engine;
use crate::world::{Home, World, new_instance};

/// Tables of which everybody reads the rows that belong to no tenant.
const SHARED: [&str; 4] = ["licence", "price_book", "price_line", "price_version"];

async fn owner(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("the owner signs in")
}

/// A connection under the plane's role, set to the tenants that a test wants.
async fn plane(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    options.map_sqlx_postgres_opts(|options| options.options([("role", wall::ROLE)]));
    Database::connect(options).await.expect("the plane signs in")
}

async fn set(db: &DatabaseConnection, home: &Home) {
    let set = format!("SET cellplane.tenant = '{}'", home.tenant.uuid());
    db.execute_unprepared(&set).await.expect("set");
}

async fn texts(db: &DatabaseConnection, sql: &str) -> BTreeSet<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.expect("rows");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

async fn count(db: &DatabaseConnection, table: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM {table}");
    let statement = Statement::from_string(db.get_database_backend(), statement);
    let row = db.query_one_raw(statement).await.expect("an answer").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

async fn refused(db: &DatabaseConnection, sql: &str) -> String {
    db.execute_unprepared(sql).await.expect_err(sql).to_string()
}

/// Every table of the catalogue of the database that says whose a row is.
async fn of_tenants(db: &DatabaseConnection) -> BTreeSet<String> {
    let mut found = texts(
        db,
        "SELECT table_name::text FROM information_schema.columns \
         WHERE table_schema = 'public' AND column_name = 'tenant_id'",
    )
    .await;
    found.insert("tenant".to_owned());
    found
}

#[tokio::test]
async fn every_table_is_behind_the_wall() {
    let world = World::open(Engine::Postgres).await;
    let db = owner(&world.url).await;
    let all = texts(
        &db,
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' \
         AND tablename <> 'seaql_migrations'",
    )
    .await;
    let forced = texts(
        &db,
        "SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity",
    )
    .await;
    assert_eq!(all, forced);
    let compared = texts(
        &db,
        "SELECT tablename::text FROM pg_policies WHERE cmd = 'ALL' \
         AND qual LIKE '%current_setting(''cellplane.tenant''%::uuid%' AND qual = with_check",
    )
    .await;
    let of_tenants = of_tenants(&db).await;
    assert!(of_tenants.len() > 30, "{of_tenants:?}");
    assert_eq!(of_tenants, compared, "a table with tenants whose policy does not ask for them");
}

#[tokio::test]
async fn a_new_table_with_tenants_is_a_gap_until_it_is_migrated() {
    let world = World::open(Engine::Postgres).await;
    let db = owner(&world.url).await;
    db.execute_unprepared("CREATE TABLE later (id uuid, tenant_id uuid)").await.expect("made");
    let stands = wall::look(&world.store).await.expect("an answer").expect("a wall");
    assert_eq!(stands.gaps, ["later"]);
    world.store.migrate().await.expect("migrate");
    let stands = wall::look(&world.store).await.expect("an answer").expect("a wall");
    assert_eq!(stands.gaps, [""; 0]);
    assert!(!stands.steps_around && stands.owned == 0, "{stands:?}");
    assert!(stands.login_steps_around, "the tests sign in as a superuser");
    let plane = plane(&world.url).await;
    set(&plane, &world.home("acme").await).await;
    assert_eq!(count(&plane, "later").await, 0);
}

#[tokio::test]
async fn a_connection_that_is_set_to_nobody_reads_and_writes_nothing() {
    let world = World::open(Engine::Postgres).await;
    let home = world.home("acme").await;
    let plane = plane(&world.url).await;
    for table in ["tenant", "organization", "project", "head", "standing"] {
        let told = refused(&plane, &format!("SELECT 1 FROM {table}")).await;
        assert!(told.contains("cellplane.tenant"), "{table}: {told}");
    }
    let told = refused(&plane, "DELETE FROM organization").await;
    assert!(told.contains("cellplane.tenant"), "{told}");
    set(&plane, &home).await;
    assert_eq!(count(&plane, "tenant").await, 1);
    plane.execute_unprepared("SET cellplane.tenant = ''").await.expect("set");
    refused(&plane, "SELECT 1 FROM tenant").await;
}

#[tokio::test]
async fn a_tenant_touches_no_row_of_another_one_whatever_it_asks() {
    let world = World::open(Engine::Postgres).await;
    let (acme, other) = (world.home("acme").await, world.home("other").await);
    let cell = world.cell("home").await;
    let theirs = world.instance(&other, cell, "cache").await;
    world.instance(&acme, cell, "cache").await;
    let plane = plane(&world.url).await;
    set(&plane, &acme).await;
    for table in of_tenants(&owner(&world.url).await).await {
        let column = if table == "tenant" { "id" } else { "tenant_id" };
        let foreign = format!("{table} WHERE {column} IS DISTINCT FROM '{}'", acme.tenant.uuid());
        let seen = count(&plane, &foreign).await;
        assert!(seen == 0 || SHARED.contains(&table.as_str()), "{seen} of {table}");
        for write in
            [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {foreign}")]
        {
            plane.execute_unprepared("BEGIN").await.expect("begun");
            let done = plane.execute_unprepared(&write).await.expect(&write);
            let own = if write.starts_with("UPDATE") { count(&plane, &table).await } else { 0 };
            assert_eq!(i64::try_from(done.rows_affected()).expect("few"), own, "{write}");
            plane.execute_unprepared("ROLLBACK").await.expect("rolled back");
        }
    }
    let stolen = format!("UPDATE instance SET tenant_id = '{}'", other.tenant.uuid());
    assert!(refused(&plane, &stolen).await.contains("row-level security"));
    let planted = format!(
        "INSERT INTO role SELECT gen_random_uuid(), '{}', 'x', 'x', '[]', 0",
        other.tenant.uuid()
    );
    assert!(refused(&plane, &planted).await.contains("row-level security"));
    let kept = instance::get(&world.read(&other), theirs.id).await.expect("still theirs");
    assert_eq!(kept, theirs);
}

#[tokio::test]
async fn the_planes_role_cannot_take_the_wall_down() {
    let world = World::open(Engine::Postgres).await;
    let plane = plane(&world.url).await;
    for statement in [
        "ALTER TABLE instance DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE instance NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY cellplane_1 ON instance",
        "CREATE POLICY open ON instance USING (true)",
        "TRUNCATE instance",
        "DROP TABLE instance",
        "CREATE TABLE mine (id uuid)",
        "UPDATE seaql_migrations SET applied_at = 0",
        "ALTER ROLE cellplane_plane BYPASSRLS",
    ] {
        let told = refused(&plane, statement).await;
        assert!(
            ["permission denied", "must be owner", "must be superuser"]
                .iter()
                .any(|words| told.contains(words)),
            "{statement}: {told}"
        );
    }
    plane.execute_unprepared("SET row_security = off").await.expect("set");
    plane.execute_unprepared("SET cellplane.tenant = 'any'").await.expect("set");
    assert!(refused(&plane, "SELECT 1 FROM instance").await.contains("row-level security"));
}

#[tokio::test]
async fn a_login_that_may_do_nothing_else_serves() {
    let world = World::open(Engine::Postgres).await;
    let home = world.home("acme").await;
    let db = owner(&world.url).await;
    let login = format!("plane_{}", std::process::id());
    let made = format!("CREATE ROLE {login} LOGIN NOINHERIT IN ROLE {}", wall::ROLE);
    db.execute_unprepared(&made).await.expect("made");
    let url = world.url.replacen("cellplane@", &format!("{login}@"), 1);
    let store = Store::open(&StoreSettings::at(url)).await.expect("open");
    assert_eq!(store.pending_migrations().await.expect("ask"), 0);
    let stands = wall::look(&store).await.expect("an answer").expect("a wall");
    assert_eq!((stands.login, stands.login_steps_around), (login, false));
    let tx = store.begin(&home.permit).await.expect("begin");
    let cell = world.cell("home").await;
    instance::insert(&tx, new_instance(&home, cell, "cache")).await.expect("insert");
    tx.commit().await.expect("commit");
    assert!(store.migrate().await.is_err(), "that is the owner's");
}

#[tokio::test]
async fn a_connection_is_set_once_for_many_statements_of_a_tenant() {
    let world = World::open(Engine::Postgres).await;
    let (acme, other) = (world.home("acme").await, world.home("other").await);
    let settings = StoreSettings { connections_max: 2, ..StoreSettings::at(world.url.clone()) };
    let store = Store::open(&settings).await.expect("open");
    let name = async |home: &Home| {
        control_plane_store::tenant::get(&store.read(&home.scope)).await.expect("a tenant").name
    };
    for _ in 0..20 {
        assert_eq!(name(&acme).await, "acme");
    }
    assert_eq!(store.switches(), 1);
    for _ in 0..20 {
        assert_eq!(name(&other).await, "other");
        assert_eq!(name(&acme).await, "acme");
        store.begin(&acme.permit).await.expect("begin").commit().await.expect("commit");
    }
    assert_eq!(store.switches(), 2, "each tenant has a connection of its own");
    let third = world.home("third").await;
    assert_eq!(name(&third).await, "third");
    assert_eq!(store.switches(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_that_share_few_connections_never_meet() {
    let world = World::open(Engine::Postgres).await;
    let settings = StoreSettings { connections_max: 2, ..StoreSettings::at(world.url.clone()) };
    let store = Store::open(&settings).await.expect("open");
    let mut tasks = Vec::new();
    for number in 0..6 {
        let (store, name) = (store.clone(), format!("tenant-{number}"));
        let home = world.home(&name).await;
        tasks.push(tokio::spawn(async move {
            for round in 0..40 {
                let read = store.read(&home.scope);
                // Somebody hangs up, in the middle of whatever.
                let hurry = std::time::Duration::from_micros(50 * (round % 7));
                let _ = tokio::time::timeout(hurry, control_plane_store::tenant::get(&read)).await;
                let found = control_plane_store::tenant::get(&read).await.expect("own tenant");
                assert_eq!(found.name, name);
                let tx = store.begin(&home.permit).await.expect("begin");
                assert_eq!(control_plane_store::tenant::get(&tx).await.expect("own").name, name);
            }
        }));
    }
    for task in tasks {
        task.await.expect("every tenant saw itself and nobody else");
    }
}

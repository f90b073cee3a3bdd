//! The second wall between tenants: row-level security of PostgreSQL.
//!
//! The first wall is that every table file begins its queries from a private `own…`. Should one of
//! them forget the tenant, the database itself gives no row of another one: each table with a tenant
//! has a policy that compares it with a setting of the connection, and the plane works under a role
//! that owns nothing and may not step around policies. Policies follow from the catalogue of the
//! database, so a new table with a tenant is behind the wall by itself. The other engines know
//! nothing like it.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement, Value};

use crate::error::Result;
use crate::store::Store;

/// Whose rows a connection may touch: a tenant's id or [`ANY`]. Where it is not set at all, every
/// statement on a table fails.
pub(crate) const SETTING: &str = "cellplane.tenant";

/// All rows: operators, named tasks and cells.
pub(crate) const ANY: &str = "any";

/// The role that `migrate` makes, unless another one is configured.
pub const ROLE: &str = "cellplane_plane";

/// A policy's name says which form it has; with another form comes another number.
const POLICY: &str = "cellplane_1";
const SHARED_POLICY: &str = "cellplane_shared_1";

/// Tables of which every tenant reads the rows that belong to none.
const SHARED: [&str; 4] = ["licence", "price_book", "price_line", "price_version"];

/// Tables without a tenant that every tenant's requests read, and some of them write.
const COMMON: [&str; 4] = ["cell", "cell_head", "offering", "plan"];

/// A table and, if it has one, the column that says whose a row is.
type Table = (String, Option<String>);

/// Tables of ours without the policy `$1` or closed to the role `$2`, each with its column of tenants.
const GAPS: &str = "SELECT c.relname::text, a.attname::text FROM pg_class c \
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped \
        AND a.attname = CASE c.relname WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END \
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') \
        AND c.relname <> 'seaql_migrations' \
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity \
            AND has_table_privilege($2, c.oid, 'INSERT') AND EXISTS \
            (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = $1)) \
    ORDER BY c.relname";

/// Makes the role if it is not there, lets it work on all tables, and puts a policy on each of them
/// that lacks one. Does nothing when all of that is done.
pub(crate) async fn raise(owner: &DatabaseConnection, role: &str) -> Result<()> {
    if knows(owner, role).await? && gaps(owner, role).await?.is_empty() {
        return Ok(());
    }
    owner.execute_unprepared(&make_role(role)).await?;
    let mut statements = use_tables(role);
    statements.extend(gaps(owner, role).await?.iter().map(policies));
    owner.execute_unprepared(&statements).await?;
    Ok(())
}

/// Whether the server has the role.
pub(crate) async fn knows(db: &DatabaseConnection, role: &str) -> Result<bool, DbErr> {
    let known = "SELECT 1 FROM pg_roles WHERE rolname = $1";
    let backend = db.get_database_backend();
    let known = Statement::from_sql_and_values(backend, known, [Value::from(role)]);
    Ok(db.query_one_raw(known).await?.is_some())
}

async fn gaps(db: &DatabaseConnection, role: &str) -> Result<Vec<Table>, DbErr> {
    let values = [POLICY, role].map(Value::from);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), GAPS, values);
    let found = db.query_all_raw(statement).await?;
    found.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Several who migrate databases of one server may meet at the role, which is the server's.
fn make_role(role: &str) -> String {
    format!(
        "DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                CREATE ROLE \"{role}\" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$;
        DO $$ BEGIN
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
                AND NOT pg_has_role(current_user, '{role}', 'USAGE') THEN
                GRANT \"{role}\" TO CURRENT_USER;
            END IF;
        END $$;"
    )
}

/// Reading and writing of all tables, but for the list of migrations.
fn use_tables(role: &str) -> String {
    format!(
        "DO $$ BEGIN
            EXECUTE format('GRANT USAGE ON SCHEMA %I TO \"{role}\"', current_schema());
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I \
                TO \"{role}\"', current_schema());
        END $$;
        REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM \"{role}\";"
    )
}

/// The statements that put a table behind the wall. The setting is read in a subquery, so once per
/// statement and not per row, and the `CASE` keeps the planner from guessing that hardly a row is
/// the tenant's.
fn policies((table, column): &Table) -> String {
    let setting = format!("(SELECT current_setting('{SETTING}'))");
    let own = match column {
        Some(column) => format!(
            "CASE WHEN {setting} = '{ANY}' THEN true ELSE {column} = \
             (SELECT NULLIF(current_setting('{SETTING}'), '{ANY}')::uuid) END"
        ),
        None if COMMON.contains(&table.as_str()) => "true".to_owned(),
        None => format!("{setting} = '{ANY}'"),
    };
    let mut statements = format!(
        "ALTER TABLE \"{table}\" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS {POLICY} ON \"{table}\";
        CREATE POLICY {POLICY} ON \"{table}\" USING ({own}) WITH CHECK ({own});"
    );
    if let (Some(column), true) = (column, SHARED.contains(&table.as_str())) {
        statements.push_str(&format!(
            "DROP POLICY IF EXISTS {SHARED_POLICY} ON \"{table}\";
            CREATE POLICY {SHARED_POLICY} ON \"{table}\" FOR SELECT USING ({column} IS NULL);"
        ));
    }
    statements
}

/// How the second wall stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who signed in at the database.
    pub login: String,
    /// Whether that one may step around policies, so that only the change of roles keeps it off.
    pub login_steps_around: bool,
    /// As whom statements run.
    pub role: String,
    /// Whether policies do not bind that one.
    pub steps_around: bool,
    /// Tables that it owns, so that it could take their policies away.
    pub owned: i64,
    /// Tables without the policy.
    pub gaps: Vec<String>,
}

/// Looks at the wall; none where the engine has none or none is configured.
///
/// # Errors
/// As for any read.
pub async fn look(store: &Store) -> Result<Option<Standing>> {
    let Some(role) = store.role() else { return Ok(None) };
    let db = store.reading();
    let gaps = gaps(db, role).await?.into_iter().map(|(table, _)| table).collect();
    let who = "SELECT session_user::text, s.rolsuper OR s.rolbypassrls, \
            current_user::text, c.rolsuper OR c.rolbypassrls, \
            (SELECT count(*) FROM pg_class t WHERE t.relowner = c.oid \
                AND t.relnamespace = current_schema()::regnamespace) \
        FROM pg_roles s, pg_roles c WHERE s.rolname = session_user AND c.rolname = current_user";
    let statement = Statement::from_string(db.get_database_backend(), who);
    let row = db.query_one_raw(statement).await?.ok_or(crate::StoreError::NotFound)?;
    Ok(Some(Standing {
        login: row.try_get_by_index(0)?,
        login_steps_around: row.try_get_by_index(1)?,
        role: row.try_get_by_index(2)?,
        steps_around: row.try_get_by_index(3)?,
        owned: row.try_get_by_index(4)?,
        gaps,
    }))
}

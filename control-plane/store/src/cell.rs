//! Cells: the clouds and sites with an agent of their own.

use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QuerySelect, Select, UpdateMany};
use types::cell::CellState;
use types::generation::Revision;
use types::id::{AgentSessionId, CellId};
use types::instant::Instant;

use crate::cell_head;
use crate::error::{Result, StoreError};
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{CellTx, Connected, FleetTx, InCell, Reader, TenantTx, admit_cell};

pub mod load;

table! {
    /// A cloud or site with an agent of its own.
    Cell = "cell" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: CellId,
        /// Unique name.
        name: String,
        /// Name for people.
        title: String,
        /// How the plane sees it.
        state: CellState,
        /// When it was made.
        created_at: Instant,
        /// The agent's enrolled public key, lower-case hex.
        public_key: Option<String>,
        /// Drawn when the agent's state directory was made.
        boot_id: Option<String>,
        /// Version of the agent program.
        agent_version: Option<String>,
        /// The open conversation.
        session_id: Option<AgentSessionId>,
        /// When it was opened.
        session_opened_at: Option<Instant>,
        /// When the agent last reported.
        last_report_at: Option<Instant>,
        /// The agent's clock less the plane's, in microseconds.
        clock_difference_us: Option<i64>,
        /// Up to where the agent has saved what is desired.
        taken_revision: Revision,
        /// How many usage records wait at the agent.
        spooled: i64,
        /// Before it all usage has been sent.
        watermark: Option<Instant>,
        /// Highest sequence without a gap before it.
        acknowledged_sequence: i64,
        /// Highest sequence seen.
        highest_sequence: i64,
        /// Why an operator has to look at it.
        alarm: Option<String>,
        /// What it can do, as a JSON list.
        capabilities: Option<String>,
        /// Version of the protocol that its agent speaks.
        protocol: Option<i32>,
        /// How many sessions were opened; a number that grows fast means lost connections.
        session_count: Option<i64>,
        /// When the certificate ends that the agent showed last.
        certificate_expires_at: Option<Instant>,
        /// How agent and host were at the last report, as JSON of [`types::cell::Condition`].
        agent_condition: Option<String>,
        /// The highest number among the reports of the open session.
        report_number: Option<i64>,
        /// Drawn when the agent's process began.
        agent_process: Option<String>,
        /// The process that called before that one.
        agent_process_before: Option<String>,
        /// When it was seen last that the cell knows more than this database, which was restored.
        restored_at: Option<Instant>,
        /// When an operator had looked at what that means.
        loss_checked_at: Option<Instant>,
    }
}

impl Sorted for Cell {
    fn cursor(&self) -> Cursor {
        Cursor::text(&self.name)
    }
}

/// Tenants choose among cells, so everybody reads them.
fn own(_: &dyn Reader) -> Select<Entity> {
    Entity::find()
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::Id.eq(tx.cell()))
}

fn own_update_in_cell(tx: &CellTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(Column::Id.eq(tx.cell()))
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// Adds a cell, of which nothing is desired yet.
pub async fn insert(tx: &FleetTx, row: Cell) -> Result<()> {
    let id = row.id;
    insert_row(&tx.db(), row).await?;
    cell_head::insert(tx, id).await
}

/// Changes a cell. Lock it first: the agent reports meanwhile.
pub async fn update(tx: &FleetTx, row: Cell) -> Result<()> {
    let update = own_update_anywhere(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id, held until the end, for an operator or a task.
pub async fn lock(tx: &FleetTx, id: CellId) -> Result<Option<Cell>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// By id.
pub async fn find(tx: &dyn Reader, id: CellId) -> Result<Option<Cell>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By name.
pub async fn find_by_name(tx: &dyn Reader, name: &str) -> Result<Option<Cell>> {
    Ok(own(tx).filter(Column::Name.eq(name)).one(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn Reader, ids: &[CellId]) -> Result<Vec<Cell>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// Cells by name.
pub async fn list(tx: &dyn Reader, page: &Page) -> Result<Paged<Cell>> {
    page::fetch(own(tx), Column::Name, Order::Asc, page, &tx.db()).await
}

/// All cells that an agent has enrolled for: where an instance can be placed.
pub async fn list_readable(tx: &dyn Reader) -> Result<Vec<Cell>> {
    Ok(own(tx).filter(Column::State.eq(CellState::Enrolled)).all(&tx.db()).await?)
}

/// All cells.
pub async fn all(tx: &dyn Reader) -> Result<Vec<Cell>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// The next revision, for a change of an instance that is in the cell already. The cell's row is held
/// until the end, as its reports hold it, so that neither writes over the other.
pub async fn next_revision(tx: &TenantTx, id: CellId) -> Result<Revision> {
    let held = own(tx).filter(Column::Id.eq(id)).select_only().column(Column::Id).lock_exclusive();
    let held: Option<CellId> = held.into_tuple().one(&tx.db()).await?;
    cell_head::next(tx, held.ok_or(StoreError::NotFound)?).await
}

/// The cell itself.
pub async fn get_in_cell(tx: &dyn InCell) -> Result<Cell> {
    own_in_cell(tx).one(&tx.db()).await?.ok_or(StoreError::NotFound)
}

/// The cell itself, held until the end: reports of one cell are taken one after the other.
pub async fn lock_in_cell(tx: &CellTx) -> Result<Cell> {
    own_in_cell(tx).lock_exclusive().one(&tx.db()).await?.ok_or(StoreError::NotFound)
}

/// Changes the cell itself, after [`lock_in_cell`].
pub async fn update_in_cell(tx: &CellTx, row: Cell) -> Result<()> {
    admit_cell(tx, row.id)?;
    replace(&tx.db(), own_update_in_cell(tx), row).await
}

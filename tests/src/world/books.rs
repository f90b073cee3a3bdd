//! What must hold whatever happened to a cell: nothing was removed or started again, nothing counts
//! twice, and all time that should have been measured is counted or a declared gap.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use billing::completeness::{self, Account};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use types::clock::Clock as _;
use types::instant::Instant;

use crate::engine::Engine;
use crate::world::World;

/// Members with their pids, at an instant.
pub type Pids = BTreeMap<String, Option<u32>>;

impl World {
    /// Everything that is in the wrong, in words; `before` are members that must be as they were.
    ///
    /// # Panics
    /// If the plane is down.
    pub async fn wrongs(&self, before: &Pids) -> Vec<String> {
        let now = self.pids().await;
        let touched = before.iter().filter(|(member, pid)| now.get(*member) != Some(*pid));
        let mut wrongs: Vec<_> =
            touched.map(|(member, pid)| format!("{member} is not {pid:?}: {now:?}")).collect();
        let broken = billing::verify::all(self.plane()).await.expect("an answer");
        wrongs.extend(broken.into_iter().map(|each| format!("{each:?}")));
        let incomplete = self.accounts().await.into_iter().filter(|account| !account.is_complete());
        wrongs.extend(incomplete.map(|account| format!("{account:?}")));
        if let Some(mark) = self.watermark().await
            && mark > self.clock.now()
        {
            wrongs.push(format!("usage is said to be complete up to {mark}, which is to come"));
        }
        let odd = self.number("SELECT COUNT(*) FROM usage_flag WHERE kind <> 'unattributed'").await;
        if odd > 0 {
            wrongs.push(format!("{odd} usage records are odd"));
        }
        wrongs
    }

    /// How the life of each of acme's resources is accounted for up to the watermark.
    ///
    /// # Panics
    /// If the plane is down.
    pub async fn accounts(&self) -> Vec<Account> {
        let until = self.watermark().await.unwrap_or_default();
        completeness::audit(self.plane(), self.seed.acme, until).await.expect("an answer")
    }

    /// All declared gaps of acme together, up to the watermark.
    pub async fn gap(&self) -> Duration {
        let gaps: i64 = self.accounts().await.iter().map(|account| account.gap()).sum();
        Duration::from_micros(gaps.unsigned_abs())
    }

    /// Up to when the cell's usage is complete.
    ///
    /// # Panics
    /// If it is no instant.
    pub async fn watermark(&self) -> Option<Instant> {
        let cell = self.cell().await;
        cell["watermark"].as_str().map(|text| text.parse().expect("an instant"))
    }

    /// Sessions have ended by now: everybody who is asked for signs in again.
    pub fn sign_in_again(&self) {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits until the usage of everything up to now is counted.
    pub async fn counted(&self) {
        let now = self.clock.now();
        let is_counted = async || self.watermark().await.is_some_and(|mark| mark >= now);
        self.until("usage up to now", is_counted).await;
    }

    /// Turns the clock to an instant at once, and waits for a report of that time.
    pub async fn reach(&self, instant: Instant) {
        self.clock.set(instant);
        let is_heard = async || {
            let last = self.cell().await["lastReportAt"].clone();
            last.as_str().is_some_and(|last| last.parse::<Instant>().is_ok_and(|at| at >= instant))
        };
        self.until("a report", is_heard).await;
    }

    /// The alarms of the cell, by code.
    ///
    /// # Panics
    /// If there is none to look at.
    pub async fn cell_alarms(&self) -> BTreeMap<String, String> {
        let query = "{ cell(idOrName: \"north\") { alarms { code message } } }";
        let cell = self.user("operator").await.get(query, json!({})).await["cell"].clone();
        let alarms = cell["alarms"].as_array().expect("alarms").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        alarms.map(|alarm| (text(&alarm["code"]), text(&alarm["message"]))).collect()
    }

    /// The bill of an organization as somebody sees it.
    pub async fn bill(&self, organization: &str, period: &str) -> Value {
        let query = "query($organization: String!, $period: String!) { \
            bill(organization: $organization, period: $period) { state completeTo \
            gaps { start end reason } lines { chargePeriod meter quantity } } }";
        let asked = json!({ "organization": organization, "period": period });
        self.user("head").await.get(query, asked).await["bill"].clone()
    }

    /// A connection past the product, to plant faults and to count.
    ///
    /// # Panics
    /// If there is none.
    pub async fn around(&self) -> DatabaseConnection {
        Database::connect(self.database()).await.expect("a connection")
    }

    /// Runs a statement past the product.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn plant(&self, sql: &str) {
        let around = self.around().await;
        around.execute_unprepared(sql).await.expect("planted");
        around.close().await.expect("closed");
    }

    /// The one number that a statement answers past the product; 0 for none.
    ///
    /// # Panics
    /// If it answers something else.
    pub async fn number(&self, sql: &str) -> i64 {
        let around = self.around().await;
        let whole = Engine::of(self.database()).whole_number();
        let sql = format!("SELECT CAST(({sql}) AS {whole})");
        let asked = Statement::from_string(around.get_database_backend(), sql);
        let row = around.query_one_raw(asked).await.expect("an answer").expect("a row");
        let number = row.try_get_by_index::<Option<i64>>(0).expect("a number").unwrap_or(0);
        around.close().await.expect("closed");
        number
    }
}

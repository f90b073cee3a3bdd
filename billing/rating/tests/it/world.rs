//! A small world in words: two organizations below a root, one project in each, made line by line.

use billing_rating::bill::Bill;
use billing_rating::files::{self, WorldTexts};
use billing_rating::world::{Rated, World, rate};
use serde_json::{Value, json};

/// The lines of a world's files.
#[derive(Clone, Debug)]
pub struct Lines {
    pub tenant: Value,
    pub tree: Vec<Value>,
    pub books: Vec<Value>,
    pub lifecycle: Vec<Value>,
    pub usage: Vec<Value>,
}

/// `2026-01-DDTHH:MM` and the like, with seconds and zone completed.
pub fn at(short: &str) -> String {
    let rest = ["-01T00:00:00Z", "T00:00:00Z", ":00Z", "Z"];
    let missing = match short.len() {
        7 => rest[0],
        10 => rest[1],
        16 => rest[2],
        _ => rest[3],
    };
    format!("{short}{missing}")
}

impl Lines {
    /// Root `r`, below it `a` and `b`, with the projects `pa` and `pb`; UTC; January 2026 closed.
    pub fn new() -> Self {
        let mut lines = Self {
            tenant: json!({
                "format": "cellplane-billing-export/1", "tenant": "t", "root": "r", "zone": "UTC",
                "currency": "CNY", "minor_digits": 2, "created_at": at("2026-01"),
                "taxes": [], "discounts": [], "credits": [], "periods": [],
            }),
            tree: vec![],
            books: vec![],
            lifecycle: vec![],
            usage: vec![],
        };
        lines.organization("created", "r", None, "2026-01-01");
        lines.organization("created", "a", Some("r"), "2026-01-01");
        lines.organization("created", "b", Some("r"), "2026-01-01");
        lines.project("created", "pa", Some("a"), "2026-01-01");
        lines.project("created", "pb", Some("b"), "2026-01-01");
        lines.closed("2026-01", "2026-02-02");
        lines
    }

    pub fn organization(&mut self, event: &str, id: &str, parent: Option<&str>, when: &str) {
        self.tree.push(json!({"kind": "organization", "id": id, "name": id, "event": event,
            "parent": parent, "effective_at": at(when), "entered_at": at(when)}));
    }

    pub fn project(&mut self, event: &str, id: &str, parent: Option<&str>, when: &str) {
        self.tree.push(json!({"kind": "project", "id": id, "name": id, "event": event,
            "parent": parent, "effective_at": at(when), "entered_at": at(when)}));
    }

    pub fn closed(&mut self, period: &str, when: &str) {
        self.period(json!({"period": period, "state": "closed", "closed_at": at(when)}));
    }

    pub fn open(&mut self, period: &str) {
        self.period(json!({"period": period, "state": "open", "closed_at": null}));
    }

    fn period(&mut self, entry: Value) {
        self.tenant["period"] = entry["period"].clone();
        self.add("periods", entry);
    }

    /// Adds to one of the tenant's lists.
    pub fn add(&mut self, list: &str, entry: Value) {
        self.tenant[list].as_array_mut().expect("a list").push(entry);
    }

    /// A version of the global book; each line is `meter model price per` and more keys.
    pub fn prices(&mut self, when: &str, lines: Value) {
        self.book("global", None, when, lines);
    }

    pub fn book(&mut self, scope: &str, organization: Option<&str>, when: &str, mut lines: Value) {
        for line in lines.as_array_mut().expect("lines") {
            line["currency"] = json!("CNY");
        }
        let version =
            json!({"id": when, "effective_from": at(when), "entered_at": at(when), "lines": lines});
        let same = |book: &&mut Value| {
            book["scope"] == scope && book["organization"] == json!(organization)
        };
        match self.books.iter_mut().find(same) {
            Some(book) => book["versions"].as_array_mut().expect("versions").push(version),
            None => self.books.push(json!({"id": format!("{scope}-{organization:?}"),
                "scope": scope, "organization": organization, "versions": [version]})),
        }
    }

    /// A state of a resource in `pa`, recorded at once; the first letter says what it is.
    pub fn state(&mut self, resource: &str, state: &str, when: &str) {
        self.late_state(resource, state, when, when);
    }

    pub fn late_state(&mut self, resource: &str, state: &str, when: &str, recorded: &str) {
        let kind = match resource.as_bytes()[0] {
            b'v' => "volume",
            b'h' => "machine",
            b'i' => "instance",
            _ => "member",
        };
        self.lifecycle.push(json!({"resource": resource, "kind": kind, "cell": "c",
            "project": "pa", "plan": "small", "state": state, "at": at(when),
            "recorded_at": at(recorded)}));
    }

    /// A record, which arrives at its end.
    pub fn record(&mut self, resource: &str, meter: &str, start: &str, end: &str, quantity: i64) {
        self.late_record(resource, meter, start, end, quantity, end);
    }

    pub fn late_record(
        &mut self,
        resource: &str,
        meter: &str,
        start: &str,
        end: &str,
        quantity: i64,
        received: &str,
    ) {
        self.usage.push(json!({"cell": "c", "sequence": self.usage.len() + 1,
            "resource": resource, "meter": meter, "start": at(start), "end": at(end),
            "quantity": quantity, "received_at": at(received), "signature": "s"}));
    }

    pub fn world(&self) -> World {
        let jsonl = |rows: &[Value]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
        files::read(WorldTexts {
            tenant: &self.tenant.to_string(),
            tree: &jsonl(&self.tree),
            prices: &json!({"books": self.books}).to_string(),
            lifecycle: &jsonl(&self.lifecycle),
            usage: &jsonl(&self.usage),
        })
        .expect("a world that can be read")
    }

    pub fn rate(&self) -> Rated {
        rate(&self.world()).expect("a world that can be rated")
    }

    /// The code of the refusal.
    pub fn refusal(&self) -> &'static str {
        rate(&self.world()).expect_err("a world that cannot be rated").code()
    }
}

/// One line per bill: who, which stay, totals.
pub fn totals(rated: &Rated, period: &str) -> Vec<String> {
    let of_period = rated.bills.iter().filter(|bill| bill.period.to_string() == period);
    of_period.map(total).collect()
}

fn total(bill: &Bill) -> String {
    let day = |text: String| text[8..10].to_owned();
    let stay = bill.stay.map_or("-".into(), |stay| {
        format!("{}..{}", day(stay.start().to_string()), day(stay.end().to_string()))
    });
    format!(
        "{} {stay} {} + {} = {}",
        bill.organization, bill.own_total, bill.children_total, bill.subtree_total
    )
}

/// One line per bill line of one organization: charge period, meter, price line, quantity, amount.
pub fn lines(rated: &Rated, period: &str, organization: &str) -> Vec<String> {
    rated
        .bills
        .iter()
        .filter(|bill| bill.period.to_string() == period && bill.organization == organization)
        .flat_map(|bill| &bill.lines)
        .map(|line| {
            let price = line.price_line.as_deref().unwrap_or("no price");
            format!("{} {price} {} {}", line.charge_period, line.quantity, line.amount)
        })
        .collect()
}

//! The hash over a bill's rows, by which anyone can see that it never changed.

use std::fmt::{Display, Write as _};

use sha2::{Digest as _, Sha256};

use crate::bill::Bill;

/// Lower-case hex SHA-256 over the rows of a bill of a tenant.
pub fn of(tenant: &str, bill: &Bill) -> String {
    let digest = Sha256::digest(rows(tenant, bill).as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes everything");
        hex
    })
}

/// The rows that are hashed: each ended by LF, fields separated by tabs, null as empty text.
pub fn rows(tenant: &str, bill: &Bill) -> String {
    let mut rows = Rows::default();
    rows.row("bill")
        .opt(bill.number.as_ref())
        .field(tenant)
        .field(&bill.organization)
        .opt(bill.parent_bill.as_ref())
        .field(bill.period)
        .opt(bill.stay.map(|stay| stay.start()))
        .opt(bill.stay.map(|stay| stay.end()))
        .field(&bill.currency);
    for line in &bill.lines {
        rows.row("line")
            .field(line.charge_period)
            .field(&line.project)
            .opt(line.plan.as_ref())
            .field(line.meter)
            .opt(line.price_line.as_ref())
            .field(line.quantity)
            .field(&line.amount);
    }
    for gap in &bill.gaps {
        rows.row("gap").field(&gap.resource).field(gap.start).field(gap.end);
        rows.field(gap.reason.as_str());
    }
    rows.row("total").field(&bill.rounding).field(&bill.own_total);
    rows.field(&bill.children_total).field(&bill.subtree_total);
    if bill.parent.is_none() {
        rows.row("tax").opt(bill.tax_percent.as_ref()).opt(bill.tax.as_ref());
        for used in bill.credits.iter().flatten() {
            rows.row("credit").field(&used.credit).field(&used.amount).field(&used.balance);
        }
        rows.row("payable").opt(bill.payable.as_ref());
    }
    rows.text + "\n"
}

#[derive(Default)]
struct Rows {
    text: String,
}

impl Rows {
    fn row(&mut self, word: &str) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(word);
        self
    }

    fn field(&mut self, value: impl Display) -> &mut Self {
        write!(self.text, "\t{value}").expect("a string takes everything");
        self
    }

    fn opt(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.field(value),
            None => self.field(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use types::instant::Instant;
    use types::interval::Interval;
    use types::money::Decimal;

    use super::*;
    use crate::bill::{BillState, Gap, GapReason, Line};
    use crate::meter::Meter;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect("a decimal")
    }

    fn instant(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    fn bill_of_the_document() -> Bill {
        let period = "2026-01".parse().expect("a period");
        let (start, end) = (instant("2026-01-01T00:00:00Z"), instant("2026-02-01T00:00:00Z"));
        Bill {
            number: Some("2026-01-0001".into()),
            period,
            state: BillState::Closed,
            organization: "root".into(),
            parent: None,
            parent_bill: None,
            stay: Interval::new(start, end).ok(),
            currency: "CNY".into(),
            lines: vec![Line {
                charge_period: period,
                project: "p".into(),
                plan: None,
                meter: Meter::MemberSeconds,
                price_line: Some("hour".into()),
                quantity: 3000,
                amount: decimal("0.3000000000"),
                reason: None,
            }],
            rounding: decimal("0.0000000000"),
            own_total: decimal("0.30"),
            children_total: decimal("0.00"),
            subtree_total: decimal("0.30"),
            gaps: vec![Gap {
                resource: "m".into(),
                start: instant("2026-01-31T23:50:00Z"),
                end,
                reason: GapReason::Missing,
            }],
            tax_percent: Some(decimal("0")),
            tax: Some(decimal("0.00")),
            credits: Some(vec![]),
            payable: Some(decimal("0.30")),
            closed_at: Some(instant("2026-02-01T01:00:00Z")),
            hash: None,
        }
    }

    #[test]
    fn the_hash_is_the_one_of_the_document() {
        assert_eq!(
            of("t", &bill_of_the_document()),
            "3a78f9a59cfa521958c3f5a662524139efec84d43853aee3a9721fa729f07376"
        );
    }

    #[test]
    fn every_figure_is_in_the_hash() {
        let bill = bill_of_the_document();
        let mut changed = bill.clone();
        changed.lines[0].quantity += 1;
        assert_ne!(of("t", &bill), of("t", &changed));
        assert_ne!(of("t", &bill), of("u", &bill));
    }
}

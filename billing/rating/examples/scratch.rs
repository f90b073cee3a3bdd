//! x
use billing_rating::files::{self, WorldTexts};
fn main() {
    for dir in std::env::args().skip(1) {
        let t = |n: &str| std::fs::read_to_string(format!("{dir}/{n}")).unwrap();
        let (a, b, c, d, e) = (
            t("tenant.json"),
            t("tree.jsonl"),
            t("prices.json"),
            t("lifecycle.jsonl"),
            t("usage.jsonl"),
        );
        let w =
            files::read(WorldTexts { tenant: &a, tree: &b, prices: &c, lifecycle: &d, usage: &e })
                .unwrap();
        let r = billing_rating::world::rate(&w).unwrap();
        std::fs::write(format!("{dir}/bills.json"), files::bills(&r.bills)).unwrap();
        std::fs::write(format!("{dir}/charges.jsonl"), files::charges(&r.charges)).unwrap();
        std::fs::write(format!("{dir}/decisions.jsonl"), files::decisions(&r.decisions)).unwrap();
    }
}

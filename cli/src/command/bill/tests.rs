//! A bill as it is printed.

use serde_json::json;

use super::*;

#[test]
fn a_bill_is_printed_down_to_the_resource_with_amounts_as_they_came() {
    let project = json!({"id": "prj_1", "name": "platform-dev"});
    let plan = json!({"id": "pln_1", "name": "small"});
    let bill: Bill = serde_json::from_value(json!({
        "number": null, "period": "2026-11", "state": "PROVISIONAL",
        "organization": {"id": "org_1", "name": "platform", "title": "Platform"},
        "stayStart": null, "stayEnd": null, "currency": "CNY",
        "lines": [
            {"chargePeriod": "2026-11", "project": project, "plan": plan,
             "meter": "member_seconds", "unitPrice": "0.06", "per": "3600",
             "quantity": "9007199254740993", "amount": "150119987579.01655", "reason": null},
            {"chargePeriod": "2026-11", "project": project, "plan": plan,
             "meter": "storage_mib_seconds", "unitPrice": null, "per": null,
             "quantity": "7", "amount": "0", "reason": "no price"},
        ],
        "rounding": "0.00345", "ownTotal": "150119987579.02", "childrenTotal": "0",
        "subtreeTotal": "150119987579.02", "taxPercent": "6", "tax": null, "payable": null,
        "gaps": [{"resource": "mbr_1", "name": "shop-cache-0",
                  "start": "2026-11-21T22:00:00.000000Z", "end": "2026-11-21T22:05:00.000000Z",
                  "reason": "missing"}],
        "completeTo": "2026-11-21T22:11:20.000000Z", "children": [],
        "closedAt": null, "hash": null,
        "resources": {"complete": true, "items": [
            {"resource": "mbr_1", "name": "shop-cache-0", "instanceName": "shop-cache",
             "project": project, "plan": plan, "meter": "member_seconds", "unitPrice": "0.06",
             "per": "3600", "quantity": "5", "amount": "0.000083333333"},
        ]},
    }))
    .expect("a bill");
    let expected = "\
Organization:  Platform (platform)
Period:        2026-11
State:         provisional
Complete to:   2026-11-21 22:11:20 UTC

Lines
  PROJECT       PLAN   METER                PERIOD           QUANTITY  UNIT PRICE   PER              AMOUNT
  platform-dev  small  member seconds       2026-11  9007199254740993        0.06  3600  150119987579.01655
  platform-dev  small  storage mib seconds  2026-11                 7    no price     -                   0

Resources
  PROJECT       INSTANCE    RESOURCE      PLAN   METER           QUANTITY  UNIT PRICE   PER          AMOUNT  ID
  platform-dev  shop-cache  shop-cache-0  small  member seconds         5        0.06  3600  0.000083333333  mbr_1

Gaps: usage is not known here
  RESOURCE      FROM                     TO                       REASON   ID
  shop-cache-0  2026-11-21 22:00:00 UTC  2026-11-21 22:05:00 UTC  missing  mbr_1

Totals
  TOTAL                         AMOUNT  CURRENCY
  Rounding                     0.00345  CNY
  Own, platform        150119987579.02  CNY
  Organizations below                0  CNY
  Together             150119987579.02  CNY
";
    assert_eq!(whole(Style::default(), &bill), expected);
}

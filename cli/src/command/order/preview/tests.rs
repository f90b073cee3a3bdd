//! The preview as it is printed.

use serde_json::json;

use super::*;

fn schema() -> Value {
    json!({"properties": {
        "maxmemory": {"type": "string", "default": "48mb"},
        "timeout": {"type": "integer", "default": 0},
    }})
}

/// What is previewed.
fn previewed() -> OrderPreview {
    let size = json!({"millivcpu": 500, "memoryMib": 256, "storageMib": 1024});
    serde_json::from_value(json!({
        "token": "t",
        "cell": "here",
        "members": [
            {"name": "shop-cache-0", "role": "primary", "size": size},
            {"name": "shop-cache-1", "role": "replica", "size": size},
        ],
        "parameters": {"maxmemory": "64mb", "timeout": 0},
        "values": [
            {"parameter": "maxmemory", "value": "64mb", "origin": "OWN", "template": null},
            {"parameter": "timeout", "value": 0, "origin": "DEFAULT", "template": null},
        ],
        "ownValues": [{"parameter": "maxmemory", "own": "64mb", "template": "96mb"}],
        "price": {
            "currency": "CNY",
            "perHour": "0.12",
            "perMonth": "86.40",
            "lines": [
                {"meter": "member_seconds", "quantityPerHour": "7200", "unitPrice": "0.06",
                 "per": "3600", "perHour": "0.12", "reason": null},
                {"meter": "storage_mib_seconds", "quantityPerHour": "7372800", "unitPrice": null,
                 "per": null, "perHour": "0", "reason": "no price"},
            ],
        },
        "notes": [],
        "licence": {"unit": "members", "used": 3, "added": 2, "limit": 20},
        "budgets": [],
        "quotas": [{"meter": "MEMORY_MIB", "added": "512", "remains": "-112", "tightest": {
            "at": "org_1", "place": "organization rnd", "limit": "1000", "used": "600",
            "free": "400"}}],
        "approvals": [{"at": "org_1", "approvers": 1}, {"at": "ten_1", "approvers": 2}],
    }))
    .expect("a preview")
}

#[test]
fn a_preview_tells_members_parameters_price_and_licence() {
    let order = OrderPreviewOf {
        name: "shop-cache".into(),
        software_version: "7.0".into(),
        topology: "primary-replica".into(),
        template: Some("roomy".into()),
        ..OrderPreviewOf::default()
    };
    let schema = schema();
    let facts = Facts {
        package: "redis 1.0.0".into(),
        project: "platform-dev".into(),
        organization: Some("platform".into()),
        plan: "small".into(),
    };
    let expected = "\
New instance:      shop-cache
Project:           platform-dev of platform
Package:           redis 1.0.0
Software version:  7.0
Topology:          primary-replica
Plan:              small
Template:          roomy
Cell:              here

Members
  NAME          ROLE     MILLI-VCPU  MEMORY MIB  STORAGE MIB
  shop-cache-0  primary         500         256         1024
  shop-cache-1  replica         500         256         1024

Parameters that differ from their default
  PARAMETER  VALUE  FROM  DEFAULT
  maxmemory  64mb   own   48mb

Values of your own that win over the template
  PARAMETER  OWN   TEMPLATE
  maxmemory  64mb  96mb

Price while it runs: 0.12 CNY per hour, 86.40 CNY per month of 30 days, before tax
  METER                QUANTITY PER HOUR  UNIT PRICE   PER  PER HOUR
  member seconds                    7200        0.06  3600      0.12
  storage mib seconds            7372800    no price     -         0

Licence: 3 now in use, 5 with this order, of 20 (members).

Quotas
  METER       TAKES  LEFT AFTER IT  TIGHTEST LIMIT
  memory_mib    512           -112  600 of 1000 at organization rnd

It waits until 2 other people approve.
";
    assert_eq!(page(Style::default(), &facts, &order, &schema, &previewed()), expected);
}

//! Specifications, places, and a second package that is nothing like Redis.

use std::collections::BTreeMap;

use catalog::form::{self, Values};
use catalog::recipe::{Place, Surroundings};
use catalog::{Catalog, Package, topology};
use serde_json::Value;
use types::generation::Generation;
use types::id::{InstanceId, MemberId, OperationId, ProjectId, TenantId, VolumeId};
use types::instance::{Endpoint, InstanceSpec, MemberSpec, OperationSpec, Wish};
use types::instant::Instant;
use types::operation::OperationKind;
use types::secret::Secret;
use types::size::Size;
use uuid::Uuid;

pub const SMALL: Size = Size { millivcpu: 500, memory_mib: 256, storage_mib: 1024 };
pub const PASSWORD: &str = "correct-horse";

pub fn redis() -> &'static Package {
    Catalog::embedded().find("redis", "1.0.0").unwrap()
}

/// Values from pairs of names and JSON.
pub fn values(pairs: &[(&str, Value)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// A complete specification with every secret set to [`PASSWORD`].
pub fn specification(package: &Package, topology: &str, given: &Values) -> InstanceSpec {
    let manifest = package.manifest();
    let version = manifest.software[0].version.clone();
    let id = |number: i32| Uuid::from_u128(u128::from(number.unsigned_abs()));
    let members = topology::members(package, topology).unwrap();
    let parameters = form::check(package, topology, &version, SMALL, given).unwrap();
    let (parameters, given) = form::part(package, "fixture", &parameters);
    let made = manifest.secrets.iter();
    let made = made.map(|rule| (rule.name.clone(), Secret::new(PASSWORD)));
    InstanceSpec {
        id: InstanceId::from(id(9)),
        generation: Generation(1),
        tenant: TenantId::from(id(9)),
        project: ProjectId::from(id(9)),
        name: "shop-cache".to_owned(),
        package: package.reference(),
        software_version: version.clone(),
        topology: topology.to_owned(),
        size: SMALL,
        members: members
            .into_iter()
            .map(|member| MemberSpec {
                id: MemberId::from(id(member.ordinal)),
                ordinal: member.ordinal,
                role: member.role,
                volume: VolumeId::from(id(member.ordinal)),
            })
            .collect(),
        parameters,
        secrets: made.chain(given).collect(),
        wish: Wish::Running,
        operation: OperationSpec {
            id: OperationId::from(id(9)),
            kind: OperationKind::Install,
            deadline: Instant::from_seconds(0),
            is_done: false,
        },
    }
}

/// Places on this machine, with ports counted from 20000 by ordinal.
pub fn places(spec: &InstanceSpec) -> Surroundings {
    let each = spec.members.iter().map(|member| {
        let port = 20_000 + u16::try_from(member.ordinal).unwrap();
        let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port };
        let directory = format!("/var/lib/example/{}", member.ordinal);
        (member.id, Place { member: member.id, directory, endpoint })
    });
    each.collect()
}

/// The files of `gate`: arguments instead of a file, a parameter that must be given, a secret one,
/// one of another version, a reload without arguments.
pub fn gate() -> BTreeMap<String, Vec<u8>> {
    let files = [
        ("package.toml", GATE_MANIFEST),
        ("parameters.schema.json", GATE_SCHEMA),
        ("templates/gate.conf.j2", "listen {{ host }}:{{ port }};\nkey {{ secrets.key }};\n"),
        ("README.en.md", "# Gate\n"),
        ("README.zh.md", "# 门\n"),
    ];
    files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into()
}

const GATE_MANIFEST: &str = r#"
name = "gate"
version = "2.1.0"
class = "proxy"
title = { en = "Gate", zh = "门" }
summary = { en = "Lets some through.", zh = "放行。" }

[[software]]
version = "2"
medium = { debian_packages = ["gate"], version_prefix = "2.", main_package = "gate" }

[[software]]
version = "1"
medium = { debian_packages = ["gate"], version_prefix = "1.", main_package = "gate" }

[[topologies]]
name = "many"
title = { en = "Many", zh = "多个" }
summary = { en = "Three.", zh = "三个。" }
members = [{ role = "worker", count = 3, start_order = 0 }]

[[plans]]
name = "tiny"
title = { en = "Tiny", zh = "微型" }
size = { millivcpu = 100, memory_mib = 100, storage_mib = 100 }

[[files]]
path = "conf/gate.conf"
template = "templates/gate.conf.j2"
format = "plain"

[process]
argv = ["usr/sbin/gate", "-m", "{{ parameters.memory }}", "-c", "{{ directory }}/conf/gate.conf"]
stop_timeout_ms = 1000

[health]
argv = ["usr/bin/gate-check", "{{ port }}"]
timeout_ms = 1000
expect = { kind = "first_line", text = "ok" }

[hot]
argv = ["usr/sbin/gate", "--reload"]
timeout_ms = 1000

[[form]]
title = { en = "All", zh = "全部" }
parameters = ["memory", "key", "fast", "label"]
"#;

const GATE_SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "memory": {
      "type": "integer", "minimum": 16, "x-unit": "MiB",
      "x-maximum-of": { "of": "memory_mib", "percent": 90 },
      "x-default-of": { "of": "memory_mib", "percent": 50 },
      "x-apply": "restart",
      "x-title": { "en": "Memory", "zh": "内存" },
      "x-help": { "en": "For it.", "zh": "内存。" }
    },
    "key": {
      "type": "string", "x-apply": "hot", "x-secret": true,
      "x-title": { "en": "Key", "zh": "密钥" },
      "x-help": { "en": "Secret.", "zh": "保密。" }
    },
    "fast": {
      "type": "boolean", "default": false, "x-apply": "restart", "x-versions": ["2"],
      "x-title": { "en": "Fast", "zh": "快" },
      "x-help": { "en": "Faster.", "zh": "更快。" }
    },
    "label": {
      "type": "string", "default": "", "maxLength": 8, "x-apply": "hot",
      "x-title": { "en": "Label", "zh": "标签" },
      "x-help": { "en": "Any.", "zh": "任意。" }
    }
  }
}
"#;

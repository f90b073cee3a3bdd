//! What the package `memcached` says about parameters, held against Debian's Memcached 1.6.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use catalog::parameter::Effect;
use catalog::{Catalog, Package};
use serde_json::{Value, json};

use crate::fixture::{SMALL, values};
use crate::real::{self, HUGE, Running};

fn memcached() -> &'static Package {
    Catalog::embedded().find("memcached", "1.0.0").unwrap()
}

fn medium() -> &'static Path {
    static MEDIUM: OnceLock<std::path::PathBuf> = OnceLock::new();
    MEDIUM.get_or_init(|| real::medium("memcached", &["memcached", "libevent-2.1-7", "libsasl2-2"]))
}

fn settings(running: &Running) -> BTreeMap<String, String> {
    let mut text = String::new();
    while !text.contains("END") {
        // A short answer may come in one piece or in several; asked again, it is whole once.
        text = running.talk("stats settings\r\n").unwrap();
    }
    let lines = text.lines().filter_map(|line| line.strip_prefix("STAT "));
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

#[test]
fn both_ends_of_every_range_are_in_effect_after_the_start() {
    for given in real::rounds(memcached()) {
        let running = Running::start(memcached(), medium(), HUGE, &given);
        let found = settings(&running);
        let number = |name: &str| given[name].as_i64().unwrap();
        let yes = |name: &str| if given[name] == json!(true) { "yes" } else { "no" };
        let mib = |name: &str| (number(name) << 20).to_string();
        let on = if given["eviction"] == json!(true) { "on" } else { "off" };
        let factor: f64 = given["growth-factor"].as_str().unwrap().parse().unwrap();
        for (setting, expected) in [
            ("maxbytes", mib("memory-limit")),
            ("item_size_max", mib("item-size-max")),
            ("maxconns", number("connection-limit").to_string()),
            ("num_threads", number("threads").to_string()),
            ("chunk_size", number("chunk-size-min").to_string()),
            ("growth_factor", format!("{factor:.2}")),
            ("reqs_per_event", number("requests-per-event").to_string()),
            ("tcp_backlog", number("backlog").to_string()),
            ("idle_timeout", number("idle-timeout").to_string()),
            ("evictions", on.to_owned()),
            ("cas_enabled", yes("cas").to_owned()),
            ("flush_enabled", yes("flush-all").to_owned()),
            ("dump_enabled", yes("dumping").to_owned()),
            ("maxconns_fast", yes("refuse-at-limit").to_owned()),
            ("udpport", "0".to_owned()),
        ] {
            assert_eq!(found.get(setting), Some(&expected), "{setting} with {given:?}");
        }
    }
}

#[test]
fn what_is_hot_changes_while_it_runs_and_keeps_what_is_stored() {
    let mut running = Running::start(memcached(), medium(), HUGE, &values(&[]));
    assert_eq!(running.talk("set a 0 0 1\r\n1\r\n").unwrap(), "STORED\r\n");
    let hot = memcached().parameters().iter().filter(|(_, it)| it.effect == Effect::Hot);
    for (name, parameter) in hot {
        for value in real::edges(parameter) {
            running.set(name, &value);
            let bytes = value.as_i64().unwrap() << 20;
            assert_eq!(settings(&running)["maxbytes"], bytes.to_string(), "{name}");
        }
    }
    assert_eq!(running.talk("get a\r\n").unwrap().lines().next(), Some("VALUE a 0 1"));
}

#[test]
fn every_plan_starts_with_its_defaults_and_a_restart_empties_it() {
    for plan in &memcached().manifest().plans {
        let running = Running::start(memcached(), medium(), plan.size, &values(&[]));
        assert!(
            settings(&running)["maxbytes"].parse::<i64>().unwrap() < plan.size.memory_mib << 20
        );
    }
    let mut running = Running::start(memcached(), medium(), SMALL, &values(&[]));
    assert_eq!(running.talk("set a 0 0 1\r\n1\r\n").unwrap(), "STORED\r\n");
    running.stop();
    running.begin();
    assert_eq!(running.talk("get a\r\n").unwrap(), "END\r\n");
}

#[test]
fn a_form_knows_the_plan() {
    let refused = |name: &str, value: Value| {
        let given = values(&[(name, value)]);
        let checked = catalog::form::check(memcached(), "standalone", "1.6", SMALL, &given);
        checked.unwrap_err().remove(0).message
    };
    assert_eq!(refused("memory-limit", json!(205)), "must be at most 204 MiB for this size");
    assert_eq!(refused("memory-limit", json!("64m")), "must be a whole number");
    assert_eq!(refused("item-size-max", json!(33)), "must be at most 32 MiB");
    assert_eq!(refused("growth-factor", json!("3")), "must be one of 1.08, 1.25, 1.5, 2");
}

//! What users are told to type, what members there are, which passwords they get.

use catalog::connect::{self, Reachable};
use catalog::{Package, secret, topology};
use types::id::MemberId;
use types::instance::Endpoint;
use uuid::Uuid;

use crate::fixture::{gate, redis};

fn reachable(role: &str, host: &str) -> Reachable {
    let endpoint = Endpoint { host: host.to_owned(), port: 20_000 };
    Reachable { member: MemberId::from(Uuid::nil()), role: role.to_owned(), endpoint }
}

#[test]
fn instructions_follow_the_roles_and_hide_the_password() {
    let members = [reachable("replica", "::1"), reachable("primary", "10.0.0.5")];
    let instructions = connect::describe(redis(), &members).unwrap();
    let kinds: Vec<_> = instructions.iter().map(|it| (&*it.kind, &*it.role)).collect();
    assert_eq!(kinds, [("read-write", "primary"), ("read-only", "replica")]);
    let uri = instructions[0].uri.as_ref().unwrap();
    assert_eq!(uri.en, "redis://:<password>@10.0.0.5:20000/0");
    assert_eq!(uri.zh, "redis://:<密码>@10.0.0.5:20000/0");
    assert_eq!(instructions[0].examples[0].text.en, "redis-cli -h 10.0.0.5 -p 20000 --askpass");
    let uri = instructions[1].uri.as_ref().unwrap();
    assert_eq!(uri.en, "redis://:<password>@[::1]:20000/0");
}

#[test]
fn a_role_without_an_endpoint_gives_no_instruction() {
    assert!(connect::describe(redis(), &[reachable("arbiter", "::1")]).unwrap().is_empty());
}

#[test]
fn members_are_counted_by_role_in_the_order_of_the_topology() {
    let members = topology::members(redis(), "primary-replica").unwrap();
    let seen: Vec<_> = members.iter().map(|it| (it.ordinal, &*it.role, it.start_order)).collect();
    assert_eq!(seen, [(0, "primary", 0), (1, "replica", 1)]);
    let gate = Package::from_files(gate()).unwrap();
    let members = topology::members(&gate, "many").unwrap();
    assert_eq!(members.iter().map(|it| it.ordinal).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(topology::members(redis(), "ring").is_none());
}

#[test]
fn passwords_have_the_length_and_letters_of_the_package() {
    let mut state = 7u64;
    let mut random = |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
    };
    let first = secret::generate(redis(), &mut random);
    let second = secret::generate(redis(), &mut random);
    let password = first["password"].reveal();
    assert_eq!(password.len(), 32);
    assert!(password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_ne!(password, second["password"].reveal());
    assert!(!format!("{first:?}").contains(password));
}

#[test]
fn a_broken_source_of_randomness_does_not_hang() {
    assert_eq!(
        secret::generate(redis(), &mut |bytes| bytes.fill(255))["password"].reveal().len(),
        32
    );
}

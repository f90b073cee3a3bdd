//! What the command line takes and refuses.

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::*;

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(line.split_whitespace())
}

#[track_caller]
fn refused(line: &str, kind: ErrorKind) {
    assert_eq!(parse(line).err().map(|error| error.kind()), Some(kind), "{line}");
}

#[test]
fn the_definition_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_has_help_with_a_sentence() {
    for command in Arguments::command().get_subcommands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
    }
}

#[test]
fn an_order_is_read() {
    let line = "cellplane order redis --project platform-dev --plan small \
                --topology primary-replica --set maxmemory=64mb --set save=a=b --yes";
    let Command::Order(order) = parse(line).expect("good").command else { panic!("an order") };
    assert_eq!(order.package, "redis");
    assert_eq!(order.name, None);
    assert_eq!(order.set[0], ("maxmemory".to_owned(), "64mb".to_owned()));
    assert_eq!(order.set[1], ("save".to_owned(), "a=b".to_owned()));
    assert!(order.yes && order.wait.follows());
}

#[test]
fn the_last_of_wait_and_no_wait_holds() {
    let waits = |line| match parse(line).expect("good").command {
        Command::Start(start) => start.wait.follows(),
        _ => panic!("a start"),
    };
    assert!(waits("cellplane start a"));
    assert!(!waits("cellplane start a --no-wait"));
    assert!(waits("cellplane start a --no-wait --wait"));
}

#[test]
fn a_bare_word_is_not_an_assignment() {
    refused("cellplane order redis --set maxmemory", ErrorKind::ValueValidation);
    refused("cellplane set shop-cache =64mb", ErrorKind::ValueValidation);
    refused("cellplane set", ErrorKind::MissingRequiredArgument);
    refused("cellplane set --package redis hz=20", ErrorKind::MissingRequiredArgument);
    assert!(parse("cellplane set shop-cache --reset timeout").is_ok());
    assert!(parse("cellplane set shop-cache timeout=").is_ok());
    let line = "cellplane set shop-cache other-cache save=a=b hz=20";
    let Command::Set(set) = parse(line).expect("good").command else { panic!("a change") };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let names = vec!["shop-cache".to_owned(), "other-cache".to_owned()];
    assert_eq!(set.sorted(), (names, vec![pair("save", "a=b"), pair("hz", "20")]));
}

#[test]
fn deleting_without_questions_needs_the_name_twice() {
    refused("cellplane delete a --yes", ErrorKind::MissingRequiredArgument);
    refused("cellplane delete a --confirm-name a", ErrorKind::MissingRequiredArgument);
    assert!(parse("cellplane delete a --yes --confirm-name a").is_ok());
}

#[test]
fn a_month_has_one_form() {
    for good in ["2026-11", "1999-01"] {
        assert!(parse(&format!("cellplane bill --organization acme --period {good}")).is_ok());
    }
    for wrong in ["2026", "2026-13", "2026-00", "26-11", "2026-1", "2026-11-01"] {
        let line = format!("cellplane bill --organization acme --period {wrong}");
        refused(&line, ErrorKind::ValueValidation);
    }
}

#[test]
fn global_options_may_stand_anywhere() {
    for line in ["cellplane --output json whoami", "cellplane whoami -o json"] {
        assert_eq!(parse(line).expect("good").global.output, Output::Json, "{line}");
    }
    let listing = parse("cellplane get --limit 3 instances --state Running").expect("good");
    assert!(matches!(listing.command, Command::Get(GetArguments { limit: 3, .. })));
    refused("cellplane get --limit 0 instances", ErrorKind::ValueValidation);
    refused("cellplane whoami --address plane.example", ErrorKind::ValueValidation);
}

#[test]
fn json_is_recognised_on_a_line_that_cannot_be_read() {
    let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
    assert!(wants_json(&words("cellplane oops --output json")));
    assert!(wants_json(&words("cellplane oops -ojson")));
    assert!(!wants_json(&words("cellplane oops --output table")));
}

#[test]
fn an_instant_without_a_zone_is_in_utc() {
    let at = |text: &str| {
        let read = parse(&format!("cellplane get assets --at {text}")).expect("good");
        let Command::Get(GetArguments { listing: Listing::Assets(given), .. }) = read.command
        else {
            panic!("a register")
        };
        given.at
    };
    let noon = Some("2026-11-20T12:00:00.000000Z".to_owned());
    for good in ["2026-11-20T12:00", "2026-11-20T12:00:00Z", "2026-11-20T20:00+08:00"] {
        assert_eq!(at(good), noon, "{good}");
    }
    assert_eq!(at("2026-11-20"), Some("2026-11-20T00:00:00.000000Z".to_owned()));
    for wrong in ["noon", "2026-13-01", "2026-11-20T25:00", "12:00"] {
        refused(&format!("cellplane get assets --at {wrong}"), ErrorKind::ValueValidation);
    }
}

#[test]
fn the_audit_is_asked_for_one_thing_at_a_time() {
    refused("cellplane get audit --instance a --target b", ErrorKind::ArgumentConflict);
    refused("cellplane get audit --project a", ErrorKind::MissingRequiredArgument);
    assert!(parse("cellplane get audit --instance a --refused --verify -o csv").is_ok());
    for of_installation in ["verify --installation", "--installation list --client 192.0.2.7"] {
        let read = parse(&format!("cellplane audit {of_installation}")).expect("good");
        assert!(matches!(read.command, Command::Audit(given) if given.installation));
    }
}

#[test]
fn a_token_ends_in_one_way_and_reaches_one_thing() {
    assert!(parse("cellplane token create ci --action order --project a").is_ok());
    refused("cellplane token create ci --days 3 --expires 2026-12-01", ErrorKind::ArgumentConflict);
    refused("cellplane token create ci --project a --organization b", ErrorKind::ArgumentConflict);
    refused("cellplane token create ci --days 0", ErrorKind::ValueValidation);
    refused("cellplane token rotate ci --overlap-minutes 1441", ErrorKind::ValueValidation);
    refused("cellplane session end", ErrorKind::MissingRequiredArgument);
    refused("cellplane session end ses_a --others", ErrorKind::ArgumentConflict);
    refused(
        "cellplane operator impersonate --tenant a --subject b",
        ErrorKind::MissingRequiredArgument,
    );
    refused(
        "cellplane operator impersonate --tenant a --reason b",
        ErrorKind::MissingRequiredArgument,
    );
    refused(
        "cellplane operator impersonate --tenant a --reason b --user c --subject d",
        ErrorKind::ArgumentConflict,
    );
}

/// The words of a command as a shell would cut them, without a comment or what becomes of its output.
fn cut(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            ('#' | '>' | '|', None) if word.is_none() => break,
            (' ', None) => words.extend(word.take()),
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            _ if quote == Some(letter) => quote = None,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn every_command_of_the_documents_is_one() {
    let pages = [
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/how-to.md")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sign-in.md")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/budgets.md")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/quotas.md")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/approvals.md")),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")),
    ];
    let mut seen = 0;
    for page in pages {
        let page = page.replace("\\\n", " ");
        let blocks = page.split("```").skip(1).step_by(2);
        for line in blocks.flat_map(str::lines).filter(|line| line.starts_with("cellplane ")) {
            let read = Arguments::try_parse_from(cut(line));
            assert!(
                read.is_ok(),
                "{line}: {}",
                read.err().map(|e| e.to_string()).unwrap_or_default()
            );
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} commands were found");
}

#[test]
fn a_role_is_given_to_one_and_at_one_place() {
    let line = "cellplane binding create --user wei --role developer --at project/web";
    let Command::Binding(given) = parse(line).expect("good").command else { panic!("a binding") };
    let BindingCommand::Create { effect, at, .. } = given.command else { panic!("a new one") };
    assert_eq!((effect, at.as_str()), (Effect::Allow, "project/web"));
    let both = "cellplane binding create --user wei --group ops --role developer --at tenant";
    refused(both, ErrorKind::ArgumentConflict);
    let nobody = "cellplane binding create --role developer --at tenant";
    refused(nobody, ErrorKind::MissingRequiredArgument);
    let nowhere = "cellplane binding create --user wei --role developer";
    refused(nowhere, ErrorKind::MissingRequiredArgument);
    assert!(parse("cellplane binding list").is_ok());
    refused("cellplane binding list --user a --group b", ErrorKind::ArgumentConflict);
    refused("cellplane role create restarter", ErrorKind::MissingRequiredArgument);
    refused("cellplane group rename ops", ErrorKind::MissingRequiredArgument);
    refused("cellplane audit follow --done --refused", ErrorKind::ArgumentConflict);
}

#[test]
fn a_quota_has_one_place_and_a_known_meter() {
    refused("cellplane quota set members 20", ErrorKind::MissingRequiredArgument);
    let both = "cellplane quota list --organization rnd --project web";
    refused(both, ErrorKind::ArgumentConflict);
    refused("cellplane quota set people 20 --project web", ErrorKind::InvalidValue);
    refused("cellplane quota set members many --project web", ErrorKind::ValueValidation);
    refused("cellplane quota remove --project web", ErrorKind::MissingRequiredArgument);
    // What is no limit is refused by the plane, with its reason.
    assert!(parse("cellplane quota set members -1 --project web").is_ok());
}

#[test]
fn a_budget_has_one_place_an_amount_and_a_known_action() {
    refused("cellplane budget set 20", ErrorKind::MissingRequiredArgument);
    let both = "cellplane budget list --organization rnd --project web";
    refused(both, ErrorKind::ArgumentConflict);
    refused("cellplane budget set much --project web", ErrorKind::ValueValidation);
    refused("cellplane budget set 1e3 --project web", ErrorKind::ValueValidation);
    refused("cellplane budget set 20 --action stop --project web", ErrorKind::InvalidValue);
    refused("cellplane budget remove", ErrorKind::MissingRequiredArgument);
    // What is too small is the plane's to say.
    assert!(parse("cellplane budget set -1.50 --action note --project web").is_ok());
}

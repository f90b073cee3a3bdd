//! A planned move that is due at two planes is made once.

use control_plane_core::task::move_planned::MovePlanned;
use control_plane_core::task::{Task as _, round};
use types::clock::Clock as _;

use super::*;

const ROUNDS: usize = 6;

#[tokio::test]
async fn a_move_that_is_due_at_two_planes_is_made_once() {
    tell(None, async |world, other| {
        let admin = world.user("admin").await;
        let there = at(&admin, other);
        let found = admin.get("{ organization(idOrName: \"acme\") { id } }", json!({})).await;
        let root = found["organization"]["id"].as_str().expect("an id").to_owned();
        let one = admin.organization(&root, "one").await;
        let away = admin.organization(&root, "away").await;
        for round_number in 0..ROUNDS {
            let to = if round_number.is_multiple_of(2) { &away } else { &root };
            let due = world.clock.now().plus(Duration::from_secs(3600));
            let input = json!({ "organization": one, "parent": to });
            let planned = admin.planned("moveOrganization", input, due).await;
            world.pass(Duration::from_secs(7200));
            // Tasks of both, without the lock that keeps one of them away, and people at both.
            let title = |title: &str| json!({ "organization": away, "title": title });
            let (here, beside, first, second) = futures::join!(
                MovePlanned.run(world.plane()),
                MovePlanned.run(other.plane()),
                admin.alter("renameOrganization", title("Here")),
                there.alter("renameOrganization", title("There")),
            );
            here.and(beside).expect("both came to an end");
            first.granted();
            second.granted();
            assert_eq!(there.planned_move(&planned).await["state"], "DONE");
            let count = |condition: &str| {
                format!("SELECT COUNT(*) FROM tree_event WHERE node = '{one}' AND {condition}")
            };
            let moved = world.number(&count("event = 'moved'")).await;
            assert_eq!(moved, i64::try_from(round_number + 1).expect("a number"));
            let exact = format!("effective_at = {}", due.micros());
            assert_eq!(world.number(&count(&exact)).await, 1, "it holds from its instant on");
        }
        let made = "SELECT COUNT(*) FROM audit WHERE action = 'makePlannedMove'";
        assert_eq!(world.number(made).await, i64::try_from(ROUNDS).expect("a number"));
        round(world.plane(), &MovePlanned, "nobody").await.expect("nothing is due");
        assert_eq!(world.number(made).await, i64::try_from(ROUNDS).expect("a number"));
    })
    .await;
}

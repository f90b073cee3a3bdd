//! One hand after the other, whose every answer the model foretells.

use std::collections::BTreeMap;

use tests::client::order::Ordered;
use tests::world::World;

use super::foretold::Model;
use super::{Chance, MEMBER, METERS, Scene, answered, contradictions, outcome};

const STEPS: u32 = 90;

/// What has to become of it at least once.
const OUTCOMES: [&str; 9] = [
    "order done",
    "order licence",
    "order quota",
    "order budget",
    "delete",
    "move done ",
    "set done ",
    "budget BLOCK",
    "no budget done",
];

pub(super) async fn one_hand_is_answered_as_the_model_foretells(world: &mut World) {
    let scene = Scene::of(world, 8).await;
    let mut model = Model::read(&scene).await;
    model.licensed = 8 + i64::from(tests::world::seed::LICENSED);
    let mut hand = Hand { world, scene: &scene, model, chance: Chance(7), step: 0 };
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for step in 0..STEPS {
        hand.step = step;
        let Some(outcome) = hand.act().await else { continue };
        *seen.entry(outcome).or_default() += 1;
        assert_eq!(contradictions(&scene).await, Vec::<String>::new(), "{step}");
    }
    for outcome in OUTCOMES {
        assert!(seen.contains_key(outcome), "never {outcome:?}: {seen:?}");
    }
}

struct Hand<'w> {
    world: &'w World,
    scene: &'w Scene,
    model: Model,
    chance: Chance,
    step: u32,
}

impl Hand<'_> {
    /// Does one thing at random; answers what became of it, if there was anything to do.
    async fn act(&mut self) -> Option<String> {
        Some(match self.chance.of(12) {
            0..=3 => self.order().await,
            4 => return self.delete().await,
            5..=6 => self.relocate().await,
            7..=8 => self.limit().await,
            9 => self.budget().await,
            10 => self.unbudget().await,
            _ => self.unlimit().await,
        })
    }

    fn node(&mut self) -> String {
        self.chance.one(&self.scene.nodes()).clone()
    }

    async fn order(&mut self) -> String {
        let project = self.chance.one(&self.scene.projects).clone();
        let name = format!("s{}-{}", self.step, self.chance.one(&["one", "pair"]));
        let answer = self.scene.place(&project, &name).await;
        let told = outcome(&answer).to_owned();
        assert_eq!(told, self.model.order(&project, &name), "{}: {}", self.step, answer.text);
        if told == "done" {
            self.model.instances.insert(Ordered::from(&answer).instance, (name, project));
        }
        format!("order {told}")
    }

    async fn delete(&mut self) -> Option<String> {
        let ids: Vec<_> = self.model.instances.keys().cloned().collect();
        let id = ids.get(self.chance.of(ids.len().max(1)))?;
        let (name, _) = self.model.instances.remove(id).expect("an instance");
        let gone = Ordered::from(&self.scene.admin.delete(id, &name, &name).await);
        self.world.succeeded(&self.scene.admin, &gone.operation).await;
        Some("delete".to_owned())
    }

    async fn relocate(&mut self) -> String {
        let nodes = self.scene.nodes();
        let (node, to) = (self.chance.one(&nodes[1..]), self.chance.one(&self.scene.organizations));
        let (code, why) = self.scene.relocate(node, to).await;
        let told = (code.as_str(), why.as_str());
        assert_eq!(told, self.model.relocate(node, to), "{}: {node} to {to}", self.step);
        if code == "done" {
            self.model.above.insert(node.clone(), to.clone());
        }
        format!("move {code} {why}")
    }

    async fn limit(&mut self) -> String {
        let meter = *self.chance.one(&METERS);
        let (node, limit) = (self.node(), i64::try_from(self.chance.of(9)).expect("small"));
        let (code, why) = answered(&self.scene.admin.limit(&node, meter, limit).await);
        let told = (code.as_str(), why.as_str());
        let foretold = self.model.set(&node, meter, limit);
        assert_eq!(told, foretold, "{}: {node} {meter} {limit}", self.step);
        if code == "done" {
            self.model.limits.insert((node, meter), limit);
        }
        format!("set {code} {why}")
    }

    async fn budget(&mut self) -> String {
        let (node, members) = (self.node(), i64::try_from(self.chance.of(9)).expect("small"));
        let amount = members * MEMBER;
        let (action, blocks) = *self.chance.one(&[("BLOCK", true), ("NOTE", false)]);
        self.scene.admin.budget(&node, &amount.to_string(), action).await.granted();
        self.model.budgets.insert(node, (amount, blocks));
        format!("budget {action}")
    }

    async fn unbudget(&mut self) -> String {
        let node = self.node();
        let code = self.scene.admin.unbudget(&node).await.code().to_owned();
        let had = self.model.budgets.remove(&node).is_some();
        assert_eq!(code, if had { "done" } else { "NOT_FOUND" }, "{}", self.step);
        format!("no budget {code}")
    }

    async fn unlimit(&mut self) -> String {
        let meter = *self.chance.one(&METERS);
        let node = self.node();
        let code = self.scene.admin.unlimit(&node, meter).await.code().to_owned();
        let had = self.model.limits.remove(&(node, meter)).is_some();
        assert_eq!(code, if had { "done" } else { "NOT_FOUND" }, "{}", self.step);
        format!("remove {code}")
    }
}

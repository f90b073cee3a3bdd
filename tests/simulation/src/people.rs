//! The people's host: somebody who orders, changes, stops, starts and deletes over the API, and who
//! repeats what was not answered.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::intent::{Intent, Known};
use crate::planted::Planted;
use crate::wire::{Frame, Head};
use crate::world::{World, lock};

/// Nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(8);
/// Tries before somebody does something else first.
const TRIES: u32 = 3;
/// Instances that somebody wants at the same time.
const INSTANCES_MAX: usize = 6;

const PREVIEW_ORDER: &str =
    "query($input: OrderInput!) { previewOrder(input: $input) { token members { name } } }";
const PREVIEW_CHANGE: &str =
    "query($input: ChangeInput!) { previewChange(input: $input) { token } }";
const PLACE: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { \
    instance { id } operation { id } } }";
const CHANGE: &str = "mutation($input: ChangeConfigurationInput!) { \
    changeConfiguration(input: $input) { instance { id } operation { id } } }";
const STOP: &str = "mutation($input: InstanceInput!) { stopInstance(input: $input) { \
    instance { id } operation { id } } }";
const START: &str = "mutation($input: InstanceInput!) { startInstance(input: $input) { \
    instance { id } operation { id } } }";
const DELETE: &str = "mutation($input: DeleteInstanceInput!) { deleteInstance(input: $input) { \
    instance { id } operation { id } } }";

/// Works until the faults are over, then makes sure of what it does not know.
///
/// # Errors
/// None; the network asks for the type.
pub async fn live(world: Arc<World>) -> Result<(), Box<dyn std::error::Error>> {
    let people = People { world };
    let mut count = 0;
    while !people.world.is_calm() {
        let (shortest, longest) = (Duration::from_millis(500), Duration::from_secs(7));
        let pause = people.world.people.lock().between(shortest, longest);
        rest(pause).await;
        count += 1;
        people.act(count).await;
    }
    loop {
        let open =
            lock(&people.world.intents).iter().position(|intent| intent.known == Known::Nothing);
        let Some(open) = open else { return Ok(()) };
        people.pursue(open, 1).await;
        rest(Duration::from_secs(1)).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "people rest in simulated time")]
async fn rest(pause: Duration) {
    tokio::time::sleep(pause).await;
}

struct People {
    world: Arc<World>,
}

/// An instance that somebody ordered.
#[derive(Clone)]
struct Own {
    id: String,
    name: String,
}

impl People {
    async fn act(&self, count: u64) {
        let own = self.own();
        let drawn = self.world.people.lock().below(100);
        if own.len() < INSTANCES_MAX && (own.is_empty() || drawn < 35) {
            return self.order(count).await;
        }
        let Own { id, name } = self.world.people.lock().pick(&own).clone();
        let plain = json!({ "instance": id });
        let key = format!("key {count}");
        match drawn {
            0..55 => self.change(&id, key).await,
            55..70 => self.intend("stopInstance", STOP, plain, key).await,
            70..85 => self.intend("startInstance", START, plain, key).await,
            _ => {
                let input = json!({ "instance": id, "name": name });
                self.intend("deleteInstance", DELETE, input, key).await;
            }
        }
    }

    /// What was ordered for sure and was not deleted for sure.
    fn own(&self) -> Vec<Own> {
        let intents = lock(&self.world.intents);
        let deleted: Vec<_> = intents
            .iter()
            .filter(|intent| intent.mutation == "deleteInstance")
            .filter_map(|intent| match &intent.known {
                Known::Done { instance } => Some(instance.clone()),
                _ => None,
            })
            .collect();
        let ordered = intents.iter().filter_map(|intent| match (&intent.order, &intent.known) {
            (Some((name, _)), Known::Done { instance }) => {
                Some(Own { id: instance.clone(), name: name.clone() })
            }
            _ => None,
        });
        ordered.filter(|own| !deleted.contains(&own.id)).collect()
    }

    async fn order(&self, count: u64) {
        let topology = {
            let mut chance = self.world.people.lock();
            *chance.pick(&["standalone", "primary-replica"])
        };
        let installation = &self.world.installation;
        let name = format!("cache-{count}");
        let order = json!({
            "project": installation.project, "name": name, "offering": installation.offering,
            "plan": installation.plan, "softwareVersion": "7.0", "topology": topology,
            "parameters": {},
        });
        let shown = self.ask(PREVIEW_ORDER, json!({ "input": order })).await;
        let Some(shown) = shown else { return };
        let preview = &shown["data"]["previewOrder"];
        let members = preview["members"].as_array().map_or(0, Vec::len);
        if preview["token"].is_null() {
            return;
        }
        let intent = Intent {
            mutation: "placeOrder",
            query: PLACE,
            input: json!({ "order": order, "previewToken": preview["token"] }),
            key: format!("key {count}"),
            order: Some((name, members)),
            known: Known::Nothing,
        };
        self.begin(intent).await;
    }

    async fn change(&self, id: &str, key: String) {
        let clients = 50 + self.world.people.lock().below(500);
        let change = json!({ "instance": id, "parameters": { "maxclients": clients } });
        let shown = self.ask(PREVIEW_CHANGE, json!({ "input": change })).await;
        let Some(shown) = shown else { return };
        let token = shown["data"]["previewChange"]["token"].clone();
        if !token.is_null() {
            let input = json!({ "change": change, "previewToken": token });
            self.intend("changeConfiguration", CHANGE, input, key).await;
        }
    }

    async fn intend(&self, mutation: &'static str, query: &'static str, input: Value, key: String) {
        let known = Known::Nothing;
        self.begin(Intent { mutation, query, input, key, order: None, known }).await;
    }

    async fn begin(&self, intent: Intent) {
        let at = {
            let mut intents = lock(&self.world.intents);
            intents.push(intent);
            intents.len() - 1
        };
        self.pursue(at, TRIES).await;
    }

    /// Tries until there is an answer, or often enough for now.
    async fn pursue(&self, at: usize, tries: u32) {
        for again in 0..tries {
            let Intent { mutation, query, mut input, key, .. } =
                lock(&self.world.intents)[at].clone();
            input["idempotencyKey"] = json!(key);
            if again > 0 && self.world.planted == Some(Planted::NewKey) {
                input["idempotencyKey"] = json!(format!("{key} again {again}"));
            }
            let answer = self.ask(query, json!({ "input": input })).await;
            // The program that is wrong about keys overhears answers, too.
            let is_overheard = again == 0 && self.world.strikes(Planted::NewKey, 300);
            let Some(answer) = answer.filter(|_| !is_overheard) else { continue };
            let known = match answer["data"][mutation]["instance"]["id"].as_str() {
                Some(instance) => Known::Done { instance: instance.to_owned() },
                None => match answer["errors"][0]["extensions"]["code"].as_str() {
                    // The plane could not; it may be able to later.
                    Some("UNAVAILABLE" | "INTERNAL") | None => continue,
                    Some(code) => Known::Refused(code.to_owned()),
                },
            };
            self.world.tell(format_args!("people: {mutation} {known:?}"), &[]);
            lock(&self.world.intents)[at].known = known;
            return;
        }
    }

    /// None if no answer came.
    async fn ask(&self, query: &str, variables: Value) -> Option<Value> {
        let body = json!({ "query": query, "variables": variables });
        let head = Head {
            path: "/graphql".to_owned(),
            token: Some(self.world.installation.token.clone()),
            ..Head::default()
        };
        let question = Frame { head, body: body.to_string().into_bytes() };
        let answer = timeout(PATIENCE, question.ask()).await.ok()?.ok()?;
        serde_json::from_slice(&answer.body).ok()
    }
}

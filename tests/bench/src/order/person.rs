//! A developer who orders, over the same API as everybody.

use reqwest::Client;
use serde_json::{Value, json};
use types::clock::{Clock as _, SystemClock};

use crate::Outcome;
use crate::stage::Plane;

const PREVIEW: &str = "query($input: OrderInput!) { previewOrder(input: $input) { token } }";
const PLACE: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { \
    instance { id } } }";

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Person {
    client: Client,
    address: String,
    token: String,
    project: String,
    offering: String,
    plan: String,
}

impl Person {
    /// Signs in and finds what can be ordered.
    pub async fn sign_in(plane: &Plane, name: &str) -> Outcome<Self> {
        let token = plane.sign_in(name).await?;
        let client = Client::builder().no_proxy().build()?;
        let address = format!("{}/graphql", plane.http);
        let nothing = String::new;
        let mut person = Self {
            client,
            address,
            token,
            project: nothing(),
            offering: nothing(),
            plan: nothing(),
        };
        let known = "{ projects { edges { node { id name } } } \
                     offering(idOrName: \"redis\") { id plans { id name } } }";
        let known = person.ask(known, json!({})).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        person.project = text(&known["projects"]["edges"][0]["node"]["id"]);
        person.offering = text(&known["offering"]["id"]);
        let plans = known["offering"]["plans"].as_array().cloned().unwrap_or_default();
        let small = plans.iter().find(|plan| plan["name"] == "small").ok_or("no plan small")?;
        person.plan = text(&small["id"]);
        Ok(person)
    }

    /// Asks, and fails if anything is refused.
    pub async fn ask(&self, query: &str, variables: Value) -> Outcome<Value> {
        let body = json!({ "query": query, "variables": variables });
        let sent = self.client.post(&self.address).bearer_auth(&self.token).json(&body).send();
        let mut answer: Value = sent.await?.json().await?;
        match answer["errors"].is_null() {
            true => Ok(answer["data"].take()),
            false => Err(format!("refused: {answer}").into()),
        }
    }

    fn order(&self, name: &str) -> Value {
        json!({
            "project": self.project, "name": name, "offering": self.offering, "plan": self.plan,
            "softwareVersion": "7.0", "topology": "standalone", "parameters": {},
        })
    }

    /// The token of a preview.
    pub async fn preview(&self, name: &str) -> Outcome<Value> {
        let shown = self.ask(PREVIEW, json!({ "input": self.order(name) })).await?;
        Ok(shown["previewOrder"]["token"].clone())
    }

    /// Places an order; answers the instance.
    pub async fn place(&self, name: &str, token: &Value) -> Outcome<String> {
        let input = json!({
            "order": self.order(name), "previewToken": token, "idempotencyKey": name,
        });
        let placed = self.ask(PLACE, json!({ "input": input })).await?;
        let id = placed["placeOrder"]["instance"]["id"].as_str().ok_or("no instance")?;
        Ok(id.to_owned())
    }

    /// Where its first member answers, once that is known.
    pub async fn endpoint(&self, instance: &str) -> Outcome<Option<(String, u16)>> {
        let query = "query($id: String!) { instance(idOrName: $id) { members { \
                     endpoint { host port } } } }";
        let seen = self.ask(query, json!({ "id": instance })).await?;
        let endpoint = &seen["instance"]["members"][0]["endpoint"];
        let port = endpoint["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        Ok(endpoint["host"].as_str().map(str::to_owned).zip(port))
    }

    /// Waits until an instance runs.
    pub async fn until_running(&self, instance: &str) -> Outcome {
        let query = "query($id: String!) { instance(idOrName: $id) { state } }";
        for _ in 0..3_000 {
            let seen = self.ask(query, json!({ "id": instance })).await?;
            if seen["instance"]["state"] == "RUNNING" {
                return Ok(());
            }
            SystemClock.sleep(std::time::Duration::from_millis(20)).await;
        }
        Err("the order never came true".into())
    }

    /// How many of the newest instances, at most 100 of a page, are in a state; all pages.
    pub async fn count(&self, state: &str) -> Outcome<usize> {
        let query = "query($after: String, $state: State!) { instances(first: 100, after: $after, \
                     filter: { state: $state }) { edges { node { id } } \
                     pageInfo { hasNextPage endCursor } } }";
        let (mut sum, mut after) = (0, Value::Null);
        loop {
            let seen = self.ask(query, json!({ "after": after, "state": state })).await?;
            let page = &seen["instances"];
            sum += page["edges"].as_array().map_or(0, Vec::len);
            if page["pageInfo"]["hasNextPage"] != true {
                return Ok(sum);
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }
}

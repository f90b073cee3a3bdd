//! What people do with instances, as the portal and the command line do it.

use serde_json::{Value, json};

use crate::client::{Answer, User};

/// Previews an order.
pub const PREVIEW_ORDER: &str = "query($input: OrderInput!) { previewOrder(input: $input) { \
    token cell members { name role } parameters price { currency perHour } \
    licence { used added limit } } }";
/// Previews a change.
pub const PREVIEW_CHANGE: &str = "query($input: ChangeInput!) { previewChange(input: $input) { \
    token changes { parameter before after apply } apply restarts { id name } } }";
/// Places a previewed order.
pub const PLACE: &str = "mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { \
    instance { id name } operation { id kind } } }";
/// Applies a previewed change.
pub const CHANGE: &str = "mutation($input: ChangeConfigurationInput!) { \
    changeConfiguration(input: $input) { instance { id name } operation { id kind } } }";
/// Previews work on many instances.
pub const PREVIEW_BATCH: &str = "query($input: BatchInput!) { previewBatch(input: $input) { \
    token items { instance { id name state project { id } } changes { parameter before after } \
    apply restarts { id name } ownValues { parameter own template } \
    refusal { code why message problems { field problem } } } } }";
/// Does previewed work on many instances.
pub const BATCH: &str = "mutation($input: ApplyBatchInput!) { applyBatch(input: $input) { \
    items { instance { id name } operation { id kind } \
    refusal { code why problems { field problem } } } } }";
/// Stops an instance.
pub const STOP: &str = "mutation($input: InstanceInput!) { stopInstance(input: $input) { \
    instance { id name } operation { id kind } } }";
/// Starts an instance.
pub const START: &str = "mutation($input: InstanceInput!) { startInstance(input: $input) { \
    instance { id name } operation { id kind } } }";
/// Deletes an instance.
pub const DELETE: &str = "mutation($input: DeleteInstanceInput!) { deleteInstance(input: $input) { \
    instance { id name } operation { id kind } } }";
/// Shows an instance's secrets.
pub const REVEAL: &str = "mutation($input: InstanceInput!) { revealSecret(input: $input) { \
    secrets { name value } examples { text } } }";
/// What stories want to know of an instance.
pub const INSTANCE: &str = "query($id: String!) { instance(idOrName: $id) { \
    id name state wish unknownSince generation deletedAt \
    members { id name role observedRole state pid restarts problem endpoint { host port } } \
    configuration { number parameters } } }";
/// What stories want to know of an operation.
pub const OPERATION: &str = "query($id: ID!) { operation(id: $id) { id kind state \
    steps { name member state } log { number text } problem { code message } } }";

/// An instance and the operation that is at work on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The instance's id.
    pub instance: String,
    /// The operation's id.
    pub operation: String,
}

impl Ordered {
    /// Reads the payload of a mutation.
    ///
    /// # Panics
    /// If it was refused.
    #[track_caller]
    pub fn from(answer: &Answer) -> Self {
        let data = answer.granted().as_object().and_then(|data| data.values().next());
        let text = |part: &str| data.and_then(|data| data[part]["id"].as_str()).map(str::to_owned);
        let (instance, operation) = (text("instance"), text("operation"));
        Self { instance: instance.expect("an id"), operation: operation.expect("an id") }
    }
}

impl User {
    /// Places an order with the token of a preview.
    pub async fn place(&self, order: &Value, token: &Value, key: &str) -> Answer {
        let input = json!({ "order": order, "previewToken": token, "idempotencyKey": key });
        self.ask(PLACE, json!({ "input": input })).await
    }

    /// The token of an order's preview.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn preview(&self, order: &Value) -> Value {
        let shown = self.get(PREVIEW_ORDER, json!({ "input": order })).await;
        shown["previewOrder"]["token"].clone()
    }

    /// Previews and places an order.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn order(&self, order: &Value) -> Ordered {
        let token = self.preview(order).await;
        let key = format!("order {}", order["name"]);
        Ordered::from(&self.place(order, &token, &key).await)
    }

    /// Applies a previewed change.
    pub async fn change(&self, change: &Value, token: &Value, key: &str) -> Answer {
        let input = json!({ "change": change, "previewToken": token, "idempotencyKey": key });
        self.ask(CHANGE, json!({ "input": input })).await
    }

    /// What a change would do.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn preview_change(&self, change: &Value) -> Value {
        self.get(PREVIEW_CHANGE, json!({ "input": change })).await["previewChange"].clone()
    }

    /// Sends one of the mutations that take an instance and a key.
    pub async fn command(&self, mutation: &str, instance: &str, key: &str) -> Answer {
        let input = json!({ "instance": instance, "idempotencyKey": key });
        self.ask(mutation, json!({ "input": input })).await
    }

    /// Deletes an instance.
    pub async fn delete(&self, instance: &str, name: &str, key: &str) -> Answer {
        let input = json!({ "instance": instance, "name": name, "idempotencyKey": key });
        self.ask(DELETE, json!({ "input": input })).await
    }

    /// An instance as it is now.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn instance(&self, id: &str) -> Value {
        self.get(INSTANCE, json!({ "id": id })).await["instance"].clone()
    }

    /// An operation as it is now.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn operation(&self, id: &str) -> Value {
        self.get(OPERATION, json!({ "id": id })).await["operation"].clone()
    }
}

//! Somebody who is signed in and asks the plane over HTTP, as every client does.

use serde_json::{Value, json};

pub mod access;
pub mod application;
pub mod approval;
pub mod budget;
pub mod order;
pub mod quota;
pub mod sign_in;
pub mod structure;
pub mod subscription;
pub mod tenant;
pub mod tree;

/// A signed-in subject at one address of the plane; made anew after the plane came back.
#[derive(Clone)]
pub struct User {
    http: reqwest::Client,
    address: String,
    token: String,
}

/// What the plane answered to a query or mutation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The bytes as they came.
    pub text: String,
    body: Value,
}

impl User {
    /// Uses a sign-in code up, as the command line does.
    ///
    /// # Panics
    /// If the plane does not let it in.
    pub async fn sign_in(http: &reqwest::Client, address: &str, code: &str) -> Self {
        let entered = Self::try_sign_in(http, address, code).await;
        entered.unwrap_or_else(|body| panic!("no token in {body}"))
    }

    /// The same, if the plane lets it in.
    ///
    /// # Errors
    /// What the plane says instead.
    pub async fn try_sign_in(
        http: &reqwest::Client,
        address: &str,
        code: &str,
    ) -> Result<Self, Value> {
        let body = json!({ "code": code, "client": "command-line" });
        let sent = http.post(format!("{address}/sign-in")).json(&body).send().await;
        let body: Value = sent.expect("an answer").json().await.expect("JSON");
        let Some(token) = body["token"].as_str() else { return Err(body) };
        Ok(Self { http: http.clone(), address: address.to_owned(), token: token.to_owned() })
    }

    /// The same subject where the plane answers now.
    #[must_use]
    pub fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// Somebody who shows another token to the same plane.
    #[must_use]
    pub fn holding(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Where the plane answers.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What the plane is shown.
    pub fn shown_token(&self) -> &str {
        &self.token
    }

    /// The same subject, whose requests go out another way.
    #[must_use]
    pub fn over(&self, http: &reqwest::Client) -> Self {
        Self { http: http.clone(), ..self.clone() }
    }

    /// Sends a query with the token as a browser's cookie, from a page of the plane's own.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn ask_with_cookie(&self, query: &str) -> Answer {
        let request = self.http.post(format!("{}/graphql", self.address));
        let request = request
            .header("cookie", format!("cellplane_session={}", self.token))
            .header("origin", &self.address)
            .header("x-cellplane", "1");
        let sent = request.json(&json!({ "query": query })).send().await.expect("an answer");
        let text = sent.text().await.expect("an answer");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
        Answer { text, body }
    }

    /// Sends a query or mutation; fails if the plane went away meanwhile.
    ///
    /// # Errors
    /// Those of the connection; refusals are answers.
    pub async fn try_ask(&self, query: &str, variables: Value) -> Result<Answer, reqwest::Error> {
        let body = json!({ "query": query, "variables": variables });
        let request = self.http.post(format!("{}/graphql", self.address));
        let sent = request.bearer_auth(&self.token).json(&body).send().await?;
        let text = sent.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
        Ok(Answer { text, body })
    }

    /// Sends a query or mutation.
    ///
    /// # Panics
    /// If no answer comes.
    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.try_ask(query, variables).await.expect("an answer")
    }

    /// Sends a query and answers what it asked for.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn get(&self, query: &str, variables: Value) -> Value {
        self.ask(query, variables).await.granted().clone()
    }
}

impl Answer {
    /// Makes an answer of a text, e.g. of a message of a subscription.
    ///
    /// # Panics
    /// If it is no JSON.
    pub fn of(body: Value) -> Self {
        Self { text: body.to_string(), body }
    }

    /// What was asked for.
    ///
    /// # Panics
    /// If there is an error beside it or instead of it.
    #[track_caller]
    pub fn granted(&self) -> &Value {
        let is_refused = self.body["errors"].is_array() || self.body["error"].is_object();
        assert!(!is_refused, "refused: {}", self.text);
        &self.body["data"]
    }

    /// The first error's code, or `done`.
    pub fn code(&self) -> &str {
        self.told()["code"].as_str().unwrap_or("done")
    }

    /// What the first error says beside its message; also one from before GraphQL was reached.
    pub fn told(&self) -> &Value {
        let outside = &self.body["error"];
        if outside.is_object() { outside } else { &self.body["errors"][0]["extensions"] }
    }

    /// The fields that were refused, with the word for why, in order.
    pub fn problems(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let problems = self.told()["problems"].as_array().cloned().unwrap_or_default();
        let mut problems: Vec<_> =
            problems.iter().map(|each| (text(&each["field"]), text(&each["problem"]))).collect();
        problems.sort();
        problems
    }

    /// The bytes, but for the request's id.
    pub fn without_request(&self) -> String {
        let mut text = self.text.clone();
        let errors = self.body["errors"].as_array().into_iter().flatten();
        let errors = errors.map(|error| &error["extensions"]).chain([&self.body["error"]]);
        for request in errors.filter_map(|error| error["requestId"].as_str()) {
            text = text.replace(request, "req_");
        }
        text
    }
}

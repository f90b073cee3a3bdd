//! A browser as far as sign-in needs one: it keeps cookies and follows no redirect by itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use reqwest::Url;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use crate::world::World;

/// A browser with its cookies.
pub struct Browser {
    http: reqwest::Client,
    address: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Page {
    /// Status.
    pub status: u16,
    /// Where it sends the browser.
    pub location: Option<String>,
    /// `Set-Cookie`, line by line.
    pub set: Vec<String>,
    /// Body.
    pub text: String,
}

impl Page {
    /// Where it sends the browser.
    ///
    /// # Panics
    /// If it sends it nowhere.
    pub fn location(&self) -> &str {
        self.location.as_deref().unwrap_or_else(|| panic!("no redirect: {self:?}"))
    }

    /// The word of the sign-in page for why somebody was refused.
    pub fn problem(&self) -> Option<String> {
        let rest = self.location.as_deref()?.strip_prefix("/sign-in?problem=")?;
        Some(rest.split('&').next().unwrap_or_default().to_owned())
    }
}

/// A part of an address's query.
///
/// # Panics
/// If it is no address or the part is missing.
pub fn part(address: &str, name: &str) -> String {
    let address = Url::parse(address).expect("an address");
    let found = address.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {address}")).1.into_owned()
}

impl Browser {
    /// A new browser, which has never been here.
    ///
    /// # Panics
    /// If there is no TLS to be had.
    pub fn new(world: &World) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build();
        let address = world.address();
        Self { http: http.expect("a client"), address, cookies: Mutex::default() }
    }

    /// Opens a page of the plane, or another one.
    ///
    /// # Panics
    /// If nobody answers.
    pub async fn get(&self, place: &str) -> Page {
        let is_own = place.starts_with('/');
        let place = if is_own { format!("{}{place}", self.address) } else { place.to_owned() };
        self.send(self.http.get(place)).await
    }

    /// Sends a form, as a page of a provider does.
    ///
    /// # Panics
    /// If nobody answers.
    pub async fn post(&self, place: &str, fields: &[(&str, &str)]) -> Page {
        let mut address = Url::parse("http://form").expect("an address");
        address.query_pairs_mut().extend_pairs(fields);
        let form = address.query().unwrap_or_default().to_owned();
        let kind = "application/x-www-form-urlencoded";
        self.send(self.http.post(place).header("content-type", kind).body(form)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Page {
        let answer = request.header(COOKIE, self.cookies()).send().await.expect("an answer");
        let headers = answer.headers();
        let text = |value: &reqwest::header::HeaderValue| {
            value.to_str().expect("a header in ASCII").to_owned()
        };
        let location = headers.get(LOCATION).map(text);
        let set: Vec<_> = headers.get_all(SET_COOKIE).iter().map(text).collect();
        for line in &set {
            self.take(line);
        }
        let status = answer.status().as_u16();
        Page { status, location, set, text: answer.text().await.expect("a body") }
    }

    fn take(&self, line: &str) {
        let pair = line.split(';').next().unwrap_or_default();
        let (name, value) = pair.split_once('=').expect("a cookie");
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        if value.is_empty() {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    fn cookies(&self) -> String {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Leaves for a provider of acme; the address there.
    pub async fn leave(&self, provider: &str) -> Page {
        self.get(&format!("/sign-in/start?tenant=acme&provider={provider}&return=/instances")).await
    }

    /// Who is signed in here.
    ///
    /// # Panics
    /// If nobody answers.
    pub async fn viewer(&self) -> Option<String> {
        let body = self.ask("{ viewer { name } }", json!({})).await;
        body["data"]["viewer"]["name"].as_str().map(str::to_owned)
    }

    /// Asks the plane as the portal does; the whole answer.
    ///
    /// # Panics
    /// If nobody answers.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.own("/graphql", json!({ "query": query, "variables": variables })).await;
        serde_json::from_str(&answer.text).expect("JSON")
    }

    /// Signs out, as the portal does.
    ///
    /// # Panics
    /// If nobody answers.
    pub async fn sign_out(&self) -> Page {
        self.own("/sign-out", json!({})).await
    }

    async fn own(&self, path: &str, body: Value) -> Page {
        let request = self.http.post(format!("{}{path}", self.address));
        let request = request.header("origin", &self.address).header("x-cellplane", "portal");
        self.send(request.json(&body)).await
    }
}

//! Plain HTTP to a farm, the way a script would speak to it.

use reqwest::blocking::{Client, Response};
use serde_json::Value;

use crate::home::FarmJson;

/// A farm reached with nothing but its URL and token.
pub struct Http {
    farm: FarmJson,
    client: Client,
}

impl Http {
    /// # Panics
    /// When no HTTP client can be made.
    pub fn new(farm: FarmJson) -> Self {
        // Already there when another test of this process came first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { farm, client: Client::builder().build().expect("an HTTP client") }
    }

    /// # Panics
    /// When nobody answers.
    pub fn get(&self, path: &str) -> Response {
        self.try_get(path).expect("the farm answers")
    }

    /// `None` when nobody answers.
    pub fn try_get(&self, path: &str) -> Option<Response> {
        let request = self.client.get(self.url(path)).header("X-Kiln-Token", &self.farm.token);
        request.send().ok()
    }

    /// `None` when nobody answers, or not with JSON.
    pub fn try_json(&self, path: &str) -> Option<Value> {
        self.try_get(path)?.json().ok()
    }

    /// # Panics
    /// When nobody answers with JSON.
    pub fn json(&self, path: &str) -> Value {
        self.get(path).json().expect("an answer in JSON")
    }

    /// # Panics
    /// When nobody answers.
    pub fn post(&self, path: &str, body: &Value) -> Response {
        let request = self.client.post(self.url(path)).header("X-Kiln-Token", &self.farm.token);
        request.json(body).send().expect("the farm answers")
    }

    /// # Panics
    /// When nobody answers.
    pub fn without_token(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().expect("the farm answers")
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.farm.url)
    }
}

//! The farm over real HTTP on a loopback port.

mod again;
mod chunks;
mod configuration;
mod guard;
mod open;
mod results;
mod results_server;
mod uploads;
mod whole_job;
mod workers;

use std::path::Path;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::{Manager, ManagerConfig};

const TOKEN: &str = "let-me-in";

/// A running Manager and somebody who may talk to it.
struct Farmhouse {
    manager: Manager,
    client: Client,
    url: String,
}

impl Farmhouse {
    async fn start(home: &Path) -> Self {
        Self::start_with(home, |_| {}).await
    }

    async fn start_with(home: &Path, change: impl FnOnce(&mut ManagerConfig)) -> Self {
        let mut config = ManagerConfig::new(home);
        config.token = Some(TOKEN.into());
        change(&mut config);
        let manager = Manager::start(config).await.unwrap();
        let url = format!("http://{}", manager.local_addr());
        Self { manager, client: client(), url }
    }

    /// A request with the token, to a path below `/api/v3`, or from the root with a leading `//`.
    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let path =
            path.strip_prefix("//").map_or_else(|| format!("/api/v3{path}"), |path| format!("/{path}"));
        self.client.request(method, format!("{}{path}", self.url)).header("x-kiln-token", TOKEN)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.ask(Method::GET, path).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        read(self.ask(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    async fn submit(&self, job_type: &str, settings: Value) -> String {
        let job = json!({
            "name": "Try", "type": job_type, "priority": 50, "submitter_platform": "manager", "settings": settings,
        });
        let (status, job) = self.post("/jobs", job).await;
        assert_eq!(status, 200, "{job}");
        job["id"].as_str().unwrap().to_owned()
    }

    /// `completed: completed queued`.
    async fn job_text(&self, id: &str) -> String {
        let (_, job) = self.get(&format!("/jobs/{id}")).await;
        let (_, tasks) = self.get(&format!("/jobs/{id}/tasks")).await;
        let tasks: Vec<&str> =
            tasks["tasks"].as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap()).collect();
        format!("{}: {}", job["status"].as_str().unwrap(), tasks.join(" "))
    }

    async fn worker(&self, name: &str) -> Hand {
        let wish = json!({
            "name": name, "secret": "5ec7e7", "platform": "linux", "supported_task_types": ["Misc ", "blender"],
        });
        let (status, worker) = self.post("/worker/register-worker", wish).await;
        assert_eq!(status, 200, "{worker}");
        let hand = Hand { uuid: worker["uuid"].as_str().unwrap().into(), secret: "5ec7e7".into() };
        hand.come(self).await;
        hand
    }
}

/// A Worker's credentials.
struct Hand {
    uuid: String,
    secret: String,
}

impl Hand {
    fn ask(&self, farm: &Farmhouse, method: Method, path: &str) -> RequestBuilder {
        farm.ask(method, path).basic_auth(&self.uuid, Some(&self.secret))
    }

    async fn post(&self, farm: &Farmhouse, path: &str, body: Value) -> (u16, Value) {
        read(self.ask(farm, Method::POST, path).json(&body).send().await.unwrap()).await
    }

    async fn get(&self, farm: &Farmhouse, path: &str) -> (u16, Value) {
        read(self.ask(farm, Method::GET, path).send().await.unwrap()).await
    }

    /// Signs on and says that it is awake.
    async fn come(&self, farm: &Farmhouse) {
        let sign_on = json!({"name": "hand", "supported_task_types": ["misc"], "software_version": "1"});
        let (status, answer) = self.post(farm, "/worker/sign-on", sign_on).await;
        assert_eq!((status, &answer["status_requested"]), (200, &json!("awake")));
        assert_eq!(self.post(farm, "/worker/state-changed", json!({"status": "awake"})).await.0, 204);
    }

    async fn task(&self, farm: &Farmhouse) -> (u16, Value) {
        self.post(farm, "/worker/task", json!(null)).await
    }

    async fn update(&self, farm: &Farmhouse, task: &Value, update: Value) -> u16 {
        self.post(farm, &format!("/worker/task/{}", task["uuid"].as_str().unwrap()), update).await.0
    }
}

fn client() -> Client {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// Status and JSON body; null without one.
async fn read(response: Response) -> (u16, Value) {
    let status = response.status();
    let is_json = response.headers().get("content-type").is_some_and(|it| it == "application/json");
    let body = response.bytes().await.unwrap();
    assert!(status == StatusCode::NO_CONTENT || body.is_empty() || is_json, "{status} {body:?}");
    let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    assert!(!holds_null(&body), "optional fields are left out: {body}");
    (status.as_u16(), body)
}

fn holds_null(value: &Value) -> bool {
    let is_null_inside = |it: &Value| it.is_null() || holds_null(it);
    match value {
        Value::Array(items) => items.iter().any(is_null_inside),
        Value::Object(fields) => fields.values().any(is_null_inside),
        _ => false,
    }
}

//! `/api/v3` in the words of OpenAPI: which operations there are and how they answer, for programs that
//! want to know before they ask.

use std::sync::LazyLock;

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Everybody,
    /// A Worker, with its own id and secret.
    Worker,
}
use Who::{Everybody, Worker};

/// Path, method, who may ask, and the answers that are no refusal. Refusals have one shape, so they
/// are told once. A path may stand here for each of its methods.
type Operation = (&'static str, &'static str, Who, &'static [u16]);

const OPERATIONS: &[Operation] = &[
    ("/version", "get", Everybody, &[200]),
    ("/configuration", "get", Everybody, &[200]),
    ("/configuration/shared-storage/{audience}/{platform}", "get", Everybody, &[200]),
    ("/configuration/variables/{audience}/{platform}", "get", Everybody, &[200]),
    ("/configuration/file", "get", Everybody, &[200]),
    ("/configuration/check/shared-storage", "post", Everybody, &[200]),
    ("/configuration/check/blender", "get", Everybody, &[200]),
    ("/configuration/check/blender", "post", Everybody, &[200]),
    ("/status", "get", Everybody, &[200]),
    ("/jobs/types", "get", Everybody, &[200]),
    ("/jobs/type/{name}", "get", Everybody, &[200]),
    ("/openapi3.json", "get", Everybody, &[200]),
    ("/worker/register-worker", "post", Everybody, &[200]),
    ("/worker/sign-on", "post", Worker, &[200]),
    ("/worker/sign-off", "post", Worker, &[204]),
    ("/worker/state", "get", Worker, &[200, 204]),
    ("/worker/state-changed", "post", Worker, &[204]),
    ("/worker/task", "post", Worker, &[200, 204, 423]),
    ("/worker/task/{id}", "post", Worker, &[204]),
    ("/worker/task/{id}/may-i-run", "get", Worker, &[200]),
    ("/worker/task/{id}/output-produced", "post", Worker, &[202]),
    ("/jobs", "get", Everybody, &[200]),
    ("/jobs", "post", Everybody, &[200]),
    ("/jobs/query", "post", Everybody, &[200]),
    ("/jobs/check", "post", Everybody, &[204]),
    ("/jobs/mass-delete", "delete", Everybody, &[204]),
    ("/jobs/last-rendered", "get", Everybody, &[200, 204]),
    ("/jobs/{id}", "get", Everybody, &[200]),
    ("/jobs/{id}", "delete", Everybody, &[204]),
    ("/jobs/{id}/what-would-delete-do", "get", Everybody, &[200]),
    ("/jobs/{id}/last-rendered", "get", Everybody, &[200, 204]),
    ("/jobs/{id}/setstatus", "post", Everybody, &[204]),
    ("/jobs/{id}/setpriority", "post", Everybody, &[204]),
    ("/jobs/{id}/settag", "post", Everybody, &[204]),
    ("/jobs/{id}/tasks", "get", Everybody, &[200]),
    ("/jobs/{id}/blocklist", "get", Everybody, &[200]),
    ("/jobs/{id}/blocklist", "delete", Everybody, &[204]),
    ("/tasks/{id}", "get", Everybody, &[200]),
    ("/tasks/{id}/log", "get", Everybody, &[200, 204]),
    ("/tasks/{id}/logtail", "get", Everybody, &[200, 204]),
    ("/tasks/{id}/setstatus", "post", Everybody, &[204]),
    ("/worker-mgt/workers", "get", Everybody, &[200]),
    ("/worker-mgt/workers/{id}", "get", Everybody, &[200]),
    ("/worker-mgt/workers/{id}", "delete", Everybody, &[204]),
    ("/worker-mgt/workers/{id}/setstatus", "post", Everybody, &[204]),
    ("/worker-mgt/workers/{id}/settags", "post", Everybody, &[204]),
    ("/worker-mgt/workers/{id}/sleep-schedule", "get", Everybody, &[200, 204]),
    ("/worker-mgt/workers/{id}/sleep-schedule", "post", Everybody, &[204]),
    ("/worker-mgt/tags", "get", Everybody, &[200]),
    ("/worker-mgt/tags", "post", Everybody, &[200]),
    ("/worker-mgt/tag/{id}", "get", Everybody, &[200]),
    ("/worker-mgt/tag/{id}", "put", Everybody, &[204]),
    ("/worker-mgt/tag/{id}", "delete", Everybody, &[204]),
    ("/shaman/checkout/requirements", "post", Everybody, &[200]),
    ("/shaman/checkout/create", "post", Everybody, &[200]),
    ("/shaman/files/{sha}/{size}", "get", Everybody, &[200]),
    ("/shaman/files/{sha}/{size}", "post", Everybody, &[200, 204, 208]),
];

pub(super) async fn document() -> Json<&'static Value> {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(as_json);
    Json(&DOCUMENT)
}

fn as_json() -> Value {
    let mut paths = Map::new();
    for (path, method, who, answers) in OPERATIONS {
        let at = paths.entry(format!("/api/v3{path}")).or_insert_with(|| {
            let names = path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
            let parameters: Vec<Value> = names
                .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
                .collect();
            if parameters.is_empty() { json!({}) } else { json!({ "parameters": parameters }) }
        });
        at[*method] = operation(*who, answers);
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Flamenco's protocol, as Kiln's farm speaks it", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "security": [{ "token": [] }, {}],
        "components": {
            "schemas": { "Refusal": {
                "type": "object",
                "required": ["message"],
                "properties": { "code": { "type": "integer" }, "message": { "type": "string" } },
            } },
            "securitySchemes": {
                "token": { "type": "apiKey", "in": "header", "name": flamenco::kiln::TOKEN_HEADER },
                "worker": { "type": "http", "scheme": "basic" },
            },
        },
    })
}

fn operation(who: Who, answers: &[u16]) -> Value {
    let mut responses = Map::new();
    for status in answers {
        let reason = StatusCode::from_u16(*status).ok().and_then(|it| it.canonical_reason());
        responses.insert(status.to_string(), json!({ "description": reason.unwrap_or_default() }));
    }
    let refusal = json!({
        "description": "Refused, with the reason",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Refusal" } } },
    });
    responses.insert("default".into(), refusal);
    match who {
        Everybody => json!({ "responses": responses }),
        Worker => {
            json!({ "responses": responses, "security": [{ "token": [], "worker": [] }, { "worker": [] }] })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_stands_in_the_document_and_no_other() {
        let source = include_str!("mod.rs");
        let v3 = source.split("fn extension()").next().unwrap().split("fn information()").nth(1).unwrap();
        let mut routes = BTreeSet::new();
        for route in v3.split(".route(").skip(1) {
            let (_, rest) = route.split_once('"').unwrap();
            let (path, handlers) = rest.split_once('"').unwrap();
            for method in ["get", "post", "put", "delete"] {
                if [", ", " ", "."].iter().any(|before| handlers.contains(&format!("{before}{method}("))) {
                    routes.insert((path.to_owned(), method));
                }
            }
        }
        let table: BTreeSet<_> = OPERATIONS.iter().map(|it| (it.0.to_owned(), it.1)).collect();
        assert_eq!(table.len(), OPERATIONS.len(), "an operation stands here twice");
        assert_eq!(table, routes);
    }
}

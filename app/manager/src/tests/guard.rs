use super::*;
use crate::StockClients;

#[tokio::test]
async fn without_the_token_every_call_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    for path in
        ["/api/v3/version", "/api/v3/jobs", "/api/v3/nothing", "/api/kiln/v1/info", "/job-files/x", "/"]
    {
        for token in ["", "wrong", "let-me-i"] {
            let request = client().get(format!("{}{path}", farm.url)).header("x-kiln-token", token);
            let (status, body) = read(request.send().await.unwrap()).await;
            assert_eq!((status, &body["code"]), (401, &json!(401)), "{path} with {token:?}");
            assert!(body["message"].as_str().unwrap().contains("x-kiln-token"));
        }
    }
    let bearer =
        client().get(format!("{}/api/v3/version", farm.url)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(bearer.status(), 200);
    assert_eq!(farm.get("/nothing").await.0, 404);
    assert_eq!(farm.get("/worker/task").await.0, 405);
}

#[tokio::test]
async fn other_hosts_and_origins_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let port = farm.manager.local_addr().port();
    let own = format!("127.0.0.1:{port}");
    for (host, origin, expect) in [
        (own.as_str(), None, 200),
        ("localhost", None, 200),
        ("[::1]:80", None, 200),
        ("evil.example", None, 403),
        ("localhost.evil.example", None, 403),
        ("", None, 403),
        (own.as_str(), Some(format!("http://{own}")), 200),
        (own.as_str(), Some("https://evil.example".to_owned()), 403),
        (own.as_str(), Some(format!("http://127.0.0.1:{}", port ^ 1)), 403),
        (own.as_str(), Some("null".to_owned()), 403),
    ] {
        let mut request = farm.ask(Method::GET, "/version").header("host", host);
        if let Some(origin) = &origin {
            request = request.header("origin", origin);
        }
        assert_eq!(request.send().await.unwrap().status(), expect, "{host} {origin:?}");
    }
}

#[tokio::test]
async fn stock_clients_need_no_token_where_allowed_but_get_no_files() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start_with(home.path(), |it| it.stock_clients = StockClients::Allowed).await;
    for (path, expect) in [("/api/v3/version", 200), ("/api/kiln/v1/info", 401), ("/job-files/x", 401)] {
        let answer = client().get(format!("{}{path}", farm.url)).send().await.unwrap();
        assert_eq!(answer.status(), expect, "{path}");
    }
}

#[tokio::test]
async fn every_operation_of_the_document_is_there() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let (status, document) = farm.get("/openapi3.json").await;
    assert_eq!((status, &document["openapi"]), (200, &json!("3.0.3")));
    let paths = document["paths"].as_object().unwrap();
    let nobody = "00000000-0000-4000-8000-000000000000";
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    for (path, operations) in paths {
        let asked = path.replace("{id}", nobody).replace("{size}", "1").replace("{sha}", &"a".repeat(64));
        for method in &methods {
            let answer = farm.ask(method.clone(), &format!("/{asked}")).send().await.unwrap();
            let is_told = operations.get(method.as_str().to_ascii_lowercase()).is_some();
            assert_eq!(answer.status() != 405, is_told, "{method} {asked}: {}", answer.status());
        }
    }
}

#[tokio::test]
async fn bad_requests_are_told_apart() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(farm.get("/jobs/not-an-id").await.0, 400);
    assert_eq!(farm.get(&format!("/jobs/{}", nobody.replace('0', "A"))).await.0, 400);
    assert_eq!(farm.get(&format!("/jobs/{nobody}")).await.0, 404);
    assert_eq!(farm.get(&format!("/jobs/{nobody}/tasks")).await, (200, json!({"tasks": []})));
    assert_eq!(farm.get("/jobs/last-rendered").await.0, 204);
    assert_eq!(farm.get("/configuration/variables/everybody/linux").await.0, 400);
    assert_eq!(farm.post("/jobs", json!({"name": "x"})).await.0, 400);
    let text = farm.ask(Method::POST, "/jobs").body("{}").send().await.unwrap();
    assert_eq!(text.status(), 400, "a body without its content type");

    let job = |change: Value| {
        let mut job = json!({
            "name": "Try", "type": "echo-sleep-test", "priority": 50, "submitter_platform": "linux",
            "settings": {"message": "hi", "sleep_repeats": 0},
        });
        job.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        job
    };
    assert_eq!(farm.post("/jobs/check", job(json!({}))).await.0, 204);
    assert_eq!(farm.post("/jobs/check", job(json!({"type_etag": "old"}))).await.0, 412);
    assert_eq!(farm.post("/jobs", job(json!({"type": "unheard-of"}))).await.0, 400);
    assert_eq!(farm.post("/jobs", job(json!({"worker_tag": nobody}))).await.0, 400);
    assert_eq!(farm.post("/jobs", job(json!({"initial_status": "sleepy"}))).await.0, 400);
    let (status, error) = farm.post("/jobs", job(json!({"type": "kiln-convert"}))).await;
    assert_eq!((status, &error["message"]), (400, &json!("Choose at least one model.")));
    assert_eq!(farm.get("/jobs").await.1, json!({"jobs": []}));
}

#[tokio::test]
async fn bodies_beyond_measure_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let send = |body: String| {
        farm.ask(Method::POST, "/jobs").header("content-type", "application/json").body(body).send()
    };
    // Who goes on sending may find the line closed before the answer is read.
    if let Ok(answer) = send(" ".repeat((64 << 20) + 1)).await {
        assert_eq!(answer.status(), 413);
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let job =
        format!(r#"{{"name":"x","type":"echo-sleep-test","priority":50,"settings":{{"message":{deep}}}}}"#);
    assert_eq!(send(job).await.unwrap().status(), 400);
    assert_eq!(farm.get("/version").await.0, 200);
}

#[tokio::test]
async fn the_page_for_studios_needs_no_token_and_tells_nothing_of_this_farm() {
    let home = tempfile::tempdir().unwrap();
    let farm = Farmhouse::start(home.path()).await;
    let page = farm.client.get(format!("{}/kiln/", farm.url)).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let text = page.text().await.unwrap();
    assert!(text.contains("flamenco-manager.yaml") && !text.contains(home.path().to_str().unwrap()));
    for path in ["/kiln", "/kiln/x", "/kiln/../api/v3/jobs", "/kiln/%2e%2e/api/v3/jobs", "//kiln/"] {
        let status = farm.client.get(format!("{}{path}", farm.url)).send().await.unwrap().status();
        assert_eq!(status, 401, "{path}");
    }
    let foreign = farm.client.get(format!("{}/kiln/", farm.url)).header("origin", "http://evil.example");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}

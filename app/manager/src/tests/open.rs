use std::net::{Ipv4Addr, SocketAddr};

use flamenco::kiln::join_token;
use flamenco::{Client, ClientError};

use super::*;
use crate::{Identity, OpenFarm, StockClients};

/// A farm with a door to the network, which here is another port of loopback.
async fn open_farm(home: &Path, change: impl FnOnce(&mut OpenFarm)) -> (Farmhouse, String) {
    let mut open = OpenFarm {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        stock_clients: StockClients::Refused,
        identity: Some(Identity::kept_in(home, &["farm.example".into()]).unwrap()),
        hosts: vec!["farm.example".into()],
        is_announced: false,
    };
    change(&mut open);
    let farm = Farmhouse::start_with(home, |it| it.open = Some(open)).await;
    let [url] = farm.manager.open_at() else { panic!("one address") };
    let url = url.clone();
    (farm, url)
}

async fn status(client: &Client, request: RequestBuilder) -> u16 {
    client.send(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn other_machines_need_the_token_and_see_the_certificate_they_know() {
    let home = tempfile::tempdir().unwrap();
    let (_farm, url) = open_farm(home.path(), |_| {}).await;
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let stranger = Client::new(&url).unwrap();
    stranger.clone().with_token(TOKEN).unwrap().version().await.unwrap();
    for path in
        ["/api/v3/version", "/api/v3/jobs", "/api/kiln/v1/info", "/job-files/x", "/upnp/description.xml"]
    {
        for client in [stranger.clone(), stranger.clone().with_token("let-me-i").unwrap()] {
            assert_eq!(status(&client, client.request(Method::GET, path)).await, 401, "{path}");
        }
    }
    // The same farm with another certificate in between, and one that anybody signs.
    let (address, pin) = url.split_once("#sha256=").unwrap();
    let other = pin.replace(&pin[..2], if pin.starts_with("00") { "11" } else { "00" });
    for url in [format!("{address}#sha256={other}"), address.to_owned()] {
        let refused = Client::new(&url).unwrap().with_token(TOKEN).unwrap().version().await.unwrap_err();
        assert!(matches!(refused, ClientError::Untrusted { .. }), "{refused:?}");
        assert!(!refused.is_transient() && refused.to_string().contains("fingerprint"), "{refused}");
    }
    let plain = Client::new(&address.replace("https", "http")).unwrap().with_tries(1);
    assert!(plain.version().await.is_err());
}

#[tokio::test]
async fn a_farm_keeps_its_certificate_and_its_key_is_private() {
    let home = tempfile::tempdir().unwrap();
    let identity = || Identity::kept_in(home.path(), &[]).unwrap().fingerprint().to_owned();
    let first = identity();
    assert_eq!(identity(), first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = std::fs::metadata(home.path().join("certificate-key.pem")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    let other = tempfile::tempdir().unwrap();
    assert_ne!(Identity::kept_in(other.path(), &[]).unwrap().fingerprint(), first);
    std::fs::write(home.path().join("certificate.pem"), "nonsense").unwrap();
    assert!(Identity::kept_in(home.path(), &[]).is_err());
}

#[tokio::test]
async fn with_the_joining_token_a_worker_registers_and_can_do_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let (farm, url) = open_farm(home.path(), |_| {}).await;
    let stranger = Client::new(&url).unwrap();
    let joining = stranger.clone().with_token(&join_token(TOKEN)).unwrap();
    let wish =
        json!({ "name": "w", "secret": "5ec7e7", "platform": "linux", "supported_task_types": ["misc"] });
    let register =
        |client: &Client| client.request(Method::POST, "/api/v3/worker/register-worker").json(&wish);
    // Flamenco's Worker sends empty credentials here.
    let with_basic = stranger.clone().with_basic("", "");
    for client in [&stranger, &with_basic] {
        assert_eq!(status(client, register(client)).await, 401);
    }
    let (code, worker) = read(joining.send(register(&joining)).await.unwrap()).await;
    assert_eq!(code, 200);
    assert!(joining.kiln_info().await.unwrap().is_some());
    for (method, path) in [
        (Method::GET, "/api/v3/jobs"),
        (Method::POST, "/api/v3/jobs"),
        (Method::GET, "/api/v3/version"),
        (Method::GET, "/api/v3/worker-mgt/workers"),
        (Method::POST, "/api/kiln/v1/shutdown"),
        (Method::GET, "/job-files/x"),
    ] {
        assert_eq!(status(&joining, joining.request(method, path)).await, 401, "{path}");
    }
    // From now on the Worker's own credentials are enough; those of nobody are not.
    let id = worker["uuid"].as_str().unwrap();
    let sign_on = json!({ "name": "w", "supported_task_types": ["misc"], "software_version": "1" });
    for (secret, expect) in [("5ec7e7", 200), ("5ec7e8", 403), ("", 403)] {
        let hand = stranger.clone().with_basic(id, secret);
        let request = hand.request(Method::POST, "/api/v3/worker/sign-on").json(&sign_on);
        assert_eq!(status(&hand, request).await, expect, "{secret:?}");
    }
    assert_eq!(status(&stranger, stranger.request(Method::POST, "/api/v3/worker/sign-on")).await, 401);
    let hand = stranger.clone().with_basic(id, "5ec7e7");
    assert_eq!(status(&hand, hand.request(Method::GET, "/api/v3/jobs")).await, 401);
    // Loopback asks what it always did: the farm's own Workers have its token.
    let joining = Client::new(&farm.url).unwrap().with_token(&join_token(TOKEN)).unwrap();
    assert_eq!(status(&joining, register(&joining)).await, 401);
}

#[tokio::test]
async fn web_pages_and_foreign_names_are_refused_at_the_open_door_too() {
    let home = tempfile::tempdir().unwrap();
    let (_farm, url) = open_farm(home.path(), |_| {}).await;
    let client = Client::new(&url).unwrap().with_token(TOKEN).unwrap();
    let own = url.trim_start_matches("https://").split('/').next().unwrap();
    for (host, origin, expect) in [
        (own, None, 200),
        ("farm.example", None, 200),
        ("FARM.example:8080", None, 200),
        ("evil.example", None, 403),
        ("farm.example.evil.example", None, 403),
        (own, Some(format!("https://{own}")), 200),
        (own, Some(format!("http://{own}")), 403),
        (own, Some("https://evil.example".into()), 403),
        (own, Some("null".into()), 403),
    ] {
        let mut request = client.request(Method::GET, "/api/v3/version").header("host", host);
        if let Some(origin) = &origin {
            request = request.header("origin", origin);
        }
        assert_eq!(status(&client, request).await, expect, "{host} {origin:?}");
    }
}

#[tokio::test]
async fn open_to_stock_clients_is_plain_and_wants_no_token_for_flamencos_own_calls() {
    let home = tempfile::tempdir().unwrap();
    let open = |it: &mut OpenFarm| {
        (it.stock_clients, it.identity, it.is_announced) = (StockClients::Allowed, None, true);
    };
    let (farm, url) = open_farm(home.path(), open).await;
    assert!(url.starts_with("http://127.0.0.1:") && !url.contains('#'), "{url}");
    let stranger = Client::new(&url).unwrap();
    stranger.version().await.unwrap();
    for path in ["/api/kiln/v1/info", "/job-files/x"] {
        assert_eq!(status(&stranger, stranger.request(Method::GET, path)).await, 401, "{path}");
    }
    let foreign = stranger.request(Method::GET, "/api/v3/version").header("origin", "http://evil.example");
    assert_eq!(status(&stranger, foreign).await, 403);
    let page = stranger.send(stranger.request(Method::GET, "/upnp/description.xml")).await.unwrap();
    assert!(page.text().await.unwrap().contains("urn:flamenco:manager:0"));
    // The door on loopback is as it was.
    let home_door = Client::new(&farm.url).unwrap();
    for path in ["/api/v3/version", "/upnp/description.xml"] {
        assert_eq!(status(&home_door, home_door.request(Method::GET, path)).await, 401, "{path}");
    }
}

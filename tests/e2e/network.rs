//! Farms on a network of two machines: opened, found, joined, and refused to whoever has no right.
//! With Flamenco's own programs where `KILN_FLAMENCO_MANAGER` and `KILN_FLAMENCO_WORKER` name them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tests::network::{DESK, FARM, Network};
use tests::{Finished, TestHome, kiln, sample, until, until_some};

const MODEL: &str = "table_long_decorated_C.glb";

#[test]
fn a_farm_is_opened_found_and_joined() {
    let Some(network) = Network::around("network::a_farm_is_opened_found_and_joined") else { return };
    let (home, desk) = (TestHome::new(), TestHome::new());

    // For itself: nobody hears of it.
    let closed = Running::start(&network, FARM, &home, &["farm", "--workers", "0", "--stay"]);
    until("the farm runs", 60, || farm_json(&home).is_some());
    assert_eq!(find(&network, &desk), Vec::<Value>::new());
    drop(closed);
    until("the farm has ended", 60, || farm_json(&home).is_none());

    let listen = ["farm", "--workers", "0", "--listen", "0.0.0.0:8080"];
    let _farm = Running::start(&network, FARM, &home, &listen);
    let farm = until_some("the farm is open", 60, || farm_json(&home));
    let url = farm["open_at"][0].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://10.213.0.1:8080/#sha256="), "{url}");
    let found = find(&network, &desk);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["url"], &found[0]["wants_token"]), (&farm["open_at"][0], &Value::Bool(true)));
    assert!(found[0]["name"].as_str().unwrap().starts_with("Kiln on "), "{found:?}");

    // Another certificate, no token, a wrong one: said, and ended.
    let last = if url.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{last}", &url[..url.len() - 1]);
    for (url, token, words) in [(&other, "x", "not trusted"), (&url, "", "token"), (&url, "wrong", "token")] {
        let mut worker = desk.kiln(["worker", "--manager"]);
        worker.arg(url).env("KILN_FARM_TOKEN", token);
        let refused = Finished::of(&mut network.on(DESK, &worker));
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }

    // As the farm prints it: a Worker joins, an artist submits, and the results come home by TLS.
    let told = Finished::of(&mut network.on(FARM, &home.kiln(["farm", "status"]))).ok().stdout;
    let join = word_after(&told, "kiln worker", "--token");
    let token = word_after(&told, "kiln submit", "--token");
    assert_eq!(farm["token"], token.as_str());
    let worker = desk.kiln(["worker", "--manager", &url, "--token", &join]);
    convert(&network, &desk, &["--manager", &url, "--token", &token], &worker);
    let mut jobs = desk.kiln(["jobs", "--manager"]);
    let refused = Finished::of(&mut network.on(DESK, jobs.args([&url, "--token", &join])));
    assert!(refused.code == Some(1) && refused.stderr.contains("401"), "{refused:?}");
}

#[test]
fn a_farm_open_to_stock_workers_is_found_by_them_and_by_ours() {
    let name = "network::a_farm_open_to_stock_workers_is_found_by_them_and_by_ours";
    let Some(network) = Network::around(name) else { return };
    let (home, desk) = (TestHome::new(), TestHome::new());
    let listen = ["farm", "--workers", "0", "--listen", "0.0.0.0:8080", "--open-to-stock"];
    let _farm = Running::start(&network, FARM, &home, &listen);
    let farm = until_some("the farm is open", 60, || farm_json(&home));
    let url = farm["open_at"][0].as_str().unwrap().to_owned();
    assert_eq!(url, "http://10.213.0.1:8080/");
    let found = find(&network, &desk);
    assert_eq!((found.len(), &found[0]["wants_token"]), (1, &Value::Bool(false)), "{found:?}");

    convert(&network, &desk, &["--manager", &url], &desk.kiln(["worker"]));
    outcome("our Worker → our Manager", "no address given: finds it by SSDP, runs a job");

    if let Some(program) = named("KILN_FLAMENCO_WORKER") {
        convert(&network, &desk, &["--manager", &url], &their_worker(&program, desk.path()));
        outcome(
            "their Worker → our Manager",
            "no address given: finds it by SSDP between two network namespaces, runs a job",
        );
    }
}

#[test]
fn flamencos_own_manager_is_found() {
    let Some(network) = Network::around("network::flamencos_own_manager_is_found") else { return };
    let Some(program) = named("KILN_FLAMENCO_MANAGER") else { return };
    let (home, desk) = (TestHome::new(), TestHome::new());
    let _theirs = Running::of(&network, FARM, &their_manager(&program, home.path()));
    let found = until_some("their Manager answers", 60, || find(&network, &desk).pop());
    assert_eq!((&found["url"], &found["name"]), (&"http://10.213.0.1:8080/".into(), &"Judge".into()));
    outcome("our client → their Manager", "found by SSDP between two network namespaces (`kiln farm find`)");

    let _worker = Running::start(&network, DESK, &desk, &["worker", "--name", "found-it"]);
    // Its Workers are asked for over HTTP by a program on the other machine.
    let credentials = desk.path().join("data/worker/worker-credentials.json");
    until("our Worker has registered", 60, || credentials.exists());
    outcome("our Worker → their Manager", "no address given: finds it by SSDP, registers");
}

/// A program on one of the machines; ends with its test.
struct Running(Child);

impl Running {
    fn start(network: &Network, machine: (&str, &str), home: &TestHome, arguments: &[&str]) -> Self {
        let mut command = kiln();
        command.env("KILN_HOME", home.path()).args(arguments);
        Self::of(network, machine, &command)
    }

    fn of(network: &Network, machine: (&str, &str), command: &Command) -> Self {
        let mut there = network.on(machine, command);
        Self(there.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A polite end: Workers sign off, a farm takes its address away.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn farm_json(home: &TestHome) -> Option<Value> {
    let text = std::fs::read(home.path().join("data/farm/farm.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

fn find(network: &Network, desk: &TestHome) -> Vec<Value> {
    let found = Finished::of(&mut network.on(DESK, &desk.kiln(["farm", "find", "--json"]))).ok();
    serde_json::from_str(&found.stdout).unwrap()
}

/// Sends a model from the desk to be converted, lets `worker` work, and waits until the result is home.
fn convert(network: &Network, desk: &TestHome, place: &[&str], worker: &Command) {
    let out = tempfile::tempdir_in(desk.path()).unwrap();
    let mut submit = desk.kiln(["submit", "kiln-convert"]);
    submit.arg(sample(MODEL)).args(place).arg("--results").arg(out.path());
    Finished::of(&mut network.on(DESK, &submit)).ok();
    // Only now: Flamenco's Worker asks at its start, and then after 20 seconds.
    let _worker = Running::of(network, DESK, worker);
    Finished::of(&mut network.on(DESK, &desk.kiln(["results", "--wait"]))).ok();
    assert!(holds_glb(out.path()), "no GLB in {}", out.path().display());
}

fn holds_glb(folder: &Path) -> bool {
    let mut entries = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    entries.any(|it| if it.is_dir() { holds_glb(&it) } else { it.extension().is_some_and(|it| it == "glb") })
}

fn word_after(text: &str, line: &str, flag: &str) -> String {
    let line = text.lines().find(|it| it.contains(line)).unwrap_or_else(|| panic!("no {line} in {text}"));
    line.split_whitespace().skip_while(|it| *it != flag).nth(1).unwrap().to_owned()
}

fn their_worker(program: &Path, home: &Path) -> Command {
    let home = home.join("their-worker");
    std::fs::create_dir_all(&home).unwrap();
    let mut command = Command::new(program);
    command.current_dir(&home).env("FLAMENCO_HOME", &home).env("FLAMENCO_WORKER_NAME", "theirs");
    command
}

fn their_manager(program: &Path, home: &Path) -> Command {
    let at = home.join("their-manager");
    for folder in ["scripts", "store", "share"] {
        std::fs::create_dir_all(at.join(folder)).unwrap();
    }
    // Job types are looked for beside the binary; a link would be followed to its own place.
    let binary = at.join("flamenco-manager");
    std::fs::copy(program, &binary).unwrap();
    let config = format!(
        "_meta: {{version: 3}}\nmanager_name: Judge\ndatabase: {at}/farm.sqlite\ndatabase_check_period: 0s\n\
         listen: :8080\nautodiscoverable: true\nlocal_manager_storage_path: {at}/store\n\
         shared_storage_path: {at}/share\nshaman: {{enabled: true}}\n",
        at = at.display()
    );
    std::fs::write(at.join("flamenco-manager.yaml"), config).unwrap();
    let mut command = Command::new(binary);
    command.arg("-quiet").current_dir(&at);
    command
}

fn named(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from).filter(|it| it.exists());
    if found.is_none() {
        println!("SKIPPED: {variable} names nothing");
    }
    found
}

/// One line of the matrix in `tests/INTEROP.md`.
fn outcome(pair: &str, step: &str) {
    println!("INTEROP | {pair} | {step} | ok |");
}

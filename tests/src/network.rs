//! Two machines and a cable that exist only for a test: network namespaces of its own, on one disk.

use std::process::{Command, Stdio};

/// Set for a test that runs on that network.
const INSIDE: &str = "KILN_TEST_NETWORK";

/// The machines, by name and address.
pub const FARM: (&str, &str) = ("farm", "10.213.0.1");
pub const DESK: (&str, &str) = ("desk", "10.213.0.2");

/// The network around the running test.
pub struct Network(());

impl Network {
    /// Runs this program's test `name` once more, alone, on a network of its own, and answers `None`
    /// when that one has passed, or when this system lets nobody make networks, which is said. The
    /// test that runs there gets the network.
    ///
    /// # Panics
    /// When the test fails there, or the network cannot be set up.
    pub fn around(name: &str) -> Option<Self> {
        if std::env::var_os(INSIDE).is_some() {
            return Some(Self::set_up());
        }
        let unshare = || {
            let mut unshare = Command::new("unshare");
            unshare.args(["--user", "--map-root-user", "--net", "--mount", "--"]);
            unshare
        };
        let script = "PATH=$PATH:/usr/sbin:/sbin; mount -t tmpfs none /run && ip netns add try";
        let tried = unshare().args(["sh", "-c", script]).output();
        match &tried {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr);
                println!("SKIPPED: no network can be made for this test: {}", why.trim());
                return None;
            }
            Err(error) => {
                println!("SKIPPED: no network can be made for this test: unshare: {error}");
                return None;
            }
        }
        let test = std::env::current_exe().expect("a running program has a path");
        let mut inside = unshare();
        inside.arg(test).args(["--exact", name, "--nocapture"]).env(INSIDE, "1").stdin(Stdio::null());
        let status = inside.status().expect("unshare starts");
        assert!(status.success(), "{name} failed on its network");
        None
    }

    fn set_up() -> Self {
        run("mount", &["-t", "tmpfs", "none", "/run"]);
        for (name, _) in [FARM, DESK] {
            run("ip", &["netns", "add", name]);
        }
        run(
            "ip",
            &["link", "add", "cable", "netns", FARM.0, "type", "veth", "peer", "cable", "netns", DESK.0],
        );
        for (name, address) in [FARM, DESK] {
            run("ip", &["-n", name, "address", "add", &format!("{address}/24"), "dev", "cable"]);
            for link in ["lo", "cable"] {
                run("ip", &["-n", name, "link", "set", link, "up"]);
            }
            // What a machine with a way out of its network has anyway; Flamenco's programs need it.
            run("ip", &["-n", name, "route", "add", "224.0.0.0/4", "dev", "cable"]);
        }
        Self(())
    }

    /// The command as it runs on one of the machines.
    pub fn on(&self, machine: (&str, &str), command: &Command) -> Command {
        let mut there = Command::new("ip");
        there.env("PATH", path()).args(["netns", "exec", machine.0]);
        there.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => there.env(name, value),
                None => there.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            there.current_dir(folder);
        }
        there.stdin(Stdio::null());
        there
    }
}

/// Not everybody's search path has the system's tools.
fn path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).env("PATH", path()).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

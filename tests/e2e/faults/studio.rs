use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Duration;

use tests::http::Http;
use tests::line::Line;
use tests::{TestHome, until_some};

/// A farm in a home of its own, reached by a line.
pub(super) struct Studio {
    program: Child,
    pub(super) line: Line,
    pub(super) home: TestHome,
}

impl Studio {
    pub(super) fn start(home: TestHome) -> Self {
        let program = farm_program(&home);
        let address = address_of(&home);
        Self { program, line: Line::to(address), home }
    }

    pub(super) fn token(&self) -> String {
        self.home.farm().expect("started").token
    }

    /// Killed, and started again after a while.
    pub(super) fn die_for(&mut self, while_dead: Duration) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
        std::thread::park_timeout(while_dead);
        self.program = farm_program(&self.home);
        self.line.aim_at(address_of(&self.home));
    }
}

impl Drop for Studio {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn farm_program(home: &TestHome) -> Child {
    let mut farm = home.kiln(["farm", "--stay", "--workers", "2"]);
    farm.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn address_of(home: &TestHome) -> SocketAddr {
    until_some("the farm answers", 60, || {
        let farm = home.farm()?;
        Http::new(farm.clone()).try_json("/api/v3/version")?;
        farm.url.trim_start_matches("http://").parse().ok()
    })
}

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tests::http::Http;
use tests::screen::Screen;
use tests::{Finished, TestHome, program, until_some};

use super::disk::SmallDisk;
use super::studio::Studio;
use super::{Dice, Models};
use crate::kill::kill_9;

/// Who is who in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    /// The embedded farm; the command waits for the results.
    OneMachine,
    /// The same, with the window instead of the command.
    Window,
    /// A farm elsewhere, behind a line.
    Studio,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    KillSender,
    KillFarm,
    KillWorker,
    CutLine,
    FillDisk,
}

/// One round: an artist, a farm, and what happens to them.
pub(super) struct Field<'a> {
    kind: FieldKind,
    seed: u64,
    dice: Dice,
    models: &'a Models,
    faults: Vec<Fault>,
    told: Vec<String>,
    sender: Option<Child>,
    studio: Option<Studio>,
    screen: Option<Screen>,
    artist: TestHome,
    /// After the homes, whose farms are stopped first.
    disk: Option<SmallDisk>,
}

/// Long enough for a cold window and every pause between two tries.
const HOME_LIMIT_SECS: u64 = 240;

impl<'a> Field<'a> {
    pub(super) fn new(seed: u64, models: &'a Models) -> Self {
        let mut dice = Dice(seed);
        let kind = match seed % 6 {
            0 => FieldKind::Window,
            1 | 3 => FieldKind::OneMachine,
            _ => FieldKind::Studio,
        };
        let has_small_disk = matches!(seed % 10, 2 | 4);
        let mut field = Self::with(kind, models, |artist, studio| {
            let farms = if seed % 10 == 4 { studio } else { None };
            has_small_disk.then(|| SmallDisk::over(farms.unwrap_or(artist).path())).flatten()
        });
        let mut possible = vec![Fault::KillSender, Fault::KillSender, Fault::KillFarm, Fault::KillWorker];
        if kind == FieldKind::Studio {
            possible.extend([Fault::CutLine, Fault::CutLine]);
        }
        field.faults = (0..1 + dice.below(4)).map(|_| dice.one_of(&possible)).collect();
        if field.disk.is_some() {
            field.faults.insert(dice.below(field.faults.len() as u64) as usize, Fault::FillDisk);
        }
        (field.seed, field.dice) = (seed, dice);
        field
    }

    pub(super) fn undisturbed(models: &'a Models) -> Self {
        Self::with(FieldKind::OneMachine, models, |_, _| None)
    }

    fn with(
        kind: FieldKind,
        models: &'a Models,
        disk: impl FnOnce(&TestHome, Option<&TestHome>) -> Option<SmallDisk>,
    ) -> Self {
        let artist = TestHome::new();
        let studio = (kind == FieldKind::Studio).then(TestHome::new);
        let disk = disk(&artist, studio.as_ref());
        Self {
            kind,
            seed: 0,
            dice: Dice(0),
            models,
            faults: Vec::new(),
            told: Vec::new(),
            sender: None,
            studio: studio.map(Studio::start),
            screen: (kind == FieldKind::Window).then(|| Screen::new(800, 600)),
            artist,
            disk,
        }
    }

    pub(super) fn out(&self) -> PathBuf {
        self.artist.out("results")
    }

    pub(super) fn story(&self) -> String {
        format!("seed {} ({:?}): {}", self.seed, self.kind, self.told.join(", "))
    }

    /// The artist submits; the command may die while it does. One who sees nothing in the list
    /// submits again.
    pub(super) fn fire(&mut self) {
        let mut may_die = self.seed > 0 && self.dice.below(2) == 0;
        while self.submissions().is_empty() {
            let mut submit = self.submit().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            if may_die {
                let n_ms = self.dice.below(700);
                self.told.push(format!("submit dies after {n_ms} ms"));
                std::thread::park_timeout(Duration::from_millis(n_ms));
                submit.kill().unwrap();
                submit.wait().unwrap();
                may_die = false;
            } else {
                Finished::from(submit.wait_with_output().unwrap()).ok();
            }
        }
    }

    fn submit(&self) -> Command {
        let mut submit = self.artist.kiln(["submit", "kiln-convert", "--name", "round", "--results"]);
        submit.arg(self.out()).args(&self.models.paths);
        if let Some(studio) = &self.studio {
            submit.args(["--manager", &studio.line.url(), "--token", &studio.token()]);
        }
        submit
    }

    /// Faults at random moments, each mended again.
    pub(super) fn disturb(&mut self) {
        self.start_sender();
        for fault in self.faults.clone() {
            let n_ms = self.dice.below(700);
            std::thread::park_timeout(Duration::from_millis(n_ms));
            let lasts = Duration::from_millis(200 + self.dice.below(2500));
            self.told.push(format!("+{n_ms} ms {fault:?} {} ms", lasts.as_millis()));
            match fault {
                Fault::KillSender => {
                    self.stop_sender();
                    self.start_sender();
                }
                Fault::KillFarm => match &mut self.studio {
                    Some(studio) => studio.die_for(lasts),
                    None => self.artist.farm().into_iter().for_each(|farm| kill_9(farm.pid)),
                },
                Fault::KillWorker => {
                    let home = self.studio.as_ref().map_or(self.artist.path(), |it| it.home.path());
                    let workers = workers_of(home);
                    if !workers.is_empty() {
                        kill_9(self.dice.one_of(&workers));
                    }
                }
                Fault::CutLine => {
                    if let Some(studio) = &self.studio {
                        studio.line.cut();
                        std::thread::park_timeout(lasts);
                        studio.line.mend();
                    }
                }
                Fault::FillDisk => {
                    if let Some(disk) = &self.disk {
                        disk.fill();
                        std::thread::park_timeout(lasts);
                        disk.empty();
                    }
                }
            }
        }
    }

    /// Waits until everything is home. A sender that gave up must have said why.
    pub(super) fn settle(&mut self) {
        if self.sender.is_none() {
            self.start_sender();
        }
        let story = self.story();
        until_some(&format!("{story}: the results are home"), HOME_LIMIT_SECS, || {
            let state = self.submissions().first()?["state"].as_str()?.to_owned();
            assert!(state != "failed" && state != "cancelled", "{story}: {:?}", self.submissions());
            if self.sender.as_mut()?.try_wait().unwrap().is_some_and(|ended| !ended.success()) {
                // The command ended at what it could not do without a disk; the artist calls it again.
                assert!(self.disk.is_some(), "{story}: the command gave up");
                self.start_sender();
            }
            (state == "done").then_some(())
        });
        self.stop_sender();
    }

    /// What the outbox says, without sending anything.
    fn submissions(&self) -> Vec<Value> {
        let listed = Finished::of(&mut self.artist.kiln(["results", "--json", "--still"]));
        serde_json::from_str::<Value>(&listed.stdout)
            .ok()
            .and_then(|it| it.as_array().cloned())
            .unwrap_or_default()
    }

    pub(super) fn n_jobs(&mut self) -> usize {
        let home = self.studio.as_ref().map_or(&self.artist, |it| &it.home);
        // Killed when all was done, this machine's farm is started by whoever asks next.
        Finished::of(&mut home.kiln(["jobs"])).ok();
        let jobs = Http::new(home.farm().expect("the farm")).json("/api/v3/jobs");
        jobs["jobs"].as_array().map_or(0, Vec::len)
    }

    fn start_sender(&mut self) {
        let mut command = match &self.screen {
            Some(screen) => {
                let mut window = Command::new(program("kiln-studio"));
                screen.host(&mut window).env("KILN_HOME", self.artist.path());
                window
            }
            None => self.artist.kiln(["results", "--wait"]),
        };
        self.sender = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    fn stop_sender(&mut self) {
        if let Some(mut sender) = self.sender.take() {
            // It may have ended by itself.
            let _ = sender.kill();
            let _ = sender.wait();
        }
    }
}

impl Drop for Field<'_> {
    fn drop(&mut self) {
        self.stop_sender();
    }
}

/// Process numbers of the Workers whose own home lies below `home`.
fn workers_of(home: &std::path::Path) -> Vec<u64> {
    let home = home.to_string_lossy();
    let is_worker = |pid: &u64| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        line.split('\0').nth(1) == Some("worker") && line.contains(home.as_ref())
    };
    let names = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|it| it.file_name());
    names.filter_map(|name| name.to_str()?.parse().ok()).filter(is_worker).collect()
}

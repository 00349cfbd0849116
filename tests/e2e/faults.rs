//! Fire and forget, held against a world that breaks things: seeded rounds in which the window or the
//! command, the farm, its Workers and the line between them die at random moments, and disks fill.
//! What comes home must be what an undisturbed run brings, byte by byte, from one job.
//!
//! `KILN_FAULT_ROUNDS` says how many rounds (`cargo xtask faults` runs a hundred), `KILN_FAULT_SEED`
//! which seed is the first: a round can be run again alone.

mod disk;
mod field;
mod studio;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tests::TestHome;

use field::Field;

/// Enough for every kind of field and fault to come up.
const DEFAULT_ROUNDS: u64 = 4;

#[test]
fn whatever_dies_the_same_results_come_home_once() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let n_rounds = number("KILN_FAULT_ROUNDS").unwrap_or(DEFAULT_ROUNDS);
    let first = number("KILN_FAULT_SEED").unwrap_or(1);
    let models = Models::make();
    let expected = undisturbed(&models);
    let seeds = first..first + n_rounds;
    // One bad round does not hide what the others would have told.
    let went_wrong = |seed: &u64| {
        let round = AssertUnwindSafe(|| round(*seed, &models, &expected));
        std::panic::catch_unwind(round).is_err()
    };
    let bad: Vec<u64> = seeds.filter(went_wrong).collect();
    assert!(bad.is_empty(), "of {n_rounds} rounds these seeds went wrong: {bad:?}");
}

fn round(seed: u64, models: &Models, expected: &BTreeMap<String, Vec<u8>>) {
    let began = Instant::now();
    let mut field = Field::new(seed, models);
    field.fire();
    field.disturb();
    field.settle();
    let story = field.story();
    assert!(files_below(&field.out()) == *expected, "{story}: other results than undisturbed");
    assert_eq!(field.n_jobs(), 1, "{story}: jobs on the farm");
    eprintln!("{story}: all home after {:.1} s", began.elapsed().as_secs_f32());
}

fn undisturbed(models: &Models) -> BTreeMap<String, Vec<u8>> {
    let mut field = Field::undisturbed(models);
    field.fire();
    field.settle();
    let files = files_below(&field.out());
    assert_eq!(files.len(), models.paths.len(), "{:?}", files.keys());
    files
}

/// Every converted model by its path below `folder`. Receipts tell times, which differ.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_part = path.extension().is_some_and(|it| it == "part");
            assert!(!is_part, "half a file stays: {}", path.display());
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "glb") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Models that take a moment to send and to convert.
struct Models {
    _home: TestHome,
    paths: Vec<PathBuf>,
}

impl Models {
    /// Bumpy sheets, each different.
    fn make() -> Self {
        let home = TestHome::new();
        let folder = home.path().join("models");
        std::fs::create_dir_all(&folder).unwrap();
        let paths = (0..10).map(|i| {
            let path = folder.join(format!("sheet {i}.obj"));
            std::fs::write(&path, sheet(60 + 30 * i, &mut Dice(1000 + i as u64))).unwrap();
            path
        });
        let paths = paths.collect();
        Self { _home: home, paths }
    }
}

fn sheet(n: usize, dice: &mut Dice) -> String {
    use std::fmt::Write as _;
    let mut obj = String::new();
    for i in 0..n * n {
        let height = dice.below(1000) as f32 / 500.0;
        writeln!(obj, "v {} {height} {}", i % n, i / n).unwrap();
    }
    for i in (0..n * (n - 1)).filter(|i| i % n + 1 < n) {
        writeln!(obj, "f {} {} {} {}", i + 1, i + n + 1, i + n + 2, i + 2).unwrap();
    }
    obj
}

/// Random numbers that come again with their seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not including, `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

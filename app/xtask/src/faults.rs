//! `cargo xtask faults`: fire and forget in a world that breaks things, over many seeded rounds.

use crate::packages::{BUILD, PICTURES, SCREEN, WINDOW, need};
use crate::shell::{cargo, run};

const ROUNDS: &str = "100";

/// How many rounds, and the first seed.
pub(crate) fn faults(arguments: &[String]) -> Result<(), String> {
    let number = |i: usize, usual: &str| {
        let text = arguments.get(i).map_or(usual, String::as_str);
        text.parse::<u64>()
            .map_err(|_| format!("{text} is no number; say how many rounds, and the first seed"))
    };
    let (n_rounds, seed) = (number(0, ROUNDS)?, number(1, "1")?);
    need(&[BUILD, PICTURES, WINDOW, SCREEN])?;
    run(cargo().args(["build", "--workspace", "--bins", "--tests"]))?;
    let mut test = cargo();
    test.env("KILN_FAULT_ROUNDS", n_rounds.to_string()).env("KILN_FAULT_SEED", seed.to_string());
    run(test.args(["test", "--workspace", "--test", "e2e", "--", "--nocapture", "whatever_dies"]))
}

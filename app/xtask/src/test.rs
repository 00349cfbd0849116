//! `cargo xtask test` and `check`.

use crate::packages::{BLENDER, BUILD, NETWORK, PICTURES, SCREEN, WINDOW, need};
use crate::shell::{cargo, run};

/// Every test of the house. A filter goes on to the test harness.
pub(crate) fn test(arguments: &[String]) -> Result<(), String> {
    need(&[BUILD, PICTURES, WINDOW, SCREEN, BLENDER, NETWORK])?;
    // The end-to-end tests run the real programs, so those are built first; together with the tests,
    // whose libraries ask more of some dependencies, so that none is compiled twice.
    run(cargo().args(["build", "--workspace", "--bins", "--tests"]))?;
    let mut test = cargo();
    // Software Vulkan was just installed: a test that finds no adapter is a failure here. So was Blender.
    test.env("REQUIRE_GPU", "1").env("REQUIRE_BLENDER", "1").args(["test", "--workspace"]).args(arguments);
    run(&mut test)
}

pub(crate) fn check() -> Result<(), String> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    test(&[])
}

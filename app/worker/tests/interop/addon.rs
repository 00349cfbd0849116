use crate::judge::{OurManager, TheirManager, named};
use crate::outcome;

/// What the Blender add-on calls, in its order, through its own generated client, which refuses nulls
/// and words it does not know.
const CALLS: &str = include_str!("addon.py");

#[tokio::test]
async fn the_addons_calls_are_understood() {
    let ours = OurManager::start(&[]).await;
    call("add-on's calls → our Manager", &ours.url).await;
}

#[tokio::test]
async fn the_addons_calls_are_the_same_on_their_manager() {
    let Some(theirs) = TheirManager::start(&[]).await else { return };
    call("add-on's calls → their Manager", &theirs.url).await;
}

async fn call(pair: &str, url: &str) {
    let Some(addon) = named("KILN_FLAMENCO_ADDON") else { return };
    let mut command = tokio::process::Command::new("python3");
    command.args(["-c", CALLS, url]).env("PYTHONPATH", addon).kill_on_drop(true);
    let done = command.output().await.unwrap();
    let (said, errors) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}\n{errors}");
    for line in said.lines() {
        outcome(pair, line, "ok");
    }
}

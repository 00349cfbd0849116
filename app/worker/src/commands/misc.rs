use std::time::Duration;

use super::program::Program;
use super::{CommandContext, CommandError, Params};

pub(super) async fn echo(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    let message = params.any("message")?;
    cx.log(format!("echo: \"{message}\"")).await;
    Ok(())
}

/// Whole seconds; a fraction is cut, as the stock Worker does.
pub(super) async fn sleep(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    const NAME: &str = "duration_in_seconds";
    let seconds = params.number(NAME)?.trunc();
    // A year is the longest nap that means anything; beyond it timers overflow.
    if !(0.0..=31_536_000.0).contains(&seconds) {
        let problem = "must be from 0 to 31536000 seconds".into();
        return Err(CommandError::Parameter { name: NAME, problem });
    }
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs_f64(seconds)) => {}
        () = cx.stop.wait() => return Err(CommandError::Stopped),
    }
    cx.log(format!("slept {seconds}s")).await;
    Ok(())
}

pub(super) async fn exec(params: &Params, cx: &CommandContext) -> Result<(), CommandError> {
    let program = Program { exe: params.non_empty("exe")?.into(), args: params.list("args")? };
    program.run(cx, |_| None).await
}

use anyhow::Result;
use clap::{Args, Subcommand};
use farm::{Home, Outbox as FarmOutbox, SubmissionId};
use indicatif::HumanBytes;

use crate::Outcome;

/// What waits to be sent, in its order; how fast it is sent, and what is held back.
#[derive(Args)]
pub(crate) struct Outbox {
    #[command(subcommand)]
    change: Option<Change>,
}

#[derive(Subcommand)]
enum Change {
    /// Send nothing of a submission, or of any, until it is released
    Hold { id: Option<String> },
    /// Go on sending
    Release { id: Option<String> },
    /// Send a submission right before another, or last
    Move {
        id: String,
        #[arg(long, value_name = "ID")]
        before: Option<String>,
    },
    /// Send no faster than so many kilobytes a second, all submissions together; 0: as fast as it goes
    Limit { kilobytes_per_second: u64 },
}

impl Outbox {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let outbox = FarmOutbox::open(&Home::find()?)?;
        let id = |text: &String| SubmissionId::from_text(text);
        let hold = |which: &Option<String>, is_held| match which {
            Some(one) => outbox.hold(&id(one), is_held),
            None => outbox.hold_all(is_held),
        };
        match &self.change {
            None => list(&outbox)?,
            Some(Change::Hold { id }) => hold(id, true)?,
            Some(Change::Release { id }) => hold(id, false)?,
            Some(Change::Move { id: moved, before }) => {
                outbox.send_before(&id(moved), before.as_ref().map(id).as_ref())?;
            }
            Some(Change::Limit { kilobytes_per_second: 0 }) => outbox.set_upload_limit(None)?,
            Some(Change::Limit { kilobytes_per_second: limit }) => {
                outbox.set_upload_limit(Some(limit.saturating_mul(1000)))?;
            }
        }
        Ok(Outcome::Done)
    }
}

fn list(outbox: &FarmOutbox) -> Result<()> {
    for id in outbox.queue()? {
        let submission = outbox.get(&id)?;
        let held = if submission.is_held { "held" } else { submission.state.as_str() };
        println!("{id}  {held:<10}  {}", submission.name);
    }
    if outbox.holds_all()? {
        eprintln!("everything is held; `kiln outbox release` goes on");
    }
    if let Some(limit) = outbox.upload_limit()? {
        eprintln!("at most {} a second", HumanBytes(limit));
    }
    Ok(())
}

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use farm::{Home, Outbox, PumpUntil, Submission, SubmissionId, SubmissionState};
use indicatif::{MultiProgress, ProgressBar};

use crate::{Outcome, progress};

/// Lists what was fired off and where its results are; with ids, the path of each result. What has
/// finished on the farm is brought home first.
#[derive(Args)]
pub(crate) struct Results {
    /// Submissions, as `kiln submit` printed them
    ids: Vec<String>,
    /// Stay until everything fired off is over
    #[arg(long)]
    wait: bool,
    /// Only say what is known here: send and fetch nothing
    #[arg(long, conflicts_with = "wait")]
    still: bool,
    #[arg(long)]
    json: bool,
}

/// What a command stays for.
pub(crate) enum Waiting {
    /// This submission's results.
    Home(SubmissionId),
    /// Everything in the outbox.
    All,
    /// What is finished on the farm already.
    Finished,
}

impl Results {
    pub(crate) fn run(&self) -> Result<Outcome> {
        let outbox = Outbox::open(&Home::find()?)?;
        let ids: Vec<SubmissionId> = self.ids.iter().map(|id| SubmissionId::from_text(id)).collect();
        for id in &ids {
            outbox.get(id)?;
        }
        if !self.still {
            pump(&outbox, &if self.wait { Waiting::All } else { Waiting::Finished })?;
        }
        let mut submissions = outbox.list()?;
        submissions.retain(|it| ids.is_empty() || ids.contains(&it.id));
        if self.json {
            println!("{}", serde_json::to_string_pretty(&submissions)?);
        } else if ids.is_empty() {
            submissions.iter().for_each(list);
        } else {
            submissions.iter().for_each(print_files);
        }
        let has_failed = submissions.iter().any(|it| it.state == SubmissionState::Failed);
        Ok(if has_failed && (self.wait || !ids.is_empty()) { Outcome::SomeFailed } else { Outcome::Done })
    }
}

/// Stays until what is waited for is home, and prints the path of each result.
pub(crate) fn bring(outbox: &Outbox, waiting: &Waiting) -> Result<Outcome> {
    pump(outbox, waiting)?;
    if let Waiting::Home(id) = waiting {
        let submission = outbox.get(id)?;
        print_files(&submission);
        if submission.state != SubmissionState::Done {
            bail!("{}: {}", submission.name, trouble(&submission));
        }
    }
    Ok(Outcome::Done)
}

/// Stays until the farm has the job, or cannot get it.
pub(crate) fn hand_over(outbox: &Outbox, id: &SubmissionId) -> Result<()> {
    let until = PumpUntil::HandedOver(vec![id.clone()]);
    work::runtime().block_on(outbox.pump(&until, std::future::pending()))?;
    let submission = outbox.get(id)?;
    if submission.state == SubmissionState::Failed {
        bail!("{}: {}", submission.name, trouble(&submission));
    }
    tell_share(&submission);
    Ok(())
}

/// How much of what the job needs had to be sent.
fn tell_share(submission: &Submission) {
    let (n_sent, n_all) = (submission.n_bytes_sent, submission.n_bytes_bundle);
    if n_all > 0 {
        let percent = 100.0 * n_sent as f64 / n_all as f64;
        let [sent, all] = [n_sent, n_all].map(indicatif::HumanBytes);
        let rest = if n_sent < n_all { "; the farm had the rest" } else { "" };
        eprintln!("sent {sent} of {all} ({percent:.0} %){rest}");
    }
}

fn pump(outbox: &Outbox, waiting: &Waiting) -> Result<()> {
    let until = match waiting {
        Waiting::Home(id) => PumpUntil::Over(vec![id.clone()]),
        Waiting::All | Waiting::Finished => PumpUntil::Empty,
    };
    let bars = MultiProgress::new();
    let patience = async {
        match waiting {
            Waiting::Finished => nothing_on_its_way(outbox).await,
            Waiting::Home(_) | Waiting::All => std::future::pending().await,
        }
    };
    work::runtime().block_on(async {
        tokio::select! {
            outcome = outbox.pump(&until, patience) => outcome,
            () = show(outbox, &bars) => Ok(()),
        }
    })?;
    // Standard error may be a terminal that still shows bars.
    Ok(bars.clear()?)
}

/// Ends once whatever is finished on the farm has come home.
async fn nothing_on_its_way(outbox: &Outbox) {
    loop {
        // Time enough to reach the farm and see what has finished there.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let submissions = outbox.list().unwrap_or_default();
        let moves = |state| matches!(state, SubmissionState::Uploading | SubmissionState::Collecting);
        if !submissions.iter().any(|it| moves(it.state)) {
            return;
        }
    }
}

/// One bar for each submission under way; never ends.
async fn show(outbox: &Outbox, bars: &MultiProgress) {
    let mut shown: Vec<(SubmissionId, ProgressBar)> = Vec::new();
    loop {
        for submission in outbox.list().unwrap_or_default() {
            let known = shown.iter().find(|(id, _)| *id == submission.id);
            match known {
                Some((_, bar)) if submission.state.is_over() => bar.finish_and_clear(),
                Some((_, bar)) => follow(bar, &submission),
                None if submission.state.is_over() => {}
                None => {
                    let bar = bars.add(progress::of_submission(&submission.name));
                    follow(&bar, &submission);
                    shown.push((submission.id, bar));
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

fn follow(bar: &ProgressBar, submission: &Submission) {
    let fraction = submission.progress.unwrap_or(0.0);
    bar.set_position((f64::from(fraction) * 1000.0) as u64);
    bar.set_message(submission.note.clone().unwrap_or_else(|| submission.state.to_string()));
}

fn list(submission: &Submission) {
    let folder = submission.results_dir.as_ref().map(|folder| folder.display().to_string());
    let detail = match submission.state {
        SubmissionState::Failed => trouble(submission),
        _ => folder.or_else(|| submission.note.clone()).unwrap_or_default(),
    };
    println!("{}  {:<10}  {}  {detail}", submission.id, submission.state, submission.name);
}

fn print_files(submission: &Submission) {
    for file in &submission.results {
        println!("{}", file.path.display());
    }
}

fn trouble(submission: &Submission) -> String {
    submission.error.clone().unwrap_or_else(|| format!("it is {}", submission.state))
}

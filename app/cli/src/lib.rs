//! The command `kiln`: whatever the window can do, without one.
//!
//! Each verb is a thin layer over the function that the window calls too. Results go to standard
//! output and nothing else does; messages and progress go to standard error. Exit codes: 0 done
//! (warnings allowed), 1 the input cannot be read or the work failed, 2 wrong usage, 3 refused
//! because --strict was asked for.

mod blender;
mod inputs;
mod progress;
mod verbs;
mod vulkan_environment;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "kiln",
    version,
    about = "See 3D models, check them, draw their passes, and fire them at a farm"
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Count and measure models; with --full, say what is wrong with them
    Inspect(verbs::inspect::Inspect),
    /// List every file that models need, and whether it is there
    Deps(verbs::deps::Deps),
    /// Draw the four passes (textured, normal, depth, edge) and metadata.json
    Thumbs(verbs::thumbs::Thumbs),
    /// Put a picture of every model, with its counts, on one page
    Sheet(verbs::sheet::Sheet),
    /// Open every model of a folder and say in a table what came of it
    Survey(verbs::survey::Survey),
    /// Write a model as GLB
    Convert(verbs::convert::Convert),
    /// Send models to the farm as a job
    Submit(verbs::submit::Submit),
    /// List the farm's jobs, look into one, or steer it
    Jobs(verbs::jobs::Jobs),
    /// Try job types out
    JobType(verbs::job_type::JobType),
    /// Bring finished work home
    Results(verbs::results::Results),
    /// List what waits to be sent; hold it, reorder it, limit its speed
    Outbox(verbs::outbox::Outbox),
    /// Hold a results folder against its receipt
    Verify(verbs::verify::Verify),
    /// Say where a studio's storage is reached from here
    Storage(verbs::storage::Storage),
    /// Show a studio's results to artists who cannot mount its storage
    ResultsServer(verbs::results_server::ResultsServe),
    /// Run this machine's own farm, ask after it, or stop it
    Farm(verbs::farm::Farm),
    /// Work for a farm
    Worker(verbs::worker::Worker),
    /// Measure how fast this machine draws
    Bench(verbs::bench::Bench),
    /// Say what is found on this machine, what is missing, and how to get it
    Doctor(verbs::doctor::Doctor),
}

/// How a verb ended, beside its error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Some inputs failed; each was reported, the rest is done.
    SomeFailed,
    /// Nothing failed, yet it is not what --strict asks for.
    Refused,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    vulkan_environment::prepare();
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("KILN_LOG")
                // It says what our own message says again.
                .unwrap_or_else(|_| "warn,rustls_platform_verifier=off".into()),
        )
        .init();
    let outcome = match arguments.verb {
        Verb::Inspect(verb) => verb.run(),
        Verb::Deps(verb) => verb.run(),
        Verb::Thumbs(verb) => verb.run(),
        Verb::Sheet(verb) => verb.run(),
        Verb::Survey(verb) => verb.run(),
        Verb::Convert(verb) => verb.run(),
        Verb::Submit(verb) => verb.run(),
        Verb::Jobs(verb) => verb.run(),
        Verb::JobType(verb) => verb.run(),
        Verb::Results(verb) => verb.run(),
        Verb::Outbox(verb) => verb.run(),
        Verb::Verify(verb) => verb.run(),
        Verb::Storage(verb) => verb.run(),
        Verb::ResultsServer(verb) => verb.run(),
        Verb::Farm(verb) => verb.run(),
        Verb::Worker(verb) => verb.run(),
        Verb::Bench(verb) => verb.run(),
        Verb::Doctor(verb) => verb.run(),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomeFailed) => ExitCode::FAILURE,
        Ok(Outcome::Refused) => ExitCode::from(3),
        // Whoever read our output has seen enough (`kiln … | head`).
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kiln: {}", describe(&error));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

/// The error with those of its causes that say something new, on one line.
fn describe(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

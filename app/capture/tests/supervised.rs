//! Many models in a process that is watched: here a shell that says what a drawing process would.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use capture::{CaptureError, GivenUp, Limits, Outcome, supervised};
use work::WorkCtx;

/// Takes up two orders at a time, as a drawing process does, and then does what the names of the
/// models ask for.
const DRAWER: &str = r#"
n=0
while read -r line && [ -n "$line" ]; do orders="$orders $(echo "$line" | sed 's/.*"model":"\([a-z0-9]*\).*/\1/')"; done
set -- $orders
i=0
while [ $# -gt 0 ]; do
    echo "{\"begun\":{\"i\":$i}}"
    [ $# -gt 1 ] && echo "{\"begun\":{\"i\":$((i + 1))}}"
    for order in $1 $2; do
        case $order in
            hang*) cat > /dev/null ;;
            crash*) exit 7 ;;
            greedy*) held=$(head -c 60000000 /dev/zero | tr '\0' a); cat > /dev/null ;;
            bad*) echo "{\"failed\":{\"i\":$i,\"reason\":\"no model\"}}" ;;
            *) echo "{\"done\":{\"i\":$i,\"files\":[\"$order/metadata.json\"],\"warnings\":[]}}" ;;
        esac
        i=$((i + 1))
    done
    shift
    [ $# -gt 0 ] && shift
done
"#;

fn run(names: &[&str], limits: Limits) -> BTreeMap<String, Outcome> {
    let pairs: Vec<_> = names.iter().map(|n| (PathBuf::from(n), PathBuf::from("out").join(n))).collect();
    let mut outcomes = BTreeMap::new();
    let drawer = || {
        let mut command = Command::new("sh");
        command.args(["-c", DRAWER]);
        command
    };
    supervised(&pairs, drawer, limits, &WorkCtx::quiet(), |i, outcome| {
        assert!(outcomes.insert(names[i].to_owned(), outcome).is_none(), "{} was told twice", names[i]);
    })
    .unwrap();
    assert_eq!(outcomes.len(), names.len());
    outcomes
}

const PATIENT: Limits = Limits { time: Duration::from_secs(60), memory_n_bytes: None };

#[test]
fn each_model_is_told_once_and_a_bad_one_stops_nothing() {
    let outcomes = run(&["a", "bad", "c", "d", "e"], PATIENT);
    assert_eq!(outcomes.values().filter(|o| o.is_ok()).count(), 4);
    assert_eq!(outcomes["bad"].as_ref().unwrap_err(), &GivenUp::Failed("no model".into()));
    assert_eq!(outcomes["d"].as_ref().unwrap().files, [PathBuf::from("d/metadata.json")]);
}

#[test]
fn a_model_that_hangs_is_given_up() {
    let started = Instant::now();
    let limits = Limits { time: Duration::from_millis(400), ..PATIENT };
    // This shell takes up two at a time and does them in turn, so that "d" waits for "hang".
    let outcomes = run(&["a", "b", "hang", "d", "e"], limits);
    let given_up = outcomes["hang"].as_ref().unwrap_err();
    assert!(given_up.to_string().contains("--time-limit"), "{given_up}");
    assert!(["a", "b", "e"].iter().all(|name| outcomes[*name].is_ok()), "{outcomes:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_crash_costs_the_one_that_crashed() {
    let outcomes = run(&["a", "crash", "c", "crash2", "e", "f"], PATIENT);
    for (name, outcome) in &outcomes {
        match outcome {
            Err(GivenUp::Crashed(how)) => assert!(name.starts_with("crash") && how.contains('7'), "{how}"),
            other => assert!(other.is_ok() && !name.starts_with("crash"), "{name}: {other:?}"),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_model_that_takes_too_much_memory_is_given_up() {
    let limits = Limits { memory_n_bytes: Some(40_000_000), ..PATIENT };
    let outcomes = run(&["a", "greedy", "c"], limits);
    assert!(matches!(outcomes["greedy"], Err(GivenUp::MemoryLimit(n)) if n > 40_000_000), "{outcomes:?}");
    assert!(outcomes["a"].is_ok() && outcomes["c"].is_ok());
}

#[test]
fn a_process_that_does_nothing_is_told_as_such() {
    let pairs = [(PathBuf::from("a"), PathBuf::from("out"))];
    let supervise = |program: &str| {
        supervised(
            &pairs,
            || Command::new(program),
            PATIENT,
            &WorkCtx::quiet(),
            |_, _| panic!("nothing ended"),
        )
    };
    assert!(matches!(supervise("false"), Err(CaptureError::NoDrawer { .. })));
    assert!(matches!(supervise("/nowhere/kiln"), Err(CaptureError::Start { .. })));
}

#[test]
fn a_cancel_ends_the_process_at_once() {
    let ctx = WorkCtx::quiet();
    ctx.cancel();
    let pairs = [(PathBuf::from("hang"), PathBuf::from("out"))];
    let started = Instant::now();
    let drawer = || {
        let mut command = Command::new("sh");
        command.args(["-c", DRAWER]);
        command
    };
    let ended = supervised(&pairs, drawer, PATIENT, &ctx, |_, _| panic!("nothing ended"));
    assert!(matches!(ended, Err(CaptureError::Cancelled(_))));
    assert!(started.elapsed() < Duration::from_secs(30));
}

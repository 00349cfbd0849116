//! `cargo xtask contract FILE`: every operation of Flamenco's contract asked of our Manager by
//! schemathesis, good and bad, and each answer held against the contract. The file and the tester are
//! the caller's; `KILN_SCHEMATHESIS` names the tester's program where it is not on the path. Our own
//! document, `/api/v3/openapi3.json`, is held against our answers in the same way.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::shell::{cargo, program, root, run};

/// What schemathesis finds and is meant to be so: the operation, the kind, and why.
const INTENDED: &[(&str, &str, &str)] = &[
    ("GET /api/v3/configuration/variables/{audience}/{platform}", "ST108", NAMELESS),
    ("GET /api/v3/configuration/variables/{audience}/{platform}", "ST103", AUDIENCE),
    ("GET /api/v3/configuration/shared-storage/{audience}/{platform}", "ST103", AUDIENCE),
    ("GET /api/v3/jobs/{job_id}/tasks", "ST108", "the contract demands a field `jobs` that nobody sends"),
    ("GET /api/v3/worker-mgt/workers", "ST108", REGISTERED),
    ("GET /api/v3/worker-mgt/workers/{worker_id}", "ST108", REGISTERED),
    ("POST /api/v3/worker/register-worker", "ST108", REGISTERED),
    ("GET /api/v3/jobs/type/{typeName}", "ST103", NOT_FOUND),
    ("GET /api/v3/jobs/{job_id}", "ST103", NOT_FOUND),
    ("GET /api/v3/jobs/{job_id}/last-rendered", "ST103", NOT_FOUND),
    ("GET /api/v3/jobs/{job_id}/what-would-delete-do", "ST103", NOT_FOUND),
    ("GET /api/v3/jobs/{job_id}/tasks", "ST103", NOT_FOUND),
    ("GET /api/v3/worker-mgt/tag/{tag_id}", "ST103", NOT_FOUND),
    ("GET /api/v3/worker-mgt/workers/{worker_id}", "ST103", NOT_FOUND),
    ("POST /api/v3/configuration/setup-assistant", "ST103", "there is nothing to set up"),
    ("PUT /api/v3/configuration/file", "ST103", "the farm's settings are a file, not a web page's to change"),
];
const NAMELESS: &str = "the contract demands a field `name` that its own schema does not know";
const AUDIENCE: &str = "400 for an audience that is none, as Flamenco answers, which its contract leaves out";
const REGISTERED: &str = "a Worker that only registered has the status \"\", as Flamenco answers";
const NOT_FOUND: &str = "404 and 400 for ids of nothing, as Flamenco answers, which its contract leaves out";

const EXAMPLES: &str = "60";

pub(crate) fn contract(arguments: &[String]) -> Result<(), String> {
    let [file] = arguments else { return Err("usage: cargo xtask contract FILE".into()) };
    let file = std::path::absolute(file).map_err(|error| format!("{file}: {error}"))?;
    let tester = std::env::var_os("KILN_SCHEMATHESIS").map_or_else(|| "st".into(), PathBuf::from);
    run(cargo().args(["build", "-p", "manager", "--example", "serve"]))?;
    let home = root().join("target/contract");
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let farm = Farm::start(&home)?;
    std::fs::write(home.join("kiln_contract_hooks.py"), include_str!("hooks.py"))
        .map_err(|error| format!("{}: {error}", home.display()))?;
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let theirs = ask(&tester, &home, &farm, file.as_os_str(), checks)?;
    // Ours says of bodies only what a refusal looks like.
    let ours = format!("{}/api/v3/openapi3.json", farm.url);
    let ours = ask(&tester, &home, &farm, ours.as_ref(), "not_a_server_error,status_code_conformance")?;
    drop(farm);
    println!("Our own document:");
    let ours = judge(&ours);
    println!("Flamenco's contract:");
    ours.and(judge(&theirs))
}

/// What the tester says of our Manager by this document.
fn ask(tester: &Path, home: &Path, farm: &Farm, document: &OsStr, checks: &str) -> Result<String, String> {
    let said = Command::new(tester)
        .current_dir(home)
        .env("SCHEMATHESIS_HOOKS", "kiln_contract_hooks")
        .env("PYTHONPATH", home)
        .env("PYTHONWARNINGS", "ignore")
        .env("KILN_CONTRACT_URL", &farm.url)
        .args(["run", "--url", &farm.url, "--phases", "examples,coverage,fuzzing"])
        .args(["--checks", checks])
        .args(["--max-examples", EXAMPLES, "--continue-on-failure", "--suppress-health-check", "all"])
        .arg(document)
        .output()
        .map_err(|error| {
            format!("schemathesis cannot start ({error}); pip install schemathesis: {}", tester.display())
        })?;
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

/// Each failure that is meant to be so with its reason; the others are the outcome.
fn judge(said: &str) -> Result<(), String> {
    let count = said.lines().find(|line| {
        line.contains("generated") && line.trim_start().starts_with(|it: char| it.is_ascii_digit())
    });
    let count = count.unwrap_or("schemathesis said nothing");
    println!("{}", count.trim());
    println!("| operation | finding | why it is meant to be so |\n|---|---|---|");
    let mut operation = "";
    let mut others = Vec::new();
    for line in said.lines() {
        let title = line.trim_matches(['_', ' ']);
        if line.starts_with('_') && title.contains(" /") {
            operation = title;
        } else if let Some(finding) = line.trim_start().strip_prefix("- ST") {
            let finding = format!("ST{finding}");
            let reason = INTENDED.iter().find(|it| it.0 == operation && finding.starts_with(it.1));
            match reason {
                Some((_, _, why)) => println!("| {operation} | {finding} | {why} |"),
                None => others.push(format!("{operation}: {finding}")),
            }
        }
    }
    if !said.contains("Test cases:") {
        return Err(format!("schemathesis did not come to its end:\n{said}"));
    }
    match others.is_empty() {
        true => Ok(()),
        false => Err(format!("{said}\nNot meant to be so:\n{}", others.join("\n"))),
    }
}

/// The Manager alone; it ends when its standard input closes.
struct Farm {
    process: Child,
    url: String,
}

impl Farm {
    fn start(home: &Path) -> Result<Self, String> {
        let mut serve = Command::new(program("examples/serve"));
        serve.arg(home.join("farm")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = serve.spawn().map_err(|error| format!("the Manager does not start: {error}"))?;
        let mut url = String::new();
        if let Some(said) = process.stdout.take() {
            BufReader::new(said).read_line(&mut url).map_err(|error| error.to_string())?;
        }
        match url.trim() {
            "" => Err("the Manager does not start".into()),
            url => Ok(Self { url: url.into(), process }),
        }
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // It may have ended by itself.
        let _ = self.process.wait();
    }
}

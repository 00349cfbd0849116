//! Runs one job type in a fresh JavaScript realm: no files, no network, no timers, a time limit and
//! a cap on memory. `prelude.js` builds what the script sees; only JSON crosses the border.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use flamenco::frames;
use rquickjs::context::EvalOptions;
use rquickjs::prelude::Func;
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Exception, Function, Object, Runtime};
use serde::Serialize;
use serde_json::{Map, Value};

use super::compiled::{Compiled, TaskIds};
use super::{paths, shell_words};
use crate::variables::MANAGER_PLATFORM;

/// Ten thousand tasks with long command lines take about a third of it.
const MEMORY_LIMIT: usize = 128 << 20;
/// Nothing of a job goes away while it is made, so looking for garbage sooner is time lost.
const GARBAGE_THRESHOLD: usize = 64 << 20;
/// Well inside the two MiB of a tokio blocking thread.
const STACK_LIMIT: usize = 512 << 10;

/// Every script by type name (`kiln-convert`): job types, and what they may `require`.
pub(super) type Scripts = BTreeMap<String, Script>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Script {
    /// For messages: `kiln_convert.js`.
    pub file_name: String,
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScriptError {
    /// What the script threw, with the place where there is one.
    #[error("{0}")]
    Threw(String),
    #[error("the job type ran longer than {} s and was stopped; look for an endless loop: {file_name}", limit.as_secs_f32())]
    TooSlow { limit: Duration, file_name: String },
    #[error("the job type has no {what}: {file_name}")]
    Missing { what: &'static str, file_name: String },
    #[error("the job type made something that is no job: {message}: {file_name}")]
    NoJob { message: String, file_name: String },
}

/// A job as its script first sees it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Draft {
    #[serde(rename = "jobID")]
    pub job_id: String,
    pub name: String,
    pub job_type: String,
    pub priority: i64,
    pub status: String,
    /// RFC 3339.
    pub created: String,
    pub settings: Map<String, Value>,
    pub metadata: BTreeMap<String, String>,
    pub storage: DraftStorage,
    #[serde(rename = "workerTagUUID")]
    pub worker_tag_uuid: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftStorage {
    #[serde(rename = "shamanCheckoutID")]
    pub shaman_checkout_id: String,
}

/// The script's `JOB_TYPE` as JSON.
///
/// # Errors
/// When the script does not run to its end in time, or declares none.
pub(super) fn job_type(script: &Script, scripts: &Scripts, limit: Duration) -> Result<Value, ScriptError> {
    let ask = for_any_realm(|ctx, _| {
        let json: Option<String> =
            ctx.eval("typeof JOB_TYPE === 'undefined' ? undefined : JSON.stringify(JOB_TYPE)")?;
        let missing = || ScriptError::Missing { what: "JOB_TYPE", file_name: script.file_name.clone() };
        let parsed = json
            .ok_or_else(missing)
            .and_then(|json| serde_json::from_str(&json).map_err(|error| no_job(script, error.to_string())));
        Ok(parsed)
    });
    in_realm(script, scripts, (limit, TaskIds::new()), ask, std::convert::identity)
}

/// Gives `deliver` the tasks that the script makes of `draft`; or what the script threw, or that it
/// ran too long or made no job. The script's memory is cleared away after that: for a large job
/// this takes as long as storing it.
pub(super) fn compile<T>(
    script: &Script,
    scripts: &Scripts,
    draft: &Draft,
    limit: Duration,
    deliver: impl FnOnce(Result<Compiled, ScriptError>) -> T,
) -> T {
    let ids = TaskIds::new();
    let draft = match serde_json::to_string(draft) {
        Ok(draft) => draft,
        Err(error) => return deliver(Err(no_job(script, error.to_string()))),
    };
    let ask = for_any_realm(|ctx, run| {
        let compile_job: Option<Function<'_>> =
            ctx.eval("typeof compileJob === 'function' ? compileJob : undefined")?;
        let Some(compile_job) = compile_job else {
            let file_name = script.file_name.clone();
            return Ok(Err(ScriptError::Missing { what: "function compileJob", file_name }));
        };
        let json: String = run.call((compile_job, draft.as_str()))?;
        Ok(Compiled::parse(&json, ids).map_err(|message| no_job(script, message)))
    });
    in_realm(script, scripts, (limit, ids), ask, deliver)
}

fn no_job(script: &Script, message: String) -> ScriptError {
    ScriptError::NoJob { message, file_name: script.file_name.clone() }
}

/// Makes a realm, runs the script's top level, then `ask`, which also gets the prelude's runner; its
/// answer goes to `deliver` while the realm still stands.
fn in_realm<A, T>(
    script: &Script,
    scripts: &Scripts,
    (limit, ids): (Duration, TaskIds),
    ask: impl for<'js> FnOnce(&Ctx<'js>, Function<'js>) -> rquickjs::Result<Result<A, ScriptError>>,
    deliver: impl FnOnce(Result<A, ScriptError>) -> T,
) -> T {
    let is_late = Rc::new(Cell::new(false));
    let (_runtime, context) = match realm(Instant::now() + limit, &is_late) {
        Ok(realm) => realm,
        Err(error) => return deliver(Err(ScriptError::Threw(format!("JavaScript engine: {error}")))),
    };
    let answer = context.with(|ctx| {
        let outcome = (|| {
            let host = host(&ctx, scripts, ids)?;
            let build: Function<'_> =
                ctx.eval_with_options(include_str!("prelude.js"), named("prelude.js"))?;
            let run: Function<'_> = build.call((host,))?;
            ctx.eval_with_options::<(), _>(script.source.as_str(), named(&script.file_name))?;
            ask(&ctx, run)
        })();
        match outcome.catch(&ctx) {
            Ok(answer) => answer,
            Err(_) if is_late.get() => {
                Err(ScriptError::TooSlow { limit, file_name: script.file_name.clone() })
            }
            Err(error) => Err(ScriptError::Threw(thrown(&ctx, error))),
        }
    });
    deliver(answer)
}

/// Tells the compiler that a closure works in whichever realm.
fn for_any_realm<A, F>(ask: F) -> F
where
    F: for<'js> FnOnce(&Ctx<'js>, Function<'js>) -> rquickjs::Result<Result<A, ScriptError>>,
{
    ask
}

/// An engine with its limits; sets `is_late` when it ends a script at the deadline.
fn realm(deadline: Instant, is_late: &Rc<Cell<bool>>) -> rquickjs::Result<(Runtime, Context)> {
    let runtime = Runtime::new()?;
    runtime.set_memory_limit(MEMORY_LIMIT);
    runtime.set_gc_threshold(GARBAGE_THRESHOLD);
    runtime.set_max_stack_size(STACK_LIMIT);
    runtime.set_interrupt_handler(Some(Box::new({
        let is_late = Rc::clone(is_late);
        move || {
            is_late.set(is_late.get() || Instant::now() >= deadline);
            is_late.get()
        }
    })));
    let context = Context::full(&runtime)?;
    Ok((runtime, context))
}

fn named(file_name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.filename = Some(file_name.into());
    options
}

/// A thrown string is meant for people as it is; an Error says where it came from.
fn thrown<'js>(ctx: &Ctx<'js>, error: CaughtError<'js>) -> String {
    match error {
        CaughtError::Exception(exception) => {
            let message = exception.message().unwrap_or_else(|| "unnamed error".into());
            let place = exception.stack().and_then(|stack| {
                let line = stack.lines().map(str::trim).find(|line| line.contains(".js:"))?;
                (!line.contains("prelude.js")).then(|| line.to_owned())
            });
            place.map_or(message.clone(), |place| format!("{message} ({place})"))
        }
        CaughtError::Value(value) => match value.as_string().and_then(|text| text.to_string().ok()) {
            Some(text) => text,
            None => match ctx.json_stringify(value) {
                Ok(Some(json)) => json.to_string().unwrap_or_default(),
                _ => "unnamed error".into(),
            },
        },
        CaughtError::Error(error) => error.to_string(),
    }
}

/// The native half of the prelude. Lists cross as JSON.
fn host<'js>(ctx: &Ctx<'js>, scripts: &Scripts, ids: TaskIds) -> rquickjs::Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("platform", MANAGER_PLATFORM)?;
    // A job type has no use for the real folder, and it may stand in messages that leave this machine.
    host.set("cwd", "/")?;
    host.set("uuid", Func::from(move |id: u32| ids.of(id)))?;
    host.set("print", Func::from(|text: String| tracing::info!("job type: {text}")))?;
    host.set("alert", Func::from(|text: String| tracing::warn!("job type: {text}")))?;
    host.set("basename", Func::from(|path: String| paths::basename(&path)))?;
    host.set("dirname", Func::from(|path: String| paths::dirname(&path)))?;
    host.set("stem", Func::from(|path: String| paths::stem(&path)))?;
    host.set(
        "join",
        Func::from(|ctx: Ctx<'js>, parts: String| {
            let parts: Vec<String> = or_throw(&ctx, serde_json::from_str(&parts))?;
            rquickjs::Result::Ok(paths::join(&parts))
        }),
    )?;
    host.set(
        "frameChunker",
        Func::from(|ctx: Ctx<'js>, range: String, size: f64| {
            let chunks = or_throw(&ctx, frames::chunks(&range, size as i64))?;
            or_throw(&ctx, serde_json::to_string(&chunks))
        }),
    )?;
    host.set(
        "frameCount",
        Func::from(|ctx: Ctx<'js>, range: String| {
            Ok::<_, rquickjs::Error>(or_throw(&ctx, frames::parse(&range))?.len())
        }),
    )?;
    host.set(
        "shellSplit",
        Func::from(|ctx: Ctx<'js>, line: String| {
            let words = or_throw(&ctx, shell_words::split(&line))?;
            or_throw(&ctx, serde_json::to_string(&words))
        }),
    )?;
    host.set("formatTimestampLocal", Func::from(|ctx: Ctx<'js>, ms: f64| or_throw(&ctx, local_stamp(ms))))?;
    let sources: BTreeMap<String, String> = scripts
        .values()
        .map(|it| (it.file_name.trim_end_matches(".js").to_owned(), it.source.clone()))
        .collect();
    host.set(
        "load",
        Func::from(move |ctx: Ctx<'js>, name: String| {
            let source = sources.get(&name).cloned();
            source.ok_or_else(|| {
                Exception::throw_message(&ctx, &format!("require: no {name}.js beside this job type"))
            })
        }),
    )?;
    Ok(host)
}

fn or_throw<T, E: std::fmt::Display>(ctx: &Ctx<'_>, result: Result<T, E>) -> rquickjs::Result<T> {
    result.map_err(|error| Exception::throw_message(ctx, &error.to_string()))
}

/// `YYYY-MM-DD_HHMMSS` in this machine's time zone.
fn local_stamp(unix_ms: f64) -> Result<String, jiff::Error> {
    let time = jiff::Timestamp::from_millisecond(unix_ms as i64)?;
    Ok(time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d_%H%M%S").to_string())
}

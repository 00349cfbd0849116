//! What a farm's owner sets, in the words of a Flamenco Manager's `flamenco-manager.yaml`, so that a
//! studio's own file can be taken as it is. Keys of things that this Manager has not are left alone.

mod yaml;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flamenco::wire::Audience;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub use yaml::YamlError;

use crate::ManagerConfig;
use crate::variables::{Variable, VariableValue};

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the farm's settings cannot be read: {source}: {}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the farm's settings are not understood: {source}: {}", path.display())]
    Yaml { path: PathBuf, source: YamlError },
    #[error("the farm's settings are not understood: {message}: {}", path.display())]
    Shape { path: PathBuf, message: String },
}

/// Reads `path` into `config`, and answers what stands there under `kiln`. `None`: there is no such
/// file. What it does not name stays.
///
/// # Errors
/// When the file cannot be read or understood; then `config` is as it was.
pub fn read_settings(path: &Path, config: &mut ManagerConfig) -> Result<Option<OwnSettings>, SettingsError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SettingsError::Io { path: path.into(), source }),
    };
    let value = yaml::parse(&text).map_err(|source| SettingsError::Yaml { path: path.into(), source })?;
    let shape = |message: String| SettingsError::Shape { path: path.into(), message };
    let file: File = serde_json::from_value(value).map_err(|error| shape(error.to_string()))?;
    let own = file.kiln.clone();
    if let Some(listen) = own.listen.as_deref().filter(|it| listen_address(it).is_none()) {
        return Err(shape(format!("kiln.listen is an address like 0.0.0.0:8080, not {listen:?}")));
    }
    if own.log_limit_mib == Some(0) {
        return Err(shape("kiln.log_limit_mib is 1 or more".into()));
    }
    file.apply(config).map_err(shape)?;
    if let Some(limit) = own.log_limit_mib {
        config.log_limit = limit.saturating_mul(1 << 20);
    }
    Ok(Some(own))
}

/// What only a farm of ours knows. A studio's own file opens nothing: it has no such part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwnSettings {
    /// Opens the farm to other machines; see [`listen_address`].
    pub listen: Option<String>,
    /// Lets in stock Flamenco Workers and the Blender add-on there, without token and TLS.
    pub open_to_stock: bool,
    /// Further names of this machine.
    pub hosts: Vec<String>,
    /// Does not answer searches for Managers.
    pub hidden: bool,
    /// A task's log longer than so many MiB keeps its head and its end.
    pub log_limit_mib: Option<u64>,
    /// The farm's own Workers let the machine fall asleep while a task runs.
    pub let_sleep: bool,
}

/// `0.0.0.0:8080`, or an address alone, which gets Flamenco's own port.
pub fn listen_address(text: &str) -> Option<SocketAddr> {
    let alone = || text.parse().ok().map(|ip: IpAddr| SocketAddr::new(ip, FLAMENCO_PORT));
    text.parse().ok().or_else(alone)
}

const FLAMENCO_PORT: u16 = 8080;

#[derive(Deserialize)]
struct File {
    #[serde(default, rename = "_meta")]
    meta: Option<Meta>,
    #[serde(default)]
    manager_name: Option<String>,
    #[serde(default)]
    task_timeout: Option<String>,
    #[serde(default)]
    worker_timeout: Option<String>,
    #[serde(default)]
    blocklist_threshold: Option<u32>,
    #[serde(default)]
    task_fail_after_softfail_count: Option<u32>,
    #[serde(default)]
    variables: Option<std::collections::BTreeMap<String, FileVariable>>,
    #[serde(default)]
    kiln: OwnSettings,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    version: Option<u32>,
}

#[derive(Deserialize)]
struct FileVariable {
    #[serde(default)]
    is_twoway: bool,
    #[serde(default)]
    values: Vec<FileValue>,
}

#[derive(Deserialize)]
struct FileValue {
    #[serde(default)]
    audience: Option<String>,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    platforms: Vec<String>,
    value: Value,
}

impl File {
    fn apply(self, config: &mut ManagerConfig) -> Result<(), String> {
        if let Some(version) = self.meta.and_then(|it| it.version).filter(|it| *it != 3) {
            return Err(format!("its _meta.version is {version}; 3 is known"));
        }
        let mut timings = config.timings.clone();
        for (name, text, into) in [
            ("task_timeout", &self.task_timeout, &mut timings.task_timeout),
            ("worker_timeout", &self.worker_timeout, &mut timings.worker_timeout),
        ] {
            if let Some(text) = text {
                *into = duration(text).filter(|it| *it >= Duration::from_secs(1)).ok_or_else(|| {
                    format!("{name} is a time like 10m0s of a second or more, not {text:?}")
                })?;
            }
        }
        timings.blocklist_threshold = self.blocklist_threshold.unwrap_or(timings.blocklist_threshold).max(1);
        timings.softfail_limit = self.task_fail_after_softfail_count.unwrap_or(timings.softfail_limit).max(1);
        let mut variables = Vec::new();
        for (name, variable) in self.variables.unwrap_or_default() {
            variables
                .push((name.clone(), variable.read().map_err(|what| format!("variable {name}: {what}"))?));
        }
        config.timings = timings;
        config.name =
            self.manager_name.filter(|it| !it.is_empty()).unwrap_or(std::mem::take(&mut config.name));
        for (name, variable) in variables {
            config.variables.insert(&name, variable);
        }
        Ok(())
    }
}

impl FileVariable {
    fn read(self) -> Result<Variable, String> {
        let mut values = Vec::new();
        for it in self.values {
            let audience = match it.audience.as_deref() {
                None | Some("" | "all") => Audience::All,
                Some("workers") => Audience::Workers,
                Some("users") => Audience::Users,
                Some(other) => return Err(format!("the audience is all, workers or users, not {other:?}")),
            };
            let value = match it.value {
                Value::String(text) => text,
                Value::Null => String::new(),
                Value::Bool(_) | Value::Number(_) => it.value.to_string(),
                Value::Array(_) | Value::Object(_) => return Err("a value is one text".into()),
            };
            let platforms: Vec<String> = it.platform.into_iter().chain(it.platforms).collect();
            if platforms.is_empty() {
                return Err(format!("no platform is named for {value:?}"));
            }
            for platform in platforms {
                values.push(VariableValue { audience, platform, value: value.clone() });
            }
        }
        Ok(Variable { is_twoway: self.is_twoway, values })
    }
}

/// Go's way of writing: `1h30m`, `10m0s`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|it: char| it.is_ascii_digit()).unwrap_or(rest.len());
        seconds += number
            * match &rest[..letters] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                _ => return None,
            };
        rest = &rest[letters..];
    }
    (!text.trim().is_empty()).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

/// The settings in force, in the shape of the file. What lets somebody in is no part of it.
pub(crate) fn as_json(config: &ManagerConfig, storage: &Path) -> Value {
    let time = |it: Duration| format!("{}m{}s", it.as_secs() / 60, it.as_secs() % 60);
    let variables: Map<String, Value> = config
        .variables
        .iter()
        .filter(|(name, _)| *name != "jobs")
        .map(|(name, it)| {
            let values: Vec<Value> = it
                .values
                .iter()
                .map(|it| json!({ "audience": it.audience, "platform": it.platform, "value": it.value }))
                .collect();
            (name.to_owned(), json!({ "is_twoway": it.is_twoway, "values": values }))
        })
        .collect();
    json!({
        "_meta": { "version": 3 },
        "manager_name": config.name,
        "listen": config.listen.to_string(),
        "autodiscoverable": config.open.as_ref().is_some_and(|it| it.is_announced),
        "shared_storage_path": storage,
        "shaman": { "enabled": true },
        "task_timeout": time(config.timings.task_timeout),
        "worker_timeout": time(config.timings.worker_timeout),
        "blocklist_threshold": config.timings.blocklist_threshold,
        "task_fail_after_softfail_count": config.timings.softfail_limit,
        "variables": variables,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_studios_own_file_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flamenco-manager.yaml");
        let mut config = ManagerConfig::new(folder.path());
        assert_eq!(read_settings(&path, &mut config).unwrap(), None);
        let text = "_meta:\n  version: 3\nmanager_name: Our farm\nlisten: :8080\nmqtt:\n  client: {enabled: false, password: \"\"}\n\
            task_timeout: 1h30m\nworker_timeout: 2m0s\nblocklist_threshold: 5\nvariables:\n  shots:\n    is_twoway: true\n    \
            values:\n      - platforms: [linux, darwin]\n        value: /mnt/shots/\n      - platform: windows\n        value: 'S:\\'\n";
        std::fs::write(&path, text).unwrap();
        assert_eq!(read_settings(&path, &mut config).unwrap(), Some(OwnSettings::default()), "opens nothing");
        assert_eq!(config.timings.task_timeout, Duration::from_secs(5400));
        assert_eq!((config.timings.blocklist_threshold, config.timings.softfail_limit), (5, 3));
        assert_eq!(config.variables.expand(Audience::Workers, "windows", "{shots}/a"), "S:\\a");
        assert_eq!(config.variables.expand(Audience::Workers, "darwin", "{shots}/a"), "/mnt/shots/a");
        assert_eq!(config.name, "Our farm");

        for (text, expect) in [
            ("task_timeout: soon", "task_timeout"),
            ("worker_timeout: 0s", "worker_timeout"),
            ("_meta: {version: 4}", "version is 4"),
            ("variables: {a: {values: [{value: x}]}}", "no platform"),
            ("variables: {a: {values: [{audience: me, platform: all, value: x}]}}", "audience"),
            ("a: 1\n  b: 2", "line 2"),
            ("kiln: {listen: everywhere}", "kiln.listen"),
            ("kiln: {lisen: 0.0.0.0}", "lisen"),
            ("kiln: {log_limit_mib: 0}", "log_limit_mib"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read_settings(&path, &mut config).unwrap_err().to_string();
            assert!(error.contains(expect) && error.ends_with("flamenco-manager.yaml"), "{error}");
        }
        assert_eq!(config.name, "Our farm", "a file that is wrong changes nothing");
        std::fs::write(
            &path,
            "kiln:\n  listen: 0.0.0.0\n  log_limit_mib: 2\n  hosts: [farm.studio.example]\n",
        )
        .unwrap();
        let own = read_settings(&path, &mut config).unwrap().unwrap();
        assert_eq!(own.listen.as_deref().and_then(listen_address), "0.0.0.0:8080".parse().ok());
        assert_eq!(config.log_limit, 2 << 20);
        assert_eq!((own.hosts, own.open_to_stock), (vec!["farm.studio.example".to_owned()], false));
    }
}

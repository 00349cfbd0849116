//! Names in braces that stand for paths and programs, so that one job runs on every platform.
//!
//! In: a submitted path that starts with a two-way value becomes `{name}/…`.
//! Out: every `{name}` becomes its value for whoever reads it, and a path of the Manager's own
//! platform moves to where the reader's platform has it. Stored tasks stay unreplaced.

use std::collections::BTreeMap;

use flamenco::wire::Audience;
use serde_json::{Map, Value};

/// What one `{name}` stands for.
#[derive(Clone, Debug, Default)]
pub struct Variable {
    /// Also recognised in submitted paths; its values are folders.
    pub is_twoway: bool,
    pub values: Vec<VariableValue>,
}

#[derive(Clone, Debug)]
pub struct VariableValue {
    pub audience: Audience,
    /// Go's name of an operating system, or `all`.
    pub platform: String,
    pub value: String,
}

/// Every variable of a farm by name.
#[derive(Clone, Debug)]
pub struct Variables {
    by_name: BTreeMap<String, Variable>,
}

/// A variable as one audience on one platform sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub value: String,
    pub is_twoway: bool,
}

/// The Manager's own platform, in Go's words.
pub(crate) const MANAGER_PLATFORM: &str = if cfg!(windows) {
    "windows"
} else if cfg!(target_os = "macos") {
    "darwin"
} else {
    "linux"
};

impl Default for Variables {
    /// The names every Flamenco farm has, as plain commands to be found on the Workers.
    fn default() -> Self {
        let mut variables = Self { by_name: BTreeMap::new() };
        variables.set("blender", "blender");
        variables.set("blenderArgs", "-b -y");
        variables.set("ffmpeg", "ffmpeg");
        variables.set("kiln", "kiln");
        variables
    }
}

impl Variables {
    /// Gives `name` one one-way value for every reader.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = VariableValue { audience: Audience::All, platform: "all".into(), value: value.into() };
        self.insert(name, Variable { is_twoway: false, values: vec![value] });
    }

    pub fn insert(&mut self, name: &str, mut variable: Variable) {
        if variable.is_twoway {
            for it in &mut variable.values {
                let trimmed = it.value.trim_end_matches(['/', '\\']).len().max(1);
                it.value.truncate(trimmed);
            }
        }
        self.by_name.insert(name.into(), variable);
    }

    /// By name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Variable)> {
        self.by_name.iter().map(|(name, it)| (name.as_str(), it))
    }

    /// What `audience` on `platform` sees; a value for that very platform beats one for all.
    pub(crate) fn resolve(&self, audience: Audience, platform: &str) -> BTreeMap<String, Resolved> {
        let mut seen = BTreeMap::new();
        for (name, variable) in &self.by_name {
            let mine = |it: &&VariableValue| it.audience == Audience::All || it.audience == audience;
            let on = |wanted: &str| variable.values.iter().filter(mine).find(|it| it.platform == wanted);
            if let Some(found) = on(platform).or_else(|| on("all")) {
                let value = found.value.clone();
                seen.insert(name.clone(), Resolved { value, is_twoway: variable.is_twoway });
            }
        }
        seen
    }

    /// Replaces the start of every string of `values` that lies in a two-way folder of the
    /// submitter's platform by `{name}`. The longest folder wins, and it must end at a separator.
    pub(crate) fn fold_paths<'a>(&self, platform: &str, texts: impl Iterator<Item = &'a mut String>) {
        let platform = if platform == "manager" { MANAGER_PLATFORM } else { platform };
        let mut twoway: Vec<_> =
            self.resolve(Audience::Workers, platform).into_iter().filter(|(_, it)| it.is_twoway).collect();
        twoway.sort_by_key(|(_, it)| std::cmp::Reverse(it.value.len()));
        for text in texts {
            let folded = twoway.iter().find_map(|(name, it)| {
                let rest = strip_folder(text, &it.value)?;
                Some(format!("{{{name}}}{rest}"))
            });
            if let Some(folded) = folded {
                *text = folded;
            }
        }
    }

    /// Replaces variables in a command's top-level strings and lists of strings.
    pub(crate) fn expand_parameters(
        &self,
        audience: Audience,
        platform: &str,
        parameters: &mut Map<String, Value>,
    ) {
        let expander = self.expander(audience, platform);
        for value in parameters.values_mut() {
            match value {
                Value::String(text) => *text = expander.expand(text),
                Value::Array(items) => {
                    for item in items {
                        if let Value::String(text) = item {
                            *text = expander.expand(text);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// One text as `audience` on `platform` reads it.
    pub(crate) fn expand(&self, audience: Audience, platform: &str, text: &str) -> String {
        self.expander(audience, platform).expand(text)
    }

    fn expander(&self, audience: Audience, platform: &str) -> Expander {
        let here = self.resolve(audience, MANAGER_PLATFORM);
        let there = self.resolve(audience, platform);
        let mut moves: Vec<(String, String)> = here
            .iter()
            .filter(|(_, it)| it.is_twoway)
            .filter_map(|(name, it)| Some((it.value.clone(), there.get(name)?.value.clone())))
            .collect();
        moves.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Expander { there, moves, is_windows: platform == "windows" }
    }
}

struct Expander {
    there: BTreeMap<String, Resolved>,
    /// Two-way folders on the Manager's platform and on the reader's, longest first.
    moves: Vec<(String, String)>,
    is_windows: bool,
}

impl Expander {
    fn expand(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut is_path = false;
        // One-way values may hold two-way names, so they go first.
        for is_twoway in [false, true] {
            for (name, it) in self.there.iter().filter(|(_, it)| it.is_twoway == is_twoway) {
                let marker = format!("{{{name}}}");
                if text.contains(&marker) {
                    text = text.replace(&marker, &it.value);
                    is_path |= is_twoway;
                }
            }
        }
        let moved = self.moves.iter().find_map(|(from, to)| {
            let rest = strip_folder(&text, from)?;
            Some(format!("{to}{rest}"))
        });
        if let Some(moved) = moved {
            text = moved;
            is_path = true;
        }
        if is_path { self.as_path(text) } else { text }
    }

    fn as_path(&self, text: String) -> String {
        if !self.is_windows {
            return text.replace('\\', "/");
        }
        let mut text = text.replace('/', "\\");
        // `F:x` is a path relative to the drive's current folder; nobody means that.
        let is_drive_relative = {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| c.is_ascii_alphabetic())
                && chars.next() == Some(':')
                && chars.next().is_some_and(|c| c != '\\')
        };
        if is_drive_relative {
            text.insert(2, '\\');
        }
        text
    }
}

/// What follows `folder` in `path`, with its leading separator; case and the kind of slash do not
/// count. `None` when `path` is neither the folder nor below it.
fn strip_folder<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let same = |a: u8, b: u8| {
        let plain = |c: u8| if c == b'\\' { b'/' } else { c.to_ascii_lowercase() };
        plain(a) == plain(b)
    };
    let (head, rest) = path.split_at_checked(folder.len())?;
    let is_prefix = head.bytes().zip(folder.bytes()).all(|(a, b)| same(a, b));
    let at_border = rest.is_empty() || rest.starts_with(['/', '\\']) || folder.ends_with(['/', '\\']);
    (is_prefix && at_border && !folder.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn farm() -> Variables {
        let mut variables = Variables::default();
        variables.insert("jobs", one_way("/farm/storage/jobs", MANAGER_PLATFORM));
        let share = [("linux", "/mnt/share/"), ("windows", r"S:\share"), ("darwin", "/Volumes/share")];
        variables.insert("share", twoway(&share));
        variables.insert("deep", twoway(&[("linux", "/mnt/share/deep"), ("windows", "D:")]));
        variables
    }

    fn one_way(value: &str, platform: &str) -> Variable {
        let value = VariableValue { audience: Audience::All, platform: platform.into(), value: value.into() };
        Variable { is_twoway: false, values: vec![value] }
    }

    fn twoway(values: &[(&str, &str)]) -> Variable {
        let values = values.iter().map(|(platform, value)| VariableValue {
            audience: Audience::All,
            platform: (*platform).into(),
            value: (*value).into(),
        });
        Variable { is_twoway: true, values: values.collect() }
    }

    #[test]
    fn submitted_paths_fold_at_component_borders_longest_first() {
        for (platform, path, expect) in [
            ("linux", "/mnt/share/a.glb", "{share}/a.glb"),
            ("linux", "/mnt/share2/a.glb", "/mnt/share2/a.glb"),
            ("linux", "/mnt/share/deep/a.glb", "{deep}/a.glb"),
            ("linux", "/MNT/Share", "{share}"),
            ("windows", r"s:/share\a.glb", r"{share}\a.glb"),
            ("linux", "see /mnt/share/a", "see /mnt/share/a"),
            ("linux", "é", "é"),
        ] {
            let mut text = path.to_owned();
            farm().fold_paths(platform, std::iter::once(&mut text));
            assert_eq!(text, expect, "{path} from {platform}");
        }
    }

    #[test]
    fn two_way_paths_go_from_linux_to_windows_and_back() {
        let farm = farm();
        let out = farm.expand(Audience::Workers, "windows", "{share}/shots/a.glb");
        assert_eq!(out, r"S:\share\shots\a.glb");
        let mut back = out;
        farm.fold_paths("windows", std::iter::once(&mut back));
        assert_eq!(farm.expand(Audience::Workers, "linux", &back), "/mnt/share/shots/a.glb");
        assert_eq!(farm.expand(Audience::Workers, "windows", "{deep}x"), r"D:\x");
    }

    #[test]
    fn jobs_is_known_everywhere_through_the_share() {
        let mut farm = farm();
        farm.insert("jobs", one_way("/mnt/share/flamenco/jobs", "all"));
        let there = farm.expand(Audience::Workers, "darwin", "{jobs}/robot/robot.glb");
        let expect = if MANAGER_PLATFORM == "linux" {
            "/Volumes/share/flamenco/jobs/robot/robot.glb"
        } else {
            "/mnt/share/flamenco/jobs/robot/robot.glb"
        };
        assert_eq!(there, expect);
    }

    #[test]
    fn only_top_level_strings_and_lists_are_searched_and_unknown_names_stay() {
        let mut parameters = serde_json::json!({
            "exe": "{kiln}", "args": ["{jobs}/a", 3, "{ghost}"], "nested": {"exe": "{kiln}"},
        });
        let mut farm = farm();
        farm.set("kiln", "/opt/kiln");
        farm.expand_parameters(Audience::Workers, MANAGER_PLATFORM, parameters.as_object_mut().unwrap());
        let expect = serde_json::json!({
            "exe": "/opt/kiln", "args": ["/farm/storage/jobs/a", 3, "{ghost}"], "nested": {"exe": "{kiln}"},
        });
        assert_eq!(parameters, expect);
    }

    #[test]
    fn the_audience_and_the_platform_choose_the_value() {
        let mut farm = Variables::default();
        let value = |audience, platform: &str, value: &str| VariableValue {
            audience,
            platform: platform.into(),
            value: value.into(),
        };
        let values = vec![
            value(Audience::All, "all", "anywhere"),
            value(Audience::Workers, "linux", "worker"),
            value(Audience::Users, "linux", "user"),
        ];
        farm.insert("where", Variable { is_twoway: false, values });
        assert_eq!(farm.expand(Audience::Workers, "linux", "{where}"), "worker");
        assert_eq!(farm.expand(Audience::Users, "linux", "{where}"), "user");
        assert_eq!(farm.expand(Audience::Users, "windows", "{where}"), "anywhere");
    }
}

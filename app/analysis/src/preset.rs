//! What a model is for, and what that asks of it: which rules count and how much, and budgets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::report::Report;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::verdict::{Budget, LimitCheck, Verdict};

/// Read from TOML:
///
/// ```toml
/// name = "web"
/// fail_on = "error"
///
/// [limits]
/// triangles = 300_000
///
/// [rules]
/// edges-open = "off"
/// holes = "error"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub name: String,
    /// One sentence for people.
    #[serde(default)]
    pub about: String,
    /// Findings this grave break the preset; without it only limits do.
    pub fail_on: Option<Severity>,
    #[serde(default)]
    limits: BTreeMap<Budget, u64>,
    #[serde(default)]
    rules: BTreeMap<String, Setting>,
}

/// What a rule's findings become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Setting {
    Off,
    Info,
    Warning,
    Error,
}

#[derive(Debug, thiserror::Error)]
pub enum PresetError {
    #[error("the preset cannot be opened ({source}): {}", path.display())]
    File { source: std::io::Error, path: PathBuf },
    #[error("the preset is not understood: {message}: {}", path.display())]
    Text { message: String, path: PathBuf },
    #[error(
        "there is no preset of that name; shipped are {}; or name a .toml file: {name}",
        Preset::shipped_names().collect::<Vec<_>>().join(", ")
    )]
    Unknown { name: String },
}

/// Presets that come with Kiln, by name.
const SHIPPED: [(&str, &str); 4] = [
    ("web", include_str!("../../../assets/presets/analysis/web.toml")),
    ("mobile", include_str!("../../../assets/presets/analysis/mobile.toml")),
    ("film", include_str!("../../../assets/presets/analysis/film.toml")),
    ("print", include_str!("../../../assets/presets/analysis/print.toml")),
];

impl Preset {
    /// In the order they are offered.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// A shipped preset by its name, or the one in a TOML file.
    ///
    /// # Errors
    /// When there is none, or it is not understood.
    pub fn find(name_or_path: &str) -> Result<Self, PresetError> {
        if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(text, Path::new(name));
        }
        let path = Path::new(name_or_path);
        if !path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
            return Err(PresetError::Unknown { name: name_or_path.into() });
        }
        let file = |source| PresetError::File { source, path: path.to_owned() };
        Self::parse(&std::fs::read_to_string(path).map_err(file)?, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, PresetError> {
        let failed = |message: String| PresetError::Text { message, path: path.to_owned() };
        let preset: Self = toml::from_str(text).map_err(|error| failed(error.to_string()))?;
        match preset.rules.keys().find(|id| Rule::find(id).is_none()) {
            Some(unknown) => Err(failed(format!("there is no rule `{unknown}`"))),
            None => Ok(preset),
        }
    }

    /// Drops the findings of rules that are off, gives the others their severity, and adds the
    /// verdict. `n_bytes`: of the model's files; `None` leaves their size out.
    pub fn judge(&self, report: &mut Report, n_bytes: Option<u64>) {
        report.findings.retain_mut(|finding| match self.rules.get(finding.rule.id()) {
            None => true,
            Some(Setting::Off) => false,
            Some(Setting::Info) => set(&mut finding.severity, Severity::Info),
            Some(Setting::Warning) => set(&mut finding.severity, Severity::Warning),
            Some(Setting::Error) => set(&mut finding.severity, Severity::Error),
        });
        report.findings.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.rule.cmp(&b.rule)));
        let check = |(&limit, &allowed): (&Budget, &u64)| {
            let actual = spent(limit, report, n_bytes)?;
            Some(LimitCheck { limit, allowed, actual, is_broken: actual > allowed as f64 })
        };
        let is_failed = |severity: Severity| self.fail_on.is_some_and(|least| severity >= least);
        let failed_rules = report.findings.iter().filter(|f| is_failed(f.severity)).map(|f| f.rule);
        report.verdict = Some(Verdict {
            preset: self.name.clone(),
            limits: self.limits.iter().filter_map(check).collect(),
            failed_rules: failed_rules.collect(),
        });
    }
}

/// What the model spends of it; `None` where that is not known.
fn spent(budget: Budget, report: &Report, n_bytes: Option<u64>) -> Option<f64> {
    let counts = &report.counts;
    Some(match budget {
        Budget::Triangles => counts.drawn_triangles as f64,
        Budget::Vertices => counts.drawn_vertices as f64,
        Budget::DrawCalls => counts.draw_calls as f64,
        Budget::Materials => counts.materials as f64,
        Budget::TextureMegabytes => counts.texture_bytes as f64 / 1e6,
        Budget::LargestTexturePx => f64::from(counts.largest_texture_px),
        Budget::FileMegabytes => n_bytes? as f64 / 1e6,
        Budget::Influences => counts.influences as f64,
        Budget::Joints => counts.joints as f64,
        Budget::MorphTargets => counts.morph_targets as f64,
    })
}

fn set(severity: &mut Severity, to: Severity) -> bool {
    *severity = to;
    true
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use glam::Vec3;

    use super::{Budget, Preset};
    use crate::Rule::{EdgesOpen, Holes};
    use crate::Severity;
    use crate::test_scenes::{cube, remove_faces, report, scene};

    fn preset(text: &str) -> Preset {
        Preset::parse(text, Path::new("test.toml")).unwrap()
    }

    #[test]
    fn shipped_ones_are_understood_and_named_alike() {
        for name in Preset::shipped_names() {
            let preset = Preset::find(name).unwrap();
            assert_eq!(preset.name, name);
            assert!(!preset.about.is_empty());
        }
        assert!(Preset::find("no-such").unwrap_err().to_string().contains("web, mobile, film, print"));
    }

    #[test]
    fn rules_are_switched_and_weighed() {
        let mut model = cube(Vec3::ZERO, 1.0);
        remove_faces(&mut model, 5, 1);
        let mut report = report(&scene(vec![model]));
        let text = "name = 'x'\nfail_on = 'error'\n[rules]\nholes = 'error'\nnormals-missing = 'off'";
        preset(text).judge(&mut report, None);
        assert_eq!(
            report.findings.iter().map(|f| (f.rule, f.severity)).collect::<Vec<_>>(),
            [(Holes, Severity::Error)]
        );
        let verdict = report.verdict.unwrap();
        assert_eq!((verdict.is_kept(), verdict.failed_rules), (false, vec![Holes]));
    }

    #[test]
    fn limits_hold_to_the_last_triangle() {
        let measured = report(&scene(vec![cube(Vec3::ZERO, 1.0)]));
        for (limit, is_kept) in [(12, true), (11, false)] {
            let mut report = measured.clone();
            preset(&format!("name = 'x'\n[limits]\ntriangles = {limit}\nfile_megabytes = 1"))
                .judge(&mut report, None);
            let verdict = report.verdict.unwrap();
            assert_eq!(verdict.is_kept(), is_kept);
            // Nobody said how large the file is.
            assert_eq!(verdict.limits.iter().map(|l| l.limit).collect::<Vec<_>>(), [Budget::Triangles]);
        }
    }

    #[test]
    fn a_rule_that_does_not_exist_is_refused() {
        let parsed = Preset::parse("name = 'x'\n[rules]\nhole = 'off'", Path::new("x.toml"));
        assert!(parsed.unwrap_err().to_string().contains("no rule `hole`"));
        assert!(Preset::parse("name = 'x'\nlimit = 3", Path::new("x.toml")).is_err());
        assert_eq!(EdgesOpen.id(), "edges-open");
    }
}

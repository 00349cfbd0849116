use std::path::{Path, PathBuf};

use formats::Compression;
use serde::{Deserialize, Serialize};

use crate::Step;
use crate::options::{OptionField, options_of};

/// What is to happen to a model on its way, in order. Read from TOML or JSON:
///
/// ```toml
/// name = "clean"
///
/// [[steps]]
/// do = "weld"
///
/// [[steps]]
/// do = "orient"
/// ```
///
/// A step with `off = true` is kept in the text and left out of the work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Plan {
    pub name: String,
    /// One sentence for people.
    pub about: String,
    pub output: Output,
    pub steps: Vec<Step>,
    /// Those that are kept for another time, ascending; each with how many of `steps` stand before it.
    pub off: Vec<(usize, Step)>,
    pub publish: Publish,
}

/// As its text has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    about: String,
    #[serde(default, skip_serializing_if = "Output::is_default")]
    output: Output,
    #[serde(default)]
    steps: Vec<WrittenStep>,
    #[serde(default, skip_serializing_if = "Publish::is_empty")]
    publish: Publish,
}

#[derive(Clone, Serialize, Deserialize)]
struct WrittenStep {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    off: bool,
    #[serde(flatten)]
    step: Step,
}

impl From<Written> for Plan {
    fn from(written: Written) -> Self {
        let (mut steps, mut off) = (Vec::new(), Vec::new());
        for line in written.steps {
            if line.off {
                off.push((steps.len(), line.step));
            } else {
                steps.push(line.step);
            }
        }
        let Written { name, about, output, publish, .. } = written;
        Self { name, about, output, steps, off, publish }
    }
}

impl From<Plan> for Written {
    fn from(plan: Plan) -> Self {
        let mut off = plan.off.into_iter().peekable();
        let mut steps = Vec::new();
        for (i, step) in plan.steps.into_iter().enumerate() {
            while let Some((_, step)) = off.next_if(|(before, _)| *before <= i) {
                steps.push(WrittenStep { off: true, step });
            }
            steps.push(WrittenStep { off: false, step });
        }
        steps.extend(off.map(|(_, step)| WrittenStep { off: true, step }));
        Self { name: plan.name, about: plan.about, output: plan.output, steps, publish: plan.publish }
    }
}

/// Who gets the result beside the file itself; the room `publish` sees to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Publish {
    /// A folder of models: the result gets a folder of its own there, with its picture and receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library: Option<PathBuf>,
    /// An address that takes files by PUT: each at `STORE/NAME/FILE`, or where `{name}` and `{file}`
    /// stand in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// An address that is told by POST when everything is in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
}

impl Publish {
    /// What can be chosen of it.
    pub fn options() -> Vec<OptionField> {
        options_of::<Self>()
    }

    /// Nobody gets it.
    pub fn is_empty(&self) -> bool {
        self.stated() == Self::default()
    }

    /// Without places that are named but empty, as a form leaves them.
    pub fn stated(&self) -> Self {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let library = self.library.clone().filter(|path| !path.as_os_str().is_empty());
        Self { library, store: text(&self.store), webhook: text(&self.webhook) }
    }
}

/// How the result is stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Output {
    pub compression: OutputCompression,
    /// Simplified copies beside the result, NAME_lod1, NAME_lod2 and so on: the share of the triangles
    /// that each keeps, 0 to 1.
    pub levels: Vec<f64>,
}

/// Without loss; for formats that have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputCompression {
    #[default]
    None,
    Smaller,
    /// For readers that know KHR_meshopt_compression.
    Smallest,
}

impl Output {
    /// What can be chosen of it.
    pub fn options() -> Vec<OptionField> {
        options_of::<Self>()
    }

    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl From<OutputCompression> for Compression {
    fn from(compression: OutputCompression) -> Self {
        match compression {
            OutputCompression::None => Self::None,
            OutputCompression::Smaller => Self::Smaller,
            OutputCompression::Smallest => Self::Smallest,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("the plan cannot be opened ({source}): {}", path.display())]
    File { source: std::io::Error, path: PathBuf },
    #[error("the plan is not understood: {message}: {}", path.display())]
    Text { message: String, path: PathBuf },
    #[error(
        "there is no plan of that name; shipped are {}; or name a .toml or .json file: {name}",
        Plan::shipped_names()
    )]
    Unknown { name: String },
}

/// Plans that come with Kiln, by name.
const SHIPPED: [(&str, &str); 4] = [
    ("clean", include_str!("../../../assets/plans/clean.toml")),
    ("web", include_str!("../../../assets/plans/web.toml")),
    ("film", include_str!("../../../assets/plans/film.toml")),
    ("print", include_str!("../../../assets/plans/print.toml")),
];

impl Plan {
    /// Read and write, nothing in between.
    pub fn as_is() -> Self {
        Self {
            name: "as-is".into(),
            about: "Changes the file format and nothing else.".into(),
            ..Self::default()
        }
    }

    /// The plans that come with Kiln, in the order they are offered.
    pub fn shipped() -> Vec<Self> {
        SHIPPED.iter().filter_map(|(_, text)| toml::from_str(text).ok()).collect()
    }

    /// A shipped plan by its name, or the one in a `.toml` or `.json` file.
    ///
    /// # Errors
    /// No such name or file, or a text that is no plan; says where in it.
    pub fn find(name: &str) -> Result<Self, PlanError> {
        let path = Path::new(name);
        let extension = path.extension().map(|e| e.to_ascii_lowercase());
        if extension.is_some_and(|e| e == "toml" || e == "json") {
            return Self::read(path);
        }
        let shipped = Self::shipped().into_iter().chain([Self::as_is()]).find(|plan| plan.name == name);
        shipped.ok_or_else(|| PlanError::Unknown { name: name.into() })
    }

    /// # Errors
    /// As [`Plan::find`].
    pub fn read(path: &Path) -> Result<Self, PlanError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| PlanError::File { source, path: path.to_owned() })?;
        let parsed = if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
            serde_json::from_str(&text).map_err(|e| e.to_string())
        } else {
            Self::from_toml(&text)
        };
        parsed.map_err(|message| PlanError::Text { message, path: path.to_owned() })
    }

    /// # Errors
    /// What is wrong with the text, and where.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }

    /// The text [`Plan::from_toml`] reads back.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_default()
    }

    fn shipped_names() -> String {
        let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_plan_is_read_under_its_name_and_comes_back_from_its_text() {
        let plans = Plan::shipped();
        let names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
        assert_eq!(names, SHIPPED.map(|(name, _)| name));
        for plan in plans {
            assert!(!plan.steps.is_empty() && !plan.about.is_empty(), "{}", plan.name);
            assert_eq!(Plan::from_toml(&plan.to_toml()), Ok(plan));
        }
    }

    #[test]
    fn a_step_that_is_off_keeps_its_place_in_the_text() {
        let text = "name = \"a\"\n\n[[steps]]\noff = true\ndo = \"weld\"\ndistance = 0.5\n\n\
            [[steps]]\ndo = \"orient\"\nundecidable = \"leave-alone\"\n\n\
            [[steps]]\noff = true\ndo = \"prune\"\n";
        let plan = Plan::from_toml(text).unwrap();
        let ids: Vec<String> = plan.off.iter().map(|(_, step)| step.id()).collect();
        assert_eq!((plan.steps.len(), ids.join(" ")), (1, "weld prune".into()));
        assert_eq!(plan.off.iter().map(|(before, _)| *before).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(plan.to_toml(), text);
        assert_eq!(Plan::from_toml(&plan.to_toml()), Ok(plan));
    }

    #[test]
    fn a_misspelt_option_is_named() {
        let error = Plan::from_toml("name = \"a\"\n[[steps]]\ndo = \"weld\"\ndistanse = 1\n").unwrap_err();
        assert!(error.contains("distanse") && error.contains("distance"), "{error}");
        let error = Plan::find("wep").unwrap_err().to_string();
        assert!(error.contains("clean, web, film, print"), "{error}");
    }
}

//! A plan while it is being edited: its steps with a switch each, and where it came from.

use convert::{OptionField, OptionKind, Output, Plan, Publish, Step};
use serde_json::Value;

/// One step of a draft.
#[derive(Clone, Debug)]
pub struct Line {
    /// Stays with the line wherever it is moved.
    pub id: u64,
    pub step: Step,
    /// Those that are off are left out of the plan.
    pub is_on: bool,
    /// Its options are shown.
    pub is_open: bool,
}

#[derive(Clone, Debug)]
pub struct Draft {
    pub lines: Vec<Line>,
    pub output: Output,
    pub publish: Publish,
    /// What it was when it was opened.
    origin: Plan,
    next_id: u64,
}

impl Default for Draft {
    fn default() -> Self {
        let clean = Plan::find("clean").unwrap_or_else(|_| Plan::as_is());
        Self::of(clean)
    }
}

impl Draft {
    pub fn of(plan: Plan) -> Self {
        let mut draft = Self {
            lines: Vec::new(),
            output: plan.output.clone(),
            publish: plan.publish.clone(),
            origin: plan.clone(),
            next_id: 0,
        };
        let mut off = plan.off.into_iter().peekable();
        for (i, step) in plan.steps.into_iter().enumerate() {
            while let Some((_, step)) = off.next_if(|(before, _)| *before <= i) {
                draft.add_line(step, false);
            }
            draft.add_line(step, true);
        }
        off.for_each(|(_, step)| draft.add_line(step, false));
        draft
    }

    /// What would be done now, and what is kept beside it.
    pub fn plan(&self) -> Plan {
        let (mut steps, mut off) = (Vec::new(), Vec::new());
        for line in &self.lines {
            if line.is_on {
                steps.push(line.step.clone());
            } else {
                off.push((steps.len(), line.step.clone()));
            }
        }
        Plan { output: self.output.clone(), publish: self.publish.clone(), steps, off, ..self.origin.clone() }
    }

    pub fn name(&self) -> &str {
        &self.origin.name
    }

    pub fn about(&self) -> &str {
        &self.origin.about
    }

    pub fn is_changed(&self) -> bool {
        self.plan() != self.origin
    }

    /// It was written to a file of this name.
    pub fn saved_as(&mut self, name: String) {
        self.origin = Plan { name, ..self.plan() };
    }

    /// At the end, with its options open.
    pub fn add(&mut self, step: Step) {
        self.add_line(step, true);
        if let Some(line) = self.lines.last_mut() {
            line.is_open = true;
        }
    }

    fn add_line(&mut self, step: Step, is_on: bool) {
        self.next_id += 1;
        self.lines.push(Line { id: self.next_id, step, is_on, is_open: false });
    }

    pub fn remove(&mut self, id: u64) {
        self.lines.retain(|line| line.id != id);
    }

    /// To the place before the line that is `to`th now; beyond the last one it is the end.
    pub fn move_to(&mut self, id: u64, to: usize) {
        let Some(from) = self.lines.iter().position(|line| line.id == id) else { return };
        let to = to.min(self.lines.len());
        let line = self.lines.remove(from);
        self.lines.insert(if from < to { to - 1 } else { to }, line);
    }

    /// By one line, up or down.
    pub fn nudge(&mut self, id: u64, is_down: bool) {
        let Some(at) = self.lines.iter().position(|line| line.id == id) else { return };
        let to = if is_down { at + 2 } else { at.saturating_sub(1) };
        self.move_to(id, to);
    }
}

/// What of an option is set; `None` where it is left out.
pub(crate) fn value_of(whole: &impl serde::Serialize, name: &str) -> Option<Value> {
    let value = serde_json::to_value(whole).ok()?.get(name).cloned()?;
    (!value.is_null()).then_some(value)
}

/// `whole` with another value of one option; `None`, or what it does not take, leaves it out or as it
/// was.
pub(crate) fn with_value<T>(whole: &T, name: &str, value: Option<Value>) -> Option<T>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let mut json = serde_json::to_value(whole).ok()?;
    let options = json.as_object_mut()?;
    match value {
        Some(value) => options.insert(name.to_owned(), value),
        None => options.remove(name),
    };
    serde_json::from_value(json).ok()
}

/// Where an option that was left out begins once it is set.
pub(crate) fn first_value(option: &OptionField) -> Value {
    let usual: f64 = match option.name {
        "scale" => 0.01,
        "ratio" => 0.5,
        "max-triangles" => 100_000.0,
        "max-error" | "distance" => 0.001,
        _ => 1.0,
    };
    match &option.kind {
        OptionKind::Switch => Value::Bool(true),
        OptionKind::Whole(most) => Value::from((usual.max(1.0) as u64).min(*most)),
        OptionKind::Number => Value::from(usual),
        OptionKind::Choice(choices) => choices.first().copied().into(),
        OptionKind::Text | OptionKind::Other => Value::from(""),
        OptionKind::List(_) => Value::Array(Vec::new()),
    }
}

/// `Max side`, without the unit that its name ends with.
pub(crate) fn label(name: &str) -> String {
    let bare = unit_and_bare(name).map_or(name, |(_, bare)| bare);
    crate::text::sentence(&bare.replace('-', " "))
}

/// What a choice means where its name does not tell; empty where it does.
pub(crate) fn hint(option: &str, value: &Value) -> &'static str {
    match (option, value.as_str()) {
        ("encoding", Some("jpeg")) => "Colours only; normal maps and other data stay without loss",
        ("encoding", Some("webp")) => "Without loss; for viewers that know EXT_texture_webp",
        ("encoding", Some("ktx2")) => {
            "Small on the graphics card too; made by ktx, toktx or basisu, if installed"
        }
        ("fallback", _) => "A PNG or JPEG beside each WebP or KTX2, for viewers that know neither",
        _ => "",
    }
}

/// The unit that an option is counted in, as far as its name tells.
pub(crate) fn unit(name: &str) -> &'static str {
    const METRES: [&str; 4] = ["distance", "max-error", "longest-side", "error"];
    match unit_and_bare(name) {
        Some((unit, _)) => unit,
        None if METRES.contains(&name) => "m",
        None => "",
    }
}

fn unit_and_bare(name: &str) -> Option<(&'static str, &str)> {
    const UNITS: [(&str, &str); 6] = [
        ("-px", "px"),
        ("-pixels", "px"),
        ("-degrees", "°"),
        ("-bits", "bits"),
        ("-secs", "s"),
        ("-metres", "m"),
    ];
    UNITS.iter().find_map(|(end, unit)| Some((*unit, name.strip_suffix(end)?)))
}

/// What is chosen of a step beside what it does by itself: `Max side 1024 px, Encoding jpeg`.
pub(crate) fn summary(step: &Step) -> String {
    let usual = Step::all().into_iter().find(|other| other.id() == step.id());
    let chosen = step.options().into_iter().filter_map(|option| {
        let value = value_of(step, option.name)?;
        if usual.as_ref().and_then(|usual| value_of(usual, option.name)).as_ref() == Some(&value) {
            return None;
        }
        let unit = unit(option.name);
        let space = if unit.is_empty() || unit == "°" { "" } else { " " };
        Some(format!("{} {}{space}{unit}", label(option.name), words(&value)))
    });
    chosen.collect::<Vec<_>>().join(", ")
}

/// A value for people.
pub(crate) fn words(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::String(text) => match text.as_str() {
            "png" | "jpeg" | "ktx2" => text.to_uppercase(),
            "webp" => "WebP".into(),
            text => text.replace('-', " "),
        },
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(draft: &Draft) -> Vec<u64> {
        draft.lines.iter().map(|line| line.id).collect()
    }

    #[test]
    fn lines_are_moved_switched_and_come_back_as_a_plan() {
        let mut draft = Draft::of(Plan::find("clean").unwrap());
        assert!(!draft.is_changed());
        let n = draft.lines.len();
        draft.move_to(1, 3);
        assert_eq!(ids(&draft)[..4], [2, 3, 1, 4]);
        draft.nudge(1, false);
        draft.nudge(1, false);
        draft.nudge(1, false);
        assert_eq!(ids(&draft)[..4], [1, 2, 3, 4]);
        draft.nudge(1, true);
        draft.move_to(2, 99);
        assert_eq!((ids(&draft)[0], ids(&draft)[n - 1]), (1, 2));
        draft.lines[0].is_on = false;
        draft.remove(4);
        assert_eq!(draft.plan().steps.len(), n - 2);
        assert!(draft.is_changed());
        draft.saved_as("mine".into());
        assert!(!draft.is_changed() && draft.name() == "mine");
        let again = Draft::of(Plan::from_toml(&draft.plan().to_toml()).unwrap());
        let lines = |draft: &Draft| -> Vec<_> {
            draft.lines.iter().map(|line| (line.step.clone(), line.is_on)).collect()
        };
        assert_eq!(lines(&again), lines(&draft));
    }

    #[test]
    fn options_are_read_and_written_by_name() {
        let step = Step::all().into_iter().find(|step| step.id() == "textures").unwrap();
        assert_eq!(summary(&step), "");
        let small = with_value(&step, "max-side-px", Some(1024.into())).unwrap();
        assert_eq!(value_of(&small, "max-side-px"), Some(1024.into()));
        assert_eq!(summary(&small), "Max side 1024 px");
        assert_eq!(with_value(&step, "encoding", Some("no-such".into())), None);
        let units = Step::all().into_iter().find(|step| step.id() == "units").unwrap();
        assert_eq!(value_of(&units, "up"), None);
        let turned = with_value(&units, "up", Some("z".into())).unwrap();
        assert_eq!(with_value(&turned, "up", None), Some(units));
    }

    /// A new step needs a value to begin with for each of its options.
    #[test]
    fn every_option_of_every_step_takes_its_first_value() {
        for step in Step::all() {
            for option in step.options() {
                let value = value_of(&step, option.name).unwrap_or_else(|| first_value(&option));
                let set = with_value(&step, option.name, Some(value));
                assert!(set.is_some() || option.kind == OptionKind::Other, "{} {}", step.id(), option.name);
            }
        }
    }
}

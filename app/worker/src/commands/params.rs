use serde_json::Value;

use super::CommandError;

/// A command's parameters as they came; each is checked when it is asked for.
pub(crate) struct Params(serde_json::Map<String, Value>);

impl Params {
    pub(crate) fn new(values: serde_json::Map<String, Value>) -> Self {
        Self(values)
    }

    /// Anything at all, as text: a string without its quotes, the rest as JSON.
    pub(crate) fn any(&self, name: &'static str) -> Result<String, CommandError> {
        Ok(text_of(self.required(name)?))
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&str, CommandError> {
        let value = self.required(name)?;
        value.as_str().ok_or_else(|| wrong(name, "text", value))
    }

    pub(crate) fn non_empty(&self, name: &'static str) -> Result<&str, CommandError> {
        match self.text(name)? {
            "" => Err(CommandError::Parameter { name, problem: "must not be empty".into() }),
            text => Ok(text),
        }
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<f64, CommandError> {
        let value = self.required(name)?;
        value.as_f64().filter(|number| number.is_finite()).ok_or_else(|| wrong(name, "a number", value))
    }

    /// A list of words, empty when left out. Numbers in it are written the short way.
    pub(crate) fn list(&self, name: &'static str) -> Result<Vec<String>, CommandError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(values)) => Ok(values.iter().map(text_of).collect()),
            Some(value) => Err(wrong(name, "a list", value)),
        }
    }

    /// One string split into words as a POSIX shell would; empty when left out.
    pub(crate) fn words(&self, name: &'static str) -> Result<Vec<String>, CommandError> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(Vec::new());
        };
        let text = value.as_str().ok_or_else(|| wrong(name, "text", value))?;
        let unbalanced = || CommandError::Parameter { name, problem: format!("has an open quote: {text}") };
        shlex::split(text).ok_or_else(unbalanced)
    }

    fn required(&self, name: &'static str) -> Result<&Value, CommandError> {
        let missing = || CommandError::Parameter { name, problem: "is missing".into() };
        self.0.get(name).filter(|value| !value.is_null()).ok_or_else(missing)
    }
}

fn wrong(name: &'static str, expected: &str, value: &Value) -> CommandError {
    let kind = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    CommandError::Parameter { name, problem: format!("must be {expected}, not {kind}") }
}

/// JSON knows one kind of number: `24.0` from a script means `24` on a command line.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), short_number),
        other => other.to_string(),
    }
}

/// The shortest decimal form without an exponent: `24`, `23.976`.
pub(super) fn short_number(number: f64) -> String {
    format!("{number}")
}

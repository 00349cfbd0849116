//! As much of YAML as a Flamenco Manager's configuration file is written in: mappings and lists by
//! indentation or in braces, quoted and plain words. What is beyond that is refused with its line.

use serde_json::{Map, Value};

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct YamlError {
    pub line: usize,
    pub message: String,
}

const MAX_DEPTH: usize = 32;

struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

pub(super) fn parse(text: &str) -> Result<Value, YamlError> {
    let mut lines = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let body = without_comment(raw).trim_end();
        let trimmed = body.trim_start_matches(' ');
        if trimmed.is_empty() || trimmed == "---" {
            continue;
        }
        if trimmed.starts_with('\t') {
            return Err(YamlError { line: index + 1, message: "indented by a tab; use spaces".into() });
        }
        lines.push(Line { number: index + 1, indent: body.len() - trimmed.len(), text: trimmed });
    }
    let mut block = Block { lines, at: 0 };
    let Some(first) = block.lines.first() else { return Ok(Value::Object(Map::new())) };
    let value = block.value(first.indent, 0)?;
    match block.lines.get(block.at) {
        None => Ok(value),
        Some(line) => {
            Err(YamlError { line: line.number, message: "indented otherwise than what is before".into() })
        }
    }
}

/// A `#` at the start or after a space begins a comment, but not within quotes.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if (letter == '"' || letter == '\'') && !before.is_alphanumeric() => quote = Some(letter),
            None if letter == '#' && before.is_whitespace() => return &line[..at],
            None => {}
        }
        before = letter;
    }
    line
}

struct Block<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
}

impl Block<'_> {
    fn error<T>(&self, at: usize, message: &str) -> Result<T, YamlError> {
        let line = self.lines.get(at).map_or(0, |line| line.number);
        Err(YamlError { line, message: message.into() })
    }

    /// The mapping or list whose lines stand at `indent`.
    fn value(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        if depth > MAX_DEPTH {
            return self.error(self.at, "nested too deeply");
        }
        match self.lines.get(self.at) {
            Some(line) if is_item(line.text) => self.list(indent, depth),
            Some(line) if key_and_rest(line.text).is_some() => self.mapping(indent, depth),
            Some(line) => {
                let (text, number) = (line.text, line.number);
                self.at += 1;
                inline(text, number)
            }
            None => Ok(Value::Null),
        }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        while let Some(line) =
            self.lines.get_mut(self.at).filter(|it| it.indent == indent && is_item(it.text))
        {
            let rest = line.text[1..].trim_start();
            if rest.is_empty() {
                self.at += 1;
                items.push(self.nested(indent, depth)?);
                continue;
            }
            // What follows the dash stands at a column of its own.
            line.indent += line.text.len() - rest.len();
            line.text = rest;
            let inner = line.indent;
            items.push(self.value(inner, depth + 1)?);
        }
        Ok(Value::Array(items))
    }

    fn mapping(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        let mut fields = Map::new();
        while let Some(line) = self.lines.get(self.at).filter(|it| it.indent == indent && !is_item(it.text)) {
            let Some((key, rest)) = key_and_rest(line.text) else {
                return self.error(self.at, "neither `key: value` nor a list");
            };
            let (key, rest, number) = (key.to_owned(), rest, line.number);
            self.at += 1;
            let value = if rest.is_empty() { self.nested(indent, depth)? } else { inline(rest, number)? };
            if fields.insert(key.clone(), value).is_some() {
                return Err(YamlError { line: number, message: format!("{key} stands there twice") });
            }
        }
        Ok(Value::Object(fields))
    }

    /// What belongs to a key or dash with nothing behind it. A list may stand below its key's own column.
    fn nested(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        match self.lines.get(self.at) {
            Some(line) if line.indent > indent || line.indent == indent && is_item(line.text) => {
                let inner = line.indent;
                self.value(inner, depth + 1)
            }
            _ => Ok(Value::Null),
        }
    }
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

fn key_and_rest(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix(['"', '\'']) {
        let quote = text.chars().next()?;
        let (key, rest) = quoted.split_once(quote)?;
        return Some((key, rest.trim_start().strip_prefix(':')?.trim()));
    }
    if text.starts_with(['{', '[']) {
        return None;
    }
    let (key, rest) = match text.split_once(": ") {
        Some((key, rest)) => (key, rest),
        None => (text.strip_suffix(':')?, ""),
    };
    Some((key.trim(), rest.trim()))
}

/// A value on one line.
fn inline(text: &str, line: usize) -> Result<Value, YamlError> {
    let mut flow = Flow { text, at: 0, line };
    let value = flow.value(0, false)?;
    if flow.rest().trim().is_empty() { Ok(value) } else { flow.error("something follows the value") }
}

struct Flow<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Flow<'a> {
    fn error<T>(&self, message: &str) -> Result<T, YamlError> {
        Err(YamlError { line: self.line, message: message.into() })
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, letter: char) -> bool {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let is_next = self.rest().starts_with(letter);
        self.at += if is_next { letter.len_utf8() } else { 0 };
        is_next
    }

    fn value(&mut self, depth: usize, is_inside: bool) -> Result<Value, YamlError> {
        if depth > MAX_DEPTH {
            return self.error("nested too deeply");
        }
        if self.skip('{') {
            return self.braces(depth);
        }
        if self.skip('[') {
            let mut items = Vec::new();
            while !self.skip(']') {
                items.push(self.value(depth + 1, true)?);
                if !self.skip(',') && !self.rest().trim_start().starts_with(']') {
                    return self.error("a list without its end; it must be on one line");
                }
            }
            return Ok(Value::Array(items));
        }
        if self.rest().starts_with(['|', '>', '&', '*', '!', '%', '@', '`']) {
            return self.error("this way of writing is not understood here; put the text in quotes");
        }
        let is_quoted = self.rest().starts_with(['"', '\'']);
        let word = self.word(is_inside)?;
        Ok(if is_quoted { Value::String(word) } else { plain(&word) })
    }

    fn braces(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut fields = Map::new();
        while !self.skip('}') {
            let is_quoted = self.rest().starts_with(['"', '\'']);
            let key = if is_quoted {
                self.word(true)?
            } else {
                let end = self.rest().find([':', ',', '}']).unwrap_or(self.rest().len());
                let key = self.rest()[..end].trim().to_owned();
                self.at += end;
                key
            };
            if !self.skip(':') {
                return self.error("a key without `:`; what is in braces must be on one line");
            }
            let value = self.value(depth + 1, true)?;
            fields.insert(key, value);
            if !self.skip(',') && !self.rest().trim_start().starts_with('}') {
                return self.error("braces without their end; they must be on one line");
            }
        }
        Ok(Value::Object(fields))
    }

    fn word(&mut self, is_inside: bool) -> Result<String, YamlError> {
        let rest = self.rest();
        if let Some(quoted) = rest.strip_prefix('\'') {
            let mut word = quoted.split('\'').next().unwrap_or_default().to_owned();
            self.at += 1 + word.len();
            loop {
                if !self.skip('\'') {
                    return self.error("a quote without its end");
                }
                // Two of them are one of the text's own.
                if !self.rest().starts_with('\'') {
                    return Ok(word);
                }
                let part = self.rest()[1..].split('\'').next().unwrap_or_default();
                word.push('\'');
                word.push_str(part);
                self.at += 1 + part.len();
            }
        }
        if rest.starts_with('"') {
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            return match stream.next() {
                Some(Ok(word)) => {
                    self.at += stream.byte_offset();
                    Ok(word)
                }
                _ => self.error("a quoted text that cannot be read"),
            };
        }
        let end = if is_inside { rest.find([',', '}', ']']).unwrap_or(rest.len()) } else { rest.len() };
        self.at += end;
        Ok(rest[..end].trim().to_owned())
    }
}

fn plain(word: &str) -> Value {
    match word {
        "" | "~" | "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        _ => match (word.parse::<i64>(), word.parse::<f64>()) {
            (Ok(whole), _) => whole.into(),
            (_, Ok(number))
                if number.is_finite() && word.starts_with(|it: char| it.is_ascii_digit() || it == '-') =>
            {
                number.into()
            }
            _ => word.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_managers_write_is_read() {
        let text = "# a comment\n---\n_meta: {version: 3}\nname: 'it''s ours' # here\nlisten: :8080\n\
            empty:\nvariables:\n  jobs-root:\n    is_twoway: true\n    values:\n    - platform: linux\n      \
            value: /mnt/a b#c\n    - platforms: [windows, \"darwin\"]\n      value: 'S:\\a'\n  \
            \"blenderArgs\": {values: [{platform: all, value: -b -y}]}\nlist:\n  -\n    a: 1\n  - x\nratio: 0.5\n";
        let expected = json!({
            "_meta": {"version": 3}, "name": "it's ours", "listen": ":8080", "empty": null,
            "variables": {
                "jobs-root": {"is_twoway": true, "values": [
                    {"platform": "linux", "value": "/mnt/a b#c"},
                    {"platforms": ["windows", "darwin"], "value": "S:\\a"},
                ]},
                "blenderArgs": {"values": [{"platform": "all", "value": "-b -y"}]},
            },
            "list": [{"a": 1}, "x"], "ratio": 0.5,
        });
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse("").unwrap(), json!({}));
    }

    #[test]
    fn what_is_not_understood_names_its_line() {
        for (text, line) in [
            ("a: 1\n\tb: 2", 2),
            ("a: 1\n  b: 2", 2),
            ("a: [1, 2", 1),
            ("a: {b: 1", 1),
            ("a: |\n  text", 1),
            ("a: 'open", 1),
            ("a: \"open", 1),
            ("a: 1\na: 2", 2),
            ("a: 1\nword", 2),
            ("a: {b: 1} c", 1),
            (&format!("a: {}", "[".repeat(1000)), 1),
            (&(0..1000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>(), 34),
        ] {
            assert_eq!(parse(text).unwrap_err().line, line, "{text:.40}");
        }
        for text in
            ["- ", "-", ":", "{", "[}", "'", "a: {é: ü, 'x': é}", "a:\n- b\n - c", "\"é", "a: -", "a: é'#"]
        {
            // No panic, whatever comes of it.
            let _ = parse(text);
        }
    }
}

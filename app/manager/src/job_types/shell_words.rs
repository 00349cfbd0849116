//! `shellSplit`: a command line cut into words the way a POSIX shell does, without any expansion.

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unbalanced quotes or a lone backslash at the end of {0:?}")]
pub(super) struct Unbalanced(String);

pub(super) fn split(line: &str) -> Result<Vec<String>, Unbalanced> {
    let unbalanced = || Unbalanced(line.into());
    let mut words = Vec::new();
    // `None` between words; quotes make an empty word count.
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => {
                let text = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or_else(unbalanced)? {
                        '\'' => break,
                        c => text.push(c),
                    }
                }
            }
            '"' => in_double_quotes(&mut chars, word.get_or_insert_default()).ok_or_else(unbalanced)?,
            '\\' => word.get_or_insert_default().push(chars.next().ok_or_else(unbalanced)?),
            // A comment runs to the end of its line, but only where a word could start.
            '#' if word.is_none() => while chars.next().is_some_and(|c| c != '\n') {},
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn in_double_quotes(chars: &mut std::str::Chars<'_>, text: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '\\' => match chars.next()? {
                c @ ('"' | '\\' | '$' | '`') => text.push(c),
                '\n' => {}
                c => text.extend(['\\', c]),
            },
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_split_like_a_shell() {
        for (line, expect) in [
            ("-b -y", vec!["-b", "-y"]),
            ("", vec![]),
            (r#"--set "a b" 'c "d"' e\ f"#, vec!["--set", "a b", r#"c "d""#, "e f"]),
            (r#""" x"#, vec!["", "x"]),
            (r#""C:\dir\"q""#, vec![r#"C:\dir"q"#]),
            ("a #comment\nb", vec!["a", "b"]),
        ] {
            assert_eq!(split(line).unwrap(), expect, "{line}");
        }
        for line in ["'a", "\"a", "a\\"] {
            assert!(split(line).is_err(), "{line}");
        }
    }
}

//! What is looked at in a text layer before the parser may recurse through it.

use super::path_check::{is_path, is_prim_name};

/// Levels of brackets of all kinds. Deep production scenes stay below 60.
const MAX_DEPTH: usize = 400;

/// How far before its name a prim's specifier and type stand at most.
const MAX_SPECIFIER_N_BYTES: usize = 128;

/// # Errors
/// In words, when brackets are nested deeper than any scene needs, or a path or a prim's name is
/// none.
pub(super) fn check(text: &[u8]) -> Result<(), String> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(format!("its blocks are nested more than {MAX_DEPTH} deep"));
                }
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => at += memchr::memchr(b'\n', &text[at..]).unwrap_or(text.len() - at),
            b'"' | b'\'' | b'@' | b'<' | b'/' => match n_quoted(byte, &text[at..]) {
                Some(n) => {
                    let quoted = &text[at..at + n];
                    check_words(byte, quoted, &text[..at - 1])?;
                    at += n;
                }
                // The parser ends here as well.
                None => return Ok(()),
            },
            _ => {}
        }
    }
    Ok(())
}

/// `quoted` ends with the byte that ends it.
fn check_words(begin: u8, quoted: &[u8], before: &[u8]) -> Result<(), String> {
    let words = quoted.split_last().map_or(quoted, |(_, words)| words);
    let is_sound = match begin {
        b'<' => is_path(words.trim_ascii()),
        b'"' | b'\'' if follows_specifier(before) => is_prim_name(words),
        _ => true,
    };
    if is_sound {
        return Ok(());
    }
    let words = String::from_utf8_lossy(words.get(..60).unwrap_or(words)).into_owned();
    Err(format!("{words:?} is neither a path nor the name of a prim"))
}

/// `def Mesh "name"`.
fn follows_specifier(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(MAX_SPECIFIER_N_BYTES)..];
    let line = near.rsplit(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii_start();
    let follows = [&b"def "[..], b"over ", b"class "].iter().any(|word| line.starts_with(word));
    // Behind the name come values, whose strings are no names.
    follows && !line.iter().any(|byte| b"\"'(={".contains(byte))
}

/// The length of what `byte` begins and in which brackets mean nothing; `None` when it never ends.
fn n_quoted(byte: u8, text: &[u8]) -> Option<usize> {
    match byte {
        b'"' => string(text, b'"', b"\"\"\""),
        b'\'' => string(text, b'\'', b"\'\'\'"),
        b'@' => asset_path(text),
        b'<' => memchr::memchr(b'>', text).map(|n| n + 1),
        _ if text.first() == Some(&b'*') => memchr::memmem::find(&text[1..], b"*/").map(|n| n + 3),
        _ => Some(0),
    }
}

/// Three quotes that have no three to end them are an empty string.
fn string(text: &[u8], quote: u8, triple: &[u8]) -> Option<usize> {
    if text.starts_with(&triple[1..]) {
        let end = memchr::memmem::find(&text[2..], triple);
        return Some(end.map_or(1, |n| n + 5));
    }
    let mut at = 0;
    loop {
        at += memchr::memchr2(quote, b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&quote) {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn asset_path(text: &[u8]) -> Option<usize> {
    if text.starts_with(b"@@")
        && let Some(end) = memchr::memmem::find(&text[2..], b"@@@")
    {
        return Some(end + 5);
    }
    memchr::memchr(b'@', text).map(|n| n + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_names_are_looked_at() {
        let sound = r#"def Mesh "A" (prepend apiSchemas = ["B:c"]) { rel material:binding = </M/N.out:x> }"#;
        assert_eq!(check(sound.as_bytes()), Ok(()));
        assert!(check(b"def Mesh \"a.b\" {}").is_err());
        assert!(check(b"rel a = </M.t\"\n def Scope.x>").is_err());
    }

    #[test]
    fn only_real_brackets_count() {
        let deep = "(".repeat(MAX_DEPTH + 1);
        assert!(check(deep.as_bytes()).is_err());
        assert_eq!(check("()".repeat(1000).as_bytes()), Ok(()));
        let quiet = [
            format!("# {deep}\n"),
            format!("\"{deep}\\\"\""),
            format!("'''\n{deep}\"'''"),
            format!("@{deep}@"),
            format!("/* '{deep} */"),
        ];
        for quiet in quiet {
            assert_eq!(check(quiet.as_bytes()), Ok(()), "{}", &quiet[..4]);
            assert!(check(format!("{quiet}{deep}").as_bytes()).is_err(), "{}", &quiet[..4]);
        }
    }
}

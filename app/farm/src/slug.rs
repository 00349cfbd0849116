/// A folder name that every system, and Shaman's checkout rule, accepts: ASCII letters, digits, `-`
/// and `_`, at most 48 characters, never empty. `fallback` stands for names of other scripts only.
pub(crate) fn slug(name: &str, fallback: &str) -> String {
    let mut slug = String::new();
    for character in name.chars() {
        if slug.len() >= 48 {
            break;
        }
        if character.is_ascii_alphanumeric() || character == '_' {
            slug.push(character);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { fallback.to_owned() } else { slug.to_owned() }
}

/// A name people chose, made fit for a folder: their own letters stay, what some system refuses goes.
pub fn folder_name(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|it| if it.is_control() || r#"/\:*?"<>|"#.contains(it) { '_' } else { it })
        .take(80)
        .collect();
    // Windows drops dots and spaces at the end, and keeps these names for devices.
    let kept = kept.trim().trim_end_matches(['.', ' ']);
    let stem = kept.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|it: char| it.is_ascii_digit()));
    if kept.is_empty() || kept.starts_with('.') || is_device {
        format!("job {kept}").trim().to_owned()
    } else {
        kept.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_pass_every_rule() {
        for (name, expected) in [
            ("Robot turntable", "Robot-turntable"),
            ("../../etc", "etc"),
            ("a?*:;{}\\b", "a-b"),
            ("Стул", "job"),
            ("", "job"),
            ("--", "job"),
            ("stół_2", "st-_2"),
        ] {
            assert_eq!(slug(name, "job"), expected, "{name}");
        }
        assert_eq!(slug(&"x".repeat(500), "job").len(), 48);
    }

    #[test]
    fn folders_keep_peoples_letters() {
        for (name, expected) in [
            ("Стул 3", "Стул 3"),
            ("a/b:c", "a_b_c"),
            ("..", "job"),
            ("nul.txt", "job nul.txt"),
            ("com1", "job com1"),
            ("ends.", "ends"),
            (".hidden", "job .hidden"),
        ] {
            assert_eq!(folder_name(name), expected, "{name}");
        }
    }
}

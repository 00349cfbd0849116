//! Whether names and paths are such that walking up them comes to an end: the `openusd` crate
//! takes them apart by their last `/`, `.` or `}` and trusts what it finds.

/// The name of a prim, or the selection of a variant as crates store it (`{set=choice}`).
pub(super) fn is_prim_name(name: &[u8]) -> bool {
    match name {
        [b'{', choice @ .., b'}'] => choice.iter().all(|&byte| is_word(byte) || b"=-|.".contains(&byte)),
        _ => name.iter().all(|&byte| is_word(byte)),
    }
}

/// A property's name; colons make namespaces.
pub(super) fn is_property_name(name: &[u8]) -> bool {
    name.iter().all(|&byte| is_word(byte) || byte == b':')
}

/// What stands between `<` and `>`: absolute or relative, of a prim or of one of its properties.
pub(super) fn is_path(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some(above) = rest.strip_prefix(b"..") {
        rest = above.strip_prefix(b"/").unwrap_or(above);
    }
    let (mut in_choice, mut n_dots) = (false, 0);
    let mut last = 0;
    for &byte in rest {
        match byte {
            b'{' if !in_choice => in_choice = true,
            b'}' if in_choice => in_choice = false,
            b'=' | b'-' | b'|' | b'.' if in_choice => {}
            b'.' => n_dots += 1,
            b'/' if n_dots == 0 && last != b'/' && !in_choice => {}
            b':' if n_dots == 1 => {}
            _ if is_word(byte) => {}
            _ => return false,
        }
        last = byte;
    }
    !in_choice && n_dots <= 1
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_somewhere() {
        let good =
            ["", "/", "/A/B", "/A/B.foo", "../C.primvars:st", "..", "/A{set=v-1.0}B.x:y", "Größe.x", "/"];
        for path in good {
            assert!(is_path(path.as_bytes()), "{path}");
        }
        for path in ["/A.b.c", "/A.t\"\n x", "/A//B", "/A.b/C", "/A{s=v", "/A B", "/A.b[/C.d]"] {
            assert!(!is_path(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn names_of_prims_and_properties() {
        assert!(is_prim_name(b"Chair_01") && is_prim_name("Стол".as_bytes()) && is_prim_name(b"{v=a.b}"));
        assert!(!is_prim_name(b"a.b") && !is_prim_name(b"a/b") && !is_prim_name(b"{v=a/b}"));
        assert!(is_property_name(b"xformOp:rotateXYZ") && !is_property_name(b"a.b"));
    }
}

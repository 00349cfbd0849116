//! Numbers as people write them.

/// `1 face`, `1,272 faces`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(n)) }
}

/// With commas between the thousands.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length with the unit a person would choose.
pub(crate) fn length(meters: f64) -> String {
    match meters.abs() {
        0.0 => "0 m".into(),
        m if m < 1e-3 => format!("{} µm", short(meters * 1e6)),
        m if m < 1.0 => format!("{} mm", short(meters * 1e3)),
        m if m < 1e3 => format!("{} m", short(meters)),
        _ => format!("{} km", short(meters / 1e3)),
    }
}

/// Three significant digits.
fn short(value: f64) -> String {
    let digits = 2 - value.abs().log10().floor().clamp(-12.0, 2.0) as i32;
    let text = format!("{value:.*}", digits.max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{count, grouped, length};

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!([0, 999, 1272, 1_310_720].map(grouped), ["0", "999", "1,272", "1,310,720"]);
        assert_eq!(count(1, "face", "faces"), "1 face");
        assert_eq!(
            [1e-5, 0.0123, 2.5, 12_345.0, 0.0].map(length),
            ["10 µm", "12.3 mm", "2.5 m", "12.3 km", "0 m"]
        );
    }
}

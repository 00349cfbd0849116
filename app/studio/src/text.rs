//! Numbers as people read them.

/// `31.5 MB`; decimal units, as file managers show them.
pub(crate) fn n_bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match (unit, value < 9.95) {
        (0, _) => format!("{n} B"),
        (_, true) => format!("{value:.1} {}", UNITS[unit]),
        (_, false) => format!("{value:.0} {}", UNITS[unit]),
    }
}

/// `1,310,720`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With a capital letter at its beginning.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `1 model`, `12 models`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n as u64), if n == 1 { one } else { many })
}

/// A length in the unit a person would say: `12.4 mm`, `1.23 m`, `3.4 km`.
pub(crate) fn length(metres: f64) -> String {
    let magnitude = metres.abs();
    let (value, unit) = match magnitude {
        0.0 => (0.0, "m"),
        m if m < 1e-3 => (metres * 1e6, "µm"),
        m if m < 0.01 => (metres * 1e3, "mm"),
        m if m < 1.0 => (metres * 100.0, "cm"),
        m if m < 1000.0 => (metres, "m"),
        _ => (metres / 1000.0, "km"),
    };
    let digits = if value.abs() < 9.995 {
        2
    } else if value.abs() < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}

/// As [`length`], with the digits that a measurement has: five of them.
pub(crate) fn measured(metres: f64) -> String {
    let magnitude = metres.abs();
    let (value, unit) = match magnitude {
        m if m < 5e-9 => (0.0, "m"),
        m if m < 1e-3 => (metres * 1e6, "µm"),
        m if m < 0.01 => (metres * 1e3, "mm"),
        m if m < 1.0 => (metres * 100.0, "cm"),
        m if m < 10_000.0 => (metres, "m"),
        _ => (metres / 1000.0, "km"),
    };
    let n_before = if value.abs() < 1.0 { 1 } else { value.abs().log10() as usize + 1 };
    format!("{value:.*} {unit}", 5_usize.saturating_sub(n_before).min(4))
}

/// `3 s`, `4 min`, `2 h`, `5 d`.
pub(crate) fn duration(secs: u64) -> String {
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min", secs / 60),
        3600..86_400 => format!("{} h", secs / 3600),
        _ => format!("{} d", secs / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [n_bytes(0), n_bytes(999), n_bytes(31_458_380), n_bytes(1_200)],
            ["0 B", "999 B", "31 MB", "1.2 kB"]
        );
        assert_eq!([count(7), count(1234), count(1_310_720)], ["7", "1,234", "1,310,720"]);
        assert_eq!(
            [length(0.0), length(0.0123), length(1.2345), length(4200.0)],
            ["0.00 m", "1.23 cm", "1.23 m", "4.20 km"]
        );
        assert_eq!(counted(1, "model", "models"), "1 model");
    }
}

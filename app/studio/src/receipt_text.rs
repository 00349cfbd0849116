//! A receipt in words.

use std::fmt::Write as _;

use convert::{FileFacts, Numbers, Receipt};

use crate::text;

/// One line of the table of differences.
pub(crate) struct Row {
    pub name: &'static str,
    pub before: f64,
    pub after: f64,
    pub as_bytes: bool,
}

impl Row {
    pub(crate) fn words(&self, value: f64) -> String {
        if self.as_bytes { text::n_bytes(value as u64) } else { text::count(value as u64) }
    }

    /// `−37 %`; nothing where nothing changed, a sign where there was nothing before.
    pub(crate) fn change(&self) -> String {
        if self.before == self.after {
            return String::new();
        }
        if self.before == 0.0 {
            return "new".into();
        }
        let percent = 100.0 * (self.after / self.before - 1.0);
        let digits = usize::from(percent.abs() < 9.95);
        // A change is never told as none.
        let shown = format!("{:.digits$}", percent.abs());
        let sign = if percent < 0.0 { "−" } else { "+" };
        if shown.chars().all(|c| matches!(c, '0' | '.')) {
            format!("{sign}<0.1 %")
        } else {
            format!("{sign}{shown} %")
        }
    }
}

/// What a conversion did to a model's size, in the order of interest.
pub(crate) fn rows(receipt: &Receipt) -> Vec<Row> {
    let row = |name, of: fn(&Numbers) -> usize| Row {
        name,
        before: of(&receipt.before) as f64,
        after: of(&receipt.after) as f64,
        as_bytes: false,
    };
    let size = receipt.output.as_ref().map(|output| Row {
        name: "File size",
        before: receipt.input.n_bytes as f64,
        after: output.n_bytes as f64,
        as_bytes: true,
    });
    let numbers = [
        row("Triangles drawn", |n| n.drawn_triangles),
        row("Faces", |n| n.faces),
        row("Vertices", |n| n.vertices),
        row("Draw calls", |n| n.draw_calls),
        row("Objects", |n| n.objects),
        row("Meshes", |n| n.meshes),
        row("Materials", |n| n.materials),
        row("Textures", |n| n.textures),
    ];
    size.into_iter().chain(numbers).collect()
}

pub(crate) fn receipt_text(receipt: &Receipt) -> String {
    let mut text = format!("Converted by the plan {}\n", receipt.plan);
    let mut file = |what: &str, facts: &FileFacts| {
        let size = text::count(facts.n_bytes);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{what}: {} ({size} bytes, SHA-256 {})", facts.path.display(), facts.sha256);
    };
    file("From", &receipt.input);
    if let Some(output) = &receipt.output {
        file("To", output);
    }
    for row in rows(receipt) {
        let (before, after) = (row.words(row.before), row.words(row.after));
        let _ = writeln!(text, "{}: {before} -> {after} {}", row.name, row.change());
    }
    for step in &receipt.steps {
        let _ = writeln!(
            text,
            "{}: {}",
            step.step.title(),
            crate::commands::mend::what_changed(std::slice::from_ref(step))
        );
        for note in &step.notes {
            let _ = writeln!(text, "  {note}");
        }
    }
    for warning in &receipt.warnings {
        let _ = writeln!(text, "Warning: {warning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Row;

    #[test]
    fn changes_are_told_with_their_sign() {
        let change = |before, after| Row { name: "", before, after, as_bytes: false }.change();
        assert_eq!(change(100.0, 63.0), "−37 %");
        assert_eq!(change(1000.0, 1015.0), "+1.5 %");
        assert_eq!(change(1e6, 1e6 + 1.0), "+<0.1 %");
        assert_eq!((change(5.0, 5.0).as_str(), change(0.0, 3.0).as_str()), ("", "new"));
    }
}

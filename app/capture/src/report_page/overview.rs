use std::fmt::Write as _;

use super::{escape, grouped};

/// One model's part of a page.
pub struct ReportSection {
    pub(super) name: String,
    /// Or why it could not be read.
    pub(super) content: Result<Checked, String>,
}

pub(super) struct Checked {
    pub(super) body: String,
    /// Errors, warnings, notes.
    pub(super) n_found: [usize; 3],
    pub(super) n_triangles: usize,
    /// Whether it keeps to the preset; `None` without one.
    pub(super) is_kept: Option<bool>,
}

impl ReportSection {
    /// The place of a model that could not be read.
    pub fn unreadable(name: &str, why: &str) -> Self {
        Self { name: name.into(), content: Err(why.into()) }
    }
}

const STYLE: &str = include_str!("style.css");

/// The page of one model, or of several with a table of them first.
pub fn report_html(sections: &[ReportSection]) -> String {
    let mut page = String::new();
    // Writing to a String cannot fail.
    let _ = write_page(&mut page, sections);
    page
}

fn write_page(page: &mut String, sections: &[ReportSection]) -> std::fmt::Result {
    let title = match sections {
        [one] => escape(&one.name),
        _ => format!("{} models", grouped(sections.len() as u64)),
    };
    writeln!(page, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
    writeln!(
        page,
        "<title>{title} · Kiln report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>"
    )?;
    writeln!(page, "<p class=\"eyebrow\">Model report</p>")?;
    match sections {
        [one] => write_model(page, one, "")?,
        _ => {
            writeln!(page, "<header><h1>{title}</h1></header>")?;
            write_table(page, sections)?;
            for (number, section) in (1..).zip(sections).filter(|(_, section)| section.content.is_ok()) {
                write_model(page, section, &format!(" id=\"model-{number}\" class=\"model\""))?;
            }
        }
    }
    writeln!(page, "<footer>Made by Kiln {}.</footer>\n</main>\n</body>\n</html>", env!("CARGO_PKG_VERSION"))
}

fn write_model(page: &mut String, section: &ReportSection, attributes: &str) -> std::fmt::Result {
    let name = escape(&section.name);
    writeln!(page, "<article{attributes}><header><h1>{name}</h1>")?;
    match &section.content {
        Ok(checked) => writeln!(
            page,
            "<p class=\"summary\">{}</p></header>\n{}</article>",
            checked.badges(),
            checked.body
        ),
        Err(why) => writeln!(page, "</header><p>{}</p></article>", escape(why)),
    }
}

fn write_table(page: &mut String, sections: &[ReportSection]) -> std::fmt::Result {
    let has_preset =
        sections.iter().any(|s| s.content.as_ref().is_ok_and(|checked| checked.is_kept.is_some()));
    let preset = if has_preset { "<th>Preset</th>" } else { "" };
    writeln!(
        page,
        "<table class=\"models\"><thead><tr><th>Model</th><th>Triangles</th><th>Found</th>{preset}</tr></thead><tbody>"
    )?;
    for (number, section) in (1..).zip(sections) {
        let name = escape(&section.name);
        match &section.content {
            Ok(checked) => {
                let triangles = grouped(checked.n_triangles as u64);
                let kept = match checked.is_kept {
                    Some(true) => "<td><span class=\"badge ok\">kept</span></td>",
                    Some(false) => "<td><span class=\"badge error\">broken</span></td>",
                    None if has_preset => "<td></td>",
                    None => "",
                };
                writeln!(
                    page,
                    "<tr><th scope=\"row\"><a href=\"#model-{number}\">{name}</a></th><td>{triangles}</td><td>{}</td>{kept}</tr>",
                    checked.badges()
                )?;
            }
            Err(why) => {
                let width = if has_preset { 3 } else { 2 };
                writeln!(
                    page,
                    "<tr><th scope=\"row\">{name}</th><td colspan=\"{width}\"><span class=\"badge error\">Not read</span> {}</td></tr>",
                    escape(why)
                )?;
            }
        }
    }
    writeln!(page, "</tbody></table>")
}

impl Checked {
    /// How much was found, the gravest first; of what is not there, nothing.
    fn badges(&self) -> String {
        let words =
            [("error", "error", "errors"), ("warning", "warning", "warnings"), ("note", "note", "notes")];
        let [errors, warnings, _] = self.n_found;
        let mut badges = String::new();
        if errors + warnings == 0 {
            badges.push_str("<span class=\"badge ok\">Nothing to mend</span>");
        }
        for (n, (class, one, many)) in self.n_found.into_iter().zip(words).filter(|(n, _)| *n > 0) {
            let word = if n == 1 { one } else { many };
            let _ = write!(badges, "<span class=\"badge {class}\"><b>{n}</b> {word}</span>");
        }
        badges
    }
}

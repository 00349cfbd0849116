//! A report as one HTML file that needs nothing else: pictures inside, no scripts, readable by day,
//! by night and on paper.

mod shots;

use std::fmt::Write as _;
use std::path::Path;

use analysis::{Finding, Inspection, Report, Severity, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use render::{Gpu, Renderer};
use scene::Scene;

use crate::CaptureError;
use shots::Shots;

/// What a page tells of one model.
pub struct ReportPage<'a> {
    pub model: &'a Path,
    pub scene: &'a Scene,
    pub inspection: &'a Inspection,
    pub report: &'a Report,
    /// What the reader had to say.
    pub warnings: &'a [String],
}

/// Places of one finding that are listed before "and n more".
const MAX_PLACES: usize = 12;

const STYLE: &str = include_str!("style.css");

impl ReportPage<'_> {
    /// The whole page; without a device, one without pictures.
    ///
    /// # Errors
    /// When the scene cannot be drawn.
    pub fn html(&self, device: Option<(&Gpu, &Renderer)>) -> Result<String, CaptureError> {
        let shots = device.map(|(gpu, renderer)| shots::shoot(self.scene, self.report, gpu, renderer));
        let render_error = |source| CaptureError::Render { source, model: self.model.to_owned() };
        let shots = shots.transpose().map_err(render_error)?;
        let mut page = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut page, shots.as_ref());
        Ok(page)
    }

    fn write(&self, page: &mut String, shots: Option<&Shots>) -> std::fmt::Result {
        let name = escape(&self.inspection.filename);
        writeln!(page, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(
            page,
            "<title>{name} · Kiln report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>"
        )?;
        writeln!(
            page,
            "<header><p class=\"eyebrow\">Model report</p><h1>{name}</h1>{}</header>",
            self.summary()
        )?;
        if let Some(shots) = shots {
            let picture = picture(&shots.whole, &format!("The whole of {}", self.inspection.filename));
            writeln!(page, "<figure class=\"whole\">{picture}</figure>")?;
        }
        self.write_counts(page)?;
        if let Some(verdict) = &self.report.verdict {
            write_verdict(page, verdict)?;
        }
        for (severity, title) in
            [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Info, "Notes")]
        {
            self.write_findings(page, severity, title, shots)?;
        }
        if self.report.findings.is_empty() {
            writeln!(page, "<section><h2>Findings</h2><p>Nothing wrong was found.</p></section>")?;
        }
        if !self.warnings.is_empty() {
            writeln!(page, "<section><h2>While reading</h2><ul>")?;
            for warning in self.warnings {
                writeln!(page, "<li>{}</li>", escape(warning))?;
            }
            writeln!(page, "</ul></section>")?;
        }
        writeln!(
            page,
            "<footer>Made by Kiln {}.</footer>\n</main>\n</body>\n</html>",
            env!("CARGO_PKG_VERSION")
        )
    }

    fn summary(&self) -> String {
        let n = |severity: Severity| self.report.findings.iter().filter(|f| f.severity == severity).count();
        let part = |n: usize, class: &str, one: &str, many: &str| {
            let word = if n == 1 { one } else { many };
            format!("<span class=\"badge {class}\"><b>{n}</b> {word}</span>")
        };
        format!(
            "<p class=\"summary\">{}{}{}</p>",
            part(n(Severity::Error), "error", "error", "errors"),
            part(n(Severity::Warning), "warning", "warning", "warnings"),
            part(n(Severity::Info), "note", "note", "notes"),
        )
    }

    fn write_counts(&self, page: &mut String) -> std::fmt::Result {
        let Inspection { geometry, topology, dimensions, .. } = self.inspection;
        let counts = &self.report.counts;
        let n = |n: usize| grouped(n as u64);
        let mut facts = vec![
            ("Vertices", grouped(geometry.vertices)),
            ("Faces", grouped(geometry.faces)),
            (
                "Triangles, quads, n-gons",
                format!(
                    "{} · {} · {}",
                    grouped(topology.triangles),
                    grouped(topology.quads),
                    grouped(topology.ngons)
                ),
            ),
            ("Triangles drawn", n(counts.drawn_triangles)),
            (
                "Size (X, Y, Z; Z up)",
                format!("{} × {} × {} m", meters(dimensions.x), meters(dimensions.y), meters(dimensions.z)),
            ),
            ("Objects, meshes", format!("{} of {}", n(counts.instances), n(counts.meshes))),
            ("Draw calls, at least", n(counts.draw_calls)),
            ("Materials", n(counts.materials)),
            (
                "Textures in memory",
                format!("{} in {:.1} MB", n(counts.images), counts.texture_bytes as f64 / 1e6),
            ),
        ];
        if let Some(density) = &self.report.texel_density {
            let text = format!("{:.0} ({:.0} to {:.0})", density.median, density.least, density.most);
            facts.push(("Texels a metre", text));
        }
        if counts.joints > 0 {
            facts.push(("Joints", format!("{}, up to {} a vertex", n(counts.joints), counts.influences)));
        }
        let clips = match self.report.clips.as_slice() {
            [] => "none: the model is static".into(),
            clips => n(clips.len()),
        };
        facts.push(("Animations", clips));
        writeln!(page, "<section><h2>What it is</h2><dl class=\"facts\">")?;
        for (name, value) in facts {
            writeln!(page, "<div><dt>{name}</dt><dd>{value}</dd></div>")?;
        }
        writeln!(page, "</dl></section>")
    }

    fn write_findings(
        &self,
        page: &mut String,
        severity: Severity,
        title: &str,
        shots: Option<&Shots>,
    ) -> std::fmt::Result {
        let of_severity = |(_, finding): &(usize, &Finding)| finding.severity == severity;
        let mut findings = self.report.findings.iter().enumerate().filter(of_severity).peekable();
        if findings.peek().is_none() {
            return Ok(());
        }
        writeln!(page, "<section><h2>{title}</h2>")?;
        for (i, finding) in findings {
            let shot = shots.and_then(|shots| shots.findings.get(i)?.as_deref());
            write_finding(page, finding, shot)?;
        }
        writeln!(page, "</section>")
    }
}

fn write_finding(page: &mut String, finding: &Finding, shot: Option<&[u8]>) -> std::fmt::Result {
    let (class, word) = match finding.severity {
        Severity::Error => ("error", "Error"),
        Severity::Warning => ("warning", "Warning"),
        Severity::Info => ("note", "Note"),
    };
    let title = escape(&finding.title);
    writeln!(page, "<article class=\"finding {class}\">")?;
    if let Some(shot) = shot {
        writeln!(page, "<figure>{}</figure>", picture(shot, &format!("Where it is: {}", finding.title)))?;
    }
    writeln!(
        page,
        "<div class=\"words\"><p class=\"line\"><span class=\"badge {class}\">{word}</span> <code>{}</code></p>",
        finding.rule
    )?;
    writeln!(page, "<h3>{title}</h3><p>{}</p>", escape(&finding.sentence))?;
    if let Some(mend) = finding.mend {
        let effect = match mend.effect {
            analysis::Effect::Unseen => "nothing that is seen changes",
            analysis::Effect::Seen => "this shows",
        };
        let step = mend.step.id();
        writeln!(page, "<p class=\"mend\">Kiln can mend it: step <code>{step}</code>, {effect}.</p>")?;
    }
    let places: Vec<_> = finding.places.iter().filter(|place| !place.label.is_empty()).collect();
    if !places.is_empty() {
        writeln!(page, "<ul class=\"places\">")?;
        for place in places.iter().take(MAX_PLACES) {
            writeln!(page, "<li>{}</li>", escape(&place.label))?;
        }
        if places.len() > MAX_PLACES {
            writeln!(page, "<li>and {} more</li>", places.len() - MAX_PLACES)?;
        }
        writeln!(page, "</ul>")?;
    }
    writeln!(page, "</div></article>")
}

fn write_verdict(page: &mut String, verdict: &Verdict) -> std::fmt::Result {
    let (class, word) = if verdict.is_kept() { ("ok", "Kept") } else { ("error", "Broken") };
    let preset = escape(&verdict.preset);
    writeln!(page, "<section><h2>Held against “{preset}” <span class=\"badge {class}\">{word}</span></h2>")?;
    writeln!(
        page,
        "<table><thead><tr><th>Limit</th><th>Allowed</th><th>Here</th><th></th></tr></thead><tbody>"
    )?;
    for limit in &verdict.limits {
        let (class, word) = if limit.is_broken { ("error", "broken") } else { ("ok", "kept") };
        let actual = if limit.actual.fract() == 0.0 {
            grouped(limit.actual as u64)
        } else {
            format!("{:.1}", limit.actual)
        };
        let name = limit.limit.name();
        writeln!(
            page,
            "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{actual}</td><td><span class=\"badge {class}\">{word}</span></td></tr>",
            grouped(limit.allowed)
        )?;
    }
    writeln!(page, "</tbody></table>")?;
    if !verdict.failed_rules.is_empty() {
        let rules: Vec<String> =
            verdict.failed_rules.iter().map(|rule| format!("<code>{rule}</code>")).collect();
        writeln!(page, "<p>Too grave for this preset: {}.</p>", rules.join(", "))?;
    }
    writeln!(page, "</section>")
}

fn picture(jpeg: &[u8], alt: &str) -> String {
    format!("<img src=\"data:image/jpeg;base64,{}\" alt=\"{}\">", STANDARD.encode(jpeg), escape(alt))
}

/// Names come from files of strangers.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn grouped(n: u64) -> String {
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

/// Four digits that count.
fn meters(length: f64) -> String {
    let decimals = (3 - length.abs().max(1e-6).log10().floor() as i32).clamp(0, 9);
    format!("{length:.*}", usize::try_from(decimals).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use analysis::{AnalyzeOptions, analyze, inspect};
    use glam::Vec3;
    use scene::{Faces, Mesh, Node, Primitive, Scene};
    use work::WorkCtx;

    use super::ReportPage;

    fn scene(name: &str) -> Scene {
        let points = vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::new(1.0, 1.0, 0.0)];
        let faces = Faces::triangles(vec![0, 1, 2, 1, 2, 3]);
        let primitive = Primitive { vertex_positions: points, faces, ..Primitive::default() };
        let mesh = Mesh { name: name.into(), primitives: vec![primitive], ..Mesh::default() };
        let node = Node { mesh: Some(0), ..Node::default() };
        Scene { nodes: vec![node], roots: vec![0], meshes: vec![mesh], ..Scene::default() }
    }

    #[test]
    fn names_of_strangers_stay_text_and_the_page_stands_alone() {
        let scene = scene("<script>alert(1)</script>");
        let report = analyze(&scene, &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap();
        let inspection = inspect(&scene, "a \"b\" & <c>.glb");
        let page = ReportPage {
            model: Path::new("x.glb"),
            scene: &scene,
            inspection: &inspection,
            report: &report,
            warnings: &["a < b".into()],
        };
        let html = page.html(None).unwrap();
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
        assert!(html.contains("<title>a &quot;b&quot; &amp; &lt;c&gt;.glb · Kiln report</title>"));
        assert!(html.contains("winding-inconsistent") && html.contains("step <code>orient</code>"));
        assert!(!html.contains("http"), "nothing is fetched");
        assert!(html.contains("a &lt; b"));
    }
}

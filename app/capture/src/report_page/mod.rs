//! Reports as one HTML file that needs nothing else: pictures inside, no scripts, readable by day,
//! by night and on paper.

mod overview;
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

pub use overview::{ReportSection, report_html};

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

impl ReportPage<'_> {
    /// The whole page; without a device, one without pictures.
    ///
    /// # Errors
    /// When the scene cannot be drawn.
    pub fn html(&self, device: Option<(&Gpu, &Renderer)>) -> Result<String, CaptureError> {
        Ok(report_html(&[self.section(device)?]))
    }

    /// What [`report_html`] makes a page of, alone or among others.
    ///
    /// # Errors
    /// As [`Self::html`].
    pub fn section(&self, device: Option<(&Gpu, &Renderer)>) -> Result<ReportSection, CaptureError> {
        let shots = device.map(|(gpu, renderer)| shots::shoot(self.scene, self.report, gpu, renderer));
        let render_error = |source| CaptureError::Render { source, model: self.model.to_owned() };
        let shots = shots.transpose().map_err(render_error)?;
        let mut body = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut body, shots.as_ref());
        let n_found = [Severity::Error, Severity::Warning, Severity::Info]
            .map(|severity| self.report.findings.iter().filter(|f| f.severity == severity).count());
        Ok(ReportSection {
            name: self.inspection.filename.clone(),
            content: Ok(overview::Checked {
                body,
                n_found,
                n_triangles: self.report.counts.drawn_triangles,
                is_kept: self.report.verdict.as_ref().map(Verdict::is_kept),
            }),
        })
    }

    fn write(&self, page: &mut String, shots: Option<&Shots>) -> std::fmt::Result {
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
        Ok(())
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
            [] => "none, static".into(),
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
            analysis::Effect::Unseen => "and nothing that is seen changes",
            analysis::Effect::Seen => "which changes how it looks",
        };
        let step = mend.step.id();
        writeln!(
            page,
            "<p class=\"mend\">Kiln can mend this with the step <code>{step}</code>, {effect}.</p>"
        )?;
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

    use super::{ReportPage, ReportSection, report_html};

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

    #[test]
    fn several_models_share_a_page_with_a_table_that_leads_to_them() {
        let scene = scene("roof");
        let report = analyze(&scene, &AnalyzeOptions::default(), &WorkCtx::quiet()).unwrap();
        let inspection = inspect(&scene, "roof.glb");
        let page = ReportPage {
            model: Path::new("roof.glb"),
            scene: &scene,
            inspection: &inspection,
            report: &report,
            warnings: &[],
        };
        let sections = [
            page.section(None).unwrap(),
            ReportSection::unreadable("<b>.glb", "it ends too early"),
            page.section(None).unwrap(),
        ];
        let html = report_html(&sections);
        assert!(html.contains("<title>3 models · Kiln report</title>"));
        assert!(html.contains("<a href=\"#model-3\">roof.glb</a>") && html.contains("id=\"model-3\""));
        assert!(html.contains("&lt;b&gt;.glb") && html.contains("it ends too early"));
        assert!(!html.contains("#model-2"), "what could not be read has no place to go to");
    }
}

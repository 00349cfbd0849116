//! The full report for people.

use std::fmt::Write;

use analysis::{Inspection, Report, Severity};

/// Counts first, then what is wrong, the gravest first.
pub(crate) fn describe(inspection: &Inspection, report: &Report, warnings: &[String]) -> String {
    let Inspection { filename, geometry, topology, dimensions } = inspection;
    let counts = &report.counts;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let mut line = |args: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "{args}");
    };
    line(format_args!("{filename}"));
    line(format_args!("  vertices    {}", grouped(geometry.vertices)));
    line(format_args!(
        "  faces       {} ({} triangles, {} quads, {} n-gons)",
        grouped(geometry.faces),
        grouped(topology.triangles),
        grouped(topology.quads),
        grouped(topology.ngons)
    ));
    line(format_args!(
        "  drawn       {} triangles in {} objects of {} meshes",
        grouped(counts.drawn_triangles as _),
        grouped(counts.instances as _),
        grouped(counts.meshes as _)
    ));
    line(format_args!(
        "  draws       {} calls at least, {} meshes shared",
        grouped(counts.draw_calls as _),
        grouped(counts.shared_meshes as _)
    ));
    line(format_args!(
        "  materials   {}, textures {} ({:.1} MB in memory)",
        counts.materials,
        counts.textures,
        counts.texture_bytes as f64 / 1e6
    ));
    if let Some(density) = &report.texel_density {
        line(format_args!(
            "  texels      {:.0} a metre ({:.0} to {:.0})",
            density.median, density.least, density.most
        ));
    }
    line(format_args!(
        "  size        {} × {} × {} m (Z up)",
        meters(dimensions.x),
        meters(dimensions.y),
        meters(dimensions.z)
    ));
    if report.clips.is_empty() {
        line(format_args!("  motion      none: the model is static"));
    }
    for clip in &report.clips {
        let size = clip.bounds.size();
        line(format_args!(
            "  clip        {}: {:.2} s, moves {} {} within {} × {} × {} m",
            if clip.name.is_empty() { "without name" } else { &clip.name },
            clip.duration_secs,
            clip.nodes,
            if clip.nodes == 1 { "node" } else { "nodes" },
            meters(size.x),
            meters(size.z),
            meters(size.y)
        ));
    }
    if let Some(verdict) = &report.verdict {
        let word = if verdict.is_kept() { "kept" } else { "broken" };
        line(format_args!("\n  preset    {}: {word}", verdict.preset));
        for limit in &verdict.limits {
            let sign = if limit.is_broken { "broken" } else { "kept" };
            let actual = match limit.actual.fract() {
                0.0 => grouped(limit.actual as u64),
                _ => format!("{:.1}", limit.actual),
            };
            let allowed = grouped(limit.allowed);
            line(format_args!("            {sign:<6}  {}: {actual} of {allowed}", limit.limit.name()));
        }
        for rule in &verdict.failed_rules {
            line(format_args!("            broken  {rule}"));
        }
    }
    for warning in warnings {
        line(format_args!("\n  warning   {warning}"));
    }
    for finding in &report.findings {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        line(format_args!("\n  {severity:<8}  {}  [{}]", finding.sentence, finding.rule));
        if let Some(mend) = finding.mend.filter(|_| finding.severity > Severity::Info) {
            line(format_args!("            mended by the step {}", mend.step.id()));
        }
        for place in finding.places.iter().take(8) {
            line(format_args!("            - {}", place.label));
        }
        if finding.places.len() > 8 {
            line(format_args!("            - and {} more places", finding.places.len() - 8));
        }
    }
    if report.findings.is_empty() && warnings.is_empty() {
        line(format_args!("\n  Nothing wrong was found."));
    }
    text
}

/// `1,310,720`.
pub(crate) fn grouped(n: u64) -> String {
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

/// Four significant digits, as a person would write them.
fn meters(value: f64) -> String {
    if value == 0.0 || (0.01..10_000.0).contains(&value) {
        let decimals = (3 - value.abs().max(1e-3).log10().floor() as i32).clamp(0, 5);
        let decimals = usize::try_from(decimals).unwrap_or(0);
        format!("{value:.decimals$}")
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_310_720, "1,310,720")] {
            assert_eq!(grouped(n), text);
        }
        for (n, text) in
            [(0.0, "0.00000"), (1.2345, "1.234"), (154.72, "154.7"), (0.0312, "0.03120"), (2e6, "2.000e6")]
        {
            assert_eq!(meters(n), text);
        }
    }
}

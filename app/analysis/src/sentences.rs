//! What the findings say: what is wrong, where, and what to do now, in an artist's words.

use std::collections::HashSet;
use std::fmt;

use crate::report::Rule;

/// `n` is what the rule counts, `who` names the objects.
pub(crate) fn sentence(rule: Rule, n: usize, who: &Who) -> String {
    let faces = || count(n, "face", "faces");
    let is = if n == 1 { "is" } else { "are" };
    match rule {
        Rule::SceneInvalid => format!("The model contradicts itself ({who}), so nothing else was checked. Export it again."),
        Rule::SceneEmpty => "There is nothing to see: no faces, lines or points in the scene. Check what the export selected.".into(),
        Rule::PositionsNonFinite => format!(
            "{} of {who} {is} nowhere (not a number or infinite). Faces on them cannot be drawn. Delete these vertices, or export again.",
            count(n, "vertex", "vertices"),
        ),
        Rule::WindingInconsistent => format!(
            "{} of {who} {} the wrong way. They look like holes in engines that cull back faces. Flip them in your modelling program (recalculate normals outside).",
            faces(),
            if n == 1 { "faces" } else { "face" },
        ),
        Rule::ShellInsideOut => format!(
            "{who} {} closed and inside out: {} inwards. Engines that cull back faces show the far wall instead. Flip the normals of the whole shell.",
            if who.n > 1 { "are" } else { "is" },
            if n == 1 { "1 face looks".into() } else { format!("{} faces look", grouped(n)) },
        ),
        Rule::ShellInsideOutEnclosing => format!(
            "{} of {who} look inwards, around other parts. Right for a room or a sky; flip them if it is meant to be seen from outside.",
            faces(),
        ),
        Rule::WindingUndecidable => format!(
            "{} of {who} {} one side only, like a Möbius strip, so part of it always faces away. Cut it open, or make its material double-sided.",
            count(n, "piece", "pieces"),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::PartFacesAway => format!(
            "{} of {who} {} towards what nobody sees, and away from whoever looks at the model. Engines that cull back faces show nothing there. Flip them, or make the material double-sided.",
            faces(),
            if n == 1 { "faces" } else { "face" },
        ),
        Rule::ObjectDuplicate => format!(
            "{} exactly where another lies: {who}. The two flicker through each other. Delete one of each pair.",
            if n == 1 { "1 object lies".into() } else { format!("{} objects lie", grouped(n)) },
        ),
        Rule::ZFighting => format!(
            "{} of surfaces in the same plane: {who}. They flicker when the camera moves. Move one of each pair off the plane, or cut away what is covered.",
            count(n, "overlap", "overlaps"),
        ),
        Rule::ZFightingNear => format!(
            "{} of surfaces too close to tell apart when the whole model is in view: {who}. They flicker from a distance. Move them further apart, or cut away what is covered.",
            count(n, "overlap", "overlaps"),
        ),
        Rule::OverlapSameLook => format!(
            "{} of surfaces in the same plane with the same plain material: {who}. They look alike, so nothing flickers now; it will once one of them looks different. Delete what is covered.",
            count(n, "overlap", "overlaps"),
        ),
        Rule::OverlapBackToBack => format!(
            "{} of surfaces back to back in one plane: {who}. Their materials are double-sided, so both may show at once and flicker. Make them single-sided, or delete one.",
            count(n, "overlap", "overlaps"),
        ),
        Rule::OverlapIncomplete => "There are more overlapping surfaces than were looked at; the list of overlaps is not complete. Mend the listed ones and look again.".into(),
        Rule::FacesDuplicate => format!(
            "{} of {who} {is} there twice, on the same vertices. They may flicker and cost time. Delete the copies.",
            faces(),
        ),
        Rule::FacesZeroArea => format!(
            "{} of {who} {} no area. They are invisible, and upset shading, baking and subdivision. Delete or dissolve them.",
            faces(),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::Holes => format!(
            "{} in {who}, which {} otherwise closed. Faces are probably missing. Fill them.",
            count(n, "small hole", "small holes"),
            if who.n > 1 { "are" } else { "is" },
        ),
        Rule::EdgesNonManifold => format!(
            "{} of {who} {} three or more faces meeting. Booleans, subdivision and 3D printing stumble over them. Look for inner or stray faces there and delete them.",
            count(n, "edge", "edges"),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::NormalsBroken => format!(
            "{} of {who} {is} zero, not a number, or not of length 1. Shading breaks there. Recalculate the normals.",
            count(n, "normal", "normals"),
        ),
        Rule::NormalsOpposed => format!(
            "{} of {who} {} normals that point to the back. They are lit from the wrong side. Recalculate the normals, or flip the faces.",
            faces(),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::UvsNonFinite => format!(
            "{} of {who} {is} not a number or infinite. The texture smears there. Unwrap these faces again.",
            count(n, "UV coordinate", "UV coordinates"),
        ),
        Rule::UvsMissing => format!(
            "{} of {who} {} a texture but no UVs to place it. One colour of the texture covers all of them. Unwrap them.",
            faces(),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::ImagesMissing => format!(
            "{} {} not found: {who}. The material shows a plain colour instead. Put the files where the model looks for them.",
            count(n, "texture file", "texture files"),
            if n == 1 { "was" } else { "were" },
        ),
        Rule::UnitsImplausible => format!("The model is {who}. Was it exported in other units? glTF counts in metres."),
        Rule::EdgesOpen => format!(
            "{} of {who} {} a face on one side only. Fine for cloth, leaves and cards; 3D printing and booleans need closed shells.",
            count(n, "edge", "edges"),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::VerticesNonManifold => format!(
            "{} of {who} {} parts of one surface that touch in that point only. Subdivision and 3D printing may stumble. Pull the parts apart, or join them along an edge.",
            count(n, "vertex", "vertices"),
            if n == 1 { "holds together" } else { "hold together" },
        ),
        Rule::FacesBackToBack => format!(
            "{} of {who} {} a twin that faces the other way, as cards and leaves are made. A double-sided material would do with half the faces.",
            faces(),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::VerticesUnreferenced => format!(
            "{} of {who} {} to no face. They only cost space. Delete loose vertices.",
            count(n, "vertex", "vertices"),
            if n == 1 { "belongs" } else { "belong" },
        ),
        Rule::PartsLoose => format!(
            "{} that are not connected make up {who}. Fine if meant; separate or join them if not.",
            count(n, "part", "parts"),
        ),
        Rule::NormalsMissing => format!(
            "{} of {who} {} without normals and will look faceted. Fine for a hard-edged look; otherwise shade smooth and export normals.",
            faces(),
            if n == 1 { "comes" } else { "come" },
        ),
        Rule::MaterialsUnused => format!(
            "{} {is} used by no face: {who}. Delete {} if nothing else needs {}.",
            count(n, "material", "materials"),
            if n == 1 { "it" } else { "them" },
            if n == 1 { "it" } else { "them" },
        ),
        Rule::MeshTooLarge => format!("{who} has more than 2,000 million corners and was not checked. Split it."),
    }
}

/// A few words for a list: `1,272 flipped faces`.
pub(crate) fn title(rule: Rule, n: usize) -> String {
    let (one, many) = match rule {
        Rule::SceneInvalid => return "Broken file".into(),
        Rule::SceneEmpty => return "Nothing to see".into(),
        Rule::UnitsImplausible => return "Odd size".into(),
        Rule::OverlapIncomplete => return "Overlaps without end".into(),
        Rule::PositionsNonFinite => ("vertex nowhere", "vertices nowhere"),
        Rule::WindingInconsistent => ("flipped face", "flipped faces"),
        Rule::ShellInsideOut => ("face inside out", "faces inside out"),
        Rule::ShellInsideOutEnclosing => ("face looks inwards", "faces look inwards"),
        Rule::WindingUndecidable => ("one-sided piece", "one-sided pieces"),
        Rule::PartFacesAway => ("face turned away", "faces turned away"),
        Rule::ObjectDuplicate => ("duplicate object", "duplicate objects"),
        Rule::ZFighting => ("overlap that flickers", "overlaps that flicker"),
        Rule::ZFightingNear => ("overlap that flickers from afar", "overlaps that flicker from afar"),
        Rule::OverlapSameLook => ("hidden overlap", "hidden overlaps"),
        Rule::OverlapBackToBack => ("overlap back to back", "overlaps back to back"),
        Rule::FacesDuplicate => ("duplicate face", "duplicate faces"),
        Rule::FacesZeroArea => ("face without area", "faces without area"),
        Rule::Holes => ("small hole", "small holes"),
        Rule::EdgesNonManifold => ("non-manifold edge", "non-manifold edges"),
        Rule::NormalsBroken => ("broken normal", "broken normals"),
        Rule::NormalsOpposed => ("face lit from behind", "faces lit from behind"),
        Rule::UvsNonFinite => ("broken UV coordinate", "broken UV coordinates"),
        Rule::UvsMissing => ("textured face without UVs", "textured faces without UVs"),
        Rule::ImagesMissing => ("missing texture", "missing textures"),
        Rule::EdgesOpen => ("open edge", "open edges"),
        Rule::VerticesNonManifold => ("pinched vertex", "pinched vertices"),
        Rule::FacesBackToBack => ("face back to back", "faces back to back"),
        Rule::VerticesUnreferenced => ("loose vertex", "loose vertices"),
        Rule::PartsLoose => ("separate part", "separate parts"),
        Rule::NormalsMissing => ("face without normals", "faces without normals"),
        Rule::MaterialsUnused => ("unused material", "unused materials"),
        Rule::MeshTooLarge => ("mesh too large to check", "meshes too large to check"),
    };
    count(n, one, many)
}

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

/// Whose trouble it is.
pub(crate) struct Who {
    /// The first two different names, and how many more there are.
    text: String,
    /// Different names.
    n: usize,
}

impl Who {
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut seen = HashSet::new();
        let distinct: Vec<&str> = names.filter(|&name| seen.insert(name)).collect();
        let text = match distinct[..] {
            [] => String::new(),
            [one] => one.into(),
            [one, two] => format!("{one} and {two}"),
            [one, two, ref more @ ..] => format!("{one}, {two} and {} more", grouped(more.len())),
        };
        Self { text, n: distinct.len() }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
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
    use super::{Who, count, grouped, length};

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!([0, 999, 1272, 1_310_720].map(grouped), ["0", "999", "1,272", "1,310,720"]);
        assert_eq!(count(1, "face", "faces"), "1 face");
        assert_eq!(
            [1e-5, 0.0123, 2.5, 12_345.0, 0.0].map(length),
            ["10 µm", "12.3 mm", "2.5 m", "12.3 km", "0 m"]
        );
    }

    #[test]
    fn names_are_listed_once() {
        let list = |names: &[&'static str]| Who::of(names.iter().copied()).to_string();
        assert_eq!(list(&["'a'", "'a'"]), "'a'");
        assert_eq!(list(&["'a'", "'b'", "'a'"]), "'a' and 'b'");
        assert_eq!(list(&["'a'", "'b'", "'c'", "'d'"]), "'a', 'b' and 2 more");
    }
}

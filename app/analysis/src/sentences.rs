//! What the findings say: what is wrong, where, and what to do now, in an artist's words.

use std::collections::HashSet;
use std::fmt;

use crate::quantities::{count, grouped};
use crate::rules::Rule;

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
        Rule::NodesNonFinite => format!(
            "{who} {is} nowhere: the transform is not a number or infinite. Reset it, or export again.",
        ),
        Rule::FacesNeedle => format!(
            "{} of {who} {is} as thin as a needle. Shading, baking and simulation get rough there. Dissolve or rebuild them where it shows.",
            faces(),
        ),
        Rule::SelfIntersections => format!(
            "{} of {who} {} through the surface they belong to. Fine on screen; printing, booleans and simulation need it apart. Pull the surface apart there, or remesh it.",
            faces(),
            if n == 1 { "passes" } else { "pass" },
        ),
        Rule::PartsIntersecting => format!(
            "{} of {who} {} through other parts of the same mesh. Fine on screen; join the parts (boolean union) before printing.",
            faces(),
            if n == 1 { "passes" } else { "pass" },
        ),
        Rule::TJunctions => format!(
            "{} of {who} {} in the middle of a neighbour's edge without being joined to it. Pixels may shine through, and smoothing tears there. Cut the edge at the vertex and merge.",
            count(n, "vertex", "vertices"),
            if n == 1 { "lies" } else { "lie" },
        ),
        Rule::UvsOutOfRange => format!(
            "{} of {who} {} outside a texture that does not repeat, so its border smears over them. Move the UVs inside, or let the texture repeat.",
            faces(),
            if n == 1 { "lies" } else { "lie" },
        ),
        Rule::UvsTiled => format!(
            "{} of {who} {} a texture more than once. Fine for tiles; a texture atlas or a baked light map cannot hold them.",
            faces(),
            if n == 1 { "repeats" } else { "repeat" },
        ),
        Rule::UvsCollapsed => format!(
            "{} of {who} {} one point or line of the texture. Fine for palettes; otherwise unwrap them.",
            faces(),
            if n == 1 { "shows" } else { "show" },
        ),
        Rule::UvsStretched => format!(
            "{} of {who} {} the texture out more than eight times as far one way as the other. Unwrap them again if it shows.",
            faces(),
            if n == 1 { "draws" } else { "draw" },
        ),
        Rule::UvsOverlapping => format!(
            "{} of {who} {} texels with other faces. Fine for palettes and mirrored halves; baking light or painting needs them apart.",
            faces(),
            if n == 1 { "shares" } else { "share" },
        ),
        Rule::TexelDensityUneven => format!("Textures are much finer on some objects than on others: {who}. Resize them, or scale the UVs, so that they belong together."),
        Rule::ImagesHuge => format!(
            "{} {is} larger than 4,096 pixels: {who}. Many graphics cards refuse that, and the others pay in memory. Resize.",
            count(n, "texture", "textures"),
        ),
        Rule::ImagesNotPowerOfTwo => format!(
            "{} {} sides that are no powers of two: {who}. Old engines and compressed formats resize or refuse them.",
            count(n, "texture", "textures"),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::ImagesColorAndData => format!(
            "{} {} as a colour and as numbers: {who}. Colours are stored bent (sRGB) and numbers straight, so one of them looks wrong. Give each its own picture.",
            count(n, "texture", "textures"),
            if n == 1 { "serves" } else { "serve" },
        ),
        Rule::ImagesUnused => format!(
            "{} {is} shown by no material: {who}. Delete what nothing else needs.",
            count(n, "texture", "textures"),
        ),
        Rule::ImagesCopied => format!(
            "{} {is} in the file more than once: {who}. Let the materials share one.",
            count(n, "texture", "textures"),
        ),
        Rule::MaterialsCopied => format!(
            "{} {} exactly like another: {who}. Merge them, and fewer things have to be drawn one after the other.",
            count(n, "material", "materials"),
            if n == 1 { "looks" } else { "look" },
        ),
        Rule::MeshesCopied => format!(
            "{} {is} stored again although {} the same: {who}. Instances of one mesh would do.",
            count(n, "mesh", "meshes"),
            if n == 1 { "it is" } else { "they are" },
        ),
        Rule::NodesFlattened => format!(
            "{who} {} scaled to nothing along at least one axis. Give {} a thickness, or delete {}.",
            if who.n > 1 { "are" } else { "is" },
            if who.n > 1 { "them" } else { "it" },
            if who.n > 1 { "them" } else { "it" },
        ),
        Rule::NodesSheared => format!(
            "{who} {} sheared by turned objects under unevenly scaled ones. Engines that keep move, turn and scale apart cannot show that. Apply the scale before you export.",
            if who.n > 1 { "are" } else { "is" },
        ),
        Rule::NodesMirrored => format!(
            "{who} {} mirrored by a negative scale. Renderers turn the faces with it; some engines and bakers do not. Apply the scale if one of yours is among them.",
            if who.n > 1 { "are" } else { "is" },
        ),
        Rule::WeightsUnnormalised => format!(
            "{} of {who} {} weights that do not add up to 1. They move too far, or lag behind. Normalise the weights.",
            count(n, "vertex", "vertices"),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::WeightsMissing => format!(
            "{} of {who} {} no joint and {} behind when the rest moves. Paint weights for them.",
            count(n, "vertex", "vertices"),
            if n == 1 { "follows" } else { "follow" },
            if n == 1 { "stays" } else { "stay" },
        ),
        Rule::WeightsTooMany => format!(
            "{} of {who} {} more than four joints. Many engines keep the four strongest. Limit the influences.",
            count(n, "vertex", "vertices"),
            if n == 1 { "follows" } else { "follow" },
        ),
        Rule::JointsOutOfRange => format!(
            "{} of {who} {} a joint that the skin does not have. Bind the mesh again.",
            count(n, "vertex", "vertices"),
            if n == 1 { "follows" } else { "follow" },
        ),
        Rule::BindNonInvertible => format!(
            "{} of {who} {} a bind pose that flattens the mesh. Bind it again.",
            count(n, "joint", "joints"),
            if n == 1 { "has" } else { "have" },
        ),
        Rule::MorphsEmpty => format!(
            "{} of {who} {} nothing. Delete {}.",
            count(n, "shape", "shapes"),
            if n == 1 { "changes" } else { "change" },
            if n == 1 { "it" } else { "them" },
        ),
        Rule::MorphsUnused => format!(
            "{} of {who} {is} never shown: no weight and no animation. Fine if a program drives them; otherwise delete them.",
            count(n, "shape", "shapes"),
        ),
        Rule::MeshTooLarge => format!("{who} has more than 2,000 million corners and was not checked. Split it."),
    }
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

#[cfg(test)]
mod tests {
    use super::Who;

    #[test]
    fn names_are_listed_once() {
        let list = |names: &[&'static str]| Who::of(names.iter().copied()).to_string();
        assert_eq!(list(&["'a'", "'a'"]), "'a'");
        assert_eq!(list(&["'a'", "'b'", "'a'"]), "'a' and 'b'");
        assert_eq!(list(&["'a'", "'b'", "'c'", "'d'"]), "'a', 'b' and 2 more");
    }
}

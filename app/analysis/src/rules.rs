//! The rules as data: what each is called, how grave it usually is, and which step of a conversion
//! mends it.

use serde::Serialize;

use crate::quantities::count;
use crate::severity::Severity;

/// A rule's name, its usual severity, its title, and what mends it.
macro_rules! rules {
    ($($rule:ident: $id:literal, $severity:ident, $title:expr, $mend:expr;)*) => {
        /// Stable names of what the checks find; [`Rule::id`] is what scripts read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Rule {
            $(#[serde(rename = $id)] $rule,)*
        }

        impl Rule {
            /// In the order reports list what is equally grave.
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$rule => $id,)*
                }
            }

            /// What it usually is; a finding may say less, as where nobody sees it, and presets may
            /// say otherwise.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$rule => Severity::$severity,)*
                }
            }

            /// The step of a conversion that mends it, and whether that shows; `None` where only a
            /// person can.
            pub fn mend(self) -> Option<(Mend, Effect)> {
                match self {
                    $(Self::$rule => $mend,)*
                }
            }

            fn title(self) -> Title {
                match self {
                    $(Self::$rule => $title,)*
                }
            }
        }
    };
}

rules! {
    SceneInvalid: "scene-invalid", Error, Title::Fixed("Broken file"), None;
    SceneEmpty: "scene-empty", Warning, Title::Fixed("Nothing to see"), None;
    PositionsNonFinite: "positions-non-finite", Error, Title::Counted("vertex nowhere", "vertices nowhere"), Some((Mend::RemoveDegenerate, Effect::Unseen));
    NodesNonFinite: "nodes-non-finite", Error, Title::Counted("object nowhere", "objects nowhere"), None;
    WindingInconsistent: "winding-inconsistent", Error, Title::Counted("flipped face", "flipped faces"), Some((Mend::Orient, Effect::Seen));
    ShellInsideOut: "shell-inside-out", Error, Title::Counted("face inside out", "faces inside out"), Some((Mend::Orient, Effect::Seen));
    ShellInsideOutEnclosing: "shell-inside-out-enclosing", Info, Title::Counted("face looks inwards", "faces look inwards"), None;
    WindingUndecidable: "winding-undecidable", Warning, Title::Counted("one-sided piece", "one-sided pieces"), None;
    PartFacesAway: "part-faces-away", Warning, Title::Counted("face turned away", "faces turned away"), Some((Mend::Orient, Effect::Seen));
    ObjectDuplicate: "object-duplicate", Warning, Title::Counted("duplicate object", "duplicate objects"), Some((Mend::SeparateOverlaps, Effect::Seen));
    ZFighting: "z-fighting", Warning, Title::Counted("overlap that flickers", "overlaps that flicker"), Some((Mend::SeparateOverlaps, Effect::Seen));
    ZFightingNear: "z-fighting-near", Warning, Title::Counted("overlap that flickers from afar", "overlaps that flicker from afar"), Some((Mend::SeparateOverlaps, Effect::Seen));
    OverlapSameLook: "overlap-same-look", Info, Title::Counted("hidden overlap", "hidden overlaps"), Some((Mend::SeparateOverlaps, Effect::Unseen));
    OverlapBackToBack: "overlap-back-to-back", Info, Title::Counted("overlap back to back", "overlaps back to back"), None;
    OverlapIncomplete: "overlap-incomplete", Warning, Title::Fixed("Overlaps without end"), None;
    FacesDuplicate: "faces-duplicate", Warning, Title::Counted("duplicate face", "duplicate faces"), Some((Mend::RemoveDuplicates, Effect::Unseen));
    FacesZeroArea: "faces-zero-area", Warning, Title::Counted("face without area", "faces without area"), Some((Mend::RemoveDegenerate, Effect::Unseen));
    FacesNeedle: "faces-needle", Info, Title::Counted("needle face", "needle faces"), None;
    Holes: "holes", Warning, Title::Counted("small hole", "small holes"), None;
    EdgesNonManifold: "edges-non-manifold", Warning, Title::Counted("non-manifold edge", "non-manifold edges"), None;
    SelfIntersections: "self-intersections", Info, Title::Counted("face through its own surface", "faces through their own surface"), None;
    PartsIntersecting: "parts-intersecting", Info, Title::Counted("face through another part", "faces through other parts"), None;
    TJunctions: "t-junctions", Info, Title::Counted("T-junction", "T-junctions"), None;
    NormalsBroken: "normals-broken", Warning, Title::Counted("broken normal", "broken normals"), Some((Mend::Normals, Effect::Seen));
    NormalsOpposed: "normals-opposed", Warning, Title::Counted("face lit from behind", "faces lit from behind"), Some((Mend::Normals, Effect::Seen));
    UvsNonFinite: "uvs-non-finite", Error, Title::Counted("broken UV coordinate", "broken UV coordinates"), None;
    UvsMissing: "uvs-missing", Warning, Title::Counted("textured face without UVs", "textured faces without UVs"), None;
    ImagesMissing: "images-missing", Error, Title::Counted("missing texture", "missing textures"), None;
    ImagesHuge: "images-huge", Warning, Title::Counted("huge texture", "huge textures"), Some((Mend::Textures, Effect::Seen));
    ImagesColorAndData: "images-color-and-data", Warning, Title::Counted("texture used as colour and as data", "textures used as colour and as data"), None;
    WeightsUnnormalised: "weights-unnormalised", Warning, Title::Counted("vertex with weights that do not add up", "vertices with weights that do not add up"), None;
    WeightsMissing: "weights-missing", Warning, Title::Counted("vertex that follows no joint", "vertices that follow no joint"), None;
    JointsOutOfRange: "joints-out-of-range", Error, Title::Counted("vertex on a missing joint", "vertices on missing joints"), None;
    BindNonInvertible: "bind-non-invertible", Warning, Title::Counted("joint with a flat bind pose", "joints with a flat bind pose"), None;
    NodesFlattened: "nodes-flattened", Warning, Title::Counted("flattened object", "flattened objects"), None;
    UnitsImplausible: "units-implausible", Warning, Title::Fixed("Odd size"), Some((Mend::Units, Effect::Seen));
    EdgesOpen: "edges-open", Info, Title::Counted("open edge", "open edges"), None;
    VerticesNonManifold: "vertices-non-manifold", Info, Title::Counted("pinched vertex", "pinched vertices"), None;
    FacesBackToBack: "faces-back-to-back", Info, Title::Counted("face back to back", "faces back to back"), None;
    VerticesUnreferenced: "vertices-unreferenced", Info, Title::Counted("loose vertex", "loose vertices"), Some((Mend::RemoveUnreferenced, Effect::Unseen));
    PartsLoose: "parts-loose", Info, Title::Counted("separate part", "separate parts"), None;
    NormalsMissing: "normals-missing", Info, Title::Counted("face without normals", "faces without normals"), Some((Mend::Normals, Effect::Seen));
    NodesSheared: "nodes-sheared", Info, Title::Counted("sheared object", "sheared objects"), None;
    NodesMirrored: "nodes-mirrored", Info, Title::Counted("mirrored object", "mirrored objects"), None;
    MeshesCopied: "meshes-copied", Info, Title::Counted("mesh stored again", "meshes stored again"), Some((Mend::Instance, Effect::Unseen));
    MaterialsUnused: "materials-unused", Info, Title::Counted("unused material", "unused materials"), Some((Mend::Prune, Effect::Unseen));
    MaterialsCopied: "materials-copied", Info, Title::Counted("material stored again", "materials stored again"), Some((Mend::MergeMaterials, Effect::Unseen));
    ImagesUnused: "images-unused", Info, Title::Counted("unused texture", "unused textures"), Some((Mend::Prune, Effect::Unseen));
    ImagesCopied: "images-copied", Info, Title::Counted("texture stored again", "textures stored again"), None;
    ImagesNotPowerOfTwo: "images-not-power-of-two", Info, Title::Counted("texture of odd size", "textures of odd size"), Some((Mend::Textures, Effect::Seen));
    UvsOutOfRange: "uvs-out-of-range", Info, Title::Counted("face beyond its texture", "faces beyond their texture"), None;
    UvsTiled: "uvs-tiled", Info, Title::Counted("face with a tiled texture", "faces with a tiled texture"), None;
    UvsCollapsed: "uvs-collapsed", Info, Title::Counted("face on one point of its texture", "faces on one point of their texture"), None;
    UvsStretched: "uvs-stretched", Info, Title::Counted("face with a stretched texture", "faces with a stretched texture"), None;
    UvsOverlapping: "uvs-overlapping", Info, Title::Counted("face that shares its texels", "faces that share their texels"), None;
    TexelDensityUneven: "texel-density-uneven", Info, Title::Fixed("Uneven texture resolution"), None;
    WeightsTooMany: "weights-too-many", Info, Title::Counted("vertex with more than four joints", "vertices with more than four joints"), None;
    MorphsEmpty: "morphs-empty", Info, Title::Counted("shape that changes nothing", "shapes that change nothing"), None;
    MorphsUnused: "morphs-unused", Info, Title::Counted("shape that nothing drives", "shapes that nothing drives"), None;
    MeshTooLarge: "mesh-too-large", Warning, Title::Counted("mesh too large to check", "meshes too large to check"), None;
}

/// Steps of a conversion, by their names in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mend {
    Instance,
    MergeMaterials,
    Normals,
    Orient,
    Prune,
    RemoveDegenerate,
    RemoveDuplicates,
    RemoveUnreferenced,
    SeparateOverlaps,
    Textures,
    Units,
}

impl Mend {
    /// The step's name in a plan.
    pub fn id(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::MergeMaterials => "merge-materials",
            Self::Normals => "normals",
            Self::Orient => "orient",
            Self::Prune => "prune",
            Self::RemoveDegenerate => "remove-degenerate",
            Self::RemoveDuplicates => "remove-duplicates",
            Self::RemoveUnreferenced => "remove-unreferenced",
            Self::SeparateOverlaps => "separate-overlaps",
            Self::Textures => "textures",
            Self::Units => "units",
        }
    }
}

/// Whether mending changes how the model looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing that is seen changes.
    Unseen,
    /// What is seen changes, for the better.
    Seen,
}

enum Title {
    Fixed(&'static str),
    /// One, and many.
    Counted(&'static str, &'static str),
}

impl Rule {
    /// The rule of that name.
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    /// A few words for a list: `1,272 flipped faces`.
    pub(crate) fn title_of(self, n: usize) -> String {
        match self.title() {
            Title::Fixed(title) => title.into(),
            Title::Counted(one, many) => count(n, one, many),
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn names_are_written_alike_and_lead_back() {
        for &rule in Rule::ALL {
            assert!(rule.id().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{rule}");
            assert_eq!(Rule::find(rule.id()), Some(rule));
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.id());
        }
        assert_eq!(Rule::find("no-such-rule"), None);
        for (mend, _) in Rule::ALL.iter().filter_map(|rule| rule.mend()) {
            assert_eq!(serde_json::to_value(mend).unwrap(), mend.id());
        }
    }
}

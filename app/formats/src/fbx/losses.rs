use ufbx::WarningType;

use super::document::Document;
use crate::ReadWarning;
use crate::dependency::DependencyKind;
use crate::source::Parsed;

/// Counts of what a scene cannot hold, told once at the end.
#[derive(Default)]
pub(super) struct Losses {
    pub(super) bad_transforms: usize,
    pub(super) short_faces: usize,
    pub(super) extra_attributes: usize,
    pub(super) weights_beyond_eight: usize,
    pub(super) extra_skins: usize,
    pub(super) bent_skins: usize,
    pub(super) in_between_shapes: usize,
    pub(super) shapes_beyond_memory: usize,
    pub(super) meshes_beyond_memory: usize,
    pub(super) clips_beyond_memory: usize,
    pub(super) procedural_pictures: usize,
    pub(super) layered_pictures: usize,
    pub(super) opacity_pictures: usize,
    pub(super) split_surface_pictures: usize,
    pub(super) height_pictures: usize,
    pub(super) area_lights: usize,
}

impl Losses {
    pub(super) fn tell(self, parsed: &mut Parsed) {
        let skipped = [
            ("transforms", self.bad_transforms, "they hold values that are no numbers"),
            ("faces", self.short_faces, "they have fewer than three corners"),
            ("further shapes of a node", self.extra_attributes, "a node shows one mesh, camera or light"),
            ("bone weights", self.weights_beyond_eight, "a vertex follows at most eight bones"),
            ("further skins", self.extra_skins, "a mesh follows one skin"),
            (
                "in-between shapes",
                self.in_between_shapes,
                "a blend shape goes straight to its last form, without stations on the way",
            ),
            ("blend shapes", self.shapes_beyond_memory, "unpacked they are far larger than the file"),
            (
                "meshes with other materials",
                self.meshes_beyond_memory,
                "unpacked they are far larger than the file; their first materials are shown",
            ),
            ("animation clips", self.clips_beyond_memory, "unpacked they are far larger than the file"),
            ("procedural textures", self.procedural_pictures, "no picture stands for them; bake them"),
            (
                "opacity textures",
                self.opacity_pictures,
                "opacity comes from the colour texture's alpha; put it there",
            ),
            (
                "metalness textures",
                self.split_surface_pictures,
                "roughness and metalness share one picture (green and blue); pack them",
            ),
            ("bump textures", self.height_pictures, "height maps are not shown; bake a normal map"),
        ];
        for (what, n, reason) in skipped.into_iter().filter(|(_, n, _)| *n > 0) {
            parsed.warnings.push(ReadWarning::Skipped { what, n, reason });
        }
        let mut repaired = |n: usize, what: &str| {
            if n > 0 {
                parsed.warnings.push(ReadWarning::Repaired(format!("{n} {what}")));
            }
        };
        repaired(self.bent_skins, "dual quaternion skins bend linearly, so joints lose some volume");
        repaired(self.layered_pictures, "layered textures are shown by their most opaque layer alone");
        repaired(self.area_lights, "area or volume lights shine from a point");
    }
}

/// What ufbx itself put right.
pub(super) fn tell_of_warnings(fbx: &ufbx::Scene, parsed: &mut Parsed) {
    for warning in fbx.metadata.warnings.as_ref() {
        let n = warning.count.max(1);
        let words = match warning.type_ {
            WarningType::BadUnicode => {
                format!("{n} names are no valid Unicode; the unreadable letters are shown as \u{fffd}")
            }
            WarningType::IndexClamped => {
                format!("{n} indices pointed beyond their lists and were set to the last entry")
            }
            WarningType::TruncatedArray => format!("{n} lists end too early; the rest is zero"),
            WarningType::MissingGeometryData => {
                format!("{n} meshes lack part of their data, such as indices of a layer")
            }
            WarningType::BadBase64Content => format!("{n} embedded files are damaged"),
            WarningType::DuplicateObjectId => {
                format!("{n} objects share an ID with another; which of them is meant is a guess")
            }
            WarningType::BadElementConnectedToRoot => {
                format!("{n} objects hang on the root that do not belong there")
            }
            WarningType::MissingPolygonMapping => {
                format!("{n} layers do not say how they lie on the faces and were guessed")
            }
            WarningType::UnsupportedVersion => {
                format!("FBX version {} is newer or older than what is known well", fbx.metadata.version)
            }
            WarningType::EmptyFaceRemoved => format!("{n} faces without any corner were removed"),
            // Harmless repetitions, or of other formats.
            WarningType::DuplicateConnection
            | WarningType::BadVertexWAttribute
            | WarningType::MissingExternalFile
            | WarningType::ImplicitMtl
            | WarningType::UnknownObjDirective => continue,
        };
        parsed.warnings.push(ReadWarning::Repaired(words));
    }
}

impl Document<'_> {
    pub(super) fn tell_of_what_is_not_read(&self, parsed: &mut Parsed) {
        let fbx = self.fbx;
        let n_nurbs = fbx.nurbs_surfaces.len() + fbx.nurbs_trim_surfaces.len();
        let n_curves = fbx.nurbs_curves.len() + fbx.line_curves.len();
        let not_read = [
            ("NURBS surfaces", n_nurbs, "convert them to polygons before the export"),
            ("curves", n_curves, "convert them to polygons before the export"),
            (
                "geometry caches",
                fbx.cache_files.len(),
                "the meshes stand as without them; bake them to shapes",
            ),
            ("constraints", fbx.constraints.len(), "bake their motion into keys before the export"),
        ];
        for (what, n, reason) in not_read.into_iter().filter(|(_, n, _)| *n > 0) {
            parsed.warnings.push(ReadWarning::Skipped { what, n, reason });
        }
        for cache in fbx.cache_files.as_ref().iter() {
            let named = [&cache.relative_filename, &cache.absolute_filename, &cache.filename];
            if let Some(named) = named.into_iter().find(|named| !named.is_empty()) {
                self.source.find(self.source.path, named, DependencyKind::Other);
            }
        }
    }
}

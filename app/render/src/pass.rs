use crate::inspection::Inspection;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pass {
    /// Materials under the studio light.
    Textured,
    /// Base colour without light.
    Albedo,
    /// Shading normals as colours.
    Normal,
    /// Grey by distance: black near, white far, background white.
    Depth,
    /// Black lines on white.
    Edge,
    /// The edges of the model's polygons over a plain surface.
    Wireframe,
    /// One matte material all over, so that only the shape is seen; no maps.
    Clay,
    /// Lettered cells of the first UV set.
    UvChecker,
    /// Colours of the vertices; those of surfaces without any are hatched.
    VertexColor,
    /// Grey, as in the texture's file: black is a mirror, white is rough.
    Roughness,
    /// Grey: black is a dielectric, white is metal.
    Metallic,
    /// The occlusion map of the material as grey: white is open.
    Occlusion,
    /// A colour for each node.
    ObjectId,
    /// A colour for each material.
    MaterialId,
    /// How many surfaces lie over each other, as heat.
    Overdraw,
    /// Front sides blue, back sides red, wherever the camera is.
    FaceOrientation,
    /// Pixels of the base colour texture for each metre, as heat around a target.
    TexelDensity,
}

impl Pass {
    pub const ALL: [Self; 17] = [
        Self::Textured,
        Self::Albedo,
        Self::Normal,
        Self::Depth,
        Self::Edge,
        Self::Wireframe,
        Self::Clay,
        Self::UvChecker,
        Self::VertexColor,
        Self::Roughness,
        Self::Metallic,
        Self::Occlusion,
        Self::ObjectId,
        Self::MaterialId,
        Self::Overdraw,
        Self::FaceOrientation,
        Self::TexelDensity,
    ];

    /// Lower case, as files and options are named.
    pub fn name(self) -> &'static str {
        match self {
            Self::Textured => "textured",
            Self::Albedo => "albedo",
            Self::Normal => "normal",
            Self::Depth => "depth",
            Self::Edge => "edge",
            Self::Wireframe => "wireframe",
            Self::Clay => "clay",
            Self::UvChecker => "uv-checker",
            Self::VertexColor => "vertex-color",
            Self::Roughness => "roughness",
            Self::Metallic => "metallic",
            Self::Occlusion => "occlusion",
            Self::ObjectId => "object-id",
            Self::MaterialId => "material-id",
            Self::Overdraw => "overdraw",
            Self::FaceOrientation => "face-orientation",
            Self::TexelDensity => "texel-density",
        }
    }

    /// What the inspection shaders show for it; `None` for passes that are made otherwise.
    pub(crate) fn inspection(self) -> Option<Inspection> {
        match self {
            Self::Clay => Some(Inspection::Clay),
            Self::UvChecker => Some(Inspection::UvChecker),
            Self::VertexColor => Some(Inspection::VertexColor),
            Self::Roughness => Some(Inspection::Roughness),
            Self::Metallic => Some(Inspection::Metallic),
            Self::Occlusion => Some(Inspection::Occlusion),
            Self::ObjectId => Some(Inspection::ObjectId),
            Self::MaterialId => Some(Inspection::MaterialId),
            Self::Overdraw => Some(Inspection::Overdraw),
            Self::FaceOrientation => Some(Inspection::FaceOrientation),
            Self::TexelDensity => Some(Inspection::TexelDensity),
            Self::Textured | Self::Albedo | Self::Normal | Self::Depth | Self::Edge | Self::Wireframe => None,
        }
    }

    /// Whether surroundings darken it and a floor lies below.
    pub(crate) fn is_lit(self) -> bool {
        matches!(self, Self::Textured | Self::Clay)
    }
}

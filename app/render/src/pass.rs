/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// The edges of the triangles over a plain surface.
    Wireframe,
}

impl Pass {
    pub const ALL: [Self; 6] =
        [Self::Textured, Self::Albedo, Self::Normal, Self::Depth, Self::Edge, Self::Wireframe];

    /// Lower case, as files and options are named.
    pub fn name(self) -> &'static str {
        match self {
            Self::Textured => "textured",
            Self::Albedo => "albedo",
            Self::Normal => "normal",
            Self::Depth => "depth",
            Self::Edge => "edge",
            Self::Wireframe => "wireframe",
        }
    }
}

//! The viewing modes as the window offers them, and what a person may set about each.

use render::{
    CheckerOptions, DensityOptions, EdgeOptions, FrameOptions, ModeOptions, Normals, OverdrawOptions, Pass,
    Quality, StillOptions,
};
use scene::NodeId;
use serde::{Deserialize, Serialize};

use crate::model::DocId;

/// The viewing modes, the five most used first, in the order of their keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PassChoice {
    #[default]
    Textured,
    Normal,
    Depth,
    Edge,
    Wireframe,
    Clay,
    Albedo,
    UvChecker,
    VertexColor,
    Roughness,
    Metallic,
    Occlusion,
    ObjectId,
    MaterialId,
    FaceOrientation,
    TexelDensity,
    Overdraw,
}

impl PassChoice {
    /// Those with a segment of their own.
    pub const FIRST: [Self; 5] = [Self::Textured, Self::Normal, Self::Depth, Self::Edge, Self::Wireframe];

    /// The others, by what they are about.
    pub const GROUPS: [(&str, &[Self]); 4] = [
        ("Surface", &[Self::Clay, Self::Albedo, Self::VertexColor, Self::UvChecker]),
        ("Maps", &[Self::Roughness, Self::Metallic, Self::Occlusion]),
        ("Ids", &[Self::ObjectId, Self::MaterialId]),
        ("Checks", &[Self::FaceOrientation, Self::TexelDensity, Self::Overdraw]),
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::Textured => "Textured",
            Self::Normal => "Normal",
            Self::Depth => "Depth",
            Self::Edge => "Edge",
            Self::Wireframe => "Wireframe",
            Self::Clay => "Clay",
            Self::Albedo => "Albedo",
            Self::UvChecker => "UV checker",
            Self::VertexColor => "Vertex colour",
            Self::Roughness => "Roughness",
            Self::Metallic => "Metallic",
            Self::Occlusion => "Occlusion",
            Self::ObjectId => "Object id",
            Self::MaterialId => "Material id",
            Self::FaceOrientation => "Face orientation",
            Self::TexelDensity => "Texel density",
            Self::Overdraw => "Overdraw",
        }
    }

    pub fn pass(self) -> Pass {
        match self {
            Self::Textured => Pass::Textured,
            Self::Normal => Pass::Normal,
            Self::Depth => Pass::Depth,
            Self::Edge => Pass::Edge,
            Self::Wireframe => Pass::Wireframe,
            Self::Clay => Pass::Clay,
            Self::Albedo => Pass::Albedo,
            Self::UvChecker => Pass::UvChecker,
            Self::VertexColor => Pass::VertexColor,
            Self::Roughness => Pass::Roughness,
            Self::Metallic => Pass::Metallic,
            Self::Occlusion => Pass::Occlusion,
            Self::ObjectId => Pass::ObjectId,
            Self::MaterialId => Pass::MaterialId,
            Self::FaceOrientation => Pass::FaceOrientation,
            Self::TexelDensity => Pass::TexelDensity,
            Self::Overdraw => Pass::Overdraw,
        }
    }

    /// Whether the picture says something of a point that can be told in words.
    pub(crate) fn tells_values(self) -> bool {
        match self {
            Self::Normal | Self::Depth | Self::Roughness | Self::Metallic | Self::Occlusion => true,
            Self::ObjectId | Self::MaterialId | Self::TexelDensity | Self::Overdraw => true,
            Self::Textured | Self::Edge | Self::Wireframe | Self::Clay | Self::Albedo => false,
            Self::UvChecker | Self::VertexColor | Self::FaceOrientation => false,
        }
    }

    /// What the picture means, in a line.
    pub fn legend(self) -> &'static str {
        match self {
            Self::Textured => "Materials in the chosen light",
            Self::Normal => "Shading normals as colour",
            Self::Depth => "Distance from the camera",
            Self::Edge => "Outlines, creases and borders",
            Self::Wireframe => "Edges of the polygons as modelled",
            Self::Clay => "The shape alone, without maps",
            Self::Albedo => "Base colour without light",
            Self::UvChecker => "Mirrored letters are flipped UVs; hatched has none",
            Self::VertexColor => "Colours of the vertices; hatched has none",
            Self::Roughness => "Black is a mirror, white is rough",
            Self::Metallic => "Black is no metal, white is metal",
            Self::Occlusion => "The material's occlusion map; white is open",
            Self::ObjectId => "A colour for each object",
            Self::MaterialId => "A colour for each material",
            Self::FaceOrientation => "Which side of a face is seen",
            Self::TexelDensity => "Texture pixels a metre; hatched has no texture",
            Self::Overdraw => "Surfaces that lie over each other",
        }
    }
}

/// Settings of the modes, as they are kept between two starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModeView {
    pub world_normals: bool,
    /// Metres. `None`: what the model spans.
    #[serde(skip)]
    pub depth_range: Option<[f32; 2]>,
    pub crease_degrees: f32,
    pub silhouettes: bool,
    pub material_borders: bool,
    pub line_width_px: f32,
    pub checker_repeats: f32,
    pub target_px_per_m: f32,
    pub hottest_overdraw: f32,
}

impl Default for ModeView {
    fn default() -> Self {
        let options = ModeOptions::default();
        Self {
            world_normals: false,
            depth_range: None,
            crease_degrees: options.edges.crease_radians.to_degrees().round(),
            silhouettes: options.edges.silhouettes,
            material_borders: options.edges.material_borders,
            line_width_px: options.edges.line_width_px,
            checker_repeats: options.checker.repeats,
            target_px_per_m: options.density.target_px_per_m,
            hottest_overdraw: options.overdraw.hottest,
        }
    }
}

impl ModeView {
    /// A mode with its settings.
    pub fn shown(&self, pass: PassChoice) -> ShownMode {
        let options = ModeOptions {
            depth_range: self.depth_range,
            edges: EdgeOptions {
                crease_radians: self.crease_degrees.to_radians(),
                silhouettes: self.silhouettes,
                material_borders: self.material_borders,
                line_width_px: self.line_width_px,
            },
            checker: CheckerOptions { repeats: self.checker_repeats },
            density: DensityOptions { target_px_per_m: self.target_px_per_m },
            overdraw: OverdrawOptions { hottest: self.hottest_overdraw },
        };
        // The same axes as in the report and the thumbnails.
        let normals = if self.world_normals { Normals::WorldZUp } else { Normals::Camera };
        ShownMode { pass: pass.pass(), options, normals }
    }

    /// With every number in its range, as files may hold others.
    pub(crate) fn sane(self) -> Self {
        let default = Self::default();
        let within = |x: f32, low: f32, high: f32, otherwise: f32| {
            if x.is_finite() { x.clamp(low, high) } else { otherwise }
        };
        Self {
            crease_degrees: within(self.crease_degrees, 5.0, 180.0, default.crease_degrees),
            line_width_px: within(self.line_width_px, 1.0, 6.0, default.line_width_px),
            checker_repeats: within(self.checker_repeats, 1.0, 64.0, default.checker_repeats),
            target_px_per_m: within(self.target_px_per_m, 1.0, 1e6, default.target_px_per_m),
            hottest_overdraw: within(self.hottest_overdraw, 2.0, 64.0, default.hottest_overdraw),
            ..self
        }
    }
}

/// All that decides how one side of the picture is drawn, but the camera and the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShownMode {
    pass: Pass,
    options: ModeOptions,
    normals: Normals,
}

impl ShownMode {
    /// As `frame`, in this mode.
    pub(crate) fn of_frame(self, frame: FrameOptions) -> FrameOptions {
        FrameOptions { pass: self.pass, modes: self.options, normals: self.normals, ..frame }
    }

    /// As `still`, with the settings of this mode.
    pub(crate) fn of_still(self, still: StillOptions) -> StillOptions {
        StillOptions { modes: self.options, normals: self.normals, ..still }
    }

    pub(crate) fn frame(self, size_px: [u32; 2], quality: Quality) -> FrameOptions {
        self.of_frame(FrameOptions::new(self.pass, size_px, quality))
    }
}

/// The view split in two, to compare.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WipeView {
    /// What the right side shows.
    pub pass: PassChoice,
    /// Of which model; `None`: the one on stage.
    pub doc: Option<DocId>,
    /// Where the divider stands, as part of the width.
    pub at: f32,
    pub sizes: Sizes,
    /// What is selected of the other model.
    pub selected: Option<NodeId>,
}

/// How large two models are to each other in a split view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sizes {
    /// Each fills the picture as the other does.
    #[default]
    Alike,
    /// As in the files, and where they are in them.
    True,
}

/// A half of a split view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

impl WipeView {
    pub const RANGE: std::ops::RangeInclusive<f32> = 0.02..=0.98;

    /// Beside a picture in this mode: one that says something else.
    pub(crate) fn beside(pass: PassChoice) -> Self {
        let other = if pass == PassChoice::Textured { PassChoice::Wireframe } else { PassChoice::Textured };
        Self { pass: other, doc: None, at: 0.5, sizes: Sizes::default(), selected: None }
    }

    /// On which side a place lies, as part of the width.
    pub fn side_of(&self, at: f32) -> Side {
        if at < self.at { Side::Left } else { Side::Right }
    }

    pub(crate) fn move_to(&mut self, at: f32) {
        if at.is_finite() {
            self.at = at.clamp(*Self::RANGE.start(), *Self::RANGE.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pass_of_the_renderer_is_offered_once() {
        let mut offered: Vec<_> = PassChoice::FIRST.to_vec();
        offered.extend(PassChoice::GROUPS.iter().flat_map(|(_, group)| *group));
        for pass in Pass::ALL {
            assert_eq!(offered.iter().filter(|choice| choice.pass() == pass).count(), 1, "{pass:?}");
        }
        assert_eq!(offered.len(), Pass::ALL.len());
    }

    #[test]
    fn defaults_are_the_renderers_and_nonsense_is_mended() {
        assert_eq!(ModeView::default().shown(PassChoice::Edge).options, ModeOptions::default());
        let broken = ModeView { crease_degrees: f32::NAN, checker_repeats: -4.0, ..ModeView::default() };
        assert_eq!(broken.sane(), ModeView::default());
    }
}

//! What a person may set about the passes that show something other than the picture.

/// Settings of the passes, kept together because a window keeps them together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ModeOptions {
    /// Distances in metres that the depth picture shows black and white. `None`: what is visible
    /// (stills) or the scene's bounds (viewport).
    pub depth_range: Option<[f32; 2]>,
    pub edges: EdgeOptions,
    pub checker: CheckerOptions,
    pub density: DensityOptions,
    pub overdraw: OverdrawOptions,
}

/// Which lines the edge pass draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdgeOptions {
    /// Two faces that meet at a sharper angle than this make a line; above pi there are none.
    pub crease_radians: f32,
    /// Where a surface ends before another one or before nothing.
    pub silhouettes: bool,
    /// Where two materials of one object meet.
    pub material_borders: bool,
    /// In pixels of the picture, 1 to 6.
    pub line_width_px: f32,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self {
            crease_radians: 40_f32.to_radians(),
            silhouettes: true,
            material_borders: true,
            line_width_px: 1.5,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckerOptions {
    /// How often the eight by eight cells repeat along each side of the UV square.
    pub repeats: f32,
}

impl Default for CheckerOptions {
    fn default() -> Self {
        Self { repeats: 1.0 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DensityOptions {
    /// Pixels a metre that are shown as right; a quarter of it is the coldest colour, four times the
    /// hottest.
    pub target_px_per_m: f32,
}

impl Default for DensityOptions {
    fn default() -> Self {
        Self { target_px_per_m: 1024.0 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverdrawOptions {
    /// This many layers and more have the hottest colour; at least 2.
    pub hottest: f32,
}

impl Default for OverdrawOptions {
    fn default() -> Self {
        Self { hottest: 8.0 }
    }
}

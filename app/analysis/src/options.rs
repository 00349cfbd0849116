/// What the checks assume about how a model will be looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalyzeOptions {
    /// Of the depth buffer that surfaces must stay apart in.
    pub depth_bits: u32,
    /// Distance of the near plane, as a share of the distance to the model's middle.
    pub near_share: f64,
    /// Vertical field of view of the camera that has the whole model in view.
    pub fov_y_radians: f64,
    /// Overlaps are not looked for in scenes that draw more triangles; bounds the memory taken to
    /// about 150 bytes each.
    pub max_overlap_triangles: usize,
}

impl Default for AnalyzeOptions {
    fn default() -> Self {
        Self {
            depth_bits: 24,
            near_share: 0.01,
            fov_y_radians: 40_f64.to_radians(),
            max_overlap_triangles: 16_000_000,
        }
    }
}

impl AnalyzeOptions {
    /// Smallest distance between two surfaces, metres, that the depth buffer keeps apart when a
    /// sphere of `radius` fills the view: z² / (near · 2^bits), as depth is stored in steps of its
    /// reciprocal (Lapidous & Jiao 1999).
    pub fn min_separation(&self, radius: f64) -> f64 {
        let z = radius / (0.5 * self.fov_y_radians).sin();
        z / (self.near_share * f64::from(self.depth_bits).exp2())
    }
}

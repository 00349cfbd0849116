use glam::{DMat3, DMat4, DVec2, DVec3};

use scene::{Aabb, Scene};

/// Width of a full-frame sensor, which focal lengths refer to.
pub const SENSOR_WIDTH_MM: f64 = 36.0;

/// From where, and through which lens, a scene is seen. World space, metres, double precision, so
/// that a model far from the origin does not tremble.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    pub eye: DVec3,
    pub target: DVec3,
    /// Need not be perpendicular to the line of sight.
    pub up: DVec3,
    pub lens: Lens,
    /// Distances along the line of sight that hold what is worth seeing. Nothing nearer than `near`
    /// is drawn; `far` scales the depth picture and does not cut.
    pub near: f64,
    pub far: f64,
    /// Width over height.
    pub aspect: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lens {
    /// On a sensor [`SENSOR_WIDTH_MM`] wide, whatever the aspect.
    Perspective { focal_length_mm: f64 },
    /// Height of what the picture shows, in metres.
    Orthographic { height: f64 },
}

impl Lens {
    pub const NORMAL: Self = Self::Perspective { focal_length_mm: 50.0 };
}

/// The side from which a model is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Angle {
    /// Around +Y, counter-clockwise seen from above; 0 looks at the front (the camera on +Z).
    pub azimuth_radians: f64,
    /// Above the horizon.
    pub elevation_radians: f64,
}

impl Angle {
    /// From the front right, a little above: how products are photographed.
    pub const THREE_QUARTER: Self = Self { azimuth_radians: 0.61, elevation_radians: 0.38 };

    /// Unit vector from the target to the eye.
    pub fn direction(self) -> DVec3 {
        let (sin_azimuth, cos_azimuth) = self.azimuth_radians.sin_cos();
        let (sin_elevation, cos_elevation) = self.elevation_radians.sin_cos();
        DVec3::new(sin_azimuth * cos_elevation, sin_elevation, cos_azimuth * cos_elevation)
    }

    /// Unit vectors right, up and towards the eye. On the poles the azimuth still says which way the
    /// picture is turned: seen from above at 0, -Z is up.
    pub fn axes(self) -> [DVec3; 3] {
        let (sin, cos) = self.azimuth_radians.sin_cos();
        let back = self.direction();
        let right = DVec3::new(cos, 0.0, -sin);
        [right, back.cross(right), back]
    }
}

/// How a view is fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    pub angle: Angle,
    /// An orthographic lens keeps its kind; its height is chosen.
    pub lens: Lens,
    pub aspect: f64,
    /// Part of the picture's half width and half height that stays free on each side.
    pub margin: f64,
    pub look_at: LookAt,
}

/// What a fitted view has in the middle of its picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookAt {
    /// The centre of the bounding box, as `metadata.json` of thumbnails promises.
    #[default]
    BoxCenter,
    /// Whatever leaves the same margin on opposite sides, which brings the camera nearer.
    PictureCenter,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            angle: Angle::THREE_QUARTER,
            lens: Lens::NORMAL,
            aspect: 1.0,
            margin: 0.08,
            look_at: LookAt::default(),
        }
    }
}

impl View {
    /// Looks at the scene from as near as the margin allows: every vertex projects into the picture,
    /// at any size and place, and the outermost touches the margin. Linear in the number of vertices.
    /// An empty scene is seen as a cube of one metre at the origin.
    pub fn fit(scene: &Scene, options: &FitOptions) -> Self {
        let transforms = scene.world_transforms();
        let bounds = scene.bounds();
        let mut extent = Extent::new(bounds.center(), options);
        for instance in scene.mesh_instances(&transforms) {
            for primitive in &scene.meshes[instance.mesh].primitives {
                let positions = scene.world_positions(&instance, primitive, &transforms);
                let mut used = vec![false; positions.len()];
                for &v in &primitive.faces.corner_vertices {
                    if let Some(used) = used.get_mut(v as usize) {
                        *used = true;
                    }
                }
                let seen = positions.into_iter().zip(used).filter_map(|(p, used)| used.then_some(p));
                seen.for_each(|p| extent.add(p));
            }
        }
        extent.view(&bounds)
    }

    /// Like [`View::fit`] for the corners of a box, such as the selected object's.
    pub fn fit_bounds(bounds: &Aabb, options: &FitOptions) -> Self {
        let mut extent = Extent::new(bounds.center(), options);
        if !bounds.is_empty() {
            bounds.corners().into_iter().for_each(|p| extent.add(p));
        }
        extent.view(bounds)
    }

    /// Like [`View::fit`] for points that stand for a scene within `bounds`.
    pub fn fit_points(points: impl IntoIterator<Item = DVec3>, bounds: &Aabb, options: &FitOptions) -> Self {
        let mut extent = Extent::new(bounds.center(), options);
        points.into_iter().for_each(|p| extent.add(p));
        extent.view(bounds)
    }

    /// The same view with near and far around `bounds`, as the camera moves. An orthographic one steps
    /// back until all of them is in front of it.
    pub fn with_depth_of(mut self, bounds: &Aabb) -> Self {
        if bounds.is_empty() {
            return self;
        }
        let forward = self.forward();
        let depths = bounds.corners().map(|p| (p - self.eye).dot(forward));
        let mut nearest = depths.into_iter().fold(f64::INFINITY, f64::min);
        let mut farthest = depths.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let size = bounds.size().length().max(f64::MIN_POSITIVE);
        if self.is_orthographic() {
            // Such a lens has no place, only a direction; nothing may lie behind it.
            let behind = (0.02 * size - nearest).max(0.0);
            self.eye -= behind * forward;
            nearest += behind;
            farthest += behind;
        }
        // Reversed depth in floating point does not mind a near plane close to the eye.
        self.near = (nearest - 0.01 * size).max(1e-4 * size);
        self.far = (farthest + 0.01 * size).max(self.near + 1e-3 * size);
        self
    }

    /// Unit vector of the line of sight; -Z when eye and target coincide.
    pub fn forward(&self) -> DVec3 {
        (self.target - self.eye).try_normalize().filter(|f| f.is_finite()).unwrap_or(DVec3::NEG_Z)
    }

    /// Rows right, up, back: rotates world directions into view space.
    pub fn view_from_world_rotation(&self) -> DMat3 {
        let back = -self.forward();
        let right = self.up.cross(back).try_normalize().unwrap_or_else(|| back.any_orthonormal_vector());
        DMat3::from_cols(right, back.cross(right), back).transpose()
    }

    /// Right-handed, looking along -Z.
    pub fn view_from_world(&self) -> DMat4 {
        let rotation = self.view_from_world_rotation();
        DMat4::from_mat3(rotation) * DMat4::from_translation(-self.eye)
    }

    /// Reversed Z: 1 at `near`, 0 infinitely far (perspective) or at `far` (orthographic).
    pub fn clip_from_view(&self) -> DMat4 {
        let [half_width, half_height] = self.half_extent();
        match self.lens {
            Lens::Perspective { .. } => DMat4::from_cols_array_2d(&[
                [1.0 / half_width, 0.0, 0.0, 0.0],
                [0.0, 1.0 / half_height, 0.0, 0.0],
                [0.0, 0.0, 0.0, -1.0],
                [0.0, 0.0, self.near, 0.0],
            ]),
            Lens::Orthographic { .. } => {
                // Generous behind, because `far` is a scale for pictures and must not cut.
                let far = self.far + 10.0 * (self.far - self.near);
                let depth = (far - self.near).max(f64::MIN_POSITIVE);
                DMat4::from_cols_array_2d(&[
                    [1.0 / half_width, 0.0, 0.0, 0.0],
                    [0.0, 1.0 / half_height, 0.0, 0.0],
                    [0.0, 0.0, 1.0 / depth, 0.0],
                    [0.0, 0.0, far / depth, 1.0],
                ])
            }
        }
    }

    pub fn clip_from_world(&self) -> DMat4 {
        self.clip_from_view() * self.view_from_world()
    }

    pub fn fov_y_radians(&self) -> f64 {
        match self.lens {
            Lens::Perspective { .. } => 2.0 * self.half_extent()[1].atan(),
            Lens::Orthographic { .. } => 0.0,
        }
    }

    pub(crate) fn is_orthographic(&self) -> bool {
        matches!(self.lens, Lens::Orthographic { .. })
    }

    /// Metres that a sample covers at distance 1, or at any distance for an orthographic lens.
    pub(crate) fn sample_size(&self, width_samples: u32) -> f32 {
        (2.0 * self.half_extent()[0] / f64::from(width_samples.max(1))) as f32
    }

    /// Half the picture's width and height: at distance 1 (perspective) or in metres.
    pub(crate) fn half_extent(&self) -> [f64; 2] {
        half_extent(self.lens, self.aspect)
    }
}

fn half_extent(lens: Lens, aspect: f64) -> [f64; 2] {
    let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
    match lens {
        Lens::Perspective { focal_length_mm } => {
            let half_width = 0.5 * SENSOR_WIDTH_MM / focal_length_mm.max(1.0);
            [half_width, half_width / aspect]
        }
        Lens::Orthographic { height } => [0.5 * height * aspect, 0.5 * height],
    }
}

/// Collects how far the points reach towards each side of the picture.
///
/// A point is inside when the cone of each side holds it: with `x` to the right, `b` towards the eye
/// and the slope `t` of the side, `x - center_x <= (distance - b) * t`. So all points together need
/// no more than the largest `x + b * t` of each side.
struct Extent {
    options: FitOptions,
    center: DVec3,
    right: DVec3,
    up: DVec3,
    back: DVec3,
    /// Of the sides, right and up; of a picture of height 2 for an orthographic lens.
    slopes: DVec2,
    /// The largest `x + b * t` towards the right and the upper side, and the left and the lower.
    high: DVec2,
    low: DVec2,
    nearest_back: f64,
    farthest_back: f64,
}

impl Extent {
    fn new(center: DVec3, options: &FitOptions) -> Self {
        let [right, up, back] = options.angle.axes();
        let inner = 1.0 - options.margin.clamp(0.0, 0.9);
        let half = match options.lens {
            lens @ Lens::Perspective { .. } => half_extent(lens, options.aspect),
            Lens::Orthographic { .. } => half_extent(Lens::Orthographic { height: 2.0 }, options.aspect),
        };
        Self {
            options: *options,
            center,
            right,
            up,
            back,
            slopes: inner * DVec2::from_array(half),
            high: DVec2::NEG_INFINITY,
            low: DVec2::NEG_INFINITY,
            nearest_back: f64::NEG_INFINITY,
            farthest_back: f64::INFINITY,
        }
    }

    fn add(&mut self, point: DVec3) {
        if !point.is_finite() {
            return;
        }
        let p = point - self.center;
        let (aside, back) = (DVec2::new(p.dot(self.right), p.dot(self.up)), p.dot(self.back));
        let widening = match self.options.lens {
            Lens::Perspective { .. } => back * self.slopes,
            Lens::Orthographic { .. } => DVec2::ZERO,
        };
        self.high = self.high.max(aside + widening);
        self.low = self.low.max(widening - aside);
        self.nearest_back = self.nearest_back.max(back);
        self.farthest_back = self.farthest_back.min(back);
    }

    fn view(mut self, bounds: &Aabb) -> View {
        if self.nearest_back < self.farthest_back {
            let unit = Aabb { min: DVec3::splat(-0.5), max: DVec3::splat(0.5) };
            unit.corners().into_iter().for_each(|p| self.add(self.center + p));
        }
        let depth = self.nearest_back - self.farthest_back;
        // A single point has no size; any distance shows it.
        let size = bounds.size().length().max(depth);
        let size = if size > 0.0 && size.is_finite() { size } else { 1.0 };
        let (shift, reach) = match self.options.look_at {
            LookAt::BoxCenter => (DVec2::ZERO, self.high.max(self.low)),
            LookAt::PictureCenter => (0.5 * (self.high - self.low), 0.5 * (self.high + self.low)),
        };
        let needed = (reach / self.slopes).max_element();
        let (lens, distance) = match self.options.lens {
            lens @ Lens::Perspective { .. } => (lens, needed.max(self.nearest_back + 0.05 * size)),
            Lens::Orthographic { .. } => {
                let height = 2.0 * needed.max(1e-3 * size);
                (Lens::Orthographic { height }, self.nearest_back + size)
            }
        };
        let target = self.center + shift.x * self.right + shift.y * self.up;
        View {
            eye: target + distance * self.back,
            target,
            up: self.up,
            lens,
            near: (distance - self.nearest_back - 0.01 * size).max(1e-3 * size),
            far: distance - self.farthest_back + 0.01 * size,
            aspect: self.options.aspect,
        }
    }
}

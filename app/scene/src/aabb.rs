use glam::{DVec3, Vec3};

/// Axis-aligned bounding box. Empty until the first point is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aabb {
    pub min: DVec3,
    pub max: DVec3,
}

impl Aabb {
    pub const EMPTY: Self = Self { min: DVec3::INFINITY, max: DVec3::NEG_INFINITY };

    /// Bounds of the finite points; a point with a NaN or an infinity is passed over.
    pub fn from_points(points: impl IntoIterator<Item = Vec3>) -> Self {
        let mut bounds = Self::EMPTY;
        for point in points {
            bounds.add(point.as_dvec3());
        }
        bounds
    }

    pub fn add(&mut self, point: DVec3) {
        if point.is_finite() {
            self.min = self.min.min(point);
            self.max = self.max.max(point);
        }
    }

    pub fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    pub fn is_empty(&self) -> bool {
        self.min.x > self.max.x
    }

    /// Zero for an empty box.
    pub fn center(&self) -> DVec3 {
        if self.is_empty() { DVec3::ZERO } else { 0.5 * (self.min + self.max) }
    }

    /// Edge lengths; zero for an empty box.
    pub fn size(&self) -> DVec3 {
        if self.is_empty() { DVec3::ZERO } else { self.max - self.min }
    }

    /// Half the diagonal: the radius of the sphere around the box.
    pub fn radius(&self) -> f64 {
        0.5 * self.size().length()
    }

    pub fn corners(&self) -> [DVec3; 8] {
        std::array::from_fn(|i| {
            let pick = |bit: usize, low: f64, high: f64| if i & bit == 0 { low } else { high };
            DVec3::new(
                pick(1, self.min.x, self.max.x),
                pick(2, self.min.y, self.max.y),
                pick(4, self.min.z, self.max.z),
            )
        })
    }
}

impl Default for Aabb {
    fn default() -> Self {
        Self::EMPTY
    }
}

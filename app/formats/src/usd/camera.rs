use scene::{Camera, NodeId, Projection};

use super::object::Object;
use super::stage::Walk;
use super::value;

impl Walk<'_, '_> {
    /// Apertures and focal length share a unit, tenths of the stage's (UsdGeomCamera); fallbacks
    /// are the schema's.
    pub(super) fn add_camera(&mut self, object: &Object, node: NodeId) {
        let length = |name: &str, fallback: f64| object.number(name).filter(|v| *v > 0.0).unwrap_or(fallback);
        let width = length("horizontalAperture", 20.955);
        let height = length("verticalAperture", 15.2908);
        let projection = if object.token("projection").is_some_and(|p| p == "orthographic") {
            let half = 0.5 * 0.1 * self.meters_per_unit;
            Projection::Orthographic { x_mag: (half * width) as f32, y_mag: (half * height) as f32 }
        } else {
            let fov_y_radians = 2.0 * (0.5 * height / length("focalLength", 50.0)).atan();
            Projection::Perspective {
                fov_y_radians: fov_y_radians as f32,
                aspect: Some((width / height) as f32),
            }
        };
        let range = object.value("clippingRange").as_ref().and_then(value::numbers);
        let range = range.unwrap_or_else(|| vec![1.0, 1_000_000.0]);
        let in_meters = |i: usize| range.get(i).map(|v| (v * self.meters_per_unit) as f32);
        let near = in_meters(0).filter(|near| *near > 0.0).unwrap_or(0.01);
        let far = in_meters(1).filter(|far| far.is_finite() && *far > near);
        self.scene.nodes[node].camera = Some(self.scene.cameras.len());
        self.scene.cameras.push(Camera { name: object.name(), projection, near, far });
    }
}

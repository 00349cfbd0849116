use glam::{DMat3, DMat4, DQuat, DVec3, Quat};
use scene::{AnimationTarget, Camera, Light, LightKind, NodeId, Projection, Transform};
use serde_json::{Map, Value, json};

use super::material::extension;
use super::{Numbers, Writer, insert_extras, insert_list, insert_name, number, numbers};
use crate::WriteWarning;

const LIGHTS: &str = "KHR_lights_punctual";
const VISIBILITY: &str = "KHR_node_visibility";

impl Writer<'_> {
    pub(super) fn nodes(&mut self, meshes: &Numbers, skins: &Numbers, root: &mut Map<String, Value>) {
        let scene = self.scene;
        let nodes = (0..scene.nodes.len()).map(|id| self.node(id, meshes, skins)).collect();
        insert_list(root, "nodes", nodes);
        if scene.roots.is_empty() && scene.other_scenes.is_empty() {
            return;
        }
        let mut scenes = vec![one_scene(&scene.name, &scene.roots, scene.extras.as_ref())];
        let others = scene.other_scenes.iter();
        scenes.extend(others.map(|other| one_scene(&other.name, &other.roots, other.extras.as_ref())));
        root.insert("scenes".into(), scenes.into());
        root.insert("scene".into(), 0.into());
    }

    fn node(&mut self, id: NodeId, meshes: &Numbers, skins: &Numbers) -> Value {
        let node = &self.scene.nodes[id];
        let mut object = Map::new();
        insert_name(&mut object, &node.name);
        insert_list(&mut object, "children", node.children.iter().map(|&child| child.into()).collect());
        self.transform(id, &mut object);
        if let Some(mesh) = node.mesh
            && let Some(number) = meshes[mesh]
        {
            object.insert("mesh".into(), number.into());
            let primitives = &self.scene.meshes[mesh].primitives;
            let is_skinned = primitives.iter().all(|p| !p.joints.is_empty());
            if let Some(skin) = node.skin.and_then(|skin| skins[skin]).filter(|_| is_skinned) {
                object.insert("skin".into(), skin.into());
            }
            let n_targets = primitives.iter().map(|p| p.morph_targets.len()).max().unwrap_or(0);
            if n_targets > 0 && !node.morph_weights.is_empty() {
                let mut weights = node.morph_weights.clone();
                weights.resize(n_targets, 0.0);
                object.insert("weights".into(), numbers(&weights));
            }
        }
        if let Some(camera) = node.camera {
            object.insert("camera".into(), camera.into());
        }
        if let Some(light) = node.light {
            extension(&mut object, LIGHTS, json!({ "light": light }));
        }
        if node.is_hidden {
            self.extensions.insert((VISIBILITY, false));
            extension(&mut object, VISIBILITY, json!({ "visible": false }));
        }
        insert_extras(&mut object, node.extras.as_ref());
        Value::Object(object)
    }

    /// A matrix stays one, except on an animated node, where the format wants its parts.
    fn transform(&mut self, id: NodeId, object: &mut Map<String, Value>) {
        let node = &self.scene.nodes[id];
        match node.transform {
            Transform::Trs { translation, rotation, scale } => {
                if translation != glam::Vec3::ZERO {
                    object.insert("translation".into(), numbers(&translation.to_array()));
                }
                let rotation = unit_rotation(rotation);
                if rotation != Quat::IDENTITY {
                    object.insert("rotation".into(), numbers(&rotation.to_array()));
                }
                if scale != glam::Vec3::ONE {
                    object.insert("scale".into(), numbers(&scale.to_array()));
                }
            }
            Transform::Matrix(matrix) => {
                let matrix = matrix.as_dmat4();
                if shears(matrix) {
                    let name = if node.name.is_empty() { id.to_string() } else { node.name.clone() };
                    self.warnings.push(WriteWarning::Shear { node: name });
                }
                // The parts also where an axis has no length: validators take no such matrix.
                if self.is_moved(id) || matrix.determinant() == 0.0 {
                    let (translation, rotation, scale) = parts(matrix);
                    object.insert("translation".into(), numbers(&translation.as_vec3().to_array()));
                    object.insert("rotation".into(), numbers(&unit_rotation(rotation.as_quat()).to_array()));
                    object.insert("scale".into(), numbers(&scale.as_vec3().to_array()));
                } else if matrix != DMat4::IDENTITY {
                    let mut matrix = matrix.as_mat4().to_cols_array();
                    // The last row is fixed; rounding of other programs is none of a reader's business.
                    [matrix[3], matrix[7], matrix[11], matrix[15]] = [0.0, 0.0, 0.0, 1.0];
                    object.insert("matrix".into(), numbers(&matrix));
                }
            }
        }
    }

    fn is_moved(&self, id: NodeId) -> bool {
        let channels = self.scene.animations.iter().flat_map(|animation| &animation.channels);
        channels.into_iter().any(|c| c.node == id && c.target != AnimationTarget::Weights)
    }

    pub(super) fn cameras_and_lights(&mut self, root: &mut Map<String, Value>) {
        insert_list(root, "cameras", self.scene.cameras.iter().map(camera).collect());
        if !self.scene.lights.is_empty() {
            self.extensions.insert((LIGHTS, false));
            let lights: Vec<Value> = self.scene.lights.iter().map(light).collect();
            extension(root, LIGHTS, json!({ "lights": lights }));
        }
    }
}

fn one_scene(name: &str, roots: &[NodeId], extras: Option<&String>) -> Value {
    let mut object = Map::new();
    insert_name(&mut object, name);
    insert_list(&mut object, "nodes", roots.iter().map(|&root| root.into()).collect());
    insert_extras(&mut object, extras);
    Value::Object(object)
}

fn unit_rotation(rotation: Quat) -> Quat {
    if rotation.is_normalized() {
        return rotation;
    }
    let length = rotation.length();
    if length.is_finite() && length > 0.0 { rotation * length.recip() } else { Quat::IDENTITY }
}

/// Translation, rotation and scale; an axis without length gets the direction the others leave.
fn parts(matrix: DMat4) -> (DVec3, DQuat, DVec3) {
    let axes = DMat3::from_mat4(matrix);
    let [x, y, z] = [axes.x_axis, axes.y_axis, axes.z_axis];
    let mut scale = DVec3::new(x.length(), y.length(), z.length());
    let longest = [x, y, z].into_iter().fold(DVec3::ZERO, |a, b| if b.length() > a.length() { b } else { a });
    let any = longest.try_normalize().map_or(DVec3::X, |axis| axis.any_orthonormal_vector());
    let mut x = x.try_normalize().unwrap_or_else(|| y.cross(z).try_normalize().unwrap_or(any));
    let y = (y - x * x.dot(y))
        .try_normalize()
        .unwrap_or_else(|| z.cross(x).try_normalize().unwrap_or_else(|| x.any_orthonormal_vector()));
    if axes.determinant() < 0.0 {
        x = -x;
        scale.x = -scale.x;
    }
    let rotation = DQuat::from_mat3(&DMat3::from_cols(x, y, x.cross(y)));
    (matrix.w_axis.truncate(), rotation, scale)
}

/// Whether the axes are not at right angles to each other.
fn shears(matrix: DMat4) -> bool {
    let axes = DMat3::from_mat4(matrix);
    let [x, y, z] = [axes.x_axis, axes.y_axis, axes.z_axis].map(|axis| axis.normalize_or_zero());
    [x.dot(y), y.dot(z), z.dot(x)].into_iter().any(|cosine| cosine.abs() > 1e-4)
}

fn camera(camera: &Camera) -> Value {
    let mut lens = Map::new();
    let near = camera.near.max(1e-6);
    let kind = match camera.projection {
        Projection::Perspective { fov_y_radians, aspect } => {
            lens.insert("yfov".into(), number(fov_y_radians.clamp(1e-3, std::f32::consts::PI - 1e-3)));
            lens.insert("znear".into(), number(near));
            if let Some(aspect) = aspect.filter(|&aspect| aspect > 0.0) {
                lens.insert("aspectRatio".into(), number(aspect));
            }
            if let Some(far) = camera.far.filter(|&far| far > near) {
                lens.insert("zfar".into(), number(far));
            }
            "perspective"
        }
        Projection::Orthographic { x_mag, y_mag } => {
            let nonzero = |mag: f32| if mag == 0.0 { 1.0 } else { mag };
            let near = camera.near.max(0.0);
            lens.insert("xmag".into(), number(nonzero(x_mag)));
            lens.insert("ymag".into(), number(nonzero(y_mag)));
            lens.insert("znear".into(), number(near));
            lens.insert("zfar".into(), number(camera.far.filter(|&far| far > near).unwrap_or(near + 1000.0)));
            "orthographic"
        }
    };
    let mut object = Map::new();
    insert_name(&mut object, &camera.name);
    object.insert("type".into(), kind.into());
    object.insert(kind.into(), lens.into());
    Value::Object(object)
}

fn light(light: &Light) -> Value {
    let mut object = Map::new();
    insert_name(&mut object, &light.name);
    object.insert("color".into(), numbers(&light.color_linear.to_array().map(|c| c.clamp(0.0, 1.0))));
    object.insert("intensity".into(), number(light.intensity.max(0.0)));
    let kind = match light.kind {
        LightKind::Directional => "directional",
        LightKind::Point => "point",
        LightKind::Spot { inner_cone_radians, outer_cone_radians } => {
            let outer = outer_cone_radians.clamp(1e-3, std::f32::consts::FRAC_PI_2);
            let inner = inner_cone_radians.clamp(0.0, outer - 5e-4);
            let cone = json!({ "innerConeAngle": number(inner), "outerConeAngle": number(outer) });
            object.insert("spot".into(), cone);
            "spot"
        }
    };
    object.insert("type".into(), kind.into());
    if let Some(range) = light.range.filter(|&range| range > 0.0 && light.kind != LightKind::Directional) {
        object.insert("range".into(), number(range));
    }
    Value::Object(object)
}

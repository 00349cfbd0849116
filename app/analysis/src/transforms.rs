//! Nodes whose transform mirrors, shears or flattens what they show, or is not a number.

use glam::DMat4;

use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Stage, Where};
use crate::view::object_name;

/// Cosine of the angle between two axes from which on they count as sheared.
const SHEARED: f64 = 1e-3;

/// Volume as a share of the product of the axes' lengths, and a length as a share of the longest.
const FLAT: f64 = 1e-9;

pub(crate) fn check(stage: &Stage) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (instance, bounds) in stage.instances.iter().zip(&stage.boxes) {
        // A skin ignores its node (glTF 2.0 §3.7.3.3).
        if stage.scene.nodes[instance.node].skin.is_some() {
            continue;
        }
        let Some((rule, severity)) = judge(&instance.world_from_mesh) else { continue };
        let name = object_name(stage.scene, instance.mesh, Some(instance));
        spots.push(Spot {
            rule,
            severity,
            count: 1,
            label: name.clone(),
            subject: name,
            place: Where::Node {
                node: instance.node,
                mesh: instance.mesh,
                point: bounds.center(),
                radius: bounds.radius(),
            },
        });
    }
    spots
}

fn judge(world_from_mesh: &DMat4) -> Option<(Rule, Severity)> {
    if !world_from_mesh.is_finite() {
        return Some((Rule::NodesNonFinite, Severity::Error));
    }
    let axes = [world_from_mesh.x_axis, world_from_mesh.y_axis, world_from_mesh.z_axis].map(|a| a.truncate());
    let lengths = axes.map(|axis| axis.length());
    let longest = lengths.into_iter().fold(0.0, f64::max);
    if lengths.iter().any(|&length| length <= FLAT * longest) || longest == 0.0 {
        return Some((Rule::NodesFlattened, Severity::Warning));
    }
    let [x, y, z] = [0, 1, 2].map(|i| axes[i] / lengths[i]);
    if x.dot(y).abs().max(y.dot(z).abs()).max(z.dot(x).abs()) > SHEARED {
        return Some((Rule::NodesSheared, Severity::Info));
    }
    (x.cross(y).dot(z) < 0.0).then_some((Rule::NodesMirrored, Severity::Info))
}

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};

    use crate::Rule::{NodesFlattened, NodesMirrored, NodesNonFinite, NodesSheared, SceneEmpty};
    use crate::test_scenes::{check, cube, place, scene};

    #[test]
    fn each_kind_is_told() {
        let mut scene = scene(vec![cube(Vec3::ZERO, 1.0)]);
        place(&mut scene, 0, Mat4::from_scale(Vec3::new(-2.0, 1.0, 3.0)));
        check(&scene, &[(NodesMirrored, 1)]);
        let mut sheared = Mat4::IDENTITY;
        sheared.y_axis.x = 0.5;
        place(&mut scene, 0, sheared);
        check(&scene, &[(NodesSheared, 1)]);
        place(&mut scene, 0, Mat4::from_scale(Vec3::new(1.0, 0.0, 1.0)));
        assert!(crate::test_scenes::rules(&scene).contains(&NodesFlattened));
        place(&mut scene, 0, Mat4::from_scale(Vec3::splat(f32::NAN)));
        check(&scene, &[(NodesNonFinite, 1), (SceneEmpty, 1)]);
    }
}

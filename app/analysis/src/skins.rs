//! Weights that do not add up, joints that are not there or hold nothing, shapes that do nothing.

use std::collections::HashSet;

use scene::{AnimationTarget, MeshId, Primitive, Scene};

use crate::quantities::count;
use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Stage, Where};
use crate::view::object_name;

/// Weights stored in bytes miss a sum of 1 by up to two steps.
const SUM_TOLERANCE: f32 = 0.01;

/// Joints a vertex may follow in most engines.
const USUAL_INFLUENCES: usize = 4;

/// What one skinned mesh's vertices say.
#[derive(Default)]
struct Weights {
    n_unnormalised: usize,
    n_unweighted: usize,
    n_over: usize,
    n_beyond: usize,
    most: usize,
}

pub(crate) fn check(stage: &Stage) -> Vec<Spot> {
    let scene = stage.scene;
    let mut spots = of_skins(scene);
    let mut seen = HashSet::new();
    for (node_id, node) in scene.nodes.iter().enumerate() {
        let (Some(mesh), Some(skin)) = (node.mesh, node.skin) else { continue };
        if !seen.insert((mesh, skin)) {
            continue;
        }
        let n_joints = scene.skins[skin].joints.len();
        let name = object_name(scene, mesh, stage.instances.iter().find(|i| i.node == node_id));
        for (p, primitive) in scene.meshes[mesh].primitives.iter().enumerate() {
            let of = weights(primitive, n_joints);
            let findings = [
                (Rule::WeightsUnnormalised, Severity::Warning, of.n_unnormalised),
                (Rule::WeightsMissing, Severity::Warning, of.n_unweighted),
                (Rule::WeightsTooMany, Severity::Info, of.n_over),
                (Rule::JointsOutOfRange, Severity::Error, of.n_beyond),
            ];
            for (rule, severity, n) in findings.into_iter().filter(|(_, _, n)| *n > 0) {
                let label = format!("{name}: {}", count(n, "vertex", "vertices"));
                let place = Where::Mesh { mesh, primitive: Some(p), faces: Vec::new() };
                spots.push(Spot { rule, severity, count: n, subject: name.clone(), label, place });
            }
        }
    }
    spots.extend((0..scene.meshes.len()).flat_map(|mesh| of_morphs(stage, mesh)));
    spots
}

/// The most joints that any vertex follows.
pub(crate) fn most_influences(scene: &Scene) -> usize {
    let primitives = scene.meshes.iter().flat_map(|mesh| &mesh.primitives);
    primitives.map(|primitive| weights(primitive, usize::MAX).most).max().unwrap_or(0)
}

fn weights(primitive: &Primitive, n_joints: usize) -> Weights {
    let mut found = Weights::default();
    if primitive.weights.is_empty() {
        return found;
    }
    for vertex in 0..primitive.vertex_positions.len() {
        let (mut sum, mut n, mut is_beyond, mut is_broken) = (0.0, 0, false, false);
        for (joints, weights) in primitive.joints.iter().zip(&primitive.weights) {
            for (&joint, &weight) in joints[vertex].iter().zip(&weights[vertex]) {
                if weight != 0.0 {
                    sum += weight;
                    n += 1;
                    is_beyond |= joint as usize >= n_joints;
                    is_broken |= weight.is_nan() || weight < 0.0;
                }
            }
        }
        let is_normal = (sum - 1.0).abs() <= SUM_TOLERANCE && !is_broken;
        found.n_unweighted += usize::from(n == 0);
        found.n_unnormalised += usize::from(n > 0 && !is_normal);
        found.n_over += usize::from(n > USUAL_INFLUENCES);
        found.n_beyond += usize::from(is_beyond);
        found.most = found.most.max(n);
    }
    found
}

fn of_skins(scene: &Scene) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (i, skin) in scene.skins.iter().enumerate() {
        let name = match skin.name.trim() {
            "" => format!("skin {}", i + 1),
            name => format!("'{name}'"),
        };
        let n = skin.inverse_bind_matrices.iter().filter(|m| !is_invertible(m)).count();
        if n > 0 {
            let label = format!("{name}: {}", count(n, "joint", "joints"));
            spots.push(Spot {
                rule: Rule::BindNonInvertible,
                severity: Severity::Warning,
                count: n,
                subject: name,
                label,
                place: Where::Nowhere,
            });
        }
    }
    spots
}

fn is_invertible(matrix: &glam::Mat4) -> bool {
    let matrix = matrix.as_dmat4();
    let scale = [matrix.x_axis, matrix.y_axis, matrix.z_axis].map(|axis| axis.truncate().length());
    let volume = scale.iter().product::<f64>();
    matrix.is_finite() && matrix.determinant().abs() > 1e-9 * volume && volume > 0.0
}

fn of_morphs(stage: &Stage, mesh: MeshId) -> Vec<Spot> {
    let scene = stage.scene;
    let targets = scene.meshes[mesh].primitives.iter().map(|p| p.morph_targets.len()).max().unwrap_or(0);
    if targets == 0 {
        return Vec::new();
    }
    let moves = |i: usize| {
        let of = scene.meshes[mesh].primitives.iter().filter_map(|p| p.morph_targets.get(i));
        of.flat_map(|t| t.positions.iter().chain(&t.normals).chain(&t.tangents))
            .any(|v| *v != glam::Vec3::ZERO)
    };
    let empty: Vec<usize> = (0..targets).filter(|&i| !moves(i)).collect();
    let is_animated = |node: usize| {
        let mut channels = scene.animations.iter().flat_map(|animation| &animation.channels);
        channels.any(|c| c.node == node && c.target == AnimationTarget::Weights)
    };
    let shown: Vec<usize> = (0..scene.nodes.len()).filter(|&n| scene.nodes[n].mesh == Some(mesh)).collect();
    let has_weight = |weights: &[f32]| weights.iter().any(|w| *w != 0.0);
    let is_used = has_weight(&scene.meshes[mesh].morph_weights)
        || shown.iter().any(|&n| has_weight(&scene.nodes[n].morph_weights) || is_animated(n));
    let name = object_name(scene, mesh, stage.first_instance(mesh));
    let spot = |rule: Rule, n: usize| Spot {
        rule,
        severity: Severity::Info,
        count: n,
        label: format!("{name}: {}", count(n, "shape", "shapes")),
        subject: name.clone(),
        place: Where::Mesh { mesh, primitive: None, faces: Vec::new() },
    };
    let mut spots = Vec::new();
    spots.extend((!empty.is_empty()).then(|| spot(Rule::MorphsEmpty, empty.len())));
    spots.extend((!is_used).then(|| spot(Rule::MorphsUnused, targets)));
    spots
}

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};
    use scene::{MorphTarget, Node, Scene, Skin};

    use crate::Rule::{
        BindNonInvertible, EdgesOpen, JointsOutOfRange, MorphsEmpty, MorphsUnused, WeightsMissing,
        WeightsTooMany, WeightsUnnormalised,
    };
    use crate::test_scenes::{check, quad, scene};

    fn skinned(weights: Vec<Vec<[f32; 4]>>) -> Scene {
        let mut scene = scene(vec![quad([0.0, 1.0], [0.0, 1.0], 0.0)]);
        let primitive = &mut scene.meshes[0].primitives[0];
        primitive.joints = weights.iter().map(|_| vec![[0, 0, 0, 0]; 4]).collect();
        primitive.weights = weights;
        scene.nodes[0].skin = Some(0);
        scene.nodes.push(Node::default());
        scene.roots.push(1);
        let bind = vec![Mat4::IDENTITY];
        scene.skins.push(Skin { joints: vec![1], inverse_bind_matrices: bind, ..Skin::default() });
        scene
    }

    const SOUND: [f32; 4] = [0.5, 0.25, 0.25, 0.0];

    #[test]
    fn weights_that_do_not_add_up() {
        check(&skinned(vec![vec![SOUND; 4]]), &[(EdgesOpen, 4)]);
        let broken = skinned(vec![vec![SOUND, [0.5; 4], [0.0; 4], [f32::NAN, 1.0, 0.0, 0.0]]]);
        check(&broken, &[(WeightsUnnormalised, 2), (WeightsMissing, 1), (EdgesOpen, 4)]);
        let many = skinned(vec![vec![[0.125; 4]; 4], vec![[0.125; 4]; 4]]);
        check(&many, &[(EdgesOpen, 4), (WeightsTooMany, 4)]);
    }

    #[test]
    fn joints_that_are_not_there_and_binds_that_flatten() {
        let mut scene = skinned(vec![vec![SOUND; 4]]);
        scene.meshes[0].primitives[0].joints[0][2][1] = 7;
        check(&scene, &[(JointsOutOfRange, 1), (EdgesOpen, 4)]);
        let mut scene = skinned(vec![vec![SOUND; 4]]);
        scene.skins[0].inverse_bind_matrices[0] = Mat4::from_scale(Vec3::new(1.0, 0.0, 1.0));
        check(&scene, &[(BindNonInvertible, 1), (EdgesOpen, 4)]);
    }

    #[test]
    fn shapes_that_do_nothing() {
        let mut scene = scene(vec![quad([0.0, 1.0], [0.0, 1.0], 0.0)]);
        let still = MorphTarget { positions: vec![Vec3::ZERO; 4], ..MorphTarget::default() };
        let raised = MorphTarget { positions: vec![Vec3::Z; 4], ..MorphTarget::default() };
        scene.meshes[0].primitives[0].morph_targets = vec![still, raised];
        check(&scene, &[(EdgesOpen, 4), (MorphsEmpty, 1), (MorphsUnused, 2)]);
        scene.meshes[0].morph_weights = vec![0.0, 0.5];
        check(&scene, &[(EdgesOpen, 4), (MorphsEmpty, 1)]);
    }
}

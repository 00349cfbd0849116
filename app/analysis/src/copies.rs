//! Meshes that are stored several times, where one would do, placed several times.

use std::collections::HashMap;

use scene::{Layer, Mesh, MeshId, Primitive, Scene};

use crate::rules::Rule;
use crate::severity::Severity;
use crate::spots::{Spot, Where};
use crate::view::object_name;

/// Meshes of one size that are compared with each other; of more, the rest are left.
const MAX_COMPARED: usize = 64;

pub(crate) fn check(scene: &Scene) -> Vec<Spot> {
    let spot = |(copy, first): (MeshId, MeshId)| {
        let name = |mesh: MeshId| object_name(scene, mesh, None);
        let label = format!("{} is {} again", name(copy), name(first));
        let place = Where::Mesh { mesh: copy, primitive: None, faces: Vec::new() };
        Spot {
            rule: Rule::MeshesCopied,
            severity: Severity::Info,
            count: 1,
            subject: name(copy),
            label,
            place,
        }
    };
    copies(scene).into_iter().map(spot).collect()
}

/// Meshes that are equal to one before them in all that is drawn, bit for bit, each with the first
/// of its kind, ascending. Names and extras may differ. Linear, but for many meshes of one size.
pub(crate) fn copies(scene: &Scene) -> Vec<(MeshId, MeshId)> {
    let mut by_size: HashMap<Vec<(usize, usize, u64)>, Vec<MeshId>> = HashMap::new();
    let mut copies = Vec::new();
    for (id, mesh) in scene.meshes.iter().enumerate().filter(|(_, mesh)| !mesh.primitives.is_empty()) {
        let firsts = by_size.entry(mesh.primitives.iter().map(size).collect()).or_default();
        match firsts.iter().find(|&&first| is_equal(&scene.meshes[first], mesh)) {
            Some(&first) => copies.push((id, first)),
            None if firsts.len() < MAX_COMPARED => firsts.push(id),
            None => {}
        }
    }
    copies
}

/// Counts and a few positions, so that different meshes seldom have to be compared.
fn size(primitive: &Primitive) -> (usize, usize, u64) {
    let positions = &primitive.vertex_positions;
    let step = positions.len() / 16 + 1;
    let sampled = positions.iter().step_by(step).flat_map(|p| p.to_array());
    let hash = sampled.fold(0, |hash, x| crate::surface::mix(hash ^ u64::from(x.to_bits())));
    (positions.len(), primitive.faces.corner_vertices.len(), hash)
}

fn is_equal(a: &Mesh, b: &Mesh) -> bool {
    a.primitives.len() == b.primitives.len()
        && a.morph_weights == b.morph_weights
        && a.primitives.iter().zip(&b.primitives).all(|(a, b)| is_equal_primitive(a, b))
}

fn is_equal_primitive(a: &Primitive, b: &Primitive) -> bool {
    let layers = |a: &Option<Layer<_>>, b: &Option<Layer<_>>| a == b;
    a.topology == b.topology
        && a.vertex_positions == b.vertex_positions
        && a.faces.corner_vertices == b.faces.corner_vertices
        && a.faces.sizes == b.faces.sizes
        && layers(&a.normals, &b.normals)
        && a.tangents == b.tangents
        && a.uvs == b.uvs
        && a.colors == b.colors
        && a.joints == b.joints
        && a.weights == b.weights
        && a.material_runs == b.material_runs
        && a.variant_materials == b.variant_materials
        && a.morph_targets.len() == b.morph_targets.len()
        && a.morph_targets
            .iter()
            .zip(&b.morph_targets)
            .all(|(a, b)| a.positions == b.positions && a.normals == b.normals && a.tangents == b.tangents)
}

#[cfg(test)]
mod tests {
    use glam::{Mat4, Vec3};

    use crate::Rule::MeshesCopied;
    use crate::test_scenes::{check, cube, place, report as report_of, scene};

    #[test]
    fn a_copy_is_told_from_an_instance_and_from_another_mesh() {
        let mut copied = scene(vec![cube(Vec3::ZERO, 1.0), cube(Vec3::ZERO, 1.0), cube(Vec3::ZERO, 2.0)]);
        place(&mut copied, 1, Mat4::from_translation(5.0 * Vec3::X));
        place(&mut copied, 2, Mat4::from_translation(10.0 * Vec3::X));
        let report = check(&copied, &[(MeshesCopied, 1)]);
        let copy = report.finding(MeshesCopied).unwrap();
        assert_eq!(copy.places[0].mesh, Some(1));
        copied.nodes[1].mesh = Some(0);
        copied.nodes.truncate(2);
        copied.roots.truncate(2);
        copied.meshes.truncate(1);
        assert!(report_of(&copied).finding(MeshesCopied).is_none());
    }
}

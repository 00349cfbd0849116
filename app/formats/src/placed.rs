//! A scene as formats without hierarchy hold it: every object where it stands in the default pose.

use glam::{DMat3, Vec3};
use scene::{Layer, MeshInstance, Primitive, Scene, Split};
use work::{Cancelled, WorkCtx};

/// One primitive of one object, in world space.
pub(crate) struct Placed<'a> {
    /// The node's name, else the mesh's; may be empty.
    pub(crate) name: &'a str,
    pub(crate) primitive: &'a Primitive,
    pub(crate) positions: Vec<Vec3>,
    /// A mirroring object: its faces run the other way round in the world.
    pub(crate) is_mirrored: bool,
    normal_from_mesh: Option<DMat3>,
}

/// Calls `write` for each primitive of each object, in the order of the nodes.
pub(crate) fn each_placed(
    scene: &Scene,
    ctx: &WorkCtx,
    mut write: impl FnMut(Placed<'_>),
) -> Result<(), Cancelled> {
    let transforms = scene.world_transforms();
    for instance in scene.mesh_instances(&transforms) {
        ctx.check_cancelled()?;
        let mesh = &scene.meshes[instance.mesh];
        let node = &scene.nodes[instance.node].name;
        let name = if node.is_empty() { &mesh.name } else { node };
        for primitive in &mesh.primitives {
            let positions = scene.world_positions(&instance, primitive, &transforms);
            let (is_mirrored, normal_from_mesh) = of_matrix(scene, &instance, primitive);
            write(Placed {
                name,
                primitive,
                positions: positions.into_iter().map(|p| p.as_vec3()).collect(),
                is_mirrored,
                normal_from_mesh,
            });
        }
    }
    Ok(())
}

/// Normals that bones bend are left out: each vertex would have a matrix of its own.
fn of_matrix(scene: &Scene, instance: &MeshInstance, primitive: &Primitive) -> (bool, Option<DMat3>) {
    let is_skinned = scene.nodes[instance.node].skin.is_some() && !primitive.joints.is_empty();
    let is_morphed = !primitive.morph_targets.is_empty();
    let matrix = DMat3::from_mat4(instance.world_from_mesh);
    let determinant = matrix.determinant();
    let is_usable = !is_skinned && !is_morphed && determinant.is_normal();
    (determinant < 0.0 && !is_skinned, is_usable.then(|| matrix.inverse().transpose()))
}

impl Placed<'_> {
    /// World-space normals of the split's vertices, unit length; `None`: there are none to write.
    pub(crate) fn normals(&self, split: &Split) -> Option<Vec<Vec3>> {
        let matrix = self.normal_from_mesh?;
        let normals: &Layer<Vec3> = self.primitive.normals.as_ref()?;
        let turned = split.layer(normals).into_iter().map(|normal| {
            let normal = matrix * normal.unwrap_or_default().as_dvec3();
            normal.as_vec3().try_normalize().unwrap_or(Vec3::Y)
        });
        Some(turned.collect())
    }

    /// The corners of each face in the order to write them.
    pub(crate) fn faces(&self) -> impl Iterator<Item = Vec<usize>> {
        let faces = &self.primitive.faces;
        (0..faces.n_faces()).map(|face| {
            let corners = faces.corners(face);
            if self.is_mirrored { corners.rev().collect() } else { corners.collect() }
        })
    }
}

/// From +Y up to +Z up, as most programs expect of formats that do not say.
pub(crate) fn z_up(v: Vec3) -> Vec3 {
    Vec3::new(v.x, -v.z, v.y)
}

//! Where a line of sight meets the scene: exact, against every triangle, in double precision.

use glam::{DMat4, DVec3, DVec4};

use crate::{MaterialId, MeshInstance, NodeId, Pose, Primitive, Scene, Topology, WorldTransforms};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    pub origin: DVec3,
    /// Of any length but zero; distances count in it.
    pub direction: DVec3,
}

/// What of the scene a ray passes as if it were not there.
#[derive(Clone, Debug, Default)]
pub struct Unseen {
    /// Planes as a normal and a distance along it, world space; what lies above one of them.
    pub cuts: Vec<DVec4>,
    /// Surfaces that turn their back, also those to be seen from both sides.
    pub backs: bool,
}

/// The first surface on the way of a ray.
#[derive(Clone, Debug, PartialEq)]
pub struct RayHit {
    pub node: NodeId,
    pub point: DVec3,
    /// In lengths of the ray's direction.
    pub distance: f64,
    /// The corners of the face that was met, as authored, in world space.
    pub face: Vec<DVec3>,
    /// Of that face.
    pub material: Option<MaterialId>,
}

impl Scene {
    /// The nearest face that shows itself to the ray, in the given pose; points and lines are passed
    /// by. Single-sided materials are met from their front only. Linear in the number of triangles.
    pub fn cast(&self, ray: &Ray, unseen: &Unseen, pose: &Pose) -> Option<RayHit> {
        if !ray.origin.is_finite() || !ray.direction.is_finite() || ray.direction == DVec3::ZERO {
            return None;
        }
        let transforms = self.world_transforms_at(pose);
        let mut best: Option<RayHit> = None;
        for instance in self.mesh_instances(&transforms) {
            for primitive in &self.meshes[instance.mesh].primitives {
                if primitive.topology == Topology::Faces {
                    let cast = Cast { scene: self, ray, unseen, instance: &instance, primitive };
                    cast.nearest(&transforms, pose, &mut best);
                }
            }
        }
        best
    }
}

struct Cast<'a> {
    scene: &'a Scene,
    ray: &'a Ray,
    unseen: &'a Unseen,
    instance: &'a MeshInstance,
    primitive: &'a Primitive,
}

impl Cast<'_> {
    fn nearest(&self, transforms: &WorldTransforms, pose: &Pose, best: &mut Option<RayHit>) {
        let Self { scene, primitive, instance, .. } = *self;
        let is_bent = scene.nodes[instance.node].skin.is_some() || !primitive.morph_targets.is_empty();
        let inverse = instance.world_from_mesh.inverse();
        if is_bent || !inverse.is_finite() {
            let positions = scene.world_positions_at(instance, primitive, transforms, pose);
            // Placed already: what mirrors has turned the winding around.
            let mirrors = instance.world_from_mesh.determinant() < 0.0;
            self.nearest_of(|v| positions.get(v as usize).copied(), &DMat4::IDENTITY, mirrors, best);
        } else {
            let position = |v: u32| primitive.vertex_positions.get(v as usize).map(|p| p.as_dvec3());
            self.nearest_of(position, &instance.world_from_mesh, false, best);
        }
    }

    /// `position`: of a vertex, in the space that `world_from_space` leads out of.
    fn nearest_of(
        &self,
        position: impl Fn(u32) -> Option<DVec3>,
        world_from_space: &DMat4,
        mirrors: bool,
        best: &mut Option<RayHit>,
    ) {
        let space_from_world = world_from_space.inverse();
        let origin = space_from_world.transform_point3(self.ray.origin);
        let direction = space_from_world.transform_vector3(self.ray.direction);
        let faces = &self.primitive.faces;
        let at = |corner: usize| position(*faces.corner_vertices.get(corner)?);
        let mut meet = |face: usize, corners: [usize; 3]| {
            let [Some(a), Some(b), Some(c)] = corners.map(&at) else { return };
            let Some((distance, is_front)) = meet(origin, direction, [a, b, c]) else { return };
            if best.as_ref().is_some_and(|best| best.distance <= distance) {
                return;
            }
            let point = self.ray.origin + distance * self.ray.direction;
            if self.is_unseen(face, point, is_front != mirrors) {
                return;
            }
            let material = self.material(face);
            let face = faces.corners(face).filter_map(&at).map(|p| world_from_space.transform_point3(p));
            *best =
                Some(RayHit { node: self.instance.node, point, distance, face: face.collect(), material });
        };
        let mut triangles = self.primitive.triangle_corners().into_iter();
        for face in 0..faces.n_faces() {
            for _ in 2..faces.corners(face).len() {
                let Some(corners) = triangles.next() else { return };
                meet(face, corners.map(|c| c as usize));
            }
        }
    }

    fn is_unseen(&self, face: usize, point: DVec3, is_front: bool) -> bool {
        let is_cut = self.unseen.cuts.iter().any(|cut| cut.dot(point.extend(1.0)) > 0.0);
        is_cut || !is_front && (self.unseen.backs || !self.is_double_sided(face))
    }

    fn material(&self, face: usize) -> Option<MaterialId> {
        let runs = &self.primitive.material_runs;
        runs.iter().find(|run| (run.first_face..run.first_face + run.n_faces).contains(&face))?.material
    }

    fn is_double_sided(&self, face: usize) -> bool {
        let material = self.material(face).and_then(|material| self.scene.materials.get(material));
        material.is_none_or(|material| material.double_sided)
    }
}

/// Distance along the ray, and whether the triangle's front is met (Möller and Trumbore, "Fast, Minimum
/// Storage Ray/Triangle Intersection", 1997). A ray through an edge meets at least one of the two
/// triangles there.
fn meet(origin: DVec3, direction: DVec3, [a, b, c]: [DVec3; 3]) -> Option<(f64, bool)> {
    const EDGE: f64 = 1e-12;
    let (ab, ac) = (b - a, c - a);
    let across = direction.cross(ac);
    let determinant = ab.dot(across);
    if determinant == 0.0 || !determinant.is_finite() {
        return None;
    }
    let from_a = origin - a;
    let u = from_a.dot(across) / determinant;
    let turned = from_a.cross(ab);
    let v = direction.dot(turned) / determinant;
    let distance = ac.dot(turned) / determinant;
    let is_inside = u >= -EDGE && v >= -EDGE && u + v <= 1.0 + EDGE;
    (is_inside && distance > 0.0 && distance.is_finite()).then_some((distance, determinant > 0.0))
}

#[cfg(test)]
mod tests {
    use glam::{Mat4, Quat, Vec3};

    use super::*;
    use crate::{FaceSizes, Faces, Material, MaterialRun, Mesh, Node, Transform};

    /// A quad of two metres around the origin that faces +Z, as one polygon.
    fn quad(transform: Transform, double_sided: bool) -> Scene {
        let primitive = Primitive {
            vertex_positions: vec![
                Vec3::new(-1.0, -1.0, 0.0),
                Vec3::new(1.0, -1.0, 0.0),
                Vec3::new(1.0, 1.0, 0.0),
                Vec3::new(-1.0, 1.0, 0.0),
            ],
            faces: Faces { corner_vertices: vec![0, 1, 2, 3], sizes: FaceSizes::Uniform(4) },
            material_runs: vec![MaterialRun { first_face: 0, n_faces: 1, material: Some(0) }],
            ..Default::default()
        };
        Scene {
            nodes: vec![Node { mesh: Some(0), transform, ..Default::default() }],
            roots: vec![0],
            meshes: vec![Mesh { primitives: vec![primitive], ..Default::default() }],
            materials: vec![Material { double_sided, ..Default::default() }],
            ..Default::default()
        }
    }

    fn cast(scene: &Scene, origin: DVec3, direction: DVec3, unseen: &Unseen) -> Option<RayHit> {
        scene.cast(&Ray { origin, direction }, unseen, &Pose::default())
    }

    #[test]
    fn a_quad_is_met_where_it_is_and_tells_its_corners() {
        let moved = Transform::Trs {
            translation: Vec3::new(1.0e6, 2.0, 3.0),
            rotation: Quat::from_rotation_y(0.5),
            scale: Vec3::new(2.0, 1.0, 1.0),
        };
        let scene = quad(moved, false);
        let center = DVec3::new(1.0e6, 2.0, 3.0);
        let normal = DVec3::new(0.5_f64.sin(), 0.0, 0.5_f64.cos());
        let hit = cast(&scene, center + 5.0 * normal, -normal, &Unseen::default()).unwrap();
        assert!((hit.distance - 5.0).abs() < 1e-6 && hit.point.distance(center) < 1e-6);
        assert_eq!((hit.node, hit.face.len()), (0, 4));
        assert!((hit.face[0].distance(hit.face[1]) - 4.0).abs() < 1e-6);
        assert!((hit.face[1].distance(hit.face[2]) - 2.0).abs() < 1e-6);
    }

    #[test]
    fn backs_are_met_only_where_they_are_drawn() {
        let (behind, forward) = (DVec3::new(0.2, 0.1, -4.0), DVec3::Z);
        for (double_sided, backs, is_met) in [(false, false, false), (true, false, true), (true, true, false)]
        {
            let scene = quad(Transform::IDENTITY, double_sided);
            let unseen = Unseen { backs, ..Unseen::default() };
            assert_eq!(cast(&scene, behind, forward, &unseen).is_some(), is_met);
        }
        let mirrored = quad(Transform::Matrix(Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0))), false);
        assert!(cast(&mirrored, -behind, -forward, &Unseen::default()).is_some());
    }

    #[test]
    fn what_is_cut_away_is_passed() {
        let mut scene = quad(Transform::Matrix(Mat4::from_translation(Vec3::Z)), true);
        scene.nodes.push(Node { mesh: Some(0), ..Default::default() });
        scene.roots.push(1);
        let (eye, forward) = (DVec3::new(0.0, 0.0, 9.0), DVec3::NEG_Z);
        assert_eq!(cast(&scene, eye, forward, &Unseen::default()).unwrap().node, 0);
        let unseen = Unseen { cuts: vec![DVec3::Z.extend(-0.5)], ..Unseen::default() };
        assert_eq!(cast(&scene, eye, forward, &unseen).unwrap().node, 1);
    }

    #[test]
    fn nonsense_meets_nothing() {
        let scene = quad(Transform::IDENTITY, true);
        for (origin, direction) in [
            (DVec3::Z, DVec3::ZERO),
            (DVec3::NAN, DVec3::NEG_Z),
            (DVec3::Z, DVec3::INFINITY),
            (DVec3::Z, DVec3::X),
            (DVec3::Z, DVec3::Z),
        ] {
            assert_eq!(cast(&scene, origin, direction, &Unseen::default()), None);
        }
        let flat = quad(Transform::Matrix(Mat4::from_scale(Vec3::ZERO)), true);
        assert_eq!(cast(&flat, DVec3::Z, DVec3::NEG_Z, &Unseen::default()), None);
    }
}
